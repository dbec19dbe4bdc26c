//! Whole Jacobians: one sweep, recorded for one direction and repeated for batches of them.
//!
//! A sweep is linear in its seed, and all directions share the values of the function. So the lines of one sweep are
//! recorded again with a batch of unit vectors in place of the seed ([`Excerpt`]); what does not depend on the seed is
//! used as it is.

use crate::ops::Batched;
use crate::vmap::{Excerpt, Place};
use crate::{Error, Float, Shape, Tensor, Var, error::or_panic};

/// The elements that the values of one batch of directions may have together, if those of one direction have not more.
const ELEMENTS_AT_ONCE: usize = 1 << 22;

/// Which sweep gives the entries.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// One row of the Jacobian per direction.
    Reverse,
    /// One column per direction.
    Forward,
}

/// All entries of dy/dx, of shape `[y…, x…]`; `None` if `y` does not depend on `x`.
#[track_caller]
pub(crate) fn full_jacobian<'t, F: Float>(y: Var<'t, F>, x: Var<'t, F>) -> Option<Tensor<F>> {
    let (m, n) = (y.shape().len(), x.shape().len());
    let mode = if m <= n { Mode::Reverse } else { Mode::Forward };
    or_panic(entries(y, x, mode, ELEMENTS_AT_ONCE))
}

/// The same in one mode and with another bound: in batches, or one direction at a time where an op has no rule.
#[track_caller]
fn entries<'t, F: Float>(
    y: Var<'t, F>,
    x: Var<'t, F>,
    mode: Mode,
    at_once: usize,
) -> Result<Option<Tensor<F>>, Error> {
    let shape = Shape::new([y.shape().dims(), x.shape().dims()].concat())?;
    let start = y.tape.len();
    let found = y.tape.no_grad(|| match in_batches(y, x, mode, at_once) {
        Err(Error::Unbatched { .. } | Error::RankTooLarge { .. } | Error::TooLarge { .. }) => {
            y.tape.truncate(start);
            one_by_one(y, x, mode)
        }
        found => found,
    })?;
    y.tape.truncate(start);
    let Some(rows) = found else { return Ok(None) };
    let (m, n) = (y.shape().len(), x.shape().len());
    let by_rows = match mode {
        Mode::Reverse => rows,
        Mode::Forward => (0..m * n).map(|k| rows[k % n * m + k / n]).collect(),
    };
    Tensor::new(shape, by_rows).map(Some)
}

/// The derivative in one direction: the pullback of a cotangent or the push forward of a tangent.
#[track_caller]
fn swept<'t, F: Float>(
    y: Var<'t, F>,
    x: Var<'t, F>,
    mode: Mode,
    seed: Var<'t, F>,
) -> Result<Option<Var<'t, F>>, Error> {
    match mode {
        Mode::Reverse => Ok(y.try_vjp(seed, &[x])?[0]),
        Mode::Forward => y.try_jvp(&[x], &[seed]),
    }
}

/// The unit vectors `from` to `to` of a space of this shape, along axis 0.
fn units<F: Float>(shape: Shape, from: usize, to: usize) -> Tensor<F> {
    let len = shape.len();
    let mut e = vec![F::ZERO; (to - from) * len];
    for k in from..to {
        e[(k - from) * len + k] = F::ONE;
    }
    Tensor::new([&[to - from], shape.dims()].concat(), e).expect("as many elements as the shape has")
}

/// The space that directions are taken from.
fn directions<F: Float>(y: Var<'_, F>, x: Var<'_, F>, mode: Mode) -> Shape {
    match mode {
        Mode::Reverse => y.shape(),
        Mode::Forward => x.shape(),
    }
}

/// The derivatives in all directions, one after another, batch by batch.
#[track_caller]
fn in_batches<'t, F: Float>(
    y: Var<'t, F>,
    x: Var<'t, F>,
    mode: Mode,
    at_once: usize,
) -> Result<Option<Vec<F>>, Error> {
    let (tape, space) = (y.tape, directions(y, x, mode));
    if space.len() < 2 || space.rank() == crate::MAX_RANK {
        return one_by_one(y, x, mode);
    }
    // The first direction, recorded, is what the others repeat.
    let seed = tape.constant(units(space, 0, 1).reshape(space));
    let Some(first) = swept(y, x, mode, seed)? else { return Ok(None) };
    let mut rows = first.tensor().elements().to_vec();
    rows.reserve(rows.len() * (space.len() - 1));
    let sweep = Excerpt::of(tape, &[seed.id], &[first.id], Place::SameTape);
    let batch = (at_once / sweep.elements().max(1)).max(1);
    let mark = tape.len();
    for from in (1..space.len()).step_by(batch) {
        let to = space.len().min(from + batch);
        let seeds = Batched { value: tape.constant(units(space, from, to)), varies: true };
        let swept = sweep.repeat(tape, &[seeds], to - from, false)?[0];
        let values = swept.value.tensor();
        // A derivative that depends on no direction is zero, and the same in all of them.
        let times = if swept.varies { 1 } else { to - from };
        (0..times).for_each(|_| rows.extend_from_slice(&values.elements()));
        tape.truncate(mark);
    }
    Ok(Some(rows))
}

/// The same, direction by direction.
#[track_caller]
fn one_by_one<'t, F: Float>(y: Var<'t, F>, x: Var<'t, F>, mode: Mode) -> Result<Option<Vec<F>>, Error> {
    let (tape, space) = (y.tape, directions(y, x, mode));
    let mut rows = Vec::new();
    let mark = tape.len();
    for k in 0..space.len() {
        let unit = units(space, k, k + 1).reshape(space);
        match mode {
            Mode::Reverse => match &y.try_pullback(unit, &[x])?[0] {
                Some(row) => rows.extend_from_slice(&row.elements()),
                None => return Ok(None),
            },
            Mode::Forward => match swept(y, x, mode, tape.constant(unit))? {
                Some(column) => rows.extend_from_slice(&column.tensor().elements()),
                None => return Ok(None),
            },
        }
        tape.truncate(mark);
    }
    Ok(Some(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conv2dOptions, Key, PoolOptions, Tape};

    type Function = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

    fn numbers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
        Key::new(seed).uniform::<f64>(shape).map(|u| 2.0 * u - 1.0)
    }

    fn layers(x: Var<'_, f64>) -> Var<'_, f64> {
        let w = [[6, 9], [9, 4]].map(|shape| x.tape().constant(numbers(shape, shape[0] as u64)));
        x.reshape([6]).matmul(w[0]).tanh().dropout(0.25, Key::new(1)).matmul(w[1]).softmax(0)
    }

    fn images(x: Var<'_, f64>) -> Var<'_, f64> {
        let w = x.tape().constant(numbers([2, 1, 2, 2], 3));
        let y =
            x.reshape([1, 1, 2, 3]).conv2d(w, &Conv2dOptions { padding: [1, 1], ..Conv2dOptions::default() });
        y.relu().max_pool2d([2, 2], PoolOptions::default()).logsumexp_axes([2, 3])
    }

    fn indices(x: Var<'_, f64>) -> Var<'_, f64> {
        let y = x.index_select(1, [2, 0, 2]).gather(0, [[1, 0, 1], [1, 1, 0]]).cumsum(1);
        y * y.flip(0) * y.detach().max() + x.square().sum()
    }

    /// Batches of any size, in both modes, give the rows of single sweeps; `None` where these give it.
    #[test]
    fn batches_of_directions_give_what_single_directions_give() {
        let functions: [(&str, Function); 6] = [
            ("layers", layers),
            ("images", images),
            ("indices", indices),
            ("itself", |x| x),
            ("a gradient", |x| layers(x).square().sum().grad(&[x])[0]),
            ("a constant", |x| (x * 2.0).gt(0.0).to_var() + x.detach()),
        ];
        for (name, f) in functions {
            let tape = Tape::new();
            let x = tape.leaf(numbers([2, 3], 7));
            let y = f(x);
            let before = tape.len();
            for mode in [Mode::Reverse, Mode::Forward] {
                let alone = tape.no_grad(|| one_by_one(y, x, mode)).unwrap();
                for at_once in [0, 100, ELEMENTS_AT_ONCE] {
                    let together = tape.no_grad(|| in_batches(y, x, mode, at_once)).unwrap();
                    tape.truncate(before);
                    assert_eq!(together.is_some(), alone.is_some(), "{name}, {mode:?}");
                    for (a, b) in together.iter().flatten().zip(alone.iter().flatten()) {
                        assert!(
                            (a - b).abs() <= 1e-12 * b.abs().max(1.0),
                            "{name}, {mode:?}: {a}, alone {b}"
                        );
                    }
                    assert_eq!(together.map(|t| t.len()), alone.as_ref().map(Vec::len), "{name}, {mode:?}");
                }
            }
        }
    }

    #[test]
    fn both_modes_give_the_same_entries_and_leave_the_tape_as_it_was() {
        let tape = Tape::new();
        let x = tape.leaf(numbers([2, 3], 7));
        let y = layers(x);
        let before = tape.len();
        let [reverse, forward] = [Mode::Reverse, Mode::Forward]
            .map(|mode| entries(y, x, mode, ELEMENTS_AT_ONCE).unwrap().expect("y depends on x"));
        assert_eq!((reverse.dims(), forward.dims(), tape.len()), (&[4, 2, 3][..], &[4, 2, 3][..], before));
        for (a, b) in reverse.to_vec().into_iter().zip(forward.to_vec()) {
            assert!((a - b).abs() <= 1e-12);
        }
    }
}
