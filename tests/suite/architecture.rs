//! The house: data flows one way, and the tree shows it.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules of the library in the order in which `lib.rs` declares them.
fn declared() -> Vec<String> {
    let lib = fs::read_to_string("src/lib.rs").expect("the library has a root");
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// Source files of a module: `src/NAME.rs` and everything below `src/NAME/`.
fn sources(module: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let file = PathBuf::from(format!("src/{module}.rs"));
    if file.exists() {
        found.push(file);
    }
    walk(Path::new(&format!("src/{module}")), &mut found);
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Names that follow `crate::` in a text, comments aside; `{a, b}` groups give each name.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut names = Vec::new();
    for after in code.split("crate::").skip(1) {
        let group = after.strip_prefix('{');
        let listed: Vec<&str> = match group {
            Some(group) => group
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .collect(),
            None => vec![after],
        };
        for item in listed {
            let name: String = item
                .trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            names.push(name);
        }
    }
    names
}

/// Imports against the order: importing module, file, imported name.
fn upward(order: &[String]) -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    for (position, module) in order.iter().enumerate() {
        for path in sources(module) {
            let text = fs::read_to_string(&path).expect("a source file can be read");
            for name in imports(&text) {
                if !order[..=position].contains(&name) {
                    found.push((module.clone(), path.clone(), name));
                }
            }
        }
    }
    found
}

#[test]
fn data_flows_one_way() {
    let order = declared();
    assert!(order.len() > 8, "lib.rs declares the flow: {order:?}");
    let found = upward(&order);
    assert!(
        found.is_empty(),
        "imports against the order of lib.rs: {found:#?}"
    );
}

#[test]
fn an_import_against_the_order_would_be_seen() {
    let mut order = declared();
    order.reverse();
    assert!(!upward(&order).is_empty());
    assert_eq!(
        imports("use crate::{a, b::c};\nlet x = crate::d::e();"),
        ["a", "b", "d"]
    );
}

#[test]
fn a_generator_is_made_in_one_place() {
    // Randomness has one address: a generator is made in `randomness::streams` and nowhere else.
    for module in declared() {
        for path in sources(&module) {
            if path.ends_with("randomness/streams.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source file can be read");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for maker in ["from_seed(", "seed_from_u64(", "from_rng("] {
                assert!(
                    !code.contains(maker),
                    "{} makes a generator",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_ledger_sees_no_generator_and_demand_no_contract() {
    let uses = |module: &str, forbidden: &str| {
        sources(module).into_iter().any(|path| {
            let text = fs::read_to_string(path).expect("a source file can be read");
            imports(&text).iter().any(|name| name == forbidden)
        })
    };
    assert!(!uses("ledger", "randomness"));
    assert!(!uses("demand", "ledger"));
    for path in sources("demand") {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        assert!(
            !text.contains("Contract"),
            "{} knows a contract",
            path.display()
        );
    }
}

/// Lines with the word `unsafe` in code, comments aside, and whether each has its reason: a comment
/// right above, attributes aside, that starts with `SAFETY:`.
fn unsafe_lines(text: &str) -> Vec<(usize, bool)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_unsafe = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        code.split(|c| !is_word(c)).any(|word| word == "unsafe")
    };
    let has_reason = |number: usize| {
        let above = lines[..number].iter().rev();
        above
            .skip_while(|line| line.starts_with("#["))
            .take_while(|line| line.starts_with("//"))
            .any(|line| line.starts_with("// SAFETY: "))
    };
    let numbers = (0..lines.len()).filter(|&number| is_unsafe(lines[number]));
    numbers
        .map(|number| (number + 1, has_reason(number)))
        .collect()
}

#[test]
fn unsafe_code_is_in_one_module_and_says_why() {
    let mut files = Vec::new();
    walk(Path::new("src"), &mut files);
    let mut found = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let lines = unsafe_lines(&text);
        for (line, has_reason) in &lines {
            assert!(has_reason, "{}:{line} does not say why", path.display());
        }
        if !lines.is_empty() {
            found.push(path);
        }
    }
    assert_eq!(found, [Path::new("src/randomness/dispatch.rs")]);
    // Elsewhere the compiler refuses it, in tests and benchmarks too.
    let manifest = fs::read_to_string("Cargo.toml").expect("the package has a manifest");
    let lints = manifest.split("[lints.rust]").nth(1).unwrap_or_default();
    let lints = lints.split("\n[").next().unwrap_or_default();
    assert!(lints.lines().any(|line| line == "unsafe_code = \"deny\""));
}

#[test]
fn unsafe_code_without_a_reason_would_be_seen() {
    let reasoned = "// SAFETY: asked before,\n// and again.\n#[cfg(unix)]\nunsafe { f() }";
    assert_eq!(unsafe_lines(reasoned), [(4, true)]);
    for bare in [
        "unsafe { f() }",
        "#[cfg(unix)]\nunsafe fn f() {}",
        "// Safe, that is all.\nlet x = unsafe { f() };",
        "// SAFETY: for another line.\nlet x = 1;\nunsafe { f(x) };",
        "/// SAFETY: of a description.\nunsafe impl Send for X {}",
    ] {
        let found = unsafe_lines(bare);
        assert!(matches!(found[..], [(_, false)]), "{bare}: {found:?}");
    }
    assert!(unsafe_lines("#![allow(unsafe_code)] // unsafe\n/// No unsafe.").is_empty());
}
