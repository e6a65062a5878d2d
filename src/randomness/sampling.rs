//! How the paths of a run sample what is drawn once per path.

/// Independent randomisations of a quasi-random run. Enough for a spread with 15 degrees of freedom,
/// whose 95% interval is 9% wider than a normal one; each more leaves fewer points to a net.
pub const RANDOMISATIONS: usize = 16;

/// How the once-per-path inputs are sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Every path independently of every other.
    #[default]
    Random,
    /// By [`RANDOMISATIONS`] independently scrambled Sobol sequences, dealt out in turn: path p has
    /// point p / 16 of randomisation p mod 16. Paths of one randomisation depend on each other, so
    /// what a run says of its errors comes from the spread between randomisations.
    Quasi,
    /// The same, with paths that are chosen among [`CANDIDATES`] times as many points: those of a
    /// randomisation are sorted by what they are expected to want, and one is taken of every
    /// [`CANDIDATES`] neighbours.
    Stratified,
}

/// Points that each path of a stratified run is chosen among.
pub const CANDIDATES: u64 = 8;

impl Sampling {
    /// Independent parts of a run: the randomisations, or one where every path is a part of its own.
    pub fn parts(self) -> usize {
        match self {
            Self::Random => 1,
            Self::Quasi | Self::Stratified => RANDOMISATIONS,
        }
    }

    /// The part that a path belongs to.
    #[inline]
    pub fn part(self, path: u64) -> usize {
        (path % self.parts() as u64) as usize
    }

    /// How many of the first `paths` paths belong to a part.
    pub fn paths_of(self, part: usize, paths: u64) -> u64 {
        let parts = self.parts() as u64;
        (paths + parts - 1 - part as u64) / parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_dealt_out_in_turn() {
        for sampling in [Sampling::Random, Sampling::Quasi, Sampling::Stratified] {
            for paths in [1, 15, 16, 17, 1_000] {
                let mut counts = vec![0; sampling.parts()];
                (0..paths).for_each(|path| counts[sampling.part(path)] += 1);
                for (part, &count) in counts.iter().enumerate() {
                    assert_eq!(sampling.paths_of(part, paths), count);
                }
            }
        }
    }
}
