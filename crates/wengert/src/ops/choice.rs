//! What sorting and running extremes share: which element of a line stands at which place.

use super::elementwise::same_shape;
use crate::{Error, Float, Shape, Tensor, Threads, Var, axes::resolve};
use wengert_kernels::order::{Nans, Order, positions};

/// A choice of one element per place along an axis, made by the values there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) axis: usize,
    pub(crate) order: Order,
}

impl Choice {
    /// The choice along an axis as users name it.
    pub(crate) fn new(op: &'static str, axis: isize, order: Order, x: Shape) -> Result<Self, Error> {
        let choice = Self { axis: resolve(op, axis, x.rank())?, order };
        choice.check(op, x)?;
        Ok(choice)
    }

    /// The same choice for each example of a batch along the first axis.
    pub(crate) fn behind_batch(self) -> Self {
        Self { axis: self.axis + 1, ..self }
    }

    /// The shape of two operands that are to be alike, if positions along the axis can be counted.
    pub(crate) fn shape(&self, op: &'static str, x: &[Shape]) -> Result<Shape, Error> {
        let shape = same_shape(op, x)?;
        self.check(op, shape)?;
        Ok(shape)
    }

    fn check(&self, op: &'static str, x: Shape) -> Result<(), Error> {
        let axis = resolve(op, self.axis as isize, x.rank())?;
        if u32::try_from(x.dims()[axis]).is_err() {
            let expected = "fewer than 2^32 elements along the axis";
            return Err(Error::Shape { op, given: x.dims().into(), expected });
        }
        Ok(())
    }

    /// The position of the element of `x` chosen for each place.
    pub(crate) fn positions<F: Float>(&self, x: &Tensor<F>, on: &Threads) -> Tensor<u32> {
        let x = x.contiguous();
        Tensor::build(x.shape(), |out| positions(on, x.shape().around(self.axis), x.data(), self.order, out))
    }

    /// The same by the definition, for references: the position of the element of `x` chosen for the place `iy`.
    pub(crate) fn position(&self, x: &Tensor<f64>, iy: &[usize]) -> Vec<usize> {
        let mut at = iy.to_vec();
        let line: Vec<f64> = (0..x.dims()[self.axis])
            .map(|k| {
                at[self.axis] = k;
                x.get(&at).expect("within the operand")
            })
            .collect();
        at[self.axis] = self.position_in(&line, iy[self.axis]);
        at
    }

    fn position_in(&self, line: &[f64], place: usize) -> usize {
        let nan = line.iter().position(|v| v.is_nan());
        let best = |better: fn(f64, f64) -> bool| {
            let so_far = 0..=place;
            let wins = |&k: &usize| so_far.clone().all(|j| j == k || !better(line[j], line[k]));
            nan.filter(|k| *k <= place).unwrap_or_else(|| so_far.clone().find(wins).expect("one is the best"))
        };
        let (descending, nans) = match self.order {
            Order::RunningMax => return best(|a, b| a > b),
            Order::RunningMin => return best(|a, b| a < b),
            Order::Middles => {
                let numbers = line.iter().filter(|v| !v.is_nan()).count();
                let middle =
                    if place.is_multiple_of(2) { numbers.saturating_sub(1) / 2 } else { numbers / 2 };
                return Self { order: Order::Ascending(Nans::Last), ..*self }.position_in(line, middle);
            }
            Order::Ascending(nans) => (false, nans),
            Order::Descending(nans) => (true, nans),
        };
        if let (Nans::Everywhere, Some(k)) = (nans, nan) {
            return k;
        }
        let before = |j: usize, k: usize| {
            let (a, b) = if descending { (-line[j], -line[k]) } else { (line[j], line[k]) };
            match (a.is_nan(), b.is_nan()) {
                (false, false) => a < b || (a == b && j < k),
                (true, true) => j < k,
                (a_is_nan, _) => a_is_nan == (nans == Nans::First),
            }
        };
        // The element that so many come before.
        let count = |k: usize| (0..line.len()).filter(|&j| before(j, k)).count();
        (0..line.len()).find(|&k| count(k) == place).expect("every place is taken once")
    }
}

/// Choices and shapes at which ops that make them are tested.
pub(crate) fn choice_cases() -> Vec<(Choice, Shape)> {
    let orders = [
        Order::Ascending(Nans::Last),
        Order::Descending(Nans::First),
        Order::Ascending(Nans::Everywhere),
        Order::Middles,
        Order::RunningMax,
        Order::RunningMin,
    ];
    let shapes: [(&[usize], usize); 6] =
        [(&[4], 0), (&[2, 3], 0), (&[2, 3, 2], 1), (&[3, 1], 1), (&[0, 2], 1), (&[2, 0], 1)];
    let of = |order| shapes.map(|(shape, axis)| (Choice { axis, order }, Shape::of(shape)));
    orders.into_iter().flat_map(of).collect()
}

impl<F: Float> Var<'_, F> {
    /// The elements chosen for the places along an axis.
    #[track_caller]
    pub(crate) fn choose(self, op: &'static str, axis: isize, order: Order) -> Result<Self, Error> {
        let choice = Choice::new(op, axis, order, self.shape())?;
        self.tape.try_apply(super::take_chosen::TakeChosen { choice }, &[self, self])
    }

    /// Their positions, which are read now: a plan could not know them.
    #[track_caller]
    pub(crate) fn positions(self, op: &'static str, axis: isize, order: Order) -> Result<Tensor<u32>, Error> {
        let choice = Choice::new(op, axis, order, self.shape())?;
        Ok(choice.positions(&self.value(), self.tape.threads()))
    }
}
