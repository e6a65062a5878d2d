//! Sums of many numbers, in an order that does not wait for each addition.

/// Numbers that are added side by side.
const LANES: usize = 8;

/// The sum of some numbers.
#[inline]
pub(crate) fn sum(numbers: &[f64]) -> f64 {
    let (groups, rest) = numbers.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for group in groups {
        for lane in 0..LANES {
            sums[lane] += group[lane];
        }
    }
    let rest: f64 = rest.iter().sum();
    let pairs: [f64; LANES / 2] = std::array::from_fn(|i| sums[i] + sums[i + LANES / 2]);
    (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]) + rest
}

/// Replaces each number by `start` and the sum of all up to it; returns the last. Where none is negative
/// none is less than the one before.
#[inline]
pub(crate) fn running_sums(start: f64, numbers: &mut [f64]) -> f64 {
    const GROUP: usize = 4;
    let mut sum = start;
    let (groups, rest) = numbers.as_chunks_mut::<GROUP>();
    for [a, b, c, d] in groups {
        let ab = *a + *b;
        let abc = ab + *c;
        let abcd = abc + *d;
        [*a, *b, *c, *d] = [sum + *a, sum + ab, sum + abc, sum + abcd];
        sum = *d;
    }
    for number in rest {
        sum += *number;
        *number = sum;
    }
    sum
}
