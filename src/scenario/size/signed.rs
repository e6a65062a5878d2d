//! What a contract grants and costs at most, beside what the demand costs.

use crate::scenario::cursor::Cursor;
use crate::scenario::item::Item;
use crate::scenario::size::Part;
use crate::scenario::{Contract, Direction, OnExhaustion, Payment, Prepurchase, Scenario};
use crate::units::{MICRO, Money};

/// Everything that is granted, bought or paid, where the demand is `wanted`.
pub fn parts<'a>(top: &Cursor<'a>, scenario: &Scenario, wanted: f64) -> Vec<Part<'a>> {
    let written = Written(top);
    let mut parts = contract(&written, scenario, wanted);
    parts.push(conversions(&written, scenario));
    parts.push(extras(&written, scenario, &parts, wanted));
    parts
}

/// Where the parts of a scenario were written.
struct Written<'c, 'a>(&'c Cursor<'a>);

impl<'a> Written<'_, 'a> {
    /// A part of a table, or of a key of one where that was written.
    fn part(
        &self,
        table: &str,
        key: Option<&str>,
        (credits, money): (f64, f64),
        remedy: &'static str,
    ) -> Part<'a> {
        let table = self.0.get(table);
        let key = table
            .as_ref()
            .zip(key)
            .and_then(|(item, key)| Cursor::open_any(item)?.get(key));
        Part {
            item: key.or(table),
            credits,
            money,
            remedy,
            by_the_pack: false,
        }
    }
}

/// Credits, money and where they come from.
fn contract<'a>(written: &Written<'_, 'a>, scenario: &Scenario, wanted: f64) -> Vec<Part<'a>> {
    let contract = &scenario.contract;
    let months = scenario.horizon.months() as f64;
    let terms = scenario.horizon.months().div_ceil(contract.term_months) as f64;
    let bought = purchases(contract, terms, wanted);
    let part = |key, sums, remedy| written.part("contract", Some(key), sums, remedy);
    let purchases = Part {
        by_the_pack: true,
        ..part(
            "prepurchase",
            (bought, bought * per_credit(contract, contract.pack_price)),
            "buy less ahead",
        )
    };
    let free = (contract.free_credits.to_f64(), 0.0);
    let seats = contract.seat_allowance.map_or((0.0, 0.0), |seats| {
        (
            months * seats.credits.to_f64(),
            months * seats.cost.to_f64(),
        )
    });
    let grants = contract.grants.iter();
    let grants = grants.fold((0.0, 0.0), |(credits, money), grant| {
        (
            credits + grant.credits.to_f64(),
            money + grant.cost.to_f64(),
        )
    });
    let commit = match contract.payment {
        Payment::PreCommit(commit) => {
            let minimum = months * commit.monthly_minimum.to_f64();
            terms * commit.amount.to_f64() + minimum
        }
        _ => 0.0,
    };
    vec![
        purchases,
        part("free_credits", free, "grant fewer"),
        part("seat_allowance", seats, "lower its seats, credits or price"),
        part("steps", steps(contract, months), "lower the largest step"),
        part("grants", grants, "lower their credits or unit_cost"),
        part(
            "commit",
            (0.0, commit),
            "lower its amount or monthly_minimum",
        ),
        part(
            "top_up",
            top_ups(contract, terms, bought, wanted),
            "lower its packs, pack_price or spending_cap",
        ),
    ]
}

/// Credits of the purchases of all terms.
fn purchases(contract: &Contract, terms: f64, wanted: f64) -> f64 {
    let pack = contract.pack.to_f64();
    match contract.prepurchase {
        Prepurchase::Packs(packs) => terms * packs as f64 * pack,
        // Each term buys a share of its own part of what is wanted, rounded up to a pack.
        Prepurchase::ShareOfPlan(share) => wanted * micro(share) + terms * pack,
    }
}

fn steps(contract: &Contract, months: f64) -> (f64, f64) {
    let OnExhaustion::StepUp(steps) = &contract.on_exhaustion else {
        return (0.0, 0.0);
    };
    let largest = steps.last().map_or((0.0, 0.0), |step| {
        (
            step.credits_per_month.to_f64(),
            step.price_per_month.to_f64(),
        )
    });
    (months * largest.0, months * largest.1)
}

/// Top-ups follow the demand, and in each term keep at most the threshold and one top-up more.
fn top_ups(contract: &Contract, terms: f64, bought: f64, wanted: f64) -> (f64, f64) {
    let OnExhaustion::TopUp(rule) = contract.on_exhaustion else {
        return (0.0, 0.0);
    };
    let packs = rule.packs as f64 * contract.pack.to_f64();
    let price = per_credit(contract, rule.pack_price);
    let most = wanted + micro(rule.below) * bought + terms * packs;
    let cap = rule.spending_cap.map_or(f64::INFINITY, Money::to_f64);
    let credits = most.min(terms * cap / price);
    (credits, credits * price)
}

fn conversions<'a>(written: &Written<'_, 'a>, scenario: &Scenario) -> Part<'a> {
    let price = per_credit(&scenario.contract, scenario.contract.pack_price);
    let conversions = scenario.conversions.iter();
    let sums = conversions.fold((0.0, 0.0), |(credits, money), conversion| {
        // What is given or what is received, whichever is more.
        let value = conversion.value.to_f64() * micro(conversion.ratio).max(1.0);
        match conversion.direction {
            Direction::ToCredits => (credits + value / price, money + value),
            Direction::ToLicences => (credits, money + value),
        }
    });
    let remedy = "lower their licences, value_each or ratio";
    written.part("conversion", None, sums, remedy)
}

/// Costs beside the credits, on top of all that these cost.
fn extras<'a>(
    written: &Written<'_, 'a>,
    scenario: &Scenario,
    parts: &[Part<'a>],
    wanted: f64,
) -> Part<'a> {
    let extras = scenario.extras;
    let spend: f64 = parts.iter().map(|part| part.money).sum();
    let spend = spend + wanted * price_of_use(&scenario.contract);
    let shares = micro(extras.data_cloud) + micro(extras.support);
    let money = spend * shares + extras.agent_build.to_f64();
    let remedy = "lower its shares or agent_build";
    written.part("extras", None, (0.0, money), remedy)
}

/// The dearest price of a pack's worth of credits, where it was written.
pub fn price<'a>(top: &Cursor<'a>, scenario: &Scenario) -> Option<Item<'a>> {
    let contract = &scenario.contract;
    let table = Cursor::open_any(&top.get("contract")?)?;
    if let Payment::PreCommit(commit) = contract.payment
        && commit.pack_price >= contract.pack_price.max(contract.overage_pack_price)
    {
        return Cursor::open_any(&table.get("commit")?)?.get("pack_price");
    }
    let overage = contract.overage_pack_price > contract.pack_price;
    let key = if overage {
        "overage_pack_price"
    } else {
        "pack_price"
    };
    table.get(key)
}

/// Money for a credit of use, at the dearest of the contract's prices.
pub fn price_of_use(contract: &Contract) -> f64 {
    let price = contract.pack_price.max(contract.overage_pack_price);
    let price = match contract.payment {
        Payment::PreCommit(commit) => price.max(commit.pack_price),
        _ => price,
    };
    per_credit(contract, price)
}

fn per_credit(contract: &Contract, pack_price: Money) -> f64 {
    pack_price.to_f64() / contract.pack.to_f64()
}

/// A count of millionths as a number.
fn micro(millionths: u64) -> f64 {
    millionths as f64 / MICRO as f64
}
