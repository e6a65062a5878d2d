//! Day weights: which days see how much activity.

use jiff::civil::Date;

use crate::scenario::Horizon;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, Range, SHARE};

/// Weekdays as they are written, Monday first.
const DAYS: [(&str, usize); 7] = [
    ("mon", 0),
    ("tue", 1),
    ("wed", 2),
    ("thu", 3),
    ("fri", 4),
    ("sat", 5),
    ("sun", 6),
];

const WEIGHT: Range = Range::new(0.0, 1e6, "a weight of 0 or more");

const KEYS: [&str; 5] = [
    "working_days",
    "holidays",
    "off_day_share",
    "weekday_weights",
    "month_weights",
];

/// A calendar as written: what is absent is inherited, or the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Week {
    working_days: Option<[bool; 7]>,
    off_day_share: Option<f64>,
    weekday_weights: Option<[f64; 7]>,
    holidays: Option<Vec<Date>>,
    month_weights: Option<[f64; 12]>,
}

impl Week {
    /// Reads a `[calendar]`, or a workload's own.
    pub fn read(item: &Item<'_>) -> Option<Self> {
        let table = Cursor::open(item, &KEYS)?;
        if table.has("weekday_weights") {
            let remedy = "keep weekday_weights, or working_days and off_day_share";
            table.contradiction::<()>("working_days", "weekday_weights", remedy);
            table.contradiction::<()>("off_day_share", "weekday_weights", remedy);
        }
        Some(Self {
            working_days: table.get("working_days").and_then(|i| working_days(&i)),
            off_day_share: table.get("off_day_share").and_then(|i| {
                let words = "a share from 0 to 1 (busier off days: use weekday_weights)";
                i.number(Range { words, ..SHARE })
            }),
            weekday_weights: table
                .get("weekday_weights")
                .and_then(|i| weights(&i, "[1, 1, 1, 1, 1, 0.2, 0.1], Monday first")),
            holidays: table.get("holidays").and_then(|i| holidays(&i)),
            month_weights: table.get("month_weights").and_then(|i| {
                weights(
                    &i,
                    "[1, 1, 1, 1, 1, 1, 0.8, 0.8, 1, 1, 1.2, 1.5], January first",
                )
            }),
        })
    }

    /// This calendar with the keys that `own` writes; one way to weigh weekdays replaces the other.
    pub fn overridden(&self, own: &Self) -> Self {
        let mut week = self.clone();
        if own.weekday_weights.is_some() {
            week.working_days = None;
            week.off_day_share = None;
            week.weekday_weights = own.weekday_weights;
        } else if own.working_days.is_some() || own.off_day_share.is_some() {
            week.weekday_weights = None;
            week.working_days = own.working_days.or(week.working_days);
            week.off_day_share = own.off_day_share.or(week.off_day_share);
        }
        week.holidays = own.holidays.clone().or(week.holidays);
        week.month_weights = own.month_weights.or(week.month_weights);
        week
    }

    /// Weights of a horizon's days without and with the calendar month's.
    pub fn weights(&self, horizon: &Horizon) -> (Vec<f64>, Vec<f64>) {
        let mut holidays = self.holidays.clone().unwrap_or_default();
        holidays.sort_unstable();
        let dates = (0..horizon.days()).map(|day| horizon.date(day));
        dates
            .map(|date| {
                let weekday = self.weekday_weight(date, holidays.binary_search(&date).is_ok());
                (weekday, weekday * self.month_weight(date))
            })
            .unzip()
    }

    /// A holiday counts as Sunday under `weekday_weights`, as an off day otherwise.
    fn weekday_weight(&self, date: Date, is_holiday: bool) -> f64 {
        let index = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        if let Some(weights) = self.weekday_weights {
            return weights[if is_holiday { 6 } else { index }];
        }
        let working = self
            .working_days
            .unwrap_or([true, true, true, true, true, false, false]);
        match working[index] && !is_holiday {
            true => 1.0,
            false => self.off_day_share.unwrap_or(0.0),
        }
    }

    fn month_weight(&self, date: Date) -> f64 {
        let index = usize::try_from(date.month() - 1).unwrap_or_default();
        self.month_weights.map_or(1.0, |weights| weights[index])
    }
}

fn working_days(item: &Item<'_>) -> Option<[bool; 7]> {
    let mut working = [false; 7];
    let mut sound = true;
    for day in item.list("[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]")? {
        match day.word(&DAYS) {
            Some(index) if working[index] => {
                day.refuse::<()>(format!("{} stands there twice", day.written()), "keep one");
                sound = false;
            }
            Some(index) => working[index] = true,
            None => sound = false,
        }
    }
    sound.then_some(working)
}

fn holidays(item: &Item<'_>) -> Option<Vec<Date>> {
    let dates = item.list("[2026-12-25, 2026-12-26]")?;
    let dates: Vec<Option<Date>> = dates.iter().map(Item::date).collect();
    dates.into_iter().collect()
}

fn weights<const N: usize>(item: &Item<'_>, example: &str) -> Option<[f64; N]> {
    let list = item.list(example)?;
    if list.len() != N {
        let message = format!("{} weights, not {N}", list.len());
        return item.refuse(message, format!("write {N} numbers, like {example}"));
    }
    let weights: Vec<Option<f64>> = list.iter().map(|i| i.number(WEIGHT)).collect();
    weights
        .into_iter()
        .collect::<Option<Vec<f64>>>()?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn horizon() -> Horizon {
        // 2026-01-30 is a Friday: Fri, Sat, Sun (February), Mon, ...
        Horizon::new(date(2026, 1, 30), 1).unwrap()
    }

    #[test]
    fn off_days_and_holidays_weigh_the_off_day_share() {
        let week = Week {
            off_day_share: Some(0.25),
            holidays: Some(vec![date(2026, 2, 2)]),
            ..Week::default()
        };
        let (weekday, day) = week.weights(&horizon());
        assert_eq!(weekday[..5], [1.0, 0.25, 0.25, 0.25, 1.0]);
        assert_eq!(weekday, day);
    }

    #[test]
    fn a_holiday_counts_as_sunday_under_weekday_weights() {
        let week = Week {
            weekday_weights: Some([5.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.1]),
            holidays: Some(vec![date(2026, 2, 3)]),
            ..Week::default()
        };
        // Fri 1, Sat 0.5, Sun 0.1, Mon 5, Tue a holiday 0.1, Wed 3.
        let (weekday, _) = week.weights(&horizon());
        assert_eq!(weekday[..6], [1.0, 0.5, 0.1, 5.0, 0.1, 3.0]);
    }

    #[test]
    fn the_month_weight_multiplies_and_stays_apart() {
        let mut months = [1.0; 12];
        months[1] = 2.0;
        let week = Week {
            month_weights: Some(months),
            ..Week::default()
        };
        let (weekday, day) = week.weights(&horizon());
        // Fri 30 and Sat 31 January, Sun 1 and Mon 2 February.
        assert_eq!(weekday[..4], [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(day[..4], [1.0, 0.0, 0.0, 2.0]);
    }

    #[test]
    fn a_workload_overrides_key_by_key() {
        let base = Week {
            off_day_share: Some(0.5),
            holidays: Some(vec![date(2026, 2, 2)]),
            ..Week::default()
        };
        let all = Week {
            working_days: Some([true; 7]),
            ..Week::default()
        };
        let week = base.overridden(&all);
        assert_eq!(week.weights(&horizon()).0[..4], [1.0, 1.0, 1.0, 0.5]);

        let weights = Week {
            weekday_weights: Some([2.0; 7]),
            ..Week::default()
        };
        let week = base.overridden(&weights);
        assert_eq!(week.weights(&horizon()).0[..4], [2.0; 4]);
        assert_eq!(
            week.overridden(&all).weights(&horizon()).0[..4],
            [1.0, 1.0, 1.0, 0.0]
        );
    }
}
