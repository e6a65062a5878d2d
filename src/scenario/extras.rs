//! `[extras]`: costs beside the credits.

use crate::scenario::Extras;
use crate::scenario::contract::COST;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, MOST_OF_A_SHARE, Range};
use crate::units::{MICRO, Money};

/// Reads `[extras]`; what is not written is off.
pub fn read(item: Option<&Item<'_>>) -> Option<Extras> {
    let Some(item) = item else {
        return Some(Extras::default());
    };
    let table = Cursor::open(item, &["data_cloud_share", "support_share", "agent_build"])?;
    let range = Range::new(
        0.0,
        MOST_OF_A_SHARE,
        "a share of the credits' spend from 0 to 10 (30% is 0.30)",
    );
    let data_cloud = table.portion("data_cloud_share", 0, range);
    let support = table.portion("support_share", 0, range);
    let agent_build = table.or("agent_build", Money::ZERO, agent_build);
    Some(Extras {
        data_cloud: data_cloud?,
        support: support?,
        agent_build: agent_build?,
    })
}

fn agent_build(item: &Item<'_>) -> Option<Money> {
    let table = Cursor::open(item, &["count", "cost"])?;
    let count = table
        .need("count", "count = 3")
        .and_then(|item| item.whole(0, 1_000_000));
    let cost = table.need_micro("cost", "cost = 40_000.0", COST);
    let count = i64::try_from(count?).ok()? * MICRO;
    let remedy = "write the cost of one agent, and fewer agents";
    item.product(count, cost?, "in money", remedy)
        .map(Money::from_micro)
}
