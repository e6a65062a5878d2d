//! Sizing against closed forms and against every other size.

use super::plain::*;
use super::*;
use crate::ledger::Price;
use crate::ledger::PriceList;
use crate::scenario::Discount;
use crate::units::Money;

/// Prices in dollars a credit, packs of one credit.
fn prices(p: f64, o: f64, discounts: &[(i64, f64)]) -> PriceList {
    let pack = Credits::from_micro(MICRO);
    PriceList {
        pack,
        pack_price: Money::from_f64(p).unwrap(),
        discounts: discounts
            .iter()
            .map(|&(from, off)| Discount {
                from: Credits::from_micro(from * MICRO),
                off: (off * MICRO as f64).round() as u64,
            })
            .collect(),
        overage: Price::new(Money::from_f64(o).unwrap(), pack),
    }
}

fn demand(credits: &[i64]) -> Vec<i64> {
    credits.iter().map(|c| c * MICRO).collect()
}

#[test]
fn the_optimum_is_the_newsvendor_fractile() {
    // o = 4, p = 3: the 25th percentile of 10..=80 in tens is 20.
    let prices = prices(3.0, 4.0, &[]);
    let sizing = Sizing::new(&prices, demand(&[80, 10, 20, 30, 40, 50, 60, 70]));
    assert_eq!(sizing.optimum(), Some(20));
}

#[test]
fn when_overage_costs_what_a_pack_costs_nothing_is_bought() {
    let prices = prices(3.0, 3.0, &[]);
    let sizing = Sizing::new(&prices, demand(&[10, 20, 30]));
    assert_eq!(sizing.optimum(), Some(0));
}

#[test]
fn equally_good_sizes_are_not_weighed_one_by_one() {
    // A billion sizes below the least demand have no regret at all where a pack saves nothing; a discount
    // from 5 billion on does not pay.
    let prices = prices(3.0, 3.0, &[(5_000_000_000, 0.01)]);
    let sizing = Sizing::new(&prices, demand(&[1_000_000_000, 2_000_000_000]));
    let best = |share| sizing.best(Objective::Regret, share);
    assert_eq!(best(None), Some(0));
    // No overage allowed: the smallest size that meets it.
    assert_eq!(best(Some(0)), Some(2_000_000_000));
}

#[test]
fn of_equal_costs_the_smaller_size_is_best() {
    // (250 - 110)/250 x 100 paths is 56 exactly, and 56.00000000000001 in doubles: from the
    // 56th to the 57th demand the cost is flat.
    let prices = prices(110.0, 250.0, &[]);
    let sizing = Sizing::new(
        &prices,
        demand(&(1..=100).map(|k| 10 * k).collect::<Vec<_>>()),
    );
    assert_eq!(sizing.optimum(), Some(560));
    assert_eq!(sizing.total_cost(560), sizing.total_cost(570));
}

#[test]
fn the_edge_of_a_tier_can_be_best() {
    // 9 at $1 each or 10 for $8: the edge costs less than the fractile below it.
    let prices = prices(1.0, 2.0, &[(10, 0.2)]);
    let sizing = Sizing::new(&prices, demand(&[9, 9, 9, 9]));
    assert_eq!(sizing.optimum(), Some(10));
}

#[test]
fn sizes_that_cannot_be_told_from_the_optimum_are_named_in_every_tier() {
    // 40 at $1 and no more, or 60 at 90%: $54 for certain against $40 and $2 for each above.
    let prices = prices(1.0, 2.0, &[(60, 0.1)]);
    let even = Sizing::new(&prices, demand(&[40, 54].repeat(500)));
    // 40: $40 + $14 = $54 on average; 54: $54; 60: $54. The two tiers cannot be told apart.
    assert_eq!(even.ranges(Objective::Cost), Some(vec![(40, 54), (60, 60)]));
    let low = Sizing::new(&prices, demand(&[40, 41].repeat(500)));
    assert_eq!(low.ranges(Objective::Cost), Some(vec![(40, 41)]));
}

#[test]
fn a_pack_far_beyond_all_demand_is_not_called_possible() {
    let mut prices = prices(1.0, 1.3, &[]);
    prices.pack = Credits::from_micro(1_000 * MICRO);
    prices.overage = Price::new(prices.overage.pack_price(), prices.pack);
    let sizing = Sizing::new(&prices, demand(&(100..300).collect::<Vec<_>>()));
    assert_eq!(sizing.ranges(Objective::Cost), Some(vec![(0, 0)]));
}

#[test]
fn a_size_is_evaluated_on_every_path() {
    // Q = 20 at $3: $60. Over on 30 and 40: $4 x (10 + 20) / 4 = $30. Unused 10 on one path.
    let prices = prices(3.0, 4.0, &[]);
    let sizing = Sizing::new(&prices, demand(&[10, 20, 30, 40]));
    let candidate = sizing.evaluate(20).unwrap();
    assert_eq!(candidate.cost_mean, 90.0);
    assert_eq!(candidate.overage.value(), 0.5);
    assert_eq!(candidate.unused_credits_mean, 2.5);
    assert_eq!(candidate.overage_credits_mean, 7.5);
    // With foresight: $3 x 25 = $75 on average.
    assert_eq!(candidate.regret_mean, 15.0);
}

#[test]
fn what_is_left_may_be_worth_something() {
    // o = 6, p = 4, v = 2: (6 - 4)/(6 - 2) is the median of 10..=80 in tens, from 40 to 50 at
    // equal cost; without v it is the first third, 30.
    let prices = prices(4.0, 6.0, &[]);
    let demand = demand(&[80, 10, 20, 30, 40, 50, 60, 70]);
    let sizing = Sizing::with_residual(&prices, 500_000, demand.clone());
    assert_eq!(sizing.optimum(), Some(40));
    assert_eq!(sizing.total_cost(40), sizing.total_cost(50));
    assert_eq!(Sizing::new(&prices, demand).optimum(), Some(30));
}

#[test]
fn a_residual_value_lowers_the_cost_of_what_is_unused() {
    // Q = 20 at $3: $60. Over on 30 and 40: $4 x (10 + 20) / 4 = $30. Unused 10 on one path of
    // four, each worth $1.50: $3.75 less.
    let prices = prices(3.0, 4.0, &[]);
    let sizing = Sizing::with_residual(&prices, 500_000, demand(&[10, 20, 30, 40]));
    let candidate = sizing.evaluate(20).unwrap();
    assert_eq!(candidate.cost_mean, 86.25);
    // With foresight nothing is left: $3 x 25 = $75 on average.
    assert_eq!(candidate.regret_mean, 11.25);
    let (a, b) = (sizing.purchase(20), sizing.purchase(30));
    // 30 packs: $90, $4 x 10 / 4 = $10 over, 20 and 10 unused: $1.50 x 30 / 4 = $11.25.
    assert_eq!(
        sizing.difference(&b.unwrap(), &a.unwrap()).mean,
        88.75 - 86.25
    );
}

#[test]
fn whatever_is_left_nothing_is_bought_where_overage_costs_what_a_pack_costs() {
    let prices = prices(3.0, 3.0, &[]);
    let sizing = Sizing::with_residual(&prices, 950_000, demand(&[10, 20, 30]));
    assert_eq!(sizing.optimum(), Some(0));
    assert_eq!(sizing.evaluate(0).unwrap().regret_mean, 0.0);
}

#[test]
fn with_a_residual_value_the_optimum_beats_every_other_size() {
    // In units of 10^-18 dollars, from the definition: packs of one credit, prices in
    // millionths, a discount and a residual value in millionths.
    let prices = prices(1.0, 1.6, &[(40, 0.1), (70, 0.333_333)]);
    let mut state = 7_u64;
    let mut next = |most: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from((state >> 33) % most).unwrap()
    };
    for _ in 0..200 {
        let demand: Vec<i64> = (0..7).map(|_| next(128) * MICRO / 3).collect();
        let residual = next(950_001).unsigned_abs();
        let sizing = Sizing::with_residual(&prices, residual, demand.clone());
        let cost = |packs: i128| -> i128 {
            let million = i128::from(MICRO);
            let keep =
                million - i128::from(prices.off(Credits::from_micro((packs * million) as i64)));
            let one = |&d: &i64| {
                let beyond = i128::from(d) - packs * million;
                let bought = packs * million * keep * million * million;
                let over = 1_600_000 * beyond.max(0) * million * million;
                let left = keep * i128::from(residual) * million * (-beyond).max(0);
                bought + over - left
            };
            demand.iter().map(one).sum()
        };
        let brute = (0..=200).map(|packs| (cost(packs), packs)).min().unwrap();
        assert_eq!(sizing.optimum().map(i128::from), Some(brute.1));
    }
}

#[test]
fn the_optimum_beats_every_other_size() {
    let prices = prices(1.0, 1.6, &[(40, 0.1), (70, 0.3)]);
    let mut state = 1_u64;
    for _ in 0..200 {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            i64::try_from(state >> 57).unwrap()
        };
        let sizing = Sizing::new(&prices, (0..7).map(|_| next() * MICRO / 3).collect());
        let brute = (0..=200)
            .map(|q| (sizing.total_cost(q).unwrap(), q))
            .min()
            .unwrap();
        assert_eq!(sizing.optimum(), Some(brute.1));
    }
}
