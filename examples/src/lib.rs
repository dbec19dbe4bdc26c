//! Shared by the examples.
#![forbid(unsafe_code)]
