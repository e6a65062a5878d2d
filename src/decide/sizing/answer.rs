//! The answer: the best size, what it saves, how sure that is, and what limits and knowledge are worth.

use crate::decide::staged::Staged;

use super::{
    Candidate, Difference, Objective, Planned, Question, Searched, Settled, Sizing, regret,
};
use crate::summarise::ranks::Proportion;
use crate::units::MICRO;

/// Something that can weigh sizes, in packs.
pub trait Weigh {
    /// Evaluates a size; `None` where it cannot.
    fn weigh(&self, objective: Objective, packs: u64) -> Option<Candidate>;

    /// Mean cost of `a` minus that of `b` on the same paths, with its interval for two sizes that were
    /// not chosen by these paths.
    fn difference(&self, a: u64, b: u64) -> Option<Difference>;

    /// The mean regret of a size.
    fn foresight_worth(&self, packs: u64) -> Option<Difference>;

    /// The skewness of a size's cost; `None` where it costs the same on every path, and of paths that are not
    /// independent.
    fn skewness(&self, packs: u64) -> Option<f64>;

    /// Half of the objective's 95% interval at a size.
    fn half_width(&self, objective: Objective, packs: u64) -> Option<f64>;

    /// Mean cost of the worst 1 - alpha paths of `a` minus that of `b`, with its interval for two sizes
    /// that were not chosen by these paths.
    fn tail_difference(&self, alpha: u32, a: u64, b: u64) -> Option<Difference>;

    /// 95th percentile of regret of `a` minus that of `b`, with its interval for two sizes that were not chosen by
    /// these paths.
    fn regret_difference(&self, a: u64, b: u64) -> Option<Difference>;
}

/// What a size costs more than another on the same paths.
type Apart<'a> = dyn Fn(u64, u64) -> Option<Difference> + 'a;

/// Sizes that have a name, in packs, and what has been found about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The best that the limit allows.
    pub optimum: u64,
    /// The best without the limit.
    pub unconstrained: u64,
    /// Ranges that the run cannot tell at 95% from the best without the limit; `None` for too few paths.
    pub ranges: Option<Vec<(u64, u64)>>,
    /// Sizes of these that cannot be told from it, where costs go in jumps: what others cost more is known of all of
    /// them. Else none.
    pub rivals: Vec<u64>,
    /// Ranges that are as good as the optimum: with an objective of at most [`near`] and, under a limit, within
    /// it. Empty for the optimum alone.
    pub flat: Vec<(u64, u64)>,
    /// What `prepurchase = "80%"` buys.
    pub rule_80: u64,
    /// What the contract buys.
    pub current: u64,
    /// Enough for the single-number plan.
    pub plan: u64,
    /// The smallest with no more than a share of paths in overage.
    pub invert: Option<u64>,
    /// The same for the ends of the 95% interval of what that share of paths needs.
    pub invert_interval: Option<(u64, u64)>,
    /// The same of the limit, where the optimum is the smallest size that meets it or the best without it.
    pub limit_interval: Option<(u64, u64)>,
    /// The best sizes for the ends of the 95% interval of what the limit asks for: it may as well have asked for any
    /// between them. `None` without a limit and for too few paths.
    pub limit_sizes: Option<(u64, u64)>,
    /// True where every path wants the same: nothing is left to chance.
    pub is_certain: bool,
    /// All sizes of the cost curve.
    pub curve: Vec<u64>,
}

impl Named {
    /// The ends of the sizes that the limit may as well have asked for; `None` where these are not known.
    fn of_limit(&self) -> Option<Vec<u64>> {
        match (self.is_certain, self.limit_sizes) {
            (true, _) => Some(Vec::new()),
            (false, Some((low, high))) => Some(vec![low, high]),
            (false, None) => (self.optimum == self.unconstrained).then(Vec::new),
        }
    }

    /// The ends of the sizes that may as well have been the best, where what these cost on average is not what is
    /// least: of those that a limit, or another objective than the expected cost, decides. Else none; `None` where they
    /// are not known.
    pub fn ends(&self, objective: Objective) -> Option<Vec<u64>> {
        if self.optimum != self.unconstrained {
            return self.of_limit();
        }
        let ranges = self.ranges.as_deref();
        match objective {
            _ if self.is_certain => Some(Vec::new()),
            Objective::Cost => ranges.map(|_| Vec::new()),
            Objective::Cvar { .. } => Some(ranges?.iter().flat_map(|&(a, b)| [a, b]).collect()),
            // Where it is not known how far chance moves the size, its own figures stand.
            Objective::Regret => {
                let ranges = ranges.unwrap_or_default().iter();
                Some(ranges.flat_map(|&(low, high)| [low, high]).collect())
            }
        }
    }
}

/// A last term of which only some months lie in the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutTerm {
    /// These months.
    pub months: usize,
    /// True where it was sized with the others, or as the only one: costs are then those of the horizon. False
    /// where it was left out, since it says nothing of a whole term.
    pub is_sized: bool,
}

/// What an objective may be for a size to be as good as the optimum: 1% above the optimum's, or its upper 95% end
/// where that is less.
pub fn near(value: f64, half_width: Option<f64>) -> f64 {
    value + half_width.unwrap_or(0.0).min(0.01 * value.abs())
}

/// Sizes of the pre-purchase and what is to be said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizes {
    /// What was asked.
    pub question: Question,
    /// How the best was found.
    pub searched: Searched,
    /// Terms that were sized, each of which buys the same.
    pub terms: usize,
    /// The last term, where the horizon cuts it short.
    pub cut_term: Option<CutTerm>,
    /// True where costs are those of the whole horizon, false where those of one term.
    pub is_of_horizon: bool,
    /// False where no size meets the limit; then the optimum is the one that comes nearest.
    pub is_limit_met: bool,
    /// The same of the share that was to be inverted.
    pub is_invert_met: bool,
    /// True where foresight may choose any size, false where only one of those that were weighed: the value
    /// of perfect information is then at least what is said.
    pub knows_all: bool,
    /// True where every path wants the same: shares and sizes then are no estimates.
    pub is_certain: bool,
    /// The best one that the limit allows, with the error of this size's own mean cost.
    pub optimum: Candidate,
    /// Where a limit or another objective than the expected cost decides the size: the 95% interval of the mean cost of
    /// the size that it asks for, which the paths only estimate. `None` for too few of them.
    pub optimum_cost_interval: Option<(f64, f64)>,
    /// Paths that have an overage in any term with the optimum; `None` for one term and where costs are those of the
    /// horizon, as are then shares.
    pub any_overage: Option<Proportion>,
    /// What the scenario buys, where that is not the same in each term that is sized.
    pub planned: Option<Planned>,
    /// Half of the 95% interval of the optimum's objective.
    pub objective_half_width: Option<f64>,
    /// Where the objective is not the expected cost: that of the 80% rule minus the optimum's, on the same paths;
    /// of regret without an interval where foresight chooses among some sizes only.
    pub rule_80_in_objective: Option<Difference>,
    /// The same of the current purchase.
    pub current_in_objective: Option<Difference>,
    /// Ranges of packs that the run cannot tell at 95% from the best size; `None` where no such range is known: for
    /// a tier's edge under a limit that binds, for regret where foresight chooses among some sizes only, and for too
    /// few paths.
    pub optimum_ranges: Option<Vec<(u64, u64)>>,
    /// Ranges of packs whose objective is within 1% of the optimum's and within its interval.
    pub flat: Vec<(u64, u64)>,
    /// The best without the limit, where there is one.
    pub unconstrained: Option<Candidate>,
    /// What the limit costs: mean cost of the optimum minus that without the limit, 0 where it does not bind. Its
    /// interval, like all of a limit's size, knows that this size is an estimate.
    pub limit_price: Option<Difference>,
    /// The same in the objective, where that is not the expected cost.
    pub limit_price_in_objective: Option<Difference>,
    /// What `prepurchase = "80%"` buys.
    pub rule_80: Candidate,
    /// Nothing ahead.
    pub pay_as_you_go: Candidate,
    /// What the contract buys.
    pub current: Candidate,
    /// Enough for the single-number plan.
    pub plan: Candidate,
    /// The size that was asked for.
    pub at: Option<Candidate>,
    /// The smallest size with no more than the share of paths in overage that was asked for.
    pub invert: Option<Candidate>,
    /// Its 95% interval in packs.
    pub invert_interval: Option<(u64, u64)>,
    /// Mean cost of the 80% rule minus the optimum's, on the same paths.
    pub rule_80_excess: Difference,
    /// The same of nothing ahead.
    pub pay_as_you_go_excess: Difference,
    /// The same of the current purchase.
    pub current_excess: Difference,
    /// The same of a purchase for the single-number plan.
    pub plan_excess: Difference,
    /// The value of perfect information: what the optimum costs more, on average, than the best size of
    /// each path would have.
    pub foresight_worth: Difference,
    /// The cost curve, ascending by size.
    pub curve: Vec<Candidate>,
    /// The skewness of what the best size costs; `None` where that is the same on every path, and of paths that are not
    /// independent.
    pub cost_skewness: Option<f64>,
    /// The purchase in stages, where it was asked for.
    pub staged: Option<Staged>,
}

impl Sizes {
    /// The answer to a question from sizes that have been found; `None` where one of them cannot be
    /// evaluated.
    pub fn new(
        question: Question,
        sizes: &impl Weigh,
        named: &Named,
        (searched, terms, is_of_horizon): (Searched, usize, bool),
    ) -> Option<Self> {
        let objective = question.objective;
        let weigh = |packs| sizes.weigh(objective, packs);
        let optimum = weigh(named.optimum)?;
        let is_least_cost = objective == Objective::Cost;
        let is_free = named.optimum == named.unconstrained;
        // Only the best of all has a range that says how far chance has moved it, and none without an error.
        let half_width = sizes.half_width(objective, named.optimum);
        let around = |best: u64| match best == named.unconstrained && half_width.is_some() {
            true => range_of(named.ranges.as_deref(), best),
            false => None,
        };
        let beyond_best = |apart: &Apart<'_>, packs: u64, best: u64| match best
            == named.unconstrained
            && !named.rivals.is_empty()
        {
            true => rivalled(apart, packs, best, &named.rivals),
            false => excess(apart, packs, best, around(best)),
        };
        let of_cost = |packs: u64, best: u64| {
            let apart = |a, b| sizes.difference(a, b);
            match is_least_cost {
                true => beyond_best(&apart, packs, best),
                false => apart(packs, best),
            }
        };
        // A limit's size is an estimate: what is told of it holds for all that the limit may as well have asked for.
        let of_limit = named.of_limit();
        let ends = named.ends(objective);
        // Where costs go in jumps the least of the sample is far below that of all.
        let beyond_foresight = match is_free && is_least_cost && !named.rivals.is_empty() {
            true => Some(named.rivals.clone()),
            false => ends.clone(),
        };
        // The objective itself is least at the best size, and knows of its range.
        let ends_in_objective = match is_free {
            true => ends.as_ref().map(|_| Vec::new()),
            false => ends.clone(),
        };
        let mut limit_price = widened(named.optimum, of_limit.as_deref(), |size| {
            of_cost(size, named.unconstrained)
        })?;
        // What no size of its range asks more for costs nothing for certain.
        let is_unasked = |others: &Vec<u64>| others.iter().all(|&size| size == named.optimum);
        if is_free && of_limit.as_ref().is_some_and(is_unasked) {
            limit_price.interval = limit_price.interval.map(|_| (0.0, 0.0));
        }
        // One difference has one interval, whichever of the two it is told of.
        let excess = |packs: u64| match packs == named.unconstrained && !is_free {
            true => Some(turned(limit_price)),
            false => widened(named.optimum, ends.as_deref(), |size| of_cost(packs, size)),
        };
        // The same in the objective, where that is another.
        let in_objective = |packs: u64, best: u64| match objective {
            Objective::Cost => None,
            Objective::Cvar { alpha } => {
                let apart = |a, b| sizes.tail_difference(alpha, a, b);
                beyond_best(&apart, packs, best)
            }
            Objective::Regret => {
                let apart = |a, b| sizes.regret_difference(a, b);
                regret::excess(&apart, packs, best, around(best))
            }
        };
        let is_resolved = optimum.objective.is_some();
        let mut flat = named.flat.clone();
        if flat.is_empty() || optimum.objective.is_none() {
            flat = vec![(named.optimum, named.optimum)];
        }
        let limited = question.max_overage.is_some();
        let unconstrained = match limited {
            true => Some(weigh(named.unconstrained)?),
            false => None,
        };
        let limit_price_in_objective = match is_resolved && limited {
            true => widened(named.optimum, of_limit.as_deref(), |size| {
                in_objective(size, named.unconstrained)
            }),
            false => None,
        };
        let beside = |packs: u64| match is_resolved {
            true => widened(named.optimum, ends_in_objective.as_deref(), |size| {
                in_objective(packs, size)
            }),
            false => None,
        };
        let cost = |packs: u64| {
            let size = weigh(packs)?;
            Some(around_mean(size.cost_mean, size.cost_mean_half_width))
        };
        let of_cost_mean = widened(named.optimum, ends.as_deref(), cost)?;
        let invert = match named.invert {
            Some(packs) => {
                let size = weigh(packs)?;
                let ends = match (named.is_certain, named.invert_interval) {
                    (false, Some((low, high))) => Some(vec![low, high]),
                    // Every size has no more than all.
                    (false, None) if question.invert != Some(MICRO as u32) => None,
                    _ => Some(Vec::new()),
                };
                Some(told_of(size, ends.as_deref()))
            }
            None => None,
        };
        Some(Self {
            question,
            searched,
            terms,
            cut_term: None,
            is_of_horizon,
            is_limit_met: true,
            is_invert_met: true,
            knows_all: true,
            is_certain: named.is_certain,
            optimum_cost_interval: of_cost_mean
                .interval
                .filter(|_| !is_free || !is_least_cost && named.ranges.is_some()),
            any_overage: None,
            planned: None,
            objective_half_width: ends.as_ref().and(half_width),
            cost_skewness: sizes.skewness(named.optimum),
            rule_80_in_objective: beside(named.rule_80),
            current_in_objective: beside(named.current),
            optimum_ranges: best_ranges(named).filter(|_| is_resolved && half_width.is_some()),
            flat,
            unconstrained,
            limit_price: limited.then_some(limit_price),
            limit_price_in_objective,
            rule_80: weigh(named.rule_80)?,
            pay_as_you_go: weigh(0)?,
            current: weigh(named.current)?,
            plan: weigh(named.plan)?,
            at: match question.at {
                Some(packs) => Some(weigh(packs)?),
                None => None,
            },
            invert,
            invert_interval: named.invert_interval,
            rule_80_excess: excess(named.rule_80)?,
            pay_as_you_go_excess: excess(0)?,
            current_excess: excess(named.current)?,
            plan_excess: excess(named.plan)?,
            foresight_worth: widened(named.optimum, beyond_foresight.as_deref(), |size| {
                sizes.foresight_worth(size)
            })?,
            curve: named
                .curve
                .iter()
                .filter_map(|&packs| weigh(packs))
                .collect(),
            staged: None,
            optimum: told_of(optimum, ends.as_deref()),
        })
    }
}

/// What is told of a size, with the interval that holds those of the other sizes that it may as well have been; without
/// an interval where these are not known.
pub fn widened(
    size: u64,
    others: Option<&[u64]>,
    of: impl Fn(u64) -> Option<Difference>,
) -> Option<Difference> {
    let told = of(size)?;
    let Some(others) = others else {
        return Some(Difference {
            interval: None,
            ..told
        });
    };
    let intervals = others.iter().map(|&other| of(other)?.interval);
    let hull = |all: Option<(f64, f64)>, one: Option<(f64, f64)>| {
        let ((low, high), (from, to)) = all.zip(one)?;
        Some((low.min(from), high.max(to)))
    };
    Some(Difference {
        interval: intervals.fold(told.interval, hull),
        ..told
    })
}

/// A mean with its interval.
fn around_mean(mean: f64, half_width: Option<f64>) -> Difference {
    Difference {
        mean,
        interval: half_width.map(|half| (mean - half, mean + half)),
    }
}

/// What is told of a size by itself: without an error where so few futures are beyond it that chance chose it.
fn told_of(mut size: Candidate, others: Option<&[u64]>) -> Candidate {
    if others.is_none() {
        size.cost_mean_half_width = None;
    }
    size
}

/// Mean cost of a size minus that of the best one, or the same of the mean of the worst costs, with an interval
/// that knows that the best was chosen by the same paths. `apart` says what a size has more than another.
///
/// Near its minimum c the cost is c(Q*) + H (Q - Q*)²/2. The paths put the minimum at a Q̂ that is off by
/// chance, with standard deviation τ, and `around` is Q̂ ± 1.96 τ. What a size q costs more is then
/// d = H (q - Q̂)²/2 in the sample and H (q - Q*)²/2 in truth. Both the paired standard error s = τ H |q - Q̂|
/// and d vanish together as q nears Q̂, where d ± 1.96 s would promise a difference of nearly 0 for certain.
/// The ends of the interval of q - Q*, which are q - Q̂ ± 1.96 τ, give H/2 times their squares:
/// d ± 1.96 s + κ with κ = H (1.96 τ)²/2, and 0 for the lower end where q lies within `around`. There κ is what
/// the end of `around` on q's side costs more than Q̂; elsewhere the size's own d and s say it,
/// κ = (1.96 s)²/4 d, so that it vanishes far away, where costs need not be quadratic and the choice of Q̂ has no
/// effect of the first order (it is where the derivative is 0).
fn excess(
    apart: &Apart<'_>,
    packs: u64,
    best: u64,
    around: Option<(u64, u64)>,
) -> Option<Difference> {
    let difference = apart(packs, best)?;
    let (Some((low, high)), Some((from, to))) = (around, difference.interval) else {
        return Some(difference);
    };
    let mean = difference.mean.max(0.0);
    let half = to - difference.mean;
    let interval = match (low..=high).contains(&packs) {
        true => {
            let end = if packs < best { low } else { high };
            let chance = apart(end, best).map_or(0.0, |end| end.mean.max(0.0));
            (0.0, to + chance)
        }
        false => {
            // No more than where the lower end comes to 0.
            let chance = match half > 2.0 * mean {
                true => half / 2.0,
                false if half > 0.0 => half * half / (4.0 * mean),
                false => 0.0,
            };
            ((from + chance).max(0.0), to + chance)
        }
    };
    Some(Difference {
        interval: Some(interval),
        ..difference
    })
}

/// The same where costs go in jumps, so that they are not quadratic around their least: the best is one of some rivals,
/// and the interval holds what the size costs more than any of them, but less than none.
fn rivalled(apart: &Apart<'_>, packs: u64, best: u64, rivals: &[u64]) -> Option<Difference> {
    let told = widened(best, Some(rivals), |rival| apart(packs, rival))?;
    Some(Difference {
        interval: told.interval.map(|(low, high)| (low.max(0.0), high)),
        ..told
    })
}

/// The same of the two sizes the other way round.
pub fn turned(difference: Difference) -> Difference {
    Difference {
        // From 0, so that no 0 is negative.
        mean: 0.0 - difference.mean,
        interval: difference
            .interval
            .map(|(low, high)| (0.0 - high, 0.0 - low)),
    }
}

/// Ranges of packs that the run cannot tell at 95% from the best size.
///
/// Under a limit that is the larger of the best without it and the smallest that meets it, in a tier: so are the
/// ends of its range. Other tiers that cannot be told from the best without the limit stay, as far as they
/// may meet it.
fn best_ranges(named: &Named) -> Option<Vec<(u64, u64)>> {
    let is_free = named.optimum == named.unconstrained;
    let ranges = named.ranges.as_deref();
    let Some((fewest, most)) = named.limit_interval else {
        return named.ranges.clone().filter(|_| is_free);
    };
    if is_free && ranges.is_none() {
        return None;
    }
    let holds = |&(low, high): &(u64, u64)| (low..=high).contains(&named.unconstrained);
    let (low, high) = range_of(ranges, named.unconstrained).unwrap_or((0, 0));
    let own = (
        low.max(fewest).min(named.optimum),
        high.max(most).max(named.optimum),
    );
    let others = ranges.unwrap_or_default().iter().copied();
    let others = others.filter(|range| !holds(range) && range.1 >= fewest);
    let mut all: Vec<(u64, u64)> = others.map(|(low, high)| (low.max(fewest), high)).collect();
    all.push(own);
    all.sort_unstable();
    Some(joined(all))
}

/// Ascending ranges, of which those that touch are one.
pub fn joined(ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (low, high) in ranges {
        match joined.last_mut() {
            Some((_, before)) if *before + 1 >= low => *before = high.max(*before),
            _ => joined.push((low, high)),
        }
    }
    joined
}

/// The range that holds a size.
fn range_of(ranges: Option<&[(u64, u64)]>, packs: u64) -> Option<(u64, u64)> {
    let holds = |&&(low, high): &&(u64, u64)| (low..=high).contains(&packs);
    ranges?.iter().find(holds).copied()
}

impl Weigh for Sizing<'_> {
    fn weigh(&self, objective: Objective, packs: u64) -> Option<Candidate> {
        Sizing::weigh(self, objective, packs)
    }

    fn difference(&self, a: u64, b: u64) -> Option<Difference> {
        Some(Sizing::difference(
            self,
            &self.purchase(a)?,
            &self.purchase(b)?,
        ))
    }

    fn foresight_worth(&self, packs: u64) -> Option<Difference> {
        Some(Sizing::foresight_worth(self, &self.purchase(packs)?))
    }

    fn skewness(&self, packs: u64) -> Option<f64> {
        self.skewness_of_cost(&self.purchase(packs)?)
    }

    fn half_width(&self, objective: Objective, packs: u64) -> Option<f64> {
        self.objective_half_width(objective, &self.purchase(packs)?)
    }

    fn tail_difference(&self, alpha: u32, a: u64, b: u64) -> Option<Difference> {
        Some(Sizing::tail_difference(
            self,
            alpha,
            &self.purchase(a)?,
            &self.purchase(b)?,
        ))
    }

    fn regret_difference(&self, a: u64, b: u64) -> Option<Difference> {
        Some(Sizing::regret_difference(
            self,
            &self.purchase(a)?,
            &self.purchase(b)?,
        ))
    }
}

impl Weigh for Settled {
    fn weigh(&self, objective: Objective, packs: u64) -> Option<Candidate> {
        Settled::weigh(self, objective, packs)
    }

    fn difference(&self, a: u64, b: u64) -> Option<Difference> {
        Settled::difference(self, a, b)
    }

    fn foresight_worth(&self, packs: u64) -> Option<Difference> {
        Settled::foresight_worth(self, packs)
    }

    fn skewness(&self, packs: u64) -> Option<f64> {
        Settled::skewness(self, packs)
    }

    fn half_width(&self, objective: Objective, packs: u64) -> Option<f64> {
        Settled::half_width(self, objective, packs)
    }

    fn tail_difference(&self, alpha: u32, a: u64, b: u64) -> Option<Difference> {
        Settled::tail_difference(self, alpha, a, b)
    }
    fn regret_difference(&self, a: u64, b: u64) -> Option<Difference> {
        Settled::regret_difference(self, a, b)
    }
}
