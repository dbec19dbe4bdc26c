//! # matrix_power
//!
//! A square matrix, or each of a stack, times itself so many times.
//!
//! $$ Y = A^n $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul`; $\bar A = \sum_{k < n} (A^\top)^k \, \bar Y \, (A^\top)^{n - 1 - k}$ |
//! | JVP | by composition |
//! | shape | `[b…, m, m] → [b…, m, m]` |
//! | domain | everything; $A^0$ is the identity, a constant, also of a matrix that is not finite |
//! | numerics | repeated squaring: at most $2 \log_2 n$ products |
//! | source | the product rule, factor by factor |

use super::{Composed, Draw};
use crate::{Error, Float, Tensor, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The `n`-th power of a square matrix, or of each of a stack; see [`crate::ops::composed::matrix_power`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size.
    #[track_caller]
    pub fn try_matrix_power(self, n: usize) -> Result<Self, Error> {
        let shape = self.shape();
        let m = match shape.dims() {
            &[.., m, k] if m == k => m,
            given => {
                let (op, expected) = ("matrix_power", "square matrices, [b…, m, m]");
                return Err(Error::Shape { op, given: given.into(), expected });
            }
        };
        let (mut y, mut square, mut left) = (None, self, n);
        while left > 0 {
            if left % 2 == 1 {
                y = Some(match y {
                    Some(y) => square.try_matmul(y)?,
                    None => square,
                });
            }
            left /= 2;
            if left > 0 {
                square = square.try_matmul(square)?;
            }
        }
        let one = |ix: &[usize]| if ix[0] == ix[1] { F::ONE } else { F::ZERO };
        match y {
            Some(y) => Ok(y),
            None if shape.is_empty() => Ok(self.detach()),
            None => self.tape.constant(Tensor::from_fn([m, m], one)).try_broadcast_to(shape),
        }
    }

    /// As [`Var::try_matrix_power`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 1.0], [1.0, 0.0]]);
    /// assert_eq!(a.matrix_power(10).value().to_vec(), [89.0, 55.0, 55.0, 34.0]); // Fibonacci numbers
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn matrix_power(self, n: usize) -> Self {
        or_panic(self.try_matrix_power(n))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "matrix_power",
        f: |x| x[0].matrix_power(x[0].rank() + 1),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 2], &[1, 1], &[2, 2, 2], &[0, 0]];
            shapes.map(|s| vec![draw.uniform(s, -1.0, 1.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn powers_are_products_in_turn() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf([[1.0, 2.0], [-1.0, 1.0]]);
        let mut in_turn = tape.constant([[1.0, 0.0], [0.0, 1.0]]);
        for n in 0..9 {
            assert_eq!(a.matrix_power(n).value(), in_turn.value(), "power {n}");
            in_turn = in_turn.matmul(a);
        }
        let g = a.matrix_power(3).trace().backward(&[a]);
        assert_eq!(g[0], (a.matrix_power(2).t() * 3.0).value());
    }

    #[test]
    fn the_zeroth_power_is_the_identity_of_every_stack_and_depends_on_nothing() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(Tensor::full([2, 2, 2], f64::NAN));
        let one = a.matrix_power(0);
        assert_eq!(one.value().to_vec(), [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
        assert!(matches!(one.sum().try_grad(&[a]), Ok(g) if g[0].is_none()));
        assert!(matches!(tape.leaf([[1.0, 2.0]]).try_matrix_power(2), Err(Error::Shape { .. })));
        assert!(matches!(tape.leaf([1.0]).try_matrix_power(2), Err(Error::Shape { op: "matrix_power", .. })));
    }
}
