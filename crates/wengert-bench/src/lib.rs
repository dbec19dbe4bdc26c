//! Measures Wengert on whole programs: the seed model, microbenches, scalar tapes.
//!
//! The program `wengert-bench` prints what the functions here measure, one line a figure, so that another program can
//! run it beside others and compare. `docs/performance.md` has the commands and the figures.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod cost;
pub mod data;
pub mod lines;
pub mod micro;
pub mod network;
pub mod planned;
pub mod run;
pub mod timing;
pub mod trainer;
