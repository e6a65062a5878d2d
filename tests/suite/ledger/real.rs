//! The ledger of the library, as books that the naive one's can be compared with.

use flexcast::demand::Future;
use flexcast::ledger::{self, Purchase, Settlement, Terms};
use flexcast::scenario::Scenario;

use super::Settle;
use super::naive::{Books, Lost, Mark, Month, Watch};

/// Settles with the library.
pub(super) const SETTLE: Option<Settle> = Some(settle);

fn settle(scenario: &Scenario, purchases: &[Purchase], future: &Future) -> Books {
    let terms = Terms::buying(scenario, purchases).expect("small numbers");
    let mut books = Settlement::default();
    terms.settle(0, future, &mut books).expect("small numbers");
    let months = scenario.horizon.months();
    let lost = |workload: usize, month: usize| {
        let cell = |values: &[flexcast::units::Credits]| {
            values
                .get(workload * months + month)
                .map_or(0, |c| c.micro())
        };
        Lost {
            unserved: cell(&books.unserved),
            averted: cell(&books.averted),
        }
    };
    let watches = terms.watches.iter().zip(&books.watched);
    Books {
        wanted: books.wanted.iter().map(|c| c.micro()).collect(),
        balance: books.balance.iter().map(|c| c.micro()).collect(),
        spend_to_date: books.spend_to_date.iter().map(|m| m.micro()).collect(),
        months: books
            .months
            .iter()
            .map(|month| Month {
                consumed: month.consumed.micro(),
                overage: month.overage.micro(),
                balance: month.balance.micro(),
                spend: month.spend.micro(),
                overage_spend: month.overage_spend.micro(),
            })
            .collect(),
        lost: (0..future.workloads())
            .map(|workload| (0..months).map(|month| lost(workload, month)).collect())
            .collect(),
        exhausted: books.exhausted,
        unused: books.unused.micro(),
        expired: books.expired.micro(),
        converted: books.converted.micro(),
        licences: books.licences.micro(),
        watches: watches
            .map(|(watch, &day)| Watch {
                team: watch.team,
                mark: match watch.mark {
                    ledger::Mark::Alert(share) => Mark::Alert((share * 1e6).round() as u64),
                    ledger::Mark::Share => Mark::Exceeds,
                },
                day,
            })
            .collect(),
        overage_without_incidents: books.overage_without_incidents.micro(),
    }
}
