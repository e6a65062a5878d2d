//! One good example, broken in one place at a time: each mistake is refused with its line, its
//! key and what to write instead. The snapshots are what a user reads.

use crate::patch::{GOOD, refused, replaced};

/// A document of cases: what was written, and what flexcast says.
fn document(cases: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (old, new) in cases {
        let scenario = if old.is_empty() {
            format!("{GOOD}\n{new}\n")
        } else {
            replaced(old, new)
        };
        let shown = new.replace('\n', " / ");
        let shown = if new.is_empty() {
            format!("(without {old})")
        } else {
            shown
        };
        text.push_str(&format!("{shown}\n{}\n\n", refused(&scenario, &[])));
    }
    text
}

/// Compares a document with its snapshot.
fn check(name: &str, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A document of `--set` cases.
fn sets(cases: &[&str]) -> String {
    let case = |set: &&str| format!("--set {set}\n{}\n\n", refused(GOOD, &[set]));
    cases.iter().map(case).collect()
}

const SEATS: &str = "{ p10 = 80, p90 = 120 }";
const PLATEAU: &str = "{ min = 0.30, mode = 0.55, max = 0.85 }";
const GROWTH: &str = "{ mean = 0.01, sd = 0.005 }";
const MIX: &str = "{ mix = [{ share = 0.6, actions = 3 }, { share = 0.4, actions = 7 }] }";
const DISCOUNTS: &str = "[{ from = 1_000_000, off = 0.20 }, { from = 10_000_000, off = 0.25 }]";

#[test]
fn the_top_level() {
    check(
        "the_top_level",
        document(&[
            ("name     = \"Good example\"", ""),
            ("\"Good example\"", "\"\""),
            ("\"Good example\"", "17"),
            ("\"Good example\"", "\"two\\nlines\""),
            ("start    = 2026-01-01", ""),
            ("start    = 2026-01-01", "start = \"1 January\""),
            ("start    = 2026-01-01", "start = 2026-01-01T09:00:00"),
            ("start    = 2026-01-01", "start = 9999-06-01"),
            ("start    = 2026-01-01", "start = 20260101"),
            ("months   = 12", "months = 61"),
            ("months   = 12", "months = 0"),
            ("months   = 12", "months = 1.5"),
            ("months   = 12", "months = nan"),
            ("months   = 12", "month = 12"),
            ("\"EUR\"", "\"\""),
            ("paths     = 2_000", "paths = 0"),
            ("paths     = 2_000", "paths = 100_000_001"),
            ("paths     = 2_000", "path = 2_000"),
            ("paths     = 2_000", "paths = 2_000_000"),
            ("seed      = 7", "seed = -1"),
            ("seed      = 7", "seed = 9223372036854775808"),
            ("{ p95_spend = 0.005 }", "{ p95_spend = 0 }"),
            ("{ p95_spend = 0.005 }", "{ p99_spend = 0.01 }"),
            ("{ p95_spend = 0.005 }", "0.005"),
            ("amount  = 60_000.0", "amount = -1"),
            ("monthly = 9_000.0", "monthly = 9_000.0000001"),
            ("[0.50, 0.75, 0.90]", "[0.50, 50]"),
            ("[0.50, 0.75, 0.90]", "[0, 0.75]"),
            ("[0.50, 0.75, 0.90]", "[0.75, 0.75]"),
            ("[0.50, 0.75, 0.90]", "0.75"),
            ("", "[weather]\nsunny = true"),
        ]),
    );
}

#[test]
fn the_syntax() {
    check(
        "the_syntax",
        document(&[
            ("months   = 12", "months = 12\nmonths = 13"),
            ("\"80%\"", "80%"),
            ("start    = 2026-01-01", "start = 2026-02-30"),
            ("seed      = 7", "seed = 7up"),
            ("[calendar]", "[calendar"),
            (DISCOUNTS, "[{ from = 1_000_000, off = 0.20 }"),
            ("[budget]", "[contract]"),
            ("currency = \"EUR\"", "currency = EUR\nseats ="),
        ]),
    );
}

#[test]
fn the_calendar_and_the_rate_card() {
    check(
        "the_calendar_and_the_rate_card",
        document(&[
            ("\"mon\", \"tue\"", "\"monday\", \"tue\""),
            ("\"mon\", \"tue\"", "\"mon\", \"mon\""),
            ("off_day_share = 0.1", "off_day_share = -0.1"),
            ("off_day_share = 0.1", "off_day_share = 1.5"),
            ("off_day_share = 0.1", "off_day_share = \"10%\""),
            (
                "off_day_share = 0.1",
                "weekday_weights = [1, 1, 1, 1, 1, 0, 0]",
            ),
            ("off_day_share = 0.1", "month_weights = [1, 2, 3]"),
            (
                "off_day_share = 0.1",
                "month_weights = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1]",
            ),
            ("\"2026-12-25\"]", "\"25.12.2026\"]"),
            ("[1, 1, 1, 1, 1, 0.5, 0.5]", "[0, 0, 0, 0, 0, 0, 0]"),
            ("[1, 1, 1, 1, 1, 0.5, 0.5]", "[1, 1, 1, 1, 1, 0.5, -0.5]"),
            ("action = 20", "action = -20"),
            ("action = 20", "action = \"20\""),
            ("{ min = 10, max = 14 }", "{ min = -10, max = 14 }"),
            ("operation = \"action\"", "operation = \"actoin\""),
            ("operation = \"action\"", ""),
            ("from      = 2026-07-01", "from = 7"),
            ("chance    = 0.5", "chance = 1.5"),
            (
                "",
                "[[rate_change]]\noperation = \"action\"\nfrom = 2026-07-01\ncredits = 30",
            ),
        ]),
    );
}

#[test]
fn the_workloads() {
    check(
        "the_workloads",
        document(&[
            ("name            = \"service\"", ""),
            ("name             = \"faq bot\"", "name = \"service\""),
            ("seats           = { p10 = 80, p90 = 120 }", "seat = 100"),
            ("seats           = { p10 = 80, p90 = 120 }", ""),
            (SEATS, "1e13"),
            (SEATS, "-5"),
            ("{ start = 0.30, ", "{ start = 30, "),
            ("{ start = 0.30, ", "{ "),
            ("days = 60 }", "days = -60 }"),
            ("days = 60 }", "day = 60 }"),
            ("agent_cv        = 0.8", "agent_cv = -1"),
            ("agent_cv        = 0.8", "agent_cv = 20.1"),
            ("agent_cv        = 0.8", "units_per_month = 300"),
            ("from_day = 30, to_day = 60", "from_day = 70, to_day = 60"),
            ("{ initial = { min = 0.60, max = 0.70 }, ", "{ "),
            (GROWTH, "-1"),
            ("volatility      = 0.20", "volatility = -0.2"),
            ("volatility      = 0.20", "volatility = inf"),
            ("critical         = false", "critical = \"no\""),
            (
                "{ action = 0.9, chat = 0.1 }",
                "{ action = 0.9, chat = 0.2 }",
            ),
            (
                "{ action = 0.9, chat = 0.1 }",
                "{ action = 0.9, chatt = 0.1 }",
            ),
            ("critical         = false", "operation = \"action\""),
            (MIX, "{ use_case = \"field service\" }"),
            (MIX, "{ use_case = 3 }"),
            (MIX, "{ mix = [{ share = 0.6, actions = 3 }] }"),
            (MIX, "{ mix = [{ share = 1, actions = 3.5 }] }"),
            (MIX, "{ mix = [] }"),
            (MIX, "-1"),
            ("units_per_month  = { mean = 2_000, cv = 0.4 }", ""),
        ]),
    );
}

#[test]
fn the_uncertain_values() {
    check(
        "the_uncertain_values",
        document(&[
            (SEATS, "nan"),
            (SEATS, "\"100\""),
            (SEATS, "[80, 120]"),
            (SEATS, "{}"),
            (SEATS, "{ min = 80 }"),
            (SEATS, "{ min = 80, mode = 90 }"),
            (SEATS, "{ min = 120, max = 80 }"),
            (SEATS, "{ min = 80, max = 80 }"),
            (SEATS, "{ min = 80, mode = 130, max = 120 }"),
            (SEATS, "{ min = 80, max = inf }"),
            (SEATS, "{ p10 = 80 }"),
            (SEATS, "{ p10 = 80, p40 = 120 }"),
            (SEATS, "{ p10 = 120, p90 = 80 }"),
            (SEATS, "{ p10 = 0, p90 = 80 }"),
            (SEATS, "{ p50 = 100, p90 = 120 }"),
            (SEATS, "{ p0 = 1, p90 = 120 }"),
            (SEATS, "{ p10 = 80, p50 = 70, p90 = 120 }"),
            (SEATS, "{ p10 = 80, p50 = 100, p95 = 120 }"),
            (SEATS, "{ p10 = 80, p30 = 90, p50 = 100, p90 = 120 }"),
            (SEATS, "{ mean = 100 }"),
            (SEATS, "{ mean = 100, sd = 0 }"),
            (SEATS, "{ mean = -100, cv = 0.4 }"),
            (SEATS, "{ mean = 100, sd = 20, cv = 0.2 }"),
            (SEATS, "{ men = 100, sd = 20 }"),
            (SEATS, "{ mean = 100, sd = 20, min = -5 }"),
            (SEATS, "{ mean = 100, sd = 20, min = 120, max = 80 }"),
            (SEATS, "{ dist = \"gama\", shape = 2, scale = 3 }"),
            (SEATS, "{ dist = \"gamma\", shape = 2 }"),
            (SEATS, "{ dist = \"gamma\", shape = 2, scale = -3 }"),
            (SEATS, "{ dist = \"beta\", mean = 0.5, sd = 0.6 }"),
            (SEATS, "{ dist = \"poisson\", mean = 3 }"),
            (SEATS, "{ dist = 3 }"),
            (SEATS, "{ values = [3, 7, 14], weights = [0.6, 0.3] }"),
            (SEATS, "{ values = [3, 7], weights = [0.6, -0.3] }"),
            (SEATS, "{ values = [3, 7], weights = [0, 0] }"),
            (SEATS, "{ values = [] }"),
            (SEATS, "{ values = [3, -7] }"),
            (SEATS, "{ values = [3, \"x\"] }"),
            (SEATS, "{ weights = [1, 2] }"),
            (PLATEAU, "55"),
            (PLATEAU, "\"55%\""),
            (PLATEAU, "{ min = 0.5, max = 1.5 }"),
            (PLATEAU, "{ p10 = 0.2, p50 = 0.5, p90 = 1.0 }"),
            (PLATEAU, "{ mean = 0.5, sd = 0.2, max = 1.2 }"),
            (PLATEAU, "{ p10 = 30, p90 = 60 }"),
            ("{ min = 0.15, max = 0.25 }", "{ min = 0.15, max = 1 }"),
            (
                "{ min = 1, p10 = 3, p90 = 10 }",
                "{ min = 0.5, p10 = 3, p90 = 10 }",
            ),
            ("{ min = 1, p10 = 3, p90 = 10 }", "0.9"),
        ]),
    );
}

#[test]
fn incidents_events_and_correlations() {
    let correlated =
        "between  = [\"workload.service.actions_per_day\", \"workload.faq bot.units_per_month\"]";
    check(
        "incidents_events_and_correlations",
        document(&[
            ("name       = \"runaway loop\"", ""),
            (
                "name   = \"testing in production\"",
                "name = \"runaway loop\"",
            ),
            ("workload   = \"service\"", "workload = \"servise\""),
            ("workload   = \"service\"", "workload = []"),
            (
                "workload   = \"service\"",
                "workload = [\"service\", \"service\"]",
            ),
            ("workload   = \"service\"", "extra_actions = 100"),
            ("workload   = \"service\"", "chance = 0.5"),
            ("workload   = \"service\"", "share = 0.5"),
            ("per_year   = 0.5", ""),
            ("per_year   = 0.5", "per_year = -1"),
            ("per_year   = 0.5", "per_year = 100_001"),
            (
                "per_year   = 0.5",
                "per_year = { mean = 5, cv = 2, max = 200_000 }",
            ),
            ("per_year   = 0.5", "per_year = { mean = 1e7, cv = 1 }"),
            ("days       = { p10 = 1, p90 = 14 }", ""),
            ("multiplier = { min = 1, p10 = 3, p90 = 10 }", ""),
            (
                "multiplier = { min = 1, p10 = 3, p90 = 10 }",
                "extra_actions = -5",
            ),
            ("chance = 0.5", "chance = 50"),
            ("share  = { min = 0.15, max = 0.25 }", ""),
            (
                "share  = { min = 0.15, max = 0.25 }",
                "share = 0.2\ndays = 3",
            ),
            (
                "",
                "[[incident]]\nname = \"lump\"\nper_year = 1\ndays = 2\nextra_actions = 500",
            ),
            ("workload   = [\"faq bot\"]", "workload = [\"bot\"]"),
            ("to         = 2026-04-19", "to = 2026-04-01"),
            ("to         = 2026-04-19", ""),
            ("{ min = 1.5, max = 2.5 }", "-1"),
            (
                correlated,
                "between = [\"workload.service.actions_per_day\"]",
            ),
            (
                correlated,
                "between = [\"workload.service.seats\", \"workload.service.seats\"]",
            ),
            (
                correlated,
                "between = [\"workload.service.seats\", \"workload.service.actions_per_dy\"]",
            ),
            (
                correlated,
                "between = [\"workload.service.seats\", \"workload.service.volatility\"]",
            ),
            (
                correlated,
                "between = [\"workload.service.seats\", \"workload.faq bot.actions_per_unit\"]",
            ),
            ("spearman = 0.3", "spearman = 1"),
            ("spearman = 0.3", "spearman = -1.5"),
            ("spearman = 0.3", "rho = 0.3"),
            (
                "",
                "[[correlation]]\nbetween = [\"workload.faq bot.units_per_month\", \"workload.service.actions_per_day\"]\nspearman = 0.1",
            ),
            (
                "",
                "[[correlation]]\nbetween = [\"workload.service.seats\", \"workload.faq bot.units_per_month\"]\nspearman = 0.95\n[[correlation]]\nbetween = [\"workload.service.seats\", \"workload.service.actions_per_day\"]\nspearman = -0.8",
            ),
            (
                "",
                "[[correlation]]\nbetween = [\"workload.service.seats\", \"workload.service.growth\"]\nspearman = 0.9\n[[correlation]]\nbetween = [\"rate_card.chat\", \"workload.service.growth\"]\nspearman = 0.9",
            ),
        ]),
    );
}

#[test]
fn the_contract() {
    check(
        "the_contract",
        document(&[
            ("pack               = 100_000", "pack = 0"),
            ("pack               = 100_000", "pack = 0.5"),
            ("pack_price         = 500.0", "pack_price = 0"),
            ("pack_price         = 500.0", "pack_price = 0.0000005"),
            ("free_credits       = 100_000", "free_credits = -1"),
            ("free_credits       = 100_000", "free_credits = 1e12"),
            ("\"pre-purchase\"", "\"prepurchase\""),
            ("\"pre-purchase\"", "\"pay-as-you-go\""),
            ("\"pre-purchase\"", "\"pre-commit\""),
            ("\"80%\"", "12"),
            ("\"80%\"", "0.8"),
            ("\"80%\"", "\"80\""),
            ("\"80%\"", "\"-80%\""),
            ("\"80%\"", "\"8.00001%\""),
            ("\"80%\"", "-100_000"),
            (DISCOUNTS, "[{ from = 1_000_000, off = 20 }]"),
            (DISCOUNTS, "[{ from = 1_000_000, off = 1 }]"),
            (DISCOUNTS, "[{ from = 1_000_000 }]"),
            (DISCOUNTS, "[{ form = 1_000_000, off = 0.2 }]"),
            (
                DISCOUNTS,
                "[{ from = 1_000_000, off = 0.2 }, { from = 1e6, off = 0.3 }]",
            ),
            (DISCOUNTS, "0.2"),
            ("overage_pack_price = 650.0", "overage_pack_price = 0.0065"),
            ("overage_pack_price = 650.0", "overage_pack_price = 6.5"),
            ("overage_pack_price = 650.0", "overage_price = 650.0"),
        ]),
    );
}

/// Where a key of the contract goes in: the default mode, written.
const PREPURCHASE: &str = "payment            = \"pre-purchase\"\nprepurchase        = \"80%\"";
const PAYMENT: &str = "payment            = \"pre-purchase\"";

#[test]
fn how_credits_are_paid_for() {
    check(
        "how_credits_are_paid_for",
        document(&[
            (PAYMENT, "payment = \"pre-commit\""),
            (PAYMENT, "commit = { amount = 1 }"),
            (PAYMENT, "commit = { amount = -1, pack_price = 0 }"),
            (
                PAYMENT,
                "commit = { amount = 1, pack_price = 450.0, minimum = 5 }",
            ),
            (
                PAYMENT,
                "payment = \"pre-commit\"\ncommit = { amount = 1, pack_price = 450.0 }",
            ),
            (
                PAYMENT,
                "payment = \"pay-as-you-go\"\non_exhaustion = \"block\"",
            ),
            (
                PAYMENT,
                "payment = \"pre-commit\"\non_exhaustion = \"block\"",
            ),
            (
                PAYMENT,
                "payment = \"pre-commit\"\non_exhaustion = \"top-up\"",
            ),
            (
                PREPURCHASE,
                "payment = \"pre-commit\"\ncommit = { amount = 1, pack_price = 450.0 }\noverage_cap = 1_000",
            ),
            (PAYMENT, "commit = { amount = 1, pack_price = 0.0045 }"),
            (PAYMENT, "commit = { amount = 1, pack_price = 45 }"),
            (PAYMENT, "payment = 5"),
            (PAYMENT, "term_months = 0"),
            (PAYMENT, "term_months = 61"),
            (PAYMENT, "term_months = 24"),
            (PAYMENT, "term_months = 6.5"),
        ]),
    );
}

#[test]
fn how_long_credits_last() {
    check(
        "how_long_credits_last",
        document(&[
            (PAYMENT, "expiry = \"monthley\""),
            (PAYMENT, "expiry = 12"),
            (PAYMENT, "expiry = \"12\""),
            (PAYMENT, "expiry = 24"),
            (PAYMENT, "rollover = 5"),
            (PAYMENT, "rollover = 0.1234567"),
            (PAYMENT, "rollover = \"50%\""),
            (PAYMENT, "rollover_max = -100"),
            (PAYMENT, "rollover_needs_renewal = \"yes\""),
            (PAYMENT, "grace_days = 367"),
            (PAYMENT, "grace_days = -1"),
        ]),
    );
}

#[test]
fn what_happens_when_credits_run_out() {
    check(
        "what_happens_when_credits_run_out",
        document(&[
            (PAYMENT, "on_exhaustion = \"stop\""),
            (PAYMENT, "on_exhaustion = \"top-up\""),
            (PAYMENT, "on_exhaustion = \"topup\""),
            (PAYMENT, "on_exhaustion = \"step-up\""),
            (PAYMENT, "on_exhaustion = \"step-up\"\nsteps = []"),
            (PAYMENT, "grace = 101"),
            (PAYMENT, "grace = 25"),
            (PAYMENT, "grace = 12.5"),
            (PAYMENT, "grace = 1_001"),
            (PAYMENT, "grace = inf"),
            (PAYMENT, "grace = -0.25"),
            (PAYMENT, "top_up = { below = 10, packs = 5 }"),
            (PAYMENT, "top_up = { below = 0.1, packs = 0 }"),
            (PAYMENT, "top_up = { packs = 5 }"),
            (PAYMENT, "top_up = { below = 0.1 }"),
            (
                PAYMENT,
                "top_up = { below = 0.1, packs = 5, pack_price = 0 }",
            ),
            (
                PAYMENT,
                "top_up = { below = 0.1, packs = 5, pack_price = 0.005 }",
            ),
            (PAYMENT, "top_up = { below = 0.1, packs = 5, cap = 500 }"),
            (PAYMENT, "top_up = 5"),
            (
                PAYMENT,
                "steps = [{ credits_per_month = 0, price_per_month = 1 }]",
            ),
            (PAYMENT, "steps = [{ credits = 1, price_per_month = -1 }]"),
            (
                PAYMENT,
                "steps = [{ credits_per_month = 200_000, price_per_month = 1 }, { credits_per_month = 200_000, price_per_month = 2 }]",
            ),
            (
                PAYMENT,
                "steps = [{ credits_per_month = 100_000, price_per_month = 450 }, { credits_per_month = 200_000, price_per_month = 400.5 }]",
            ),
            (PAYMENT, "steps = 3"),
            (PAYMENT, "monthly_allocation = -1"),
            (PAYMENT, "burst = 15%"),
            (PAYMENT, "burst = 101"),
            (PAYMENT, "overage_cap = -100"),
            (PAYMENT, "overage_cap = 0.0000001"),
            (PAYMENT, "soft_cap = 20"),
            (PAYMENT, "residual_value = 0.99"),
        ]),
    );
}

#[test]
fn seats_grants_and_conversions() {
    check(
        "seats_grants_and_conversions",
        document(&[
            (
                PAYMENT,
                "seat_allowance = { seats = 5.5, credits_per_month = 1, price_per_month = 1 }",
            ),
            (PAYMENT, "seat_allowance = { seats = 5 }"),
            (
                PAYMENT,
                "seat_allowance = { seats = 1_000_000_000, credits_per_month = 1e11, price_per_month = 1e9 }",
            ),
            (
                PAYMENT,
                "grants = [{ credits = 1, from = 2026-01-01, expires = 2025-01-01 }]",
            ),
            (PAYMENT, "grants = [{ credits = 1, from = 2026-01-01 }]"),
            (
                PAYMENT,
                "grants = [{ credits = 1, from = \"soon\", expires = 2025-01-01, priority = -1 }]",
            ),
            (
                PAYMENT,
                "grants = [{ credits = -1, from = 2026-01-01, expires = 2026-01-31, priority = 1_001, unit_cost = -1, promotional = 1 }]",
            ),
            (
                PAYMENT,
                "grants = [{ credits = 1e11, from = 2026-01-01, expires = 2026-01-31, unit_cost = 500 }]",
            ),
            (
                PAYMENT,
                "grants = { credits = 1, from = 2026-01-01, expires = 2026-01-31 }",
            ),
            (PAYMENT, "grants = [100_000]"),
            ("", "[[conversion]]\ndate = 2026-07-01"),
            (
                "",
                "[[conversion]]\ndate = \"July\"\nlicences = 2.5\nvalue_each = -100\nratio = 0\nto = \"credit\"",
            ),
            (
                "",
                "[[conversion]]\ndate = 2026-07-01\nlicences = 1_000_000_000\nvalue_each = 1e9",
            ),
            (
                "",
                "[[conversion]]\ndate = 2026-07-01\nlicences = 5\nvalue_each = 100\nname = \"swap\"",
            ),
        ]),
    );
}

#[test]
fn guardrails_teams_and_extras() {
    check(
        "guardrails_teams_and_extras",
        document(&[
            ("alerts = [0.50, 0.75, 0.90]", "circuit_breaker = 0.9"),
            ("alerts = [0.50, 0.75, 0.90]", "circuit_breaker = 9"),
            ("alerts = [0.50, 0.75, 0.90]", "circuit_breaker = 0"),
            (
                "alerts = [0.50, 0.75, 0.90]",
                "incident_response = { alert = 75, days = 2.5 }",
            ),
            (
                "alerts = [0.50, 0.75, 0.90]",
                "incident_response = { alert = 0.75 }",
            ),
            ("alerts = [0.50, 0.75, 0.90]", "buffer = 1"),
            ("alerts = [0.50, 0.75, 0.90]", "buffer = 0.9999999"),
            ("alerts = [0.50, 0.75, 0.90]", "review_months = 0"),
            ("", "[[team]]\nshare = 0.5"),
            ("", "[[team]]\nname = \"Cre\"\nshare = 0.5"),
            ("", "[[team]]\nname = \"Sales\""),
            ("", "[[team]]\nname = \"Care\"\nshare = 5\nowner = \"\""),
            ("", "[[team]]\nname = \"Care\"\n[[team]]\nname = \"Care\""),
            (
                "",
                "[[team]]\nname = \"Care\"\nshare = 0.5\n[[team]]\nname = \"faq bot\"\nshare = 0.500001",
            ),
            ("", "[extras]\ndata_cloud_share = -0.1\nsupport_share = 101"),
            ("", "[extras]\ndata_cloud_share = 30\nsupport_share = 15"),
            ("", "[extras]\nagent_build = { count = 3 }"),
            ("", "[extras]\nagent_build = { count = 1.5, cost = -1 }"),
            (
                "",
                "[extras]\nagent_build = { count = 1_000_000, cost = 1e9 }",
            ),
        ]),
    );
}

#[test]
fn other_ways_to_pay() {
    let alternative = |keys: &str| format!("[[alternative]]\nname = \"talk\"\n{keys}");
    let cases = [
        "price = 2.0",
        "model = \"per-conversion\"\nprice = 2.0",
        "model = \"per-conversation\"",
        "model = \"per-conversation\"\nprice = 2.0\ncovers = [\"service\"]",
        "model = \"per-conversation\"\nprice = 2.0\nactions_per_conversation = 0",
        "model = \"per-conversation\"\nprice = -2.0\nactions_per_conversation = 4\nusers = 7",
        "model = \"per-user\"\nprice = 2.0\ncovers = [\"servce\"]",
        "model = \"per-user\"\nprice = 1e9\nusers = 1_000_000",
        "model = \"per-user\"\nprice = 125.0\nusers = 7.5\ncredits_per_year = 1_000_000",
        "model = \"per-user\"\nprice = 125.0\nusers = 7\nprepurchase = \"80%\"\nfrom = 2030-01-01",
        "model = \"per-user\"\nprice = 125.0\nusers = 7\nfrom = \"soon\"",
        "model = \"edition\"\nusers = 50\nprice = 550.0",
        "model = \"edition\"\nusers = 50\nprice = 550.0\ncredits_per_year = 1e12\nuser = 3",
        "model = \"flex\"\nprepurchase = 12\ntop_up = { below = 0.1 }\nsoft_cap = 2",
        "model = \"flex\"\npayment = \"pay-as-you-go\"\nprepurchase = \"80%\"",
        "model = \"flex\"\nusers = 10\nactions_per_conversation = 4",
        "model = \"flex\"\nprepurchase = 9e10\nfree_credits = 9e10",
        "model = \"flex\"\nterm_months = 61",
    ];
    let cases: Vec<String> = cases.into_iter().map(alternative).collect();
    let twice = format!(
        "{0}\n{0}",
        alternative("model = \"per-user\"\nusers = 1\nprice = 1.0")
    );
    let contract = "[[alternative]]\nname = \"contract\"\nmodel = \"flex\"".to_owned();
    let cases = cases.iter().chain([&twice, &contract]);
    let cases: Vec<(&str, &str)> = cases.map(|case| ("", case.as_str())).collect();
    check("other_ways_to_pay", document(&cases));
}

#[test]
fn the_set_arguments() {
    check(
        "the_set_arguments",
        sets(&[
            "workload.service.seats",
            "=5",
            "workload..seats=5",
            "workload.\"service.seats=5",
            "workload.service.seat=5",
            "workload.servise.seats=5",
            "workload.faq.units_per_month=5",
            "workload.service.seats=-5",
            "workload.service.seats={ p10 = 5",
            "workload.service.seats={ p10 = 5, p90 = 3 }",
            "workload.service.seats=many",
            "workload.service=5",
            "workload=5",
            "team.Care.share=0.5",
            "conversion.ratio=0.5",
            "correlation.spearman=0.5",
            "rate_change.action.credits=5",
            "months.first=5",
            "contract.prepurchase=12",
            "contract.prepurchase=a lot",
            "contract.payment=prepay",
            "start=tomorrow",
            "start=2026-02-30",
            "name=",
            "simulation.precision.p95=0.1",
        ]),
    );
}

#[test]
fn the_ledger_has_limits() {
    check(
        "the_ledger_has_limits",
        document(&[
            (SEATS, "1e11"),
            (GROWTH, "9"),
            (
                "prepurchase        = \"80%\"",
                "prepurchase = 100_000_000_000",
            ),
            (
                "overage_pack_price = 650.0",
                "overage_pack_price = 900_000_000.0",
            ),
            (
                "prepurchase        = \"80%\"",
                "prepurchase = 20_000_000_000\nterm_months = 2",
            ),
            (
                "prepurchase        = \"80%\"",
                "seat_allowance = { seats = 1_000_000, credits_per_month = 50_000, price_per_month = 1 }",
            ),
            (
                "prepurchase        = \"80%\"",
                "on_exhaustion = \"step-up\"\nsteps = [{ credits_per_month = 1e10, price_per_month = 1 }]",
            ),
            (
                "prepurchase        = \"80%\"",
                "grants = [{ credits = 6e10, from = 2026-01-01, expires = 2026-02-01 }, { credits = 6e10, from = 2026-01-01, expires = 2026-02-01 }]",
            ),
            (
                "prepurchase        = \"80%\"",
                "on_exhaustion = \"top-up\"\ntop_up = { below = 0, packs = 1_000_000 }\nterm_months = 1",
            ),
            (
                "payment            = \"pre-purchase\"\nprepurchase        = \"80%\"",
                "payment = \"pre-commit\"\ncommit = { amount = 1, pack_price = 450, monthly_minimum = 1e10 }",
            ),
            (
                "",
                "[[conversion]]\ndate = 2026-07-01\nlicences = 10_000_000\nvalue_each = 5_000",
            ),
            (
                "",
                "[extras]\nagent_build = { count = 1_000, cost = 1e8 }\nsupport_share = 0.3",
            ),
        ]),
    );
}

#[test]
fn every_problem_comes_out_at_once_in_the_order_written() {
    let text = replaced("months   = 12", "months = 99")
        .replace(SEATS, "-5")
        .replace("spearman = 0.3", "spearman = 2")
        .replace("\"pre-purchase\"", "\"later\"");
    let problems = refused(&text, &["budget.amount=x", "budgt.amount=5"]);
    let found: Vec<(usize, usize, &str)> = problems
        .list
        .iter()
        .map(|p| (p.place.source, problems.position(p).0, p.key.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (0, 3, "months"),
            (0, 29, "workload.service.seats"),
            (0, 67, "correlation[1].spearman"),
            (0, 73, "contract.payment"),
            (1, 1, "budget.amount"),
            (2, 1, "budgt"),
        ]
    );
}

#[test]
fn a_misspelt_key_names_the_nearest_and_is_not_missing_as_well() {
    let problems = refused(
        &replaced("seats           = { p10 = 80, p90 = 120 }", "seat = 100"),
        &[],
    );
    assert_eq!(problems.list.len(), 1);
    assert_eq!(problems.list[0].remedy, "did you mean `seats`?");
    assert_eq!(problems.position(&problems.list[0]), (29, 1));
}

#[test]
fn twelve_packs_are_asked_back() {
    let problems = refused(&replaced("\"80%\"", "12"), &[]);
    assert_eq!(problems.list[0].remedy, "12 packs? write 1_200_000");
}

#[test]
fn a_price_of_a_credit_is_told_from_that_of_a_pack() {
    let text = replaced("overage_pack_price = 650.0", "overage_pack_price = 0.0065");
    let problems = refused(&text, &[]);
    assert!(
        problems.list[0]
            .message
            .contains("this is the price of a pack")
    );
    assert_eq!(problems.list[0].remedy, "0.0065 a credit? write 650");
}

#[test]
fn more_than_a_thousand_workloads_are_refused() {
    let one = |k: usize| format!("[[workload]]\nname = \"w{k}\"\nunits_per_month = 1\n");
    let text: String = (0..1001).map(one).collect();
    let problems = refused(&format!("name = \"a\"\nstart = 2026-01-01\n{text}"), &[]);
    assert_eq!(problems.list.len(), 1, "{problems}");
    assert!(problems.list[0].message.contains("1001 tables"));
}

#[test]
fn a_contract_has_at_most_so_many_parts() {
    let many = |key: &str, part: &str, count| format!("contract.{key}=[{}]", part.repeat(count));
    let grant = "{ credits = 1, from = 2026-01-01, expires = 2026-01-31 }, ";
    let step = "{ credits_per_month = 1, price_per_month = 1 }, ";
    let tier = "{ from = 1, off = 0.1 }, ";
    for (set, message) in [
        (many("grants", grant, 1_001), "1001 grants"),
        (many("steps", step, 101), "101 steps"),
        (many("discounts", tier, 101), "101 discounts"),
    ] {
        let problems = refused(GOOD, &[&set]);
        assert_eq!(problems.list.len(), 1, "{problems}");
        assert_eq!(problems.list[0].message, message);
    }
    let most = many("grants", grant, 1_000);
    assert_eq!(
        crate::patch::accepted(GOOD, &[&most]).contract.grants.len(),
        1_000
    );
}

#[test]
fn a_file_over_four_mebibytes_is_refused() {
    let problems = refused(&format!("{GOOD}#{}", "x".repeat(4 << 20)), &[]);
    assert_eq!(problems.list.len(), 1);
    assert!(problems.list[0].message.contains("4 MiB"));
}

#[test]
fn a_precise_overage_probability_needs_a_grant() {
    let text = replaced("{ p95_spend = 0.005 }", "{ overage_probability = 0.01 }");
    let none = ["contract.prepurchase=0", "contract.free_credits=0"];
    let problems = refused(&text, &none);
    assert_eq!(
        problems.list[0].key,
        "simulation.precision.overage_probability"
    );
}

#[test]
fn deep_nesting_and_long_dotted_keys_do_not_exhaust_the_stack() {
    let dotted = format!("a{} = 1", ".a".repeat(1_000_000));
    let brackets = format!("a = {}", "[".repeat(1_000_000));
    let lines = format!("a{} = {{\n", ".a".repeat(90)).repeat(80);
    let inline = format!("a = {{ {} 1 }}", "a = { ".repeat(40));
    for text in [dotted, brackets, lines, inline] {
        assert!(!refused(&text, &[]).list.is_empty());
        let set = format!("x={text}");
        assert!(!refused(GOOD, &[&set]).list.is_empty());
        assert!(!refused(GOOD, &[&text]).list.is_empty());
    }
}

#[test]
fn shares_of_the_pool_are_refused_where_they_were_set() {
    let shared =
        "[[team]]\nname = \"Care\"\nshare = 0.6\n[[team]]\nname = \"faq bot\"\nshare = 0.3\n";
    let text = format!("{GOOD}\n{shared}");
    let place = |sets: &[&str]| {
        let problems = refused(&text, sets);
        assert_eq!(problems.list.len(), 1, "{problems}");
        let problem = &problems.list[0];
        assert!(problem.message.contains("to 1.2"), "{problems}");
        (problem.place.source, problem.key.clone())
    };
    // The second team is at fault in the file's order, the first was set.
    assert_eq!(
        place(&["team.Care.share=0.9"]),
        (1, "team.Care.share".to_owned())
    );
    let first = text.replace("share = 0.6\n", "share = 0.9\n");
    let problems = refused(&first, &[]);
    assert_eq!(problems.list[0].key, "team.Care.share");
}

#[test]
fn contradictions_come_out_with_the_key_that_is_missing() {
    let text = replaced(
        PAYMENT,
        "payment = \"pre-commit\"\non_exhaustion = \"step-up\"",
    );
    let keys: Vec<String> = refused(&text, &[])
        .list
        .into_iter()
        .map(|p| p.key)
        .collect();
    let expected = ["commit", "steps", "on_exhaustion", "prepurchase"];
    assert_eq!(keys, expected.map(|key| format!("contract.{key}")));
}
