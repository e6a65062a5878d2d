//! Consumption against a budget: when it runs dry, and what a whole horizon costs.

use flexcast::special::{beta, gamma};
use flexcast::summarise::exhaustion::When;

use crate::ask::{self, april, paths, plain, scenario, total, whole};
use crate::checks::{at_most, close, mean, probability, square, variance};

const PATHS: u64 = 20_000;

#[test]
fn a_budget_under_a_poisson_burn_runs_dry_like_a_gamma() {
    // [E1] 30 unit events a day against 999 units, whole days: the first day whose end sees the
    // 1,000th event, P(T <= t) = P(Poisson(30 t) >= 1000) = P(1000, 30 t). May has 31 days and
    // weighs 31/30, which leaves 30 a day.
    let body = "[calendar]\noff_day_share = 1\n\
        month_weights = [1, 1, 1, 1, 1.0333333333333333, 1, 1, 1, 1, 1, 1, 1]\n\
        [[workload]]\nname = \"w\"\nunits_per_month = 900\n\
        [contract]\npack = 111\npack_price = 1\nprepurchase = 999\n\
        [simulation]\npaths = 20000\n";
    let text = plain("2026-04-01", 2, body).replacen("[calendar]\noff_day_share = 1\n", "", 1);
    let scenario = scenario(&text);
    let forecast = ask::run(&scenario);
    let days = forecast.exhausted.as_ref().unwrap();
    let by = |t: usize| gamma::p(1_000.0, 30.0 * t as f64);
    close(by(32), 0.101_756_820, 1e-8).unwrap();
    for t in 30..38 {
        let hits = days.by(t - 1).hits as usize;
        probability(hits, PATHS as usize, by(t)).unwrap();
    }
    // A day more or less would be noticed, and one unit more is: 0.3% of probability on day 33.
    assert!(probability(days.by(31).hits as usize, PATHS as usize, by(33)).is_err());
    assert!(
        probability(
            days.by(32).hits as usize,
            PATHS as usize,
            gamma::p(1_010.0, 990.0)
        )
        .is_err()
    );
    // The quantiles 31.98980, 33.32222, 34.69114 fall within days 32, 34 and 35. P(T <= 32) is
    // 10.18%: of 20,000 paths the p10 may fall on day 33, so its interval is asked.
    let (low, high) = days.interval(10).unwrap();
    assert!(low <= When::Day(31) && high >= When::Day(31));
    assert_eq!(days.percentile(50), Some(When::Day(33)));
    assert_eq!(days.percentile(90), Some(When::Day(34)));
    // The fraction of paths that ran dry is the fraction that had overage.
    assert_eq!(forecast.overage.unwrap().probability, days.ever());
}

#[test]
fn counts_at_a_gamma_rate_are_negative_binomial() {
    // [E3] A rate with mean 20 a day and shape 4 (cv 0.5), counted over 30 days: mean 600, sd
    // 300.998339, quantiles 204, 551, 1165. P(X <= k) = I_p(4, k + 1), p = 4/604.
    let body = "[[workload]]\nname = \"w\"\n\
        units_per_month = { dist = \"gamma\", mean = 600, cv = 0.5 }\n";
    let counts = paths(&scenario(&april(body)), PATHS, |future, _| total(future, 0));
    mean(&counts, 600.0).unwrap();
    variance(&counts, square(300.998_339)).unwrap();
    for (quantile, q) in [(204.0, 0.05), (551.0, 0.5), (1_165.0, 0.95)] {
        let up_to = |k: f64| beta::below(4.0, k + 1.0, 4.0 / 604.0);
        assert!(up_to(quantile) >= q && up_to(quantile - 1.0) < q);
        at_most(&counts, quantile, up_to(quantile)).unwrap();
    }
    assert!(at_most(&counts, 230.0, 0.05).is_err());
}

#[test]
fn agents_rates_and_incidents_add_up_by_the_law_of_total_variance() {
    // [E7] 500 seats, activation PERT(0.30, 0.55, 0.85); each active agent does NB(shape 2, mean
    // 40) actions: a gamma rate with cv 1/√2 over 30 days, counted; $0.04 an action; Poisson(0.5)
    // incidents of mean $800, cv 1 (exponential): lumps of 20,000 actions, whose own counting adds
    // 0.5 x 20,000 x 0.0016 = 16 to the variance of spend.
    let per_year = 0.5 * 365.0 / 30.0;
    let body = format!(
        "[[workload]]\nname = \"w\"\nseats = 500\n\
         activation = {{ min = 0.30, mode = 0.55, max = 0.85 }}\n\
         actions_per_day = 1.3333333333333333\nagent_cv = 0.7071067811865476\n\
         [[incident]]\nname = \"i\"\nper_year = {per_year}\ndays = 1\n\
         extra_actions = {{ dist = \"exponential\", mean = 20_000 }}\n\
         [contract]\npack = 1000\npack_price = 40\n"
    );
    let futures = paths(&scenario(&april(&body)), PATHS, |future, books| {
        let actions = whole(future.base(0).iter().sum());
        let spend = books.spend_to_date.last().unwrap().to_f64();
        [whole(future.agent_days(0)[0]) / 30.0, actions, spend]
    });
    let column = |k: usize| -> Vec<f64> { futures.iter().map(|figures| figures[k]).collect() };
    mean(&column(0), 279.166_667).unwrap();
    variance(&column(0), square(52.998_952)).unwrap();
    mean(&column(1), 11_166.666_667).unwrap();
    variance(&column(1), square(2_174.562_536)).unwrap();
    mean(&column(2), 846.666_667).unwrap();
    variance(&column(2), square(804.714_829) + 16.0).unwrap();
    // Without the spread between agents the actions vary by 40 x 52.999 and the counts alone.
    assert!(variance(&column(1), 1_600.0 * square(52.998_952) + 11_166.7).is_err());
}
