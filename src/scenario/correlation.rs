//! `[[correlation]]`: inputs that move together.

use std::f64::consts::PI;

use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, Range, did_you_mean};
use crate::scenario::log::shortened;
use crate::scenario::{Correlation, Input, path};

/// Most inputs that take part.
const MOST_INPUTS: usize = 200;

/// Smallest pivot of a matrix that counts as positive definite.
const LEAST_PIVOT: f64 = 1e-9;

/// Reads all correlations between `inputs`; `complete` when no input is missing for a mistake of
/// its own.
pub fn read(items: &[Item<'_>], inputs: &[&Input], complete: bool) -> Option<Vec<Correlation>> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut sound = true;
    for item in items {
        match pair(item, inputs, complete) {
            Some(new) if pairs.iter().any(|old| old.is_between(&new)) => {
                item.refuse::<()>("a second correlation of the same two", "keep one of them");
                sound = false;
            }
            Some(new) => pairs.push(new),
            None => sound = false,
        }
    }
    if !sound {
        return None;
    }
    possible_together(items, &pairs, inputs)?;
    Some(pairs.iter().map(|pair| pair.resolved(inputs)).collect())
}

/// Indices of two inputs, the smaller first, and their correlation.
struct Pair {
    between: [usize; 2],
    spearman: f64,
}

impl Pair {
    fn is_between(&self, other: &Self) -> bool {
        self.between == other.between
    }

    fn resolved(&self, inputs: &[&Input]) -> Correlation {
        let between = self.between.map(|index| inputs[index].key.clone());
        Correlation {
            between,
            spearman: self.spearman,
        }
    }
}

fn pair(item: &Item<'_>, inputs: &[&Input], complete: bool) -> Option<Pair> {
    let table = Cursor::open(item, &["between", "spearman"])?;
    let spearman = table
        .need("spearman", "spearman = 0.6")
        .and_then(|item| spearman(&item));
    let between = table.need(
        "between",
        "between = [\"workload.service.seats\", \"workload.service.actions_per_day\"]",
    )?;
    let keys =
        between.list("[\"workload.service.seats\", \"workload.service.actions_per_day\"]")?;
    let [first, second] = keys.as_slice() else {
        let message = format!("{} inputs, not two", keys.len());
        return between.refuse(message, "name two inputs; write one table for each pair");
    };
    let (a, b) = (
        find(first, inputs, complete),
        find(second, inputs, complete),
    );
    let (a, b) = (a?, b?);
    if a == b {
        return second.refuse("an input with itself", "name two different inputs");
    }
    Some(Pair {
        between: [a.min(b), a.max(b)],
        spearman: spearman?,
    })
}

fn spearman(item: &Item<'_>) -> Option<f64> {
    let range = Range::new(
        -0.999_999,
        0.999_999,
        "a rank correlation strictly between -1 and 1",
    );
    let value = item.decimal(range.words)?.to_f64();
    if value.abs() >= 1.0 {
        let message = format!("`{}` is not strictly between -1 and 1", item.written());
        return item.refuse(message, "write a rank correlation like 0.6");
    }
    item.number(range)
}

fn find(item: &Item<'_>, inputs: &[&Input], complete: bool) -> Option<usize> {
    let text = item.text()?;
    let wanted = path::normal(text).unwrap_or_else(|| text.to_owned());
    let Some(index) = inputs.iter().position(|input| input.key == wanted) else {
        return if complete {
            unknown(item, text, inputs)
        } else {
            None
        };
    };
    if inputs[index].value.is_constant() {
        let message = format!("`{}` is a constant", shortened(text));
        let remedy =
            "make it uncertain, like { p10 = ..., p90 = ... }, or leave the correlation out";
        return item.refuse(message, remedy);
    }
    Some(index)
}

fn unknown<T>(item: &Item<'_>, text: &str, inputs: &[&Input]) -> Option<T> {
    let known = inputs
        .iter()
        .filter(|input| !input.value.is_constant())
        .take(2_000);
    let known: Vec<&str> = known.map(|input| input.key.as_str()).collect();
    let message = format!(
        "`{}` is not an input that is drawn once per path",
        shortened(text)
    );
    item.refuse(message, did_you_mean(text, &known, "\""))
}

/// Pearson's correlation of the normals behind a rank correlation: 2 sin(pi s / 6).
fn pearson(spearman: f64) -> f64 {
    2.0 * libm::sin(PI * spearman / 6.0)
}

/// Refuses correlations that no joint distribution has: their matrix is not positive definite.
fn possible_together(items: &[Item<'_>], pairs: &[Pair], inputs: &[&Input]) -> Option<()> {
    for group in groups(pairs) {
        let members = members(&group);
        let strength = |pair: &(usize, &Pair)| pair.1.spearman.abs();
        let worst = group
            .iter()
            .max_by(|a, b| strength(a).total_cmp(&strength(b)));
        let Some(place) = worst.map(|(index, _)| &items[*index]) else {
            continue;
        };
        if members.len() > MOST_INPUTS {
            let message = format!("{} inputs hang together", members.len());
            return place.refuse(message, format!("correlate at most {MOST_INPUTS}"));
        }
        let possible = |shrink: f64| is_positive_definite(matrix(&members, &group, shrink));
        if !possible(1.0) {
            let keys: Vec<String> = members
                .iter()
                .map(|member| format!("`{}`", inputs[*member].key))
                .collect();
            let message = format!("no {} values can be correlated like this", keys.len());
            return place.refuse(message, remedy(&keys, &group, possible));
        }
    }
    Some(())
}

/// Names the inputs and the factor that makes their correlations possible.
fn remedy(keys: &[String], group: &[(usize, &Pair)], possible: impl Fn(f64) -> bool) -> String {
    let hundredths = (1..100)
        .rev()
        .find(|shrink| possible(f64::from(*shrink) / 100.0));
    let shrink = f64::from(hundredths.unwrap_or(0)) / 100.0;
    let shown = keys.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
    let more = if keys.len() > 6 { ", ..." } else { "" };
    let pairs = keys.len() * (keys.len() - 1) / 2;
    let unnamed = match pairs - group.len() {
        0 => String::new(),
        1 => ", or correlate the one pair of them that is not named (it counts as 0)".to_owned(),
        n => format!(", or correlate the {n} pairs of them that are not named (they count as 0)"),
    };
    format!("between {shown}{more}: multiply each spearman by at most {shrink}{unnamed}")
}

/// Pairs with their position, in groups that share no input.
fn groups(pairs: &[Pair]) -> Vec<Vec<(usize, &Pair)>> {
    let mut groups: Vec<Vec<(usize, &Pair)>> = Vec::new();
    for (index, pair) in pairs.iter().enumerate() {
        let touches = |group: &Vec<(usize, &Pair)>| {
            group
                .iter()
                .any(|(_, other)| other.between.iter().any(|i| pair.between.contains(i)))
        };
        let (mine, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(touches);
        let mut group: Vec<(usize, &Pair)> = mine.into_iter().flatten().collect();
        group.push((index, pair));
        groups = others;
        groups.push(group);
    }
    groups
}

fn members(group: &[(usize, &Pair)]) -> Vec<usize> {
    let mut members: Vec<usize> = group.iter().flat_map(|(_, pair)| pair.between).collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// The normals' correlation matrix when every rank correlation is multiplied by `shrink`.
fn matrix(members: &[usize], group: &[(usize, &Pair)], shrink: f64) -> Vec<Vec<f64>> {
    let size = members.len();
    let mut matrix = vec![vec![0.0; size]; size];
    for (index, row) in matrix.iter_mut().enumerate() {
        row[index] = 1.0;
    }
    for (_, pair) in group {
        let [a, b] = pair
            .between
            .map(|member| members.partition_point(|m| *m < member));
        let value = pearson(pair.spearman * shrink);
        matrix[a][b] = value;
        matrix[b][a] = value;
    }
    matrix
}

/// Cholesky's factorisation goes through.
fn is_positive_definite(mut a: Vec<Vec<f64>>) -> bool {
    for k in 0..a.len() {
        let pivot = a[k][k] - a[k][..k].iter().map(|x| x * x).sum::<f64>();
        // Also refuses NaN.
        if pivot.is_nan() || pivot <= LEAST_PIVOT {
            return false;
        }
        let root = pivot.sqrt();
        a[k][k] = root;
        let (upper, lower) = a.split_at_mut(k + 1);
        for row in lower {
            let dot: f64 = row[..k]
                .iter()
                .zip(&upper[k][..k])
                .map(|(x, y)| x * y)
                .sum();
            row[k] = (row[k] - dot) / root;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(usize, usize, f64)]) -> Vec<Pair> {
        let pair = |&(a, b, spearman): &(usize, usize, f64)| Pair {
            between: [a, b],
            spearman,
        };
        list.iter().map(pair).collect()
    }

    #[test]
    fn a_rank_correlation_becomes_the_normals_correlation() {
        // 2 sin(pi/12) = 0.5176...
        assert!((pearson(0.5) - 0.517_638_090_205_041_5).abs() < 1e-15);
    }

    #[test]
    fn two_strong_links_need_the_third() {
        // Pearson of 0.9 is 0.908: 1 - 2 * 0.908^2 < 0.
        let open = pairs(&[(0, 1, 0.9), (1, 2, 0.9)]);
        let group: Vec<(usize, &Pair)> = open.iter().enumerate().collect();
        assert!(!is_positive_definite(matrix(&[0, 1, 2], &group, 1.0)));
        let closed = pairs(&[(0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.9)]);
        let group: Vec<(usize, &Pair)> = closed.iter().enumerate().collect();
        assert!(is_positive_definite(matrix(&[0, 1, 2], &group, 1.0)));
    }

    #[test]
    fn groups_share_no_input() {
        let all = pairs(&[(0, 1, 0.1), (2, 3, 0.1), (4, 5, 0.1), (1, 2, 0.1)]);
        let sizes: Vec<usize> = groups(&all).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 3]);
    }
}
