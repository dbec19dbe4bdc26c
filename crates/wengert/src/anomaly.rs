//! Where the first NaN or infinity comes from that reaches a value or its gradient.
//!
//! The search starts at what is wrong and walks back. At each line it replaces operands that are not finite by ordinary
//! numbers and evaluates the op again: an operand that makes no difference, because a mask, a choice or an index leaves it
//! out, is not followed. So a logarithm of 0 in the branch not taken is no anomaly.

mod cause;
mod origin;
mod report;

pub use report::{Anomaly, OperandRange, Reached, Sweep};

use crate::{Error, Float, Tape, Tensor, Var, error::or_panic, nodes::NodeId};

/// An element of the value of a line.
type Place = (NodeId, usize);

impl<F: Float> Tape<F> {
    /// Finds the line whose NaN or infinity is the first to reach `output` or its gradient; see [`Anomaly`].
    ///
    /// Looks at the output first, then at its gradient with respect to every leaf. What a mask, a choice or an index leaves
    /// out does not count. The tape is as it was afterwards.
    ///
    /// ```
    /// use wengert::{Tape, anomaly::Sweep};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 0.0]);
    /// let masked = x.gt(0.0).select(x.ln(), 0.0).sum();
    /// assert!(tape.find_anomaly(masked).is_none());
    ///
    /// let distance = x.square().sqrt().sum(); // the root of 0 is fine, its slope is not
    /// let found = tape.find_anomaly(distance).expect("an infinite slope");
    /// assert_eq!((found.op, found.sweep, found.element.as_slice()), ("sqrt", Sweep::Backward, &[1][..]));
    /// println!("{found}"); // with the line of source, the operands and the likely cause
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Tape::try_find_anomaly`] fails.
    #[track_caller]
    pub fn find_anomaly(&self, output: Var<'_, F>) -> Option<Anomaly> {
        or_panic(self.try_find_anomaly(output))
    }

    /// As [`Tape::find_anomaly`].
    ///
    /// # Errors
    ///
    /// [`Error::DifferentTapes`]; what a [`CustomOp`](crate::CustomOp) of the user's gets wrong.
    pub fn try_find_anomaly(&self, output: Var<'_, F>) -> Result<Option<Anomaly>, Error> {
        if !std::ptr::eq(output.tape, self) {
            return Err(Error::DifferentTapes { op: "find_anomaly" });
        }
        self.try_settle(output.id)?;
        let bad: Vec<usize> = bad_elements(&self.value_of(output.id)).collect();
        if !bad.is_empty() {
            let end = self.len();
            let found = self
                .inside(self.origin(output.id, bad))
                .map(|place| Some(self.report(place, Sweep::Forward, Reached::Output, place.0)));
            self.truncate(end);
            return found;
        }
        let end = self.len();
        let found = self.no_grad(|| self.in_gradient(output));
        self.truncate(end);
        found
    }

    /// The anomaly in the gradient of `output`, if there is one; records that gradient.
    fn in_gradient(&self, output: Var<'_, F>) -> Result<Option<Anomaly>, Error> {
        let leaf = |&id: &NodeId| {
            let node = &self.nodes()[id as usize];
            node.op.is_none() && node.tracked
        };
        let leaves: Vec<_> = (0..=output.id).filter(leaf).map(|id| Var { tape: self, id }).collect();
        if leaves.is_empty() {
            return Ok(None);
        }
        // For each line of the list, how long the tape was when its rule was done.
        let mut done: Vec<(usize, NodeId)> = Vec::new();
        let seed = self.constant(Tensor::full(output.shape(), F::ONE));
        let gradients = output.pull("find_anomaly", seed, &leaves, |id, len| done.push((len, id)))?;
        let mut first: Option<(Place, Reached)> = None;
        for (leaf, gradient) in leaves.iter().zip(gradients).filter_map(|(leaf, g)| Some((leaf, g?))) {
            self.try_settle(gradient.id)?;
            let bad: Vec<usize> = bad_elements(&self.value_of(gradient.id)).collect();
            if !bad.is_empty() {
                let place = self.origin(gradient.id, bad);
                if first.is_none_or(|(known, _)| place.0 < known.0) {
                    first = Some((place, Reached::Gradient { of: leaf.recorded_at() }));
                }
            }
        }
        let Some((place, reached)) = first else { return Ok(None) };
        if place.0 <= output.id {
            let place = self.inside(place)?;
            return Ok(Some(self.report(place, Sweep::Forward, reached, place.0)));
        }
        let after = done.iter().find(|(len, _)| (place.0 as usize) < *len);
        let line = after.map_or(output.id, |(_, id)| *id);
        // A line that a checkpoint recorded again comes before its own rule.
        let sweep = if line == place.0 { Sweep::Forward } else { Sweep::Backward };
        Ok(Some(self.report(place, sweep, reached, line)))
    }

    /// The same place inside of a checkpoint, as long as it is one; records the lines there.
    fn inside(&self, mut place: Place) -> Result<Place, Error> {
        loop {
            let line = {
                let nodes = self.nodes();
                let node = &nodes[place.0 as usize];
                node.op.as_ref().filter(|op| op.checkpoint().is_some()).map(|op| node.recorded(op))
            };
            let Some(line) = line else { return Ok(place) };
            let Some(segment) = line.op.checkpoint() else { return Ok(place) };
            let lines = self.again(segment, &line.inputs, place.0)?;
            place = self.origin(lines.end - 1, vec![place.1]);
        }
    }

    /// The report of the place found; `line` is the line of the list that it belongs to.
    fn report(&self, (id, element): Place, sweep: Sweep, reached: Reached, line: NodeId) -> Anomaly {
        let value = self.value_of(id);
        let nodes = self.nodes();
        let node = &nodes[line as usize];
        let op = match &node.op {
            Some(op) => op.name(),
            None if node.tracked => "leaf",
            None => "constant",
        };
        let together = node.op.as_ref().is_some_and(|op| op.has_formula(node.inputs.len()));
        let operands = node.inputs.iter().map(|&i| {
            let x = &nodes[i as usize].value;
            OperandRange::of(x, (together && x.shape() == value.shape()).then_some(element))
        });
        let operands: Vec<_> = operands.collect();
        let number = value.elements()[element].to_f64();
        let cause = cause::of(op, sweep, &operands, number);
        let element = index_of(value.shape().dims(), element);
        Anomaly { op, at: node.at, sweep, reached, value: number, element, operands, cause }
    }

    fn value_of(&self, id: NodeId) -> Tensor<F> {
        Var { tape: self, id }.tensor()
    }
}

fn bad_elements<F: Float>(x: &Tensor<F>) -> impl Iterator<Item = usize> {
    let bad: Vec<usize> =
        x.elements().iter().enumerate().filter(|(_, x)| !x.to_f64().is_finite()).map(|(i, _)| i).collect();
    bad.into_iter()
}

/// The index along each axis of an element, by its position in row-major order.
fn index_of(dims: &[usize], mut position: usize) -> Vec<usize> {
    let mut index = vec![0; dims.len()];
    for (at, &size) in index.iter_mut().zip(dims).rev() {
        (*at, position) = (position % size, position / size);
    }
    index
}
