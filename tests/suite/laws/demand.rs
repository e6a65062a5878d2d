//! Demand, before any contract: monotone, named streams, prefixes.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::holds;
use super::question::{Amount, Effect, Factor, Kind, Question, Trouble};
use crate::ask;

/// Credits and agents of a workload on one path, in millionths.
#[derive(Clone, Debug, PartialEq)]
struct Drawn {
    name: String,
    base: Vec<i64>,
    incident: Vec<i64>,
    agent_days: Vec<i64>,
}

impl Drawn {
    fn total(&self) -> Vec<i64> {
        let parts = self.base.iter().zip(&self.incident);
        parts.map(|(base, incident)| base + incident).collect()
    }
}

/// Every path's workloads, in the file's order.
fn drawn(question: &Question) -> Vec<Vec<Drawn>> {
    let scenario = question.scenario();
    ask::paths(&scenario, question.paths, |future, _| {
        let workloads = scenario.workloads.iter().enumerate();
        let one = |(index, workload): (usize, &flexcast::scenario::Workload)| Drawn {
            name: workload.name.clone(),
            base: future.base(index).to_vec(),
            incident: future.incident(index).to_vec(),
            agent_days: future.agent_days(index).to_vec(),
        };
        workloads.map(one).collect()
    })
}

fn none_lower(what: &str, before: &[i64], after: &[i64]) -> TestCaseResult {
    for (day, (before, after)) in before.iter().zip(after).enumerate() {
        prop_assert!(
            before <= after,
            "{what} fell from {before} to {after} on day {day}"
        );
    }
    Ok(())
}

/// On every path and day, the second question wants at least what the first wants, with incidents and
/// without. What incidents add is the difference, which whole units may make one unit smaller.
fn wants_no_less(first: &Question, second: &Question) -> TestCaseResult {
    for (path, (first, second)) in drawn(first).iter().zip(drawn(second)).enumerate() {
        for (first, second) in first.iter().zip(&second) {
            let what = |part| format!("{part} of {} on path {path}", first.name);
            none_lower(&what("base"), &first.base, &second.base)?;
            none_lower(&what("all"), &first.total(), &second.total())?;
            none_lower(&what("agents"), &first.agent_days, &second.agent_days)?;
        }
    }
    Ok(())
}

#[test]
fn more_seats_never_lower_demand() {
    holds(1, 80, |question, mut tape| {
        let factor = tape.number(1.0, 3.0);
        let more = question.but(|question| {
            for work in &mut question.works {
                if let Kind::Agents { seats, .. } = &mut work.kind {
                    *seats = seats.times(factor);
                }
            }
        });
        wants_no_less(&question, &more)
    });
}

#[test]
fn more_units_never_lower_demand() {
    holds(2, 80, |question, mut tape| {
        let factor = tape.number(1.0, 3.0);
        let more = question.but(|question| {
            for work in &mut question.works {
                if let Kind::Volume { units, .. } = &mut work.kind {
                    *units = units.times(factor);
                }
            }
        });
        wants_no_less(&question, &more)
    });
}

#[test]
fn busier_agents_never_lower_demand() {
    holds(3, 80, |question, mut tape| {
        let factor = tape.number(1.0, 3.0);
        let more = question.but(|question| {
            for work in &mut question.works {
                if let Kind::Agents { rate, .. } = &mut work.kind {
                    *rate = rate.times(factor);
                }
            }
        });
        wants_no_less(&question, &more)
    });
}

#[test]
fn dearer_operations_never_lower_demand() {
    holds(4, 60, |question, mut tape| {
        let factor = tape.number(1.0, 3.0);
        let dearer = question.but(|question| {
            for (_, credits) in &mut question.rates {
                *credits = credits.times(factor);
            }
        });
        wants_no_less(&question, &dearer)
    });
}

#[test]
fn worse_incidents_never_lower_demand() {
    // Of arrivals, more a year or larger ones; of conditions, likelier or larger ones.
    holds(5, 120, |question, mut tape| {
        let (often, large) = (tape.number(1.0, 3.0), tape.number(1.0, 3.0));
        let worse = question.but(|question| {
            for trouble in &mut question.troubles {
                match &mut trouble.when {
                    Ok((per_year, _)) => *per_year = per_year.times(often),
                    Err(chance) => *chance = (*chance * often).min(1.0),
                }
                match &mut trouble.effect {
                    Effect::Multiplier(factor) => *factor = factor.times(large),
                    Effect::Lump(lump) => *lump = lump.times(large),
                    Effect::Share(_) => {}
                }
            }
        });
        wants_no_less(&question, &worse)
    });
}

#[test]
fn longer_multipliers_and_stronger_events_never_lower_demand() {
    holds(6, 80, |question, mut tape| {
        let factor = tape.number(1.0, 3.0);
        let worse = question.but(|question| {
            for trouble in &mut question.troubles {
                if let (Ok((_, days)), Effect::Multiplier(_)) = (&mut trouble.when, &trouble.effect)
                {
                    *days = days.times(factor);
                }
            }
            for event in &mut question.events {
                event.multiplier = event.multiplier.times(factor);
            }
        });
        wants_no_less(&question, &worse)
    });
}

/// What the workloads of the first question want in both.
fn same_for_all_of(first: &Question, second: &Question) -> TestCaseResult {
    for (path, (first, second)) in drawn(first).iter().zip(drawn(second)).enumerate() {
        for workload in first {
            let other = second.iter().find(|other| other.name == workload.name);
            prop_assert_eq!(Some(workload), other, "path {}", path);
        }
    }
    Ok(())
}

#[test]
fn another_workload_leaves_the_others_as_they_were() {
    holds(7, 80, |question, mut tape| {
        let more = question.but(|question| question.add_agents("another", tape.number(0.0, 500.0)));
        same_for_all_of(&question, &more)
    });
}

#[test]
fn an_incident_on_another_workload_leaves_the_others_as_they_were() {
    holds(8, 80, |question, _| {
        let calm = question.but(|question| question.add_agents("another", 100.0));
        let mut hit = calm.but(|question| {
            question.troubles.push(Trouble {
                name: "a loop".to_owned(),
                workloads: vec!["another".to_owned()],
                when: Ok((Amount::known(30.0), Amount::known(5.0))),
                effect: Effect::Multiplier(Factor::known(3.0)),
            });
        });
        same_for_all_of(&question, &hit)?;
        // The workload that it hits keeps its base: only what incidents add is more.
        hit.troubles.retain(|trouble| trouble.name != "a loop");
        same_for_all_of(&calm, &hit)
    });
}

#[test]
fn what_changes_nothing_changes_no_byte() {
    // An incident that never comes or does nothing, an event and a rate change without effect.
    holds(9, 80, |question, mut tape| {
        let chance = tape.pick(2);
        let idle = question.but(|question| {
            let trouble = |name: &str, when, effect| Trouble {
                name: name.to_owned(),
                workloads: Vec::new(),
                when,
                effect: Effect::Multiplier(effect),
            };
            let never = Ok((Amount::known(0.0), Amount::known(3.0)));
            question
                .troubles
                .push(trouble("never", never, Factor::known(9.0)));
            question
                .troubles
                .push(trouble("unlikely", Err(0.0), Factor::known(9.0)));
            let often = Ok((Amount::known(50.0), Amount::known(3.0)));
            question
                .troubles
                .push(trouble("harmless", often, Factor::known(1.0)));
            if chance == 1 {
                let first = question.start;
                question.rate_changes.push(format!(
                    "operation = \"voice\"\nfrom = {first}\ncredits = 999\nchance = 0"
                ));
            }
        });
        same_for_all_of(&question, &idle)
    });
}

#[test]
fn a_longer_horizon_keeps_the_first_months() {
    holds(10, 120, |question, mut tape| {
        let months = 1 + tape.pick(3);
        let longer = question.but(|question| question.months += months);
        for (path, (short, long)) in drawn(&question).iter().zip(drawn(&longer)).enumerate() {
            for (short, long) in short.iter().zip(&long) {
                let days = short.base.len();
                prop_assert_eq!(&short.base[..], &long.base[..days], "base, path {}", path);
                prop_assert_eq!(&short.incident[..], &long.incident[..days], "path {}", path);
                let months = short.agent_days.len();
                prop_assert_eq!(
                    &short.agent_days[..],
                    &long.agent_days[..months],
                    "path {}",
                    path
                );
            }
        }
        Ok(())
    });
}

#[test]
fn the_first_paths_of_more_are_those_of_fewer() {
    holds(11, 60, |question, _| {
        let double = question.but(|question| question.paths *= 2);
        let (few, many) = (drawn(&question), drawn(&double));
        prop_assert_eq!(&few[..], &many[..few.len()]);
        Ok(())
    });
}

#[test]
fn whole_weeks_later_agents_do_the_same() {
    // A plain calendar, no dates in it: only the days' names matter. Volume is left out, for its
    // months differ in length.
    holds(12, 60, |question, mut tape| {
        let weeks = 1 + tape.pick(40) as i64;
        let plain = question.but(|question| {
            question.calendar = "off_day_share = 0.2\n".to_owned();
            question.rate_changes.clear();
            question.events.clear();
            question.correlation = None;
            question.works.retain(|work| match &work.kind {
                Kind::Agents { activation, .. } => !activation.contains("months"),
                Kind::Volume { .. } => false,
            });
            question.add_agents("another", 40.0);
            question
                .troubles
                .retain(|trouble| trouble.workloads.is_empty());
        });
        let later = plain.but(|question| {
            let span = jiff::Span::new().weeks(weeks);
            question.start = question.start.checked_add(span).unwrap();
        });
        for (now, later) in drawn(&plain).iter().zip(drawn(&later)) {
            for (now, later) in now.iter().zip(&later) {
                let days = now.base.len().min(later.base.len());
                prop_assert_eq!(&now.base[..days], &later.base[..days]);
                prop_assert_eq!(&now.incident[..days], &later.incident[..days]);
            }
        }
        Ok(())
    });
}

#[test]
fn another_seed_gives_other_futures() {
    // The power of the laws above: the paths compared are not all alike.
    let mut differ = 0;
    let mut paths = 0;
    let question = std::cell::RefCell::new((&mut differ, &mut paths));
    holds(13, 40, |first, _| {
        let other = first.but(|question| question.seed += 1);
        let mut counts = question.borrow_mut();
        for (a, b) in drawn(&first).iter().zip(drawn(&other)) {
            *counts.1 += 1;
            *counts.0 += usize::from(*a != b);
        }
        Ok(())
    });
    assert!(differ * 10 > paths * 8, "{differ} of {paths}");
}
