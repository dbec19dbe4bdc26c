//! Compositions of the primitive, listed once in [`for_each_fft_composition!`](crate::for_each_fft_composition).

pub mod complex_mul;
pub mod conj;
pub mod fft;
pub mod ifft;
pub mod irfft;
pub mod rfft;

use crate::norm::FftNorm;
use crate::ops::dft::Dft;
use wengert::{Axes, AxisSet, Error, Float, Var};

/// Calls a macro with the list of all compositions of this crate, as `name: module::function`, as
/// [`for_each_composition!`](wengert::for_each_composition) does.
///
/// ```
/// macro_rules! list { ($($name:ident: $module:ident :: $f:ident,)*) => { const COMPOSED: &[&str] = &[$(stringify!($name)),*]; } }
/// wengert_fft::for_each_fft_composition!(list);
/// assert!(COMPOSED.contains(&"rfft"));
/// ```
#[macro_export]
macro_rules! for_each_fft_composition {
    ($callback:path) => {
        $callback! {
            complex_mul: complex_mul::composed,
            conj: conj::composed,
            fft: fft::composed,
            ifft: ifft::composed,
            irfft: irfft::composed,
            rfft: rfft::composed,
        }
    };
}

/// Checks that the last axis holds pairs; returns the rank without it.
fn pairs<F: Float>(op: &'static str, x: Var<'_, F>) -> Result<usize, Error> {
    match *x.shape().dims() {
        [.., 2] => Ok(x.rank() - 1),
        _ => Err(Error::Shape {
            op,
            given: x.shape().dims().into(),
            expected: "pairs of real and imaginary parts, [d…, 2]",
        }),
    }
}

/// Axes counted from the first, in the order given, each named once.
fn positions(op: &'static str, axes: &impl Axes, rank: usize) -> Result<Vec<usize>, Error> {
    AxisSet::new(op, axes.as_axes(), rank)?;
    if axes.as_axes().is_empty() {
        return Err(Error::Attribute { op, name: "axes", given: "[]".into(), expected: "at least one axis" });
    }
    Ok(axes
        .as_axes()
        .iter()
        .map(|&axis| if axis < 0 { axis + rank as isize } else { axis } as usize)
        .collect())
}

/// The transform along some axes of pairs, whose lengths are not 0.
#[track_caller]
fn along<'t, F: Float>(
    op: &'static str,
    x: Var<'t, F>,
    axes: &[usize],
    inverse: bool,
    norm: FftNorm,
) -> Result<Var<'t, F>, Error> {
    let (last, mut y) = (x.rank() as isize - 2, x);
    for &axis in axes {
        let factor = norm.factor(inverse, points(op, x, axis)?);
        let moved = y.try_movedim(axis as isize, last)?;
        y = x.tape().try_apply(Dft { inverse, factor }, &[moved])?.try_movedim(last, axis as isize)?;
    }
    Ok(y)
}

/// The length of an axis; an error if it is 0.
fn points<F: Float>(op: &'static str, x: Var<'_, F>, axis: usize) -> Result<usize, Error> {
    match x.shape().dims()[axis] {
        0 => Err(Error::EmptyReduction { op, shape: x.shape().dims().into() }),
        n => Ok(n),
    }
}
