//! Which path each draw of a future comes from: how sensitivity mixes two futures into one.
//!
//! Every draw belongs to one group of things that move a future, its [`Driver`]. A future is usually
//! drawn from one path. A mixed one takes the draws of some drivers, or of one input, from another
//! path: streams are keyed, so each draw is then the very number that the other path has, and all
//! others stay as they are.

/// What moves a future, as planners think of it. Every draw belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Driver {
    /// Which seats there are and come to life: seats, activation.
    Ramp,
    /// How much an active agent does, and how agents differ.
    ActionRates,
    /// Units a month.
    Volume,
    /// The slow start.
    Acceleration,
    /// Growth and the volatile level.
    Growth,
    /// What an operation costs in credits, and changes of it.
    RateCard,
    /// Planned events.
    Events,
    /// What goes wrong, when, for how long and how badly.
    Incidents,
    /// What differs from day to day: busy days, and whole operations.
    Noise,
}

impl Driver {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 9] = [
        Self::Ramp,
        Self::ActionRates,
        Self::Volume,
        Self::Acceleration,
        Self::Growth,
        Self::RateCard,
        Self::Events,
        Self::Incidents,
        Self::Noise,
    ];
}

/// Some drivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drivers(u16);

impl Drivers {
    /// One driver.
    pub fn only(driver: Driver) -> Self {
        Self(1 << driver as u16)
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// True when a driver is among them.
    #[inline]
    pub fn contains(self, driver: Driver) -> bool {
        self.0 & (1 << driver as u16) != 0
    }

    /// True when some driver is among both.
    pub fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// The drivers, in the order in which they are reported.
    pub fn iter(self) -> impl Iterator<Item = Driver> {
        let all = Driver::ALL.into_iter();
        all.filter(move |&driver| self.contains(driver))
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// True without any.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Which path each draw of a future comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Origins {
    own: u64,
    other: u64,
    /// Drivers whose draws are those of the other path.
    drivers: Drivers,
    /// The input whose draw is that of the other path, by its place.
    input: Option<usize>,
    /// Whether all inputs are those of the own path, whatever their drivers are.
    inputs_stay: bool,
    /// An input that has a value of its own, by its place, and the value.
    fixed: Option<(usize, f64)>,
}

impl Origins {
    /// Everything from one path.
    pub fn plain(path: u64) -> Self {
        Self {
            own: path,
            other: path,
            drivers: Drivers::default(),
            input: None,
            inputs_stay: false,
            fixed: None,
        }
    }

    /// Everything from `own`, but for the draws of some drivers, which are those of `other`. Inputs
    /// that are correlated are to be on one side: what is mixed is the normals behind them.
    pub fn mixed(own: u64, other: u64, drivers: Drivers) -> Self {
        Self {
            other,
            drivers,
            ..Self::plain(own)
        }
    }

    /// Everything from `own`, but for one input, by its place among
    /// [`Inputs::keys`](crate::demand::inputs::Inputs::keys), which is that of `other`.
    pub fn with_input(own: u64, other: u64, input: usize) -> Self {
        Self {
            other,
            input: Some(input),
            ..Self::plain(own)
        }
    }

    /// All inputs from `own`, what is drawn once per path, and all else from `other`: another future of one who knew
    /// the inputs.
    pub fn with_chance(own: u64, other: u64) -> Self {
        let all = Driver::ALL.into_iter().map(Drivers::only);
        Self {
            other,
            drivers: all.fold(Drivers::default(), Drivers::and),
            inputs_stay: true,
            ..Self::plain(own)
        }
    }

    /// Everything from one path, but for one input, which has this value whatever it would have been;
    /// inputs that are correlated with it keep theirs.
    pub fn with_value(path: u64, input: usize, value: f64) -> Self {
        Self {
            fixed: Some((input, value)),
            ..Self::plain(path)
        }
    }

    /// The path that a driver's draws come from.
    #[inline]
    pub(crate) fn of(&self, driver: Driver) -> u64 {
        match self.drivers.contains(driver) {
            true => self.other,
            false => self.own,
        }
    }

    /// The path that the draw of an input of a driver comes from.
    #[inline]
    pub(crate) fn of_input(&self, input: usize, driver: Driver) -> u64 {
        match self.input == Some(input) {
            true => self.other,
            false if self.inputs_stay => self.own,
            false => self.of(driver),
        }
    }

    /// The path that errors name.
    pub(crate) fn own(&self) -> u64 {
        self.own
    }

    /// The input that has a value of its own.
    pub(crate) fn fixed(&self) -> Option<(usize, f64)> {
        self.fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_future_takes_what_it_is_told_from_the_other_path() {
        let drivers = Drivers::only(Driver::Ramp).and(Drivers::only(Driver::Noise));
        let mixed = Origins::mixed(3, 8, drivers);
        let from = Driver::ALL.map(|driver| mixed.of(driver));
        assert_eq!(from, [8, 3, 3, 3, 3, 3, 3, 3, 8]);
        let one = Origins::with_input(3, 8, 2);
        assert_eq!(one.of_input(2, Driver::Ramp), 8);
        assert_eq!(one.of_input(1, Driver::Ramp), 3);
        assert_eq!(one.of(Driver::Ramp), 3);
        let chance = Origins::with_chance(3, 8);
        assert_eq!(chance.of_input(2, Driver::Ramp), 3);
        assert!(Driver::ALL.iter().all(|&driver| chance.of(driver) == 8));
    }

    #[test]
    fn every_driver_has_a_place_of_its_own() {
        let all = Driver::ALL.map(Drivers::only);
        let together = all.into_iter().fold(Drivers::default(), Drivers::and);
        assert_eq!(together.len(), Driver::ALL.len());
        assert!(together.iter().eq(Driver::ALL));
        assert!(!all[0].meets(all[1]) && together.meets(all[8]));
    }
}
