//! Elementary functions for vector lanes, and the instruction sets they are compiled for.
//!
//! A function is written once, for one number, without branches. The compiler makes vector code of a loop over it, for
//! each instruction set that [`Level`] names; every lane takes the same operations in the same order, so all of them
//! give the same bits. Products are added with one rounding (`mul_add`) wherever a formula says so, and nowhere else.

mod erf;
mod exponential;
mod lane;
mod level;
mod logarithm;
#[cfg(test)]
mod tests;
mod trigonometric;

pub(crate) use exponential::{exp, expm1, sigmoid, tanh};
pub(crate) use lane::Lane;
pub(crate) use level::{Instructions, Level, on_one};
pub(crate) use logarithm::{ln, log1p};
