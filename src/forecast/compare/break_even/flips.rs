//! Where a ranking flips, and the bands between.

use crate::forecast::compare::break_even::BreakEven;

/// Where an alternative costs as much as another way, and on which side less.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Scale of today's demand.
    pub scale: f64,
    /// The same in the unit of the break-even.
    pub at: f64,
    /// 95% interval of it.
    pub interval: Option<(f64, f64)>,
    /// True when the alternative is the cheaper one up from there, to the next flip.
    pub is_cheaper_above: bool,
    /// True when the costs jump there, as they do where a scaled purchase changes.
    pub is_jump: bool,
}

/// From where to where an alternative costs less; without an end as far as scales were tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band<'a> {
    /// Lower end.
    pub from: Option<&'a Flip>,
    /// Upper end.
    pub to: Option<&'a Flip>,
}

impl Band<'_> {
    /// How far today is from the band, as a logarithm of scales; 0 within it.
    fn distance(&self) -> f64 {
        let below = self.from.map_or(0.0, |flip| libm::log(flip.scale));
        let above = self.to.map_or(0.0, |flip| -libm::log(flip.scale));
        below.max(above).max(0.0)
    }
}

/// Flips of which each is at most this part of its scale above the one before are one change of the ranking:
/// there whole packs decide which way is the cheaper one.
const TOGETHER: f64 = 0.025;

impl BreakEven {
    /// Every band in which the alternative costs less, ascending.
    pub fn bands(&self) -> Vec<Band<'_>> {
        self.between(&Vec::from_iter(&self.flips))
    }

    /// The band around today, or the nearest, of those that are left where flips that stand together are
    /// taken as one; and the flips that are left. Of several in a row as many are left as change what is cheaper
    /// beyond them, those outside which it is steadily so.
    pub fn band(&self) -> (Option<Band<'_>>, Vec<&Flip>) {
        let rows = self
            .flips
            .chunk_by(|a, b| b.scale <= a.scale * (1.0 + TOGETHER));
        let left = rows.flat_map(|row| {
            let [first, .., last] = row else {
                return row.iter().collect();
            };
            match row.len() % 2 {
                0 => vec![first, last],
                _ if first.is_cheaper_above => vec![last],
                _ => vec![first],
            }
        });
        let left: Vec<&Flip> = left.collect();
        let bands = self.between(&left).into_iter();
        let nearest = bands.min_by(|a, b| a.distance().total_cmp(&b.distance()));
        (nearest, left)
    }

    /// The bands in which the alternative costs less between some flips whose directions alternate.
    fn between<'a>(&self, flips: &[&'a Flip]) -> Vec<Band<'a>> {
        let is_first = match flips.first() {
            Some(flip) => !flip.is_cheaper_above,
            None => self.is_cheaper_above,
        };
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
}

/// The flip nearest to today.
pub(super) fn nearest(flips: &[Flip]) -> Option<&Flip> {
    let distance = |flip: &Flip| libm::log(flip.scale).abs();
    flips
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::compare::Quantity;

    #[test]
    fn bands_lie_between_flips() {
        let told = |first: bool, scales: &[f64]| {
            let mut is_cheaper = first;
            let flips = scales.iter().map(|&scale| {
                is_cheaper = !is_cheaper;
                Flip {
                    scale,
                    at: scale,
                    interval: None,
                    is_cheaper_above: is_cheaper,
                    is_jump: false,
                }
            });
            let flips: Vec<Flip> = flips.collect();
            let one = BreakEven {
                alternative: 0,
                against: None,
                quantity: Quantity::AllDemand,
                now: 1.0,
                at: nearest(&flips).map(|flip| flip.at),
                interval: None,
                is_cheaper_above: nearest(&flips).map_or(first, |flip| flip.is_cheaper_above),
                flips,
            };
            let ends = |band: Band<'_>| [band.from, band.to].map(|end| end.map(|flip| flip.at));
            let bands: Vec<_> = one.bands().into_iter().map(ends).collect();
            (one.at, bands, one.band().0.map(ends))
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
        // Of three, or four, that stand together those outside which a way is steadily the cheaper one.
        let nearest = |first, scales: &[f64]| told(first, scales).2;
        let steps = [2.0, 2.01, 2.02, 2.03];
        assert_eq!(nearest(false, &steps[..3]), Some([Some(2.02), None]));
        assert_eq!(nearest(true, &steps[..3]), Some([None, Some(2.0)]));
        assert_eq!(nearest(false, &steps), Some([Some(2.0), Some(2.03)]));
        assert_eq!(nearest(true, &steps), Some([None, Some(2.0)]));
    }
}
