//! Laws that every op must hold, run by `tests/laws.rs` for each op of the list, and the reader of their cards.
#![forbid(unsafe_code)]

pub mod batch;
pub mod card;
pub mod composed;
pub mod coverage;
pub mod edges;
pub mod facts;
pub mod formula;
pub mod generated;
pub mod laws;
pub mod layout;
pub mod orders;
pub mod plan;
pub mod planted;
pub mod sliding;
pub mod sliding_nd;
pub mod subject;
pub mod tally;
pub mod wrong_ops;
