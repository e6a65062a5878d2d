//! Money: what a path costs under a contract.

use flexcast::ledger::Settlement;
use proptest::prelude::*;

use super::holds;
use super::question::Question;
use crate::ask;

/// The books of every path.
fn books(question: &Question) -> Vec<Settlement> {
    ask::paths(&question.scenario(), question.paths, |_, books| {
        books.clone()
    })
}

#[test]
fn credits_are_conserved_on_every_path() {
    holds(41, 120, |question, _| {
        let scenario = question.scenario();
        let terms = ask::run(&scenario).terms;
        for path in books(&question) {
            let wanted: i64 = path.wanted.iter().map(|day| day.micro()).sum();
            let consumed: i64 = path.months.iter().map(|month| month.consumed.micro()).sum();
            let overage: i64 = path.months.iter().map(|month| month.overage.micro()).sum();
            prop_assert_eq!(wanted, consumed + overage);
            prop_assert_eq!(terms.granted().micro(), consumed + path.unused.micro());
            prop_assert!(consumed == wanted || consumed == terms.granted().micro());
            prop_assert_eq!(path.exhausted.is_some(), terms.has_grants() && overage > 0);
            // Cash: the purchase in the first month, overage by the credit, nothing else.
            let spend: i64 = path.months.iter().map(|month| month.spend.micro()).sum();
            let billed: i64 = path
                .months
                .iter()
                .map(|month| month.overage_spend.micro())
                .sum();
            prop_assert_eq!(spend, terms.purchase().cost.micro() + billed);
            prop_assert_eq!(spend, path.spend_to_date.last().unwrap().micro());
            let exact = i128::from(overage) * i128::from(terms.prices.overage.pack_price().micro());
            let pack = i128::from(terms.prices.pack.micro());
            prop_assert!(
                (i128::from(billed) * pack - exact).abs() * 2 <= pack,
                "half a millionth"
            );
            prop_assert!(path.spend_to_date.is_sorted());
            let mut balance = path.balance.clone();
            balance.reverse();
            prop_assert!(balance.is_sorted(), "the balance only falls");
        }
        Ok(())
    });
}

#[test]
fn prices_scale_costs_exactly() {
    holds(42, 80, |question, mut tape| {
        let factor = 2 + tape.pick(9) as u32;
        // In whole credits and money nothing is rounded.
        let question = question.in_whole_numbers();
        let dearer = question.but(|question| {
            question.deal.pack_price *= factor;
            question.deal.overage *= factor;
        });
        for (one, more) in books(&question).iter().zip(books(&dearer)) {
            for (one, more) in one.spend_to_date.iter().zip(&more.spend_to_date) {
                prop_assert_eq!(one.micro() * i64::from(factor), more.micro());
            }
            prop_assert_eq!(one.exhausted, more.exhausted);
        }
        Ok(())
    });
}

#[test]
fn dearer_overage_never_costs_less_and_moves_no_date() {
    holds(43, 60, |question, mut tape| {
        let more = tape.pick(500) as u32;
        let dearer = question.but(|question| question.deal.overage += more);
        for (one, other) in books(&question).iter().zip(books(&dearer)) {
            prop_assert!(one.spend_to_date <= other.spend_to_date);
            prop_assert_eq!(one.exhausted, other.exhausted);
            prop_assert_eq!(one.unused, other.unused);
        }
        Ok(())
    });
}

#[test]
fn more_granted_never_brings_exhaustion_forward() {
    holds(44, 120, |question, mut tape| {
        let (packs, free) = (tape.pick(30) as u32, tape.pick(60_000) as u32);
        let smaller = question.but(|question| {
            question.deal.packs = question.deal.packs.or(Some(1));
        });
        let larger = smaller.but(|question| {
            question.deal.packs = question.deal.packs.map(|bought| bought + packs);
            question.deal.free += free;
        });
        for (one, more) in books(&smaller).iter().zip(books(&larger)) {
            let day = |books: &Settlement| books.exhausted.unwrap_or(usize::MAX);
            prop_assert!(day(one) <= day(&more));
            prop_assert!(one.unused <= more.unused);
            prop_assert!(one.overage_without_incidents >= more.overage_without_incidents);
            for (one, more) in one.months.iter().zip(&more.months) {
                prop_assert!(
                    one.overage_spend >= more.overage_spend || one.overage >= more.overage
                );
            }
            let total = |books: &Settlement| -> i64 {
                books.months.iter().map(|month| month.overage.micro()).sum()
            };
            prop_assert!(total(one) >= total(&more));
            prop_assert_eq!(
                &one.wanted,
                &more.wanted,
                "demand does not see the contract"
            );
        }
        Ok(())
    });
}

#[test]
fn the_contract_never_changes_demand() {
    holds(45, 40, |question, mut tape| {
        let other = question.but(|question| {
            question.deal.packs = None;
            question.deal.share = None;
            question.deal.pack = [100, 1_000][tape.pick(2)];
            question.deal.free = 0;
        });
        for (one, other) in books(&question).iter().zip(books(&other)) {
            prop_assert_eq!(&one.wanted, &other.wanted);
            prop_assert!(other.exhausted.is_none() && other.unused.micro() == 0);
        }
        Ok(())
    });
}
