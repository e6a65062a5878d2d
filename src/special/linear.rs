//! Symmetric systems of linear equations: the factor of a correlation matrix, and least squares.

/// The lower-triangular L with L Lᵀ = `matrix`, row i of length i + 1; `None` when the matrix is
/// not positive definite.
pub fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, row) in matrix.iter().enumerate() {
        let mut next: Vec<f64> = Vec::with_capacity(i + 1);
        for j in 0..=i {
            let known = if j == i { &next } else { &factor[j] };
            let sum: f64 = next.iter().zip(known).map(|(a, b)| a * b).sum();
            let rest = row[j] - sum;
            if j < i {
                next.push(rest / factor[j][j]);
            } else if rest > 0.0 {
                next.push(rest.sqrt());
            } else {
                return None;
            }
        }
        factor.push(next);
    }
    Some(factor)
}

/// Smallest share of a column's square that the columns before it may leave, for it to count: what is
/// below is the rounding of a column that they already hold.
const LEAST_REST: f64 = 1e-10;

/// Cholesky's lower-triangular factor of AᵀA, grown and cut back a column of A at a time. A column
/// that those before it hold already has no row.
#[derive(Clone, Debug, Default)]
pub struct Factor {
    /// Row i of length i + 1, or empty; beyond `len` there is room that has been used before.
    rows: Vec<Vec<f64>>,
    len: usize,
}

impl Factor {
    /// Number of columns.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without columns.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a column of A by its products with those before it, and last with itself.
    ///
    /// # Panics
    /// When there are more or fewer products.
    pub fn push(&mut self, products: &[f64]) {
        let (square, products) = products.split_last().expect("a product with itself");
        assert!(products.len() == self.len, "one product a column");
        if self.rows.len() == self.len {
            self.rows.push(Vec::new());
        }
        let (before, row) = self.rows.split_at_mut(self.len);
        let row = &mut row[0];
        row.clear();
        for (j, (known, product)) in before.iter().zip(products).enumerate() {
            row.push(match known.get(j) {
                Some(&pivot) => (product - dot(row, &known[..j])) / pivot,
                None => 0.0,
            });
        }
        let rest = square - dot(row, row);
        if rest > LEAST_REST * square {
            row.push(rest.sqrt());
        } else {
            row.clear();
        }
        self.len += 1;
    }

    /// Forgets all columns but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Goes on with y, where L y = `right` and y has the entries of all columns but the last, by the
    /// entry of `right` that belongs to this one; 0 where it has no row. The sum of the squares of y is the
    /// part of |b|², `right` = Aᵀb, that A explains.
    pub fn solve_next(&self, y: &mut Vec<f64>, right: f64) {
        let place = y.len();
        let row = &self.rows[..self.len][place];
        y.push(match row.get(place) {
            Some(&pivot) => (right - dot(y, &row[..place])) / pivot,
            None => 0.0,
        });
    }

    /// The x with L Lᵀ x = b, 0 where a column has no row.
    fn solve(&self, b: &[f64]) -> Vec<f64> {
        let factor = &self.rows[..self.len];
        let mut x: Vec<f64> = Vec::with_capacity(b.len());
        for &b in b {
            self.solve_next(&mut x, b);
        }
        for place in (0..x.len()).rev() {
            let Some(&pivot) = factor[place].get(place) else {
                continue;
            };
            x[place] /= pivot;
            let value = x[place];
            for (entry, &weight) in x[..place].iter_mut().zip(&factor[place]) {
                *entry -= weight * value;
            }
        }
        // What a column without a row has gathered is no solution.
        for (value, row) in x.iter_mut().zip(factor) {
            if row.is_empty() {
                *value = 0.0;
            }
        }
        x
    }
}

/// The x that minimise |A x - b|² for several b, from `squares` = AᵀA, of row i the first i + 1, and each
/// Aᵀb of `right`, by Cholesky's factor. A column that those before it hold already gets 0.
///
/// # Panics
/// When the sizes differ.
pub fn least_squares(squares: &[Vec<f64>], right: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = squares.len();
    assert!(right.iter().all(|b| b.len() == size), "one entry a column");
    let mut factor = Factor::default();
    for (i, row) in squares.iter().enumerate() {
        factor.push(&row[..=i]);
    }
    right.iter().map(|b| factor.solve(b)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cholesky_factor_multiplies_back_to_the_matrix() {
        let matrix = vec![
            vec![1.0, 0.5, 0.2],
            vec![0.5, 1.0, -0.3],
            vec![0.2, -0.3, 1.0],
        ];
        let l = cholesky(&matrix).unwrap();
        for i in 0..3 {
            for j in 0..=i {
                let product: f64 = (0..=j).map(|k| l[i][k] * l[j][k]).sum();
                assert!((product - matrix[i][j]).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn an_impossible_matrix_has_no_factor() {
        let matrix = vec![
            vec![1.0, 0.9, -0.9],
            vec![0.9, 1.0, 0.9],
            vec![-0.9, 0.9, 1.0],
        ];
        assert!(cholesky(&matrix).is_none());
    }

    /// AᵀA and Aᵀb of columns.
    fn normal(columns: &[Vec<f64>], b: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let squares = columns.iter().map(|a| {
            let row = columns.iter().map(|other| dot(a, other));
            row.collect()
        });
        (
            squares.collect(),
            columns.iter().map(|a| dot(a, b)).collect(),
        )
    }

    #[test]
    fn a_line_through_points_is_found() {
        let x: Vec<f64> = (0..7).map(f64::from).collect();
        let b: Vec<f64> = x.iter().map(|x| 2.0 - 3.0 * x).collect();
        let (squares, right) = normal(&[vec![1.0; 7], x], &b);
        let found = least_squares(&squares, &[right]);
        assert!((found[0][0] - 2.0).abs() < 1e-12 && (found[0][1] + 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_factor_that_was_cut_back_goes_on_as_if_it_had_not_been() {
        let x: Vec<f64> = (0..7).map(f64::from).collect();
        let z: Vec<f64> = x.iter().map(|x| x * x).collect();
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        let b: Vec<f64> = x.iter().map(|x| 2.0 + x * x * x / 50.0).collect();
        let push = |factor: &mut Factor, columns: &[&Vec<f64>]| {
            let last = columns[factor.len()];
            let before = columns[..=factor.len()].iter();
            factor.push(&before.map(|c| dot(c, last)).collect::<Vec<_>>());
        };
        let explained = |factor: &Factor, columns: &[&Vec<f64>]| {
            let mut y = Vec::new();
            columns
                .iter()
                .for_each(|c| factor.solve_next(&mut y, dot(c, &b)));
            dot(&y, &y)
        };
        let ones = vec![1.0; 7];
        let (first, second) = ([&ones, &x, &twice], [&ones, &x, &z]);
        let mut factor = Factor::default();
        first.iter().for_each(|_| push(&mut factor, &first));
        factor.truncate(2);
        let line = explained(&factor, &first[..2]);
        push(&mut factor, &second);
        let mut fresh = Factor::default();
        second.iter().for_each(|_| push(&mut fresh, &second));
        assert_eq!(explained(&factor, &second), explained(&fresh, &second));
        // What is explained is the square of the fit.
        let (squares, right) = normal(&second.map(Vec::clone), &b);
        let fit = least_squares(&squares, &[right]);
        let fitted = (0..7).map(|i| fit[0][0] + fit[0][1] * x[i] + fit[0][2] * z[i]);
        let square: f64 = fitted.map(|value| value * value).sum();
        assert!((explained(&fresh, &second) - square).abs() < 1e-9);
        assert!(line < square);
    }

    #[test]
    fn a_column_that_is_there_already_counts_once() {
        let x: Vec<f64> = (0..7).map(f64::from).collect();
        let z: Vec<f64> = x.iter().map(|x| x * x).collect();
        let sum: Vec<f64> = x.iter().map(|x| x + 1.0).collect();
        let b: Vec<f64> = x.iter().map(|x| 2.0 - 3.0 * x + 0.5 * x * x).collect();
        let (squares, right) = normal(&[vec![1.0; 7], x, sum, z], &b);
        let found = least_squares(&squares, &[right]);
        let expected = [2.0, -3.0, 0.0, 0.5];
        for (found, expected) in found[0].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }
}
