//! What it is worth to know something before deciding.
//!
//! With c_i(d) the cost of decision d on path i, and without knowing anything the decision that costs
//! least on average, knowing everything saves E[c(d*) - min_d c(d)] (EVPI), and knowing the inputs X
//! saves E[c(d*)] - E[min_d E[c(d) | X]] (EVPPI). E[c(d) | X] is a regression of the cost on X
//! (M. Strong, J. E. Oakley & A. Brennan, Medical Decision Making 34 (2014) 311), made on four
//! fifths of the paths; on the others the decision is the one that it says costs least, and what counts is what that
//! decision costs there; so each fifth is left out in turn. So the estimate is what acting on the regression
//! really saves, and never better than knowing X by more than chance, somewhat less where the regression
//! does not follow the costs; the minimum of fitted costs on the paths that fitted them would be biased upwards.

use crate::decide::regression::Column;
use crate::decide::sizing::Difference;
use crate::ledger::PriceList;
use crate::summarise::ranks::Z95;
use crate::summarise::statistics::mean_and_error;
use crate::units::MICRO;

mod choices;

pub use choices::denser_at_ends;
use choices::{PARTS, choices, part};

/// A mean saving per path, with its standard error, in units of cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// The mean.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl Worth {
    /// `None` for fewer than two paths.
    fn of(savings: &[f64]) -> Option<Self> {
        let (value, error) = mean_and_error(savings);
        error.map(|error| Self { value, error })
    }

    /// What a difference with a 95% interval saves; `None` without the interval.
    pub fn of_difference(saving: &Difference) -> Option<Self> {
        let (_, high) = saving.interval?;
        Some(Self {
            value: saving.mean,
            error: (high - saving.mean) / Z95,
        })
    }

    /// The 95% interval, from the standard error.
    pub fn interval(&self) -> (f64, f64) {
        let half = Z95 * self.error;
        (self.value - half, self.value + half)
    }

    /// What is told from nothing first, then by value.
    fn rank(&self) -> (bool, f64) {
        (!self.is_lost(), self.value)
    }

    /// True when the interval reaches down to 0: the run cannot tell it from nothing.
    pub fn is_lost(&self) -> bool {
        self.interval().0 <= 0.0
    }
}

/// What knowing all of these inputs exactly is worth before deciding. `costs` are those of each decision by
/// path, neighbours beside each other; `index` is by path what the costs follow most: the demand. `expected` is by path
/// what a model of the index makes of these inputs, all else being as usual, where there is one: it need not be right.
/// `None` without decisions or inputs, with fewer than 100 paths, and, where nothing is expected, with more inputs
/// than a regression on that many paths can take.
///
/// # Panics
/// When the lists differ in length.
pub fn some(
    costs: &[Vec<f64>],
    index: &[f64],
    inputs: &[Column<'_>],
    expected: Option<&[f64]>,
) -> Option<Worth> {
    let paths = index.len();
    let same = |len: usize| assert!(len == paths, "a value for each path");
    costs.iter().for_each(|costs| same(costs.len()));
    inputs.iter().for_each(|input| same(input.values.len()));
    expected.iter().for_each(|expected| same(expected.len()));
    if costs.is_empty() || inputs.is_empty() || paths < 100 {
        return None;
    }
    let chosen = choices(costs, index, inputs, expected)?;
    let plain: Vec<usize> = (0..PARTS)
        .map(|left_out| {
            let total = |costs: &Vec<f64>| -> f64 {
                let others = costs.iter().enumerate();
                let others = others.filter(|&(path, _)| part(path) != left_out);
                others.map(|(_, cost)| cost).sum()
            };
            least(costs.iter().map(total))
        })
        .collect();
    let pairs = chosen.into_iter().enumerate();
    let saving = pairs.map(|(path, chosen)| costs[plain[part(path)]][path] - costs[chosen][path]);
    Worth::of(&saving.collect::<Vec<f64>>())
}

/// The first of the smallest.
fn least(costs: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::INFINITY);
    for (place, cost) in costs.enumerate() {
        if cost < best.1 {
            best = (place, cost);
        }
    }
    best.0
}

/// Worths of sets of inputs that agree with each other: who knows a set knows every part of it and can act
/// on that part alone, so that a set is worth no less than any part of it. Where an estimate says
/// otherwise (the regression on more inputs has more noise to follow) it gives way to that of the part worth
/// most; so does one that cannot be told from nothing, where a part can. The larger of two estimates is too
/// large by chance, by less than their errors. A set without a worth stays without.
///
/// # Panics
/// When there is not one worth for each set.
pub fn no_less_than_parts(sets: &[Vec<usize>], worths: &[Option<Worth>]) -> Vec<Option<Worth>> {
    assert!(sets.len() == worths.len(), "a worth for each set");
    let grown = sets.iter().zip(worths).map(|(set, &own)| {
        let is_part = |part: &[usize]| part.iter().all(|input| set.contains(input));
        let parts = sets.iter().zip(worths).filter(|(part, _)| is_part(part));
        let parts = parts.filter_map(|(_, &worth)| worth);
        parts.fold(own, |most, part| match most {
            Some(most) if part.rank() > most.rank() => Some(part),
            most => most,
        })
    });
    grown.collect()
}

/// What each of some sizes of a pre-purchase costs by path, in units of money: the mean over the path's
/// `terms` of p(Q) Q + o (D - Q)⁺ - v (Q - D)⁺ with v the share `residual` (in millionths) of p(Q).
/// `demand` beyond the free credits is in micro-credits, term after term and path after path. Sizes that
/// the ledger's integers do not hold are left out.
///
/// # Panics
/// When the demands do not make whole paths.
pub fn costs_of_sizes(
    prices: &PriceList,
    residual: u64,
    sizes: &[u64],
    demand: &[i64],
    terms: usize,
) -> Vec<Vec<f64>> {
    assert!(demand.len().is_multiple_of(terms), "whole paths");
    let over = prices.overage.per_credit() / MICRO as f64;
    let purchases = sizes.iter().filter_map(|&packs| prices.purchase(packs));
    let costs = purchases.map(|purchase| {
        let share = residual as f64 / MICRO as f64;
        let worth = share * purchase.per_credit().unwrap_or(0.0) / MICRO as f64;
        let (bought, cost) = (purchase.credits.micro(), purchase.cost.to_f64());
        let of = |&demand: &i64| {
            let (beyond, unused) = ((demand - bought).max(0), (bought - demand).max(0));
            cost + over * beyond as f64 - worth * unused as f64
        };
        let paths = demand.chunks_exact(terms);
        paths
            .map(|path| path.iter().map(of).sum::<f64>() / terms as f64)
            .collect()
    });
    costs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Price;
    use crate::units::{Credits, Money};

    #[test]
    fn a_set_is_worth_no_less_than_its_parts() {
        let worth = |value: f64| {
            Some(Worth {
                value,
                error: value / 10.0,
            })
        };
        let sets = [
            vec![0, 1, 2],
            vec![3],
            vec![4, 5],
            vec![0],
            vec![1],
            vec![2],
        ];
        let worths = [worth(3.0), worth(9.0), None, worth(2.0), worth(4.0), None];
        let found = no_less_than_parts(&sets, &worths);
        let expected = [worth(4.0), worth(9.0), None, worth(2.0), worth(4.0), None];
        assert_eq!(found, expected);
        // What is worth more together stays.
        let more = [worth(5.0), worth(9.0), None, worth(2.0), worth(4.0), None];
        assert_eq!(no_less_than_parts(&sets, &more), more);
        // But not where it cannot be told from nothing and a part can.
        let mut lost = more;
        lost[0] = Some(Worth {
            value: 5.0,
            error: 3.0,
        });
        assert_eq!(no_less_than_parts(&sets, &lost), expected);
    }

    #[test]
    fn several_terms_of_a_path_cost_their_mean() {
        let pack = Credits::from_micro(MICRO);
        let prices = PriceList {
            pack,
            pack_price: Money::from_micro(3 * MICRO),
            discounts: Vec::new(),
            overage: Price::new(Money::from_micro(4 * MICRO), pack),
        };
        // 10 bought for 30 in each term, half of it worth something: terms of 4 and 12, then of 10 and 10.
        let demand: Vec<i64> = [4, 12, 10, 10].map(|credits| credits * MICRO).to_vec();
        let costs = costs_of_sizes(&prices, 500_000, &[0, 10], &demand, 2);
        assert_eq!(costs, [[32.0, 40.0], [(21.0 + 38.0) / 2.0, 30.0]]);
        let whole = costs_of_sizes(&prices, 500_000, &[10], &demand, 1);
        assert_eq!(whole, [[21.0, 38.0, 30.0, 30.0]]);
    }
}
