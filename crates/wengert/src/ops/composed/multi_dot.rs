//! # multi_dot
//!
//! The product of a chain of matrices, in the order that takes the fewest multiplications.
//!
//! $$ Y = A_1 A_2 \cdots A_n $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul` |
//! | JVP | by composition |
//! | shape | `[m, k₁] × [k₁, k₂] × … × [kₙ₋₁, p] → [m, p]`; the first and the last may be vectors |
//! | domain | everything; at least one matrix |
//! | source | T. H. Cormen et al., Introduction to Algorithms, "Matrix-chain multiplication": the recurrence over all splits |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

/// Where to split each part of a chain whose matrix `i` is `sizes[i]` by `sizes[i + 1]`: `splits[i][j]` for `i..=j`.
fn best_splits(sizes: &[usize]) -> Vec<Vec<usize>> {
    let n = sizes.len() - 1;
    let (mut cost, mut splits) = (vec![vec![0.0_f64; n]; n], vec![vec![0; n]; n]);
    for length in 2..=n {
        for i in 0..=n - length {
            let j = i + length - 1;
            cost[i][j] = f64::INFINITY;
            for k in i..j {
                let own = sizes[i] as f64 * sizes[k + 1] as f64 * sizes[j + 1] as f64;
                let total = cost[i][k] + cost[k + 1][j] + own;
                if total < cost[i][j] {
                    (cost[i][j], splits[i][j]) = (total, k);
                }
            }
        }
    }
    splits
}

impl<F: Float> Var<'_, F> {
    /// The product of a chain of matrices, fewest multiplications; see [`crate::ops::composed::multi_dot`].
    ///
    /// The first may be a vector, a row, and the last one, a column; the result does not have their missing axes.
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] without any matrix; [`Error::Shape`] for another rank; [`Error::ShapeMismatch`] if inner sizes
    /// differ; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_multi_dot(chain: &[Self]) -> Result<Self, Error> {
        let op = "multi_dot";
        let Some((&first, &last)) = chain.first().zip(chain.last()) else {
            return Err(Error::Arity { op, given: 0, expected: "one matrix or more" });
        };
        if chain.len() == 1 && first.rank() == 2 {
            return Ok(first);
        }
        for (k, v) in chain.iter().enumerate() {
            let at_an_end = chain.len() > 1 && (k == 0 || k == chain.len() - 1);
            if !(v.rank() == 2 || at_an_end && v.rank() == 1) {
                let expected = "matrices, and vectors only at the ends";
                return Err(Error::Shape { op, given: v.shape().dims().into(), expected });
            }
        }
        let rows = |v: Self| v.shape().dims()[0];
        let columns = |v: Self| v.shape().dims()[v.rank() - 1];
        if let Some(pair) = chain.windows(2).find(|pair| columns(pair[0]) != rows(pair[1])) {
            let (lhs, rhs) = (pair[0].shape().dims().into(), pair[1].shape().dims().into());
            let expected = "as many columns on the left as rows on the right";
            return Err(Error::ShapeMismatch { op, lhs, rhs, expected });
        }
        let mut sizes = vec![if first.rank() == 1 { 1 } else { rows(first) }];
        sizes.extend(chain.iter().map(|&v| columns(v)));
        if last.rank() == 1 {
            sizes[chain.len()] = 1;
        }
        // products of parts, each after the parts it is made of: by a list of what is left to do, innermost last
        let splits = best_splits(&sizes);
        let (mut open, mut order) = (vec![(0, chain.len() - 1)], Vec::new());
        while let Some((i, j)) = open.pop() {
            order.push((i, j));
            if i < j {
                open.extend([(i, splits[i][j]), (splits[i][j] + 1, j)]);
            }
        }
        let mut done: Vec<Self> = Vec::new();
        for &(i, j) in order.iter().rev() {
            match i == j {
                true => done.push(chain[i]),
                false => {
                    let (right, left) = (done.pop(), done.pop());
                    let (left, right) =
                        left.zip(right).expect("both parts stand after this one in the order");
                    done.push(left.try_matmul(right).within("multi_dot")?);
                }
            }
        }
        Ok(done.pop().expect("the whole chain is the first part"))
    }

    /// As [`Var::try_multi_dot`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let (a, b, x) = (tape.leaf([[1.0, 2.0]]), tape.leaf([[3.0, 0.0], [0.0, 4.0]]), tape.leaf([1.0, 10.0]));
    /// assert_eq!(Var::multi_dot(&[a, b, x]).value().to_vec(), [83.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn multi_dot(chain: &[Self]) -> Self {
        or_panic(Self::try_multi_dot(chain))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "multi_dot",
        f: |x| Var::multi_dot(x),
        samples: |draw: &mut Draw| {
            let chains: [&[&[usize]]; 5] = [
                &[&[2, 1], &[1, 3], &[3, 2]],
                &[&[2], &[2, 3], &[3]],
                &[&[1, 2], &[2, 1], &[1, 2], &[2, 1]],
                &[&[2, 2]],
                &[&[2, 0], &[0, 1], &[1, 2]],
            ];
            chains.map(|chain| chain.iter().map(|s| draw.uniform(s, -2.0, 2.0)).collect()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::best_splits;
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn the_best_order_is_found_and_gives_the_product() {
        // 10 x 100, 100 x 5, 5 x 50: (A B) C takes 7500 multiplications, A (B C) 75000
        assert_eq!(best_splits(&[10, 100, 5, 50])[0][2], 1);
        assert_eq!(best_splits(&[50, 5, 100, 10])[0][2], 0);
        let tape = Tape::<f64>::new();
        let sizes = [3, 7, 2, 5, 1, 4, 6];
        let chain: Vec<_> = (sizes.windows(2).enumerate())
            .map(|(k, d)| {
                tape.leaf(Tensor::from_fn([d[0], d[1]], |ix| ((ix[0] + 2 * ix[1] + k) % 5) as f64 - 2.0))
            })
            .collect();
        let in_turn = chain.iter().copied().reduce(|a, b| a.matmul(b)).expect("six");
        assert_eq!(Var::multi_dot(&chain).value(), in_turn.value());
        let lines = tape.len();
        Var::multi_dot(&chain);
        assert_eq!(tape.len() - lines, 5, "one product less than there are matrices");
    }

    #[test]
    fn vectors_stand_at_the_ends_only() {
        let tape = Tape::<f64>::new();
        let (x, m) = (tape.leaf([1.0, 2.0]), tape.leaf([[1.0, 2.0], [3.0, 4.0]]));
        assert_eq!(Var::multi_dot(&[x, m, m, x]).rank(), 0);
        assert_eq!(Var::multi_dot(&[x, x]).item(), 5.0);
        assert!(matches!(Var::try_multi_dot(&[m, x, m]), Err(Error::Shape { op: "multi_dot", .. })));
        assert!(matches!(Var::try_multi_dot(&[x]), Err(Error::Shape { .. })));
        assert!(matches!(Var::<f64>::try_multi_dot(&[]), Err(Error::Arity { given: 0, .. })));
        let wide = tape.leaf([[1.0, 2.0, 3.0]]);
        assert!(matches!(Var::try_multi_dot(&[m, wide]), Err(Error::ShapeMismatch { op: "multi_dot", .. })));
    }
}
