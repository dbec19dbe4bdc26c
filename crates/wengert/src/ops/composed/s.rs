//! # s
//!
//! Parts of several axes at once: ranges, steps, single positions, new axes.
//!
//! $$ y_{i_0 i_1 \dots} = x_{p_0(i_0) \, p_1(i_1) \dots}, \quad p_k(i) = \text{the } i\text{-th position that part } k \text{ names} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `slice`, `flip` and `reshape` |
//! | JVP | by composition |
//! | shape | per part: a range `[d] → [n]`, a position `[d] → []`, a new axis `[] → [1]` |
//! | domain | everything; ranges may be empty, and are not cut to fit; slices are views |
//! | source | definition |

use super::{Composed, Draw};
use crate::{At, Error, Float, Parts, Var, error::or_panic, parts::Part};

impl<F: Float> Var<'_, F> {
    /// Parts of the axes, in their order; the axes after the last part stay whole; see [`crate::ops::composed::s`].
    ///
    /// A part is a range of any kind (negative positions count from the end), a single position, whose axis the result
    /// no longer has, [`At::step`], [`At::NewAxis`], or [`At::Ellipsis`] for as many whole axes as are left over. Clippy
    /// takes a literal `1..-1` for an empty range: allow its `reversed_empty_ranges` where you write them.
    ///
    /// # Errors
    ///
    /// [`Error::Part`] for a range or position that its axis does not have, a start after the end, or a step of 0;
    /// [`Error::Arity`] for more parts than axes, [`Error::Attribute`] for a second ellipsis, [`Error::RankTooLarge`].
    #[track_caller]
    pub fn try_s(self, parts: impl Parts) -> Result<Self, Error> {
        let shape = self.shape();
        let (mut y, mut dims, mut axis) = (self, Vec::new(), 0);
        for part in crate::parts::resolved(&parts.parts(), shape)? {
            match part {
                Part::New => dims.push(1),
                Part::Whole => dims.push(shape.dims()[axis]),
                Part::Position(p) => y = y.try_narrow(axis as isize, p..p + 1)?,
                Part::Range { start, end, step } => {
                    let range = start as isize..end as isize;
                    y = match step {
                        1.. => y.try_slice_step(axis as isize, range, step.unsigned_abs())?,
                        _ => {
                            let down = y.try_slice(axis as isize, range)?.try_flip(axis as isize)?;
                            down.try_slice_step(axis as isize, .., step.unsigned_abs())?
                        }
                    };
                    dims.push(y.shape().dims()[axis]);
                }
            }
            axis += usize::from(!matches!(part, Part::New));
        }
        y.try_reshape(dims)
    }

    /// As [`Var::try_s`].
    ///
    /// ```
    /// use wengert::{At, Tape, Tensor};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
    /// assert_eq!(x.s((0, 1..-1)).value().to_vec(), [2.0, 3.0]);
    /// assert_eq!(x.s((.., -1)).value().to_vec(), [4.0, 8.0]);
    /// assert_eq!(x.s((1, At::step(.., -2))).value().to_vec(), [8.0, 6.0]);
    /// assert_eq!(x.s((At::Ellipsis, At::NewAxis, 2..)).shape().dims(), [2, 1, 2]);
    /// assert_eq!(x.s((1.., 0)).sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn s(self, parts: impl Parts) -> Self {
        or_panic(self.try_s(parts))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "s",
        f: |x| match x[0].rank() {
            1 => x[0].s((At::step(1.., -2), At::NewAxis)),
            2 => x[0].s((At::NewAxis, 1.., At::step(.., 2))),
            _ => x[0].s((0, At::Ellipsis, ..-1)),
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 6] = [&[4], &[1], &[2, 3], &[1, 2], &[2, 3, 2], &[1, 0, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{At, Error, Tape, Tensor, Var};

    fn cube<'t>(tape: &'t Tape<f64>) -> Var<'t, f64> {
        tape.leaf(Tensor::from_fn([2, 3, 4], |ix| (100 * ix[0] + 10 * ix[1] + ix[2]) as f64))
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges)] // positions from the end
    fn every_kind_of_part_takes_its_own() {
        let tape = Tape::<f64>::new();
        let x = cube(&tape);
        assert_eq!(x.s((.., 1..-1, 0)).value(), Tensor::from([[10.0], [110.0]]));
        assert_eq!(x.s(1).shape().dims(), [3, 4]);
        assert_eq!(x.s((1, 2, 3)).item(), 123.0);
        assert_eq!(x.s((-1, ..=1, -2..)).value(), Tensor::from([[102.0, 103.0], [112.0, 113.0]]));
        assert_eq!(x.s((0, 0, At::step(.., -1))).value().to_vec(), [3.0, 2.0, 1.0, 0.0]);
        assert_eq!(x.s((0, 0, At::step(..3, -2))).value().to_vec(), [2.0, 0.0]);
        assert_eq!(x.s((0, 0, At::step(1.., 2))).value().to_vec(), [1.0, 3.0]);
        assert_eq!(x.s((At::Ellipsis, 1)).shape().dims(), [2, 3]);
        assert_eq!(x.s((0, At::Ellipsis, 1)).value().to_vec(), [1.0, 11.0, 21.0]);
        assert_eq!(x.s((At::NewAxis, .., At::NewAxis, 2)).shape().dims(), [1, 2, 1, 4]);
        assert_eq!(x.s((.., .., .., At::Ellipsis)).value(), x.value());
        assert_eq!(x.s(()).value(), x.value());
        assert_eq!(x.s((.., 2..2)).shape().dims(), [2, 0, 4]);
        let listed = [At::from(1), At::from(..2)];
        assert_eq!(x.s(&listed[..]).value(), x.s(listed.to_vec()).value());
        assert_eq!(tape.leaf(3.0).s((At::NewAxis, At::NewAxis)).shape().dims(), [1, 1]);
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges)] // one of the misfits
    fn misfits_name_the_axis_and_the_range() {
        let tape = Tape::<f64>::new();
        let x = cube(&tape);
        let text = |y: Result<Var<'_, f64>, Error>| y.err().map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(
            text(x.try_s((.., 1..4))),
            "s: 1..4 of axis 1, which has size 3: expected positions from -3 to 3"
        );
        assert_eq!(
            text(x.try_s((At::Ellipsis, -5))),
            "s: -5 of axis 2, which has size 4: expected a position from -4 to 3"
        );
        assert!(text(x.try_s((2.., 3))).contains("3 of axis 1"));
        assert!(
            text(x.try_s((.., 2..1)))
                .contains("2..1 of axis 1, which has size 3: expected a start not after")
        );
        assert!(text(x.try_s(At::step(.., 0))).contains("(..) step 0 of axis 0"));
        assert!(text(x.try_s((.., ..=3))).contains("..=3 of axis 1"));
        assert!(matches!(x.try_s((0, 0, 0, 0)), Err(Error::Arity { op: "s", given: 4, .. })));
        assert!(matches!(x.try_s((At::Ellipsis, At::Ellipsis)), Err(Error::Attribute { name: "parts", .. })));
        assert!(matches!(x.try_s(vec![At::NewAxis; 6]), Err(Error::RankTooLarge { rank: 9 })));
        assert_eq!(tape.len(), 1, "nothing refused was recorded");
    }

    #[test]
    fn the_gradient_goes_where_the_elements_came_from() {
        let tape = Tape::<f64>::new();
        let x = cube(&tape);
        let y = x.s((1, At::step(.., -2), 1..3));
        let w = tape.constant([[1.0, 2.0], [3.0, 4.0]]);
        let expected = Tensor::from_fn([2, 3, 4], |ix| match ix {
            [1, 2, 1] => 1.0,
            [1, 2, 2] => 2.0,
            [1, 0, 1] => 3.0,
            [1, 0, 2] => 4.0,
            _ => 0.0,
        });
        assert_eq!((y * w).sum().backward(&[x])[0], expected);
    }
}
