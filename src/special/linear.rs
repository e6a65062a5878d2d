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

/// The x that minimise |A x - b|² for several b, from `squares` = AᵀA and each Aᵀb of `right`, by
/// Cholesky's factor. A column that those before it hold already gets 0.
///
/// # Panics
/// When the sizes differ.
pub fn least_squares(squares: &[Vec<f64>], right: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = squares.len();
    assert!(right.iter().all(|b| b.len() == size), "one entry a column");
    // Rows of L; a column that is held by others has an empty row and is skipped.
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(size);
    for (i, row) in squares.iter().enumerate() {
        let mut next: Vec<f64> = Vec::with_capacity(i + 1);
        for j in 0..i {
            let entry = match factor[j].get(j) {
                Some(&pivot) => (row[j] - dot(&next, &factor[j][..j])) / pivot,
                None => 0.0,
            };
            next.push(entry);
        }
        let rest = row[i] - dot(&next, &next);
        if rest > LEAST_REST * row[i] {
            next.push(rest.sqrt());
        } else {
            next.clear();
        }
        factor.push(next);
    }
    right.iter().map(|b| solve(&factor, b)).collect()
}

/// The x with L Lᵀ x = b, 0 where a row of L is empty.
fn solve(factor: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x: Vec<f64> = Vec::with_capacity(b.len());
    for (row, &b) in factor.iter().zip(b) {
        let place = x.len();
        x.push(match row.get(place) {
            Some(&pivot) => (b - dot(&x, &row[..place])) / pivot,
            None => 0.0,
        });
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
    // What a row without a pivot has gathered is no solution.
    for (value, row) in x.iter_mut().zip(factor) {
        if row.is_empty() {
            *value = 0.0;
        }
    }
    x
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
