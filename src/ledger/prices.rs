//! What credits cost: a purchase of whole packs with all-units discounts, and use by the credit.

use crate::scenario::{Contract, Discount, Payment};
use crate::units::{Credits, MICRO, Money, scale};

/// The price of credits billed one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pack_price: Money,
    pack: Credits,
    /// Money per credit as a fraction in its lowest terms, which rounds as that of the pack does and whose
    /// products nearly always fit 64 bits.
    ratio: (i64, i64),
}

impl Price {
    /// The price of a pack's worth, and the credits in a pack, above 0.
    pub fn new(pack_price: Money, pack: Credits) -> Self {
        let (mut common, mut rest) = (pack.micro(), pack_price.micro());
        while rest != 0 {
            (common, rest) = (rest, common % rest);
        }
        Self {
            pack_price,
            pack,
            ratio: (pack_price.micro() / common, pack.micro() / common),
        }
    }

    /// Price of a pack's worth.
    pub fn pack_price(&self) -> Money {
        self.pack_price
    }

    /// What `credits` cost, to the nearest millionth; `None` where 64 bits cannot hold it.
    pub fn of(&self, credits: Credits) -> Option<Money> {
        let (price, pack) = self.ratio;
        scale(credits.micro(), price, pack).map(Money::from_micro)
    }

    /// The most credits whose cost is at most `money`, rounded as [`Price::of`] rounds; without end
    /// where the price is 0.
    pub fn most_for(&self, money: Money) -> Credits {
        let price = i128::from(self.pack_price.micro());
        if price == 0 {
            return Credits::from_micro(i64::MAX);
        }
        let pack = i128::from(self.pack.micro());
        let below = (i128::from(money.micro()) + 1) * pack - pack / 2 - 1;
        Credits::from_micro(i64::try_from(below.div_euclid(price)).unwrap_or(i64::MAX))
    }

    /// The most credits whose exact cost is at most `money`; without end where the price is 0.
    pub fn bought_for(&self, money: Money) -> Credits {
        let worth = i128::from(money.micro()) * i128::from(self.pack.micro());
        let credits = worth.checked_div(i128::from(self.pack_price.micro()));
        let credits = credits.and_then(|credits| i64::try_from(credits).ok());
        Credits::from_micro(credits.unwrap_or(i64::MAX))
    }

    /// Money per credit.
    pub fn per_credit(&self) -> f64 {
        self.pack_price.to_f64() / self.pack.to_f64()
    }
}

/// Packs bought ahead and what they cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Whole packs.
    pub packs: u64,
    /// Credits in them.
    pub credits: Credits,
    /// What they cost after discount.
    pub cost: Money,
}

/// Prices of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceList {
    /// Credits in a pack.
    pub pack: Credits,
    /// List price of a pack.
    pub pack_price: Money,
    /// All-units discounts, ascending by size.
    pub discounts: Vec<Discount>,
    /// Price of use beyond the grants.
    pub overage: Price,
}

impl PriceList {
    /// The prices of a contract.
    pub fn new(contract: &Contract) -> Self {
        let beyond = match contract.payment {
            Payment::PreCommit(commit) => commit.pack_price,
            Payment::PrePurchase | Payment::PayAsYouGo => contract.overage_pack_price,
        };
        Self {
            pack: contract.pack,
            pack_price: contract.pack_price,
            discounts: contract.discounts.clone(),
            overage: Price::new(beyond, contract.pack),
        }
    }

    /// Share off the list price of a purchase, in millionths.
    pub fn off(&self, credits: Credits) -> u64 {
        self.discounts
            .iter()
            .rev()
            .find(|discount| discount.from <= credits)
            .map_or(0, |discount| discount.off)
    }

    /// A purchase of whole packs; `None` where 64 bits cannot hold its credits or cost.
    pub fn purchase(&self, packs: u64) -> Option<Purchase> {
        let count = i64::try_from(packs).ok()?;
        let credits = Credits::from_micro(self.pack.micro().checked_mul(count)?);
        let list = self.pack_price.micro().checked_mul(count)?;
        let keep = MICRO - i64::try_from(self.off(credits)).ok()?;
        let cost = Money::from_micro(scale(list, keep, MICRO)?);
        Some(Purchase {
            packs,
            credits,
            cost,
        })
    }

    /// So many packs, or the next discount's fewest where these cost no more: then no future is better off with
    /// fewer.
    pub fn no_dearer(&self, packs: u64) -> u64 {
        let Some(own) = self.purchase(packs) else {
            return packs;
        };
        let edges = self
            .discounts
            .iter()
            .map(|discount| self.packs_for(discount.from));
        let costs_no_more =
            |&edge: &u64| edge > packs && self.purchase(edge).is_some_and(|p| p.cost <= own.cost);
        edges.filter(costs_no_more).min().unwrap_or(packs)
    }

    /// Fewest packs that hold `credits`.
    pub fn packs_for(&self, credits: Credits) -> u64 {
        credits
            .micro()
            .max(0)
            .unsigned_abs()
            .div_ceil(self.pack.micro().unsigned_abs())
    }

    /// Fewest packs that hold a share, in millionths, of `credits`. A plan is a sum of
    /// floating-point means: what passes a whole pack by less than a billionth of the amount is
    /// its rounding and buys no pack more.
    pub fn packs_for_share(&self, credits: Credits, share: u64) -> u64 {
        const ROUNDING: i128 = 1_000_000_000;
        let exact = i128::from(credits.micro().max(0)) * i128::from(share);
        let pack = i128::from(self.pack.micro()) * i128::from(MICRO);
        let packs = (exact - exact / ROUNDING + pack - 1) / pack;
        u64::try_from(packs).unwrap_or(0)
    }
}

impl Purchase {
    /// Money per credit; `None` where nothing is bought.
    pub fn per_credit(&self) -> Option<f64> {
        (self.packs > 0).then(|| self.cost.to_f64() / self.credits.to_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> PriceList {
        let pack = Credits::from_micro(100_000 * MICRO);
        let discount = |from: i64, off| Discount {
            from: Credits::from_micro(from * MICRO),
            off,
        };
        PriceList {
            pack,
            pack_price: Money::from_micro(500 * MICRO),
            discounts: vec![discount(1_000_000, 200_000), discount(10_000_000, 250_000)],
            overage: Price::new(Money::from_micro(650 * MICRO), pack),
        }
    }

    #[test]
    fn a_discount_applies_to_all_units_from_its_size_on() {
        // 9 packs x $500 = $4,500; 10 packs x $500 x 0.8 = $4,000: the tenth pack pays for itself.
        assert_eq!(
            list().purchase(9).unwrap().cost,
            Money::from_micro(4_500 * MICRO)
        );
        assert_eq!(
            list().purchase(10).unwrap().cost,
            Money::from_micro(4_000 * MICRO)
        );
        assert_eq!(list().purchase(0).unwrap().cost, Money::ZERO);
    }

    #[test]
    fn overage_is_billed_by_the_credit() {
        // 1 credit at $650 a 100,000 is $0.0065.
        let one = Credits::from_micro(MICRO);
        assert_eq!(list().overage.of(one), Some(Money::from_micro(6_500)));
    }

    #[test]
    fn a_share_that_fills_whole_packs_but_for_rounding_buys_no_pack_more() {
        // 80% of 1,000,000,000 credits and a few millionths: 8,000 packs.
        let plan = Credits::from_micro(1_000_000_000 * MICRO + 3);
        assert_eq!(list().packs_for_share(plan, 800_000), 8_000);
        let more = Credits::from_micro(1_000_001_000 * MICRO);
        assert_eq!(list().packs_for_share(more, 800_000), 8_001);
        assert_eq!(list().packs_for_share(Credits::ZERO, 800_000), 0);
    }

    #[test]
    fn packs_round_up() {
        assert_eq!(list().packs_for(Credits::from_micro(100_000 * MICRO)), 1);
        assert_eq!(
            list().packs_for(Credits::from_micro(100_000 * MICRO + 1)),
            2
        );
        assert_eq!(list().packs_for(Credits::ZERO), 0);
    }
}
