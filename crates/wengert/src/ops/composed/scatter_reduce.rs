//! # scatter_reduce
//!
//! An operand with the sum, the product, the mean, or the extreme of the elements of another for each cell, named by
//! indices into an axis.
//!
//! $$ y_{i \, q \, k} = \operatorname{reduce} \left( \{ x_{i \, q \, k} \} \cup \{ s_{ijk} : p_{ijk} = q \} \right), \qquad y_{i \, q \, k} = x_{i \, q \, k} \text{ where no } p_{ijk} = q $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `scatter_add` and `scatter`, `prod` for the product, division by a count for the mean, `scatter_extreme` for extremes |
//! | JVP | by composition |
//! | shape | `[…, d, …] × […, n, …] → […, d, …]`; one index for each element of $s$ |
//! | domain | everything; indices below `d`; without the operand's own elements, those that are reduced over get gradient 0, also if they are infinite or NaN |
//! | kinks | equal extremes share the gradient, the first NaN gets all of it |
//! | numerics | sums in the order of the indices; a mean divides by a whole number; a product takes memory for as many elements per cell as the fullest has, and does not divide |
//! | source | definition, as PyTorch's `scatter_reduce` |

use super::{Composed, Draw};
use crate::ops::{
    indices::{Picks, countable},
    scatter::Scatter,
    scatter_extreme::ScatterExtreme,
    target::Target,
};
use crate::{Error, Float, Shape, Tensor, Var, error::or_panic};
use wengert_kernels::scatter_extreme::Rule;

/// What is left of several elements for one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScatterReduce {
    /// Their sum.
    Sum,
    /// Their product. Which elements meet is settled while recording: a plan takes no other indices here.
    Prod,
    /// Their sum, divided by their number.
    Mean,
    /// The largest.
    Amax,
    /// The smallest.
    Amin,
}

impl ScatterReduce {
    /// The elements of `source` reduced into `x`, of whose shape they are but along the axis.
    #[track_caller]
    fn of<'t, F: Float>(
        self,
        x: Var<'t, F>,
        picks: Picks,
        source: Var<'t, F>,
        include_self: bool,
    ) -> Result<Var<'t, F>, Error> {
        let target = Target { picks, by_rows: false };
        if let Self::Amax | Self::Amin = self {
            let rule = Rule { largest: self == Self::Amax, with_whole: include_self };
            return x.tape.try_apply(ScatterExtreme { target, rule }, &[x, source]);
        }
        let number = |n: f64| x.constant(n).try_broadcast_to(source.shape());
        let base = if include_self {
            x
        } else {
            let neutral = number(if self == Self::Prod { 1.0 } else { 0.0 })?;
            x.tape.try_apply(Scatter { target: target.clone() }, &[x, neutral])?
        };
        if self == Self::Prod {
            return base.try_mul(products(x.shape(), &target.picks, source)?);
        }
        let sum = base.try_add(target.added(source))?;
        if self == Self::Sum {
            return Ok(sum);
        }
        let counts = target.added(number(1.0)?);
        let least = x.constant(1.0);
        sum.try_div(if include_self { counts.try_add(least)? } else { counts.try_maximum(least)? })
    }
}

/// The product of the elements for each cell of a tensor of shape `x`, 1 where none goes.
#[track_caller]
fn products<'t, F: Float>(x: Shape, picks: &Picks, source: Var<'t, F>) -> Result<Var<'t, F>, Error> {
    const OP: &str = "scatter_reduce";
    // Every cell is a row with room for the elements of the fullest: each element goes to the first place that is free.
    let (strides, axis) = (x.strides(), picks.axis);
    let (mut filled, mut places) = (vec![0_usize; x.len()], Vec::with_capacity(source.shape().len()));
    source.shape().for_each_index(|ix| {
        let at = |k: usize| if k == axis { picks.at(ix) } else { ix[k] };
        let cell = (0..ix.len()).map(|k| at(k) * strides[k] as usize).sum::<usize>();
        places.push((cell, filled[cell]));
        filled[cell] += 1;
    });
    let room = filled.into_iter().max().unwrap_or(0).max(1);
    let rows = Shape::new([x.len(), room])?;
    countable(OP, rows)?;
    let list = Shape::new([rows.len()])?;
    let places: Vec<u32> = places.into_iter().map(|(cell, k)| (cell * room + k) as u32).collect();
    let places = Picks::new(OP, 0, places.into(), list)?.computed_from(&picks.given());
    let (ones, elements) = (source.constant(1.0), source.try_reshape([source.shape().len()])?);
    let padded = ones.try_broadcast_to(list)?.try_put_rows(places, elements)?;
    padded.try_reshape(rows)?.try_prod_axes(1)?.try_reshape(x)
}

impl<F: Float> Var<'_, F> {
    /// This variable with elements of `source` reduced into its own, each at its index along an axis; see
    /// [`crate::ops::composed::scatter_reduce`].
    ///
    /// With `include_self` an element of this variable is one of those for its cell; without, it only stays where none goes.
    /// All three have the same number of axes. The indices may stop short of the source along any axis and of this variable
    /// along the others: what they do not cover stays, with gradient 0 for the source.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::ShapeMismatch`] for indices of
    /// another rank or larger sizes; [`Error::DifferentTapes`]; for a product [`Error::Shape`] if all cells, with room for
    /// as many elements as the fullest has, are 2³² or more.
    #[track_caller]
    pub fn try_scatter_reduce(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        source: Self,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Result<Self, Error> {
        self.changed_at("scatter_reduce", (axis, indices.into()), source, |x, picks, source| {
            reduce.of(x, picks, source, include_self)
        })
    }

    /// As [`Var::try_scatter_reduce`].
    ///
    /// ```
    /// use wengert::{ScatterReduce::{Amax, Mean}, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (x, source) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([4.0, 6.0, 0.0]));
    /// let largest = x.scatter_reduce(0, [0, 0, 2], source, Amax, true);
    /// assert_eq!(largest.value().to_vec(), [6.0, 2.0, 3.0]);
    /// assert_eq!(largest.sum().backward(&[source])[0].to_vec(), [0.0, 1.0, 0.0]);
    /// let mean = x.scatter_reduce(0, [0, 0, 2], source, Mean, false);
    /// assert_eq!(mean.value().to_vec(), [5.0, 2.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn scatter_reduce(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        source: Self,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Self {
        or_panic(self.try_scatter_reduce(axis, indices, source, reduce, include_self))
    }
}

/// All reductions at the points where the laws check them: no two elements are equal.
pub fn composed() -> Composed {
    use ScatterReduce::{Amax, Amin, Mean, Prod, Sum};
    Composed {
        name: "scatter_reduce",
        f: |x| {
            let indices = match x[1].shape().dims() {
                [n] => Tensor::from_fn([*n], |ix| [1_u32, 0, 1][ix[0] % 3]),
                dims => Tensor::from_fn([dims[0], 2], |ix| [1, 1, 0][(ix[0] + ix[1]) % 3]),
            };
            let by = |reduce, own| x[0].scatter_reduce(-1, &indices, x[1], reduce, own);
            let products = by(Prod, true) - by(Prod, false) * by(Amin, false);
            by(Mean, true) * by(Sum, false) + by(Mean, false) * by(Amax, true) + by(Sum, true) + products
        },
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 5] =
                [[&[3], &[4]], [&[2], &[0]], [&[3, 2], &[3, 2]], [&[3, 3], &[2, 4]], [&[0, 2], &[0, 3]]];
            let of = |[x, source]: [&[usize]; 2]| {
                let (n, m) = (x.iter().product(), source.iter().product::<usize>());
                let all = draw.distinct([n + m]);
                vec![all.narrow(0, 0..n).reshape(x), all.narrow(0, n..n + m).reshape(source)]
            };
            shapes.map(of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::ScatterReduce::{Amax, Amin, Mean, Prod, Sum};
    use crate::{Error, Tape, Tensor};

    #[test]
    fn what_is_reduced_over_counts_only_if_it_is_asked_to() {
        let nan = f64::NAN;
        let tape = Tape::<f64>::new();
        let (x, source) = (tape.leaf([nan, 2.0, 4.0]), tape.leaf([3.0, 5.0, 8.0]));
        let of = |reduce, own| {
            let y = x.scatter_reduce(0, [0, 0, 2], source, reduce, own);
            let g = y.sum().backward(&[x, source]);
            (y.value().to_vec(), g[0].to_vec(), g[1].to_vec())
        };
        let (y, dx, ds) = of(Sum, false);
        assert_eq!((y, dx, ds), (vec![8.0, 2.0, 8.0], vec![0.0, 1.0, 0.0], vec![1.0; 3]));
        let (y, dx, ds) = of(Mean, false);
        assert_eq!((y, dx, ds), (vec![4.0, 2.0, 8.0], vec![0.0, 1.0, 0.0], vec![0.5, 0.5, 1.0]));
        let (y, dx, ds) = of(Amax, false);
        assert_eq!((y, dx, ds), (vec![5.0, 2.0, 8.0], vec![0.0, 1.0, 0.0], vec![0.0, 1.0, 1.0]));
        let (y, dx, ds) = of(Amin, true);
        assert!(y[0].is_nan() && y[1..] == [2.0, 4.0], "{y:?}");
        assert_eq!((dx, ds), (vec![1.0; 3], vec![0.0; 3]));
        let (y, dx, ds) = of(Mean, true);
        assert!(y[0].is_nan() && y[1..] == [2.0, 6.0], "{y:?}");
        let third = 1.0 / 3.0;
        assert_eq!((dx, ds), (vec![third, 1.0, 0.5], vec![third, third, 0.5]));
    }

    #[test]
    fn a_product_is_right_at_zeros_and_to_the_second_order() {
        let tape = Tape::<f64>::new();
        let (x, source) = (tape.leaf([2.0, f64::NAN, 5.0]), tape.leaf([3.0, 0.0, 7.0, 0.0]));
        let y = x.scatter_reduce(0, [0, 0, 2, 2], source, Prod, true);
        assert!(y.value().to_vec()[1].is_nan());
        let g = y.s(0).grad(&[x, source]);
        assert_eq!((g[0].value().to_vec(), g[1].value().to_vec()), (vec![0.0; 3], vec![0.0, 6.0, 0.0, 0.0]));
        assert_eq!(g[1].s(1).backward(&[x, source])[1].to_vec(), [2.0, 0.0, 0.0, 0.0]);
        let y = x.scatter_reduce(0, [1, 1, 2, 0], source, Prod, false);
        assert_eq!(y.value().to_vec(), [0.0, 0.0, 7.0]);
        assert_eq!(y.sum().backward(&[x, source])[1].to_vec(), [0.0, 3.0, 1.0, 1.0]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0; 3]);
    }

    #[test]
    fn what_no_index_covers_stays() {
        let tape = Tape::<f64>::new();
        let (x, source) = (tape.leaf(Tensor::full([2, 3], 1.0)), tape.leaf(Tensor::full([3, 4], 5.0)));
        for reduce in [Sum, Prod, Mean, Amax] {
            let y = x.scatter_reduce(0, [[1, 1]], source, reduce, false);
            assert_eq!(y.value(), Tensor::from([[1.0, 1.0, 1.0], [5.0, 5.0, 1.0]]), "{reduce:?}");
            let g = y.sum().backward(&[x, source]);
            assert_eq!(g[0].to_vec(), [1.0, 1.0, 1.0, 0.0, 0.0, 1.0], "{reduce:?}");
            assert_eq!(g[1].to_vec().iter().sum::<f64>(), 2.0, "{reduce:?}");
        }
    }

    #[test]
    fn misfits_are_refused_before_anything_is_recorded() {
        let tape = Tape::<f64>::new();
        let (x, two) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([1.0, 2.0]));
        let op = "scatter_reduce";
        let refused = |p: &[u32], axis| x.try_scatter_reduce(axis, p, two, Mean, true).unwrap_err();
        assert_eq!(refused(&[0, 3], 0), Error::Index { op, index: 3, size: 3 });
        assert!(matches!(refused(&[0, 1, 2], 0), Error::ShapeMismatch { op: "scatter_reduce", .. }));
        assert!(matches!(refused(&[0], 1), Error::Axis { op: "scatter_reduce", .. }));
        let other = Tape::<f64>::new();
        let far = x.try_scatter_reduce(0, [0], other.leaf([1.0]), Sum, true);
        assert!(matches!(far, Err(Error::DifferentTapes { op: "scatter_reduce" })));
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
    }
}
