//! What `size --stages` says.

use std::fmt::Write;

use crate::decide::sizing::{Difference, Sizes};
use crate::decide::staged::{Rule, Staged};
use crate::report::names;
use crate::report::numbers::{money, percent};
use crate::report::words::{gain, packs};
use crate::scenario::Scenario;

/// What to buy now, what the reviews do, what that saves.
pub(super) fn staged(scenario: &Scenario, sizes: &Sizes, staged: &Staged) -> String {
    if staged.last_target <= 0.0 {
        return "no later purchase pays: a pack at a review costs no less than overage; buy all at once"
            .to_owned();
    }
    if staged.later_purchases_mean == 0.0 {
        return "no future has a later purchase; buy all at once".to_owned();
    }
    let Rule {
        first,
        trigger,
        target,
        cover,
    } = staged.rule;
    let is_repeated = sizes.terms > 1;
    let of_term = if is_repeated { " a term" } else { "" };
    // Reviews of several terms are told by the term's months, those of one by their dates.
    let date = |month: usize| names::date(scenario, scenario.horizon.month(month).start);
    let day = |month: usize| match is_repeated {
        true => format!("month {}", month + 1),
        false => date(month),
    };
    let on = |month: usize| match is_repeated {
        true => format!("as month {} begins", month + 1),
        false => format!("on {}", date(month)),
    };
    let rank = |share: f64| format!("p{:.0}", 100.0 * share);
    let mut words = packs(first);
    words.push_str(match is_repeated {
        true => " for each term, whatever was seen before it; in each, ",
        false => " now; ",
    });
    let reviews = staged.reviews.len() / staged.terms;
    if let [many @ .., last] = &staged.reviews[..reviews] {
        if let Some(&from) = many.first() {
            let every = match staged.months {
                1 => "monthly".to_owned(),
                months => format!("every {months} months"),
            };
            let most = match cover {
                None => String::new(),
                Some(cover) if cover == trigger => format!(", at most that {}", rank(cover)),
                Some(cover) => format!(", at most the {} of use to the next review", rank(cover)),
            };
            let _ = write!(
                words,
                "{every} from {} on: if the {} of use to the next review exceeds what is left, buy up to the {} \
                 of use to the term's end{most}; ",
                day(from),
                rank(trigger),
                rank(target)
            );
        }
        let _ = write!(
            words,
            "{} buy up to the {} of the rest. ",
            on(*last),
            rank(staged.last_target)
        );
    }
    let once = packs(sizes.optimum.purchase.packs);
    let _ = match staged.saving.interval {
        Some((low, high)) if low > 0.0 || high < 0.0 => {
            let verb = if low > 0.0 { "Saves" } else { "Costs" };
            let turned = Difference {
                mean: staged.saving.mean.abs(),
                interval: Some(if low > 0.0 {
                    (low, high)
                } else {
                    (-high, -low)
                }),
            };
            let more = if low > 0.0 { "against" } else { "more than" };
            write!(
                words,
                "{verb} {}{of_term} {more} {once} at once",
                gain(scenario, &turned)
            )
        }
        _ => write!(
            words,
            "Against {once} at once: {}{of_term}",
            gain(scenario, &staged.saving)
        ),
    };
    let _ = write!(
        words,
        ": {} expected{of_term}; {} later purchases{of_term} on average",
        money(&scenario.currency, staged.candidate.cost_mean),
        decimals(staged.later_purchases_mean)
    );
    let free = scenario.contract.free_credits;
    if let Some(overage) = staged.candidate.overage_beyond(free) {
        let _ = write!(words, ", P(overage) {}", percent(overage.value()));
    }
    words
}

/// A small number with one decimal.
fn decimals(value: f64) -> String {
    format!("{value:.1}")
}
