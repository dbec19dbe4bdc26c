//! First-order reverse mode as plain tensors: the walk of `reverse.rs` with the pen lifted.
//!
//! Cotangents are tensors, accumulated in place where nobody else holds them and freed as soon as they are used; an op
//! may offer a fused pullback; where it does not, its rule runs without recording and its temporaries are dropped.

use crate::{
    Error, Float, Line, Tensor, Var,
    error::or_panic,
    ops::{Fused, shape_of_cotangent},
    reverse::Recorded,
};
use smallvec::SmallVec;

impl<'t, F: Float> Var<'t, F> {
    /// The gradient of this scalar as plain tensors: first order, fast.
    ///
    /// ```
    /// let tape = wengert::Tape::<f32>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]));
    /// let g = (a * b).sum().backward(&[a, b]);
    /// assert_eq!((g[0].to_vec(), g[1].to_vec()), (vec![3.0, 4.0], vec![1.0, 2.0]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Var::try_backward`] fails, and where it returns `None`.
    #[track_caller]
    pub fn backward(self, wrt: &[Var<'t, F>]) -> Vec<Tensor<F>> {
        let found = self.try_backward(wrt).and_then(|g| self.all_reached("backward", wrt, g));
        or_panic(found)
    }

    /// The gradient of this scalar as plain tensors; `None` for an input that it does not depend on.
    ///
    /// # Errors
    ///
    /// As [`Var::try_grad`].
    pub fn try_backward(self, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Tensor<F>>>, Error> {
        if self.shape().len() != 1 {
            return Err(Error::NotScalar { op: "backward", shape: self.shape().dims().into() });
        }
        self.try_pullback(Tensor::full(self.shape(), F::ONE), wrt)
    }

    /// $J^\top \bar y$ as plain tensors, for a variable of any shape.
    ///
    /// # Errors
    ///
    /// As [`Var::try_vjp`].
    pub fn try_pullback(self, seed: Tensor<F>, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Tensor<F>>>, Error> {
        let tape = self.tape;
        tape.check_wrt("backward", wrt)?;
        shape_of_cotangent("backward", "the seed", seed.shape(), self.shape())?;
        let active = tape.active(wrt, self.id);
        let mut ct: Vec<Option<Tensor<F>>> = vec![None; self.id as usize + 1];
        ct[self.id as usize] = Some(seed);
        let mut found: Vec<Option<Tensor<F>>> = vec![None; wrt.len()];
        tape.no_grad(|| {
            for id in (0..=self.id).rev().filter(|&id| active[id as usize]) {
                let Some(y_bar) = ct[id as usize].take() else { continue };
                for (g, _) in found.iter_mut().zip(wrt).filter(|(_, w)| w.id == id) {
                    *g = Some(y_bar.clone());
                }
                let Some(line) = tape.recorded(id) else { continue };
                let inputs = line.inputs.clone();
                for (k, x_bar) in self.pull_line(id, line, y_bar, &active)? {
                    match &mut ct[inputs[k] as usize] {
                        Some(sum) => sum.accumulate(&x_bar, tape.threads()),
                        slot => *slot = Some(x_bar),
                    }
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The cotangents that one line sends to the inputs that want one.
    #[allow(clippy::type_complexity)] // a list of (input, cotangent), consumed at the only call
    fn pull_line(
        self,
        id: u32,
        Recorded { op, inputs, at }: Recorded<F>,
        y_bar: Tensor<F>,
        active: &[bool],
    ) -> Result<SmallVec<[(usize, Tensor<F>); 3]>, Error> {
        let tape = self.tape;
        let line = Line::new(tape, id, &inputs, active);
        let fused = {
            let nodes = tape.nodes();
            let x: SmallVec<[&Tensor<F>; 3]> = inputs.iter().map(|&i| &nodes[i as usize].value).collect();
            let cx = Fused { wants: line.all_wants(), threads: tape.threads() };
            F::vjp_fused(&op, &x, &nodes[id as usize].value, &y_bar, &cx)
        };
        if let Some(pulled) = fused {
            let some = pulled.into_iter().enumerate().filter_map(|(k, g)| g.map(|g| (k, g)));
            return Ok(some.filter(|&(k, _)| line.wants(k)).collect());
        }
        let end = tape.len();
        let pulled = tape.on_behalf_of(at, || {
            let y_bar = tape.constant(y_bar);
            let mut pulled = SmallVec::new();
            for (k, g) in F::vjp(&op, &line, y_bar)?.wanted(&line) {
                shape_of_cotangent(op.name(), "a cotangent", g.shape(), line.input(k).shape())?;
                pulled.push((k, g.value()));
            }
            Ok(pulled)
        });
        tape.truncate(end);
        pulled
    }
}
