//! Named streams: the only place where a generator is made.
//!
//! Key of a stream = SHA-256("flexcast streams", version of the keys, seed, name). The numbers of a path come
//! from 16 interleaved xoshiro256++ generators (D. Blackman & S. Vigna, "Scrambled linear
//! pseudorandom number generators", ACM TOMS 47 (2021) 36), so that they can be drawn many at a
//! time: number i is number i / 16 of generator i mod 16. Their state words are the key's words
//! mixed with the path and with the generator's number. Any single draw can also be had by its
//! index, from a counter-based generator on the same key. The mixer is the finaliser "variant 13" of
//! D. Stafford (2011) that SplitMix64 uses, a bijection of 64 bits.

use std::convert::Infallible;

use rand::TryRng;
use sha2::{Digest, Sha256};

use super::dispatch::{Kernel, Level};
use super::open_unit;

/// Version of the layout of streams. A change that alters draws is a new version.
pub const STREAMS_VERSION: u32 = 5;

/// Version that is part of every key: raised where all draws change, not where those of some samplers do.
const KEYS_VERSION: u32 = 4;

/// Generators of a path, side by side.
const GENERATORS: usize = 16;

/// 2^64 over the golden ratio, odd: its multiples are spread evenly.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// All streams of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

/// One named stream: 256 bits that depend on version, seed and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey {
    words: [u64; 4],
}

/// The numbers of one path of one stream, one after another.
#[derive(Clone, Debug)]
pub struct Stream {
    lanes: Lanes,
    /// The latest numbers of the generators, and how many of them are spent.
    drawn: [u64; GENERATORS],
    spent: usize,
}

/// State words of the generators, by word.
#[derive(Clone, Debug)]
struct Lanes([[u64; GENERATORS]; 4]);

impl Streams {
    /// The streams of this seed; any seed, 0 included, is as good as another.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream with this name, which says what is drawn (`workload/service/daily`).
    pub fn named(&self, name: &str) -> StreamKey {
        let digest = Sha256::new()
            .chain_update(b"flexcast streams\0")
            .chain_update(KEYS_VERSION.to_le_bytes())
            .chain_update(self.seed.to_le_bytes())
            .chain_update(name.as_bytes())
            .finalize();
        let word = |i: usize| {
            let bytes = &digest[8 * i..8 * i + 8];
            bytes.iter().rev().fold(0, |w, &b| (w << 8) | u64::from(b))
        };
        StreamKey {
            words: [word(0), word(1), word(2), word(3)],
        }
    }
}

impl StreamKey {
    /// The numbers of a path.
    pub fn path(&self, path: u64) -> Stream {
        Stream {
            lanes: self.lanes(path),
            drawn: [0; GENERATORS],
            spent: GENERATORS,
        }
    }

    /// The first uniform numbers on (0, 1) of a path, those that [`StreamKey::path`] gives one after
    /// another, as many as there is room for.
    pub fn uniforms(&self, level: Level, path: u64, out: &mut [f64]) {
        level.run(Fill {
            key: self,
            path,
            out,
            value: open_unit,
        });
    }

    /// The same as 64 random bits each.
    pub fn words(&self, level: Level, path: u64, out: &mut [u64]) {
        level.run(Fill {
            key: self,
            path,
            out,
            value: std::convert::identity,
        });
    }

    /// The generators of a path. Each word of a state is a bijection of the path and, for a fixed
    /// path, of the generator's number, so that no two share a state.
    #[inline(always)]
    fn lanes(&self, path: u64) -> Lanes {
        let k = &self.words;
        let mut lanes = [[0; GENERATORS]; 4];
        for i in 0..4 {
            let place = mix(mix(path ^ k[i]).wrapping_add(k[(i + 1) % 4]));
            for (lane, word) in lanes[i].iter_mut().enumerate() {
                *word = mix(place.wrapping_add((lane as u64).wrapping_mul(GOLDEN)));
            }
        }
        Lanes(lanes)
    }

    /// The uniform number at `index` of a path, on (0, 1), without drawing those before it; other
    /// numbers than [`StreamKey::path`] draws. For a fixed path, a bijection of the index before
    /// the last rounding; all 256 bits of the key are mixed in.
    #[inline]
    pub fn uniform_at(&self, path: u64, index: u64) -> f64 {
        open_unit(self.word_at(path, index))
    }

    /// The 64 bits that [`StreamKey::uniform_at`] makes its number of.
    #[inline]
    pub fn word_at(&self, path: u64, index: u64) -> u64 {
        self.word_in(self.place(path), index)
    }

    /// What of [`StreamKey::word_at`] depends on the path.
    #[inline(always)]
    pub(super) fn place(&self, path: u64) -> u64 {
        let k = &self.words;
        // The constant keeps this family apart from the states of `path`.
        mix(mix(path ^ k[0] ^ GOLDEN).wrapping_add(k[2]))
    }

    /// The word at `index` of a path's place.
    #[inline(always)]
    pub(super) fn word_in(&self, place: u64, index: u64) -> u64 {
        let k = &self.words;
        let bits = mix(mix(index ^ k[1]).wrapping_add(place));
        mix(bits ^ k[3])
    }
}

impl Lanes {
    /// The next number of each generator.
    #[inline(always)]
    fn step(&mut self) -> [u64; GENERATORS] {
        let [s0, s1, s2, s3] = &mut self.0;
        let mut numbers = [0; GENERATORS];
        for lane in 0..GENERATORS {
            let sum = s0[lane].wrapping_add(s3[lane]);
            numbers[lane] = sum.rotate_left(23).wrapping_add(s0[lane]);
            let third = s2[lane] ^ s0[lane];
            let fourth = s3[lane] ^ s1[lane];
            let shifted = s1[lane] << 17;
            s1[lane] ^= third;
            s0[lane] ^= fourth;
            s2[lane] = third ^ shifted;
            s3[lane] = fourth.rotate_left(45);
        }
        numbers
    }
}

struct Fill<'a, T, F> {
    key: &'a StreamKey,
    path: u64,
    out: &'a mut [T],
    value: F,
}

impl<T, F: Fn(u64) -> T> Kernel for Fill<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut lanes = self.key.lanes(self.path);
        let (groups, rest) = self.out.as_chunks_mut::<GENERATORS>();
        for group in groups {
            let numbers = lanes.step();
            for lane in 0..GENERATORS {
                group[lane] = (self.value)(numbers[lane]);
            }
        }
        if !rest.is_empty() {
            for (out, bits) in rest.iter_mut().zip(lanes.step()) {
                *out = (self.value)(bits);
            }
        }
    }
}

impl Stream {
    /// The next uniform number on (0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.next())
    }

    #[inline]
    fn next(&mut self) -> u64 {
        if self.spent == GENERATORS {
            self.drawn = self.lanes.step();
            self.spent = 0;
        }
        let number = self.drawn[self.spent];
        self.spent += 1;
        number
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        // The upper half: the better bits of the generator.
        Ok((self.next() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

#[inline(always)]
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn the_key_is_the_hash_of_version_seed_and_name() {
        // python3: hashlib.sha256(b"flexcast streams\0" + (4).to_bytes(4, "little")
        //   + (7).to_bytes(8, "little") + b"workload/service/daily").digest(), as little-endian.
        let key = Streams::new(7).named("workload/service/daily");
        assert_eq!(
            key.words,
            [
                0x5b4a_a675_2ffa_25c1,
                0x3ac6_9b75_f3e2_69c2,
                0xaa4f_5c92_b63d_77dc,
                0x01e3_4738_a4a0_7156
            ]
        );
    }

    #[test]
    fn draws_of_version_4_are_pinned() {
        let key = Streams::new(7).named("workload/service/daily");
        let mut stream = key.path(3);
        let numbers: Vec<u64> = (0..40).map(|_| stream.next_u64()).collect();
        // An implementation in another language gives these.
        assert_eq!(
            [0, 1, 15, 16, 33].map(|i| numbers[i]),
            [
                0x3e75_57ca_e5fb_7db8,
                0x7e14_f5a8_80d9_3d23,
                0xe693_686b_46de_96d2,
                0xf761_6d22_7c06_e82d,
                0xaca0_dbf6_3a4a_e97b
            ]
        );
        let first = key.path(u64::MAX).uniform();
        assert_eq!(first.to_bits(), 0x3fd8_1386_5ba7_3376);
        assert_eq!(key.uniform_at(3, 5).to_bits(), 0x3fdf_cf94_1e83_acea);
    }

    #[test]
    fn many_at_a_time_are_the_same_numbers_on_every_level() {
        let key = Streams::new(7).named("many");
        for len in [0, 1, 15, 16, 17, 365] {
            let mut stream = key.path(5);
            let expected: Vec<f64> = (0..len).map(|_| stream.uniform()).collect();
            for level in Level::available() {
                let mut numbers = vec![0.0; len];
                key.uniforms(level, 5, &mut numbers);
                assert_eq!(numbers, expected, "{}", level.name());
                let mut words = vec![0; len];
                key.words(level, 5, &mut words);
                let units = words.into_iter().map(open_unit);
                assert!(units.eq(expected.iter().copied()), "{}", level.name());
            }
        }
    }

    #[test]
    fn streams_differ_by_seed_name_path_and_index() {
        let key = Streams::new(0).named("a");
        let draw = |k: StreamKey, path: u64| k.path(path).next_u64();
        assert_ne!(draw(key, 0), draw(key, 1));
        assert_ne!(draw(key, 0), draw(Streams::new(0).named("b"), 0));
        assert_ne!(draw(key, 0), draw(Streams::new(1).named("a"), 0));
        assert_ne!(key.uniform_at(0, 0), key.uniform_at(0, 1));
        assert_ne!(key.uniform_at(0, 1), key.uniform_at(1, 0));
        assert_ne!(key.uniform_at(0, 0), key.path(0).uniform());
    }

    #[test]
    fn neighbouring_paths_numbers_and_indices_are_uncorrelated() {
        // Lag-one products of 10^5 centred uniforms: mean 0, sd (1/12)/sqrt(n).
        let key = Streams::new(1).named("lag");
        let n = 100_000;
        let se = 1.0 / 12.0 / f64::from(n).sqrt();
        let product = |draw: &dyn Fn(u64) -> f64| {
            let sum: f64 = (0..u64::from(n as u32))
                .map(|i| (draw(i) - 0.5) * (draw(i + 1) - 0.5))
                .sum();
            sum / f64::from(n)
        };
        assert!(product(&|i| key.path(i).uniform()).abs() < 5.0 * se);
        let numbers: Vec<f64> = {
            let mut stream = key.path(0);
            (0..=u64::from(n as u32))
                .map(|_| stream.uniform())
                .collect()
        };
        assert!(product(&|i| numbers[i as usize]).abs() < 5.0 * se);
        assert!(product(&|i| key.uniform_at(i, 0)).abs() < 5.0 * se);
        assert!(product(&|i| key.uniform_at(0, i)).abs() < 5.0 * se);
    }
}
