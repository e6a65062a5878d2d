//! A histogram of non-negative integers with a relative error of at most 0.1%.
//!
//! Each octave [2^k, 2^(k+1)) has 512 equal buckets, so a bucket's middle is within 2⁻¹⁰ = 0.098%
//! of every value in it. Counts are integers: the order in which values come does not matter.

const SUB: usize = 512;
/// Bits of an f64 below the sign, the exponent and 9 bits of mantissa.
const SHIFT: u32 = 52 - 9;
const EXPONENT_BIAS: usize = 1023;

/// Largest relative error of an order statistic that comes from a histogram.
pub const RELATIVE_ERROR: f64 = 0.001;

/// Counts of values by bucket.
#[derive(Clone, Debug)]
pub struct Histogram {
    zeros: u64,
    octaves: Vec<Option<Box<[u32; SUB]>>>,
    least: i64,
    most: i64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            zeros: 0,
            octaves: vec![None; 64],
            least: i64::MAX,
            most: i64::MIN,
        }
    }
}

impl Histogram {
    /// Adds a value, 0 or more.
    pub fn add(&mut self, value: i64) {
        debug_assert!(value >= 0);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        if value <= 0 {
            self.zeros += 1;
            return;
        }
        let bits = ((value as f64).to_bits() >> SHIFT) as usize;
        let octave = bits / SUB - EXPONENT_BIAS;
        self.octaves[octave].get_or_insert_with(|| Box::new([0; SUB]))[bits % SUB] += 1;
    }

    /// The value of a rank, from 1: the middle of its bucket, inside the range of all values.
    pub fn order_statistic(&self, rank: u64) -> f64 {
        let mut below = self.zeros;
        if rank <= below {
            return 0.0;
        }
        for (octave, counts) in self.octaves.iter().enumerate() {
            for (sub, &count) in counts.iter().flat_map(|c| c.iter()).enumerate() {
                below += u64::from(count);
                if rank <= below {
                    return self.middle(octave, sub);
                }
            }
        }
        self.most as f64
    }

    /// Middle of the integers of a bucket.
    fn middle(&self, octave: usize, sub: usize) -> f64 {
        let bits = ((octave + EXPONENT_BIAS) * SUB + sub) as u64;
        let low = f64::from_bits(bits << SHIFT);
        let next = f64::from_bits((bits + 1) << SHIFT);
        let middle = if next - low <= 1.0 {
            low.ceil()
        } else {
            (low + next - 1.0) / 2.0
        };
        middle.clamp(self.least as f64, self.most as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_statistic_is_within_a_tenth_of_a_percent() {
        let mut histogram = Histogram::default();
        let mut values: Vec<i64> = (0..20_000).map(|k| (k * k * k) / 7).collect();
        values.iter().for_each(|&value| histogram.add(value));
        values.sort_unstable();
        for (index, &value) in values.iter().enumerate() {
            let got = histogram.order_statistic(index as u64 + 1);
            assert!(
                (got - value as f64).abs() <= value as f64 * RELATIVE_ERROR,
                "{value} {got}"
            );
        }
    }

    #[test]
    fn small_integers_and_constants_are_exact() {
        let mut histogram = Histogram::default();
        (0..=512).for_each(|value| histogram.add(value));
        assert!((0..=512).all(|k| histogram.order_statistic(k + 1) == k as f64));
        let mut constant = Histogram::default();
        (0..100).for_each(|_| constant.add(123_456_789));
        assert_eq!(constant.order_statistic(50), 123_456_789.0);
    }
}
