use flexcast::error::Source;
use flexcast::scenario::{Scenario, read};

const EXAMPLE: &str = include_str!("../data/example.toml");

fn good(text: &str, sets: &[&str]) -> Scenario {
    let source = Source {
        name: "good.toml".to_owned(),
        text: text.to_owned(),
    };
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    read(source, &sets).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn the_example_reads() {
    let scenario = good(EXAMPLE, &[]);
    println!("{scenario:#?}");
}
