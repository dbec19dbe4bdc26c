//! The primitives, one file each, listed once in [`for_each_fft_op!`](crate::for_each_fft_op).

pub mod dft;

use wengert::{Float, Op};

/// Calls a macro with the list of all primitives of this crate, as `module::Type` pairs, as
/// [`for_each_op!`](wengert::for_each_op) does.
///
/// ```
/// macro_rules! list { ($($module:ident :: $Op:ident,)*) => { const OPS: &[&str] = &[$(stringify!($module)),*]; } }
/// wengert_fft::for_each_fft_op!(list);
/// assert_eq!(OPS, ["dft"]);
/// ```
#[macro_export]
macro_rules! for_each_fft_op {
    ($callback:path) => {
        $callback! {
            dft::Dft,
        }
    };
}

macro_rules! outside { ($($module:ident :: $Op:ident,)*) => { $(
    impl<F: Float> From<$module::$Op> for Op<F> {
        fn from(op: $module::$Op) -> Self { Op::outside(op) }
    }
)* } }
for_each_fft_op!(outside);
