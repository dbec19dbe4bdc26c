//! Shared by the examples.
#![forbid(unsafe_code)]

pub mod derivations;
pub mod json;
pub mod options;
