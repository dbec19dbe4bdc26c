//! The number types that buffers and kernels work on.

use std::fmt::Debug;

pub(crate) mod sealed {
    /// Closes [`Element`](super::Element) to types outside this crate.
    pub trait Sealed {}
}

/// A plain number: `f32`, `f64`, `u8`, `u32`, `u64`, `i32` or `i64`.
///
/// Every bit pattern is a valid value and no value owns anything, so that recycled memory may be
/// read and overwritten freely. The trait is sealed: [`Buffer`](crate::Buffer) relies on this.
pub trait Element: sealed::Sealed + Copy + PartialEq + Debug + Default + Send + Sync + 'static {}

macro_rules! elements {
    ($($t:ty),*) => {$(
        impl sealed::Sealed for $t {}
        impl Element for $t {}
    )*};
}

elements!(f32, f64, u8, u32, u64, i32, i64);
