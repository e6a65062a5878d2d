//! Where a ranking flips, and the bands between.
//!
//! Between flips lie stretches of scales on which one way costs less. The sign of a stretch is told if at some
//! scale tried within it the mean difference is further from 0 than chance takes it: 1.96 standard errors, and
//! more the more stretches there are. What is not told
//! belongs to its neighbours: between two stretches that are told and have one sign nothing flips, between two
//! of different signs the ranking flips once, wherever between them that is.

use crate::forecast::compare::break_even::BreakEven;

/// Where an alternative costs as much as another way, and on which side less.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Scale of today's demand.
    pub scale: f64,
    /// The same in the unit of the break-even.
    pub at: f64,
    /// 95% interval of it; of a flip that stands for several those of all.
    pub interval: Option<(f64, f64)>,
    /// True when the alternative is the cheaper one up from there, to the next flip.
    pub is_cheaper_above: bool,
    /// True when the costs jump there, as they do where a scaled purchase changes.
    pub is_jump: bool,
    /// True when another pack is bought there at the same discount, and costs jump by that.
    pub is_of_a_pack: bool,
    /// False where chance may have made it: the ranking beside it is not told.
    pub is_told: bool,
    /// True when it stands for several, between which the ranking is not told.
    pub is_rough: bool,
}

/// From where to where an alternative costs less; without an end as far as scales were tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band<'a> {
    /// Lower end.
    pub from: Option<&'a Flip>,
    /// Upper end.
    pub to: Option<&'a Flip>,
}

impl<'a> Band<'a> {
    /// Its ends, ascending.
    pub fn ends(&self) -> impl Iterator<Item = &'a Flip> + use<'a> {
        self.from.into_iter().chain(self.to)
    }

    /// Whether it is next to nothing wide.
    fn is_sliver(&self) -> bool {
        let ends = self.from.zip(self.to);
        ends.is_some_and(|(from, to)| to.scale <= from.scale * (1.0 + TOGETHER))
    }

    /// How far today is from the band, as a logarithm of scales; 0 within it.
    fn distance(&self) -> f64 {
        let below = self.from.map_or(0.0, |flip| libm::log(flip.scale));
        let above = self.to.map_or(0.0, |flip| -libm::log(flip.scale));
        below.max(above).max(0.0)
    }
}

/// The band that a planner asks for first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest<'a> {
    /// It; `None` where the alternative costs less at no scale that is told.
    pub band: Option<Band<'a>>,
    /// True when the ranking changes several times next to one of its ends.
    pub is_rough: bool,
    /// True when it changes elsewhere, too.
    pub has_more: bool,
}

/// Flips of which each is at most this part of its scale above the one before are one change of the ranking:
/// there whole packs decide which way is the cheaper one.
const TOGETHER: f64 = 0.025;

/// The same for two of which one is where another pack is bought: of few packs each is a large part.
const PACKS_TOGETHER: f64 = 1.0;

/// Whether two neighbours are one change of the ranking. What today lies between is told apart: the costs of
/// today stand beside it.
fn are_together(a: &Flip, b: &Flip) -> bool {
    let is_within = |part: f64| b.scale <= a.scale * (1.0 + part);
    let has_today = a.scale < 1.0 && b.scale > 1.0;
    let is_of_a_pack = a.is_of_a_pack || b.is_of_a_pack;
    is_within(TOGETHER) || is_of_a_pack && !has_today && is_within(PACKS_TOGETHER)
}

impl BreakEven {
    /// Every band in which the alternative costs less, ascending, told or not.
    pub fn bands(&self) -> Vec<Band<'_>> {
        let flips = Vec::from_iter(&self.flips);
        let is_first = match flips.first() {
            Some(flip) => !flip.is_cheaper_above,
            None => self.is_cheaper_above,
        };
        between(&flips, is_first)
    }

    /// Those between flips that are told.
    pub fn told_bands(&self) -> Vec<Band<'_>> {
        self.told_between(&self.told().collect::<Vec<_>>())
    }

    /// The band around today, or the nearest, of those that are left where flips that stand together are
    /// taken as one. Of several in a row as many are left as change what is cheaper beyond them, those outside
    /// which it is steadily so.
    pub fn band(&self) -> Nearest<'_> {
        let told: Vec<&Flip> = self.told().collect();
        let rows = told.chunk_by(|a, b| are_together(a, b));
        let left = rows.flat_map(|row| {
            let is_rough = row.len() > 2;
            let left = match row {
                [first, .., last] if row.len().is_multiple_of(2) => vec![*first, *last],
                [.., last] if last.is_cheaper_above => vec![*last],
                row => vec![row[0]],
            };
            left.into_iter().map(move |flip| (flip, is_rough))
        });
        let (left, are_rough): (Vec<&Flip>, Vec<bool>) = left.unzip();
        let bands = self.told_between(&left).into_iter();
        // One that is next to nothing wide is told only where there is no other, or today lies in it.
        let rank = |band: &Band<'_>| (band.distance() > 0.0 && band.is_sliver(), band.distance());
        let band = bands.min_by(|a, b| {
            let ((a_sliver, a), (b_sliver, b)) = (rank(a), rank(b));
            a_sliver.cmp(&b_sliver).then(a.total_cmp(&b))
        });
        let ends: Vec<&Flip> = band.iter().flat_map(Band::ends).collect();
        let mut marked = left.iter().zip(are_rough);
        Nearest {
            band,
            is_rough: marked
                .any(|(flip, is_rough)| ends.contains(flip) && (is_rough || flip.is_rough)),
            has_more: left.len() > ends.len(),
        }
    }

    fn told(&self) -> impl Iterator<Item = &Flip> {
        self.flips.iter().filter(|flip| flip.is_told)
    }

    fn told_between<'a>(&self, flips: &[&'a Flip]) -> Vec<Band<'a>> {
        let is_first = match flips.first() {
            Some(flip) => !flip.is_cheaper_above,
            None => self.is_told && self.is_cheaper_above,
        };
        between(flips, is_first)
    }
}

/// The bands in which an alternative costs less between some flips whose directions alternate; whether it does
/// below the first.
fn between<'a>(flips: &[&'a Flip], is_first: bool) -> Vec<Band<'a>> {
    let starts = flips.iter().copied().filter(|flip| flip.is_cheaper_above);
    let starts = is_first.then_some(None).into_iter().chain(starts.map(Some));
    // Each start is followed by its end.
    let mut ends = flips.iter().copied().filter(|flip| !flip.is_cheaper_above);
    let bands = starts.map(|from| Band {
        from,
        to: ends.next(),
    });
    bands.collect()
}

/// Marks the flips that are told, where the signs of the stretches beside them are as in `are_told`, one more
/// than flips. Of several between two stretches the middle one in their direction stands for all.
pub(super) fn tell(flips: &mut [Flip], are_told: &[bool]) {
    flips.iter_mut().for_each(|flip| flip.is_told = false);
    let told: Vec<usize> = (0..are_told.len())
        .filter(|&place| are_told[place])
        .collect();
    for pair in told.windows(2) {
        // The flips from one stretch to the next that is told; an even number of them changes nothing.
        let among = &mut flips[pair[0]..pair[1]];
        if among.len().is_multiple_of(2) {
            continue;
        }
        let ends = among[0].interval.zip(among[among.len() - 1].interval);
        let is_rough = among.len() > 1;
        let middle = &mut among[among.len() / 4 * 2];
        middle.is_told = true;
        if is_rough {
            middle.is_rough = true;
            middle.interval = ends.map(|((low, _), (_, high))| (low, high));
        }
    }
}

/// The flip nearest to today of those that are told.
pub(super) fn nearest(flips: &[Flip]) -> Option<&Flip> {
    let distance = |flip: &Flip| libm::log(flip.scale).abs();
    flips
        .iter()
        .filter(|flip| flip.is_told)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::compare::Quantity;

    /// Flips at some scales, each 0.1 wide; whether the alternative costs less below the first.
    fn flips(first: bool, scales: &[f64]) -> Vec<Flip> {
        let mut is_cheaper = first;
        let flips = scales.iter().map(|&scale| {
            is_cheaper = !is_cheaper;
            Flip {
                scale,
                at: scale,
                interval: Some((scale - 0.05, scale + 0.05)),
                is_cheaper_above: is_cheaper,
                is_jump: false,
                is_of_a_pack: false,
                is_told: true,
                is_rough: false,
            }
        });
        flips.collect()
    }

    /// A break-even with these flips.
    fn break_even(first: bool, flips: Vec<Flip>) -> BreakEven {
        BreakEven {
            alternative: 0,
            against: None,
            quantity: Quantity::AllDemand,
            now: 1.0,
            at: nearest(&flips).map(|flip| flip.at),
            interval: None,
            is_cheaper_above: nearest(&flips).map_or(first, |flip| flip.is_cheaper_above),
            is_told: true,
            flips,
        }
    }

    #[test]
    fn bands_lie_between_flips() {
        let told = |first: bool, scales: &[f64]| {
            let one = break_even(first, flips(first, scales));
            let ends = |band: Band<'_>| [band.from, band.to].map(|end| end.map(|flip| flip.at));
            let bands: Vec<_> = one.bands().into_iter().map(ends).collect();
            (one.at, bands, one.band().band.map(ends))
        };
        let all = [None, None];
        assert_eq!(told(true, &[]), (None, vec![all], Some(all)));
        assert_eq!(told(false, &[]), (None, vec![], None));
        let above = [Some(2.0), None];
        assert_eq!(told(false, &[2.0]), (Some(2.0), vec![above], Some(above)));
        // Around today, though another end is nearer to another band.
        let (low, high) = ([Some(0.6), Some(1.1)], [Some(1.2), None]);
        let found = told(false, &[0.6, 1.1, 1.2]);
        assert_eq!(found, (Some(1.1), vec![low, high], Some(low)));
        // The nearest of two that today lies between.
        let (low, high) = ([None, Some(0.3)], [Some(1.5), Some(4.0)]);
        let found = told(true, &[0.3, 1.5, 4.0]);
        assert_eq!(found, (Some(1.5), vec![low, high], Some(high)));
        // Next to nothing wide: not where there is another, unless today lies in it.
        let found = told(false, &[0.1, 0.8, 0.9, 0.901]);
        assert_eq!(found.2, Some([Some(0.1), Some(0.8)]));
        let found = told(false, &[0.1, 0.8, 0.9995, 1.0005]);
        assert_eq!(found.2, Some([Some(0.9995), Some(1.0005)]));
        // Of three, or four, that stand together those outside which a way is steadily the cheaper one.
        let nearest = |first, scales: &[f64]| told(first, scales).2;
        let steps = [2.0, 2.01, 2.02, 2.03];
        assert_eq!(nearest(false, &steps[..3]), Some([Some(2.02), None]));
        assert_eq!(nearest(true, &steps[..3]), Some([None, Some(2.0)]));
        assert_eq!(nearest(false, &steps), Some([Some(2.0), Some(2.03)]));
        assert_eq!(nearest(true, &steps), Some([None, Some(2.0)]));
    }

    #[test]
    fn between_stretches_that_are_told_the_ranking_flips_once_or_not() {
        let told = |scales: &[f64], are_told: &[bool]| {
            let mut flips = flips(true, scales);
            tell(&mut flips, are_told);
            flips
        };
        let at = |flips: &[Flip]| -> Vec<f64> {
            let told = flips.iter().filter(|flip| flip.is_told);
            told.map(|flip| flip.at).collect()
        };
        let scales = [1.0, 2.0, 3.0];
        assert_eq!(at(&told(&scales, &[true; 4])), scales);
        // Noise at the far end, at the near end, between two of one sign, and everywhere.
        assert_eq!(at(&told(&scales, &[true, true, true, false])), [1.0, 2.0]);
        assert_eq!(at(&told(&scales, &[false, true, true, true])), [2.0, 3.0]);
        assert_eq!(at(&told(&scales, &[true, false, true, true])), [3.0]);
        assert!(at(&told(&scales, &[false, true, false, false])).is_empty());
        assert!(at(&told(&scales, &[false; 4])).is_empty());
        // Once between two signs, wherever that is.
        let flips = told(&scales, &[true, false, false, true]);
        assert_eq!(at(&flips), [1.0]);
        assert!(flips[0].is_rough && flips[0].interval == Some((0.95, 3.05)));
        let flips = told(
            &[1.0, 2.0, 3.0, 4.0, 5.0],
            &[true, false, false, false, false, true],
        );
        assert_eq!(at(&flips), [3.0]);
        let one = break_even(true, flips);
        let near = one.band();
        assert!(near.is_rough && !near.has_more);
        assert_eq!(
            near.band,
            Some(Band {
                from: None,
                to: Some(&one.flips[2])
            })
        );
        // Nothing is told: no band.
        let mut one = break_even(true, told(&scales, &[false; 4]));
        one.is_told = false;
        assert_eq!(one.band().band, None);
        assert_eq!(one.bands().len(), 2);
    }

    #[test]
    fn bands_of_few_packs_are_one_whose_outer_end_is_told() {
        let near = |first: bool, scales: &[f64], packs: &[usize]| {
            let mut flips = flips(first, scales);
            packs
                .iter()
                .for_each(|&pack| flips[pack].is_of_a_pack = true);
            let one = break_even(first, flips);
            let near = one.band();
            let ends = near
                .band
                .map(|band| [band.from, band.to].map(|end| end.map(|f| f.at)));
            (ends.expect("a band"), near.is_rough, near.has_more)
        };
        // Below 0.1 steadily, and to and fro up to 0.15.
        let scales = [0.1, 0.13, 0.15];
        assert_eq!(near(true, &scales, &[1]), ([None, Some(0.1)], true, false));
        assert_eq!(
            near(true, &scales, &[]),
            ([Some(0.13), Some(0.15)], false, true)
        );
        assert_eq!(
            near(false, &scales, &[1]),
            ([Some(0.15), None], true, false)
        );
        // Far from each other they are bands of their own, and so is the one around today.
        let scales = [0.1, 0.3, 0.7];
        assert_eq!(
            near(true, &scales, &[1]),
            ([Some(0.3), Some(0.7)], false, true)
        );
        let scales = [0.8, 1.2, 1.5];
        assert_eq!(
            near(true, &scales, &[0, 1]),
            ([Some(1.2), Some(1.5)], false, true)
        );
    }
}
