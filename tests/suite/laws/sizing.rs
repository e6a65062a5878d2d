//! The optimal purchase against brute force, and what must move it in which direction.

use flexcast::decide::sizing::{Objective, Sizing};
use flexcast::ledger::{Price, PriceList};
use flexcast::scenario::Discount;
use flexcast::units::{Credits, MICRO, Money};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// A small contract and the demand of some paths, in micro-credits.
#[derive(Clone, Debug)]
struct Contract {
    pack: i64,
    pack_price: i64,
    overage: i64,
    /// Credits and millionths, in any order of size.
    tiers: Vec<(i64, u64)>,
    demand: Vec<i64>,
}

impl Contract {
    fn prices(&self) -> PriceList {
        let pack = Credits::from_micro(self.pack);
        let discounts = self.tiers.iter().map(|&(from, off)| Discount {
            from: Credits::from_micro(from),
            off,
        });
        PriceList {
            pack,
            pack_price: Money::from_micro(self.pack_price),
            discounts: discounts.collect(),
            overage: Price::new(Money::from_micro(self.overage), pack),
        }
    }

    /// Sum over the paths of cost times the pack, exactly: cost(Q) = p(Q) Q + o (D - Q)⁺.
    fn cost(&self, prices: &PriceList, packs: u64) -> i128 {
        let purchase = prices.purchase(packs).unwrap();
        let over = |&d: &i64| i128::from((d - purchase.credits.micro()).max(0));
        let excess: i128 = self.demand.iter().map(over).sum();
        i128::from(purchase.cost.micro()) * i128::from(self.pack) * self.demand.len() as i128
            + excess * i128::from(self.overage)
    }

    /// The best of every number of packs up to more than any path or tier needs.
    fn best(&self) -> (u64, i128) {
        let prices = self.prices();
        let most = self
            .demand
            .iter()
            .chain(self.tiers.iter().map(|(from, _)| from))
            .max();
        let most = (most.unwrap() / self.pack + 2).unsigned_abs();
        let all = (0..=most).map(|packs| (self.cost(&prices, packs), packs));
        let (cost, packs) = all.min().unwrap();
        (packs, cost)
    }
}

fn contracts() -> impl Strategy<Value = Contract> {
    let demand = prop_oneof![
        vec(0_i64..60_000_000, 1..40),
        // Whole packs and ties: where equal costs must go to the smaller size.
        vec((0_i64..12).prop_map(|packs| packs * 5_000_000), 1..40),
    ];
    let tiers = vec((0_i64..70_000_000, 0_u64..900_000), 0..4);
    let pack = prop_oneof![Just(1_000_000_i64), Just(5_000_000), Just(730_001)];
    (pack, 1_i64..5_000_000, 0_i64..8_000_000, tiers, demand).prop_map(
        |(pack, pack_price, overage, mut tiers, demand)| {
            tiers.sort_unstable();
            tiers.dedup_by_key(|tier| tier.0);
            Contract {
                pack,
                pack_price,
                overage,
                tiers,
                demand,
            }
        },
    )
}

fn holds(seed: u64, law: impl Fn(Contract) -> Result<(), TestCaseError>) {
    let config = Config {
        cases: 1_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    if let Err(error) = TestRunner::new(config).run(&contracts(), law) {
        panic!("{error}");
    }
}

#[test]
fn the_optimum_is_what_trying_every_pack_finds() {
    holds(61, |contract| {
        let prices = contract.prices();
        let sizing = Sizing::new(&prices, contract.demand.clone());
        let (packs, cost) = contract.best();
        let found = sizing.optimum().expect("costs that compare");
        prop_assert_eq!((found, contract.cost(&prices, found)), (packs, cost));
        Ok(())
    });
}

/// Costs times the pack in micro-units, by path, of every number of packs up to more than anyone needs.
fn every_size(contract: &Contract) -> Vec<Vec<i128>> {
    let prices = contract.prices();
    let needs = contract
        .demand
        .iter()
        .chain(contract.tiers.iter().map(|(from, _)| from));
    let most = (needs.max().unwrap() / contract.pack + 2).unsigned_abs();
    let one = |packs: u64, d: i64| {
        let alone = Contract {
            demand: vec![d],
            ..contract.clone()
        };
        alone.cost(&prices, packs)
    };
    let size = |packs| contract.demand.iter().map(|&d| one(packs, d)).collect();
    (0..=most).map(size).collect()
}

/// What an objective makes of costs times the pack, in the same unit.
fn judged(objective: Objective, costs: &[i128], foresight: &[i128]) -> f64 {
    let n = costs.len();
    match objective {
        Objective::Cost => costs.iter().sum::<i128>() as f64 / n as f64,
        Objective::Cvar { alpha } => {
            let mut worst = costs.to_vec();
            worst.sort_unstable_by(|a, b| b.cmp(a));
            let weight = n as i128 * i128::from(1_000_000 - alpha);
            let (whole, rest) = ((weight / 1_000_000) as usize, weight % 1_000_000);
            let sum: i128 = worst[..whole].iter().sum();
            let next = worst.get(whole).map_or(0, |cost| cost * rest);
            (sum * 1_000_000 + next) as f64 / weight as f64
        }
        Objective::Regret => {
            let pairs = costs.iter().zip(foresight);
            let mut regrets: Vec<i128> = pairs.map(|(cost, least)| cost - least).collect();
            regrets.sort_unstable();
            regrets[(95 * n).div_ceil(100) - 1] as f64
        }
    }
}

#[test]
fn the_best_by_any_objective_and_limit_is_what_trying_every_pack_finds() {
    holds(67, |contract| {
        let prices = contract.prices();
        let sizing = Sizing::new(&prices, contract.demand.clone());
        let table = every_size(&contract);
        let n = contract.demand.len();
        let least = |path: usize| table.iter().map(|size| size[path]).min().unwrap();
        let foresight: Vec<i128> = (0..n).map(least).collect();
        let objectives = [
            Objective::Cost,
            Objective::Cvar { alpha: 500_000 },
            Objective::Cvar { alpha: 812_345 },
            Objective::Regret,
        ];
        for objective in objectives {
            for limit in [None, Some(0), Some(300_000)] {
                let over = |packs: usize| {
                    let bought = packs as i64 * contract.pack;
                    contract.demand.iter().filter(|&&d| d > bought).count()
                };
                let is_allowed = |packs: usize| {
                    limit.is_none_or(|share| over(packs) * 1_000_000 <= n * share as usize)
                };
                let values: Vec<(f64, usize)> = (0..table.len())
                    .filter(|&packs| is_allowed(packs))
                    .map(|packs| (judged(objective, &table[packs], &foresight), packs))
                    .collect();
                let best = values
                    .iter()
                    .copied()
                    .min_by(|a, b| a.partial_cmp(b).unwrap());
                let (value, packs) = best.unwrap();
                let found = sizing.best(objective, limit).expect("values that compare");
                prop_assert!(
                    is_allowed(found as usize),
                    "{objective:?} {limit:?} {found}"
                );
                let of_found = judged(objective, &table[found as usize], &foresight);
                // Values are compared in micro-units of money; of equal ones the smaller size is best.
                let micro =
                    contract.pack as f64 * (1.0 + 1e-9 * value.abs() / contract.pack as f64);
                prop_assert!(
                    of_found <= value + micro,
                    "{objective:?} {limit:?} {found} {packs}"
                );
                prop_assert!(
                    found as usize <= packs,
                    "{objective:?} {limit:?} {found} {packs}"
                );
            }
        }
        Ok(())
    });
}

#[test]
fn every_size_is_evaluated_as_the_paths_say() {
    holds(62, |contract| {
        let prices = contract.prices();
        let sizing = Sizing::new(&prices, contract.demand.clone());
        let n = contract.demand.len() as f64;
        let optimum = sizing
            .evaluate(sizing.optimum().expect("costs that compare"))
            .unwrap();
        for packs in [0, 1, 3, 8, sizing.optimum().expect("costs that compare")] {
            let candidate = sizing.evaluate(packs).unwrap();
            let cost =
                contract.cost(&prices, packs) as f64 / contract.pack as f64 / n / MICRO as f64;
            prop_assert!((candidate.cost_mean - cost).abs() <= 1e-9 * cost.max(1.0));
            prop_assert!(candidate.cost_mean >= optimum.cost_mean - 1e-9);
            prop_assert!(candidate.regret_mean >= 0.0);
            prop_assert!(candidate.regret_mean >= optimum.regret_mean - 1e-9);
            let bought = candidate.purchase.credits.to_f64();
            let mean = contract.demand.iter().sum::<i64>() as f64 / n / MICRO as f64;
            let left = candidate.unused_credits_mean - candidate.overage_credits_mean;
            prop_assert!(
                (left - (bought - mean)).abs() <= 1e-6,
                "unused - overage = Q - E[D]"
            );
        }
        // Foresight: on each path the best size for it alone. Regret is the rest, never negative.
        let alone = |&d: &i64| {
            let path = Contract {
                demand: vec![d],
                ..contract.clone()
            };
            path.best().1 as f64 / path.pack as f64 / MICRO as f64
        };
        let foresight = contract.demand.iter().map(alone).sum::<f64>() / n;
        let regret = optimum.cost_mean - foresight;
        prop_assert!(
            (optimum.regret_mean - regret).abs() <= 1e-6 * foresight.max(1.0),
            "{regret}"
        );
        Ok(())
    });
}

#[test]
fn a_finer_grid_never_costs_more() {
    holds(63, |contract| {
        // Packs of a fifth of the size at a fifth of the price, where both are whole.
        let coarse = Contract {
            pack: 5_000_000,
            pack_price: contract.pack_price * 5,
            overage: contract.overage * 5,
            ..contract
        };
        let fine = Contract {
            pack: 1_000_000,
            pack_price: coarse.pack_price / 5,
            overage: coarse.overage / 5,
            ..coarse.clone()
        };
        let cost = |contract: &Contract| {
            let prices = contract.prices();
            let sizing = Sizing::new(&prices, contract.demand.clone());
            sizing
                .evaluate(sizing.optimum().expect("costs that compare"))
                .unwrap()
                .cost_mean
        };
        // The discounted price of five packs is rounded once, not five times: half a millionth
        // for each pack of the purchase, at most 14 of them here.
        prop_assert!(
            cost(&fine) <= cost(&coarse) + 1e-5,
            "{} {}",
            cost(&fine),
            cost(&coarse)
        );
        Ok(())
    });
}

#[test]
fn dearer_overage_never_asks_for_a_smaller_purchase() {
    holds(64, |contract| {
        let dearer = Contract {
            overage: contract.overage + contract.overage / 3 + 1,
            ..contract.clone()
        };
        prop_assert!(contract.best().0 <= dearer.best().0, "by brute force");
        let optimum = |contract: &Contract| {
            let prices = contract.prices();
            Sizing::new(&prices, contract.demand.clone())
                .optimum()
                .expect("costs that compare")
        };
        prop_assert!(optimum(&contract) <= optimum(&dearer));
        Ok(())
    });
}

#[test]
fn a_tier_that_takes_nothing_off_is_no_tier() {
    holds(65, |contract| {
        let none = Contract {
            tiers: Vec::new(),
            ..contract.clone()
        };
        let empty = Contract {
            tiers: vec![(20_000_000, 0)],
            ..contract
        };
        let (a, b) = (none.prices(), empty.prices());
        let (a, b) = (Sizing::new(&a, none.demand), Sizing::new(&b, empty.demand));
        prop_assert_eq!(
            a.optimum().expect("costs that compare"),
            b.optimum().expect("costs that compare")
        );
        prop_assert_eq!(
            a.evaluate(a.optimum().expect("costs that compare")),
            b.evaluate(b.optimum().expect("costs that compare"))
        );
        Ok(())
    });
}

#[test]
fn a_rising_discount_never_raises_the_unit_price() {
    holds(66, |mut contract| {
        let mut offs: Vec<u64> = contract.tiers.iter().map(|(_, off)| *off).collect();
        offs.sort_unstable();
        contract
            .tiers
            .iter_mut()
            .zip(offs)
            .for_each(|(tier, off)| tier.1 = off);
        let prices = contract.prices();
        let unit = |packs| prices.purchase(packs).unwrap().per_credit().unwrap();
        for packs in 1..90_u32 {
            // Costs are whole millionths.
            let rounding = 1e-6 / (contract.pack as f64 / 1e6 * f64::from(packs));
            prop_assert!(unit(u64::from(packs) + 1) <= unit(u64::from(packs)) + rounding);
        }
        Ok(())
    });
}
