//! Buying in stages for several terms.

use flexcast::summarise::statistics::mean_and_error;

use super::*;

/// All at once for each term: the best of sizing and what it costs.
fn once_for_each(stages: &Stages<'_>, demands: &Demands) -> Candidate {
    let beyond = (0..demands.paths()).flat_map(|path| {
        let terms = demands.terms_of(path).enumerate();
        terms.map(|(term, wanted)| {
            let free = if term == 0 { stages.free.micro() } else { 0 };
            (wanted.iter().sum::<i64>() - free).max(0)
        })
    });
    let (prices, residual) = (stages.prices, stages.residual);
    let terms = demands.terms();
    let sizing = Sizing::of_terms(prices, residual, beyond.collect(), terms, Sampling::Random);
    sizing.evaluate(sizing.optimum().unwrap()).unwrap()
}

/// Months that reviews of so many terms stand before: these tests do not look at them.
fn reviews(demands: &Demands) -> (usize, Vec<usize>) {
    (1, demands.reviewed().collect())
}

fn credits(packs: &[i64]) -> Vec<i64> {
    packs.iter().map(|packs| packs * 100 * MICRO).collect()
}

#[test]
fn two_independent_terms_are_two_of_the_closed_form() {
    // [D4] in each of two terms. The second term's pairs are the first one's in another order: n and the
    // multiplier have no common divisor, and both halves keep their paths.
    let prices = prices(0.008, 0.012);
    let stages = stages(&prices, 0.0095);
    let one = pairs(200, 1_000);
    let n = one.paths();
    let of_path = |path: usize| [one.path(path), one.path(path * 123_607 % n)].concat();
    let demands = Demands::of_terms(2, 2, (0..n).flat_map(of_path).collect());
    let once = once_for_each(&stages, &demands);
    close(once.cost_mean, 10_582.793_52, 2e-5).unwrap();
    let staged = stages
        .staged(&demands, &once, (6, vec![6, 18]), usize::MAX)
        .unwrap();
    assert_eq!(staged.terms, 2);
    let first = staged.candidate.purchase.credits.to_f64();
    assert!((first - 583_569.1).abs() < 2_500.0, "{first}");
    close(staged.candidate.cost_mean, 10_536.091_2, 5e-5).unwrap();
    close(staged.saving.mean, 46.702_3, 0.01).unwrap();
    // Independent terms count like paths: errors are smaller by the root of two.
    let alone = stages
        .staged(&one, &at_once(&prices, &one), (6, vec![6]), usize::MAX)
        .unwrap();
    let root = std::f64::consts::SQRT_2;
    let [se, se_alone] = [&staged, &alone].map(|staged| staged.candidate.cost_mean_se.unwrap());
    close(se, se_alone / root, 0.01).unwrap();
    let width = |staged: &Staged| staged.saving.interval.unwrap().1 - staged.saving.mean;
    close(width(&staged), width(&alone) / root, 0.01).unwrap();
    // Both reviews buy up to the one level, whatever came before.
    let all: Vec<usize> = (0..n).collect();
    let projections = Projections::new(&demands, &all);
    let ratios = projections.rest_ratios(stages.last_target());
    let levels = projections.on(&demands, &all);
    for path in [0, 77_777, 199_999] {
        for (level, ratio) in levels.of(path).iter().zip(&ratios) {
            let up_to = level[1] * ratio / MICRO as f64;
            assert!((up_to - 116_807.425_6).abs() < 1_000.0, "{up_to}");
        }
    }
}

#[test]
fn known_terms_cost_what_one_of_them_does() {
    // Each path wants the same in every term, and all paths the same: nothing is left to be seen.
    let prices = prices(0.008, 0.012);
    let wanted = credits(&[3, 5, 2, 4]);
    for later in [0.008, 0.009, 0.011] {
        let stages = stages(&prices, later);
        for terms in 1..4 {
            let demands = Demands::of_terms(terms, 4, wanted.repeat(10 * terms));
            let once = once_for_each(&stages, &demands);
            assert_eq!(once.purchase.packs, 14);
            let staged = stages.staged(&demands, &once, reviews(&demands), usize::MAX);
            let staged = staged.unwrap();
            close(staged.candidate.cost_mean, 14.0 * 0.8, 1e-12).unwrap();
            assert_eq!(staged.saving.interval, Some((0.0, 0.0)), "{later}, {terms}");
            if later > 0.008 {
                assert_eq!(staged.candidate.purchase.packs, 14);
                assert_eq!(staged.later_purchases_mean, 0.0);
            }
        }
    }
}

#[test]
fn free_credits_end_with_the_first_term() {
    // Ten packs a term, three of them free in the first: seven bought for each term and three at the second
    // one's review, 7 p and 7 p + 3 p₂, against the better of 7 p and 7 p + 3 o, and 10 p twice.
    let prices = prices(0.008, 0.012);
    let free = Credits::from_micro(300 * MICRO);
    let stages = Stages {
        free,
        ..stages(&prices, 0.0095)
    };
    let demands = Demands::of_terms(2, 2, credits(&[5, 5, 5, 5]).repeat(10));
    let once = once_for_each(&stages, &demands);
    close(once.cost_mean, (5.6 + 5.6 + 3.6) / 2.0, 1e-12).unwrap();
    let staged = stages.staged(&demands, &once, (1, vec![1, 3]), usize::MAX);
    let staged = staged.unwrap();
    let candidate = &staged.candidate;
    assert_eq!(candidate.purchase.packs, 7);
    close(candidate.cost_mean, (5.6 + 5.6 + 2.85) / 2.0, 1e-12).unwrap();
    close(staged.saving.mean, 0.375, 1e-12).unwrap();
    assert_eq!(
        (staged.later_purchases_mean, staged.later_packs_mean),
        (0.5, 1.5)
    );
    assert_eq!(candidate.overage.hits, 0);
    close(candidate.share_of_mean.unwrap(), 7.0 / 8.5, 1e-12).unwrap();
}

#[test]
fn a_review_knows_what_earlier_terms_wanted() {
    // Only the last period is unknown, and the first one of the first term says what it will be.
    let prices = prices(0.008, 0.012);
    let stages = stages(&prices, 0.008);
    let n = 2_000;
    let unknown = exponential(n);
    let cost = |seen: &dyn Fn(usize) -> usize| {
        let of_path = |path: usize| {
            let (first, last) = (unknown[seen(path)], unknown[path]);
            [first, 50_000 * MICRO, 50_000 * MICRO, last]
        };
        let demands = Demands::of_terms(2, 2, (0..n).flat_map(of_path).collect());
        let once = once_for_each(&stages, &demands);
        let staged = stages.staged(&demands, &once, (6, vec![6, 18]), usize::MAX);
        staged.unwrap().candidate.cost_mean
    };
    let (known, unknown) = (cost(&|path| path), cost(&|path| path * 1_237 % n));
    assert!(known < unknown - 300.0, "{known}, {unknown}");
}

/// Three terms of four periods whose level moves from term to term.
fn three_terms(seed: u64, paths: u64) -> Demands {
    let stream = Streams::new(seed).named("demand");
    let draw = |path: u64, k: u64| -(1.0 - stream.uniform_at(path, k)).ln();
    let path = |path: u64| {
        let level = 20_000.0 * (0.3 + draw(path, 0));
        (0..12).map(move |k| {
            let level = level * (0.5 + draw(path, 1 + k / 4)) * (0.2 + draw(path, 4 + k));
            (level * MICRO as f64) as i64
        })
    };
    let path = &path;
    Demands::of_terms(3, 4, (0..paths).flat_map(path).collect())
}

/// What became of one term, in credits and money.
#[derive(Clone, Copy, Debug)]
struct Told {
    cost: f64,
    over: f64,
    unused: f64,
    packs: f64,
}

/// A policy played by hand on one path: whole credits and money, nothing shared with the library but what its
/// reviews expect.
fn played(
    stages: &Stages<'_>,
    (rule, projections): &(Rule, Projections),
    demands: &Demands,
    path: usize,
) -> Vec<Told> {
    let pack = stages.prices.pack.to_f64();
    let levels = projections.on(demands, &[path]);
    let levels = levels.of(0);
    let [next, rest, last] = [
        projections.next_ratios(rule.trigger),
        projections.rest_ratios(rule.target),
        projections.rest_ratios(stages.last_target()),
    ];
    let most = rule.cover.map(|cover| projections.next_ratios(cover));
    let bought = stages.prices.purchase(rule.first).unwrap();
    let periods = demands.periods();
    let mut told = Vec::new();
    let mut review = 0;
    for term in 0..demands.terms() {
        let (mut free, mut first, mut later) = (0.0, bought.credits.to_f64(), 0.0);
        if term == 0 {
            free = stages.free.to_f64();
        }
        let (mut granted, mut served, mut over) = (free + first, 0.0, 0.0);
        let (mut wanted, mut packs) = (0.0, 0.0);
        for period in 0..periods {
            if period > 0 {
                let left = free + first + later;
                let [of_next, of_rest] = levels[review].map(|level| level / MICRO as f64);
                let (short, mut up_to) = match period + 1 == periods {
                    true => (of_rest * last[review] > left, of_rest * last[review]),
                    false => (of_next * next[review] > left, of_rest * rest[review]),
                };
                if let (Some(most), true) = (&most, period + 1 < periods) {
                    up_to = up_to.min(of_next * most[review]);
                }
                let buys = ((up_to - left) / pack).round().max(0.0);
                if short && buys > 0.0 {
                    packs += buys;
                    later += buys * pack;
                    granted += buys * pack;
                }
                review += 1;
            }
            let mut need = demands.path(path)[term * periods + period] as f64 / MICRO as f64;
            wanted += need;
            for lot in [&mut free, &mut first, &mut later] {
                let used = need.min(*lot);
                *lot -= used;
                need -= used;
                served += used;
            }
            over += need;
        }
        let left = free + first + later;
        assert!(
            (granted - served - left).abs() < 1e-6,
            "credits are conserved"
        );
        assert!(
            (wanted - served - over).abs() < 1e-6,
            "so is what is wanted"
        );
        let price = |paid: f64, of: f64| if of > 0.0 { paid / of } else { 0.0 };
        let of_first = price(bought.cost.to_f64(), bought.credits.to_f64());
        let of_later = stages.later.to_f64() / pack;
        let worth = stages.residual as f64 / MICRO as f64 * (first * of_first + later * of_later);
        told.push(Told {
            cost: bought.cost.to_f64()
                + packs * stages.later.to_f64()
                + over * stages.prices.overage.per_credit()
                - worth,
            over,
            unused: first + later,
            packs,
        });
    }
    told
}

#[test]
fn what_is_said_of_a_policy_is_what_playing_it_gives() {
    let mut prices = prices(0.008, 0.012);
    prices.discounts.push(Discount {
        from: Credits::from_micro(60_000 * MICRO),
        off: 100_000,
    });
    let stages = Stages {
        free: Credits::from_micro(4_000 * MICRO),
        residual: 250_000,
        ..stages(&prices, 0.008)
    };
    let demands = three_terms(5, 600);
    let once = once_for_each(&stages, &demands);
    let staged = stages.staged(&demands, &once, reviews(&demands), usize::MAX);
    let staged = staged.unwrap();
    let half = |half: usize| (half..600).step_by(2).collect::<Vec<_>>();
    let tuned = |half: &[usize]| stages.tune(&demands, half, once.purchase.packs).unwrap();
    // What is tuned on the odd paths is judged on the even ones, and the other way round.
    let rules = [tuned(&half(1)), tuned(&half(0))];
    let told: Vec<Vec<Told>> = (0..600)
        .map(|path| played(&stages, &rules[path % 2], &demands, path))
        .collect();
    for (judged, rule) in rules.iter().enumerate() {
        let paths = half(judged);
        let terms = paths.iter().flat_map(|&path| &told[path]);
        let mean = terms.map(|told| told.cost).sum::<f64>() / (3 * paths.len()) as f64;
        let said = stages.mean_cost(&rule.0, &rule.1, &demands, &paths);
        close(said.unwrap(), mean, 1e-9).unwrap();
    }
    let mean = |of: &dyn Fn(&Told) -> f64| told.iter().flatten().map(of).sum::<f64>() / 1_800.0;
    let candidate = &staged.candidate;
    close(candidate.cost_mean, mean(&|told| told.cost), 1e-7).unwrap();
    close(
        candidate.overage_credits_mean,
        mean(&|told| told.over),
        1e-7,
    )
    .unwrap();
    close(
        candidate.unused_credits_mean,
        mean(&|told| told.unused),
        1e-7,
    )
    .unwrap();
    close(staged.later_packs_mean, mean(&|told| told.packs), 1e-12).unwrap();
    let bought = mean(&|told| f64::from(u8::from(told.packs > 0.0)));
    assert!(bought > 0.5 && staged.later_purchases_mean >= bought);
    // Errors are those of the paths' means.
    let by_path = |of: &dyn Fn(&Told) -> f64| -> Vec<f64> {
        let paths = told.iter();
        paths
            .map(|told| told.iter().map(of).sum::<f64>() / 3.0)
            .collect()
    };
    let costs = by_path(&|told| told.cost);
    let error = mean_and_error(&costs).1.unwrap();
    close(candidate.cost_mean_se.unwrap(), error, 1e-6).unwrap();
    let (share, error) = mean_and_error(&by_path(&|told| f64::from(u8::from(told.over > 0.0))));
    close(candidate.overage.value(), share, 1e-12).unwrap();
    close(
        candidate.overage.spread.unwrap().error,
        error.unwrap(),
        1e-9,
    )
    .unwrap();
    // Percentiles are those of terms.
    let mut sorted: Vec<f64> = told.iter().flatten().map(|told| told.cost).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    close(candidate.cost_p95.unwrap(), sorted[1_710 - 1], 1e-6).unwrap();
    // And so is what all at once costs more.
    close(
        once.cost_mean - candidate.cost_mean,
        staged.saving.mean,
        1e-6,
    )
    .unwrap();
    assert!(
        staged.saving.interval.unwrap().0 > 0.0,
        "{:?}",
        staged.saving
    );
}

#[test]
fn without_reviews_all_is_bought_at_once() {
    let prices = prices(0.008, 0.012);
    let stages = Stages {
        free: Credits::from_micro(4_000 * MICRO),
        residual: 250_000,
        ..stages(&prices, 0.008)
    };
    let reviewed = three_terms(6, 500);
    let sums = (0..500).flat_map(|path| reviewed.terms_of(path).map(|term| term.iter().sum()));
    let demands = Demands::of_terms(3, 1, sums.collect());
    // Also where a later purchase costs what overage does.
    let dear = Stages {
        later: prices.overage.pack_price(),
        ..stages
    };
    for (stages, demands) in [(stages, &demands), (dear, &reviewed)] {
        let once = once_for_each(&stages, demands);
        let staged = stages.staged(demands, &once, reviews(demands), usize::MAX);
        let staged = staged.unwrap();
        assert_eq!(staged.saving.interval, Some((0.0, 0.0)));
        assert_eq!(staged.candidate.purchase, once.purchase);
        let figures = |size: &Candidate| {
            let (low, high) = size.overage.interval();
            [
                size.cost_mean,
                size.cost_mean_half_width.unwrap(),
                size.cost_p50.unwrap(),
                size.cost_p95.unwrap(),
                size.cost_cvar95.unwrap(),
                size.share_of_mean.unwrap(),
                size.overage_credits_mean,
                size.unused_credits_mean,
                size.regret_mean,
                size.overage.value(),
                low,
                high,
            ]
        };
        let [of_staged, of_once] = [&staged.candidate, &once].map(figures);
        for (staged, once) in of_staged.into_iter().zip(of_once) {
            close(staged, once, 1e-7).unwrap();
        }
    }
}

#[test]
fn reviews_are_counted_from_their_terms_start() {
    // Two terms of five months, and two months of a third, which the horizon cuts.
    let sets = [
        "simulation.paths=300",
        "contract.term_months=5",
        "start=2026-01-15",
    ];
    let (scenario, forecast) = asked(SERVICE_DESK, &sets, 3);
    let staged = found(&forecast).staged.clone().unwrap();
    assert_eq!((staged.terms, staged.reviews.as_slice()), (2, &[3, 8][..]));
    let model = Model::new(&scenario);
    let of_path = |months: usize| {
        let whole = [0..5, 5..10];
        by_period(&scenario, &model, (&whole, months), 300, &unwatched).unwrap()
    };
    let wanted = ask::paths(&scenario, 300, |_, books| {
        let days = |from: &str, to: &str| {
            let day = |date: &str| scenario.horizon.day_of(date.parse().unwrap());
            let days = &books.wanted[day(from) as usize..day(to) as usize];
            days.iter().map(|c| c.micro()).sum::<i64>()
        };
        [
            days("2026-01-15", "2026-04-15"),
            days("2026-04-15", "2026-06-15"),
            days("2026-06-15", "2026-09-15"),
            days("2026-09-15", "2026-11-15"),
        ]
    });
    let demands = of_path(3);
    assert_eq!((demands.terms(), demands.periods()), (2, 2));
    assert!(demands.reviewed().eq([1, 3]));
    for (path, wanted) in wanted.iter().enumerate() {
        assert_eq!(demands.path(path), wanted);
    }
    let monthly = of_path(1);
    assert_eq!((monthly.terms(), monthly.periods()), (2, 5));
}

#[test]
fn staged_and_at_once_are_told_of_the_same_terms() {
    for (term, every) in [(6, 3), (6, 1), (4, 3), (5, 3), (7, 6)] {
        let term = format!("contract.term_months={term}");
        let sets = [
            "simulation.paths=400",
            "contract.free_credits=900_000",
            &term,
        ];
        let (_, forecast) = asked(SERVICE_DESK, &sets, every);
        let sizes = found(&forecast);
        let staged = sizes.staged.as_ref().unwrap();
        let rule = &staged.candidate;
        let difference = sizes.optimum.cost_mean - rule.cost_mean;
        close(difference, staged.saving.mean, 1e-6).unwrap();
        assert!(staged.saving.mean < sizes.foresight_worth.mean);
    }
}

#[test]
fn the_page_of_several_terms() {
    let sets = ["simulation.paths=1000", "contract.term_months=6"];
    let mut pages = String::new();
    for every in [1, 3] {
        let (scenario, forecast) = asked(SERVICE_DESK, &sets, every);
        let page = sizes::sizes(&scenario, &forecast, found(&forecast), false);
        assert!(page.lines().count() <= 23, "{page}");
        assert!(page.lines().all(|line| width(line) <= 80), "{page}");
        pages.push_str(&page);
        pages.push('\n');
    }
    insta::assert_snapshot!("staged_terms", pages);
}

#[test]
fn what_outlives_a_term_cannot_be_staged() {
    let body = "[simulation]\npaths = 300\n[[workload]]\nname = \"a\"\nunits_per_month = 100\n[contract]\n\
                term_months = 3\n";
    let of = |months: usize, contract: &str| {
        let scenario = ask::scenario(&ask::plain("2026-01-01", 6, &format!("{body}{contract}")));
        obstacles(&scenario, months)
    };
    assert!(of(1, "").is_empty());
    for (contract, key) in [
        ("expiry = \"never\"", "contract.expiry"),
        ("expiry = \"12 months\"", "contract.expiry"),
        ("rollover = 0.5", "contract.rollover"),
        ("grace_days = 10", "contract.grace_days"),
    ] {
        let found = of(1, contract);
        assert!(found.len() == 1 && found[0].keys == [key], "{found:?}");
    }
    for months in [3, 6] {
        let found = of(months, "");
        let why = "no review within a term: contract.term_months = 3";
        assert!(found.len() == 1 && found[0].why.contains(why), "{found:?}");
    }
}
