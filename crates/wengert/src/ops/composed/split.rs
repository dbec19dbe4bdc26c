//! # split
//!
//! One axis cut into parts, in their order.
//!
//! $$ \begin{bmatrix} y_0 & y_1 & \cdots \end{bmatrix} = x $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `slice` |
//! | JVP | by composition |
//! | shape | `[…, n₀ + n₁ + …, …] → […, n₀, …], […, n₁, …], …` |
//! | domain | everything; the parts are views and may be empty |
//! | numerics | many parts are halved first, so that the cotangents of $n$ parts cost $n \log n$ and not $n^2$ |
//! | source | definition: the inverse of `concat` |

use super::{Composed, Draw};
use crate::{Error, Float, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The parts of these sizes along one axis; see [`crate::ops::composed::split`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Attribute`] unless the sizes add up to the size of the axis.
    #[track_caller]
    pub fn try_split(self, axis: isize, sizes: &[usize]) -> Result<Vec<Self>, Error> {
        let whole = self.shape().dims()[resolve("split", axis, self.rank())?];
        let total = sizes.iter().fold(0_usize, |sum, &n| sum.saturating_add(n));
        if total != whole {
            let given = format!("{sizes:?} for an axis of size {whole}");
            let expected = "sizes that add up to the size of the axis";
            return Err(Error::Attribute { op: "split", name: "sizes", given, expected });
        }
        let mut parts = Vec::with_capacity(sizes.len());
        self.parts_to(axis, sizes, &mut parts)?;
        Ok(parts)
    }

    /// The parts of these sizes, which add up; many are halved first: a part sends back a cotangent as long as what it was
    /// cut from.
    #[track_caller]
    pub(super) fn parts_to(self, axis: isize, sizes: &[usize], parts: &mut Vec<Self>) -> Result<(), Error> {
        if sizes.len() > 16 {
            let (left, right) = sizes.split_at(sizes.len() / 2);
            let (at, end) = (left.iter().sum(), sizes.iter().sum());
            self.try_narrow(axis, 0..at)?.parts_to(axis, left, parts)?;
            return self.try_narrow(axis, at..end)?.parts_to(axis, right, parts);
        }
        let mut start = 0;
        for n in sizes {
            parts.push(self.try_narrow(axis, start..start + n)?);
            start += n;
        }
        Ok(())
    }

    /// As [`Var::try_split`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let parts = x.split(0, &[1, 2]);
    /// assert_eq!(parts[1].value().to_vec(), [2.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn split(self, axis: isize, sizes: &[usize]) -> Vec<Self> {
        or_panic(self.try_split(axis, sizes))
    }

    /// `count` parts of one axis, the first ones longer by one where it does not divide evenly.
    ///
    /// These are the parts of NumPy's `array_split` and PyTorch's `tensor_split`: always `count`, and of sizes that differ by
    /// one at most. PyTorch's `chunk` gives all but the last the same size, and may give fewer.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Attribute`] for a count of 0.
    #[track_caller]
    pub fn try_chunk(self, axis: isize, count: usize) -> Result<Vec<Self>, Error> {
        let whole = self.shape().dims()[resolve("chunk", axis, self.rank())?];
        if count == 0 {
            let (given, expected) = ("0".into(), "at least one part");
            return Err(Error::Attribute { op: "chunk", name: "count", given, expected });
        }
        let sizes: Vec<usize> = (0..count).map(|k| whole / count + usize::from(k < whole % count)).collect();
        self.try_split(axis, &sizes)
    }

    /// As [`Var::try_chunk`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0, 4.0, 5.0]);
    /// let sizes: Vec<_> = x.chunk(0, 3).iter().map(|part| part.shape().len()).collect();
    /// assert_eq!(sizes, [2, 2, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn chunk(self, axis: isize, count: usize) -> Vec<Self> {
        or_panic(self.try_chunk(axis, count))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "split",
        f: |x| match x[0].chunk(0, 2)[..] {
            [a, b] => Var::concat(&[b, a * 3.0, b], 0),
            _ => x[0],
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[3], &[2, 3], &[0, 2], &[1, 2, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn sizes_that_do_not_add_up_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        assert!(matches!(x.try_split(0, &[1, 1]), Err(Error::Attribute { name: "sizes", .. })));
        assert!(matches!(x.try_split(0, &[usize::MAX, 4]), Err(Error::Attribute { .. })));
        assert!(matches!(x.try_chunk(0, 0), Err(Error::Attribute { name: "count", .. })));
        assert!(matches!(x.try_chunk(1, 2), Err(Error::Axis { .. })));
    }

    #[test]
    fn many_parts_are_those_asked_for_and_cost_little_more_than_their_number() {
        let tape = Tape::<f64>::new();
        let n = if cfg!(debug_assertions) { 2_000 } else { 100_000 };
        let sizes: Vec<usize> = (0..n).map(|k| k % 3).collect();
        let whole: usize = sizes.iter().sum();
        let x = tape.leaf(Tensor::from_fn([whole], |ix| ix[0] as f64));
        let parts = x.split(0, &sizes);
        assert_eq!(parts.iter().map(|p| p.shape().len()).collect::<Vec<_>>(), sizes);
        let back = Var::concat(&parts, 0);
        assert_eq!(back.value(), x.value());
        assert_eq!((back * back).sum().backward(&[x])[0], x.value().map(|x| 2.0 * x));
    }

    #[test]
    fn parts_may_be_empty() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let parts = x.split(0, &[0, 2, 0]);
        assert_eq!(parts.iter().map(|p| p.shape().len()).collect::<Vec<_>>(), [0, 2, 0]);
        assert_eq!(x.chunk(0, 3)[2].shape().len(), 0);
        assert_eq!(parts[0].sum().backward(&[x])[0].to_vec(), [0.0, 0.0]);
    }
}
