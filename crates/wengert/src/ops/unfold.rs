//! # unfold
//!
//! The windows of images as columns of a matrix, zeros where a window lies in the padding.
//!
//! $$ y_{b,\,(c,p,q),\,(i,j)} = x_{b,\,c,\,s_0 i + d_0 p - \pi_0,\; s_1 j + d_1 q - \pi_1} $$
//!
//! with stride $s$, dilation $d$ and padding $\pi$.
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ `fold`$(\bar y)$: every cell gets the sum over the windows it is in |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[b, c, h, w] → [b, c kh kw, l]`, $l$ the number of windows, row by row |
//! | domain | everything; a convolution is a matrix product with the result |
//! | source | linearity: the transpose of selection is addition at the selected places |

use super::{Arity, Batch, Draw, Primitive, Sample, Special, fold::Fold};
use super::{max_pool2d::row, window::Window, window::image_sizes};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, UnfoldOptions, Var, error::or_panic};
use wengert_kernels::conv::{self, ConvShape};

/// Windows as columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unfold {
    pub(crate) window: Window,
}

/// The sizes of images and their columns as the kernels take them, or why they do not fit.
pub(crate) fn sizes(op: &'static str, window: &Window, x: [usize; 4]) -> Result<ConvShape, Error> {
    window.out_size(op, [x[2], x[3]])?;
    let Window { kernel, stride, padding, dilation } = *window;
    ConvShape::new(x, 1, kernel, stride, padding, dilation, 1)
        .map_err(|_| Error::TooLarge { shape: x.into() })
}

/// The cell of the image in column entry `[b, row, place]`; `None` in the padding.
pub(crate) fn cell_of_entry(window: &Window, x: [usize; 4], entry: &[usize]) -> Option<[usize; 4]> {
    let ([_, _, height, width], [_, kw]) = (x, window.kernel);
    let [_, columns] = window.out_size(Unfold::NAME, [height, width]).expect("checked by shape");
    let taps = window.kernel[0] * kw;
    let (c, tap) = (entry[1] / taps, entry[1] % taps);
    let i = window.cell(0, [height, width], entry[2] / columns, tap / kw)?;
    let j = window.cell(1, [height, width], entry[2] % columns, tap % kw)?;
    Some([entry[0], c, i, j])
}

impl Primitive for Unfold {
    const NAME: &'static str = "unfold";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(sizes(Self::NAME, &self.window, image_sizes(Self::NAME, x[0])?)?.unfolded())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let images = image_sizes(Self::NAME, x[0].shape());
        let shape = images.and_then(|x| sizes(Self::NAME, &self.window, x)).expect("checked by shape");
        let x = x[0].contiguous();
        Tensor::build(y, |y| conv::unfold(on, &shape, x.data(), y))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "fold({ct}): each cell gets the sum over the windows it is in".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let x = at.input(0).shape();
        [Some(ct.op1(Fold { window: self.window, size: [x.dims()[2], x.dims()[3]] }))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let sizes = image_sizes(Self::NAME, x[0].shape()).expect("checked by shape");
        Tensor::from_fn(y, |entry| cell_of_entry(&self.window, sizes, entry).map_or(0.0, |cell| x[0][cell]))
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of =
            |(window, x): (Window, [usize; 4])| Sample::of(Self { window }, [draw.uniform(x, -2.0, 2.0)]);
        unfolding_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let window = Window { kernel: [1, 2], stride: [1, 2], padding: [0, 1], dilation: [1, 2] };
        let columns = [[[0.0, 2.0, 4.0], [2.0, 4.0, 0.0]]];
        let gradient = row(&[0.0, 2.0, 0.0, 2.0, 0.0]);
        vec![Special::unary(Self { window }, row(&[1.0, 2.0, 3.0, 4.0, 5.0]), columns, gradient)]
    }
}

/// Windows and image shapes at which unfold and fold are tested.
pub(crate) fn unfolding_cases() -> Vec<(Window, [usize; 4])> {
    let window = |kernel, stride, padding, dilation| Window { kernel, stride, padding, dilation };
    vec![
        (window([1, 1], [1, 1], [0, 0], [1, 1]), [1, 1, 1, 1]),
        (window([2, 2], [1, 1], [0, 0], [1, 1]), [1, 2, 3, 2]),
        (window([2, 1], [2, 1], [1, 0], [1, 1]), [2, 1, 3, 2]),
        (window([1, 2], [1, 2], [0, 1], [1, 2]), [1, 1, 2, 5]),
        (window([1, 2], [3, 3], [0, 0], [1, 1]), [1, 1, 4, 5]),
        (window([2, 2], [1, 1], [2, 2], [1, 1]), [1, 1, 1, 1]),
        (window([2, 2], [1, 1], [0, 0], [1, 1]), [0, 2, 2, 2]),
    ]
}

impl<F: Float> Var<'_, F> {
    /// The windows of these images `[batch, channels, height, width]` as columns; see [`crate::ops::unfold`].
    ///
    /// The result is `[batch, channels · kernel rows · kernel columns, windows]`.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are four axes; [`Error::Attribute`] for a kernel larger than the padded image and
    /// for a kernel, stride or dilation of 0.
    #[track_caller]
    pub fn try_unfold(self, kernel: [usize; 2], options: UnfoldOptions) -> Result<Self, Error> {
        self.tape.try_apply(Unfold { window: Window::unfolding(kernel, &options) }, &[self])
    }

    /// As [`Var::try_unfold`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor, UnfoldOptions};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([1.0, 2.0, 3.0]).reshape([1, 1, 1, 3]));
    /// let windows = x.unfold([1, 2], UnfoldOptions::default());
    /// assert_eq!(windows.value(), Tensor::from([[[1.0, 2.0], [2.0, 3.0]]]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn unfold(self, kernel: [usize; 2], options: UnfoldOptions) -> Self {
        or_panic(self.try_unfold(kernel, options))
    }
}
