//! Fourier transforms with derivatives of every order, for Wengert.
//!
//! A complex number is a pair of numbers, real and imaginary part, on an axis of size 2 that comes last, as in PyTorch's
//! `view_as_real`. The trait [`Fft`] adds the functions to variables. The axes that they are told are those of the
//! complex tensor: the axis of the pairs is not counted, so -1 is the one before it.
//!
//! ```
//! use wengert::prelude::*;
//! use wengert_fft::{Fft, FftNorm};
//!
//! // A circular convolution is a product of spectra, and differentiable as one.
//! fn energy(signal: Var<'_, f64>) -> Var<'_, f64> {
//!     let kernel = signal.tape().constant([0.5, 0.25, 0.0, 0.0, 0.25]);
//!     let [signal, kernel] = [signal, kernel].map(|x| x.rfft(-1, FftNorm::Backward));
//!     signal.complex_mul(kernel).irfft(5, -1, FftNorm::Backward).square().sum()
//! }
//! check_gradients(energy, &Tensor::from([1.0, 2.0, -1.0, 0.0, 3.0]))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Numbers
//!
//! The transforms are those of the crate `rustfft`, in double precision: operands of `f32` are converted, and results rounded
//! once for each axis. Every signal of a stack is transformed by itself, so its bits depend neither on the stack nor on the
//! number of threads. Its vector instructions are off, so that sums are in one order on every processor; its tables are made
//! with the sine of the platform. A signal with an element that is not finite is NaN everywhere.
#![forbid(unsafe_code)]

pub mod composed;
mod fft;
mod norm;
pub mod ops;

pub use fft::Fft;
pub use norm::FftNorm;
