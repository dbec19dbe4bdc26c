//! Forward mode: walk the Wengert list forwards, pushing tangents through each line.
//!
//! Recorded like anything else, so it nests with reverse mode in both directions.

use crate::{Error, Float, Line, Var, active::Recorded, error::or_panic, ops::shape_of_cotangent};
use smallvec::SmallVec;

impl<'t, F: Float> Var<'t, F> {
    /// $J \dot x$: the tangent of this variable when `wrt` move along `tangents`; `None` if it does not depend on them.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, dx) = (tape.leaf([1.0, 2.0]), tape.constant([1.0, 0.0]));
    /// let dy = (x * x).try_jvp(&[x], &[dx])?.expect("x * x depends on x");
    /// assert_eq!(dy.value().to_vec(), [2.0, 0.0]);
    /// # Ok::<(), wengert::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] for another number of tangents, [`Error::CotangentShape`] for another shape; else as
    /// [`Var::try_grad`].
    #[track_caller]
    pub fn try_jvp(self, wrt: &[Var<'t, F>], tangents: &[Var<'t, F>]) -> Result<Option<Var<'t, F>>, Error> {
        let tape = self.tape;
        tape.check_wrt("jvp", wrt)?;
        if wrt.len() != tangents.len() {
            return Err(Error::Arity { op: "jvp", given: tangents.len(), expected: "one tangent per input" });
        }
        let mut dot: Vec<Option<Var<'t, F>>> = vec![None; self.id as usize + 1];
        for (x, dx) in wrt.iter().zip(tangents) {
            if !std::ptr::eq(dx.tape, tape) {
                return Err(Error::DifferentTapes { op: "jvp" });
            }
            shape_of_cotangent("jvp", "a tangent", dx.shape(), x.shape())?;
            if x.id <= self.id {
                dot[x.id as usize] = Some(match dot[x.id as usize] {
                    None => *dx,
                    Some(sum) => sum + *dx,
                });
            }
        }
        let active = tape.active(wrt, self.id);
        for id in (0..=self.id).filter(|&id| active[id as usize]) {
            if dot[id as usize].is_some() {
                continue; // one of `wrt`: it moves as asked, whatever it was computed from
            }
            let Some(Recorded { op, inputs, at }) = tape.recorded(id) else { continue };
            let dx: SmallVec<[Option<Var<'t, F>>; 3]> = inputs.iter().map(|&i| dot[i as usize]).collect();
            if dx.iter().all(Option::is_none) {
                continue;
            }
            let line = Line::new(tape, id, &inputs, &active);
            dot[id as usize] = tape.on_behalf_of(at, || {
                let dy = F::jvp(&op, &line, &dx)?;
                if let Some(dy) = dy {
                    shape_of_cotangent(op.name(), "the tangent", dy.shape(), line.y().shape())?;
                }
                Ok(dy)
            })?;
        }
        Ok(dot[self.id as usize])
    }

    /// As [`Var::try_jvp`], with a dependence.
    ///
    /// # Panics
    ///
    /// Where that fails or returns `None`.
    #[track_caller]
    pub fn jvp(self, wrt: &[Var<'t, F>], tangents: &[Var<'t, F>]) -> Var<'t, F> {
        let dy = self.try_jvp(wrt, tangents).and_then(|dy| {
            dy.ok_or_else(|| self.unreachable_from("jvp", 0, wrt.first().copied().unwrap_or(self)))
        });
        or_panic(dy)
    }
}
