//! # conv_padded
//!
//! Convolution with zeros around the operand chosen by what the output should be, or for each side by itself.
//!
//! $$ y = \operatorname{conv}(\operatorname{pad}(x), w), \qquad \text{same: } d(k - 1) \text{ zeros along each axis, } \lfloor d(k - 1) / 2 \rfloor \text{ of them before} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: the convolution, after `pad` with what the sides do not have in common |
//! | JVP | by composition |
//! | shape | as the convolution; `Same` keeps the sizes of the operand, for strides of 1 |
//! | domain | as the convolution |
//! | source | definition; an odd number of zeros has the one more at the end, as frameworks have it |

use super::Composed;
use crate::{
    Conv1dOptions, Conv2dOptions, Conv3dOptions, ConvOptions, Error, Float, Var,
    error::{Within, or_panic},
};

/// The zeros around the operand of a convolution along `D` axes: see [`Var::conv2d_padded`].
///
/// ```
/// use wengert::{Conv1dOptions, ConvPadding, Tape};
///
/// let tape = Tape::<f64>::new();
/// let (x, w) = (tape.leaf([[[1.0, 2.0, 3.0]]]), tape.leaf([[[10.0, 1.0]]]));
/// let of = |padding| x.conv1d_padded(w, padding, &Conv1dOptions::default()).value().to_vec();
/// assert_eq!(of(ConvPadding::Same), [12.0, 23.0, 30.0]);
/// assert_eq!(of(ConvPadding::Sides([(1, 0)])), [1.0, 12.0, 23.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConvPadding<const D: usize> {
    /// None: windows lie in the operand.
    Valid,
    /// As many as keep the sizes of the operand, for strides of 1.
    Same,
    /// So many before and after each axis.
    Sides([(usize, usize); D]),
}

impl<const D: usize> ConvPadding<D> {
    /// The zeros before and after each axis.
    fn sides(
        self,
        op: &'static str,
        options: &ConvOptions<D>,
        kernel: [usize; D],
    ) -> Result<[(usize, usize); D], Error> {
        if options.padding != [0; D] {
            let given = format!("{:?} in the options beside {self:?}", options.padding);
            let expected = "0 along each axis: the zeros are chosen by the other argument";
            return Err(Error::Attribute { op, name: "padding", given, expected });
        }
        match self {
            Self::Valid => Ok([(0, 0); D]),
            Self::Sides(sides) => Ok(sides),
            Self::Same if options.stride != [1; D] => {
                let given = format!("Same with stride {:?}", options.stride);
                let expected = "a stride of 1 along each axis (choose the sides for another)";
                Err(Error::Attribute { op, name: "padding", given, expected })
            }
            Self::Same => Ok(std::array::from_fn(|a| {
                let zeros = kernel[a].saturating_sub(1).saturating_mul(options.dilation[a]);
                (zeros / 2, zeros - zeros / 2)
            })),
        }
    }
}

/// The operand with what its sides do not have in common, and options with what they have.
#[track_caller]
fn padded<'t, F: Float, const D: usize>(
    op: &'static str,
    [x, w]: [Var<'t, F>; 2],
    padding: ConvPadding<D>,
    options: &ConvOptions<D>,
) -> Result<(Var<'t, F>, ConvOptions<D>), Error> {
    let shape = w.shape();
    if x.rank() != D + 2 || shape.rank() != D + 2 {
        options.fitted(op, x.shape(), shape)?;
    }
    let sides = padding.sides(op, options, std::array::from_fn(|a| shape.dims()[2 + a]))?;
    let options = ConvOptions { padding: sides.map(|(before, after)| before.min(after)), ..*options };
    let rest = sides.map(|(before, after)| {
        let common = before.min(after);
        let side = |n: usize| isize::try_from(n - common).unwrap_or(isize::MAX);
        (side(before), side(after))
    });
    let whole = rest.map(|(before, after)| before.unsigned_abs().saturating_add(after.unsigned_abs()));
    // refused before anything is recorded, with the sizes that the convolution will see
    let mut dims = x.shape().dims().to_vec();
    dims.iter_mut().skip(2).zip(whole).for_each(|(size, more)| *size = size.saturating_add(more));
    options.fitted(op, crate::Shape::new(&dims)?, shape)?;
    if rest == [(0, 0); D] {
        return Ok((x, options));
    }
    let extensions = [&[(0, 0); 2][..], &rest].concat();
    Ok((x.try_pad(&extensions, 0.0)?, options))
}

macro_rules! padded_convolution {
    ($op:literal, $Options:ident, $D:literal, $conv:ident, $try_conv:ident, $name:ident, $try_name:ident) => {
        impl<F: Float> Var<'_, F> {
            #[doc = concat!("As [`Var::", stringify!($conv), "`], with the zeros around the operand chosen by `padding`;")]
            /// see [`crate::ops::composed::conv_padded`].
            ///
            /// # Errors
            ///
            #[doc = concat!("As [`Var::", stringify!($try_conv), "`]; [`Error::Attribute`] for [`ConvPadding::Same`] with a")]
            /// stride other than 1, and for options that have padding too.
            #[track_caller]
            pub fn $try_name(
                self,
                w: Self,
                padding: ConvPadding<$D>,
                options: &$Options,
            ) -> Result<Self, Error> {
                let (x, options) = padded($op, [self, w], padding, options)?;
                x.$try_conv(w, &options).within($op)
            }

            #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
            ///
            /// # Panics
            ///
            /// Where that fails.
            #[track_caller]
            pub fn $name(self, w: Self, padding: ConvPadding<$D>, options: &$Options) -> Self {
                or_panic(self.$try_name(w, padding, options))
            }
        }
    };
}
padded_convolution! { "conv1d_padded", Conv1dOptions, 1, conv1d, try_conv1d, conv1d_padded, try_conv1d_padded }
padded_convolution! { "conv2d_padded", Conv2dOptions, 2, conv2d, try_conv2d, conv2d_padded, try_conv2d_padded }
padded_convolution! { "conv3d_padded", Conv3dOptions, 3, conv3d, try_conv3d, conv3d_padded, try_conv3d_padded }

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "conv2d_padded",
        f: |x| {
            let options = Conv2dOptions { dilation: [1, 3], ..Conv2dOptions::default() };
            let same = x[0].conv2d_padded(x[1], ConvPadding::Same, &options);
            let sides = ConvPadding::Sides([(1, 0), (3, 2)]);
            same.sum_axes([1, 2, 3]) + x[0].conv2d_padded(x[1], sides, &options).sum_axes([1, 2, 3])
        },
        samples: |draw| {
            let shapes = [([1, 1, 2, 2], [2, 1, 2, 2]), ([2, 1, 1, 3], [1, 1, 1, 2])];
            shapes.map(|(x, w)| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(w, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tape, Tensor};

    #[test]
    fn same_keeps_the_sizes_and_has_the_odd_zero_at_the_end() {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf([[[1.0, 2.0, 3.0]]]), tape.leaf([[[10.0, 1.0]]]));
        let plain = Conv1dOptions::default();
        let y = x.conv1d_padded(w, ConvPadding::Same, &plain);
        assert_eq!(y.value().to_vec(), [12.0, 23.0, 30.0]);
        let valid = x.conv1d_padded(w, ConvPadding::Valid, &plain);
        assert_eq!(valid.value().to_vec(), [12.0, 23.0]);
        let sides = x.conv1d_padded(w, ConvPadding::Sides([(2, 1)]), &plain);
        assert_eq!(sides.value().to_vec(), [0.0, 1.0, 12.0, 23.0, 30.0]);
        assert_eq!(sides.sum().backward(&[x])[0].to_vec(), [11.0; 3]);
        for kernel in 1..=4 {
            let (x, w) =
                (tape.leaf(Tensor::zeros([1, 1, 3, 4, 5])), tape.leaf(Tensor::zeros([1, 1, kernel, 1, 2])));
            let dilated = Conv3dOptions { dilation: [2, 1, 3], ..Conv3dOptions::default() };
            let y = x.conv3d_padded(w, ConvPadding::Same, &dilated);
            assert_eq!(y.shape().dims(), [1, 1, 3, 4, 5]);
        }
    }

    #[test]
    fn misuse_is_refused_by_name() {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(Tensor::zeros([1, 1, 3])), tape.leaf(Tensor::zeros([1, 1, 2])));
        let plain = Conv1dOptions::default();
        let strided = Conv1dOptions { stride: [2], ..plain };
        let twice = Conv1dOptions { padding: [1], ..plain };
        for (padding, options, what) in [
            (ConvPadding::Same, strided, "padding"),
            (ConvPadding::Valid, twice, "padding"),
            (ConvPadding::Same, Conv1dOptions { stride: [0], ..plain }, "padding"),
            (ConvPadding::Valid, Conv1dOptions { dilation: [3], ..plain }, "kernel"),
            (ConvPadding::Sides([(1, 0)]), Conv1dOptions { groups: 2, ..plain }, "groups"),
        ] {
            match x.try_conv1d_padded(w, padding, &options).map(Var::shape) {
                Err(Error::Attribute { op: "conv1d_padded", name, .. }) => assert_eq!(name, what),
                other => panic!("expected an error about {what}, got {other:?}"),
            }
        }
        let huge = x.try_conv1d_padded(w, ConvPadding::Sides([(usize::MAX, 0)]), &plain).map(Var::shape);
        assert!(matches!(huge, Err(Error::TooLarge { .. })), "{huge:?}");
        let flat = tape.leaf([1.0]).try_conv1d_padded(w, ConvPadding::Same, &plain).map(Var::shape);
        assert!(matches!(flat, Err(Error::Shape { op: "conv1d_padded", .. })));
        assert_eq!(tape.len(), 3, "nothing refused was recorded");
    }
}
