//! Named streams: the only place where a generator is made.
//!
//! Key of a stream = SHA-256("flexcast streams", version, seed, name). A path's generator is
//! xoshiro256++ (D. Blackman & S. Vigna, "Scrambled linear pseudorandom number generators", ACM
//! TOMS 47 (2021) 36) whose four state words are the key's words mixed with the path. Any single
//! draw can also be had by its index, from a counter-based generator on the same key. The mixer is
//! the finaliser "variant 13" of D. Stafford (2011) that SplitMix64 uses, a bijection of 64 bits.

use std::convert::Infallible;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{SeedableRng, TryRng};
use sha2::{Digest, Sha256};

use super::open_unit;

/// Version of the layout of streams. A change that alters draws is a new version.
pub const STREAMS_VERSION: u32 = 1;

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

/// The generator of one path of one stream.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
}

impl Streams {
    /// The streams of this seed; any seed, 0 included, is as good as another.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream with this name, which says what is drawn (`workload/service/daily`).
    pub fn named(&self, name: &str) -> StreamKey {
        let digest = Sha256::new()
            .chain_update(b"flexcast streams\0")
            .chain_update(STREAMS_VERSION.to_le_bytes())
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
    /// The generator of a path. Each word of its state is a bijection of the path, so that two
    /// paths never share a state.
    #[inline]
    pub fn path(&self, path: u64) -> Stream {
        let k = &self.words;
        let mut seed = [0; 32];
        for i in 0..4 {
            let word = mix(mix(path ^ k[i]).wrapping_add(k[(i + 1) % 4]));
            seed[8 * i..8 * i + 8].copy_from_slice(&word.to_le_bytes());
        }
        Stream {
            generator: Xoshiro256PlusPlus::from_seed(seed),
        }
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
        // 2^64 over the golden ratio keeps this family apart from the states of `path`.
        const APART: u64 = 0x9e37_79b9_7f4a_7c15;
        let k = &self.words;
        let place = mix(mix(path ^ k[0] ^ APART).wrapping_add(k[2]));
        let bits = mix(mix(index ^ k[1]).wrapping_add(place));
        mix(bits ^ k[3])
    }
}

impl Stream {
    /// The next uniform number on (0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        open_unit(rand::Rng::next_u64(self))
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.generator.try_next_u32()
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.generator.try_next_u64()
    }

    #[inline]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.generator.try_fill_bytes(bytes)
    }
}

#[inline]
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
        // python3: hashlib.sha256(b"flexcast streams\0" + (1).to_bytes(4, "little")
        //   + (7).to_bytes(8, "little") + b"workload/service/daily").digest(), as little-endian.
        let key = Streams::new(7).named("workload/service/daily");
        assert_eq!(
            key.words,
            [
                0xdc13_496d_08c1_9fe3,
                0xf300_bd03_f903_2782,
                0xe9ec_9f37_1fac_db8d,
                0x0dca_a4fd_aaf5_c02a
            ]
        );
    }

    #[test]
    fn draws_of_version_1_are_pinned() {
        let key = Streams::new(7).named("workload/service/daily");
        let mut stream = key.path(3);
        assert_eq!(
            [stream.next_u64(), stream.next_u64()],
            [0xe838_36a4_58e7_0aa2, 0x49a5_17af_5bea_6128]
        );
        assert_eq!(
            key.path(u64::MAX).uniform().to_bits(),
            0x3fe7_2ca4_b7c7_8215
        );
        assert_eq!(key.uniform_at(3, 5).to_bits(), 0x3fd1_79bd_7295_1c7e);
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
    fn neighbouring_paths_and_indices_are_uncorrelated() {
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
        assert!(product(&|i| key.uniform_at(i, 0)).abs() < 5.0 * se);
        assert!(product(&|i| key.uniform_at(0, i)).abs() < 5.0 * se);
    }
}
