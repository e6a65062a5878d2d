//! The ledger of the library, as books that the naive one's can be compared with.

use super::Settle;

/// Settles with the library; `None` until its settlement covers the whole contract.
pub(super) const SETTLE: Option<Settle> = None;
