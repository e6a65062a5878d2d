//! The purchase that costs least, against the newsvendor's closed forms.
//!
//! Sizing takes a sample; it is given the quantiles at (k - 1/2)/n of the demand instead, so that
//! what differs from the closed form is the discretisation: of the sample (the mean of a stratum
//! against its middle, which costs the two tails about q(1 - 1/n)/n of a mean: below 1e-5 of every
//! figure here for n = 200,000) and of the packs (half a pack of a size, and a cost that is flat
//! around the optimum). The tolerances are 2e-5 of a cost and two packs of a size.

use flexcast::decide::sizing::Sizing;
use flexcast::ledger::{Price, PriceList};
use flexcast::scenario::Discount;
use flexcast::special::normal;
use flexcast::units::{Credits, MICRO, Money};

use crate::checks::close;

const STRATA: u32 = 200_000;
pub(super) const COST: f64 = 2e-5;

/// Quantiles at the middle of each of the strata, in micro-credits.
pub(super) fn strata(quantile: impl Fn(f64) -> f64) -> Vec<i64> {
    let n = f64::from(STRATA);
    (0..STRATA)
        .map(|k| (quantile((f64::from(k) + 0.5) / n) * MICRO as f64) as i64)
        .collect()
}

/// Demand LN(mean 1e6, s = 0.4) of cases D1 to D3.
pub(super) fn lognormal() -> Vec<i64> {
    let (s, mean) = (0.4, 1e6);
    strata(|u| libm::exp(libm::log(mean) - s * s / 2.0 + s * normal::quantile(u)))
}

/// Packs of `pack` credits; `p` and `o` are prices of a credit, `off` a discount from a size on.
pub(super) fn prices(pack: f64, p: f64, o: f64, off: &[(f64, f64)]) -> PriceList {
    let pack_price = |credit: f64| Money::from_f64(credit * pack).unwrap();
    let size = Credits::from_f64(pack).unwrap();
    PriceList {
        pack: size,
        pack_price: pack_price(p),
        discounts: off
            .iter()
            .map(|&(from, off)| Discount {
                from: Credits::from_f64(from).unwrap(),
                off: (off * MICRO as f64).round() as u64,
            })
            .collect(),
        overage: Price::new(pack_price(o), size),
    }
}

#[test]
fn a_lognormal_demand_has_the_newsvendors_optimum() {
    // [D1] Commit at 0.008, overage at 0.012, packs of 100 credits.
    let prices = prices(100.0, 0.008, 0.012, &[]);
    let sizing = Sizing::new(&prices, lognormal());
    let optimum = sizing
        .evaluate(sizing.optimum().expect("costs that compare"))
        .unwrap();
    let size = optimum.purchase.credits.to_f64();
    assert!((size - 777_018.655).abs() <= 200.0, "{size}");
    close(optimum.cost_mean, 9_563.233_795, COST).unwrap();
    close(
        sizing.evaluate(10_000).unwrap().cost_mean,
        9_902.233_027,
        COST,
    )
    .unwrap();
    close(sizing.evaluate(0).unwrap().cost_mean, 12_000.0, COST).unwrap();
    // P(short) = p/o = 2/3 at the optimum; a pack of 100 credits holds 1.6e-4 of probability.
    assert!((optimum.overage.value() - 2.0 / 3.0).abs() < 2e-4);
    // The value of perfect information, less what whole packs cost with foresight: the lesser of
    // (o - p) r for a remainder r and p (100 - r), p (o - p)/2o of a pack on average = $0.1333.
    let regret = optimum.regret_mean + 100.0 * 0.008 * 0.004 / 0.024;
    assert!((regret - 1_563.233_795).abs() < COST * 9_563.0, "{regret}");
    // The power of these: buying the mean, or 2% off the optimum, is not taken for it.
    assert!(
        close(
            sizing.evaluate(10_000).unwrap().cost_mean,
            9_563.233_795,
            COST
        )
        .is_err()
    );
    assert!(
        close(
            sizing.evaluate(7_925).unwrap().cost_mean,
            9_563.233_795,
            COST
        )
        .is_err()
    );
}

#[test]
fn a_limit_on_the_shortage_has_its_price() {
    // [D2] The 95% quantile of demand, and what it costs.
    let prices = prices(100.0, 0.008, 0.012, &[]);
    let sizing = Sizing::new(&prices, lognormal());
    let safe = sizing.evaluate(17_824).unwrap();
    let short = sizing.evaluate(17_823).unwrap();
    assert!(safe.overage.value() <= 0.05 && short.overage.value() > 0.05);
    // The cost at the next whole pack: $0.8 a pack, of which a twentieth of overage is saved.
    let slope = 0.008 - 0.012 * 0.05;
    let expected = 14_468.618_534 + slope * (1_782_400.0 - 1_782_365.564);
    close(safe.cost_mean, expected, COST).unwrap();
}

#[test]
fn the_edge_of_a_tier_can_cost_least() {
    // [D3] 0.0085 below a million credits, 0.0075 from there on; the discount is kept in
    // millionths: 117,647 of them make 0.0075 + 5e-10, half a cent on the purchase.
    let prices = prices(100.0, 0.0085, 0.012, &[(1e6, 1.0 - 0.0075 / 0.0085)]);
    let sizing = Sizing::new(&prices, lognormal());
    assert_eq!(sizing.optimum().expect("costs that compare"), 10_000);
    close(
        sizing.evaluate(10_000).unwrap().cost_mean,
        9_402.233_027,
        COST,
    )
    .unwrap();
    // The best of the lower tier.
    let other = sizing.evaluate(7_413).unwrap();
    close(other.cost_mean, 9_942.818_193, COST).unwrap();
    for packs in [7_300, 7_500] {
        assert!(sizing.evaluate(packs).unwrap().cost_mean > other.cost_mean);
    }
}

/// With h = p and penalty o - p, cost minus p E[D] is the newsvendor's h (Q - D)⁺ + penalty
/// (D - Q)⁺; credits in thousandths of a unit, packs of 10.
fn newsvendor(h: f64, penalty: f64, mean: f64, sd: f64, best: (f64, f64), others: &[(f64, f64)]) {
    let scale = 1_000.0;
    let demand = strata(|u| scale * (mean + sd * normal::quantile(u)));
    let prices = prices(10.0, h, h + penalty, &[]);
    let sizing = Sizing::new(&prices, demand);
    let optimum = sizing.optimum().expect("costs that compare") as f64 * 10.0 / scale;
    assert!(
        (optimum - best.0).abs() <= 0.02,
        "{optimum} instead of {}",
        best.0
    );
    let at = |level: f64| {
        let candidate = sizing
            .evaluate((level * scale / 10.0).round() as u64)
            .unwrap();
        candidate.cost_mean / scale - h * mean
    };
    for &(level, cost) in [(best.0, best.1)].iter().chain(others) {
        close(at(level), cost, 1e-4).unwrap();
    }
    assert!(close(at(best.0), best.1 * 1.001, 1e-4).is_err());
}

#[test]
fn the_textbooks_newsvendors_are_reproduced() {
    // [D5] and [D6] Snyder & Shen, example 4.3 and problem 4.1.
    let levels = [(40.0, 7.356_131_552_870_388), (60.0, 2.156_131_552_870_387)];
    let best = (56.603_955_927_433_89, 1.997_605_193_176_644_5);
    newsvendor(0.18, 0.70, 50.0, 8.0, best, &levels);
    let best = (922.721_403_8, 2_718.196_782);
    newsvendor(43.0, 79.0, 900.0, 60.0, best, &[(1_040.0, 6_044.298_415)]);
}

#[test]
fn the_worst_twentieth_of_costs_has_the_tails_mean() {
    // [C7] With nothing bought ahead and overage at 1 a credit, cost is demand: CVaR95 of Exp(1)
    // is 1 + ln 20 and of N(0, 1) 2.06271280751. The top stratum's middle stands for its mean:
    // (1 - ln 2)/(0.05 n) = 3e-5 too little of an exponential.
    let prices = prices(1.0, 1.0, 1.0, &[]);
    let scaled = |quantile: fn(f64) -> f64| {
        let sizing = Sizing::new(&prices, strata(|u| 1_000.0 * quantile(u)));
        sizing.evaluate(0).unwrap().cost_cvar95.unwrap() / 1_000.0
    };
    let exponential = scaled(|u| -libm::log1p(-u));
    assert!(
        (exponential - 3.995_732_273_55).abs() < 1e-4,
        "{exponential}"
    );
    // 10 + N(0, 1): a demand is not negative.
    let shifted = scaled(|u| 10.0 + normal::quantile(u));
    assert!((shifted - 12.062_712_807_51).abs() < 1e-4, "{shifted}");
}
