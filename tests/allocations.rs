//! A path costs no allocation: buffers are made once and reused. A binary of its own, because it counts
//! what its allocator is asked for.

use std::fs;

use flexcast::demand::Model;
use flexcast::error::Source;
use flexcast::forecast::resolve;
use flexcast::ledger::Settlement;
use flexcast::scenario::{Scenario, read};
use flexcast::summarise::store::{Block, Detail, Store};

/// Paths that are drawn, settled and kept; twice, because buffers grow to the largest of them.
const PATHS: u64 = 40;

/// Every shipped scenario, by name.
fn shipped() -> Vec<(String, Scenario)> {
    let files = ["scenarios", "scenarios/templates"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).expect("the repository ships scenarios"))
        .map(|entry| entry.expect("a folder can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        });
    files
        .map(|path| {
            let name = path.display().to_string();
            let text = fs::read_to_string(&path).expect("a scenario can be read");
            let source = Source {
                name: name.clone(),
                text,
            };
            let scenario = read(source, &[]).unwrap_or_else(|problems| panic!("{problems}"));
            (name, scenario)
        })
        .collect()
}

#[test]
fn a_path_of_any_shipped_scenario_allocates_nothing() {
    let scenarios = shipped();
    assert!(scenarios.len() > 15, "{} scenarios", scenarios.len());
    for (name, scenario) in scenarios {
        let model = Model::new(&scenario);
        let (_, terms) = resolve(&scenario, &model).expect("a plan");
        let shape = Store::new(&scenario, &terms, Detail::Full, 1).shape();
        let mut future = model.future();
        let mut books = Settlement::default();
        let mut run = || {
            let mut block = Block::new(&shape, PATHS as usize);
            let paths = allocation_counter::measure(|| {
                for path in 0..PATHS {
                    model.draw(path, &mut future).expect("a path");
                    terms.settle(path, &future, &mut books).expect("books");
                    block.push(&shape, &scenario, &future, &books);
                }
            });
            paths.count_total
        };
        // What is made when first asked for, like the tables of quantiles, is made here.
        let first = run();
        assert!(first > 0, "{name}: nothing is counted");
        assert_eq!(run(), 0, "{name}: {first} at first");
    }
}
