//! # max_pool2d
//!
//! The largest element of each window of an image.
//!
//! $$ y_{b,c,i,j} = \max_{p,q} x_{b,\,c,\,s_0 i + d_0 p - \pi_0,\; s_1 j + d_1 q - \pi_1} $$
//!
//! with stride $s$, dilation $d$ and padding $\pi$; cells of the padding never win.
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ `max_pool2d_grad`$(x, \bar y)$: each cotangent to the cell that won, overlapping windows add |
//! | JVP | $ \dot y = $ `max_pool2d_take`$(x, \dot x)$: the tangent of the cell that won |
//! | shape | `[b, c, h, w] → [b, c, h', w']`, $h' = \lfloor (h + 2\pi - d(k - 1) - 1) / s \rfloor + 1$ |
//! | domain | everything; a window of $-\infty$ alone gives $-\infty$ |
//! | kinks | ties: the first in scan order (rows, then columns) takes all; a NaN wins, the first if there are several |
//! | source | the derivative of a maximum where it is attained once; ties and NaN by convention |

use super::window::{Window, build_channels_last, channels_last, image_sizes, spatial};
use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use super::{max_pool2d_grad::MaxPool2dGrad, max_pool2d_take::MaxPool2dTake};
use crate::{Error, Float, Line, PoolOptions, Pullback, Shape, Tensor, Threads, Var, error::or_panic};
use wengert_kernels::pool::{self, PoolShape};

/// The maxima of windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool2d {
    pub(crate) window: Window,
}

/// The sizes of a pooling as the kernels take them, or why they do not fit.
pub(crate) fn sizes(op: &'static str, window: &Window, x: Shape) -> Result<PoolShape, Error> {
    let images = image_sizes(op, x)?;
    window.pooled_size(op, [images[2], images[3]])?;
    let Window { kernel, stride, padding, dilation } = *window;
    PoolShape::new(images, kernel, stride, padding)
        .and_then(|shape| shape.with_dilation(dilation))
        .map_err(|_| Error::TooLarge { shape: images.into() })
}

/// The cell that wins window `y`: the definition, for the references.
pub(crate) fn winner(window: &Window, x: &Tensor<f64>, y: &[usize]) -> [usize; 4] {
    let cells: Vec<[usize; 4]> = window
        .cells([x.dims()[2], x.dims()[3]], [y[2], y[3]])
        .map(|(_, [i, j])| [y[0], y[1], i, j])
        .collect();
    let largest = cells.iter().map(|&cell| x[cell]).fold(f64::NEG_INFINITY, f64::max);
    let nan = cells.iter().find(|&&cell| x[cell].is_nan());
    *nan.or_else(|| cells.iter().find(|&&cell| x[cell] == largest))
        .expect("no window lies in the padding alone")
}

impl Primitive for MaxPool2d {
    const NAME: &'static str = "max_pool2d";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(sizes(Self::NAME, &self.window, x[0])?.output())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let shape = sizes(Self::NAME, &self.window, x[0].shape()).expect("checked by shape");
        let x = channels_last(x[0]);
        build_channels_last(y, |y| pool::max_pool2d(on, &shape, x.data(), y))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "each element of {ct} added to the cell that won its window, zeros elsewhere".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(MaxPool2dGrad { window: self.window }.of(at.input(0), ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| MaxPool2dTake { window: self.window }.of(at.input(0), dx))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |iy| x[0][winner(&self.window, &x[0], iy)])
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(window, x)| Sample::of(Self { window }, [draw.distinct(x)]);
        pooling_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let at = |width, x: &[f64], y: &[f64], dx: &[f64]| {
            Special::unary(Self { window: row_window(width) }, row(x), row(y), row(dx))
        };
        vec![
            at(3, &[1.0, 3.0, 3.0], &[3.0], &[0.0, 1.0, 0.0]),
            at(4, &[5.0, NAN, 9.0, NAN], &[NAN], &[0.0, 1.0, 0.0, 0.0]),
            at(2, &[-INF, -INF, INF, INF], &[-INF, INF], &[1.0, 0.0, 1.0, 0.0]),
            at(2, &[0.0, -0.0, 7.0], &[0.0], &[1.0, 0.0, 0.0]),
        ]
    }
}

/// An image of one row.
pub(crate) fn row(values: &[f64]) -> Tensor<f64> {
    Tensor::new([1, 1, 1, values.len()], values).expect("one row")
}

/// A window of one row that does not overlap the next.
pub(crate) fn row_window(width: usize) -> Window {
    Window::pooling([1, width], &PoolOptions::default())
}

/// Windows and image shapes at which pooling is tested: overlapping, apart, padded, dilated, empty batches.
pub(crate) fn pooling_cases() -> Vec<(Window, [usize; 4])> {
    let window = |kernel, stride, padding, dilation| Window { kernel, stride, padding, dilation };
    vec![
        (window([1, 1], [1, 1], [0, 0], [1, 1]), [1, 1, 1, 1]),
        (window([2, 2], [2, 2], [0, 0], [1, 1]), [1, 2, 4, 2]),
        (window([2, 2], [1, 1], [0, 0], [1, 1]), [1, 1, 3, 3]),
        (window([1, 2], [1, 3], [0, 0], [1, 1]), [2, 1, 1, 6]),
        (window([3, 2], [2, 1], [1, 1], [1, 1]), [1, 1, 3, 4]),
        (window([1, 3], [1, 1], [0, 1], [1, 2]), [1, 1, 2, 5]),
        (window([2, 2], [2, 2], [0, 0], [1, 1]), [0, 2, 2, 2]),
        (window([2, 2], [2, 2], [0, 0], [1, 1]), [1, 1, 3, 5]),
    ]
}

impl<F: Float> Var<'_, F> {
    /// The largest element of each window of these images `[batch, channels, height, width]`; see
    /// [`crate::ops::max_pool2d`].
    ///
    /// Rows and columns that fill no whole window are left out, and their gradient is 0; with
    /// [`PoolOptions::ceil_mode`] they make windows of their own.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are four axes; [`Error::Attribute`] for a kernel larger than the padded image,
    /// a kernel, stride or dilation of 0, padding above half the kernel, and windows of padding alone.
    #[track_caller]
    pub fn try_max_pool2d(self, kernel: [usize; 2], options: PoolOptions) -> Result<Self, Error> {
        let window = Window::pooling(kernel, &options);
        let mut x = self;
        if options.ceil_mode {
            let (_, size) = spatial(MaxPool2d::NAME, self.shape())?;
            // Beyond the end there is what never wins: a cell of the image comes first in every window.
            x = x.try_beyond(window.pooled(MaxPool2d::NAME, size, true)?.1, f64::NEG_INFINITY)?;
        }
        self.tape.try_apply(MaxPool2d { window }, &[x])
    }

    /// As [`Var::try_max_pool2d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([[1.0, 2.0, 5.0, 6.0], [4.0, 3.0, 8.0, 7.0]]).reshape([1, 1, 2, 4]));
    /// assert_eq!(x.max_pool2d([2, 2], PoolOptions::default()).value().to_vec(), [4.0, 8.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_pool2d(self, kernel: [usize; 2], options: PoolOptions) -> Self {
        or_panic(self.try_max_pool2d(kernel, options))
    }
}
