//! Linear algebra with derivatives of every order, for Wengert.
//!
//! The trait [`LinAlg`] adds the functions to variables. The last two axes are matrices, and the axes before them make
//! stacks, one matrix after the other.
//!
//! ```
//! use wengert::prelude::*;
//! use wengert_linalg::LinAlg;
//!
//! // The log-density of a normal distribution by its covariance.
//! fn density(cov: Var<'_, f64>) -> Var<'_, f64> {
//!     let x = cov.tape().constant([1.0, -1.0]);
//!     let l = cov.cholesky();
//!     -(x * l.cholesky_solve(x)).sum() * 0.5 - l.diagonal(0, -2, -1).ln().sum()
//! }
//! let cov = Tensor::from([[2.0, 0.5], [0.5, 1.0]]);
//! check_gradients(density, &cov)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors from values
//!
//! A singular or indefinite matrix is [`Error::Matrix`](wengert::Error::Matrix), with its position in the stack and the
//! pivot: when the line is recorded; on a [deferred](wengert::Tape::deferred) tape, when its value is read; and from every
//! run of a [`Plan`](wengert::Plan). A matrix with an element that is not finite is no error: its results are NaN, and no
//! other's. Rules never fail: where a derivative does not exist, it is NaN.
//!
//! # Numbers
//!
//! The factorizations are those of the crate `faer`, on one thread, in double precision: operands of `f32` are converted
//! and results rounded once. Each matrix is factored by itself, so its bits depend neither on the stack nor on the number
//! of threads.
#![forbid(unsafe_code)]

pub mod composed;
mod factor;
mod lin_alg;
mod naive;
pub mod ops;
mod stack;
mod triangle;
mod vars;

pub use lin_alg::LinAlg;
pub use triangle::Triangle;
