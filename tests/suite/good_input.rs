//! What is accepted, and what it means.

use crate::patch::{EXAMPLE, GOOD, accepted};

#[test]
fn the_example_reads() {
    let scenario = accepted(EXAMPLE, &[]);
    assert_eq!(scenario.name, "Service desk, first year");
    accepted(GOOD, &[]);
}
