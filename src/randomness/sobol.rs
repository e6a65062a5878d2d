//! Scrambled Sobol points: numbers that fill the cube more evenly than chance does.
//!
//! Point i of a dimension is the XOR of the direction numbers of the set bits of i, as a binary
//! fraction of 64 digits, so that any point is had without those before it. Direction numbers:
//! I. M. Sobol, USSR Comput. Math. Math. Phys. 7 (1967) 86; those of S. Joe & F. Y. Kuo, "Constructing
//! Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008) 2635.
//!
//! Scrambling is nested uniform (A. B. Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences",
//! 1995; "Scrambled net variance for integrals of smooth functions", Ann. Stat. 25 (1997) 1541): each
//! digit is flipped or not by a random bit that belongs to the digits before it. Every scrambled point
//! is uniform on the cube, and the points of a net stay a net. The bits come from a hash of those
//! digits, after S. Laine & T. Karras (Comput. Graph. Forum 30 (2011) 1181) and B. Burley ("Practical
//! hash-based Owen scrambling", J. Comput. Graph. Tech. 9(4) (2020) 1). Their hash works on the reversed
//! word by additions and multiplications, whose lowest bits see only the lowest bits of the seed: the
//! leading digits, which matter most, get a few of the possible scramblings. Here the hash is that of the
//! streams, taken of the whole prefix every six digits: its 63 bits decide at the 63 inner nodes of the
//! six levels that follow.

use super::dispatch::{Kernel, Level};
use super::streams::StreamKey;

/// Dimensions of the table.
pub const DIMENSIONS: usize = 1_024;

/// Degrees, polynomials and initial numbers of dimensions 2 and up, a line each.
const TABLE: &str = include_str!("sobol/new-joe-kuo-6.txt");

/// One dimension of the Sobol sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Direction number of each bit of the index, the lowest first.
    directions: [u64; 64],
}

/// The dimensions of the sequence in their order.
pub fn dimensions() -> impl Iterator<Item = Dimension> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    std::iter::once(Dimension::first()).chain(lines.map(Dimension::parsed))
}

impl Dimension {
    /// Van der Corput's sequence: the bits of the index, reversed.
    fn first() -> Self {
        Self {
            directions: std::array::from_fn(|bit| 1 << (63 - bit)),
        }
    }

    /// The dimension of a line of the table.
    fn parsed(line: &str) -> Self {
        let mut numbers = line.split(' ').map(|number| {
            let number = number.parse::<u64>();
            number.expect("the table holds whole numbers")
        });
        let mut next = || {
            numbers
                .next()
                .expect("a line has a degree and a polynomial")
        };
        let (degree, inner) = (next() as usize, next());
        let mut directions = [0; 64];
        for (bit, m) in numbers.enumerate() {
            directions[bit] = m << (63 - bit);
        }
        for bit in degree..64 {
            let oldest = directions[bit - degree];
            directions[bit] = oldest ^ (oldest >> degree);
            for back in 1..degree {
                if inner >> (degree - 1 - back) & 1 == 1 {
                    directions[bit] ^= directions[bit - back];
                }
            }
        }
        Self { directions }
    }

    /// Coordinate of point `index`, as 64 binary digits after the point.
    #[inline]
    pub fn point(&self, index: u64) -> u64 {
        let (mut point, mut rest) = (0, index);
        while rest != 0 {
            point ^= self.directions[rest.trailing_zeros() as usize];
            rest &= rest - 1;
        }
        point
    }
}

/// Digits that are flipped one by one: no two of the first 2^24 points of a sequence agree in all of
/// them, so that those which follow are as random when one hash flips them together.
const DIGITS: u32 = 24;

/// Digits that one hash decides on: a binary tree of six levels has 63 inner nodes.
const LEVELS: u32 = 6;
const HASHES: usize = (DIGITS / LEVELS) as usize;

/// A coordinate under the scrambling of this key and randomisation.
#[inline]
pub fn scrambled(key: &StreamKey, randomisation: u64, point: u64) -> u64 {
    let leading = nested(key, randomisation, point);
    let before = point >> (u64::BITS - DIGITS);
    let rest = key.word_at(randomisation, (1 << DIGITS) | before);
    leading ^ (rest >> DIGITS)
}

/// The index of a point under the scrambling of this key and randomisation: a permutation that takes
/// the first 2^m indices to others in a row from a multiple of 2^m, whose points are a net too. Indices
/// from 2^24 on stay within their 2^24, each of which is scrambled by itself.
#[inline]
pub fn shuffled(key: &StreamKey, randomisation: u64, index: u64) -> u64 {
    let shift = u64::BITS - DIGITS;
    let before = index >> DIGITS;
    // The number of randomisations is far below 2^32.
    let of_block = randomisation | before << 32;
    before << DIGITS | nested(key, of_block, index << shift) >> shift
}

/// Flips the leading digits of a number, each by a bit that belongs to those before it.
#[inline]
fn nested(key: &StreamKey, randomisation: u64, point: u64) -> u64 {
    let flips = Flips {
        key,
        randomisation,
        point,
    };
    point ^ Level::best().run(flips)
}

/// Which of the leading digits are flipped: [`HASHES`] trees side by side.
struct Flips<'a> {
    key: &'a StreamKey,
    randomisation: u64,
    point: u64,
}

impl Kernel for Flips<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let start = |tree: usize| LEVELS * tree as u32;
        let mut hashes = [0; HASHES];
        let mut digits = [0; HASHES];
        let of_randomisation = self.key.place(self.randomisation);
        for tree in 0..HASHES {
            // The digits before, behind a 1 that tells how many they are.
            let before = (self.point >> 1) >> (u64::BITS - 1 - start(tree));
            hashes[tree] = self
                .key
                .word_in(of_randomisation, (1 << start(tree)) | before);
            digits[tree] = (self.point << start(tree)) >> (u64::BITS - LEVELS);
        }
        let mut chosen = [0; HASHES];
        for level in 0..LEVELS {
            for tree in 0..HASHES {
                // Nodes of the tree as in a heap: the root is 1, the children of k are 2k and 2k + 1.
                let node = (1 << level) | (digits[tree] >> (LEVELS - level));
                chosen[tree] = (chosen[tree] << 1) | (hashes[tree] >> node & 1);
            }
        }
        let mut flips = 0;
        for (tree, chosen) in chosen.into_iter().enumerate() {
            flips |= (chosen << (u64::BITS - LEVELS)) >> start(tree);
        }
        flips
    }
}

#[cfg(test)]
mod tests;
