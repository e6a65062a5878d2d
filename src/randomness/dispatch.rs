//! Instruction sets: the same arithmetic, compiled once for each that the processor may have.
//!
//! A kernel is a loop over slices. A [`Level`] runs it as compiled for the level's
//! instruction set, which only widens the vectors: no multiply is fused with an add and no sum is
//! reordered, so that every level gives the same bits. This is the one module with `unsafe`.

#![allow(unsafe_code)]

use std::sync::OnceLock;

/// An instruction set that this processor has: a value is the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Set {
    /// What every processor of the target has.
    Baseline,
    /// Four doubles at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Eight doubles at a time.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A loop to be compiled for every level. `run` must be `#[inline(always)]`, and so must be what
/// it calls in its loops: code that is not inlined stays at the baseline.
pub(crate) trait Kernel {
    /// What the loop gives.
    type Output;

    /// The loop.
    fn run(self) -> Self::Output;
}

impl Level {
    /// What every processor has.
    pub const BASELINE: Self = Self(Set::Baseline);

    /// The widest that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        let find = || *Self::available().last().unwrap_or(&Self::BASELINE);
        *BEST.get_or_init(find)
    }

    /// All that this processor has, from the narrowest up.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut levels = vec![Self::BASELINE];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") {
                levels.push(Self(Set::Avx2));
                if has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl") {
                    levels.push(Self(Set::Avx512));
                }
            }
        }
        levels
    }

    /// Its name: `baseline`, `avx2` or `avx512`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
        }
    }

    /// Runs a kernel as compiled for this level.
    #[inline]
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Set::Baseline => kernel.run(),
            // SAFETY: this level is made by `available`, after the processor was asked, or narrowed
            // from a wider one that was.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { avx2(kernel) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { avx512(kernel) },
        }
    }

    /// As [`run`](Self::run), with vectors of four doubles at most: for loops that wait for their
    /// slowest lane, which wider vectors make wait longer.
    #[inline]
    pub(crate) fn run_narrow<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        if self.0 == Set::Avx512 {
            return Self(Set::Avx2).run(kernel);
        }
        self.run(kernel)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512bw,avx512vl")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sum<'a>(&'a [f64]);

    impl Kernel for Sum<'_> {
        type Output = f64;

        #[inline(always)]
        fn run(self) -> f64 {
            self.0.iter().sum()
        }
    }

    #[test]
    fn every_level_sums_in_the_same_order() {
        let values: Vec<f64> = (1..1_000).map(|i| 1.0 / f64::from(i)).collect();
        let expected: f64 = values.iter().sum();
        for level in Level::available() {
            assert_eq!(level.run(Sum(&values)), expected, "{}", level.name());
            assert_eq!(level.run_narrow(Sum(&values)), expected);
        }
    }

    #[test]
    fn the_baseline_comes_first_and_the_best_last() {
        let levels = Level::available();
        assert_eq!(levels[0], Level::BASELINE);
        assert_eq!(levels.last(), Some(&Level::best()));
    }
}
