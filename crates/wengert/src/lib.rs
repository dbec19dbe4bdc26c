//! Automatic differentiation on a Wengert list.
//!
//! Write any expression over [`Var`]s as ordinary Rust; every operation is recorded on a [`Tape`] as it is
//! evaluated, and the derivative is another walk over that list.
//!
//! ```
//! use wengert::prelude::*;
//!
//! let tape = Tape::<f64>::new();
//! let x = tape.leaf([0.5, 1.0]);
//! let y = (x * x + x.sin()).sum();
//! let g = y.grad(&[x])[0]; // on the tape: it can be differentiated again
//! let h = (g * g).sum().backward(&[x]); // off the tape: plain tensors, first order
//!
//! for (k, x) in [0.5_f64, 1.0].into_iter().enumerate() {
//!     let (d1, d2) = (2.0 * x + x.cos(), 2.0 - x.sin());
//!     assert!((h[0][[k]] - 2.0 * d1 * d2).abs() < 1e-14);
//! }
//! ```
//!
//! Read `reverse.rs` first: it is the engine. The functions [`grad`], [`jacobian`], [`hessian`] and their family
//! differentiate whole functions; [`check_gradients`] compares any derivative with independent evidence. [`checkpoint`]
//! trades time for memory, [`custom_vjp`] takes a rule of yours, [`sparse`] and [`implicit`] are for derivatives with a
//! structure that is known.
#![forbid(unsafe_code)]

mod active;
pub mod anomaly;
mod axes;
pub mod check;
mod checkpoint;
mod custom;
mod custom_rule;
mod deferred;
mod display;
pub mod drawing;
mod eager;
mod error;
pub mod explain;
mod forward;
pub mod gradient_report;
pub mod implicit;
mod jacobian;
pub mod many;
mod nodes;
pub mod ops;
mod parts;
pub mod plan;
mod precision;
mod random;
mod reverse;
mod scalar;
mod segment;
mod shape;
pub mod sparse;
mod stats;
mod straight_through;
mod tape;
mod tensor;
mod transform;
mod var;
mod vmap;

pub use axes::{Axes, AxisSet};
pub use check::{Checker, check_gradients};
pub use checkpoint::{checkpoint, try_checkpoint};
pub use custom::CustomOp;
pub use custom_rule::{CustomRule, custom_jvp, custom_vjp};
pub use error::Error;
pub use implicit::{SolveOptions, fixed_point, solve_root, try_fixed_point, try_solve_root};
pub use ops::composed::at::Region;
pub use ops::composed::grid_sample::{GridMode, GridPadding, GridSampleOptions};
pub use ops::composed::interpolate::Interpolation;
pub use ops::composed::scaled_dot_product_attention::AttentionOptions;
pub use ops::composed::{
    ConvTranspose1dOptions, ConvTranspose2dOptions, ConvTranspose3dOptions, ConvTransposeOptions,
};
pub use ops::composed::{
    batch_norm::BatchNormed, conv_padded::ConvPadding, embedding_bag::Bag, norm::Norm, pad_with::PadMode,
    scatter_reduce::ScatterReduce,
};
pub use ops::composed::{matrix_norm::MatrixNorm, quantile::QuantileMethod};
pub use ops::noise::Distribution;
pub use ops::{Batch, Line, Mask, Op, Primitive, Pullback, Sample, Special};
pub use ops::{Conv1dOptions, Conv2dOptions, Conv3dOptions, ConvOptions};
pub use ops::{PoolOptions, UnfoldOptions};
pub use parts::{At, Parts};
pub use plan::Plan;
pub use random::{Key, Philox};
pub use scalar::{Float, Scalar};
pub use shape::{MAX_RANK, Shape};
pub use sparse::{
    Pattern, SparseMatrix, sparse_hessian, sparse_jacobian, try_sparse_hessian, try_sparse_jacobian,
};
pub use stats::{KindStats, TapeStats};
pub use tape::Tape;
pub use tensor::{Tensor, ToIndex, Unique};
pub use transform::{grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp};
pub use var::Var;
pub use vmap::vmap;
pub use wengert_kernels::buffer::{MemoryStats, stats as memory_stats};
pub use wengert_kernels::{Element, Real, Threads};

/// The names most programs need.
pub mod prelude {
    pub use crate::{
        At, Error, Float, Key, Shape, Tape, Tensor, Threads, Var, check_gradients, checkpoint, grad, hessian,
        hvp, jacobian, jvp, value_and_grad, vjp,
    };
}

/// Compiles and runs the Rust blocks of the guides as doctests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/from-scratch.md")]
    mod from_scratch {}
    #[doc = include_str!("../../../docs/numerics.md")]
    mod numerics {}
    #[doc = include_str!("../../../docs/design.md")]
    mod design {}
    #[doc = include_str!("../../../docs/transforms.md")]
    mod transforms {}
}
