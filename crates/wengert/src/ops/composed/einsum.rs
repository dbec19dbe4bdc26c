//! # einsum
//!
//! Einstein summation: products of elements with labeled axes, summed over the labels that the output does not have.
//!
//! $$ y_{o} = \sum_{\ell \notin o} \prod_k (x_k)_{\ell_k} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul` or `mul` per pair of operands, `permute`, `reshape`, `sum`, and `diagonal` for a label twice in one operand |
//! | JVP | by composition |
//! | shape | by the labels; without `->` the axes under `...`, then every label that stands once, capitals first, each in the order of the alphabet |
//! | domain | everything; a size of 1 goes with any other of the same label |
//! | numerics | several operands are multiplied pair by pair: up to six in the order with the fewest multiplications, more first where the product has the fewest elements beyond those of the two |
//! | source | definition; the grammar is that of NumPy's `einsum` |

mod factor;
mod grammar;
mod order;

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};
use factor::Factor;
use grammar::{Label, Subscripts};
use order::{Set, in_at_least, next_pair, set_of};

impl<F: Float> Var<'_, F> {
    /// The sum of products that the subscripts describe; see [`crate::ops::composed::einsum`].
    ///
    /// A list of letters per operand, one for each axis, separated by commas; then `->` and the letters of the output, or
    /// nothing, for those that stand once. `...` stands for the remaining axes, which broadcast; spaces mean nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Einsum`], which points at the character, for subscripts that are malformed or do not fit the operands;
    /// [`Error::Arity`] without any operand; [`Error::RankTooLarge`], [`Error::TooLarge`] for the output or a product of
    /// two operands; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_einsum(subscripts: &str, operands: &[Self]) -> Result<Self, Error> {
        if operands.is_empty() {
            return Err(Error::Arity { op: "einsum", given: 0, expected: "one operand or more" });
        }
        let shapes: Vec<_> = operands.iter().map(|v| v.shape()).collect();
        let fitted = Subscripts::read(subscripts)?.fit(&shapes)?;
        let (sizes, output) = (&fitted.sizes, set_of(&fitted.output));
        let mut factors = Vec::with_capacity(operands.len());
        for (&v, labels) in operands.iter().zip(fitted.inputs) {
            factors.push(Factor::new(v, labels, sizes)?);
        }
        let mut sets: Vec<Set> = factors.iter().map(|f| set_of(&f.labels)).collect();
        let shared = output | in_at_least(2, &sets);
        let mut left = Vec::with_capacity(factors.len());
        for factor in factors {
            left.push(factor.summed(shared)?);
        }
        sets.iter_mut().for_each(|set| *set &= shared);
        while left.len() > 1 {
            let (i, j) = next_pair(&sets, output, sizes);
            let kept = output | in_at_least(3, &sets);
            let (b, a) = (left.remove(j), left.remove(i));
            sets.remove(j);
            sets.remove(i);
            let product = a.times(b, kept).within("einsum")?;
            sets.push(set_of(&product.labels));
            left.push(product);
        }
        let result = left.pop().expect("one operand or more, and one product of them");
        let place = |l: &Label| {
            result.labels.iter().position(|own| own == l).expect("all labels of the output are kept")
        };
        Ok(result.v.ordered(&fitted.output.iter().map(place).collect::<Vec<_>>()))
    }

    /// As [`Var::try_einsum`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([[5.0, 6.0], [7.0, 8.0]]));
    /// assert_eq!(Var::einsum("ij,jk->ik", &[a, b]).value(), a.matmul(b).value());
    /// assert_eq!(Var::einsum("ii", &[a]).item(), 5.0); // the trace
    /// assert_eq!(Var::einsum("ij->ji", &[a]).value(), a.t().value());
    /// assert_eq!(Var::einsum("...i,...i->...", &[a, b]).value().to_vec(), [17.0, 53.0]); // row by row
    /// let error = Var::try_einsum("ij,j?->i", &[a, b]).expect_err("no label");
    /// assert_eq!(
    ///     error.to_string(),
    ///     "einsum: '?' is no label; labels are the letters a-z and A-Z\n    ij,j?->i\n        ^"
    /// );
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn einsum(subscripts: &str, operands: &[Self]) -> Self {
        or_panic(Self::try_einsum(subscripts, operands))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "einsum",
        f: |x| match x.len() {
            1 => Var::einsum("iij->j", x),
            2 => Var::einsum("...ij,...jk->k...i", x),
            _ => Var::einsum("ij,jk,ki,j", x),
        },
        samples: |draw: &mut Draw| {
            let cases: [&[&[usize]]; 7] = [
                &[&[2, 2, 3]],
                &[&[0, 0, 2]],
                &[&[2, 3], &[3, 1]],
                &[&[2, 1, 1, 2], &[2, 2, 1]],
                &[&[1, 0], &[0, 2]],
                &[&[2, 3], &[3, 1], &[1, 2], &[3]],
                &[&[2, 1], &[2, 2], &[2, 2], &[2]],
            ];
            cases.map(|case| case.iter().map(|s| draw.uniform(s, -2.0, 2.0)).collect()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn known_products_have_their_subscripts() {
        let tape = Tape::<f64>::new();
        let of = |dims: &[usize]| {
            let mut k = 0.0;
            let next = |_: &[usize]| {
                k += 1.0;
                k
            };
            tape.leaf(Tensor::from_fn(dims, next))
        };
        let (m, n, v) = (of(&[2, 3]), of(&[3, 4]), of(&[3]));
        let same = |subscripts: &str, x: &[Var<'_, f64>], y: Var<'_, f64>| {
            assert_eq!(Var::einsum(subscripts, x).value(), y.value(), "{subscripts}");
        };
        same("ij,jk", &[m, n], m.matmul(n));
        same("ij , jk -> ki", &[m, n], m.matmul(n).t());
        same("ba", &[m], m.t());
        same("Ab", &[m], m);
        same("i,i", &[v, v], v.dot(v));
        same("i,j", &[v, v], v.outer(v));
        same("i,i->i", &[v, v], v * v);
        same("ij->", &[m], m.sum());
        same("ij->j", &[m], m.sum_axes(0));
        same("ij,j->i", &[m, v], m.matmul(v));
        same("...,...", &[m, v], m * v);
        same(",ij", &[of(&[]), m], m);
        same("ij,jk,lk", &[m, n, n], m.matmul(n).matmul(n.t()));
        let chain: Vec<_> = [2, 5, 1, 3, 4, 2, 6, 3, 2].windows(2).map(of).collect();
        same("ab,bc,cd,de,ef,fg,gh,hi", &chain, Var::multi_dot(&chain));
        same("ii->i", &[m.matmul(m.t())], m.matmul(m.t()).diagonal(0, 0, 1));
        same("b...a,a", &[of(&[2, 4, 3]), v], of(&[2, 4, 3]).matmul(v).t());
    }

    #[test]
    fn a_size_of_one_goes_with_any_other_across_operands_only() {
        let tape = Tape::<f64>::new();
        let (x, one) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([10.0]));
        assert_eq!(Var::einsum("i,i", &[x, one]).item(), 60.0);
        assert_eq!(Var::einsum("i,i->i", &[one, x]).value().to_vec(), [10.0, 20.0, 30.0]);
        let row = tape.leaf([[1.0, 2.0]]);
        assert!(matches!(Var::try_einsum("ii", &[row]), Err(Error::Einsum { position: 1, .. })));
    }

    #[test]
    fn an_operand_may_stand_more_than_once_and_there_must_be_one() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        assert_eq!(Var::einsum("i,i,i", &[x, x, x]).backward(&[x])[0].to_vec(), [3.0, 12.0]);
        assert!(matches!(Var::<f64>::try_einsum("", &[]), Err(Error::Arity { op: "einsum", .. })));
        let other = Tape::<f64>::new();
        assert!(matches!(
            Var::try_einsum("i,i", &[x, other.leaf([1.0, 2.0])]),
            Err(Error::DifferentTapes { .. })
        ));
        let deep = tape.leaf(Tensor::zeros([1; 5]));
        assert!(matches!(
            Var::try_einsum("abcde,fghij", &[deep, deep]),
            Err(Error::RankTooLarge { rank: 10 })
        ));
        assert_eq!(Var::einsum("abcde,fghij->", &[deep, deep]).item(), 0.0);
    }
}
