//! Incidents: what goes wrong, when, and what it does to demand.
//!
//! Arrivals on a day are Poisson(per_year / 365), by inversion of the day's own uniform: a higher
//! rate adds incidents to those of a lower one on the same path. Each lasts its days, rounded up
//! and at least 1, and is cut at the horizon's end. Overlapping multipliers multiply, whole-horizon
//! conditions too (a share s of the total counts as 1/(1-s)); a lump is a Poisson mean of
//! lump/days on each of its days.

use crate::demand::inputs::InputId;
use crate::randomness::streams::{StreamKey, Streams};
use crate::randomness::{Once, poisson};
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
        arrivals: StreamKey,
        days: Uncertain,
        days_stream: StreamKey,
        effect: Effect,
        effect_stream: StreamKey,
    },
    Condition {
        chance: f64,
        draw: Once,
        factor: InputId,
        is_share: bool,
    },
}

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

/// Most arrivals of one incident on one day; a rate that reaches it is refused by the scenario.
const MOST_A_DAY: u64 = 1 << 16;

impl IncidentModel {
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
        let stream = |purpose: &str| streams.named(&name(purpose));
        let kind = match &incident.kind {
            IncidentKind::Arrivals {
                per_year,
                days,
                effect,
            } => Kind::Arrivals {
                per_year: add(per_year),
                arrivals: stream("arrivals"),
                days: days.clone(),
                days_stream: stream("days"),
                effect: effect.clone(),
                effect_stream: stream("effect"),
            },
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

    /// How it is drawn whether a whole-horizon condition holds, where that is uncertain.
    pub(crate) fn draw_of_chance(&mut self) -> Option<&mut Once> {
        match &mut self.kind {
            Kind::Condition { chance, draw, .. } => (*chance < 1.0).then_some(draw),
            Kind::Arrivals { .. } => None,
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
                arrivals,
                days: length,
                days_stream,
                effect,
                effect_stream,
            } => {
                let rate = per_year.of(values) / DAYS_PER_YEAR;
                let mut stream = arrivals.path(path);
                for day in 0..days {
                    let count = poisson::quantile(rate, stream.uniform()).min(MOST_A_DAY);
                    for arrival in 0..count {
                        let index_of_draw = day as u64 * MOST_A_DAY + arrival;
                        let lasts = length
                            .quantile(days_stream.uniform_at(path, index_of_draw))
                            .ceil()
                            .max(1.0);
                        let u = effect_stream.uniform_at(path, index_of_draw);
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
            }
        }
    }
}
