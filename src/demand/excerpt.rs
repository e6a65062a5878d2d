//! A part of a future: some workloads on some days, or the whole at another scale.

use std::ops::Range;

use super::Future;
use crate::units::{MICRO, scale};

impl Future {
    /// Makes `part` what this future wants from `first_day` on, each workload only on its span of
    /// days (counted from this future's first day) and nothing on others. Workloads and incidents
    /// keep their places; what has ended before the first day is left out. It has no active agents
    /// and no units.
    ///
    /// # Panics
    /// When there is not one span within the days for each workload.
    pub fn excerpt(&self, first_day: usize, spans: &[Range<usize>], part: &mut Self) {
        assert!(spans.len() == self.workloads(), "a span for each workload");
        part.level = self.level;
        part.days = self.days - first_day;
        part.months = 0;
        part.agent_days.clear();
        part.units.iter_mut().for_each(Vec::clear);
        part.occurrences.clear();
        let later = self.occurrences.iter().filter(|o| o.to_day > first_day);
        part.occurrences.extend(later.map(|&occurrence| {
            let mut shifted = occurrence;
            shifted.from_day = occurrence.from_day.saturating_sub(first_day);
            shifted.to_day = occurrence.to_day - first_day;
            shifted
        }));
        let cells = spans.len() * part.days;
        let lumps = if self.lumps.is_empty() { 0 } else { cells };
        for (book, cells) in [
            (&mut part.base, cells),
            (&mut part.incident, cells),
            (&mut part.lumps, lumps),
        ] {
            book.clear();
            book.resize(cells, 0);
        }
        part.zeros.clear();
        part.zeros.resize(part.days, 0);
        part.is_hit.clear();
        for (workload, span) in spans.iter().enumerate() {
            let kept = span.start.max(first_day)..span.end;
            part.is_hit.push(self.is_hit[workload] && !kept.is_empty());
            if kept.is_empty() {
                continue;
            }
            let first = workload * part.days + kept.start - first_day;
            let cells = first..first + kept.len();
            part.base[cells.clone()].copy_from_slice(&self.base(workload)[kept.clone()]);
            if self.is_hit[workload] {
                let incident = &self.incident(workload)[kept.clone()];
                part.incident[cells.clone()].copy_from_slice(incident);
                if lumps > 0 {
                    part.lumps[cells].copy_from_slice(&self.lumps(workload)[kept]);
                }
            }
        }
    }

    /// Makes `scaled` this future with each workload's credits at its own scale, in millionths, to the
    /// nearest millionth of a credit day by day; `None` where one does not fit.
    pub fn scaled(&self, factors: &[i64], scaled: &mut Self) -> Option<()> {
        let spans = vec![0..self.days; factors.len()];
        self.excerpt(0, &spans, scaled);
        for (workload, &factor) in factors.iter().enumerate() {
            if factor == MICRO {
                continue;
            }
            let cells = workload * self.days..(workload + 1) * self.days;
            let lumps = match scaled.lumps.is_empty() {
                true => &mut [],
                false => &mut scaled.lumps[cells.clone()],
            };
            let books = [
                &mut scaled.base[cells.clone()],
                &mut scaled.incident[cells],
                lumps,
            ];
            for credits in books.into_iter().flatten() {
                *credits = scale(*credits, factor, MICRO)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::{Impact, Occurrence};

    fn future() -> Future {
        let occurrence = |from_day, to_day| Occurrence {
            incident: 0,
            from_day,
            to_day,
            effect: Impact::Multiplier(2.0),
        };
        let base = [vec![1, 2, 3, 4], vec![10, 20, 30, 40]];
        let incident = [vec![0, 2, 0, 4], vec![0; 4]];
        Future::written(&base, &incident, &[occurrence(1, 2), occurrence(1, 4)], 1)
            .with_lumps(&[vec![0, 1, 0, 4], vec![0; 4]])
    }

    #[test]
    fn an_excerpt_has_its_workloads_and_days() {
        let (whole, mut part) = (future(), future());
        whole.excerpt(2, &[1..4, 0..0], &mut part);
        assert_eq!((part.days(), part.workloads()), (2, 2));
        assert_eq!((part.base(0), part.base(1)), (&[3, 4][..], &[0, 0][..]));
        assert_eq!(
            (part.incident(0), part.lumps(0)),
            (&[0, 4][..], &[0, 4][..])
        );
        assert!(part.is_hit(0) && !part.is_hit(1));
        let [only] = part.occurrences() else {
            panic!("the first one has ended");
        };
        assert_eq!((only.from_day, only.to_day), (0, 2));
    }

    #[test]
    fn a_scaled_future_has_every_credit_at_its_scale() {
        let (whole, mut scaled) = (future(), future());
        whole.scaled(&[2_500_000, MICRO], &mut scaled).unwrap();
        assert_eq!(scaled.base(0), [3, 5, 8, 10]);
        assert_eq!(scaled.incident(0), [0, 5, 0, 10]);
        assert_eq!(scaled.lumps(0), [0, 3, 0, 10]);
        assert_eq!(scaled.base(1), whole.base(1));
        let large = Future::written(&[vec![i64::MAX / 2]], &[vec![0]], &[], 1);
        assert!(large.scaled(&[3 * MICRO], &mut scaled).is_none());
    }
}
