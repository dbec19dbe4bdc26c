//! # fold
//!
//! Images from columns of windows: what lies on one cell adds, what lies in the padding is dropped.
//!
//! $$ y_{b,c,h,w} = \sum_{p,q,i,j} x_{b,\,(c,p,q),\,(i,j)} \quad \text{over } s_0 i + d_0 p - \pi_0 = h,\; s_1 j + d_1 q - \pi_1 = w $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ `unfold`$(\bar y)$ |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[b, c kh kw, l] → [b, c, h, w]`; `[h, w]` is an attribute, as several sizes have $l$ windows |
//! | domain | everything; the transpose of `unfold`, not its inverse where windows overlap or leave gaps |
//! | source | the transpose of `unfold` |

use super::unfold::{Unfold, cell_of_entry, sizes, unfolding_cases};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, max_pool2d::row, window::Window};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, UnfoldOptions, Var, error::or_panic};
use wengert_kernels::conv::{self, ConvShape};

/// Columns added up as windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fold {
    pub(crate) window: Window,
    /// Height and width of the images.
    pub(crate) size: [usize; 2],
}

impl Fold {
    /// The sizes of the images that columns of this shape make, as the kernels take them.
    fn sizes(&self, x: Shape) -> Result<ConvShape, Error> {
        let misfit = |expected| Error::Shape { op: Self::NAME, given: x.dims().into(), expected };
        let &[batch, rows, _] = x.dims() else {
            return Err(misfit("[batch, channels · kernel rows · kernel columns, windows]: three axes"));
        };
        let expected = "axis 1 a multiple of the cells of the kernel";
        let taps = self.window.kernel[0].checked_mul(self.window.kernel[1]);
        let taps = taps.filter(|&t| t == 0 || rows.is_multiple_of(t)).ok_or_else(|| misfit(expected))?;
        let images = [batch, rows / taps.max(1), self.size[0], self.size[1]];
        let sizes = sizes(Self::NAME, &self.window, images)?;
        if x.dims() != sizes.unfolded() {
            let (lhs, rhs) = (sizes.unfolded().into(), x.dims().into());
            let expected = "the left shape, one column per window of an image of that size";
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected });
        }
        Ok(sizes)
    }
}

impl Primitive for Fold {
    const NAME: &'static str = "fold";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(self.sizes(x[0])?.input())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let shape = self.sizes(x[0].shape()).expect("checked by shape");
        let columns = x[0].contiguous();
        Tensor::build(y, |y| conv::fold(on, &shape, columns.data(), y))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "unfold({ct}): each window gets what its cells have".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(Unfold { window: self.window }))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let images = self.sizes(x[0].shape()).expect("checked by shape").input();
        let (mut out, strides) = (Tensor::zeros(y), y.strides());
        let sums = out.make_mut();
        x[0].shape().for_each_index(|entry| {
            if let Some(cell) = cell_of_entry(&self.window, images, entry) {
                let at: usize = cell.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
                sums[at] += x[0].get(entry).expect("within the operand");
            }
        });
        out
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(window, x): (Window, [usize; 4])| {
            let columns = sizes(Self::NAME, &window, x).expect("windows of the image").unfolded();
            Sample::of(Self { window, size: [x[2], x[3]] }, [draw.uniform(columns, -2.0, 2.0)])
        };
        unfolding_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let window = Window { kernel: [1, 2], stride: [1, 1], padding: [0, 1], dilation: [1, 1] };
        let (columns, gradient) =
            ([[[9.0, 1.0, 2.0], [3.0, 4.0, 9.0]]], [[[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]]]);
        vec![Special::unary(Self { window, size: [1, 2] }, columns, row(&[4.0, 6.0]), gradient)]
    }
}

impl<F: Float> Var<'_, F> {
    /// Images `[batch, channels, height, width]` of the given height and width from columns; see
    /// [`crate::ops::fold`].
    ///
    /// The transpose of [`Var::unfold`]: where windows overlap, the image is their sum.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] and [`Error::ShapeMismatch`] for columns that are not those of such an image;
    /// [`Error::Attribute`] as [`Var::try_unfold`].
    #[track_caller]
    pub fn try_fold(
        self,
        size: [usize; 2],
        kernel: [usize; 2],
        options: UnfoldOptions,
    ) -> Result<Self, Error> {
        self.tape.try_apply(Fold { window: Window::unfolding(kernel, &options), size }, &[self])
    }

    /// As [`Var::try_fold`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor, UnfoldOptions};
    ///
    /// let tape = Tape::<f64>::new();
    /// let windows = tape.leaf([[[1.0, 2.0], [2.0, 3.0]]]);
    /// let x = windows.fold([1, 3], [1, 2], UnfoldOptions::default());
    /// assert_eq!(x.value().to_vec(), [1.0, 4.0, 3.0]); // the middle cell lies in both windows
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn fold(self, size: [usize; 2], kernel: [usize; 2], options: UnfoldOptions) -> Self {
        or_panic(self.try_fold(size, kernel, options))
    }
}
