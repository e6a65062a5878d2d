//! The demand of scenarios/portfolio.toml as a Rust programmer writes it in an afternoon: a loop
//! over paths, workloads and days with `rand`'s xoshiro256++ and `rand_distr`, its numbers typed
//! in. Nothing of it comes from the library.

use jiff::civil::{Date, date};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::{
    Binomial, Distribution, Gamma, LogNormal, Normal, Pert, Poisson, StandardNormal, Uniform,
};

pub(crate) const DAYS: usize = 365;
const START: Date = date(2026, 1, 1);
const MONTH_WEIGHTS: [f64; 12] = [
    0.95, 0.95, 1.0, 1.0, 1.0, 0.95, 0.9, 0.85, 1.0, 1.05, 1.15, 1.2,
];
const HOLIDAYS: [(i8, i8); 6] = [(1, 1), (5, 25), (7, 3), (9, 7), (11, 26), (12, 25)];
/// Days of the spring campaign.
const CAMPAIGN: std::ops::Range<usize> = 95..109;
/// The quantile of a standard normal at 90%.
const Z90: f64 = 1.281_551_565_544_600_4;
const SPEARMAN: f64 = 0.5;

pub(crate) struct Workload {
    pub(crate) name: &'static str,
    kind: Kind,
    daily_cv: f64,
    off_day_share: f64,
    credits: u64,
}

enum Kind {
    Agents {
        seats: u64,
        activation: Activation,
        /// p10 and p90 of actions a day.
        rate: (f64, f64),
        agent_cv: f64,
    },
    Volume {
        units: Units,
        /// Least and most actions of a unit.
        actions: (u64, u64),
    },
}

enum Activation {
    Ramp {
        start: f64,
        plateau: (f64, f64, f64),
        days: usize,
    },
    Months([f64; 3]),
    Constant(f64),
}

enum Units {
    Quantiles(f64, f64),
    MeanCv(f64, f64),
    Between(f64, f64),
}

const fn agents(
    name: &'static str,
    seats: u64,
    activation: Activation,
    rate: (f64, f64),
    agent_cv: f64,
    daily_cv: f64,
) -> Workload {
    Workload {
        name,
        kind: Kind::Agents {
            seats,
            activation,
            rate,
            agent_cv,
        },
        daily_cv,
        off_day_share: 0.1,
        credits: 20,
    }
}

const fn volume(name: &'static str, units: Units, actions: (u64, u64), daily_cv: f64) -> Workload {
    Workload {
        name,
        kind: Kind::Volume { units, actions },
        daily_cv,
        off_day_share: 0.1,
        credits: 20,
    }
}

const fn ramp(start: f64, plateau: (f64, f64, f64), days: usize) -> Activation {
    Activation::Ramp {
        start,
        plateau,
        days,
    }
}

const SERVICE: usize = 0;
const FAQ: usize = 1;
const SALES: usize = 3;
const LEADS: usize = 4;
const CAMPAIGNS: usize = 5;
const COMPLIANCE: usize = 7;
const APPROVAL: usize = 8;

pub(crate) const WORKLOADS: [Workload; 10] = [
    agents(
        "service agents",
        120,
        ramp(0.3, (0.3, 0.55, 0.85), 60),
        (20.0, 40.0),
        1.6,
        0.25,
    ),
    Workload {
        off_day_share: 0.6,
        ..volume("faq bot", Units::Quantiles(12_000.0, 25_000.0), (2, 3), 0.3)
    },
    volume(
        "troubleshooting",
        Units::Quantiles(800.0, 2_000.0),
        (8, 15),
        0.3,
    ),
    agents(
        "sales development",
        40,
        Activation::Months([0.50, 0.60, 0.75]),
        (15.0, 35.0),
        2.0,
        0.3,
    ),
    volume("lead scoring", Units::MeanCv(50_000.0, 0.2), (1, 1), 0.4),
    volume(
        "campaigns",
        Units::Quantiles(5_000.0, 20_000.0),
        (1, 1),
        0.6,
    ),
    agents(
        "content agents",
        25,
        ramp(0.2, (0.4, 0.6, 0.85), 90),
        (10.0, 30.0),
        1.6,
        0.3,
    ),
    agents(
        "compliance checks",
        15,
        Activation::Constant(0.8),
        (50.0, 120.0),
        0.8,
        0.2,
    ),
    agents(
        "approval bots",
        200,
        ramp(0.3, (0.5, 0.7, 0.85), 120),
        (5.0, 10.0),
        1.6,
        0.2,
    ),
    Workload {
        credits: 16,
        ..volume("sandbox", Units::Between(50.0, 250.0), (1, 1), 0.8)
    },
];

/// What an incident does to a workload on some days.
struct Incident {
    workload: usize,
    from: usize,
    to: usize,
    factor: f64,
    lump: f64,
}

/// The portfolio with what does not change from path to path.
pub(crate) struct Portfolio {
    weights: Vec<Vec<f64>>,
    months: Vec<usize>,
    daily: Vec<Gamma<f64>>,
}

type Rng = Xoshiro256PlusPlus;

impl Portfolio {
    pub(crate) fn new() -> Self {
        let dates: Vec<Date> = START.series(jiff::Span::new().days(1)).take(DAYS).collect();
        Self {
            weights: WORKLOADS.iter().map(|w| weights(w, &dates)).collect(),
            months: dates.iter().map(|d| d.month() as usize - 1).collect(),
            daily: WORKLOADS
                .iter()
                .map(|w| Gamma::new(w.daily_cv.powi(-2), w.daily_cv * w.daily_cv).unwrap())
                .collect(),
        }
    }

    /// Draws one path: credits without incidents, and what incidents add, by workload and day.
    pub(crate) fn draw(&self, rng: &mut Rng, base: &mut [u64], incident: &mut [u64]) {
        let incidents = incidents(rng);
        let campaign = rng.sample(Uniform::new(1.5, 2.5).unwrap());
        let pearson = 2.0 * (std::f64::consts::PI * SPEARMAN / 6.0).sin();
        let service: f64 = rng.sample(StandardNormal);
        let other: f64 = rng.sample(StandardNormal);
        let sales = pearson * service + (1.0 - pearson * pearson).sqrt() * other;

        for (w, workload) in WORKLOADS.iter().enumerate() {
            let mut means = match &workload.kind {
                Kind::Agents {
                    seats,
                    activation,
                    rate,
                    agent_cv,
                } => {
                    let z = match w {
                        SERVICE => service,
                        SALES => sales,
                        _ => rng.sample(StandardNormal),
                    };
                    let (mu, sigma) = lognormal(rate.0, rate.1);
                    let rate = (mu + sigma * z).exp();
                    let shares = self.shares(activation, rng);
                    active_rates(*seats, &shares, *agent_cv, rate, rng)
                }
                Kind::Volume { units, .. } => vec![units_per_month(units, rng); DAYS],
            };
            // The portfolio's particulars: a slow start, growth and volatility, one workload each.
            if w == SERVICE {
                let initial = rng.random_range(0.60..0.70);
                for (d, mean) in means.iter_mut().enumerate() {
                    let rise = smooth_step((d as f64 - 30.0) / 30.0);
                    *mean *= initial + (1.0 - initial) * rise;
                }
            }
            if w == SALES {
                let growth: f64 = rng.sample(Normal::new(0.02, 0.01).unwrap());
                let step = (1.0 + growth).powf(1.0 / 30.4375);
                let mut factor = 1.0;
                for mean in &mut means {
                    *mean *= factor;
                    factor *= step;
                }
            }
            if w == CAMPAIGNS {
                let (sigma, mut log_level) = (0.4_f64, 0.0_f64);
                for (d, mean) in means.iter_mut().enumerate() {
                    if d > 0 {
                        let z: f64 = rng.sample(StandardNormal);
                        log_level += sigma * z / 365_f64.sqrt() - sigma * sigma / 730.0;
                    }
                    *mean *= log_level.exp();
                }
            }
            if w == FAQ || w == CAMPAIGNS {
                means[CAMPAIGN].iter_mut().for_each(|m| *m *= campaign);
            }
            let (mut factor, mut lumps) = ([1.0; DAYS], [0.0; DAYS]);
            for hit in incidents.iter().filter(|hit| hit.workload == w) {
                for d in hit.from..hit.to {
                    factor[d] *= hit.factor;
                    lumps[d] += hit.lump;
                }
            }
            let actions = match workload.kind {
                Kind::Volume { actions, .. } => actions,
                Kind::Agents { .. } => (1, 1),
            };
            for d in 0..DAYS {
                let mean = means[d] * self.weights[w][d] * self.daily[w].sample(rng);
                let mut extra = 0;
                if factor[d] > 1.0 {
                    extra += count(mean * (factor[d] - 1.0), actions, rng);
                }
                if lumps[d] > 0.0 {
                    extra += count(lumps[d], (1, 1), rng);
                }
                base[w * DAYS + d] = count(mean, actions, rng) * workload.credits;
                incident[w * DAYS + d] = extra * workload.credits;
            }
        }
    }

    /// Share of seats active on each day.
    fn shares(&self, activation: &Activation, rng: &mut Rng) -> Vec<f64> {
        match activation {
            Activation::Constant(share) => vec![*share; DAYS],
            Activation::Months(shares) => {
                let month = |&m: &usize| shares[m.min(shares.len() - 1)];
                self.months.iter().map(month).collect()
            }
            Activation::Ramp {
                start,
                plateau: (min, mode, max),
                days,
            } => {
                let plateau = rng.sample(Pert::new(*min, *max).with_mode(*mode).unwrap());
                let rise = |d: usize| smooth_step(d as f64 / *days as f64);
                (0..DAYS)
                    .map(|d| start + (plateau - start) * rise(d))
                    .collect()
            }
        }
    }
}

/// w(d), for volume divided by the month's sum.
fn weights(workload: &Workload, dates: &[Date]) -> Vec<f64> {
    let by_weekday = |day: &Date| {
        let is_weekend = day.weekday().to_monday_zero_offset() >= 5;
        let is_off = is_weekend || HOLIDAYS.contains(&(day.month(), day.day()));
        if is_off { workload.off_day_share } else { 1.0 }
    };
    let mut sums = [0.0; 12];
    for day in dates {
        sums[day.month() as usize - 1] += by_weekday(day);
    }
    let weight = |day: &Date| {
        let month = day.month() as usize - 1;
        let weight = by_weekday(day) * MONTH_WEIGHTS[month];
        match workload.kind {
            Kind::Agents { .. } => weight,
            Kind::Volume { .. } => weight / sums[month],
        }
    };
    dates.iter().map(weight).collect()
}

/// The sum of the active agents' rates by day, for shares that never fall.
fn active_rates(seats: u64, shares: &[f64], agent_cv: f64, rate: f64, rng: &mut Rng) -> Vec<f64> {
    let shape = agent_cv.powi(-2);
    let (mut active, mut sum, mut before) = (0, 0.0, 0.0);
    let mut rates = Vec::with_capacity(DAYS);
    for &share in shares {
        if share > before {
            let chance = (share - before) / (1.0 - before);
            let new = rng.sample(Binomial::new(seats - active, chance).unwrap());
            if new > 0 {
                sum += rng.sample(Gamma::new(new as f64 * shape, 1.0 / shape).unwrap());
            }
            active += new;
            before = share;
        }
        rates.push(rate * sum);
    }
    rates
}

fn units_per_month(units: &Units, rng: &mut Rng) -> f64 {
    match *units {
        Units::Quantiles(p10, p90) => {
            let (mu, sigma) = lognormal(p10, p90);
            rng.sample(LogNormal::new(mu, sigma).unwrap())
        }
        Units::MeanCv(mean, cv) => rng.sample(LogNormal::from_mean_cv(mean, cv).unwrap()),
        Units::Between(min, max) => rng.random_range(min..max),
    }
}

/// Actions of a Poisson number of units. Many units are split over their counts, few are drawn one
/// by one: whichever is faster.
fn count(mean: f64, (least, most): (u64, u64), rng: &mut Rng) -> u64 {
    let distinct = (most - least + 1) as f64;
    if mean > 20.0 * distinct {
        (least..=most)
            .map(|actions| actions * poisson(mean / distinct, rng))
            .sum()
    } else {
        let units = poisson(mean, rng);
        match least == most {
            true => least * units,
            false => (0..units).map(|_| rng.random_range(least..=most)).sum(),
        }
    }
}

fn poisson(mean: f64, rng: &mut Rng) -> u64 {
    if mean > 0.0 {
        rng.sample(Poisson::new(mean).unwrap()) as u64
    } else {
        0
    }
}

/// The incidents of a path.
fn incidents(rng: &mut Rng) -> Vec<Incident> {
    let mut found = Vec::new();
    let (days_mu, days_sigma) = lognormal(1.0, 14.0);
    let (factor_mu, factor_sigma) = lognormal(3.0, 10.0);
    for _ in 0..poisson(0.5, rng) {
        let from = rng.random_range(0..DAYS);
        let days: f64 = rng.sample(LogNormal::new(days_mu, days_sigma).unwrap());
        let to = DAYS.min(from + days.ceil().max(1.0) as usize);
        // At least 1: drawn again below.
        let multipliers = LogNormal::new(factor_mu, factor_sigma).unwrap();
        let factor = loop {
            let factor = rng.sample(multipliers);
            if factor >= 1.0 {
                break factor;
            }
        };
        found.extend([SERVICE, APPROVAL, COMPLIANCE].map(|workload| Incident {
            workload,
            from,
            to,
            factor,
            lump: 0.0,
        }));
    }
    let (lump_mu, lump_sigma) = lognormal(10_000.0, 60_000.0);
    for _ in 0..poisson(2.0, rng) {
        let from = rng.random_range(0..DAYS);
        let days = rng.random_range(1.0_f64..3.0).ceil();
        let actions: f64 = rng.sample(LogNormal::new(lump_mu, lump_sigma).unwrap());
        found.push(Incident {
            workload: LEADS,
            from,
            to: DAYS.min(from + days as usize),
            factor: 1.0,
            lump: actions / days,
        });
    }
    if rng.random_bool(0.5) {
        let share = rng.random_range(0.15..0.25);
        found.extend((0..WORKLOADS.len()).map(|workload| Incident {
            workload,
            from: 0,
            to: DAYS,
            factor: 1.0 / (1.0 - share),
            lump: 0.0,
        }));
    }
    found
}

/// mu and sigma of the lognormal through its 10% and 90% quantiles.
fn lognormal(p10: f64, p90: f64) -> (f64, f64) {
    let (low, high) = (p10.ln(), p90.ln());
    (0.5 * (low + high), (high - low) / (2.0 * Z90))
}

fn smooth_step(u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    u * u * (3.0 - 2.0 * u)
}

pub(crate) fn generator(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}
