//! Loops over slices, SIMD, threads and buffers for the Wengert engine; knows no derivatives.
//!
//! Every function takes plain slices and a [`Threads`] value. Work is cut by shape alone, so the
//! bits of a result never depend on how many threads computed it. This is the only crate of the
//! project that contains `unsafe` code.
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

pub mod buffer;
pub mod cells;
pub mod conv;
mod element;
pub mod gemm;
mod huge_pages;
pub mod index;
mod lanes;
mod list;
pub mod map;
mod memory;
pub mod optimize;
pub mod order;
pub mod philox;
pub mod pieces;
pub mod pool;
mod pooled;
pub mod program;
mod real;
pub mod reduce;
pub mod scatter;
pub mod scatter_extreme;
pub mod sequence;
mod shared;
mod special;
pub mod strided;
mod threads;
pub mod ties;
mod transpose;
mod vector;
mod view;

pub use buffer::{AllocError, Buffer};
pub use element::Element;
pub use pooled::{Compact, Pooled};
pub use real::Real;
pub use shared::Shared;
pub use special::SpecialFunctions;
pub use threads::Threads;
