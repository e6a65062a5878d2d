//! Break-evens as text: a line for each quantity on the page, and all that were found under it.

use crate::forecast::compare::{
    BREAK_EVEN_ALTERNATIVES, BREAK_EVEN_PATHS, Band, BreakEven, Comparison, Flip, Nearest, Quantity,
};
use crate::report::comparison::{NAME, best, second};
use crate::report::numbers::{grouped, short, short_with};
use crate::report::page::{WIDTH, cell, labels, width};
use crate::report::words::futures;
use crate::scenario::{PricingModel, Scenario};

/// Columns of what a break-even is told in.
const UNIT: usize = 23;

/// In the order in which a page tells them.
const QUANTITIES: [Quantity; 5] = [
    Quantity::ActionsPerInteraction,
    Quantity::ActionsPerUser,
    Quantity::Interactions,
    Quantity::Actions,
    Quantity::AllDemand,
];

/// Where an alternative costs as much as the contract, and as much as the cheapest alternative.
struct Row<'a> {
    alternative: usize,
    quantity: Quantity,
    now: f64,
    with: [Option<&'a BreakEven>; 2],
}

/// Where the alternatives among some ways cost as much as the contract, and as much as the cheapest
/// of them all: a line for each quantity, the first `most`, with the legend of their marks; and whether there
/// are more. At the nearest of those with the cheapest way the first place changes hands.
pub(super) fn page(
    scenario: &Scenario,
    comparison: &Comparison,
    kept: &[usize],
    most: usize,
) -> (Vec<String>, bool) {
    let mut rows = rows(scenario, comparison, kept);
    let is_cut = rows.len() > most;
    if is_cut {
        // First those that have a figure to tell.
        let mut places: Vec<usize> = (0..rows.len()).collect();
        places.sort_by_key(|&place| !rows[place].has_figure());
        places.truncate(most);
        let mut place = 0..;
        rows.retain(|_| place.next().is_some_and(|place| places.contains(&place)));
    }
    if rows.is_empty() {
        return (Vec::new(), is_cut);
    }
    let is_paired = rows.iter().any(|row| row.with[1].is_some());
    let sides = if is_paired { 2 } else { 1 };
    let other = match best(comparison) {
        0 => "runner-up",
        _ => "cheapest",
    };
    let cells_in = |form: &dyn Fn(&Row<'_>) -> usize| -> Vec<[String; 3]> {
        let cells = rows.iter().map(|row| {
            let number = |value| in_form(value, form(row));
            let side =
                |one: Option<&BreakEven>| one.map_or(NOT_TOLD.to_owned(), |one| near(one, number));
            let [contract, other] = row.with.map(side);
            [number(row.now), contract, other]
        });
        let head = ["now", "contract", other].map(str::to_owned);
        std::iter::once(head).chain(cells).collect()
    };
    let mut cells = cells_in(&|row| form_of(row, &rows));
    let mut columns = Columns::of(&cells, sides);
    if columns.name < LEAST_NAME {
        cells = cells_in(&|_| 0);
        columns = Columns::of(&cells, sides);
    }
    let title = cell("Break-even: costs less than the", columns.name + UNIT);
    let mut lines = vec![format!("{title}{}", columns.line(&cells[0]))];
    let names = names_in(scenario, columns.name - 1);
    let is_of_parts = are_of_parts(&rows);
    let mut told = None;
    for (row, cells) in rows.iter().zip(&cells[1..]) {
        let label = match told == Some(row.alternative) {
            true => "",
            false => names[row.alternative].as_str(),
        };
        told = Some(row.alternative);
        let opening = opening(label, row.quantity, columns.name);
        lines.push(opening + &columns.line(cells));
    }
    let shown = cells[1..].iter().flat_map(|cells| &cells[1..=sides]);
    lines.extend(legend(&shown.map(String::as_str).collect::<Vec<_>>()));
    if is_of_parts {
        lines.push("now: a month's of the workloads that each way covers".to_owned());
    }
    (lines, is_cut)
}

/// Whether there are different figures of today in one unit.
fn are_of_parts(rows: &[Row<'_>]) -> bool {
    let is_by_month =
        |row: &&Row<'_>| matches!(row.quantity, Quantity::Actions | Quantity::Interactions);
    let by_month: Vec<&Row<'_>> = rows.iter().filter(is_by_month).collect();
    let is_same = |a: &Row<'_>, b: &Row<'_>| a.quantity != b.quantity || a.now == b.now;
    let mut pairs = by_month
        .iter()
        .flat_map(|a| by_month.iter().map(move |b| (a, b)));
    pairs.any(|(a, b)| !is_same(a, b))
}

/// Widths of the columns of a page: a name, then today's figure and what it is set against.
struct Columns {
    name: usize,
    figures: Vec<usize>,
}

/// Narrower than this a name says next to nothing.
const LEAST_NAME: usize = 8;

impl Columns {
    /// Those of today's figure and so many sides: a band takes what room there is beside them, then of today's figure,
    /// then of the names.
    fn of(cells: &[[String; 3]], sides: usize) -> Self {
        const SIDE: usize = 12;
        const NOW: usize = 9;
        let widest = |column: usize| {
            let widths = cells.iter().map(|cells| width(&cells[column]) + 1);
            widths.max().unwrap_or(0)
        };
        let mut figures = vec![widest(0).max(NOW)];
        figures.extend((1..=sides).map(|side| widest(side).max(SIDE)));
        let over = |figures: &[usize]| {
            let all = NAME + UNIT + figures.iter().sum::<usize>();
            all.saturating_sub(WIDTH)
        };
        figures[0] -= over(&figures).min(figures[0] - widest(0));
        Self {
            name: NAME.saturating_sub(over(&figures)).max(1),
            figures,
        }
    }

    fn line(&self, cells: &[String; 3]) -> String {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(&self.figures) {
            line.push_str(&format!("{cell:>width$}"));
        }
        line
    }
}

/// What the words in place of a figure mean, and the mark, as far as they are among some cells.
fn legend(cells: &[&str]) -> Vec<String> {
    let has = |word: &str| {
        cells
            .iter()
            .any(|cell| cell.trim_end_matches(BY_CHANCE) == word)
    };
    let everywhere: Vec<&str> = [NONE_FOUND, ALWAYS, NO_RANK]
        .into_iter()
        .filter(|word| has(word))
        .collect();
    let everywhere = match everywhere.is_empty() {
        true => None,
        false => Some(format!(
            "{}: at 1/64 to 64 times today's",
            everywhere.join(", ")
        )),
    };
    let not_told = has(NOT_TOLD).then(|| format!("{NOT_TOLD}: itself, or not in this unit"));
    let parts: Vec<String> = everywhere.into_iter().chain(not_told).collect();
    let joined = parts.join("; ");
    let words = match width(&joined) > WIDTH {
        true => parts,
        false if parts.is_empty() => Vec::new(),
        false => vec![joined],
    };
    let marks = [
        (ROUGH, "to and fro next to it"),
        (MORE, "and elsewhere"),
        ('?', "not told everywhere"),
    ];
    let marks = marks
        .iter()
        .filter(|(mark, _)| cells.iter().any(|cell| cell.contains(*mark)));
    let marks: Vec<String> = marks
        .map(|(mark, means)| format!("{mark}: {means}"))
        .collect();
    let marks = (!marks.is_empty()).then(|| {
        let joined = marks.join("; ");
        match marks.len() {
            3.. => joined + " (--details)",
            _ => joined + " (see --details or --json)",
        }
    });
    words.into_iter().chain(marks).collect()
}

/// Words in place of a figure: at every scale tried it costs less than the other, or at none; it cannot be told
/// from it; there is nothing to ask.
const ALWAYS: &str = "always";
const NONE_FOUND: &str = "none found";
const NO_RANK: &str = "not told";
const NOT_TOLD: &str = "-";

/// Marks a band beside which there are flips that are no end of it.
const MORE: char = '*';

/// Marks a band where the cheaper way changes several times next to a flip.
const ROUGH: char = '~';

/// Marks a flip at which the costs jump, one that stands for several, one that chance may have made.
const JUMP: &str = "^";
const OF_SEVERAL: &str = "~";
const BY_CHANCE: &str = "?";

impl Row<'_> {
    /// Whether there is a scale at which it has a flip.
    fn has_figure(&self) -> bool {
        let mut with = self.with.iter().flatten();
        with.any(|one| one.at.is_some())
    }

    /// The form in which the ends of the bands it tells do not read like today's figure.
    fn form(&self) -> usize {
        let bands = self.with.iter().flatten().filter_map(|one| one.band().band);
        let ends = bands.flat_map(|band| [band.from, band.to]).flatten();
        let forms = ends.map(|flip| form_beside(self.now, flip.at));
        forms.max().unwrap_or(0)
    }
}

/// The form of a row's figures, in which today's reads alike wherever it stands.
fn form_of(row: &Row<'_>, rows: &[Row<'_>]) -> usize {
    let is_same = |other: &&Row<'_>| (other.quantity, other.now) == (row.quantity, row.now);
    let forms = rows.iter().filter(is_same).map(Row::form);
    forms.max().unwrap_or(0)
}

fn rows<'a>(scenario: &Scenario, comparison: &'a Comparison, kept: &[usize]) -> Vec<Row<'a>> {
    let cheapest = second(comparison).map(|way| way - 1);
    let mut rows = Vec::new();
    for alternative in kept.iter().filter_map(|way| way.checked_sub(1)) {
        for quantity in QUANTITIES {
            let with = |against: Option<usize>| {
                let mut all = comparison.break_evens.iter();
                let asked = (alternative, against, quantity);
                all.find(|one| (one.alternative, one.against, one.quantity) == asked)
            };
            let contract = with(None).filter(|one| is_shown(scenario, one));
            let other = cheapest.and_then(|cheapest| with(Some(cheapest)));
            // Of two alternatives only a flip of the ranking is worth a line.
            let flip = other.filter(|one| one.at.is_some());
            rows.extend(contract.or(flip).map(|one| Row {
                alternative,
                quantity,
                now: one.now,
                with: [contract, other],
            }));
        }
    }
    rows
}

/// Every break-even that was found, with its interval: those with the contract, then those with each
/// alternative, the cheapest first.
pub(super) fn solved(scenario: &Scenario, comparison: &Comparison) -> Vec<String> {
    const SIDE: usize = 14;
    const INTERVAL: usize = 19;
    let have_flips = || {
        let all = comparison.break_evens.iter();
        all.filter(|one| !one.flips.is_empty())
    };
    let told_of = |one: &BreakEven| -> Vec<(String, String)> {
        let ends = one.bands().iter().flat_map(ends).collect::<Vec<_>>();
        let told = ends.into_iter();
        told.map(|(side, flip)| (side, interval(flip))).collect()
    };
    // Names give way to figures with many digits and marks.
    let cells: Vec<(String, String)> = have_flips().flat_map(told_of).collect();
    let widest = |cell: fn(&(String, String)) -> &String, least: usize| {
        let widths = cells.iter().map(|cells| width(cell(cells)) + 1);
        widths.max().unwrap_or(0).max(least)
    };
    let [side, interval] = [widest(|c| &c.0, SIDE), widest(|c| &c.1, INTERVAL)];
    let name = WIDTH.saturating_sub(UNIT + side + interval).clamp(1, NAME);
    let names = names_in(scenario, name - 1);
    let of_title = (name + UNIT).saturating_sub("Break-even with \"\" ".len());
    let in_titles = names_in(scenario, of_title);
    let mut lines = Vec::new();
    let mut told = None;
    for one in have_flips() {
        if told != Some(one.against) {
            told = Some(one.against);
            let other = match one.against {
                Some(index) => format!("\"{}\"", in_titles[index]),
                None => "the contract".to_owned(),
            };
            let title = cell(&format!("Break-even with {other}"), name + UNIT);
            let head = ["costs less", "95% interval"];
            lines.push(String::new());
            lines.push(format!("{title}{:>side$}{:>interval$}", head[0], head[1]));
        }
        let label = &names[one.alternative];
        let mut opening = opening(label, one.quantity, name);
        for (end, sure) in told_of(one) {
            lines.push(format!("{opening}{end:>side$}{sure:>interval$}"));
            opening = cell("", name + UNIT);
        }
    }
    if lines.is_empty() {
        return lines;
    }
    let on = match comparison.is_point {
        true => "the single-number plan".to_owned(),
        false => futures(comparison.paths.min(BREAK_EVEN_PATHS)),
    };
    lines.push(String::new());
    lines.push(format!("Break-evens were solved on {on}."));
    let flips = || comparison.break_evens.iter().flat_map(|one| &one.flips);
    if flips().any(|flip| flip.is_jump) {
        lines.push(format!(
            "{JUMP}: costs jump there, as where another pack or discount is bought."
        ));
    }
    if flips().any(|flip| !flip.is_told) {
        lines.push(format!(
            "{BY_CHANCE}: chance may have made it; which way costs less beside it is not told."
        ));
    }
    if flips().any(|flip| flip.is_rough) {
        lines.push(format!(
            "{OF_SEVERAL}: somewhere in its interval, where several were found."
        ));
    }
    if scenario.alternatives.len() > BREAK_EVEN_ALTERNATIVES {
        lines.push(format!(
            "Alternatives are set against each other if among the {BREAK_EVEN_ALTERNATIVES} cheapest."
        ));
    }
    lines
}

/// The ends of a band in words, a line each.
fn ends<'a>(band: &Band<'a>) -> Vec<(String, &'a Flip)> {
    let end = |word: &str, flip: &'a Flip| {
        let marks = [
            (flip.is_jump, JUMP),
            (flip.is_rough, OF_SEVERAL),
            (!flip.is_told, BY_CHANCE),
        ];
        let marks = marks.iter().filter(|(is_marked, _)| *is_marked);
        let marks: String = marks.map(|(_, mark)| *mark).collect();
        // Without chance it is what it is.
        let digits = flip.interval.map_or(DECIMALS, decimals);
        (
            format!("{word} {}{marks}", with_decimals(flip.at, digits)),
            flip,
        )
    };
    let below = if band.from.is_some() {
        "up to"
    } else {
        "below"
    };
    let from = band.from.map(|flip| end("above", flip));
    let to = band.to.map(|flip| end(below, flip));
    from.into_iter().chain(to).collect()
}

fn interval(flip: &Flip) -> String {
    flip.interval.map_or("-".to_owned(), |(low, high)| {
        let number = |value| with_decimals(value, decimals((low, high)));
        match (number(low), number(high)) {
            (low, high) if low != high => format!("{low} to {high}"),
            // Scale and today's figure cancel where costs are linear.
            _ if high - low <= 1e-6 * high => "on any futures".to_owned(),
            _ if high - low < 1e-4 => "± <0.0001".to_owned(),
            _ => format!("± {}", short((high - low) / 2.0)),
        }
    })
}

/// Most decimals of a count.
const DECIMALS: usize = 4;

/// Decimals that tell the ends of an interval apart.
fn decimals((low, high): (f64, f64)) -> usize {
    let half = (high - low) / 2.0;
    let fine = |&count: &usize| libm::exp10(-(count as f64)) <= half;
    (1..=DECIMALS).find(fine).unwrap_or(DECIMALS)
}

/// What is told, and in what.
fn opening(label: &str, quantity: Quantity, name: usize) -> String {
    cell(label, name) + &cell(unit(quantity), UNIT)
}

/// What the alternatives are called in `columns`.
fn names_in(scenario: &Scenario, columns: usize) -> Vec<String> {
    let names = scenario.alternatives.iter();
    labels(names.map(|one| one.name.as_str()), columns)
}

/// Both sides of a bill by the unit grow with the volume: only a flip of the ranking is of interest.
fn is_shown(scenario: &Scenario, one: &BreakEven) -> bool {
    let model = &scenario.alternatives[one.alternative].model;
    let is_by_unit = matches!(model, PricingModel::PerConversation { .. });
    !is_by_unit || one.quantity == Quantity::ActionsPerInteraction || one.at.is_some()
}

/// The band around today, or the nearest, marked if there are flips that are not told: beside it, elsewhere.
fn near(one: &BreakEven, number: impl Fn(f64) -> String) -> String {
    let Nearest {
        band,
        is_rough,
        has_more,
    } = one.band();
    // Everywhere, but for what chance may have made.
    let doubt = match one.flips.is_empty() || !one.is_told {
        true => "",
        false => BY_CHANCE,
    };
    let Some(Band { from, to }) = band else {
        let words = if one.is_told { NONE_FOUND } else { NO_RANK };
        return format!("{words}{doubt}");
    };
    let ends = [from, to].map(|end| end.map(|flip| number(flip.at)));
    let mut words = match ends {
        [None, None] => format!("{ALWAYS}{doubt}"),
        [Some(from), None] => format!("above {from}"),
        [None, Some(to)] => format!("below {to}"),
        [Some(from), Some(to)] => format!("{from} to {to}"),
    };
    if is_rough {
        words.push(ROUGH);
    }
    if has_more {
        words.push(MORE);
    }
    words
}

fn unit(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::ActionsPerInteraction => "actions an interaction",
        Quantity::ActionsPerUser => "actions a user a month",
        Quantity::Interactions => "interactions a month",
        Quantity::Actions => "actions a month",
        Quantity::AllDemand => "% of all demand today",
    }
}

/// A count for people in few columns.
fn brief(value: f64) -> String {
    match value {
        v if v < 9_999.5 => number(v),
        v => short(v),
    }
}

/// A count for people: a decimal below a hundred.
fn number(value: f64) -> String {
    with_decimals(value, 1)
}

/// A count in one of several forms, each finer than the one before: in few columns, then with so many decimals.
fn in_form(value: f64, form: usize) -> String {
    match form {
        0 => brief(value),
        decimals => with_decimals(value, decimals),
    }
}

/// The first form in which a count does not read like today's; that in few columns where it is next to the same.
fn form_beside(now: f64, value: f64) -> usize {
    let mut forms = 0..=DECIMALS;
    let differs = forms.find(|&form| in_form(value, form) != in_form(now, form));
    differs.unwrap_or(0)
}

/// A count with so many decimals below a hundred, as far as they are not 0; from a million on with a unit, and with as
/// many decimals more than usual.
fn with_decimals(value: f64, count: usize) -> String {
    match value {
        v if v < 99.95 => {
            let text = format!("{v:.count$}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        v if v < 999_999.5 => grouped(v),
        v => short_with(v, count.saturating_sub(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::compare::Flip;

    #[test]
    fn figures_have_the_decimals_of_their_intervals() {
        let told =
            |low: f64, high: f64| with_decimals(f64::midpoint(low, high), decimals((low, high)));
        assert_eq!(told(3.87, 3.93), "3.9");
        assert_eq!(told(2.159_7, 2.176_8), "2.168");
        assert_eq!(told(0.965_27, 0.965_30), "0.9653");
        assert_eq!(told(9.999_99, 10.000_01), "10");
        assert_eq!(told(1_998.0, 2_000.0), "1,999");
        // Beside today's they do not read like it.
        let beside = |now: f64, value: f64| {
            let form = form_beside(now, value);
            [in_form(now, form), in_form(value, form)]
        };
        assert_eq!(beside(1.0, 0.965_29), ["1", "0.97"]);
        assert_eq!(beside(1.0, 1.159_7), ["1", "1.2"]);
        assert_eq!(beside(12_340.0, 12_344.0), ["12,340", "12,344"]);
        assert_eq!(beside(12_340.0, 13_000.0), ["12.3k", "13.0k"]);
        assert_eq!(beside(1.0, 1.0), ["1", "1"]);
        assert_eq!(beside(1_234_560.0, 1_233_330.0), ["1.235M", "1.233M"]);
    }

    #[test]
    fn what_holds_but_for_chance_is_marked() {
        let flip = |scale: f64, is_cheaper_above: bool| Flip {
            scale,
            at: 100.0 * scale,
            interval: None,
            is_cheaper_above,
            is_jump: false,
            is_of_a_pack: false,
            is_told: false,
            is_rough: false,
        };
        let one = |is_cheaper_above: bool, is_told: bool, flips: Vec<Flip>| BreakEven {
            alternative: 0,
            against: None,
            quantity: Quantity::Actions,
            now: 100.0,
            at: None,
            interval: None,
            is_cheaper_above,
            is_told,
            flips,
        };
        let by_chance = |first: bool| vec![flip(40.0, first), flip(41.0, !first)];
        let told = |one: &BreakEven| near(one, brief);
        assert_eq!(told(&one(true, true, Vec::new())), "always");
        assert_eq!(told(&one(true, true, by_chance(false))), "always?");
        assert_eq!(told(&one(false, true, Vec::new())), "none found");
        assert_eq!(told(&one(false, true, by_chance(true))), "none found?");
        // Where nothing is told there is no doubt of it.
        assert_eq!(told(&one(true, false, by_chance(false))), "not told");
        let legend = legend(&["always?"]).join("\n");
        assert!(
            legend.contains("always: at 1/64 to 64 times today's"),
            "{legend}"
        );
        assert!(legend.contains("?: not told everywhere"), "{legend}");
    }
}
