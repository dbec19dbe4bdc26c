//! # pad_with
//!
//! Every axis extended by its own elements, or cropped, at both ends.
//!
//! $$ y_i = x_{r(i - b)} \quad \text{per axis}, \qquad r(p) = \begin{cases} \lvert ((p + d - 1) \bmod (2 d - 2)) - d + 1 \rvert & \text{reflect} \\ \min(\max(p, 0), d - 1) & \text{replicate} \\ p \bmod d & \text{circular} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select`, whose transpose adds up what was repeated |
//! | JVP | by composition |
//! | shape | `[d₀, …] → [b₀ + d₀ + a₀, …]` |
//! | domain | everything; a negative extension crops, at most the whole axis; extensions longer than the axis go on reflecting or turning round; only an empty axis cannot grow |
//! | source | definition: reflect is even around the outermost elements, without repeating them; an axis of size 1 reflects into itself |

use super::{Composed, Draw};
use crate::{Error, Float, Var, error::or_panic, ops::indices::resized};

/// Where the elements beyond the ends of an axis come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PadMode {
    /// Mirrored at the outermost elements, which are not repeated: `c b | a b c | b a`.
    Reflect,
    /// The outermost element again: `a a | a b c | c c`.
    Replicate,
    /// From the other end: `b c | a b c | a b`.
    Circular,
}

impl PadMode {
    /// The position in an axis of size `d > 0` that stands at `p`, inside or beyond it.
    fn position(self, p: i128, d: i128) -> u32 {
        let found = match self {
            Self::Reflect if d == 1 => 0,
            Self::Reflect => ((p + d - 1).rem_euclid(2 * d - 2) - (d - 1)).abs(),
            Self::Replicate => p.clamp(0, d - 1),
            Self::Circular => p.rem_euclid(d),
        };
        found as u32
    }
}

impl<F: Float> Var<'_, F> {
    /// Every axis extended, `(before, after)`, by elements of its own; see [`crate::ops::composed::pad_with`].
    ///
    /// A negative number crops that end; the elements of the other end are still those of the whole axis.
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] unless there is one pair per axis; [`Error::Attribute`] if more is cropped than there is, or an
    /// axis without elements, or of more than 2³², is to grow; [`Error::TooLarge`].
    #[track_caller]
    pub fn try_pad_with(self, extensions: &[(isize, isize)], mode: PadMode) -> Result<Self, Error> {
        let shape = self.shape();
        if extensions.len() != shape.rank() {
            let expected = "one pair (before, after) per axis";
            return Err(Error::Arity { op: "pad_with", given: extensions.len(), expected });
        }
        let mut padded = shape;
        for (axis, (&size, &(before, after))) in shape.dims().iter().zip(extensions).enumerate() {
            let refused = |expected| {
                let given = format!("({before}, {after}) for axis {axis} of size {size}");
                Error::Attribute { op: "pad_with", name: "extensions", given, expected }
            };
            if before.min(0).unsigned_abs().saturating_add(after.min(0).unsigned_abs()) > size {
                return Err(refused("to crop at most the whole axis"));
            }
            if before > 0 || after > 0 {
                if size == 0 {
                    return Err(refused("elements to repeat: an empty axis has none (use pad)"));
                }
                if u32::try_from(size - 1).is_err() {
                    return Err(refused("an axis of at most 2^32 elements, which indices can count"));
                }
            }
            let grown = size as i128 + before as i128 + after as i128;
            padded = resized(padded, axis, usize::try_from(grown).unwrap_or(usize::MAX))?;
        }
        if padded.is_empty() {
            // Nothing is left, so nothing on the way there is made either.
            let gone = padded.dims().iter().position(|&size| size == 0).unwrap_or(0);
            return self.try_narrow(gone as isize, 0..0)?.try_reshape(padded);
        }
        let mut y = self;
        for (axis, &(before, after)) in extensions.iter().enumerate().filter(|(_, pair)| **pair != (0, 0)) {
            let (size, new) = (shape.dims()[axis], padded.dims()[axis]);
            y = if before <= 0 && after <= 0 {
                y.try_narrow(axis as isize, before.unsigned_abs()..size - after.unsigned_abs())?
            } else {
                let source = |i: usize| mode.position(i as i128 - before as i128, size as i128);
                y.try_index_select(axis as isize, (0..new).map(source).collect::<Vec<u32>>())?
            };
        }
        Ok(y)
    }

    /// As [`Var::try_pad_with`].
    ///
    /// ```
    /// use wengert::{PadMode, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let padded = |mode| x.pad_with(&[(2, 1)], mode).value().to_vec();
    /// assert_eq!(padded(PadMode::Reflect), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
    /// assert_eq!(padded(PadMode::Replicate), [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
    /// assert_eq!(padded(PadMode::Circular), [2.0, 3.0, 1.0, 2.0, 3.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn pad_with(self, extensions: &[(isize, isize)], mode: PadMode) -> Self {
        or_panic(self.try_pad_with(extensions, mode))
    }
}

fn samples(draw: &mut Draw) -> Vec<Vec<crate::Tensor<f64>>> {
    let shapes: [&[usize]; 5] = [&[], &[3], &[2, 3], &[2, 1], &[1, 2, 4]];
    shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
}

/// Pairs that extend, crop, and do both, as many as a variable has axes.
fn pairs(rank: usize) -> Vec<(isize, isize)> {
    [(2, 1), (-1, 3), (0, 2)].into_iter().cycle().take(rank).collect()
}

fn padded<'t>(x: &[Var<'t, f64>], mode: PadMode) -> Var<'t, f64> {
    x[0].pad_with(&pairs(x[0].rank()), mode)
}

/// Reflection at the points where the laws check it.
pub fn reflect() -> Composed {
    Composed { name: "pad_reflect", f: |x| padded(x, PadMode::Reflect), samples, smooth_orders: 4 }
}

/// Replication at the points where the laws check it.
pub fn replicate() -> Composed {
    Composed { name: "pad_replicate", f: |x| padded(x, PadMode::Replicate), samples, smooth_orders: 4 }
}

/// Turning round at the points where the laws check it.
pub fn circular() -> Composed {
    Composed { name: "pad_circular", f: |x| padded(x, PadMode::Circular), samples, smooth_orders: 4 }
}

#[cfg(test)]
mod tests {
    use super::PadMode::{Circular, Reflect, Replicate};
    use crate::{Error, Tape, Tensor};

    #[test]
    fn extensions_longer_than_the_axis_go_on() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        let padded = |mode| x.pad_with(&[(5, 4)], mode).value().to_vec();
        assert_eq!(padded(Reflect), [2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0]);
        assert_eq!(padded(Circular), [2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0]);
        assert_eq!(padded(Replicate)[..6], [1.0; 6]);
        for mode in [Reflect, Replicate, Circular] {
            assert_eq!(tape.leaf([7.0]).pad_with(&[(2, 1)], mode).value().to_vec(), [7.0; 4]);
        }
    }

    #[test]
    fn each_element_gets_the_gradient_of_all_its_copies() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        let w = tape.constant([1.0, 10.0, 100.0, 1e3, 1e4, 1e5]);
        let gradient = |mode| (x.pad_with(&[(2, 1)], mode) * w).sum().backward(&[x])[0].to_vec();
        assert_eq!(gradient(Reflect), [100.0, 10.0 + 1e3 + 1e5, 1.0 + 1e4]);
        assert_eq!(gradient(Replicate), [111.0, 1e3, 1e4 + 1e5]);
        assert_eq!(gradient(Circular), [100.0 + 1e5, 1.0 + 1e3, 10.0 + 1e4]);
    }

    #[test]
    fn a_cropped_end_still_supplies_the_other() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        assert_eq!(x.pad_with(&[(2, -1)], Circular).value().to_vec(), [2.0, 3.0, 1.0, 2.0]);
        assert_eq!(x.pad_with(&[(-1, -1)], Reflect).value().to_vec(), [2.0]);
        assert_eq!(x.pad_with(&[(-3, 1)], Replicate).value().to_vec(), [3.0]);
        assert_eq!(x.pad_with(&[(-2, -1)], Circular).sum().backward(&[x])[0].to_vec(), [0.0; 3]);
    }

    #[test]
    fn refuses_what_cannot_be_extended_or_cropped() {
        let tape = Tape::<f64>::new();
        let (x, none) = (tape.leaf([1.0, 2.0]), tape.leaf(Tensor::zeros([0])));
        for mode in [Reflect, Replicate, Circular] {
            assert!(matches!(
                x.try_pad_with(&[(-2, -1)], mode),
                Err(Error::Attribute { op: "pad_with", .. })
            ));
            assert!(matches!(x.try_pad_with(&[(isize::MIN, 1)], mode), Err(Error::Attribute { .. })));
            assert!(matches!(x.try_pad_with(&[], mode), Err(Error::Arity { given: 0, .. })));
            assert!(matches!(x.try_pad_with(&[(isize::MAX, 1)], mode), Err(Error::TooLarge { .. })));
            assert!(matches!(none.try_pad_with(&[(1, 0)], mode), Err(Error::Attribute { .. })));
            assert!(none.pad_with(&[(0, 0)], mode).value().is_empty());
        }
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
        let long = tape.constant(1.0).broadcast_to([(1 << 32) + 1]);
        assert!(matches!(long.try_pad_with(&[(1, -5)], Circular), Err(Error::Attribute { .. })));
    }
}
