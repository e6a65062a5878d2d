//! The command line as a user meets it: exit codes, standard output and error, folders, files.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use flexcast::report::page::width;

const AGENTS: &str = r#"name = "a"
start = 2026-02-01
months = 1
[[workload]]
name = "agents"
seats = 100
activation = { months = [0.5, 0.6, 0.75] }
actions_per_day = 25
"#;

const NOISY: &str = r#"name = "noisy"
start = 2026-02-01
months = 2
[simulation]
paths = 400
[[workload]]
name = "agents"
seats = 100
activation = 0.5
actions_per_day = { p10 = 20, p90 = 40 }
daily_cv = 0.3
[contract]
prepurchase = "80%"
overage_pack_price = 650.0
"#;

/// A folder with a scenario, in which the program is run.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("s.toml"), text).expect("a scenario file");
        Self { folder }
    }

    pub(crate) fn flexcast(&self, arguments: &[&str]) -> std::process::Output {
        Command::cargo_bin("flexcast")
            .expect("the binary is built")
            .current_dir(self.folder.path())
            .args(arguments)
            .output()
            .expect("the binary runs")
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("the file was written")
    }

    pub(crate) fn has(&self, file: &str) -> bool {
        Path::new(&self.folder.path().join(file)).exists()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn cell(csv: &str, scope: &str, metric: &str, period: &str) -> f64 {
    let row = csv.lines().find(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[1], cells[2], cells[4]) == (scope, metric, period)
    });
    let row = row.expect("the row is there");
    row.split(',')
        .nth(5)
        .and_then(|mean| mean.parse().ok())
        .expect("a mean")
}

#[test]
fn twenty_five_thousand_actions_are_five_packs_worth() {
    // 50 active agents x 25 actions x 20 working days = 25,000 actions = 500,000 credits = $2,500.
    let desk = Desk::new(AGENTS);
    let done = desk.flexcast(&["run", "s.toml", "--point", "--out", "out"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let csv = desk.read("out/percentiles.csv");
    assert_eq!(cell(&csv, "total", "credits", "term"), 500_000.0);
    assert_eq!(cell(&csv, "total", "spend", "term"), 2_500.0);
    assert_eq!(cell(&csv, "workload:agents", "active_agents", "term"), 50.0);
}

#[test]
fn bare_flexcast_answers_on_one_screen() {
    let desk = Desk::new(AGENTS);
    let done = desk.flexcast(&["--paths", "500"]);
    assert_eq!(done.status.code(), Some(0));
    let shown = text(&done.stdout);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() < 24, "{} lines and the prompt", lines.len());
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'), "no colour through a pipe");
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = fs::read_to_string("README.md").expect("a README");
    let service_desk = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/service-desk.toml");
    let commands: [&[&str]; 4] = [
        &[],
        &["size", service_desk],
        &["compare", service_desk],
        &["sensitivity", service_desk],
    ];
    for arguments in commands {
        let shown = text(&Desk::new(AGENTS).flexcast(arguments).stdout);
        assert!(!shown.is_empty(), "{arguments:?}");
        assert!(readme.contains(&shown), "put this into README.md:\n{shown}");
    }
}

const CHATS: &str = include_str!("../../scenarios/ten-thousand-interactions.toml");

#[test]
fn the_worked_comparison_through_the_program() {
    let desk = Desk::new(CHATS);
    let costs = |sets: &[&str]| -> Vec<String> {
        let mut arguments = vec!["compare", "s.toml", "--point", "--out", "out", "--force"];
        arguments.extend_from_slice(sets);
        let done = desk.flexcast(&arguments);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        let table = desk.read("out/comparison.csv");
        let cost = |line: &str| line.split(',').nth(2).expect("a cost").to_owned();
        table.lines().skip(1).map(cost).collect()
    };
    assert_eq!(costs(&[]), ["63600", "240000", "47700", "75000"]);
    let twice = ["--set", "workload.customer chat.units_per_month=20000"];
    assert_eq!(costs(&twice)[0], "127200");
    let longer = ["--set", "workload.customer chat.actions_per_unit=18"];
    assert_eq!(costs(&longer)[0], "216000");
    let row = desk
        .read("out/comparison.csv")
        .lines()
        .nth(2)
        .map(str::to_owned);
    let row = row.expect("the first alternative");
    assert!(
        row.ends_with("per conversation,240000,,,,,,0,24000,,"),
        "{row}"
    );
    let shown = text(&desk.flexcast(&["compare", "s.toml", "--point"]).stdout);
    for figure in [
        "63,600.00",
        "240,000.00",
        "47,700.00",
        "75,000.00",
        "above 20",
        "above 1,250",
    ] {
        assert!(shown.contains(figure), "{figure} is missing from:\n{shown}");
    }
}

#[test]
fn comparisons_are_recorded_and_verified() {
    let desk = Desk::new(CHATS);
    let done = |arguments: &[&str]| {
        let done = desk.flexcast(arguments);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        done
    };
    done(&["run", "s.toml", "--paths", "100", "--out", "one"]);
    done(&["compare", "s.toml", "--paths", "200", "--out", "one"]);
    let checked = text(&done(&["run", "--verify", "one/run.json"]).stdout);
    assert!(
        checked.contains("same     comparison.csv (compare)"),
        "{checked}"
    );
    // Of two files, both are in the record: they may be gone.
    fs::write(
        desk.folder.path().join("b.toml"),
        CHATS.replace("500.0", "500"),
    )
    .expect("another scenario");
    let sets = ["--set", "contract.overage_pack_price=450.0", "--seed", "3"];
    let two = [
        &[
            "compare", "s.toml", "b.toml", "--paths", "100", "--out", "two",
        ][..],
        &sets,
    ];
    done(&two.concat());
    let table = desk.read("two/comparison.csv");
    let names: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(names, ["scenario", "s", "b"], "files, where names repeat");
    fs::remove_file(desk.folder.path().join("b.toml")).expect("a file to remove");
    let checked = text(&done(&["run", "--verify", "two/run.json"]).stdout);
    assert!(
        checked.contains("same     comparison.csv (compare)"),
        "{checked}"
    );
    // One of them alone is another question.
    let other = desk.flexcast(&["compare", "s.toml", "--paths", "100", "--out", "two"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("--force"));
    let plan = done(&["compare", "s.toml", "--point", "--json", "--quiet"]);
    let plan: serde_json::Value = serde_json::from_str(&text(&plan.stdout)).expect("JSON");
    assert_eq!(plan["ways"][2]["difference"]["mean"], -15_900.0);
    assert_eq!(
        plan["break_evens"][0]["quantity"],
        "actions_per_interaction"
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let desk = Desk::new(CHATS);
    let refused = |arguments: &[&str], words: &str| {
        let done = desk.flexcast(arguments);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        let said = text(&done.stderr);
        assert!(said.contains(words), "{words} is missing from:\n{said}");
    };
    refused(&["compare"], "FILE");
    let precise = ["compare", "s.toml", "--precision", "p95_spend=0.01"];
    refused(&precise, "leave out --precision");
    fs::write(
        desk.folder.path().join("b.toml"),
        format!("currency = \"EUR\"\n{CHATS}"),
    )
    .expect("another scenario");
    refused(&["compare", "s.toml", "b.toml"], "one currency");
    let users = [
        "compare",
        "s.toml",
        "--set",
        "alternative.per user.users=-1",
    ];
    refused(&users, "alternative.per user.users");
    // Without an alternative there is one row, and a word about it.
    fs::write(desk.folder.path().join("c.toml"), NOISY).expect("a scenario");
    let alone = desk.flexcast(&["compare", "c.toml", "--paths", "50"]);
    assert_eq!(alone.status.code(), Some(0));
    assert!(text(&alone.stderr).contains("[[alternative]]"));
}

#[test]
fn bad_input_is_reported_whole_and_nothing_is_written() {
    let bad = AGENTS
        .replace("seats =", "seat =")
        .replace("actions_per_day = 25", "actions_per_day = -5");
    let desk = Desk::new(&bad);
    let done = desk.flexcast(&["run", "s.toml", "--out", "out"]);
    assert_eq!(done.status.code(), Some(2));
    let said = text(&done.stderr);
    for words in ["s.toml:6:1", "s.toml:8", "seats", "-5"] {
        assert!(said.contains(words), "{words} is missing from:\n{said}");
    }
    assert!(done.stdout.is_empty());
    assert!(!desk.has("out"));
}

#[test]
fn reading_and_writing_failures_end_with_74() {
    let desk = Desk::new(AGENTS);
    let missing = desk.flexcast(&["run", "missing.toml"]);
    assert_eq!(missing.status.code(), Some(74));
    assert!(text(&missing.stderr).contains("missing.toml"));
    let impossible = desk.flexcast(&["run", "s.toml", "--out", "/dev/full/out"]);
    assert_eq!(impossible.status.code(), Some(74));
}

#[test]
fn a_full_device_is_a_failure_and_a_closed_pipe_is_not() {
    let desk = Desk::new(AGENTS);
    let binary = assert_cmd::cargo::cargo_bin!("flexcast");
    let run = |tail: &str| {
        std::process::Command::new("sh")
            .arg("-c")
            .arg(format!(
                "'{}' run s.toml --details {tail}",
                binary.display()
            ))
            .current_dir(desk.folder.path())
            .output()
            .expect("a shell")
    };
    assert_eq!(run("> /dev/full").status.code(), Some(74));
    let closed = run("| head -1");
    assert_eq!(closed.status.code(), Some(0));
    assert!(
        text(&closed.stderr)
            .lines()
            .all(|line| line.starts_with("warning"))
    );
}

#[test]
fn sensitivity_writes_its_table_and_can_be_verified() {
    let desk = Desk::new(NOISY);
    let small = ["--paths", "300", "--out", "out"];
    let done = desk.flexcast(&[&["sensitivity", "s.toml"][..], &small].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stdout).lines().count() <= 23);
    let csv = desk.read("out/sensitivity.csv");
    for output in ["spend", "overage", "spend_above_p95", "exhaustion_date"] {
        assert!(
            csv.contains(&format!("noisy,{output},action rates,")),
            "{csv}"
        );
    }
    let verified = desk.flexcast(&["run", "--verify", "out/run.json"]);
    assert_eq!(
        verified.status.code(),
        Some(0),
        "{}",
        text(&verified.stderr)
    );
    assert!(text(&verified.stdout).contains("same     sensitivity.csv"));
    let run = desk.flexcast(&["run", "s.toml", "--paths", "300", "--out", "out"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let json = desk.flexcast(&["sensitivity", "s.toml", "--paths", "300", "--json"]);
    let tree: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(tree["outputs"].as_array().map(Vec::len), Some(4));
    let bad = desk.flexcast(&["sensitivity", "s.toml", "--sampling", "qmc"]);
    assert_eq!(bad.status.code(), Some(2));
}

#[test]
fn sizes_as_json_say_what_they_are_of() {
    let desk = Desk::new(NOISY);
    for (rules, settled) in [("0", None), ("contract.overage_cap=1000000", Some(400))] {
        let mut arguments = vec!["size", "s.toml", "--json"];
        if settled.is_some() {
            arguments.extend(["--set", rules]);
        }
        let done = desk.flexcast(&arguments);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        let found: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        assert_eq!(found["schema"], "flexcast.sizing/1");
        assert_eq!(found["flexcast"], env!("CARGO_PKG_VERSION"));
        assert!(found["streams"].is_u64() && found["warnings"].is_array());
        assert_eq!(
            (&found["scenario"], &found["seed"]),
            (&"noisy".into(), &1.into())
        );
        assert_eq!(
            (&found["currency"], &found["paths"]),
            (&"USD".into(), &400.into())
        );
        assert_eq!(found["paths_settled"].as_u64(), settled);
        assert_eq!(found["horizon"]["start"], "2026-02-01");
        assert_eq!(found["horizon"]["months"], 2);
        assert!(found["optimum"]["packs"].is_u64());
    }
}

#[test]
fn several_commands_share_a_folder_and_another_scenario_does_not() {
    let desk = Desk::new(NOISY);
    for command in ["run", "size"] {
        let done = desk.flexcast(&[command, "s.toml", "--out", "out"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    }
    let record: serde_json::Value = serde_json::from_str(&desk.read("out/run.json")).expect("JSON");
    let commands = record["commands"].as_array().expect("commands");
    assert_eq!(commands.len(), 2);
    assert!(commands[1]["files"]["sizing.csv"].is_string());
    let other = [
        "run",
        "s.toml",
        "--set",
        "workload.agents.seats=50",
        "--out",
        "out",
    ];
    let refused = desk.flexcast(&other);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--force"));
    let forced: Vec<&str> = other.iter().copied().chain(["--force"]).collect();
    assert_eq!(desk.flexcast(&forced).status.code(), Some(0));
    assert!(
        !desk.has("out/sizing.csv"),
        "the other scenario's files are gone"
    );
}

#[test]
fn a_recorded_run_is_verified_file_by_file() {
    let desk = Desk::new(NOISY);
    for command in ["run", "size"] {
        desk.flexcast(&[command, "s.toml", "--out", "out", "--paths", "300"]);
    }
    let same = desk.flexcast(&["run", "--verify", "out/run.json"]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stderr));
    assert!(!text(&same.stdout).contains("DIFFERS"));
    let record =
        desk.read("out/run.json")
            .replacen("\"summary.csv\": \"", "\"summary.csv\": \"0", 1);
    fs::write(desk.folder.path().join("out/run.json"), record).expect("a changed record");
    let differs = desk.flexcast(&["run", "--verify", "out/run.json"]);
    assert_eq!(differs.status.code(), Some(1));
    assert!(text(&differs.stdout).contains("CHANGED  summary.csv"));
    fs::remove_file(desk.folder.path().join("out/daily.csv")).expect("a file less");
    let missing = desk.flexcast(&["run", "--verify", "out/run.json"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stdout).contains("MISSING  daily.csv"));
    let both = desk.flexcast(&["run", "s.toml", "--verify", "out/run.json"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_target_that_is_not_met_writes_results_and_ends_with_1() {
    let desk = Desk::new(NOISY);
    let arguments = [
        "run",
        "s.toml",
        "--out",
        "out",
        "--precision",
        "mean_spend=0.00001",
        "--set",
        "simulation.max_paths=800",
    ];
    let done = desk.flexcast(&arguments);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
    let summary = desk.read("out/summary.csv");
    assert!(summary.contains("imprecise,800,"));
    assert!(summary.trim_end().ends_with(",max_paths"));
    let met = desk.flexcast(&["run", "s.toml", "--precision", "mean_spend=0.5", "--json"]);
    assert_eq!(met.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&met.stdout).expect("JSON");
    assert_eq!(json["stopped"], "precision");
    assert_eq!(json["paths"], 400);
}

#[test]
fn one_future_is_told_day_by_day() {
    let desk = Desk::new(NOISY);
    let told = desk.flexcast(&["explain", "s.toml", "--near", "p95", "--csv", "e.csv"]);
    assert_eq!(told.status.code(), Some(0), "{}", text(&told.stderr));
    let shown = text(&told.stdout);
    for words in [
        "Drivers",
        "actions_per_day",
        "packs bought",
        "alert: 75% reached",
        "Balance",
    ] {
        assert!(shown.contains(words), "{words} is missing");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 80));
    assert!(
        desk.read("e.csv")
            .starts_with("BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,")
    );
    let beyond = desk.flexcast(&["explain", "s.toml", "--path", "400"]);
    assert_eq!(beyond.status.code(), Some(2));
    assert_eq!(
        desk.flexcast(&["explain", "s.toml", "--point"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(desk.flexcast(&["explain", "s.toml"]).status.code(), Some(2));
    assert_eq!(
        desk.flexcast(&["explain", "s.toml", "--near", "p0"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_contract_that_needs_settling_is_sized_by_size_and_not_by_run() {
    let desk = Desk::new(NOISY);
    let sets = [
        "--set",
        "contract.term_months=1",
        "--set",
        "contract.overage_cap=100",
    ];
    let with = |command: &[&str]| desk.flexcast(&[command, &sets[..]].concat());
    let sized = with(&["size", "s.toml", "--out", "sized"]);
    assert_eq!(sized.status.code(), Some(0), "{}", text(&sized.stderr));
    assert!(text(&sized.stdout).contains("Least expected cost of the horizon"));
    assert!(desk.read("sized/sizing.csv").contains(",optimum,"));
    // What costs least because it serves little is not passed off as a bargain.
    let block = [
        "--set",
        "contract.on_exhaustion=\"block\"",
        "--set",
        "contract.prepurchase=\"80%\"",
    ];
    let blocked = desk.flexcast(&[&["size", "s.toml"][..], &block].concat());
    assert_eq!(blocked.status.code(), Some(0), "{}", text(&blocked.stderr));
    assert!(text(&blocked.stderr).contains("goes unserved"));
    assert!(text(&blocked.stdout).contains("It costs least because"));
    let run = with(&["run", "s.toml", "--out", "out"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(
        text(&run.stdout)
            .contains("\nAdvice    `flexcast size` settles each size under contract.term_months")
    );
    let summary = desk.read("out/summary.csv");
    assert!(summary.trim_end().ends_with(",,,,paths"), "{summary}");
}

#[test]
fn every_template_is_a_valid_scenario() {
    let desk = Desk::new(AGENTS);
    let listed = text(&desk.flexcast(&["new", "list"]).stdout);
    let names: Vec<&str> = listed
        .lines()
        // A question of several lines goes on below itself.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(names.len(), 18, "{listed}");
    assert!(listed.lines().all(|line| width(line) <= 80), "{listed}");
    let whole = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    let question = "how large is the true-up? Two years, the second with the ramp behind it.";
    assert!(whole.contains(question), "{whole}");
    assert!(
        whole.contains("only into a renewal that is at least as large?"),
        "{whole}"
    );
    for name in names {
        let template = desk.flexcast(&["new", name]);
        assert_eq!(template.status.code(), Some(0));
        let file = format!("{name}.toml");
        fs::write(desk.folder.path().join(&file), &template.stdout).expect("a template");
        let checked = desk.flexcast(&["check", &file]);
        assert_eq!(
            checked.status.code(),
            Some(0),
            "{name}: {}",
            text(&checked.stderr)
        );
    }
    assert_eq!(desk.flexcast(&["new", "nonsense"]).status.code(), Some(2));
}

#[test]
fn quiet_leaves_only_results_and_standard_input_is_a_file() {
    let desk = Desk::new(AGENTS);
    let warned = desk.flexcast(&["run", "s.toml"]);
    assert!(
        text(&warned.stderr).contains("warning"),
        "a forecast without spread is warned of"
    );
    let quiet = desk.flexcast(&["run", "s.toml", "--quiet"]);
    assert!(quiet.stderr.is_empty());
    assert!(!quiet.stdout.is_empty());
    let piped = Command::cargo_bin("flexcast")
        .expect("the binary is built")
        .args(["check", "-", "--quiet"])
        .write_stdin(AGENTS)
        .output()
        .expect("the binary runs");
    assert_eq!(piped.status.code(), Some(0));
    let colored = desk.flexcast(&["run", "missing.toml", "--color", "always"]);
    assert!(text(&colored.stderr).contains('\u{1b}'));
}

#[test]
fn an_empty_file_and_a_missing_command_are_answered_with_what_to_do() {
    let desk = Desk::new(" \n");
    let empty = desk.flexcast(&["check", "s.toml"]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(text(&empty.stderr).contains("flexcast new"));
    let missing = desk.flexcast(&["s.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("flexcast run FILE"));
    let precision = desk.flexcast(&["run", "s.toml", "--precision", "p95_spend"]);
    assert_eq!(precision.status.code(), Some(2));
    assert!(text(&precision.stderr).contains("p95_spend=0.005"));
}

#[test]
fn usage_errors_end_with_2_and_help_with_0() {
    let desk = Desk::new(AGENTS);
    for arguments in [
        &["run", "s.toml", "--nonsense"][..],
        &["nonsense"],
        &["run", "--threads", "0"],
        &["--paths", "5", "run"],
    ] {
        assert_eq!(
            desk.flexcast(arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    for arguments in [
        &["--help"][..],
        &["size", "--help"],
        &["--version"],
        &["--quiet", "check", "s.toml"],
    ] {
        assert_eq!(
            desk.flexcast(arguments).status.code(),
            Some(0),
            "{arguments:?}"
        );
    }
}

#[test]
fn commands_of_a_fixed_number_of_futures_offer_no_precision() {
    let desk = Desk::new(AGENTS);
    let help = |command: &str| {
        let output = desk.flexcast(&[command, "--help"]);
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(help("run").contains("--precision") && help("size").contains("--precision"));
    for command in ["compare", "sensitivity"] {
        let offered = help(command);
        assert!(
            !offered.contains("--precision") && offered.contains("--paths"),
            "{offered}"
        );
        let refused = desk.flexcast(&[command, "s.toml", "--precision", "p95_spend=0.1"]);
        assert_eq!(refused.status.code(), Some(2));
        let said = String::from_utf8(refused.stderr).expect("UTF-8");
        assert!(said.contains("leave out --precision"), "{said}");
    }
}

#[test]
fn a_signal_stops_the_run_and_leaves_nothing() {
    let desk = Desk::new(NOISY);
    let binary = assert_cmd::cargo::cargo_bin!("flexcast");
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = std::process::Command::new(binary)
            .args([
                "run", "s.toml", "--paths", "50000000", "--out", "out", "--quiet",
            ])
            .current_dir(desk.folder.path())
            .spawn()
            .expect("the binary starts");
        // The handlers are in place once the folder is there and a moment has passed.
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        let kill = std::process::Command::new("sh")
            .args(["-c", &format!("kill -{signal} {}", child.id())])
            .status();
        assert!(kill.expect("a shell").success());
        let status = child.wait().expect("the binary ends");
        assert_eq!(status.code(), Some(code));
        assert!(!desk.has("out"), "nothing is left behind");
    }
}

#[test]
fn how_a_run_sampled_is_recorded_and_verified() {
    for (sampling, told) in [("qmc", "quasi-random"), ("stratified", "stratified")] {
        let desk = Desk::new(NOISY);
        let run = ["run", "s.toml", "--sampling", sampling, "--out", "out"];
        let done = desk.flexcast(&run);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        assert!(text(&done.stdout).contains(&format!("{told}, 16 randomisations")));
        let command = format!("run --sampling {sampling}");
        assert!(
            desk.read("out/run.json")
                .contains(&format!("\"command\": \"{command}\""))
        );
        let summary = desk.read("out/summary.json");
        assert!(summary.contains("\"randomisations\": 16"));
        assert!(summary.contains(&format!("\"method\": \"{sampling}\"")));
        assert_eq!(
            summary.contains("\"points_per_path\": 8"),
            sampling == "stratified"
        );
        let same = desk.flexcast(&["run", "--verify", "out/run.json"]);
        assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
        assert!(text(&same.stdout).contains(&format!("same     summary.json ({command})")));
        // The record's sampling is what is run again: as a random run it would differ.
        let record = desk.read("out/run.json").replace(&command, "run");
        fs::write(desk.folder.path().join("out/run.json"), record).unwrap();
        let differs = desk.flexcast(&["run", "--verify", "out/run.json"]);
        assert_eq!(differs.status.code(), Some(1), "{}", text(&differs.stdout));
    }
}

#[test]
fn random_sampling_is_the_default_and_says_nothing_new() {
    let desk = Desk::new(NOISY);
    let plain = desk.flexcast(&["run", "s.toml", "--json"]);
    let asked = desk.flexcast(&["run", "s.toml", "--json", "--sampling", "random"]);
    assert!(plain.status.success() && plain.stdout == asked.stdout);
    assert!(!text(&plain.stdout).contains("\"sampling\""));
    let quasi = desk.flexcast(&["run", "s.toml", "--json", "--sampling", "qmc"]);
    assert!(text(&quasi.stdout).contains("\"method\": \"qmc\""));
    // Only keys are added, the answers are others.
    let keys = |output: &[u8]| -> Vec<String> {
        let value: serde_json::Value = serde_json::from_slice(output).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    };
    let mut all = keys(&plain.stdout);
    all.push("sampling".to_owned());
    assert_eq!(keys(&quasi.stdout), all);
}

#[test]
fn sampling_is_for_runs_that_simulate() {
    let desk = Desk::new(NOISY);
    for arguments in [
        &["run", "s.toml", "--sampling", "qmc", "--point"][..],
        &["run", "s.toml", "--sampling", "sobol"],
        &["run", "--verify", "run.json", "--sampling", "qmc"],
        &["size", "s.toml", "--sampling", "qmc"],
        &["explain", "s.toml", "--path", "1", "--sampling", "qmc"],
        &["check", "s.toml", "--sampling", "qmc"],
    ] {
        let refused = desk.flexcast(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
    }
    // Without a command too.
    let bare = desk.flexcast(&["--sampling", "qmc", "--paths", "64"]);
    assert_eq!(bare.status.code(), Some(0), "{}", text(&bare.stderr));
    assert!(text(&bare.stdout).contains("quasi-random"));
}

#[test]
fn a_quasi_random_run_stops_at_a_precision() {
    let desk = Desk::new(NOISY);
    let run = |sampling: &str| {
        let target = [
            "--paths",
            "128",
            "--precision",
            "mean_spend=0.005,p50_spend=0.01",
        ];
        let arguments = [
            &["run", "s.toml", "--json", "--sampling", sampling],
            &target[..],
        ]
        .concat();
        let done = desk.flexcast(&arguments);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        let value: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(value["stopped"], "precision");
        let reached = value["precision"][0]["reached"].as_f64().unwrap();
        assert!(reached < 0.01);
        value["paths"].as_u64().unwrap()
    };
    let (quasi, random) = (run("qmc"), run("random"));
    assert!(2 * quasi <= random, "{quasi} {random}");
}

#[test]
fn every_key_that_cannot_be_staged_is_shown_where_it_was_written() {
    let desk = Desk::new(include_str!("../../scenarios/negotiated.toml"));
    let stages = ["size", "s.toml", "--stages", "quarterly"];
    let refused = desk.flexcast(&[&stages[..], &["--set", "contract.rollover=0.5"]].concat());
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    assert!(
        lines[0].ends_with("ask without --stages, or leave out"),
        "{said}"
    );
    let keys = [
        "monthly_allocation = 3_000_000",
        "overage_cap = 4_000.0",
        "on_exhaustion = \"top-up\"",
        "soft_cap = 0.02",
        "grace_days = 90",
        "[[conversion]]",
        "circuit_breaker = 0.90",
        "incident_response = { alert = 0.75, days = 2 }",
    ];
    let file = desk.read("s.toml");
    let line = |key: &str| {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        1 + file
            .lines()
            .position(|line| words(line).starts_with(key))
            .expect("a key")
    };
    let expected = keys.map(|key| format!("  s.toml:{}: {key}", line(key)));
    assert_eq!(lines[1..9], expected, "{said}");
    assert_eq!(lines[9..], ["  --set contract.rollover=0.5"], "{said}");
}

#[test]
fn a_staged_purchase_is_recorded_and_verified() {
    let desk = Desk::new(NOISY);
    let size = ["size", "s.toml", "--stages", "monthly"];
    let done = desk.flexcast(&[&size[..], &["--out", "out"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("\nStaged "));
    assert!(
        desk.read("out/run.json")
            .contains("\"command\": \"size --stages monthly\"")
    );
    let rows = |csv: &str| csv.lines().filter(|row| row.contains(",staged,")).count();
    assert_eq!(rows(&desk.read("out/sizing.csv")), 1);
    let same = desk.flexcast(&["run", "--verify", "out/run.json"]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
    let json = desk.flexcast(&[&size[..], &["--json"]].concat());
    let tree: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(tree["staged"]["reviews"], serde_json::json!(["2026-03-01"]));
    assert!(tree["staged"]["at_once_minus_staged"]["interval"].is_array());
    // Only when it is asked for.
    let plain = desk.flexcast(&["size", "s.toml", "--out", "plain"]);
    assert!(!text(&plain.stdout).contains("Staged"));
    assert_eq!(rows(&desk.read("plain/sizing.csv")), 0);
    for (more, named) in [
        (&["--objective", "regret"][..], "--objective"),
        (&["--paths", "100"], "--paths 200"),
        (
            &["--set", "contract.expiry=monthly"],
            "--set contract.expiry=monthly",
        ),
        (&["--set", "contract.term_months=1"], "contract.term_months"),
    ] {
        let refused = desk.flexcast(&[&size[..], more].concat());
        assert_eq!(refused.status.code(), Some(2), "{more:?}");
        assert!(text(&refused.stderr).contains(named), "{more:?}");
    }
}

#[test]
fn warnings_of_several_files_name_the_file() {
    // A share that was meant to be a percentage.
    let odd = CHATS.replacen("daily_cv        = 0.25", "daily_cv = 25", 1);
    let desk = Desk::new(&odd);
    fs::write(desk.folder.path().join("b.toml"), &odd).expect("another scenario");
    let paths = ["--paths", "100"];
    let warnings = |files: &[&str]| {
        let done = desk.flexcast(&[&["compare"], files, &paths].concat());
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        text(&done.stderr)
    };
    let alone = warnings(&["s.toml"]);
    let mut lines = alone.lines().filter(|line| line.contains("daily_cv"));
    let told = lines.next().expect("a warning");
    let told = told.trim_start_matches("warning: ");
    let both = warnings(&["s.toml", "b.toml"]);
    for file in ["s.toml", "b.toml"] {
        let line = format!("warning: {file}: {told}");
        assert!(both.lines().any(|one| one == line), "{line}\n{both}");
    }
    assert!(!alone.contains("s.toml: "), "{alone}");
    // Files of one name are told apart by their folders, and by the same names their warnings in the JSON.
    for folder in ["a", "b"] {
        let folder = desk.folder.path().join(folder);
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join("x.toml"), &odd).expect("a scenario");
    }
    let json = |files: &[&str]| {
        let done = desk.flexcast(&[&["compare", "--json"], files, &paths].concat());
        let json: serde_json::Value = serde_json::from_str(&text(&done.stdout)).expect("JSON");
        json
    };
    let both = json(&["a/x.toml", "b/x.toml"]);
    let named = Path::new("b").join("x");
    let named = named.display();
    assert_eq!(both["ways"][1]["scenario"], named.to_string());
    let last = both["warnings"].as_array().and_then(|all| all.last());
    assert_eq!(last, Some(&format!("{named}: {told}").into()), "{both}");
    let one = json(&["s.toml"]);
    let all = one["warnings"].as_array().expect("a list");
    assert!(all.contains(&told.into()), "{one}");
}
