//! # conv_transpose2d
//!
//! Transposed convolution: each element of the input spreads a kernel over the output.
//!
//! $$ y_{b,o,h,w} = \sum_{c,p,q,i,j} x_{b,c,i,j} \, w_{c,o,p,q} \quad \text{over } s_0 i + d_0 p - \pi_0 = h,\; s_1 j + d_1 q - \pi_1 = w $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: it is `conv2d_input_grad`$(w, x)$, so $\bar x = $ `conv2d`$(\bar y, w)$, $\bar w = $ `conv2d_weight_grad`$(\bar y, x)$ |
//! | JVP | by composition |
//! | shape | `[b, c, h, w] × [c, o / groups, kh, kw] → [b, o, h', w']`, $h' = (h - 1) s - 2\pi + d(k - 1) + 1 + $ output padding |
//! | domain | all finite operands |
//! | source | the transpose of `conv2d` in $x$: linear in $x$ and in $w$ |

use super::Composed;
use super::transposed::ConvTranspose2dOptions;
use crate::ops::conv2d_input_grad::Conv2dInputGrad;
use crate::{
    Conv2dOptions, Error, Float, Var,
    error::{Within, or_panic},
};

const NAME: &str = "conv_transpose2d";

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: NAME,
        f: |x| {
            let options = ConvTranspose2dOptions {
                stride: [1, 2],
                padding: [0, 1],
                output_padding: [0, 1],
                dilation: [2, 1],
                groups: 2,
            };
            x[0].conv_transpose2d(x[1], &options)
        },
        samples: |draw| {
            let shapes = [
                ([1, 2, 1, 2], [2, 1, 1, 2]),
                ([1, 2, 2, 2], [2, 2, 2, 1]),
                ([0, 2, 1, 2], [2, 1, 1, 2]),
                ([2, 4, 1, 1], [4, 1, 1, 3]),
            ];
            shapes.map(|(x, w)| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(w, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// The transposed convolution of these images `[batch, channels, height, width]`; see
    /// [`crate::ops::composed::conv_transpose2d`].
    ///
    /// The weight is `[channels, out channels / groups, kernel rows, kernel columns]`, that of the convolution which
    /// this one transposes.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] and [`Error::ShapeMismatch`] for operands of other ranks or channels, [`Error::Attribute`] for
    /// a stride or dilation of 0, groups that do not divide the channels, an output padding that is at least
    /// both the stride and the dilation, and padding that leaves no output; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_conv_transpose2d(self, w: Self, options: &ConvTranspose2dOptions) -> Result<Self, Error> {
        let out = options.fitted(NAME, self.shape(), w.shape())?.out;
        let ConvTranspose2dOptions { stride, padding, output_padding, dilation, groups } = *options;
        if output_padding[0] < stride[0] && output_padding[1] < stride[1] {
            return self.kernels_laid_out(w, Conv2dOptions { stride, padding, dilation, groups }, out);
        }
        // Where a whole stride fits into the output padding, a convolution of the output would have more windows than
        // the input has cells: there the output is made without padding, then extended by zeros and cut.
        let reached = [0, 1].map(|a| out[a] + 2 * padding[a] - output_padding[a]);
        let y =
            self.kernels_laid_out(w, Conv2dOptions { stride, padding: [0, 0], dilation, groups }, reached)?;
        let y = y.try_beyond(output_padding, 0.0)?;
        let cut = |a: usize| padding[a]..padding[a] + out[a];
        y.try_narrow(2, cut(0))?.try_narrow(3, cut(1))
    }

    #[track_caller]
    fn kernels_laid_out(self, w: Self, convolution: Conv2dOptions, out: [usize; 2]) -> Result<Self, Error> {
        self.tape.try_apply(Conv2dInputGrad::new(convolution, out), &[w, self]).within(NAME)
    }

    /// As [`Var::try_conv_transpose2d`].
    ///
    /// ```
    /// use wengert::{ConvTranspose2dOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([1.0, 2.0]).reshape([1, 1, 1, 2]));
    /// let w = tape.leaf(Tensor::from([10.0, 1.0]).reshape([1, 1, 1, 2]));
    /// let options = ConvTranspose2dOptions { stride: [1, 2], ..ConvTranspose2dOptions::default() };
    /// assert_eq!(x.conv_transpose2d(w, &options).value().to_vec(), [10.0, 1.0, 20.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn conv_transpose2d(self, w: Self, options: &ConvTranspose2dOptions) -> Self {
        or_panic(self.try_conv_transpose2d(w, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tape, Tensor};

    fn row(values: &[f64]) -> Tensor<f64> {
        Tensor::new([1, 1, 1, values.len()], values).expect("one row")
    }

    #[test]
    fn stride_and_dilation_are_not_swapped() {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(row(&[1.0, 1.0])), tape.leaf(row(&[3.0])));
        let strided = ConvTranspose2dOptions { stride: [1, 2], ..ConvTranspose2dOptions::default() };
        let y = x.conv_transpose2d(w, &strided);
        assert_eq!(y.value(), row(&[3.0, 0.0, 3.0]));
        let g = y.try_pullback(row(&[1.5, 0.0, 0.7]), &[x]).expect("a cotangent of the output's shape");
        assert_eq!(g[0], Some(row(&[1.5 * 3.0, 0.7 * 3.0])));

        let dilated = ConvTranspose2dOptions { dilation: [1, 2], ..ConvTranspose2dOptions::default() };
        let w = tape.leaf(row(&[3.0, 5.0]));
        assert_eq!(x.conv_transpose2d(w, &dilated).value(), row(&[3.0, 3.0, 5.0, 5.0]));
    }

    #[test]
    fn output_padding_adds_cells_at_the_end() {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(row(&[1.0, 2.0])), tape.leaf(row(&[1.0, 10.0, 100.0])));
        let padded = |extra| ConvTranspose2dOptions {
            stride: [1, 2],
            padding: [0, 1],
            output_padding: [0, extra],
            ..ConvTranspose2dOptions::default()
        };
        assert_eq!(x.conv_transpose2d(w, &padded(0)).value(), row(&[10.0, 102.0, 20.0]));
        assert_eq!(x.conv_transpose2d(w, &padded(1)).value(), row(&[10.0, 102.0, 20.0, 200.0]));
    }

    #[test]
    fn groups_do_not_mix() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::new([1, 2, 1, 1], [1.0, 10.0]).expect("two channels"));
        let w = tape.leaf(Tensor::new([2, 2, 1, 1], [1.0, 2.0, 3.0, 4.0]).expect("two by two"));
        let grouped = ConvTranspose2dOptions { groups: 2, ..ConvTranspose2dOptions::default() };
        assert_eq!(x.conv_transpose2d(w, &grouped).value().to_vec(), [1.0, 2.0, 30.0, 40.0]);
    }

    #[test]
    fn misuse_is_refused_by_name() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([1, 2, 2, 2]));
        let w = tape.leaf(Tensor::zeros([2, 1, 1, 1]));
        let plain = ConvTranspose2dOptions::default();
        let refused = [
            (ConvTranspose2dOptions { output_padding: [1, 0], ..plain }, "output_padding"),
            (ConvTranspose2dOptions { stride: [2, 2], output_padding: [0, 2], ..plain }, "output_padding"),
            (ConvTranspose2dOptions { stride: [0, 1], ..plain }, "stride"),
            (ConvTranspose2dOptions { dilation: [1, 0], ..plain }, "dilation"),
            (ConvTranspose2dOptions { padding: [1, 0], ..plain }, "padding"),
            (ConvTranspose2dOptions { padding: [usize::MAX, 0], ..plain }, "padding"),
            (ConvTranspose2dOptions { groups: 0, ..plain }, "groups"),
            (ConvTranspose2dOptions { groups: 3, ..plain }, "groups"),
        ];
        for (options, what) in refused {
            match x.try_conv_transpose2d(w, &options).map(Var::shape) {
                Err(Error::Attribute { op: NAME, name, .. }) => assert_eq!(name, what),
                other => panic!("expected an error about {what}, got {other:?}"),
            }
        }
        let other = tape.leaf(Tensor::zeros([3, 1, 1, 1]));
        let mismatch = x.try_conv_transpose2d(other, &plain).map(Var::shape);
        assert!(matches!(mismatch, Err(Error::ShapeMismatch { op: NAME, .. })));
        let flat = x.try_conv_transpose2d(tape.leaf([1.0]), &plain).map(Var::shape);
        assert!(matches!(flat, Err(Error::Shape { op: NAME, .. })));
    }
}
