//! Every told flip beside a search that knows nothing of how it was found.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::error::Source;
use crate::scenario::read;
use crate::simulate::unwatched;

/// Up to three tiers of a discount.
fn tiers() -> impl Strategy<Value = String> {
    let tier = (10_u64..400, 1_u64..12);
    prop::collection::vec(tier, 0..4).prop_map(|mut tiers| {
        tiers.sort_unstable();
        tiers.dedup_by_key(|tier| tier.0);
        let mut off = 0;
        let tiers = tiers.iter().map(|(from, more)| {
            off += more;
            format!(
                "{{ from = {}, off = {:.3} }}",
                from * 1_000,
                off as f64 / 40.0
            )
        });
        format!("discounts = [{}]\n", tiers.collect::<Vec<_>>().join(", "))
    })
}

/// A contract in packs of a size at half a cent a credit.
fn contract(pack: u64) -> impl Strategy<Value = String> {
    let share = (2_u64..15).prop_map(|share| format!("prepurchase = \"{}%\"\n", share * 10));
    let fixed = (0_u64..300).prop_map(|bought| format!("prepurchase = {}\n", bought * 1_000));
    let commit = (1_u64..30, 10_u64..25).prop_map(move |(amount, share)| {
        let price = pack as f64 * share as f64 / 5_000.0;
        format!(
            "payment = \"pre-commit\"\ncommit = {{ amount = {}.0, pack_price = {price:.1} }}\n",
            amount * 100
        )
    });
    let bought = prop_oneof![4 => share, 2 => fixed, 1 => commit];
    (bought, tiers(), 8_u64..25).prop_map(move |(bought, tiers, share)| {
        let [price, beyond] = [10, share].map(|share| pack as f64 * share as f64 / 2_000.0);
        format!(
            "pack = {pack}\npack_price = {price:.1}\noverage_pack_price = {beyond:.1}\n\
             {bought}{tiers}"
        )
    })
}

/// A small demand under a contract beside another, a price a user and a price a conversation.
fn question() -> impl Strategy<Value = String> {
    let contracts = prop::sample::select(vec![1_000_u64, 10_000])
        .prop_flat_map(|pack| (contract(pack), contract(pack)));
    (contracts, 1_u64..60, 1_u64..12).prop_map(|((contract, other), users, price)| {
        format!(
            "name = \"x\"\nstart = 2026-01-01\nmonths = 3\n[simulation]\npaths = 24\n\
             [[workload]]\nname = \"chat\"\ndaily_cv = 0.3\nactions_per_unit = 5\n\
             units_per_month = {{ mean = 600, cv = 0.3 }}\n[contract]\n{contract}\
             [[alternative]]\nname = \"flex\"\nmodel = \"flex\"\n{other}\
             [[alternative]]\nname = \"users\"\nmodel = \"per-user\"\nusers = {users}\n\
             price = 12.5\n\
             [[alternative]]\nname = \"talks\"\nmodel = \"per-conversation\"\nprice = {:.1}\n",
            price as f64 / 10.0
        )
    })
}

/// Mean differences of what a break-even was found of, at some scales in millionths.
fn means(asked: &Asked<'_>, one: Sought, is_point: bool, scales: Vec<i64>) -> Vec<f64> {
    let mut curves = [Curve::new(one)];
    let mut costs = Costs::new(asked.scenario);
    let settle = |points: &[Point]| match is_point {
        true => settle::planned(asked, points),
        false => settle::simulated(asked, points),
    };
    let wanted = [scales];
    costs.add(&mut curves, &wanted, settle).expect("costs");
    let mean = |&scale: &i64| curves[0].mean(scale).expect("a mean");
    wanted[0].iter().map(mean).collect()
}

/// Whether an alternative is told to cost less at a scale.
fn is_told_cheaper(one: &BreakEven, scale: f64) -> bool {
    let is_within = |band: &Band<'_>| {
        band.from.is_none_or(|flip| flip.scale < scale)
            && band.to.is_none_or(|flip| flip.scale > scale)
    };
    one.bands().iter().any(is_within)
}

#[test]
fn every_flip_is_where_the_sign_changes_and_none_is_missed_between_scales_tried() {
    let config = Config {
        cases: 150,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(11),
        ..Config::default()
    };
    let [flips, jumps] = [Cell::new(0), Cell::new(0)];
    let outcome = TestRunner::new(config).run(&question(), |text| {
        let name = "x.toml".to_owned();
        let Ok(scenario) = read(Source { name, text }, &[]) else {
            return Ok(());
        };
        let asked = Asked::new(&scenario).expect("sound");
        for is_point in [true, false] {
            let (columns, found) = match is_point {
                true => {
                    let columns = asked.planned().expect("costs");
                    let found = planned(&asked, &columns).expect("flips");
                    (columns, found)
                }
                false => {
                    let columns = asked.simulated(&unwatched).expect("costs");
                    let found = simulated(&asked, &columns).expect("flips");
                    (columns, found)
                }
            };
            let sought = sought(&scenario, &columns);
            let grids = grids(&asked, &common(&asked, &columns), &sought).expect("scales");
            for (&one, grid) in sought.iter().zip(&grids) {
                let told = found.iter().find(|told| {
                    let is_size = told.quantity == Quantity::ActionsPerInteraction;
                    (told.alternative, told.against) == (one.alternative, one.against)
                        && is_size == (one.scaling == Scaling::Size)
                });
                let Some(told) = told else { continue };
                // At every scale that METHODS promises the ranking is the one told.
                let at_grid = means(&asked, one, is_point, grid.clone());
                for (&scale, &mean) in grid.iter().zip(&at_grid) {
                    let is_cheaper = is_told_cheaper(told, real(scale));
                    prop_assert!(
                        mean == 0.0 || is_cheaper == (mean < 0.0),
                        "{is_point} {one:?} at {scale}: {mean}\n{told:?}"
                    );
                }
                for flip in &told.flips {
                    let at = exact(flip.scale).0;
                    let reach = (at / 2_000).max(1);
                    let near = match flip.is_jump {
                        true => vec![at - 1, at, at + 1],
                        false => vec![at - reach, at - 1, at, at + 1, at + reach],
                    };
                    let near = means(&asked, one, is_point, near);
                    let falls = |pair: &[f64]| pair[0] >= 0.0 && pair[1] <= 0.0;
                    let rises = |pair: &[f64]| pair[0] <= 0.0 && pair[1] >= 0.0;
                    let is_there = near.windows(2).any(|pair| match flip.is_cheaper_above {
                        true => falls(pair),
                        false => rises(pair),
                    });
                    prop_assert!(is_there, "{is_point} {one:?} {near:?}\n{flip:?}");
                    flips.set(flips.get() + 1);
                    jumps.set(jumps.get() + usize::from(flip.is_jump));
                }
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let (flips, jumps) = (flips.get(), jumps.get());
    assert!(flips > 500 && jumps > 50, "{flips} flips, {jumps} jumps");
}
