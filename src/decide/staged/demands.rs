//! What is wanted in each period of a staged purchase, path by path.

/// Credits wanted in each period of each term, on every path; every term has as many periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demands {
    terms: usize,
    periods: usize,
    /// Micro-credits, by path, then by term, then by period.
    by_path: Vec<i64>,
}

impl Demands {
    /// Micro-credits of one term, by path and then by period, none negative.
    ///
    /// # Panics
    /// When these are not whole paths, or none.
    pub fn new(periods: usize, by_path: Vec<i64>) -> Self {
        Self::of_terms(1, periods, by_path)
    }

    /// Micro-credits by path, then by term and then by period, none negative.
    ///
    /// # Panics
    /// When these are not whole paths, or none.
    pub fn of_terms(terms: usize, periods: usize, by_path: Vec<i64>) -> Self {
        assert!(!by_path.is_empty(), "a forecast has paths");
        assert!(by_path.len().is_multiple_of(terms * periods), "whole paths");
        Self {
            terms,
            periods,
            by_path,
        }
    }

    /// Terms of a path.
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// Periods of a term.
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// Number of paths.
    pub fn paths(&self) -> usize {
        self.by_path.len() / (self.terms * self.periods)
    }

    /// Micro-credits of a path by period, all terms one after another.
    pub fn path(&self, path: usize) -> &[i64] {
        let periods = self.terms * self.periods;
        &self.by_path[path * periods..(path + 1) * periods]
    }

    /// Micro-credits of a path by period, term by term.
    pub fn terms_of(&self, path: usize) -> impl Iterator<Item = &[i64]> {
        self.path(path).chunks_exact(self.periods)
    }

    /// The periods before which stands a review: all but the first of each term.
    pub fn reviewed(&self) -> impl Iterator<Item = usize> {
        let periods = self.periods;
        (0..self.terms * periods).filter(move |period| !period.is_multiple_of(periods))
    }

    /// Those of one period.
    pub(super) fn of(&self, path: usize, period: usize) -> f64 {
        self.path(path)[period] as f64
    }

    /// Those before a period, in its term and in earlier ones.
    pub(super) fn used(&self, path: usize, period: usize) -> f64 {
        self.path(path)[..period].iter().map(|&d| d as f64).sum()
    }

    /// Those from a period on to the end of its term.
    pub(super) fn rest(&self, path: usize, period: usize) -> f64 {
        let end = (period / self.periods + 1) * self.periods;
        let rest = &self.path(path)[period..end];
        rest.iter().map(|&d| d as f64).sum()
    }
}
