//! What a page of a comparison claims, and what it keeps to itself: noise, whole packs, ties, cut terms, crowds.

use flexcast::forecast::compare::{Comparison, compare, compare_point};
use flexcast::report::comparison;
use flexcast::report::page::width;
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;

use crate::ask::{scenario, with};
use crate::checks::close;

fn ways(scenario: &Scenario) -> Comparison {
    compare(scenario, &unwatched).expect("a comparison")
}

/// The page, which fits a screen.
fn page(scenario: &Scenario, found: &Comparison) -> String {
    let page = comparison::page(scenario, found, false);
    assert!(page.lines().count() <= 24, "{page}");
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    page
}

/// The words of a page in one line.
fn flat(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ten thousand interactions a month and what is said of ways to pay for them.
fn chats(paths: u64, body: &str) -> Scenario {
    scenario(&format!(
        "name = \"chats\"\nstart = 2026-01-01\nmonths = 12\n[simulation]\npaths = {paths}\n\
         [[workload]]\nname = \"chat\"\nunits_per_month = 10_000\nactions_per_unit = 4\n{body}"
    ))
}

#[test]
fn what_chance_may_have_made_is_no_break_even() {
    // Where a pack or two are bought, each decides which way is the cheaper one.
    let text = "name = \"noise\"\nstart = 2026-01-01\nmonths = 12\n[simulation]\npaths = 2_000\n\
         [[workload]]\nname = \"web chat\"\nunits_per_month = { p10 = 300, p90 = 700 }\n\
         actions_per_unit = { use_case = \"case\" }\ndaily_cv = 0.3\n[contract]\n\
         prepurchase = \"80%\"\noverage_pack_price = 650.0\n[[alternative]]\nname = \"as used\"\n\
         model = \"flex\"\npayment = \"pay-as-you-go\"\npack_price = 560.0\n";
    let (mut unsure, mut told) = (0, 0);
    for seed in 1..=4 {
        let asked = with(text, &[&format!("simulation.seed={seed}")]);
        let found = ways(&asked);
        let json = comparison::json(&asked, &found);
        for (one, json) in found
            .break_evens
            .iter()
            .zip(json["break_evens"].as_array().unwrap())
        {
            // Of the flips the told ones alternate, and the figure is one of them.
            let of_json = json["flips"].as_array().unwrap();
            assert_eq!(of_json.len(), one.flips.len());
            let flips = one.flips.iter().filter(|flip| flip.is_told);
            let flips: Vec<_> = flips.collect();
            for pair in flips.windows(2) {
                assert!(
                    pair[0].is_cheaper_above != pair[1].is_cheaper_above,
                    "{one:?}"
                );
            }
            assert_eq!(one.at.is_some(), !flips.is_empty());
            assert!(
                one.at
                    .is_none_or(|at| flips.iter().any(|flip| flip.at == at))
            );
            for (flip, json) in one.flips.iter().zip(of_json) {
                assert_eq!(json["is_told"], flip.is_told);
                unsure += usize::from(!flip.is_told);
            }
            told += flips.len();
            let details = comparison::page(&asked, &found, true);
            let is_marked = details.contains("\n?: chance may have made it");
            assert_eq!(is_marked, flips.len() < one.flips.len(), "{details}");
        }
    }
    assert!(unsure > 0, "{told} told");
    // The plan has no errors: every flip is told.
    let asked = scenario(text);
    let found = compare_point(&asked).expect("a plan");
    let mut flips = found.break_evens.iter().flat_map(|one| &one.flips);
    assert!(flips.all(|flip| flip.is_told && !flip.is_rough));
}

#[test]
fn of_few_packs_the_end_beyond_which_it_is_steady_is_told() {
    let body = "[contract]\nprepurchase = \"80%\"\noverage_pack_price = 650.0\n\
        [[alternative]]\nname = \"talk\"\nmodel = \"per-conversation\"\nprice = 0.45\n";
    let asked = chats(500, body);
    let found = ways(&asked);
    let volume = found.break_evens.iter().find(|one| one.flips.len() > 2);
    let volume = volume.expect("several flips");
    let first = format!("below {:.0}~", volume.flips[0].at);
    assert!(volume.flips[1].is_of_a_pack && !volume.flips[0].is_cheaper_above);
    let page = page(&asked, &found);
    assert!(page.contains(&first) && !page.contains('*'), "{page}");
    assert!(page.contains("\n~: to and fro next to it"), "{page}");
}

#[test]
fn where_costs_begin_to_be_equal_nothing_is_saved_any_more() {
    // 30 packs are bought, or 120% of the plan: from the scale on where that is as many both cost the same.
    let asked = scenario(
        "name = \"B\"\nstart = 2026-01-01\nmonths = 6\n[simulation]\npaths = 200\n\
         [[workload]]\nname = \"w\"\nunits_per_month = { mean = 3_000, cv = 0.5 }\n\
         actions_per_unit = 3\ndaily_cv = 0.3\n[contract]\npack_price = 400.0\n\
         overage_pack_price = 600.0\nfree_credits = 200_000\nprepurchase = 3_000_000\n\
         [[alternative]]\nname = \"x\"\nmodel = \"flex\"\npack_price = 400.0\n\
         overage_pack_price = 600.0\nfree_credits = 200_000\nprepurchase = \"120%\"\n",
    );
    let found = ways(&asked);
    let flip = &found.break_evens[0].flips[0];
    assert!(flip.is_jump && flip.is_told && !flip.is_cheaper_above);
    // 29 packs are enough for 1.2 (54,000 x 20 x s - 200,000) up to there.
    close(flip.scale, (29.0 / 12.0 + 0.2) / 1.08, 1e-5).unwrap();
    assert_eq!(found.break_evens[0].at, Some(flip.at));
}

#[test]
fn ways_that_cost_the_same_in_every_future_are_said_to() {
    let body = "[contract]\nprepurchase = 0\n[[alternative]]\nname = \"talk\"\n\
        model = \"flex\"\npayment = \"pay-as-you-go\"\n[[alternative]]\nname = \"dear\"\n\
        model = \"per-conversation\"\nprice = 9.0\n";
    let asked = chats(400, body);
    let found = ways(&asked);
    assert_eq!(found.ways[0].standing.equal, [1]);
    let page = page(&asked, &found);
    let words = flat(&page);
    let claim = "\"talk\" costs the same in every future; none costs less in 100% of futures";
    assert!(
        words.contains(claim) && !words.contains("cheapest in"),
        "{page}"
    );
    let json = comparison::json(&asked, &found);
    assert_eq!(json["ways"][0]["equal_to"][0]["alternative"], "talk");
    assert_eq!(json["ways"][0]["probability_none_less"]["value"], 1.0);
    // What no future shows may still happen: 3.84 of 403.84, the end of Wilson's interval.
    let row = page
        .lines()
        .find(|line| line.starts_with("dear "))
        .expect("a row");
    assert!(row.contains(" <1% "), "{page}");
    // Costs that do not vary are known, and so is the plan.
    let flat = chats(
        50,
        "[[alternative]]\nname = \"a\"\nmodel = \"per-user\"\nusers = 0\n\
        price = 1.0\n[contract]\nprepurchase = 20_000_000\non_exhaustion = \"block\"\n",
    );
    let found = ways(&flat);
    let row = comparison::page(&flat, &found, false);
    assert!(row.contains(" 100% ") && !row.contains('>'), "{row}");
}

#[test]
fn a_horizon_that_cuts_a_term_is_noted_with_what_it_does() {
    let body = "[contract]\nprepurchase = 5_000_000\nterm_months = 8\n[[alternative]]\n\
        name = \"commit\"\nmodel = \"flex\"\npayment = \"pre-commit\"\nterm_months = 8\n\
        commit = { amount = 9_000.0, pack_price = 470.0 }\n[[alternative]]\nname = \"share\"\n\
        model = \"flex\"\nprepurchase = \"80%\"\nterm_months = 8\n";
    let asked = chats(50, body);
    let note = "the horizon ends inside a term: the last purchase of the contract is paid in full, \
        the last minimum of \"commit\" is not trued up; set months to whole terms to rank them";
    for found in [ways(&asked), compare_point(&asked).expect("a plan")] {
        let page = page(&asked, &found);
        assert!(flat(&page).contains(note), "{page}");
        let json = comparison::json(&asked, &found);
        let mut warnings = json["warnings"].as_array().unwrap().iter();
        assert!(warnings.any(|warning| warning == note), "{json}");
    }
    let whole = chats(50, &body.replace("term_months = 8", "term_months = 12"));
    assert!(ways(&whole).caveats.is_empty());
}

#[test]
fn licences_for_fewer_than_are_active_are_noted() {
    let text = "name = \"desk\"\nstart = 2026-01-01\nmonths = 3\n[simulation]\npaths = 200\n\
         [[workload]]\nname = \"desk\"\nseats = 100\nactivation = { min = 0.4, max = 0.6 }\n\
         actions_per_day = 10\n[contract]\nprepurchase = 0\n[[alternative]]\nname = \"per user\"\n\
         model = \"per-user\"\nusers = 50\nprice = 60.0\n";
    let asked = with(text, &[]);
    let found = ways(&asked);
    let words = flat(&page(&asked, &found));
    let note = "more agents than licences in some month: \"per user\" (50 users) in ";
    let (_, share) = words.split_once(note).expect("a note");
    let share: f64 = share.split_once('%').unwrap().0.parse().unwrap();
    assert!((35.0..75.0).contains(&share), "{share}");
    for users in [40, 60] {
        let asked = with(text, &[&format!("alternative.per user.users={users}")]);
        let plan = compare_point(&asked).expect("a plan");
        assert_eq!(
            plan.caveats.len(),
            usize::from(users == 40),
            "{:?}",
            plan.caveats
        );
        assert_eq!(ways(&asked).caveats.len(), usize::from(users == 40));
    }
}

#[test]
fn every_way_that_leaves_demand_unserved_is_named() {
    let alternatives: String = (1..=4)
        .map(|number| {
            format!(
                "[[alternative]]\nname = \"the offer of the account executive number {number}\"\n\
                 model = \"flex\"\nprepurchase = {number}_000_000\non_exhaustion = \"block\"\n"
            )
        })
        .collect();
    let body =
        format!("[contract]\nprepurchase = 5_000_000\non_exhaustion = \"block\"\n{alternatives}");
    let asked = chats(50, &body);
    let found = ways(&asked);
    let page = page(&asked, &found);
    let lines = page
        .lines()
        .skip_while(|line| !line.starts_with("Unserved"));
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(lines.len() <= 3, "{page}");
    let words = flat(&lines.join(" "));
    // 9.6 million are wanted.
    assert!(words.contains("contract 4.60M (47.9%)"), "{page}");
    for number in 1..=4 {
        let share = 100.0 - 100.0 * f64::from(number) / 9.6;
        assert!(
            words.contains(&format!("{number} {}.60M ({share:.1}%)", 9 - number)),
            "{page}"
        );
    }
    assert!(
        words.contains("of the credits wanted, on average"),
        "{page}"
    );
}

#[test]
fn break_evens_with_figures_come_first_and_units_are_explained() {
    let text = "name = \"two\"\nstart = 2026-01-01\nmonths = 3\n[simulation]\npaths = 100\n\
        [[workload]]\nname = \"desk\"\nseats = 100\nactivation = 0.5\nactions_per_day = 10\n\
        [[workload]]\nname = \"chat\"\nunits_per_month = 5_000\nactions_per_unit = 4\n\
        [contract]\nprepurchase = \"80%\"\noverage_pack_price = 650.0\n[[alternative]]\n\
        name = \"desk only\"\nmodel = \"per-user\"\nusers = 50\nprice = 60.0\ncovers = [\"desk\"]\n\
        [[alternative]]\nname = \"commit\"\nmodel = \"flex\"\npayment = \"pre-commit\"\n\
        commit = { amount = 12_000.0, pack_price = 470.0 }\n";
    let asked = with(text, &[]);
    let page = page(&asked, &ways(&asked));
    assert!(
        page.contains("\nnow: a month's of the workloads that each way covers"),
        "{page}"
    );
    // Ways without a flip come first in the file, and have no line where there are few.
    let plain: String = (0..12)
        .map(|number| {
            format!(
                "[[alternative]]\nname = \"dear {number}\"\nmodel = \"flex\"\n\
                 prepurchase = \"80%\"\npack_price = 9{number:02}.0\n"
            )
        })
        .collect();
    let last = "[[alternative]]\nname = \"users\"\nmodel = \"per-user\"\nusers = 50\n\
        price = 900.0\n";
    let asked = chats(
        50,
        &format!("[contract]\nprepurchase = \"80%\"\n{plain}{last}"),
    );
    let found = ways(&asked);
    let page = self::page(&asked, &found);
    let shown = page.split_once("Not shown: ").expect("hidden ways").1;
    let hidden = found.ways.len()
        - page
            .lines()
            .take_while(|line| !line.starts_with("Break-even"))
            .filter(|line| {
                line.starts_with("contract")
                    || line.starts_with("dear ")
                    || line.starts_with("users")
            })
            .count();
    assert!(shown.starts_with(&format!("{hidden} at ")), "{page}");
}

#[test]
fn long_names_and_notes_are_cut_where_it_shows() {
    let text = "name = \"Ein sehr langer Name für ein Szenario, das die Grenzen der Zeile von \
        achtzig Zeichen deutlich übersteigt\"\nstart = 2026-01-01\nmonths = 3\n\
        currency = \"Schweizer Franken\"\n[simulation]\npaths = 50\n[[workload]]\nname = \"w\"\n\
        units_per_month = 5_000\n";
    let asked = with(text, &[]);
    let page = page(&asked, &ways(&asked));
    let first = page.lines().next().unwrap();
    assert!(
        first.contains('…') && first.ends_with("übersteigt"),
        "{page}"
    );
    let title = page
        .lines()
        .find(|line| line.starts_with("Way to pay"))
        .unwrap();
    assert!(title.contains('…'), "{page}");
}

#[test]
fn figures_next_to_todays_are_told_apart_within_the_page() {
    let text = "name = \"near\"\nstart = 2026-01-01\nmonths = 12\n[simulation]\npaths = 99\n\
         [[workload]]\nname = \"w\"\nunits_per_month = 123_456\ndaily_cv = 0.3\n[contract]\n\
         payment = \"pay-as-you-go\"\noverage_pack_price = 500\n[[alternative]]\n\
         name = \"block with dear overage\"\nmodel = \"flex\"\npayment = \"pre-purchase\"\n\
         prepurchase = 37_000_000\ndiscounts = [{ from = 1_000_000, off = 0.20 }]\n\
         overage_pack_price = 1500\n[[alternative]]\nname = \"pay as you go at 2% off\"\n\
         model = \"flex\"\npayment = \"pay-as-you-go\"\noverage_pack_price = 490\n";
    for times in ["", "0"] {
        let text = text
            .replace("123_456", &format!("123_456{times}"))
            .replace("37_000_000", &format!("37_000_000{times}"));
        let asked = with(&text, &[]);
        let found = ways(&asked);
        let page = comparison::page(&asked, &found, false);
        assert!(page.lines().all(|line| width(line) <= 80), "{page}");
        let figures = |line: &str| -> Vec<String> {
            let (_, figures) = line.split_once("interactions a month").expect("figures");
            figures.split_whitespace().map(str::to_owned).collect()
        };
        let rows = page
            .lines()
            .filter(|line| line.contains("interactions a month"));
        let rows: Vec<Vec<String>> = rows.map(figures).collect();
        // Today's figure stands in one form, and no break-even reads like it.
        let now = &rows[0][0];
        assert!(rows.iter().all(|row| row[0] == *now), "{page}");
        assert!(!rows[0][1..].contains(now), "{page}");
        // Fewer than a hundred futures are called rough where people look and where programs do.
        assert!(page.contains("fewer than 100 futures are rough"), "{page}");
        let json = comparison::json(&asked, &found).to_string();
        assert!(json.contains("99 futures are few"), "{json}");
    }
    let enough = with(text, &["simulation.paths=100"]);
    let page = comparison::page(&enough, &ways(&enough), false);
    assert!(!page.contains("rough"), "{page}");
}
