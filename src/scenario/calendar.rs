//! Days and months of a horizon: dates outside, day numbers inside.

use jiff::ToSpan;
use jiff::civil::Date;

/// The days of the forecast, numbered from 0, and the months they form.
///
/// Month k runs from the start's day of month to the day before it in the next month, clamped to
/// month ends: from 2026-01-31, month 1 begins on 2026-02-28 and month 2 on 2026-03-31.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    start: Date,
    month_starts: Vec<usize>,
}

impl Horizon {
    /// A horizon of `months` months from `start`; `None` when it would pass the year 9999.
    pub fn new(start: Date, months: usize) -> Option<Self> {
        let month_starts = (0..=months)
            .map(|month| {
                let span = i64::try_from(month).ok()?.months();
                let first = start.checked_add(span).ok()?;
                usize::try_from(days_between(start, first)).ok()
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            start,
            month_starts,
        })
    }

    /// The rest of the horizon from one of its days on, in months counted from that day; the last one
    /// ends with the horizon. `None` for a day beyond it.
    pub fn from_day(&self, day: usize) -> Option<Self> {
        let start = self
            .start
            .checked_add(i64::try_from(day).ok()?.days())
            .ok()?;
        let days = self.days().checked_sub(day).filter(|&days| days > 0)?;
        let mut month_starts = Vec::new();
        for month in 0_i64.. {
            let first = start.checked_add(month.months()).ok();
            let first = first.and_then(|first| usize::try_from(days_between(start, first)).ok());
            match first.filter(|&first| first < days) {
                Some(first) => month_starts.push(first),
                None => break,
            }
        }
        month_starts.push(days);
        Some(Self {
            start,
            month_starts,
        })
    }

    /// The first day.
    pub fn start(&self) -> Date {
        self.start
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.month_starts[self.months()]
    }

    /// Number of months.
    pub fn months(&self) -> usize {
        self.month_starts.len() - 1
    }

    /// Days of month `month`, as a range of day numbers.
    pub fn month(&self, month: usize) -> std::ops::Range<usize> {
        self.month_starts[month]..self.month_starts[month + 1]
    }

    /// Days of some months, as a range of day numbers.
    pub fn days_of(&self, months: std::ops::Range<usize>) -> std::ops::Range<usize> {
        self.month_starts[months.start]..self.month_starts[months.end]
    }

    /// The month that a day of the horizon belongs to.
    pub fn month_of(&self, day: usize) -> usize {
        self.month_starts.partition_point(|&first| first <= day) - 1
    }

    /// The date of a day number; the day after the last is allowed.
    pub fn date(&self, day: usize) -> Date {
        let span = i64::try_from(day).expect("a horizon has few days").days();
        self.start
            .checked_add(span)
            .expect("the horizon lies within the calendar")
    }

    /// The first day of month `month`, which may lie beyond the horizon; `None` past the year 9999.
    pub fn first_day(&self, month: usize) -> Option<i64> {
        let span = i64::try_from(month).ok()?.months();
        Some(self.day_of(self.start.checked_add(span).ok()?))
    }

    /// The day twelve months after a day, counted from the start; `None` past the year 9999.
    pub fn year_after(&self, day: i64) -> Option<i64> {
        let date = self.start.checked_add(day.days()).ok()?;
        Some(self.day_of(date.checked_add(12.months()).ok()?))
    }

    /// True when some day of `from..=to`, counted from the start, lies within.
    pub fn overlaps(&self, from: i64, to: i64) -> bool {
        let days = i64::try_from(self.days()).expect("a horizon has few days");
        from < days && to >= 0
    }

    /// Days from the start to `date`: negative before it.
    pub fn day_of(&self, date: Date) -> i64 {
        days_between(self.start, date)
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_rest_of_a_horizon_ends_with_it() {
        let year = Horizon::new(date(2026, 1, 1), 12).unwrap();
        let rest = year
            .from_day(year.day_of(date(2026, 10, 15)) as usize)
            .unwrap();
        assert_eq!((rest.start(), rest.months()), (date(2026, 10, 15), 3));
        assert_eq!(rest.date(rest.month(2).start), date(2026, 12, 15));
        assert_eq!((rest.month(2).len(), rest.days()), (17, 31 + 30 + 17));
        assert_eq!(year.from_day(0), Some(year.clone()));
        assert_eq!(year.from_day(365), None);
    }
}
