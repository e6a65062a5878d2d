//! Between which sizes the best one lies, and what others regret more, against a demand whose best sizes are known.

use flexcast::decide::sizing::{Named, Objective, Question, Settled, SettledSize, Sizes, Sizing};
use flexcast::forecast::size::size;
use flexcast::report::sizes::sizes;
use flexcast::simulate::unwatched;
use flexcast::special::normal;
use flexcast::units::MICRO;

use crate::ask::{april, plain, scenario};
use crate::sizing_coverage::{
    MEAN, above, answer, at, best_at, cost, named, prices, range, sample, settled,
};

const TAIL: Objective = Objective::Cvar { alpha: 800_000 };

/// The 95th percentile of regret of a size: the smallest w at which no more than 5% have a demand below Q - w/0.008
/// or above Q + w/0.004.
fn regret(credits: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..80 {
        let w = f64::midpoint(low, high);
        let below = match credits - w / 0.008 {
            least if least > 0.0 => 1.0 - above(least),
            _ => 0.0,
        };
        match below + above(credits + w / 0.004) <= 0.05 {
            true => high = w,
            false => low = w,
        }
    }
    high
}

/// The size of least regret, in packs of 100 credits.
fn least_regret() -> u64 {
    let by_value =
        |&a: &u64, &b: &u64| regret(100.0 * a as f64).total_cmp(&regret(100.0 * b as f64));
    (6_000..11_000).min_by(by_value).expect("sizes")
}

/// The size that leaves a share of the demands above it, in packs.
fn beyond(share: f64) -> u64 {
    (at(normal::quantile(1.0 - share)) / 100.0).ceil() as u64
}

/// How often something happened, by its name.
#[derive(Default)]
struct Tally(Vec<(String, u64, u64)>);

impl Tally {
    fn add(&mut self, name: &str, holds: bool) {
        let place = self.0.iter().position(|(known, ..)| known == name);
        let place = place.unwrap_or_else(|| {
            self.0.push((name.to_owned(), 0, 0));
            self.0.len() - 1
        });
        let (_, hits, of) = &mut self.0[place];
        *hits += u64::from(holds);
        *of += 1;
    }

    fn add_ranges(&mut self, name: &str, ranges: Option<&Vec<(u64, u64)>>, truth: u64) {
        let mut ranges = ranges.expect("a range").iter();
        self.add(
            name,
            ranges.any(|&(low, high)| (low..=high).contains(&truth)),
        );
    }
}

/// The range of settled sizes of least regret, as a search finds it among these: from the first to the last that cannot
/// be told from the best.
fn regret_range(sizes: &[SettledSize], foresight: &[i64], best: u64) -> (u64, u64) {
    let best = sizes.iter().find(|size| size.purchase.packs == best);
    let best = best.expect("a settled size");
    let is_near = |size: &&SettledSize| {
        let shortfall = size.shortfall(best, foresight);
        shortfall.expect("paths enough").is_near()
    };
    let mut near = sizes.iter().filter(is_near).map(|size| size.purchase.packs);
    let first = near.next().expect("the best one");
    (first, near.next_back().unwrap_or(first))
}

/// Ranges under limits that decide the size, that may and that do not, beside those without.
fn limited(tally: &mut Tally, sizing: &Sizing<'_>, objective: Objective, unlimited: u64) {
    let name = objective.name();
    let free = sizing.best(objective, None).expect("a size");
    let ranges = sizing.ranges(objective);
    let of = answer(
        sizing,
        best_at(objective),
        &named(free, ranges.clone(), 9_000),
    );
    tally.add_ranges(
        &format!("{name}: range"),
        of.optimum_ranges.as_ref(),
        unlimited,
    );
    for share in [20_000, 50_000, 667_000, 900_000] {
        let question = Question {
            max_overage: Some(share),
            ..best_at(objective)
        };
        let optimum = sizing.best(objective, Some(share)).expect("a size");
        let named = Named {
            optimum,
            unconstrained: free,
            limit_interval: sizing.fewest_interval(share),
            ..named(free, ranges.clone(), 9_000)
        };
        let of = answer(sizing, question, &named);
        let truth = beyond(f64::from(share) / MICRO as f64).max(unlimited);
        let name = format!("{name}: range at {share}");
        tally.add_ranges(&name, of.optimum_ranges.as_ref(), truth);
    }
}

/// Sizes whose regret is stated against the best, in packs from the best.
const APART: [i64; 8] = [-3_000, -1_500, -700, -300, 300, 700, 1_500, 3_000];

#[test]
#[ignore = "slow: 2 min"]
#[expect(clippy::print_stdout, reason = "what was measured")]
fn ranges_and_differences_of_regret_cover_as_they_say() {
    let (seeds, paths) = (2_000, 1_000);
    let prices = prices();
    let best = least_regret();
    let packs = |credits: f64| (credits / 100.0).round() as u64;
    let by_cost = packs(at(normal::quantile(1.0 / 3.0)));
    let by_tail = packs(at(normal::quantile(1.0 - 0.2 * 2.0 / 3.0)));
    let value = |packs: u64| regret(100.0 * packs as f64);
    let mut tally = Tally::default();
    for seed in 0..seeds {
        let demand = sample(seed, paths);
        let sizing = Sizing::new(&prices, demand.clone());
        limited(&mut tally, &sizing, Objective::Cost, by_cost);
        limited(&mut tally, &sizing, TAIL, by_tail);
        limited(&mut tally, &sizing, Objective::Regret, best);
        let rules = APART.map(|apart| best.saturating_add_signed(apart));
        // As settled: every 20 packs around the best, and on the way to the others.
        let grid = (best - 1_500..best + 1_500)
            .step_by(20)
            .chain(rules)
            .chain([8_000]);
        let grid = settled(&sizing, &demand, grid.collect());
        let foresight: Vec<i64> = demand.iter().map(|d| d / 1_000 * 8).collect();
        let scored = grid.iter().map(|size| {
            (
                size.value(Objective::Regret, &foresight),
                size.purchase.packs,
            )
        });
        let (_, found) = scored.min().expect("sizes");
        let around = regret_range(&grid, &foresight, found);
        tally.add_ranges("regret, settled: range", Some(&vec![around]), best);
        let by_tail_of = grid_of_tail(&sizing, &demand);
        tally.add_ranges("cvar, settled: range", Some(&vec![by_tail_of]), by_tail);
        let by_ledger = Settled::new(grid, foresight, MEAN, 1);
        let plain = sizing.best(Objective::Regret, None).expect("a size");
        let ranges = sizing.ranges(Objective::Regret);
        for rule in rules.into_iter().chain([best]) {
            let truth = value(rule) - value(best);
            let question = best_at(Objective::Regret);
            let of = answer(&sizing, question, &named(plain, ranges.clone(), rule));
            let as_settled = answer(
                &by_ledger,
                question,
                &named(found, Some(vec![around]), rule),
            );
            for (way, of) in [("regret", of), ("regret, settled", as_settled)] {
                let difference = of.rule_80_in_objective.expect("paths enough");
                let (low, high) = difference.interval.expect("paths enough");
                let name = format!("{way}: {rule} against {best}");
                tally.add(&name, (low..=high).contains(&truth));
            }
        }
        // What a limit costs, of the size that it asks for, which the paths estimate.
        let question = Question {
            max_overage: Some(50_000),
            ..best_at(Objective::Regret)
        };
        let optimum = sizing
            .best(Objective::Regret, question.max_overage)
            .expect("a size");
        let named = Named {
            unconstrained: plain,
            limit_sizes: sizing.fewest_interval(50_000),
            ..named(optimum, ranges, 9_000)
        };
        let price = answer(&sizing, question, &named).limit_price_in_objective;
        let (low, high) = price.expect("a price").interval.expect("paths enough");
        let truth = value(beyond(0.05)) - value(best);
        tally.add("regret: price of a limit", (low..=high).contains(&truth));
    }
    let error = |share: f64| (share * (1.0 - share) / seeds as f64).sqrt();
    let itself = format!("{best} against {best}");
    let mut wrong = Vec::new();
    for (name, hits, of) in tally.0 {
        let share = hits as f64 / of as f64;
        println!("{name}: {share}");
        // So few paths come one by one, and a range by them holds 97%. Of the best size itself, which has 0 more, only what
        // lies outside its range and is worse by itself misses it.
        let most = match name.starts_with("regret") {
            true if name.ends_with(&itself) => 1.0,
            true if name.contains("range") => 0.97,
            // From end to end of a range, and half of an interval more on either side.
            true if name.ends_with("limit") => 1.0,
            _ => 0.95,
        };
        if share < 0.95 - 4.9 * error(0.95) || share > most + 4.9 * error(most) {
            wrong.push(format!("{name}: {share}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Shown to fail: an interval that does not know that the size of least regret was chosen by the same paths.
#[test]
fn regret_against_a_chosen_size_covers_less_without_its_range() {
    let (seeds, paths) = (400, 1_000);
    let prices = prices();
    let best = least_regret();
    let rule = best - 300;
    let truth = regret(100.0 * rule as f64) - regret(100.0 * best as f64);
    let mut hits = 0;
    for seed in 0..seeds {
        let sizing = Sizing::new(&prices, sample(seed, paths));
        let found = sizing.best(Objective::Regret, None).expect("a size");
        let named = named(found, None, rule);
        let difference = answer(&sizing, best_at(Objective::Regret), &named).rule_80_in_objective;
        let (low, high) = difference
            .expect("paths enough")
            .interval
            .expect("paths enough");
        hits += u64::from((low..=high).contains(&truth));
    }
    let share = hits as f64 / seeds as f64;
    assert!(
        share < 0.95 - 4.9 * (0.95_f64 * 0.05 / seeds as f64).sqrt(),
        "{share}"
    );
}

/// Contracts under which a pack more changes what a path costs by a whole top-up or step, or not at all.
const JUMPS: [&str; 2] = [
    "on_exhaustion = \"top-up\"\ntop_up = { below = 0.10, packs = 10, pack_price = 13.0 }\n",
    "on_exhaustion = \"step-up\"\nsteps = [{ credits_per_month = 5_000, price_per_month = 650.0 }, \
     { credits_per_month = 10_000, price_per_month = 1_200.0 }]\n",
];

/// Guardrails of which shares of the purchase decide what a day serves.
const GUARDED: &str = "[[workload]]\nname = \"service\"\nteam = \"service\"\nseats = 60\nagent_cv = 1.0\n\
    activation = { start = 0.5, plateau = { min = 0.6, max = 0.9 }, days = 60 }\n\
    actions_per_day = { p10 = 14, p90 = 34 }\ndaily_cv = 0.3\n\
    [[workload]]\nname = \"bulk\"\nteam = \"bulk\"\ncritical = false\ndaily_cv = 0.4\n\
    units_per_month = { mean = 15_000, cv = 0.4 }\n\
    [[incident]]\nname = \"loop\"\nworkload = \"bulk\"\nper_year = 1.5\n\
    days = { values = [5, 10, 20] }\nmultiplier = { min = 2, max = 5 }\n\
    [contract]\nprepurchase = \"80%\"\npack = 2_500\npack_price = 8.75\n\
    overage_pack_price = 12.5\nsoft_cap = 0.10\n\
    [governance]\ncircuit_breaker = 0.9\nincident_response = { alert = 0.5, days = 2 }\n\
    [[team]]\nname = \"service\"\nshare = 0.6\n[[team]]\nname = \"bulk\"\nshare = 0.4\n";

/// What a size costs in jumps, a year of top-ups or steps or six months of guardrails.
fn jumping(rules: &str, seed: u64, paths: u64) -> Sizes {
    let simulation = format!("[simulation]\npaths = {paths}\nseed = {seed}\n");
    let text = match rules {
        GUARDED => plain("2026-01-01", 6, &format!("{simulation}{GUARDED}")),
        _ => {
            let body = format!(
                "{simulation}[[workload]]\nname = \"a\"\n\
                 units_per_month = {{ mean = 10_000, cv = 0.2 }}\n[contract]\n\
                 prepurchase = \"80%\"\npack = 100\npack_price = 10.0\n{rules}"
            );
            plain("2026-04-01", 12, &body)
        }
    };
    let scenario = scenario(&text);
    let forecast = size(&scenario, best_at(Objective::Cost), &unwatched).expect("sizes");
    forecast.sizes.expect("sizes")
}

#[test]
#[ignore = "slow: 6 min"]
#[expect(clippy::print_stdout, reason = "what was measured")]
fn where_costs_go_in_jumps_ranges_and_differences_cover_too() {
    let seeds = 300;
    for rules in [JUMPS[0], JUMPS[1], GUARDED] {
        let truth = jumping(rules, 99_999, 100_000);
        let best = truth.optimum.purchase.packs;
        let differences = |of: &Sizes| [of.rule_80_excess, of.pay_as_you_go_excess, of.plan_excess];
        let [mut held, mut quartered] = [0; 2];
        let mut covered = [0; 3];
        for seed in 0..seeds {
            let found = jumping(rules, seed, 500);
            let own = found.optimum.purchase.packs;
            let ranges = found.optimum_ranges.as_ref().expect("paths enough");
            let holds = |share: u64| {
                let mut ranges = ranges.iter();
                let towards = |end: u64| (own * (share - 1) + end + share / 2) / share;
                ranges.any(|&(low, high)| (towards(low)..=towards(high)).contains(&best))
            };
            held += u64::from(holds(1));
            quartered += u64::from(holds(4));
            let all = differences(&found).into_iter().zip(differences(&truth));
            for (covered, (told, truth)) in covered.iter_mut().zip(all) {
                let (low, high) = told.interval.expect("paths enough");
                *covered += u64::from((low..=high).contains(&truth.mean));
            }
        }
        let share = |count: u64| count as f64 / seeds as f64;
        let least = 0.95 - 4.9 * (0.95_f64 * 0.05 / seeds as f64).sqrt();
        println!("{best}: {held} {quartered} {covered:?} of {seeds}");
        assert!(share(held) > least, "{held}");
        assert!(
            covered.iter().all(|&covered| share(covered) > least),
            "{covered:?}"
        );
        // Shown to fail: a quarter as far.
        assert!(share(quartered) < least, "{quartered}");
    }
}

/// The range of sizes of least mean of the worst, of settled ones every 100 packs.
fn grid_of_tail(sizing: &Sizing<'_>, demand: &[i64]) -> (u64, u64) {
    let sizes = settled(sizing, demand, (11_400..=18_500).step_by(100).collect());
    let scored = sizes
        .iter()
        .map(|size| (size.value(TAIL, &[]), size.purchase.packs));
    let (_, best) = scored.min().expect("sizes");
    range(&sizes, TAIL, best)
}

#[test]
fn regret_against_some_sizes_only_is_not_said_to_be_sure() {
    // Packs of one credit under a cap: too many sizes to settle each.
    let scenario = scenario(&april(
        "[simulation]\npaths = 400\n[[workload]]\nname = \"a\"\n\
         units_per_month = { mean = 10_000, cv = 0.4 }\n[contract]\nprepurchase = \"80%\"\npack = 1\n\
         pack_price = 1.0\noverage_pack_price = 1.4\noverage_cap = 1_000_000_000\n",
    ));
    let limited = Question {
        max_overage: Some(100_000),
        ..best_at(Objective::Regret)
    };
    let forecast = size(&scenario, limited, &unwatched).expect("sizes");
    let found = forecast.sizes.as_ref().expect("sizes");
    assert!(!found.knows_all);
    for told in [
        found.limit_price_in_objective,
        found.rule_80_in_objective,
        found.current_in_objective,
    ] {
        assert!(told.is_some_and(|told| told.interval.is_none()), "{told:?}");
    }
    let forecast = size(&scenario, best_at(Objective::Regret), &unwatched).expect("sizes");
    let found = forecast.sizes.as_ref().expect("sizes");
    assert_eq!(found.optimum_ranges, None);
    let page = sizes(&scenario, &forecast, found, false);
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let told =
        "How far chance moves this size is not known: regret is against the sizes tried (METHODS).";
    assert!(words.contains(told), "{page}");
}

#[test]
fn a_limits_price_covers_that_of_the_exact_size() {
    // The interval of what a limit of 5% costs, and of what its size costs, against those of the exact size; and the
    // power of this: the paired interval of the size told.
    let prices = prices();
    let free = at(normal::quantile(1.0 / 3.0));
    let exact = 100.0 * beyond(0.05) as f64;
    let (price, own) = (cost(exact) - cost(free), cost(exact));
    let seeds = 400;
    let [mut prices_held, mut costs_held, mut told_held] = [0; 3];
    for seed in 0..seeds {
        let sizing = Sizing::new(&prices, sample(seed, 1_000));
        let question = Question {
            max_overage: Some(50_000),
            ..best_at(Objective::Cost)
        };
        let best = |share| sizing.best(Objective::Cost, share).expect("a size");
        let (optimum, unconstrained) = (best(question.max_overage), best(None));
        let named = Named {
            unconstrained,
            limit_sizes: sizing.fewest_interval(50_000),
            ..named(optimum, sizing.ranges(Objective::Cost), 9_000)
        };
        let found = answer(&sizing, question, &named);
        let holds = |interval: Option<(f64, f64)>, truth: f64| {
            let (low, high) = interval.expect("paths enough");
            u32::from(low <= truth && truth <= high)
        };
        prices_held += holds(found.limit_price.and_then(|told| told.interval), price);
        costs_held += holds(found.optimum_cost_interval, own);
        let bought = |packs| sizing.purchase(packs).expect("a size");
        let told = sizing.difference(&bought(optimum), &bought(unconstrained));
        told_held += holds(told.interval, price);
    }
    let all = f64::from(seeds as u32);
    let held = [prices_held, costs_held, told_held].map(|held| f64::from(held) / all);
    assert!(held[0] > 0.93 && held[1] > 0.93, "{held:?}");
    assert!(held[2] < 0.7, "{held:?}");
}
