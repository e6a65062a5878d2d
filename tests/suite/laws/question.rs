//! Random valid scenarios, in parts that a law can change one at a time.
//!
//! A scenario is read off a tape of random numbers, and 0 always reads as the simplest choice: a
//! failing tape shrinks to a simple scenario.

use std::fmt::{self, Write};

use flexcast::scenario::Scenario;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::ask;

/// Random scenarios, each with a tape for the choices of a law.
pub(super) fn questions() -> impl Strategy<Value = (Question, Tape)> {
    (vec(any::<u16>(), 0..120), vec(any::<u16>(), 8)).prop_map(|(numbers, choices)| {
        (Question::read(&mut Tape::new(numbers)), Tape::new(choices))
    })
}

/// Random numbers that are read one by one; zeros after the last.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    numbers: Vec<u16>,
    at: usize,
}

impl Tape {
    fn new(numbers: Vec<u16>) -> Self {
        Self { numbers, at: 0 }
    }

    fn next(&mut self) -> u16 {
        self.at += 1;
        self.numbers.get(self.at - 1).copied().unwrap_or(0)
    }

    /// One of 0..n.
    pub(super) fn pick(&mut self, n: usize) -> usize {
        usize::from(self.next()) % n
    }

    /// True in about one of `n` cases.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    /// A number from `low` to `high` in 1,000 steps.
    pub(super) fn number(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.pick(1_001) as f64 / 1_000.0
    }
}

/// An uncertain quantity of some size, from 0 up.
#[derive(Clone, Debug)]
pub(super) struct Amount {
    form: usize,
    size: f64,
}

impl Amount {
    fn read(tape: &mut Tape, most: f64) -> Self {
        let form = tape.pick(14);
        Self {
            form,
            size: libm::pow(tape.number(0.0, 1.0), 3.0) * most,
        }
    }

    pub(super) fn known(size: f64) -> Self {
        Self { form: 0, size }
    }

    /// The same distribution, `factor` times as large.
    pub(super) fn times(&self, factor: f64) -> Self {
        Self {
            form: self.form,
            size: self.size * factor,
        }
    }

    fn text(&self) -> String {
        let x = self.size;
        if x < 1e-6 {
            return "0".to_owned();
        }
        match self.form {
            0 | 1 => format!("{x}"),
            2 => format!("{{ min = {}, max = {} }}", 0.5 * x, 1.5 * x),
            3 => format!(
                "{{ min = {}, mode = {}, max = {} }}",
                0.5 * x,
                0.8 * x,
                2.0 * x
            ),
            4 => {
                let (max, mode) = (1.5 * x, 0.5 * x);
                format!("{{ dist = \"triangular\", min = 0, mode = {mode}, max = {max} }}")
            }
            5 => format!("{{ p10 = {}, p90 = {} }}", 0.6 * x, 1.8 * x),
            6 => format!("{{ p10 = {}, p50 = {x}, p90 = {} }}", 0.6 * x, 1.6 * x),
            7 => format!("{{ mean = {x}, sd = {} }}", 0.6 * x),
            8 => format!("{{ mean = {x}, cv = 0.8 }}"),
            9 => format!("{{ dist = \"gamma\", mean = {x}, cv = 0.7 }}"),
            10 => format!("{{ dist = \"weibull\", shape = 1.5, scale = {x} }}"),
            11 => format!("{{ dist = \"exponential\", mean = {x} }}"),
            12 => format!("{{ values = [0, {x}, {}], weights = [1, 2, 1] }}", 2.0 * x),
            _ => format!("{{ mean = {x}, cv = 0.5, max = {} }}", 3.0 * x),
        }
    }
}

/// An uncertain share.
fn share(tape: &mut Tape) -> String {
    let x = tape.number(0.0, 0.98);
    let (low, high) = (0.5 * x, x + 0.5 * (1.0 - x));
    match tape.pick(9) {
        1 => "1".to_owned(),
        2 => format!("{{ min = {low}, max = {high} }}"),
        3 => format!(
            "{{ min = {low}, mode = {}, max = {high} }}",
            0.5 * (low + high)
        ),
        4 => format!("{{ mean = {x}, sd = 0.2 }}"),
        5 if x > 0.05 => format!(
            "{{ dist = \"beta\", mean = {x}, sd = {} }}",
            0.5 * x * (1.0 - x)
        ),
        6 if x > 0.05 => format!("{{ p10 = {}, p90 = {} }}", 0.8 * x, 0.9 * x + 0.1),
        7 if x > 0.05 => {
            let odds = x / (1.0 - x);
            let of = |odds: f64| odds / (1.0 + odds);
            format!(
                "{{ p10 = {}, p50 = {x}, p90 = {} }}",
                of(odds / 2.0),
                of(odds * 3.0)
            )
        }
        _ => format!("{x}"),
    }
}

/// An uncertain share of the total that an incident makes up.
fn extra(tape: &mut Tape) -> String {
    let x = tape.number(0.0, 0.9);
    match tape.pick(3) {
        1 => format!("{{ min = {}, max = {} }}", 0.5 * x, x + 0.05),
        2 => format!("{{ mean = {x}, sd = 0.1 }}"),
        _ => format!("{x}"),
    }
}

/// An uncertain factor of 1 or more.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    form: usize,
    size: f64,
}

impl Factor {
    fn read(tape: &mut Tape) -> Self {
        Self {
            form: tape.pick(5),
            size: tape.number(1.0, 4.0),
        }
    }

    pub(super) fn known(size: f64) -> Self {
        Self { form: 0, size }
    }

    /// A factor that is nowhere smaller: its excess over 1 is `factor` times as large.
    pub(super) fn times(&self, factor: f64) -> Self {
        Self {
            form: self.form,
            size: 1.0 + (self.size - 1.0) * factor,
        }
    }

    fn text(&self) -> String {
        let x = self.size;
        if x <= 1.001 {
            return format!("{x}");
        }
        match self.form {
            1 => format!("{{ min = 1, max = {x} }}"),
            2 => format!("{{ min = 1, mode = {}, max = {x} }}", 0.5 + 0.5 * x),
            3 => format!("{{ values = [1, {x}] }}"),
            4 => format!(
                "{{ dist = \"triangular\", min = 1, mode = {x}, max = {} }}",
                x + x - 1.0
            ),
            _ => format!("{x}"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Agents {
        seats: Amount,
        activation: String,
        rate: Amount,
        agent_cv: f64,
    },
    Volume {
        units: Amount,
        per_unit: String,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) name: String,
    team: Option<String>,
    pub(super) kind: Kind,
    /// Everything else, line by line.
    lines: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Multiplier(Factor),
    Lump(Amount),
    Share(String),
}

#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) name: String,
    /// Names of its workloads; empty: all.
    pub(super) workloads: Vec<String>,
    /// Arrivals a year and days, or a chance.
    pub(super) when: Result<(Amount, Amount), f64>,
    pub(super) effect: Effect,
}

#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) workloads: Vec<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) multiplier: Amount,
}

#[derive(Clone, Debug)]
pub(super) struct Deal {
    pub(super) pack: u32,
    /// In whole units of money.
    pub(super) pack_price: u32,
    pub(super) overage: u32,
    /// In packs; `None`: pay-as-you-go, or a share of the plan.
    pub(super) packs: Option<u32>,
    pub(super) share: Option<u32>,
    pub(super) free: u32,
    /// Packs and percent, ascending in both.
    pub(super) tiers: Vec<(u32, u32)>,
}

/// A scenario in parts.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) start: jiff::civil::Date,
    pub(super) months: usize,
    pub(super) paths: u64,
    pub(super) seed: u64,
    pub(super) calendar: String,
    /// Operations and their credits; the first is `action`.
    pub(super) rates: Vec<(String, Amount)>,
    pub(super) rate_changes: Vec<String>,
    pub(super) works: Vec<Work>,
    pub(super) troubles: Vec<Trouble>,
    pub(super) events: Vec<Planned>,
    /// Two keys of workloads and their rank correlation.
    pub(super) correlation: Option<([String; 2], f64)>,
    pub(super) deal: Deal,
    budget: String,
}

const NAMES: [&str; 4] = ["service", "sales/ops", "=bulk", "Zoë 100%"];

impl Question {
    fn read(tape: &mut Tape) -> Self {
        let start = jiff::civil::date(2026, 1, 1);
        let start = start
            .checked_add(jiff::Span::new().days(tape.pick(365) as i64))
            .unwrap();
        let months = 1 + tape.pick(4);
        let names = NAMES[..1 + tape.pick(4)].to_vec();
        let mut question = Self {
            start,
            months,
            paths: 8 + tape.pick(23) as u64,
            seed: tape.pick(1_000) as u64,
            calendar: calendar(tape, start),
            rates: vec![
                ("action".to_owned(), Amount::known(20.0)),
                ("voice".to_owned(), Amount::known(30.0)),
            ],
            rate_changes: Vec::new(),
            works: names.iter().map(|name| work(tape, name)).collect(),
            troubles: Vec::new(),
            events: Vec::new(),
            correlation: None,
            deal: deal(tape),
            budget: String::new(),
        };
        if tape.one_in(3) {
            question.rates[0].1 = Amount::read(tape, 50.0);
        }
        if tape.one_in(3) {
            let date = question.day(tape);
            let chance = tape.number(0.0, 1.0);
            let credits = 1 + tape.pick(60);
            question.rate_changes.push(format!(
                "operation = \"action\"\nfrom = {date}\ncredits = {credits}\nchance = {chance}"
            ));
        }
        for k in 0..tape.pick(4) {
            let trouble = trouble(tape, &names, format!("trouble {k}"));
            question.troubles.push(trouble);
        }
        for k in 0..tape.pick(3) {
            let (from, to) = (question.day(tape), question.day(tape));
            let event = Planned {
                name: format!("event {k}"),
                workloads: some(tape, &names),
                from: from.min(to).to_string(),
                to: from.max(to).to_string(),
                multiplier: Amount::read(tape, 3.0),
            };
            question.events.push(event);
        }
        if tape.one_in(3) {
            question.budget = format!("[budget]\namount = {}\n", 1 + tape.pick(10_000));
        }
        if let [first, second, ..] = question.uncertain().as_slice()
            && tape.one_in(2)
        {
            let spearman = tape.number(0.9, -0.9);
            question.correlation = Some(([first.clone(), second.clone()], spearman));
        }
        question
    }

    fn day(&self, tape: &mut Tape) -> jiff::civil::Date {
        let days = tape.pick(self.months * 30 + 10) as i64;
        self.start
            .checked_add(jiff::Span::new().days(days))
            .unwrap()
    }

    /// As the engine reads it.
    pub(super) fn scenario(&self) -> Scenario {
        ask::scenario(&self.to_string())
    }

    /// A copy with a change.
    pub(super) fn but(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        change(&mut other);
        other
    }

    /// Prices in whole credits and money, so that nothing is rounded.
    pub(super) fn in_whole_numbers(&self) -> Self {
        self.but(|question| question.rates[0].1 = Amount::known(20.0))
    }

    /// One more workload.
    pub(super) fn add_agents(&mut self, name: &str, seats: f64) {
        self.works.push(Work {
            name: name.to_owned(),
            team: None,
            kind: Kind::Agents {
                seats: Amount::known(seats),
                activation: "{ start = 0.2, plateau = 0.9, days = 20 }".to_owned(),
                rate: Amount {
                    form: 5,
                    size: 12.0,
                },
                agent_cv: 1.5,
            },
            lines: vec!["daily_cv = 0.4".to_owned()],
        });
    }
}

fn calendar(tape: &mut Tape, start: jiff::civil::Date) -> String {
    let mut text = String::new();
    match tape.pick(4) {
        1 => text.push_str("off_day_share = 0.3\n"),
        2 => text.push_str("weekday_weights = [1, 1.5, 1, 0.8, 0.7, 0.2, 0.1]\n"),
        3 => text.push_str("working_days = [\"mon\", \"wed\", \"sat\"]\noff_day_share = 0.05\n"),
        _ => {}
    }
    if tape.one_in(3) {
        let holiday = start
            .checked_add(jiff::Span::new().days(tape.pick(25) as i64))
            .unwrap();
        let _ = writeln!(text, "holidays = [{holiday}]");
    }
    if tape.one_in(3) {
        text.push_str("month_weights = [1, 0.8, 1.2, 1, 1, 0.9, 0.7, 1.3, 1, 1, 1.1, 1.5]\n");
    }
    text
}

fn work(tape: &mut Tape, name: &str) -> Work {
    let kind = if tape.pick(2) == 0 {
        let units = Amount::read(tape, 20_000.0);
        let per_unit = match tape.pick(7) {
            1 => "3".to_owned(),
            2 => "{ use_case = \"faq\" }".to_owned(),
            3 => {
                "{ mix = [{ share = 0.6, actions = 3 }, { share = 0.4, actions = 14 }] }".to_owned()
            }
            4 => "{ values = [0, 1, 5] }".to_owned(),
            5 => "{ min = 0, max = 6 }".to_owned(),
            6 => "{ mean = 4, cv = 1, max = 40 }".to_owned(),
            _ => "1".to_owned(),
        };
        Kind::Volume { units, per_unit }
    } else {
        let activation = match tape.pick(4) {
            0 => share(tape),
            1 => {
                let (start, plateau) = (share(tape), share(tape));
                let days = tape.pick(80);
                format!("{{ start = {start}, plateau = {plateau}, days = {days} }}")
            }
            _ => {
                let months: Vec<String> = (0..1 + tape.pick(4)).map(|_| share(tape)).collect();
                format!("{{ months = [{}] }}", months.join(", "))
            }
        };
        Kind::Agents {
            seats: Amount::read(tape, 3_000.0),
            activation,
            rate: Amount::read(tape, 60.0),
            agent_cv: [0.0, 0.5, 1.6, 4.0][tape.pick(4)],
        }
    };
    let mut lines = Vec::new();
    let mut maybe = |tape: &mut Tape, line: String| {
        if tape.one_in(3) {
            lines.push(line);
        }
    };
    let daily_cv = tape.number(0.1, 1.5);
    maybe(tape, format!("daily_cv = {daily_cv}"));
    let (initial, from) = (share(tape), tape.pick(40));
    let to = from + tape.pick(40);
    maybe(
        tape,
        format!("acceleration = {{ initial = {initial}, from_day = {from}, to_day = {to} }}"),
    );
    let growth = ["0.05", "-0.1", "{ mean = 0.02, sd = 0.02 }"][tape.pick(3)];
    maybe(tape, format!("growth = {growth}"));
    let volatility = ["0.4", "{ min = 0, max = 1 }"][tape.pick(2)];
    maybe(tape, format!("volatility = {volatility}"));
    let operation = [
        "operation = \"voice\"",
        "operations = { action = 0.9, voice = 0.1 }",
    ];
    let operation = operation[tape.pick(2)];
    maybe(tape, operation.to_owned());
    maybe(tape, "critical = false".to_owned());
    maybe(tape, "calendar = { off_day_share = 0.5 }".to_owned());
    let team = ["East", "West"][tape.pick(2)];
    Work {
        name: name.to_owned(),
        team: tape.one_in(2).then(|| team.to_owned()),
        kind,
        lines,
    }
}

fn some(tape: &mut Tape, names: &[&str]) -> Vec<String> {
    if tape.pick(2) == 0 {
        return Vec::new();
    }
    let first = tape.pick(names.len());
    let last = first + tape.pick(names.len() - first);
    names[first..=last]
        .iter()
        .map(|&name| name.to_owned())
        .collect()
}

fn trouble(tape: &mut Tape, names: &[&str], name: String) -> Trouble {
    let workloads = some(tape, names);
    match tape.pick(4) {
        0 => Trouble {
            name,
            workloads,
            when: Err(tape.number(0.0, 1.0)),
            effect: Effect::Multiplier(Factor::read(tape)),
        },
        1 => Trouble {
            name,
            workloads,
            when: Err(tape.number(1.0, 0.0)),
            effect: Effect::Share(extra(tape)),
        },
        2 => Trouble {
            name,
            workloads,
            when: Ok((Amount::read(tape, 60.0), Amount::read(tape, 12.0))),
            effect: Effect::Multiplier(Factor::read(tape)),
        },
        _ => Trouble {
            name,
            workloads: vec![names[tape.pick(names.len())].to_owned()],
            when: Ok((Amount::read(tape, 60.0), Amount::read(tape, 12.0))),
            effect: Effect::Lump(Amount::read(tape, 20_000.0)),
        },
    }
}

fn deal(tape: &mut Tape) -> Deal {
    let pack_price = 1 + tape.pick(600) as u32;
    let (packs, share) = match tape.pick(4) {
        1 => (Some(1 + tape.pick(40) as u32), None),
        2 => (None, Some(1 + tape.pick(150) as u32)),
        3 => (Some(1 + tape.pick(4) as u32), None),
        _ => (None, None),
    };
    let mut tiers = Vec::new();
    let (mut from, mut off) = (0, 0);
    for _ in 0..tape.pick(4) {
        from += 1 + tape.pick(20) as u32;
        off += 1 + tape.pick(20) as u32;
        tiers.push((from, off));
    }
    Deal {
        pack: [100_000, 10_000, 1_000, 100][tape.pick(4)],
        pack_price,
        overage: pack_price + tape.pick(pack_price as usize + 1) as u32,
        packs,
        share,
        free: [0, 0, 50_000, 1_234][tape.pick(4)],
        tiers,
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            start,
            months,
            paths,
            seed,
            calendar,
            ..
        } = self;
        writeln!(f, "name = \"random\"\nstart = {start}\nmonths = {months}\n")?;
        writeln!(f, "[simulation]\npaths = {paths}\nseed = {seed}\n")?;
        writeln!(f, "[calendar]\n{calendar}\n[rate_card]")?;
        for (name, credits) in &self.rates {
            writeln!(f, "{name} = {}", credits.text())?;
        }
        for change in &self.rate_changes {
            writeln!(f, "\n[[rate_change]]\n{change}")?;
        }
        self.works
            .iter()
            .try_for_each(|work| write!(f, "\n{work}"))?;
        self.troubles
            .iter()
            .try_for_each(|trouble| write!(f, "\n{trouble}"))?;
        self.events
            .iter()
            .try_for_each(|event| write!(f, "\n{event}"))?;
        if let Some(([first, second], spearman)) = &self.correlation {
            writeln!(f, "\n[[correlation]]\nbetween = ['{first}', '{second}']")?;
            writeln!(f, "spearman = {spearman}")?;
        }
        write!(f, "\n{}\n{}", self.deal, self.budget)
    }
}

impl Question {
    /// Keys of the amounts of workloads that are uncertain.
    fn uncertain(&self) -> Vec<String> {
        let key = |work: &Work| {
            let (key, amount) = match &work.kind {
                Kind::Agents { rate, .. } => ("actions_per_day", rate),
                Kind::Volume { units, .. } => ("units_per_month", units),
            };
            let plain = work.name.chars().all(|c| c.is_ascii_alphanumeric());
            let name = if plain {
                work.name.clone()
            } else {
                format!("\"{}\"", work.name)
            };
            (amount.form > 1 && amount.size >= 1e-6).then(|| format!("workload.{name}.{key}"))
        };
        self.works.iter().filter_map(key).collect()
    }
}

impl Work {
    /// Takes out everything that is uncertain or differs from day to day, but the counts.
    pub(super) fn make_certain(&mut self) {
        match &mut self.kind {
            Kind::Agents {
                seats,
                activation,
                rate,
                agent_cv,
            } => {
                *seats = Amount::known(seats.size.round());
                *activation = "1".to_owned();
                *rate = Amount::known(rate.size);
                *agent_cv = 0.0;
            }
            Kind::Volume { units, .. } => *units = Amount::known(units.size),
        }
        let varies = ["daily_cv", "volatility", "growth", "acceleration"];
        self.lines
            .retain(|line| !varies.iter().any(|key| line.starts_with(key)));
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[workload]]\nname = \"{}\"", self.name)?;
        if let Some(team) = &self.team {
            writeln!(f, "team = \"{team}\"")?;
        }
        match &self.kind {
            Kind::Agents {
                seats,
                activation,
                rate,
                agent_cv,
            } => {
                writeln!(f, "seats = {}\nactivation = {activation}", seats.text())?;
                writeln!(
                    f,
                    "actions_per_day = {}\nagent_cv = {agent_cv}",
                    rate.text()
                )?;
            }
            Kind::Volume { units, per_unit } => {
                writeln!(f, "units_per_month = {}", units.text())?;
                writeln!(f, "actions_per_unit = {per_unit}")?;
            }
        }
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn write_workloads(f: &mut fmt::Formatter<'_>, workloads: &[String]) -> fmt::Result {
    match workloads {
        [] => Ok(()),
        names => writeln!(f, "workload = {names:?}"),
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[incident]]\nname = \"{}\"", self.name)?;
        write_workloads(f, &self.workloads)?;
        match &self.when {
            Ok((per_year, days)) => {
                writeln!(f, "per_year = {}\ndays = {}", per_year.text(), days.text())?;
            }
            Err(chance) => writeln!(f, "chance = {chance}")?,
        }
        match &self.effect {
            Effect::Multiplier(factor) => writeln!(f, "multiplier = {}", factor.text()),
            Effect::Lump(lump) => writeln!(f, "extra_actions = {}", lump.text()),
            Effect::Share(share) => writeln!(f, "share = {share}"),
        }
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[event]]\nname = \"{}\"", self.name)?;
        write_workloads(f, &self.workloads)?;
        writeln!(f, "from = {}\nto = {}", self.from, self.to)?;
        writeln!(f, "multiplier = {}", self.multiplier.text())
    }
}

impl fmt::Display for Deal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pack,
            pack_price,
            overage,
            free,
            ..
        } = self;
        writeln!(f, "[contract]\npack = {pack}\npack_price = {pack_price}")?;
        writeln!(f, "overage_pack_price = {overage}\nfree_credits = {free}")?;
        match (self.packs, self.share) {
            (Some(packs), _) => {
                writeln!(f, "prepurchase = {}", u64::from(packs) * u64::from(*pack))?;
            }
            (None, Some(share)) => writeln!(f, "prepurchase = \"{share}%\"")?,
            (None, None) => {}
        }
        let tier = |(packs, off): &(u32, u32)| {
            let from = u64::from(*packs) * u64::from(*pack);
            format!("{{ from = {from}, off = {} }}", f64::from(*off) / 100.0)
        };
        let tiers: Vec<String> = self.tiers.iter().map(tier).collect();
        writeln!(f, "discounts = [{}]", tiers.join(", "))
    }
}
