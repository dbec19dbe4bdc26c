//! Shared by the examples.
#![forbid(unsafe_code)]

pub mod options;
