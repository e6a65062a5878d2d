//! Incidents: what goes wrong, when, and what it does to demand.
//!
//! Arrivals on a day are Poisson(per_year / 365). They are points of a Poisson process on days times
//! rates: of 366 days at a time, point after point in the order of the rate from which on it is there,
//! on a day of its own, until the rate of the path is passed. A higher rate adds incidents to those of
//! a lower one on the same path, and a longer horizon keeps those of its first days. What the first points
//! are is drawn like once-per-path inputs: few incidents make most of the difference. Each lasts its days, rounded up
//! and at least 1, and is cut at the horizon's end. Overlapping multipliers multiply, whole-horizon
//! conditions too (a share s of the total counts as 1/(1-s)); a lump is a Poisson mean of
//! lump/days on each of its days.

use crate::demand::inputs::InputId;
use crate::randomness::Once;
use crate::randomness::streams::{StreamKey, Streams};
use crate::scenario::{Effect, Factor, Incident, IncidentKind, Input};
use crate::uncertain::Uncertain;
use crate::units::DAYS_PER_YEAR;

/// An incident as run.
#[derive(Clone, Debug)]
pub(crate) struct IncidentModel {
    /// Index into the scenario's incidents.
    index: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Arrivals {
        per_year: InputId,
        days: Uncertain,
        effect: Effect,
        /// The first points of the first days.
        first: Vec<Point>,
        /// All others.
        others: StreamKey,
    },
    Condition {
        chance: f64,
        draw: Once,
        factor: InputId,
        is_share: bool,
    },
}

/// How a point of the process is drawn.
#[derive(Clone, Debug)]
struct Point([Once; PARTS]);

/// What is drawn of a point.
#[derive(Clone, Copy)]
enum Part {
    /// How much more of a rate it takes than the point before.
    Gap,
    /// Its first day.
    Day,
    /// How long it lasts.
    Length,
    /// What it does.
    Effect,
}

const PARTS: usize = 4;

/// The draws of an incident that a quasi-random run spreads evenly.
pub(crate) enum Draws<'a> {
    Chance(&'a mut Once),
    Arrivals(Vec<&'a mut Once>),
    None,
}

/// Points whose draws are like those of once-per-path inputs.
const FIRST: usize = 3;

/// Days of one process, and the most points of it, which none reaches: no rate of a scenario is above 100,000
/// arrivals a year, 240 times fewer.
const PROCESS_DAYS: usize = 366;
const MOST: u64 = PROCESS_DAYS as u64 * (1 << 16);

/// One incident of one path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occurrence {
    /// Index into the scenario's incidents.
    pub incident: usize,
    /// First day.
    pub from_day: usize,
    /// Day after the last, cut at the horizon's end.
    pub to_day: usize,
    /// What it does on each of these days.
    pub effect: Impact,
}

/// What an occurrence does on each of its days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Impact {
    /// Multiplies demand.
    Multiplier(f64),
    /// Adds this many actions a day on average.
    ActionsPerDay(f64),
}

impl IncidentModel {
    /// Roughly what it multiplies demand by on average over the horizon, given a path's inputs: overlaps and the
    /// ends of the horizon are left out.
    pub(crate) fn expected_factor(&self, values: &[f64]) -> f64 {
        match &self.kind {
            Kind::Condition {
                chance,
                factor,
                is_share,
                ..
            } => {
                let factor = factor.of(values);
                let factor = if *is_share {
                    1.0 / (1.0 - factor)
                } else {
                    factor
                };
                1.0 + chance * (factor - 1.0)
            }
            Kind::Arrivals {
                per_year,
                days,
                effect: Effect::Multiplier(multiplier),
                ..
            } => {
                let share = per_year.of(values) * days.mean() / DAYS_PER_YEAR;
                1.0 + share * (multiplier.mean() - 1.0)
            }
            Kind::Arrivals {
                effect: Effect::ExtraActions(_),
                ..
            } => 1.0,
        }
    }

    /// Roughly how many actions its lumps add a day on average, given a path's inputs.
    pub(crate) fn expected_lumps(&self, values: &[f64]) -> f64 {
        match &self.kind {
            Kind::Arrivals {
                per_year,
                effect: Effect::ExtraActions(lump),
                ..
            } => per_year.of(values) * lump.mean() / DAYS_PER_YEAR,
            Kind::Arrivals { .. } | Kind::Condition { .. } => 0.0,
        }
    }

    pub(crate) fn new(
        streams: &Streams,
        index: usize,
        incident: &Incident,
        mut add: impl FnMut(&Input) -> InputId,
    ) -> Self {
        let name = |purpose: &str| {
            let name = super::stream_name(&incident.name);
            format!("incident/{name}/{purpose}")
        };
        let kind = match &incident.kind {
            IncidentKind::Arrivals {
                per_year,
                days,
                effect,
            } => {
                let once = |point: usize, part: &str| {
                    Once::new(streams, name(&format!("arrivals/{point}/{part}")))
                };
                let point = |k| Point(["gap", "day", "length", "effect"].map(|part| once(k, part)));
                Kind::Arrivals {
                    per_year: add(per_year),
                    days: days.clone(),
                    effect: effect.clone(),
                    first: (0..FIRST).map(point).collect(),
                    others: streams.named(&name("arrivals")),
                }
            }
            IncidentKind::Condition { chance, factor } => {
                let (input, is_share) = match factor {
                    Factor::Share(input) => (input, true),
                    Factor::Multiplier(input) => (input, false),
                };
                Kind::Condition {
                    chance: *chance,
                    draw: Once::new(streams, name("chance")),
                    factor: add(input),
                    is_share,
                }
            }
        };
        Self { index, kind }
    }

    /// Index into the scenario's incidents.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// How it is drawn whether a whole-horizon condition holds, where that is uncertain, or how the
    /// first arrivals are.
    pub(crate) fn draws(&mut self) -> Draws<'_> {
        match &mut self.kind {
            Kind::Condition { chance, draw, .. } if *chance < 1.0 => Draws::Chance(draw),
            Kind::Condition { .. } => Draws::None,
            Kind::Arrivals { first, .. } => {
                Draws::Arrivals(first.iter_mut().flat_map(|point| &mut point.0).collect())
            }
        }
    }

    /// Appends what happens on a path.
    pub(crate) fn draw(
        &self,
        path: u64,
        days: usize,
        values: &[f64],
        occurrences: &mut Vec<Occurrence>,
    ) {
        match &self.kind {
            Kind::Condition {
                chance,
                draw,
                factor,
                is_share,
            } => {
                if draw.uniform(path) < *chance {
                    let value = factor.of(values);
                    let multiplier = if *is_share {
                        1.0 / (1.0 - value)
                    } else {
                        value
                    };
                    occurrences.push(Occurrence {
                        incident: self.index,
                        from_day: 0,
                        to_day: days,
                        effect: Impact::Multiplier(multiplier),
                    });
                }
            }
            Kind::Arrivals {
                per_year,
                days: length,
                effect,
                first,
                others,
            } => {
                let rate = per_year.of(values) / DAYS_PER_YEAR;
                let start = occurrences.len();
                let place = first[0].0[0].place(path);
                for process in 0..days.div_ceil(PROCESS_DAYS) {
                    let uniform = |point: u64, part: Part| match first.get(point as usize) {
                        Some(once) if process == 0 => once.0[part as usize].uniform_in(place),
                        _ => {
                            let point = process as u64 * MOST + point;
                            others.uniform_at(path, point * PARTS as u64 + part as u64)
                        }
                    };
                    let mut reached = 0.0;
                    for point in 0..MOST {
                        // Gaps are exponential: 366 points are expected for each unit of the daily rate.
                        let gap = -libm::log1p(-uniform(point, Part::Gap));
                        reached += gap / PROCESS_DAYS as f64;
                        let is_there = reached <= rate;
                        if !is_there {
                            break;
                        }
                        let day = (uniform(point, Part::Day) * PROCESS_DAYS as f64) as usize;
                        let day = process * PROCESS_DAYS + day;
                        if day >= days {
                            continue;
                        }
                        let lasts = length
                            .quantile(uniform(point, Part::Length))
                            .ceil()
                            .max(1.0);
                        let u = uniform(point, Part::Effect);
                        occurrences.push(Occurrence {
                            incident: self.index,
                            from_day: day,
                            // Saturates for absurd lengths, which end with the horizon anyway.
                            to_day: day.saturating_add(lasts as usize).min(days),
                            effect: match effect {
                                Effect::Multiplier(factor) => {
                                    Impact::Multiplier(factor.quantile(u))
                                }
                                Effect::ExtraActions(lump) => {
                                    Impact::ActionsPerDay(lump.quantile(u) / lasts)
                                }
                            },
                        });
                    }
                }
                occurrences[start..].sort_by_key(|occurrence| occurrence.from_day);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::Model;
    use crate::error::Source;
    use crate::scenario::read;

    #[test]
    fn no_arrival_in_366_days_is_as_likely_as_in_a_poisson_process() {
        // e^(-366 r) at a daily rate r: with u the uniform number of the first gap, the first arrival
        // is there from the rate -ln(1 - u)/366 on.
        let text = "name = \"t\"\nstart = 2024-01-01\n[[workload]]\nname = \"w\"\n\
            units_per_month = 1\n[[incident]]\nname = \"i\"\nper_year = 1\ndays = 1\n\
            multiplier = 2\n";
        let (name, text) = ("t.toml".to_owned(), text.to_owned());
        let model = Model::new(&read(Source { name, text }, &[]).unwrap());
        assert_eq!(model.horizon.days(), 366);
        let incident = &model.incidents[0];
        let Kind::Arrivals { first, .. } = &incident.kind else {
            panic!("it arrives");
        };
        for path in 0..200 {
            let u = first[0].0[Part::Gap as usize].uniform(path);
            let rate = -libm::log1p(-u) / 366.0;
            for (factor, is_there) in [(0.999, false), (1.001, true)] {
                let values = vec![factor * rate * 365.0; model.inputs.len()];
                let mut occurrences = Vec::new();
                incident.draw(path, 366, &values, &mut occurrences);
                assert_eq!(!occurrences.is_empty(), is_there, "{path} {factor}");
            }
        }
    }
}
