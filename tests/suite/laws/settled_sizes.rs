//! `size` against every size that could be bought, for contracts of every kind.

use std::fmt::Write;

use flexcast::decide::sizing::{Candidate, Objective, Question, Sizes};
use flexcast::demand::Model;
use flexcast::forecast::size::size;
use flexcast::forecast::{Forecast, resolve};
use flexcast::ledger::{Grade, Settlement, Terms, grade};
use flexcast::scenario::{Payment, Scenario};
use flexcast::simulate::unwatched;
use flexcast::units::{Credits, MICRO};

use crate::ask;
use crate::ledger::random::Dice;

/// Sizes that are tried; none of the contracts wants more.
const MOST: u64 = 450;

/// A scenario of one or two months and one or two terms, with a random contract.
fn scenario(dice: &mut Dice) -> String {
    let mut text = String::new();
    let months = 1 + dice.pick(3);
    let _ = write!(
        text,
        "name = \"s\"\nstart = 2026-04-01\nmonths = {months}\n[simulation]\npaths = {}\nseed = {}\n\
         [calendar]\noff_day_share = 1\n[rate_card]\naction = 1\n\
         [[workload]]\nname = \"a\"\nunits_per_month = {{ mean = {}, cv = {} }}\ndaily_cv = 0.5\n\
         [[workload]]\nname = \"b\"\ncritical = false\nunits_per_month = {{ min = 0, max = {} }}\n",
        2 + dice.pick(7),
        dice.pick(1_000_000),
        100 + dice.pick(400),
        [0.1, 0.5, 1.0][dice.pick(3) as usize],
        50 + dice.pick(150),
    );
    if dice.one_in(3) {
        text.push_str("[[incident]]\nname = \"i\"\nchance = 0.5\nmultiplier = 2\n");
    }
    let pack = [20, 50, 77][dice.pick(3) as usize];
    let price = 10 + dice.pick(40);
    let _ = write!(
        text,
        "[contract]\npack = {pack}\npack_price = {price}.0\noverage_pack_price = {}.5\n",
        price * (8 + dice.pick(12)) / 8
    );
    if dice.one_in(2) {
        let from = pack * (2 + dice.pick(20));
        let _ = writeln!(text, "discounts = [{{ from = {from}, off = 0.2 }}]");
    }
    if dice.one_in(3) {
        let _ = writeln!(text, "free_credits = {}", dice.pick(300));
    }
    if months > 1 && dice.one_in(2) {
        text.push_str("term_months = 1\n");
    }
    if dice.one_in(4) {
        let _ = writeln!(text, "rollover = 0.{}", 1 + dice.pick(9));
    }
    match dice.pick(8) {
        0 => text.push_str("expiry = \"monthly\"\n"),
        1 => text.push_str("expiry = \"never\"\n"),
        _ => {}
    }
    match dice.pick(7) {
        0 => text.push_str("on_exhaustion = \"block\"\n"),
        1 => text.push_str("on_exhaustion = \"grace\"\ngrace = 0.25\n"),
        2 => {
            let _ = write!(
                text,
                "on_exhaustion = \"top-up\"\n\
                 top_up = {{ below = 0.10, packs = 2, pack_price = {price}.0, spending_cap = {} }}\n",
                price * dice.pick(30)
            );
        }
        3 => {
            let _ = writeln!(text, "overage_cap = {}.0", price * (1 + dice.pick(10)));
        }
        4 => {
            let _ = writeln!(text, "monthly_allocation = {}", 100 + dice.pick(700));
        }
        _ => {}
    }
    if dice.one_in(4) {
        text.push_str("residual_value = 0.5\n");
    }
    if dice.one_in(5) {
        text.push_str("soft_cap = 0.2\n");
    }
    text
}

/// Cost in micro-units and whether there is an overage, by path and size.
fn settled(scenario: &Scenario) -> Vec<Vec<(i128, bool)>> {
    let model = Model::new(scenario);
    let mut future = model.future();
    let mut books = Settlement::default();
    let by_size = (0..=MOST).map(|packs| {
        let terms = Terms::with_packs(scenario, packs).expect("sums that fit");
        let purchase = terms.purchase();
        let by_path = (0..scenario.simulation.paths).map(|path| {
            model.draw(path, &mut future).unwrap();
            terms.settle(path, &future, &mut books).unwrap();
            let paid: i128 = books
                .months
                .iter()
                .map(|m| i128::from(m.spend.micro()))
                .sum();
            let over = books
                .months
                .iter()
                .any(|month| month.overage > Credits::ZERO);
            // v = residual p(Q), for credits bought for a term.
            let worth = match purchase.packs {
                0 => 0.0,
                _ => {
                    let per_credit = purchase.cost.to_f64() / purchase.credits.to_f64();
                    let share = scenario.contract.residual_value as f64 / MICRO as f64;
                    share * per_credit * books.unused_of_term.micro() as f64
                }
            };
            (paid - worth.round() as i128, over)
        });
        by_path.collect()
    });
    by_size.collect()
}

/// Within a price tier, from one pack on, what a path pays beyond the purchase never rises with the size:
/// what the search by bounds rests on.
fn falls(terms: &Terms, table: &[Vec<(i128, bool)>]) -> Result<(), String> {
    let count = terms.contract_terms().len() as i128;
    let ahead = |packs: usize| {
        let purchase = terms
            .prices
            .purchase(packs as u64)
            .expect("a size that fits");
        (
            count * i128::from(purchase.cost.micro()),
            terms.prices.off(purchase.credits),
        )
    };
    for packs in 1..table.len() - 1 {
        let ((less, off), (more, off_more)) = (ahead(packs), ahead(packs + 1));
        if off != off_more {
            continue;
        }
        for (path, (now, next)) in table[packs].iter().zip(&table[packs + 1]).enumerate() {
            let (bill, next) = (now.0 - less, next.0 - more);
            if next > bill + 2 {
                return Err(format!("path {path}: {bill} at {packs} packs, then {next}"));
            }
        }
    }
    Ok(())
}

/// The same of a term, where the demands of all whole terms of all paths are pooled: by term and size.
fn pooled(scenario: &Scenario, terms: &Terms) -> Vec<Vec<(i128, bool)>> {
    let model = Model::new(scenario);
    let mut future = model.future();
    let mut demands: Vec<f64> = Vec::new();
    let months = scenario.horizon.months();
    for path in 0..scenario.simulation.paths {
        model.draw(path, &mut future).unwrap();
        for term in terms.contract_terms() {
            if term.months.end > months {
                continue;
            }
            let first = scenario.horizon.month(term.months.start).start;
            let end = scenario.horizon.month(term.months.end - 1).end;
            let of = |days: &[i64]| days[first..end].iter().sum::<i64>();
            let all = (0..future.workloads()).map(|w| of(future.base(w)) + of(future.incident(w)));
            let free = if term.months.start == 0 {
                terms.free().micro()
            } else {
                0
            };
            demands.push((all.sum::<i64>() - free).max(0) as f64 / MICRO as f64);
        }
    }
    let contract = &scenario.contract;
    let residual = contract.residual_value as f64 / MICRO as f64;
    let beyond = contract.overage_pack_price.to_f64() / contract.pack.to_f64();
    let by_term = |packs: u64| {
        let purchase = terms.prices.purchase(packs).expect("a size that fits");
        let (bought, cost) = (purchase.credits.to_f64(), purchase.cost.to_f64());
        let worth = residual * purchase.per_credit().unwrap_or(0.0);
        let of = |&d: &f64| {
            let cost = cost + beyond * (d - bought).max(0.0) - worth * (bought - d).max(0.0);
            ((cost * MICRO as f64).round() as i128, d > bought)
        };
        demands.iter().map(of).collect()
    };
    (0..=MOST).map(by_term).collect()
}

/// What an objective makes of costs; by size, smaller is better.
fn value(objective: Objective, costs: &[i128], foresight: &[i128]) -> f64 {
    let n = costs.len();
    match objective {
        Objective::Cost => costs.iter().sum::<i128>() as f64 / n as f64,
        Objective::Cvar { alpha } => {
            let mut sorted = costs.to_vec();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let worst = n as f64 * (1.0 - f64::from(alpha) / MICRO as f64);
            let whole = worst.floor() as usize;
            let rest = worst - whole as f64;
            let sum: i128 = sorted[..whole].iter().sum();
            let next = sorted.get(whole).map_or(0.0, |&cost| cost as f64 * rest);
            (sum as f64 + next) / worst
        }
        Objective::Regret => {
            let pairs = costs.iter().zip(foresight);
            let mut regrets: Vec<i128> = pairs.map(|(cost, least)| cost - least).collect();
            regrets.sort_unstable();
            regrets[(n * 95).div_ceil(100) - 1] as f64
        }
    }
}

fn answer(scenario: &Scenario, question: Question) -> Forecast {
    size(scenario, question, &unwatched).expect("an answer")
}

fn sizes(forecast: &Forecast) -> &Sizes {
    forecast.sizes.as_ref().expect("sizes")
}

#[test]
fn the_optimum_of_any_contract_is_what_trying_every_size_finds() {
    let mut dice = Dice::new(71);
    let mut grades = [0_u32; 3];
    let (mut unmet, mut pools) = (0, 0);
    for case in 0..1_000 {
        let text = scenario(&mut dice);
        let scenario = ask::scenario(&text);
        assert!(!matches!(scenario.contract.payment, Payment::PreCommit(_)));
        let objective = match case % 4 {
            0 | 1 => Objective::Cost,
            2 => Objective::Cvar { alpha: 600_000 },
            _ => Objective::Regret,
        };
        let max_overage = dice.one_in(3).then(|| 1_000_000 / 8 * dice.pick(8) as u32);
        let question = Question {
            objective,
            max_overage,
            at: Some(7),
            invert: None,
            stages: None,
        };
        let forecast = answer(&scenario, question);
        let found = sizes(&forecast);
        let is_pooled =
            grade(&scenario) == Grade::Demand && forecast.terms.contract_terms().len() > 1;
        grades[grade(&scenario) as usize] += 1;
        let table = match is_pooled {
            true => pooled(&scenario, &forecast.terms),
            false => settled(&scenario),
        };
        pools += u32::from(is_pooled && (objective, max_overage) != (Objective::Cost, None));
        let n = table[0].len();
        if grade(&scenario) == Grade::Falling {
            falls(&forecast.terms, &table).unwrap_or_else(|why| panic!("{why}\n{text}"));
        }
        let foresight: Vec<i128> = (0..n)
            .map(|path| table.iter().map(|size| size[path].0).min().unwrap())
            .collect();
        let scored = |packs: u64| {
            let costs: Vec<i128> = table[packs as usize]
                .iter()
                .map(|&(cost, _)| cost)
                .collect();
            value(objective, &costs, &foresight)
        };
        let is_allowed = |packs: u64| {
            let over = table[packs as usize]
                .iter()
                .filter(|&&(_, over)| over)
                .count();
            // With nothing granted every path with demand counts as over in a plain contract; there
            // is no overage in the books.
            max_overage.is_none_or(|share| over as f64 <= n as f64 * f64::from(share) / 1e6 + 1e-9)
        };
        let from = match (max_overage, grade(&scenario)) {
            (Some(share), Grade::Demand) if share < 1_000_000 => {
                // The ledger has no overage where nothing is granted; the limit has.
                found.optimum.purchase.packs.min(1)
            }
            _ => 0,
        };
        let best = (from..=MOST)
            .filter(|&packs| is_allowed(packs))
            .map(&scored);
        let Some(least) = best.min_by(f64::total_cmp) else {
            assert!(!found.is_limit_met, "case {case}\n{text}");
            unmet += 1;
            continue;
        };
        assert!(found.is_limit_met, "case {case}\n{text}");
        let packs = found.optimum.purchase.packs;
        assert!(packs <= MOST, "case {case}: {packs}\n{text}");
        assert!(is_allowed(packs), "case {case}: {packs}\n{text}");
        // Two micro-units of rounding in overage bills and worths.
        let slack = 2.0 + 1e-9 * least.abs();
        assert!(
            scored(packs) <= least + slack,
            "case {case}: {packs} has {} and {least} is best\n{text}",
            scored(packs)
        );
        let first = (from..=MOST).find(|&q| is_allowed(q) && scored(q) <= scored(packs) - slack);
        assert_eq!(first, None, "case {case}\n{text}");
        // What is told of a size is what the ledger says of it.
        let at = found.at.as_ref().expect("a size that was asked for");
        let costs: Vec<i128> = table[7].iter().map(|&(cost, _)| cost).collect();
        let mean = value(Objective::Cost, &costs, &[]) / MICRO as f64;
        assert!(
            (at.cost_mean - mean).abs() <= 2e-6 + 1e-9 * mean.abs(),
            "case {case}\n{text}"
        );
        let plan = resolve(&scenario, &Model::new(&scenario)).unwrap().0;
        let rule = forecast.terms.rule_80_packs(&plan.months);
        assert_eq!(found.rule_80.purchase.packs, rule);
    }
    assert!(grades.iter().all(|&count| count > 100), "{grades:?}");
    assert!(unmet > 0, "some limits cannot be met");
    assert!(pools > 20, "{pools}");
}

/// Contracts that are settled: weighed size by size and beyond the best, by bounds, by a grid.
const SETTLED: [&str; 4] = [
    "pack = 200\npack_price = 200.0\noverage_pack_price = 280.0\noverage_cap = 9_000.0\n",
    "pack = 10\npack_price = 10.0\noverage_pack_price = 14.0\nexpiry = \"monthly\"\n",
    "pack = 100\npack_price = 100.0\noverage_pack_price = 140.0\nsoft_cap = 0.05\n\
     discounts = [{ from = 12_000, off = 0.1 }]\n",
    "pack = 2\npack_price = 2.0\noverage_pack_price = 2.8\nsoft_cap = 0.05\n",
];

fn settled_scenario(contract: &str) -> Scenario {
    ask::scenario(&format!(
        "name = \"s\"\nstart = 2026-04-01\nmonths = 1\n[simulation]\npaths = 400\n\
         [rate_card]\naction = 1\n[[workload]]\nname = \"a\"\n\
         units_per_month = {{ mean = 10_000, cv = 0.4 }}\n[[workload]]\nname = \"b\"\n\
         critical = false\nunits_per_month = 500\n[contract]\nprepurchase = \"80%\"\n{contract}"
    ))
}

#[test]
fn what_is_said_of_the_best_size_does_not_depend_on_what_else_is_asked() {
    let mut searched = [0; 2];
    for contract in SETTLED {
        let scenario = settled_scenario(contract);
        for objective in [Objective::Cost, Objective::Cvar { alpha: 900_000 }] {
            let alone = Question {
                objective,
                ..Question::default()
            };
            let alone = sizes(&answer(&scenario, alone)).clone();
            searched[usize::from(alone.knows_all)] += 1;
            for (invert, at, max_overage) in [
                (Some(50_000), None, None),
                (None, Some(3), None),
                (None, Some(9_000), None),
                (None, None, Some(30_000)),
                (Some(400_000), Some(77), Some(200_000)),
            ] {
                let question = Question {
                    objective,
                    max_overage,
                    at,
                    invert,
                    stages: None,
                };
                let with = sizes(&answer(&scenario, question)).clone();
                let case = format!("{question:?}\n{contract}");
                assert_eq!(with.knows_all, alone.knows_all, "{case}");
                assert_eq!(with.rule_80, alone.rule_80, "{case}");
                assert_eq!(with.pay_as_you_go, alone.pay_as_you_go, "{case}");
                match max_overage {
                    Some(_) => {
                        assert_eq!(with.unconstrained, Some(alone.optimum.clone()), "{case}");
                    }
                    None => {
                        assert_eq!(with.flat, alone.flat, "{case}");
                        assert_eq!(with.searched, alone.searched, "{case}");
                        assert_eq!(with.optimum, alone.optimum, "{case}");
                        assert_eq!(with.optimum_ranges, alone.optimum_ranges, "{case}");
                        assert_eq!(with.foresight_worth, alone.foresight_worth, "{case}");
                        assert_eq!(
                            with.rule_80_in_objective, alone.rule_80_in_objective,
                            "{case}"
                        );
                        assert_eq!(with.rule_80_excess, alone.rule_80_excess, "{case}");
                    }
                }
            }
        }
    }
    assert!(searched[0] > 1 && searched[1] > 1, "{searched:?}");
}

#[test]
fn a_rule_that_never_binds_changes_no_figure() {
    // Plain sizes are weighed by demand, exactly: settled ones say the same, and so do the sizes that share
    // an overage, and what knowing is worth where paths are best served by more than any average.
    for pack in [100, 20] {
        let plain = format!(
            "pack = {pack}\npack_price = {pack}.0\noverage_pack_price = {}.0\n",
            pack * 14 / 10
        );
        let capped = format!("{plain}overage_cap = 1_000_000_000\n");
        for objective in [Objective::Cost, Objective::Cvar { alpha: 900_000 }] {
            let question = Question {
                objective,
                max_overage: None,
                at: Some(7),
                invert: Some(50_000),
                stages: None,
            };
            let [plain, settled] = [&plain, &capped].map(|contract| {
                let scenario = settled_scenario(contract);
                sizes(&answer(&scenario, question)).clone()
            });
            assert!(settled.is_of_horizon && !plain.is_of_horizon);
            assert_eq!(settled.optimum.purchase, plain.optimum.purchase);
            assert_eq!(settled.flat, plain.flat, "{pack} {objective:?}");
            let invert = |sizes: &Sizes| {
                (
                    sizes.invert.clone().map(|size| size.purchase),
                    sizes.invert_interval,
                )
            };
            assert_eq!(invert(&settled), invert(&plain), "{pack} {objective:?}");
            let (low, high) = settled.invert_interval.expect("paths enough");
            let packs = settled.invert.expect("a size").purchase.packs;
            assert!(low < packs && packs < high, "{low} {packs} {high}");
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs();
            let worth = settled.foresight_worth.mean;
            // Among some sizes only, and then ever closer on each path.
            assert!(close(worth, plain.foresight_worth.mean), "{worth}");
            assert_eq!(
                settled.knows_all,
                pack == 100 && objective == Objective::Cost
            );
        }
    }
}

#[test]
fn the_least_regret_does_not_hang_on_where_sizes_were_tried() {
    // More sizes than are all settled: regret is against what each path costs at least, as where it is exact.
    for pack in [10, 2] {
        let plain = format!(
            "pack = {pack}\npack_price = {pack}.0\noverage_pack_price = {}.0\n",
            pack * 2
        );
        let capped = format!("{plain}overage_cap = 1_000_000_000\n");
        let question = Question {
            objective: Objective::Regret,
            ..Question::default()
        };
        let [plain, settled] = [&plain, &capped].map(|contract| {
            let scenario = settled_scenario(contract);
            sizes(&answer(&scenario, question)).clone()
        });
        assert!(!settled.knows_all && plain.knows_all);
        let value = |size: &Candidate| size.objective.expect("paths enough");
        let (best, exact) = (value(&settled.optimum), value(&plain.optimum));
        assert!(best >= exact * (1.0 - 1e-9), "{best} {exact}");
        assert!(best <= exact * 1.001, "{best} {exact}");
        let (rule, exact) = (value(&settled.rule_80), value(&plain.rule_80));
        assert!((rule - exact).abs() <= 1e-6 * exact, "{rule} {exact}");
    }
}
