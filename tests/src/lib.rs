//! Laws that every op must hold, run by `tests/laws.rs` for each op of the list, and the reader of their cards.
#![forbid(unsafe_code)]

pub mod batch;
pub mod card;
pub mod composed;
pub mod laws;
pub mod layout;
pub mod planted;
pub mod sliding;
pub mod subject;
pub mod wrong_ops;
