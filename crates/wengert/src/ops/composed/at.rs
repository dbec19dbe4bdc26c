//! # at
//!
//! Parts of the axes changed, as `s` names them: set, added to, multiplied.
//!
//! $$ y_p = \begin{cases} v_q & \text{(set)} \\ x_p + v_q & \text{(add)} \\ x_p v_q & \text{(mul)} \end{cases} \quad p \text{ the } q \text{-th place of the parts}, \qquad y_p = x_p \text{ elsewhere} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `scatter`, and for what was there `slice`, `flip` and `reshape` |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]`; what is put there broadcasts to the shape of the parts |
//! | domain | everything; what `set` replaces gets gradient 0, also if it is infinite or NaN |
//! | source | definition; the grammar of parts is that of `s`, the form that of `x.at[…].set(v)` in JAX |

use super::{Composed, Draw};
use crate::ops::indices::{Picks, countable};
use crate::{
    At, Error, Float, Parts, Shape, Var,
    error::{Within, or_panic},
    parts::Part,
    var::Operand,
};

const OP: &str = "at";

/// Parts of the axes of a variable, from [`Var::at`]: what the methods return is the whole with these changed.
#[derive(Clone, Debug)]
pub struct Region<'t, F: Float> {
    x: Var<'t, F>,
    parts: Vec<At>,
    shape: Shape,
    /// The places in row-major order; none of them twice.
    places: Picks,
}

/// The positions of an axis of size `size` that a part names.
fn named(part: Part, size: usize) -> Vec<usize> {
    match part {
        Part::New | Part::Whole => (0..size).collect(),
        Part::Position(p) => vec![p],
        Part::Range { start, end, step: step @ 1.. } => (start..end).step_by(step.unsigned_abs()).collect(),
        Part::Range { start, end, step } => (start..end).rev().step_by(step.unsigned_abs()).collect(),
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// Parts of the axes, to be changed: the parts are those of [`Var::s`]; see [`crate::ops::composed::at`].
    ///
    /// # Errors
    ///
    /// Those of [`Var::try_s`]; [`Error::Shape`] for 2³² elements or more.
    pub fn try_at(self, parts: impl Parts) -> Result<Region<'t, F>, Error> {
        let (parts, whole) = (parts.parts(), self.shape());
        countable(OP, whole)?;
        let (mut places, mut dims, mut axis) = (vec![0_usize], Vec::new(), 0);
        for part in crate::parts::resolved(&parts, whole).within(OP)? {
            if let Part::New = part {
                dims.push(1);
                continue;
            }
            let size = whole.dims()[axis];
            let of_axis = named(part, size);
            if !matches!(part, Part::Position(_)) {
                dims.push(of_axis.len());
            }
            places = places.iter().flat_map(|p| of_axis.iter().map(move |i| p * size + i)).collect();
            axis += 1;
        }
        let places: Vec<u32> = places.into_iter().map(|p| p as u32).collect();
        let places = Picks::new(OP, 0, places.into(), Shape::new([whole.len()])?)?;
        Ok(Region { x: self, parts, shape: Shape::new(dims)?, places })
    }

    /// As [`Var::try_at`].
    ///
    /// ```
    /// use wengert::{At, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.at((1, ..2)).set(0.0).value().to_vec(), [1.0, 2.0, 3.0, 0.0, 0.0, 6.0]);
    /// assert_eq!(x.at((.., -1)).add(tape.leaf([10.0, 20.0])).value().to_vec(), [1.0, 2.0, 13.0, 4.0, 5.0, 26.0]);
    /// assert_eq!(x.at((0, At::step(.., 2))).mul(-1.0).value().to_vec(), [-1.0, 2.0, -3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(x.at(0).set(0.0).sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn at(self, parts: impl Parts) -> Region<'t, F> {
        or_panic(self.try_at(parts))
    }
}

impl<'t, F: Float> Region<'t, F> {
    /// The parts themselves, as [`Var::s`] gives them.
    #[track_caller]
    pub fn get(&self) -> Var<'t, F> {
        self.x.s(&self.parts[..])
    }

    /// The shape of the parts, to which values broadcast.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The value repeated to the parts.
    #[track_caller]
    fn repeated(&self, value: impl Operand<'t, F>) -> Result<Var<'t, F>, Error> {
        value.on(self.x.tape).try_broadcast_to(self.shape).within(OP)
    }

    /// The variable with these values in its parts.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::ShapeMismatch`] for values that do not repeat to the shape of the parts;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_set(&self, value: impl Operand<'t, F>) -> Result<Var<'t, F>, Error> {
        let (value, whole) = (self.repeated(value)?.try_reshape([self.shape.len()])?, self.x.shape());
        let list = self.x.try_reshape([whole.len()])?;
        list.try_put_rows(self.places.clone(), value).within(OP)?.try_reshape(whole)
    }

    /// The variable with these values added to its parts.
    ///
    /// # Errors
    ///
    /// As [`Region::try_set`].
    #[track_caller]
    pub fn try_add(&self, value: impl Operand<'t, F>) -> Result<Var<'t, F>, Error> {
        let value = self.repeated(value)?;
        self.try_set(self.get().try_add(value).within(OP)?)
    }

    /// The variable with its parts multiplied by these values.
    ///
    /// # Errors
    ///
    /// As [`Region::try_set`].
    #[track_caller]
    pub fn try_mul(&self, value: impl Operand<'t, F>) -> Result<Var<'t, F>, Error> {
        let value = self.repeated(value)?;
        self.try_set(self.get().try_mul(value).within(OP)?)
    }
}

macro_rules! plain { ($($name:ident, $try_name:ident, $doc:literal;)*) => {
    impl<'t, F: Float> Region<'t, F> { $(
        #[doc = $doc]
        ///
        /// # Panics
        ///
        #[doc = concat!("As [`Region::", stringify!($try_name), "`] fails.")]
        #[track_caller]
        pub fn $name(&self, value: impl Operand<'t, F>) -> Var<'t, F> {
            or_panic(self.$try_name(value))
        }
    )* }
} }
plain! {
    set, try_set, "The variable with these values in its parts.";
    add, try_add, "The variable with these values added to its parts.";
    mul, try_mul, "The variable with its parts multiplied by these values.";
}

/// Changes of every kind at the points where the laws check them.
pub fn composed() -> Composed {
    Composed {
        name: "at",
        f: |x| match x[0].rank() {
            0 => x[0].at(()).set(x[1]),
            1 => x[0].at(At::step(1.., -2)).set(x[1]).at(..1).mul(x[1]),
            2 => x[0].at((At::NewAxis, 1.., At::step(.., 2))).add(x[1]).at(0).set(x[1]),
            _ => x[0].at((0, At::Ellipsis, ..-1)).mul(x[1]).at(At::Ellipsis).add(x[1]),
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 7] = [&[], &[4], &[1], &[2, 3], &[1, 2], &[2, 3, 2], &[1, 0, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0), draw.uniform([], -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{At, Error, Parts, Tape, Tensor};

    #[test]
    fn every_kind_of_part_changes_what_s_takes() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 3, 4], |ix| (100 * ix[0] + 10 * ix[1] + ix[2]) as f64));
        let step = |step| At::step(.., step);
        let parts: [Vec<At>; 8] = [
            ().parts(),
            1.parts(),
            (0, 1..2, -1).parts(),
            (.., At::NewAxis, step(-2), 1..3).parts(),
            (At::Ellipsis, step(3)).parts(),
            (-1, step(-1), At::NewAxis, step(-3)).parts(),
            (.., 2..2).parts(),
            (1, 2, 3).parts(),
        ];
        for parts in parts {
            let taken = x.s(&parts[..]);
            let region = x.at(&parts[..]);
            assert_eq!(region.shape(), taken.shape(), "{parts:?}");
            assert_eq!(region.get().value(), taken.value());
            let values =
                tape.leaf(Tensor::from_fn(taken.shape(), |ix| -1.0 - ix.iter().sum::<usize>() as f64));
            for (y, expected) in [
                (region.set(values), values),
                (region.add(values), taken + values),
                (region.mul(values), taken * values),
            ] {
                assert_eq!(y.s(&parts[..]).value(), expected.value(), "{parts:?}");
                // what the parts do not name stays
                let zeros = |v: crate::Var<'_, f64>| v.at(&parts[..]).set(0.0).value();
                assert_eq!(zeros(y), zeros(x));
            }
            let g = region.set(values).sum().backward(&[x, values]);
            assert_eq!(g[0], tape.constant(Tensor::full(x.shape(), 1.0)).at(&parts[..]).set(0.0).value());
            assert_eq!(g[1], Tensor::full(taken.shape(), 1.0));
        }
    }

    #[test]
    fn what_is_set_over_does_no_harm() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.0, 4.0]);
        let y = x.ln().at(0).set(x.s(1));
        assert_eq!(y.value().to_vec(), [4.0, 4.0_f64.ln()]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 1.25]);
    }

    #[test]
    fn what_the_parts_do_not_name_keeps_its_bits() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([-0.0, 1.0]);
        for y in [x.at(1).add(1.0), x.at(1).set(2.0), x.at(1).mul(2.0)] {
            assert_eq!(y.value().to_vec()[0].to_bits(), (-0.0_f64).to_bits());
            assert_eq!(y.sqrt().sum().backward(&[x])[0].to_vec()[0], f64::NEG_INFINITY);
        }
    }

    #[test]
    fn a_part_set_to_another_that_overlaps_it_takes_the_old_elements() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0, 4.0]);
        let y = x.at(1..).set(x.s(..3));
        assert_eq!(y.value().to_vec(), [1.0, 1.0, 2.0, 3.0]);
        let w = tape.constant([1.0, 10.0, 100.0, 1000.0]);
        assert_eq!((y * w).sum().backward(&[x])[0].to_vec(), [11.0, 100.0, 1000.0, 0.0]);
        let back = x.at(At::step(.., -1)).set(x);
        assert_eq!(back.value().to_vec(), [4.0, 3.0, 2.0, 1.0]);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 3]));
        assert!(matches!(x.try_at((0, 3)), Err(Error::Part { op: "at", axis: 1, .. })));
        assert!(matches!(x.try_at((0, 0, 0)), Err(Error::Arity { op: "at", .. })));
        let two = tape.leaf([1.0, 2.0]);
        assert!(matches!(x.at(0).try_set(two), Err(Error::Broadcast { op: "at", .. })));
        assert!(matches!(x.at(0).try_add(two), Err(Error::Broadcast { op: "at", .. })));
        assert!(matches!(x.at(0).try_mul(two), Err(Error::Broadcast { op: "at", .. })));
        let other = Tape::<f64>::new();
        let far = other.leaf(1.0);
        for refused in [x.at(0).try_set(far), x.at(0).try_add(far), x.at(0).try_mul(far)] {
            assert!(matches!(refused, Err(Error::DifferentTapes { op: "at" })));
        }
    }
}
