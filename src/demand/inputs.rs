//! The once-per-path inputs: what is not known, drawn once for each future.
//!
//! Each input has a stream of its own, keyed by its name, and is drawn by inversion. Correlated
//! inputs are joined by a Gaussian copula: with z = L n, n the independent normals of their own
//! streams and L the Cholesky factor of the Pearson matrix 2 sin(π ρ / 6) of the Spearman
//! correlations ρ, each input is its quantile function at Φ(z). Inputs are ordered by name inside
//! a correlated group, so that the order of tables in the file does not matter. Under quasi-random
//! sampling the uniforms are those of a Sobol dimension, correlated inputs included, before L.

use crate::demand::origins::{Driver, Origins};
use crate::randomness::Once;
use crate::randomness::smooth::Smooth;
use crate::randomness::streams::Streams;
use crate::scenario::{Correlation, Input};
use crate::special::linear::cholesky;
use crate::special::normal;
use crate::uncertain::{Uncertain, pearson_of_spearman};

/// A reference to one input of an [`Inputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputId(usize);

impl InputId {
    /// The drawn value.
    pub(crate) fn of(self, values: &[f64]) -> f64 {
        values[self.0]
    }
}

/// All inputs of a scenario, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    slots: Vec<Slot>,
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Slot {
    key: String,
    driver: Driver,
    value: Uncertain,
    /// The quantile function by interpolation, where it is dear.
    smooth: Option<Smooth>,
    constant: Option<f64>,
    draw: Once,
    correlated: bool,
}

impl Slot {
    fn quantile(&self, u: f64) -> f64 {
        match &self.smooth {
            Some(smooth) => smooth
                .value(normal::quantile(u))
                .unwrap_or_else(|| self.value.quantile(u)),
            None => self.value.quantile(u),
        }
    }

    /// The value at Φ(z).
    fn at_normal(&self, z: f64) -> f64 {
        let smooth = self.smooth.as_ref().and_then(|smooth| smooth.value(z));
        smooth.unwrap_or_else(|| {
            let u = normal::cdf(z).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);
            self.value.quantile(u)
        })
    }
}

/// Inputs that are correlated with one another, by name, and the rows of L.
#[derive(Clone, Debug)]
struct Group {
    members: Vec<usize>,
    factor: Vec<Vec<f64>>,
}

impl Inputs {
    /// Adds an input of a driver.
    pub fn add(&mut self, streams: &Streams, driver: Driver, input: &Input) -> InputId {
        let constant = input.value.is_constant().then(|| input.value.mean());
        self.slots.push(Slot {
            key: input.key.clone(),
            driver,
            value: input.value.clone(),
            smooth: input.value.smooth(),
            constant,
            draw: Once::new(streams, format!("input/{}", input.key)),
            correlated: false,
        });
        InputId(self.slots.len() - 1)
    }

    /// Joins inputs by rank correlations, which the scenario has checked.
    ///
    /// # Panics
    /// When a correlation names no input or the matrix is not positive definite.
    pub fn correlate(&mut self, correlations: &[Correlation]) {
        let index = |key: &str| {
            self.slots
                .iter()
                .position(|slot| slot.key == key)
                .expect("a correlation names an input of the scenario")
        };
        let mut pairs: Vec<(usize, usize, f64)> = correlations
            .iter()
            .map(|c| {
                let [a, b] = &c.between;
                (index(a), index(b), pearson_of_spearman(c.spearman))
            })
            .collect();
        while let Some(&(seed, ..)) = pairs.first() {
            let mut members = vec![seed];
            let mut joined = 0;
            while joined < members.len() {
                let member = members[joined];
                for &(a, b, _) in &pairs {
                    for (from, to) in [(a, b), (b, a)] {
                        if from == member && !members.contains(&to) {
                            members.push(to);
                        }
                    }
                }
                joined += 1;
            }
            members.sort_by(|&a, &b| self.slots[a].key.cmp(&self.slots[b].key));
            let matrix = pearson_matrix(&members, &pairs);
            pairs.retain(|(a, _, _)| !members.contains(a));
            for &member in &members {
                self.slots[member].correlated = true;
            }
            let factor = cholesky(&matrix).expect("the scenario checked the correlations");
            self.groups.push(Group { members, factor });
        }
    }

    /// Number of inputs, constants among them.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// True without inputs.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The key of each input and whether it is uncertain, in the order of the drawn values.
    pub fn keys(&self) -> impl Iterator<Item = (&str, bool)> {
        self.slots
            .iter()
            .map(|slot| (slot.key.as_str(), slot.constant.is_none()))
    }

    /// The value of an input that is known.
    pub fn constant(&self, id: InputId) -> Option<f64> {
        self.slots[id.0].constant
    }

    /// The largest value of an input, infinite where there is none.
    pub(crate) fn most(&self, id: InputId) -> f64 {
        self.slots[id.0].value.support().1
    }

    /// Means of the distributions that are sampled, in the order of the drawn values.
    pub fn means(&self) -> Vec<f64> {
        self.slots.iter().map(|slot| slot.value.mean()).collect()
    }

    /// How each uncertain input is drawn.
    pub(crate) fn draws(&mut self) -> impl Iterator<Item = &mut Once> {
        let uncertain = self.slots.iter_mut().filter(|s| s.constant.is_none());
        uncertain.map(|slot| &mut slot.draw)
    }

    /// The driver of an input, by its place among [`Inputs::keys`].
    pub fn driver(&self, input: usize) -> Driver {
        self.slots[input].driver
    }

    /// The inputs that are correlated with one another, by their places, a list for each group.
    pub fn correlated(&self) -> impl Iterator<Item = &[usize]> {
        self.groups.iter().map(|group| group.members.as_slice())
    }

    /// The value below which an input lies with probability `u`, 0 < u < 1.
    pub fn quantile(&self, input: usize, u: f64) -> f64 {
        self.slots[input].value.quantile(u)
    }

    /// Smallest and largest value that an input can have, infinite where it has none.
    pub fn support(&self, input: usize) -> (f64, f64) {
        self.slots[input].value.support()
    }

    /// Draws every input of a path into `values`, which has their number.
    pub fn draw(&self, path: u64, values: &mut [f64]) {
        self.draw_from(&Origins::plain(path), values);
    }

    /// The same of a mixed path.
    pub fn draw_from(&self, origins: &Origins, values: &mut [f64]) {
        let uniform = |place: usize| {
            let slot = &self.slots[place];
            slot.draw.uniform(origins.of_input(place, slot.driver))
        };
        for (place, (slot, value)) in self.slots.iter().zip(values.iter_mut()).enumerate() {
            *value = match slot.constant {
                Some(known) => known,
                None if slot.correlated => continue,
                None => slot.quantile(uniform(place)),
            };
        }
        for group in &self.groups {
            for (row, &member) in group.members.iter().enumerate() {
                let z: f64 = group.factor[row]
                    .iter()
                    .zip(&group.members)
                    .map(|(&weight, &source)| weight * normal::quantile(uniform(source)))
                    .sum();
                values[member] = self.slots[member].at_normal(z);
            }
        }
        if let Some((place, value)) = origins.fixed() {
            values[place] = value;
        }
    }
}

fn pearson_matrix(members: &[usize], pairs: &[(usize, usize, f64)]) -> Vec<Vec<f64>> {
    let position = |member: usize| members.iter().position(|&m| m == member);
    let mut matrix = vec![vec![0.0; members.len()]; members.len()];
    for (diagonal, row) in matrix.iter_mut().enumerate() {
        row[diagonal] = 1.0;
    }
    for &(a, b, r) in pairs {
        if let (Some(i), Some(j)) = (position(a), position(b)) {
            matrix[i][j] = r;
            matrix[j][i] = r;
        }
    }
    matrix
}
