//! What the engine computes against results that are known in closed form.
//!
//! Numbers in brackets (B13, E4) are the reference cases that the values come from.

mod consumption;
mod hand;
mod incidents;
mod newsvendors;
mod noise;
mod ranks;
mod sizing;
