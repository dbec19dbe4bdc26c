//! # tril
//!
//! The part of a matrix on and below a diagonal, or above it, zeros elsewhere.
//!
//! $$ y_{i j} = \begin{cases} x_{i j} & j - i \le k \\ 0 & \text{else} \end{cases} \qquad (\text{triu: } j - i \ge k) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `select` |
//! | JVP | by composition |
//! | shape | `[b…, r, c] → [b…, r, c]` |
//! | domain | everything; what is left out is an exact 0 and sends back an exact 0, also if it is infinite or NaN |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Tensor, Var, error::or_panic, ops::select::Select};

impl<F: Float> Var<'_, F> {
    /// The elements of the last two axes whose column minus row is kept.
    #[track_caller]
    fn triangle(self, op: &'static str, keep: impl Fn(isize) -> bool) -> Result<Self, Error> {
        let shape = self.shape();
        let &[.., r, c] = shape.dims() else {
            let expected = "a matrix, or a stack of them";
            return Err(Error::Shape { op, given: shape.dims().into(), expected });
        };
        if shape.is_empty() {
            return self.try_reshape(shape);
        }
        let kept = |ix: &[usize]| if keep(ix[1] as isize - ix[0] as isize) { F::ONE } else { F::ZERO };
        let mask = self.tape.constant(Tensor::from_fn([r, c], kept)).try_broadcast_to(shape)?;
        let zeros = self.constant(0.0).try_broadcast_to(shape)?;
        self.tape.try_apply(Select, &[mask, self, zeros])
    }

    /// The last two axes on and below the diagonal `offset`, zeros above; see [`crate::ops::composed::tril`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    #[track_caller]
    pub fn try_tril(self, offset: isize) -> Result<Self, Error> {
        self.triangle("tril", |k| k <= offset)
    }

    /// As [`Var::try_tril`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.tril(0).value().to_vec(), [1.0, 0.0, 0.0, 4.0, 5.0, 0.0]);
    /// assert_eq!(x.tril(-1).sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn tril(self, offset: isize) -> Self {
        or_panic(self.try_tril(offset))
    }

    /// The last two axes on and above the diagonal `offset`, zeros below; see [`crate::ops::composed::tril`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    #[track_caller]
    pub fn try_triu(self, offset: isize) -> Result<Self, Error> {
        self.triangle("triu", |k| k >= offset)
    }

    /// As [`Var::try_triu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.triu(0).value().to_vec(), [1.0, 2.0, 3.0, 0.0, 5.0, 6.0]);
    /// assert_eq!(x.triu(2).sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn triu(self, offset: isize) -> Self {
        or_panic(self.try_triu(offset))
    }
}

fn samples(draw: &mut Draw) -> Vec<Vec<Tensor<f64>>> {
    let shapes: [&[usize]; 5] = [&[2, 3], &[3, 2], &[2, 3, 3], &[0, 2], &[1, 1]];
    shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
}

/// The lower triangle at the points where the laws check it.
pub fn lower() -> Composed {
    Composed { name: "tril", f: |x| x[0].tril(x[0].rank() as isize - 2), samples, smooth_orders: 4 }
}

/// The upper triangle at the points where the laws check it.
pub fn upper() -> Composed {
    Composed { name: "triu", f: |x| x[0].triu(2 - x[0].rank() as isize), samples, smooth_orders: 4 }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn both_triangles_at_every_offset_make_the_whole() {
        let tape = Tape::<f64>::new();
        for (r, c) in [(2, 3), (3, 2), (3, 3), (1, 1), (0, 2)] {
            let x = tape.leaf(Tensor::from_fn([2, r, c], |ix| (100 * ix[0] + 10 * ix[1] + ix[2] + 1) as f64));
            for k in -4..=4 {
                let (low, high) = (x.tril(k), x.triu(k + 1));
                assert_eq!((low + high).value(), x.value(), "offset {k} of {r} x {c}");
                let below = |ix: &[usize]| f64::from(u8::from(ix[2] as isize - ix[1] as isize <= k));
                assert_eq!(low.sum().backward(&[x])[0], Tensor::from_fn([2, r, c], below));
                assert_eq!(high.sum().backward(&[x])[0], Tensor::from_fn([2, r, c], |ix| 1.0 - below(ix)));
            }
        }
    }

    #[test]
    fn what_is_left_out_does_no_harm() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, f64::NAN], [f64::INFINITY, 0.0]]);
        assert_eq!(x.triu(1).tril(0).value(), Tensor::zeros([2, 2]));
        let y = x.ln().tril(-1);
        assert_eq!(y.sum().backward(&[x])[0], Tensor::zeros([2, 2]));
        assert!(matches!(tape.leaf([1.0]).try_tril(0), Err(Error::Shape { op: "tril", .. })));
        assert!(matches!(tape.leaf(1.0).try_triu(0), Err(Error::Shape { op: "triu", .. })));
    }
}
