//! Gradient-based optimizers for Wengert, over models of any structure.
//!
//! A rule ([`Sgd`], [`Adam`]) holds options and the formula of one update; [`Optimizer`] holds the state per parameter
//! and takes the steps.
//!
//! ```
//! use wengert::{Tape, Tensor};
//! use wengert_nn::{Gradients, Model};
//! use wengert_optim::Sgd;
//!
//! let mut model = vec![Tensor::from([3.0, -2.0])];
//! let mut optimizer = Sgd::new(0.1).momentum(0.5).build()?;
//! for _ in 0..60 {
//!     let tape = Tape::<f64>::new();
//!     let x = model.on(&tape);
//!     let gradient = (x[0] * x[0]).sum().gradients(&x);
//!     drop(tape); // so that the step can work in place
//!     optimizer.step(&mut model, &gradient)?;
//! }
//! assert!(model[0].max_abs() < 1e-6);
//! # Ok::<(), wengert_optim::Error>(())
//! ```
#![forbid(unsafe_code)]

mod adam;
mod clip;
mod error;
mod gradient;
mod optimizer;
mod room;
mod rule;
mod sgd;
mod slots;
mod state;

pub use adam::{Adam, Decay};
pub use clip::{clip_by_norm, norm};
pub use error::Error;
pub use gradient::Gradient;
pub use optimizer::{NonFinite, Optimizer, Outcome};
pub use rule::{MOST_KEPT, Rule};
pub use sgd::Sgd;
pub use state::ParameterState;
pub use wengert_kernels::optimize::Form;

#[cfg(test)]
mod tests;
