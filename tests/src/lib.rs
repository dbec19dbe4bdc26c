//! Laws that every op must hold, run by `tests/laws.rs` for each op of the list.
#![forbid(unsafe_code)]

pub mod laws;
pub mod layout;
pub mod planted;
pub mod sliding;
