//! `[[team]]`: shares of the pool, and who answers for them.

use crate::scenario::Team;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, SHARE, did_you_mean};
use crate::scenario::log::shortened;
use crate::scenario::names;
use crate::units::{MICRO, micro_text};

/// The cost centres that workloads name, in that order, with what `[[team]]` says of them;
/// `complete` unless some workload could not be read.
pub fn read(items: &[Item<'_>], cost_centres: &[String], complete: bool) -> Option<Vec<Team>> {
    let names = names::unique(items, "name = \"Marketing\"");
    let read = items.iter().zip(&names);
    let tables: Vec<Option<Team>> = read
        .map(|(item, name)| team(item, name.as_deref(), cost_centres, complete))
        .collect();
    let tables = tables.into_iter().collect::<Option<Vec<Team>>>()?;
    one_pool(items, &tables)?;
    let known = |name: &String| tables.iter().find(|team| team.name == *name).cloned();
    let plain = |name: &String| Team {
        name: name.clone(),
        share: None,
        owner: None,
    };
    let teams = cost_centres.iter();
    Some(
        teams
            .map(|name| known(name).unwrap_or_else(|| plain(name)))
            .collect(),
    )
}

fn team(
    item: &Item<'_>,
    name: Option<&str>,
    cost_centres: &[String],
    complete: bool,
) -> Option<Team> {
    let table = Cursor::open(item, &["name", "share", "owner"])?;
    let share = table.optional("share", |item| item.share(SHARE));
    let owner = table.optional("owner", Item::label);
    let name = name?;
    if complete && !cost_centres.iter().any(|known| known == name) {
        let known: Vec<&str> = cost_centres.iter().map(String::as_str).collect();
        let message = format!("no workload belongs to a team named `{}`", shortened(name));
        let remedy = did_you_mean(name, &known, "\"");
        return table.get("name")?.refuse(message, remedy);
    }
    Some(Team {
        name: name.to_owned(),
        share: share?,
        owner: owner?,
    })
}

/// Refuses shares that come to more than the pool, at the one that was set, or else at the largest.
fn one_pool(items: &[Item<'_>], teams: &[Team]) -> Option<()> {
    let shares = teams.iter().filter_map(|team| team.share);
    let sum = i64::try_from(shares.sum::<u64>()).ok()?;
    if sum <= MICRO {
        return Some(());
    }
    let written = items.iter().zip(teams).filter_map(|(item, team)| {
        let share = Cursor::open_any(item)?.get("share")?;
        let is_set = share.node.place.source > 0;
        Some(((is_set, team.share), share))
    });
    let (_, share) = written.max_by_key(|(rank, _)| *rank)?;
    let message = format!(
        "`{}` brings the shares of the teams to {}",
        share.written(),
        micro_text(sum)
    );
    let remedy = "lower some of them: together they are at most 1";
    share.refuse(message, remedy)
}
