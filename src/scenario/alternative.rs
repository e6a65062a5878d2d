//! `[[alternative]]`: other ways to pay for the same demand.

use crate::scenario::contract::{self, COST, CREDITS};
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range};
use crate::scenario::{Contract, Demand, Horizon, Workload, names};
use crate::units::{Credits, MICRO, Money};

/// Another way to pay for the demand of some workloads. What it does not cover stays on the
/// scenario's contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Unique.
    pub name: String,
    /// Whether it covers each workload.
    pub covers: Vec<bool>,
    /// First day on which it holds, within the horizon; the contract holds until then.
    pub from_day: usize,
    /// How it is paid for.
    pub model: PricingModel,
}

/// How an alternative is paid for.
#[derive(Clone, Debug, PartialEq)]
pub enum PricingModel {
    /// A price for each unit of a volume, whatever actions it takes.
    PerConversation {
        /// Price of a unit.
        price: Money,
        /// Actions of agents that make a unit, in millionths, above 0; given wherever agents are
        /// covered.
        actions_per_conversation: Option<i64>,
    },
    /// A price for each user and month; use is not metered.
    PerUser(Licences),
    /// The same, with credits for what it does not cover.
    Edition {
        /// What it costs.
        licences: Licences,
        /// Credits granted each twelve months, used before others by what is not covered.
        credits_per_year: Credits,
    },
    /// Another contract for credits.
    Flex {
        /// What is signed; what it does not say has the defaults of a contract, not the scenario's
        /// terms.
        contract: Box<Contract>,
        /// Licences for metered use, where there are any.
        licences: Option<Licences>,
    },
}

/// Users at a price a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Licences {
    /// Users.
    pub users: u64,
    /// What all of them cost in a month.
    pub cost_per_month: Money,
}

#[derive(Clone, Copy, PartialEq)]
enum Model {
    PerConversation,
    PerUser,
    Edition,
    Flex,
}

/// The models by their names.
const MODELS: [(&str, Model); 4] = [
    ("per-conversation", Model::PerConversation),
    ("per-user", Model::PerUser),
    ("edition", Model::Edition),
    ("flex", Model::Flex),
];

/// Keys of every alternative.
const COMMON: [&str; 4] = ["name", "covers", "model", "from"];
/// Keys of some models, beside those of a contract.
const OWN: [&str; 4] = [
    "price",
    "users",
    "credits_per_year",
    "actions_per_conversation",
];

impl Model {
    /// Keys of its own, beside the common ones.
    fn takes(self, key: &str) -> bool {
        let own: &[&str] = match self {
            Self::PerConversation => &["price", "actions_per_conversation"],
            Self::PerUser | Self::Flex => &["users", "price"],
            Self::Edition => &["users", "price", "credits_per_year"],
        };
        let is_of_a_contract = self == Self::Flex && contract::KEYS.contains(&key);
        COMMON.contains(&key) || own.contains(&key) || is_of_a_contract
    }

    fn name(self) -> &'static str {
        let mut named = MODELS.iter();
        named
            .find(|(_, model)| *model == self)
            .map_or("", |(name, _)| name)
    }
}

/// What else a scenario says that an alternative rests on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Names of the workloads, where they could be read.
    pub names: &'a [Option<String>],
    /// The workloads, when all of them could be read.
    pub workloads: Option<&'a [Workload]>,
    /// Days and months.
    pub horizon: Option<&'a Horizon>,
}

/// Reads every `[[alternative]]`.
pub fn read(items: &[Item<'_>], context: Context<'_>) -> Option<Vec<Alternative>> {
    let named = names::unique(items, "name = \"per conversation\"");
    let read = items.iter().zip(&named);
    let all: Vec<Option<Alternative>> = read
        .map(|(item, name)| alternative(item, name.as_deref(), context))
        .collect();
    all.into_iter().collect()
}

/// What the scenario's own contract is called beside its alternatives.
pub const CONTRACT: &str = "contract";

/// Refuses that for the name of an alternative.
fn is_no_contract(table: &Cursor<'_>, name: Option<&str>) -> bool {
    if name != Some(CONTRACT) {
        return true;
    }
    let message = "`contract` is the scenario's own contract, which is always compared";
    let item = table.get("name").unwrap_or(table.item.clone());
    item.refuse::<()>(message, "give it another name");
    false
}

fn alternative(item: &Item<'_>, name: Option<&str>, context: Context<'_>) -> Option<Alternative> {
    let own = COMMON.into_iter().chain(OWN);
    let keys: Vec<&'static str> = own.chain(contract::KEYS).collect();
    let table = Cursor::open(item, &keys)?;
    let model = table
        .need("model", "model = \"per-conversation\"")
        .and_then(|item| item.word(&MODELS));
    let is_named = is_no_contract(&table, name);
    let is_own = model.is_none_or(|model| has_no_other_keys(&table, model));
    let covers = names::workloads(&table, "covers", context.names);
    let from_day = table.or("from", 0, |item| first_day(item, context.horizon));
    let model = model.and_then(|model| match model {
        Model::PerConversation => per_conversation(&table, covers.as_deref(), context.workloads),
        Model::PerUser => licences(&table).map(PricingModel::PerUser),
        Model::Edition => edition(&table),
        Model::Flex => flex(&table, context.horizon, from_day),
    });
    let covers = covers?;
    let covers = (0..context.names.len()).map(|w| covers.contains(&w));
    (is_named && is_own).then_some(Alternative {
        name: name?.to_owned(),
        covers: covers.collect(),
        from_day: from_day?,
        model: model?,
    })
}

/// Refuses the keys of other models; true when there are none.
fn has_no_other_keys(table: &Cursor<'_>, model: Model) -> bool {
    let mut is_sound = true;
    let others = table.entries().filter(|(key, _)| !model.takes(key));
    for (key, item) in others.filter(|(key, _)| OWN.contains(key) || contract::KEYS.contains(key)) {
        let mut takers = MODELS.iter().filter(|(_, other)| other.takes(key));
        let taker = takers.next().map_or("", |(name, _)| name);
        let message = format!("`{key}` is no key of model = \"{}\"", model.name());
        let remedy = format!("leave it out, or write model = \"{taker}\"");
        item.refuse::<()>(message, remedy);
        is_sound = false;
    }
    is_sound
}

/// The first day on which it holds: the start where that is earlier.
fn first_day(item: &Item<'_>, horizon: Option<&Horizon>) -> Option<usize> {
    let (date, horizon) = (item.date()?, horizon?);
    let day = usize::try_from(horizon.day_of(date)).unwrap_or(0);
    if day < horizon.days() {
        return Some(day);
    }
    let last = horizon.date(horizon.days() - 1);
    let message = format!("`{date}` is after the last day of the horizon, {last}");
    let remedy = format!("write a date up to {last}, or more months");
    item.refuse(message, remedy)
}

fn per_conversation(
    table: &Cursor<'_>,
    covers: Option<&[usize]>,
    workloads: Option<&[Workload]>,
) -> Option<PricingModel> {
    let price = table.need_micro("price", "price = 2.0", COST);
    let range = Range::new(
        LEAST,
        1e6,
        "actions above 0, at most 1e6, with at most six decimals",
    );
    let actions = table.optional("actions_per_conversation", |item| item.micro(range));
    if actions == Some(None) {
        let covered = covers?.iter().zip(std::iter::repeat(workloads?));
        let mut covered = covered.filter_map(|(&w, workloads)| workloads.get(w));
        if let Some(agents) = covered.find(|w| matches!(w.demand, Demand::Agents { .. })) {
            let remedy = format!(
                "workload {:?} counts actions: add `actions_per_conversation = 4`, or name \
                 volume workloads in `covers`",
                agents.name
            );
            table.need_or("actions_per_conversation", &remedy)?;
        }
    }
    Some(PricingModel::PerConversation {
        price: Money::from_micro(price?),
        actions_per_conversation: actions?,
    })
}

/// `users` at `price`, multiplied out.
fn licences(table: &Cursor<'_>) -> Option<Licences> {
    let users = table
        .need("users", "users = 50")
        .and_then(|item| item.whole(0, 1_000_000_000));
    let price = table.need_micro("price", "price = 125.0", COST);
    let (users, price) = (users?, price?);
    let count = i64::try_from(users).ok()? * MICRO;
    let remedy = "write the price of one user and month, and fewer users";
    let cost = table
        .item
        .product(count, price, "in money a month", remedy)?;
    Some(Licences {
        users,
        cost_per_month: Money::from_micro(cost),
    })
}

fn edition(table: &Cursor<'_>) -> Option<PricingModel> {
    let licences = licences(table);
    let credits = table.need_micro("credits_per_year", "credits_per_year = 1_000_000", CREDITS);
    Some(PricingModel::Edition {
        licences: licences?,
        credits_per_year: Credits::from_micro(credits?),
    })
}

fn flex(
    table: &Cursor<'_>,
    horizon: Option<&Horizon>,
    from_day: Option<usize>,
) -> Option<PricingModel> {
    let has_licences = table.has("users") || table.has("price");
    let licences = has_licences.then(|| licences(table));
    let contract = contract::of(table, horizon)?;
    a_term_ends(table, &contract, &horizon?.from_day(from_day?)?)?;
    Some(PricingModel::Flex {
        contract: Box::new(contract),
        licences: match licences {
            Some(licences) => Some(licences?),
            None => None,
        },
    })
}

/// Refuses a contract whose last term does not end within the calendar.
fn a_term_ends(table: &Cursor<'_>, contract: &Contract, horizon: &Horizon) -> Option<()> {
    let terms = horizon.months().div_ceil(contract.term_months);
    if horizon.first_day(terms * contract.term_months).is_some() {
        return Some(());
    }
    let months = contract.term_months;
    let message = format!("the term of {months} months passes the year 9999");
    let item = table.get("term_months").unwrap_or(table.item.clone());
    item.refuse(message, "write a shorter term, or start earlier")
}
