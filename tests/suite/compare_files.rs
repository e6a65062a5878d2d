//! Several files side by side, and slips on the command line: what is said, where, and with which exit code.

use std::fs;
use std::process::Output;

use flexcast::report::page::width;

use crate::command_line::{Desk, text};

const PLAIN: &str = r#"name = "plain"
start = 2026-01-01
months = 12
[simulation]
paths = 100
[[workload]]
name = "chat"
units_per_month = { mean = 10_000, cv = 0.2 }
daily_cv = 0.25
[contract]
prepurchase = "80%"
overage_pack_price = 650.0
"#;

/// The plain scenario beside others.
fn desk(others: &[(&str, String)]) -> Desk {
    let desk = Desk::new(PLAIN);
    for (file, text) in others {
        fs::write(desk.folder.path().join(file), text).expect("a scenario");
    }
    desk
}

fn json(done: &Output) -> serde_json::Value {
    serde_json::from_str(&text(&done.stdout)).expect("JSON")
}

#[test]
fn horizons_of_their_own_are_told_where_the_figures_are() {
    let half = PLAIN
        .replace("\"plain\"", "\"half\"")
        .replace("months = 12", "months = 6");
    let later = PLAIN
        .replace("\"plain\"", "\"later\"")
        .replace("2026-01-01", "2026-07-01");
    let desk = desk(&[("half.toml", half), ("later.toml", later)]);
    let page = |others: &[&str]| {
        let done = desk.flexcast(&[&["compare", "s.toml", "--quiet"], others].concat());
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        assert!(done.stderr.is_empty());
        let page = text(&done.stdout);
        assert!(page.lines().count() <= 24, "{page}");
        assert!(page.lines().all(|line| width(line) <= 80), "{page}");
        page
    };
    let joined = |page: &str| page.split_whitespace().collect::<Vec<_>>().join(" ");
    for plan in [&[][..], &["--point"]] {
        let page = joined(&page(&[&["half.toml"], plan].concat()));
        for words in [
            "each over its own dates",
            " over 6 months, ",
            "less than \"plain\" over 12 months",
            "plain 2026-01-01 to 2026-12-31 (12 months); half 2026-01-01 to 2026-06-30 (6 months)",
        ] {
            assert!(page.contains(words), "{words} is missing from:\n{page}");
        }
    }
    let three = joined(&page(&["half.toml", "later.toml"]));
    assert!(three.contains("over 6 months from 2026-01-01"), "{three}");
    assert!(
        three.contains("later 2026-07-01 to 2027-06-30 (12 months)"),
        "{three}"
    );
    let same = page(&["s.toml"]);
    assert!(
        same.contains("2026-01-01 to 2026-12-31, ") && !same.contains("Note"),
        "{same}"
    );
    let told = json(&desk.flexcast(&["compare", "s.toml", "half.toml", "--json"]));
    let warning = told["warnings"][0].as_str().expect("a warning");
    assert!(
        warning.contains("half 2026-01-01 to 2026-06-30 (6 months)"),
        "{told}"
    );
    assert_eq!(told["ways"][1]["horizon"]["end"], "2026-06-30");
    assert_eq!(told["ways"][0]["horizon"]["months"], 12);
    let said = text(&desk.flexcast(&["compare", "s.toml", "half.toml"]).stderr);
    assert!(said.contains(warning), "{said}");
}

#[test]
fn what_is_not_compared_is_told_on_the_page_and_in_the_json() {
    let ways = PLAIN.replace("\"plain\"", "\"ways\"")
        + "[[alternative]]\nname = \"talk\"\nmodel = \"per-conversation\"\nprice = 2.0\n";
    let seed = PLAIN
        .replace("\"plain\"", "\"seed\"")
        .replace("paths = 100", "paths = 100\nseed = 9");
    let desk = desk(&[("ways.toml", ways), ("seed.toml", seed)]);
    for (files, words, is_on_page) in [
        (
            &["s.toml", "ways.toml"][..],
            "not the [[alternative]]s of ways",
            true,
        ),
        (&["s.toml"], "there is no [[alternative]] to compare", true),
        (
            &["s.toml", "seed.toml"],
            "the seed of plain, not with those of seed",
            false,
        ),
    ] {
        let page = text(
            &desk
                .flexcast(&[&["compare", "--quiet"], files].concat())
                .stdout,
        );
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(page.contains(words), is_on_page, "{page}");
        let told = json(&desk.flexcast(&[&["compare", "--json"], files].concat()));
        let warnings = told["warnings"].to_string();
        assert!(warnings.contains(words), "{warnings}");
    }
}

#[test]
fn a_page_of_many_long_names_and_dates_fits_the_screen() {
    let files: Vec<(String, String)> = (1..=7)
        .map(|number| {
            let name = format!("\"{}{number}\"", "予算と計画の".repeat(10));
            let other = PLAIN
                .replace("\"plain\"", &name)
                .replace("months = 12", &format!("months = {number}"))
                + "on_exhaustion = \"block\"\n[[alternative]]\nname = \"talk\"\n\
                   model = \"per-conversation\"\nprice = 2.0\n";
            (format!("{number}.toml"), other)
        })
        .collect();
    let others: Vec<(&str, String)> = files.iter().map(|(f, t)| (&f[..], t.clone())).collect();
    let desk = desk(&others);
    let names: Vec<&str> = files.iter().map(|(file, _)| &file[..]).collect();
    let done = desk.flexcast(&[&["compare"], &names[..]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let page = text(&done.stdout);
    assert!(page.lines().count() <= 24, "{page}");
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    assert!(
        page.contains("Note") && page.contains("Not shown"),
        "{page}"
    );
}

#[test]
fn every_files_mistakes_are_told_at_once() {
    let bad = |key: &str| PLAIN.replace("units_per_month", key);
    let desk = desk(&[("bad.toml", bad("units")), ("bad2.toml", bad("unit"))]);
    for (files, code, names) in [
        (
            &["none.toml", "bad2.toml"][..],
            2,
            &["none.toml", "bad2.toml"][..],
        ),
        (
            &["bad.toml", "s.toml", "bad2.toml"],
            2,
            &["bad.toml", "bad2.toml"],
        ),
        (&["s.toml", "bad2.toml"], 2, &["bad2.toml"]),
        (&["none.toml", "nor.toml"], 74, &["none.toml", "nor.toml"]),
    ] {
        let done = desk.flexcast(&[&["compare", "--out", "out"], files].concat());
        assert_eq!(done.status.code(), Some(code), "{files:?}");
        let said = text(&done.stderr);
        for name in names {
            assert!(said.contains(name), "{name} is missing from:\n{said}");
        }
        assert!(!desk.has("out"));
    }
}

#[test]
fn all_wrong_values_of_size_are_told_at_once() {
    let desk = desk(&[]);
    let refused = |arguments: &[&str]| {
        let done = desk.flexcast(&[&["size", "s.toml", "--out", "out"], arguments].concat());
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert!(done.stdout.is_empty() && !desk.has("out"));
        text(&done.stderr)
    };
    let said = refused(&[
        "--max-overage",
        "1.5",
        "--at",
        "-5",
        "--cvar",
        "2",
        "--invert",
        "x",
    ]);
    for words in [
        "invalid value '1.5' for '--max-overage <SHARE>': write a share from 0 to 1",
        "invalid value '-5' for '--at <CREDITS>': write credits",
        "invalid value '2' for '--cvar <LEVEL>': write a level above 0",
        "invalid value 'x' for '--invert <SHARE>': write a share",
    ] {
        assert!(said.contains(words), "{words} is missing from:\n{said}");
    }
    // Packs, where credits are meant.
    let said = refused(&["--at", "12"]);
    let words = "12 credits are less than one pack of 100_000; 12 packs? write 1_200_000";
    assert!(said.contains(words), "{said}");
    // A share is written in the file only.
    let said = refused(&["--at", "80"]);
    assert!(
        said.contains("80 packs? write 8_000_000") && !said.contains('%'),
        "{said}"
    );
    for at in ["0", "100000", "1_200_001"] {
        let done = desk.flexcast(&["size", "s.toml", "--at", at]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    }
}
