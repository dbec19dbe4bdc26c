//! The comparison of one function's derivatives at one point.

use super::{Checker, Evidence, Failure, Function, Mismatch, Report, culprit, differences, tape, value_of};
use crate::{Error, Shape, Tensor, Var};

/// Numbers compared so far.
pub(crate) struct Comparison {
    order: usize,
    count: usize,
    worst: f64,
    failed: usize,
    mismatches: Vec<Mismatch>,
}

const SHOWN: usize = 5; // mismatches worth printing

impl Comparison {
    pub(crate) fn new(order: usize) -> Self {
        Self { order, count: 0, worst: 0.0, failed: 0, mismatches: Vec::new() }
    }

    /// Compares `given` with `expected`; a NaN on either side counts as infinitely wrong.
    pub(crate) fn add(
        &mut self,
        evidence: Evidence,
        (input, index): (usize, &[usize]),
        output: &[usize],
        [given, expected]: [f64; 2],
        tolerance: f64,
    ) {
        let error = (given - expected).abs();
        let units = if error.is_nan() {
            f64::INFINITY
        } else if error == 0.0 {
            0.0
        } else {
            error / tolerance
        };
        self.count += 1;
        self.worst = self.worst.max(units);
        if units > 1.0 {
            self.failed += 1;
            let (index, output) = (index.to_vec(), output.to_vec());
            self.mismatches.push(Mismatch {
                order: self.order,
                evidence,
                input,
                index,
                output,
                given,
                expected,
                units,
            });
            self.mismatches.sort_by(|a, b| b.units.total_cmp(&a.units));
            self.mismatches.truncate(SHOWN);
        }
    }

    pub(crate) fn finish(
        self,
        x: &[Tensor<f64>],
        seed: u64,
        culprit: Option<&dyn Fn() -> Option<super::Culprit>>,
    ) -> Result<Report, Failure> {
        if self.failed > 0 {
            return Err(Failure::Disagreement {
                mismatches: self.mismatches,
                failed: self.failed,
                comparisons: self.count,
                culprit: culprit.and_then(|find| find()).map(Box::new),
                inputs: x.to_vec(),
                seed,
            });
        }
        if self.count == 0 {
            return Err(Failure::NothingCompared);
        }
        Ok(Report { comparisons: self.count, worst: self.worst, order: self.order })
    }
}

/// One direction to move in: all inputs, and which single entry it is, if it is one.
struct Direction {
    tangents: Vec<Tensor<f64>>,
    entry: Option<(usize, Vec<usize>)>,
    size: f64, // of the entry moved, for the step
}

fn finite(what: &'static str, t: &Tensor<f64>) -> Result<(), Failure> {
    let mut bad = None;
    t.shape().for_each_index(|ix| {
        let value = t.get(ix).expect("within the shape");
        if !value.is_finite() && bad.is_none() {
            bad = Some(Failure::NotFinite { what, value, index: ix.to_vec() });
        }
    });
    bad.map_or(Ok(()), Err)
}

fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> [f64; 2] {
    let products = a.zip(b, |a, b| a * b).to_vec();
    [products.iter().sum(), products.iter().map(|p| p.abs()).sum()]
}

impl Checker {
    /// Compares the derivatives of `f` at `x` by every evidence asked for.
    pub(super) fn check_order(
        &self,
        order: usize,
        f: &Function<'_>,
        x: &[Tensor<f64>],
    ) -> Result<Report, Failure> {
        let value = value_of(f, x)?;
        for x in x {
            finite("an input", x)?;
        }
        finite("the value", &value)?;
        let tape = tape();
        let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let y = f(&vars)?;
        let mut comparison = Comparison::new(order);
        let entries = value.len() * x.iter().map(Tensor::len).sum::<usize>();
        let all = order == 1 && entries <= self.all_entries;
        let directions = if all { every_entry(x) } else { self.random_directions(order, x) };
        let (seeds, rows) =
            if all { (unit_seeds(value.shape()), true) } else { (self.random_seeds(value.shape()), false) };

        // Forward mode, one column (or random combination of columns) of the Jacobian each.
        let mut pushed = Vec::new();
        for direction in &directions {
            let tangents: Vec<_> = direction.tangents.iter().map(|t| tape.constant(t)).collect();
            let dy = tape.no_grad(|| y.try_jvp(&vars, &tangents))?;
            pushed.push(dy.map_or_else(|| Tensor::zeros(value.shape()), Var::value));
        }
        if self.evidence.contains(&Evidence::Differences) {
            for (direction, dy) in directions.iter().zip(&pushed) {
                self.against_differences(f, x, &value, direction, dy, &mut comparison)?;
            }
        }

        // Reverse mode, one row (or random combination of rows) each, held against forward mode by <u, Jv> = <Jᵀu, v>.
        let mut nonzero = vec![false; x.len()];
        let mut reached = vec![false; x.len()];
        for (i, seed) in seeds.iter().enumerate() {
            let pulled = y.try_vjp(tape.constant(seed), &vars)?;
            let pulled: Vec<_> = pulled.into_iter().map(|g| g.map(Var::value)).collect();
            for (k, g) in pulled.iter().enumerate() {
                reached[k] |= g.is_some();
                nonzero[k] |= g.as_ref().is_some_and(|g| g.to_vec().iter().any(|&v| v != 0.0));
            }
            let pulled: Vec<_> = pulled
                .into_iter()
                .zip(x)
                .map(|(g, x)| g.unwrap_or_else(|| Tensor::zeros(x.shape())))
                .collect();
            if self.evidence.contains(&Evidence::Transpose) {
                let output = if rows { index_of(value.shape(), i) } else { Vec::new() };
                against_forward(&pulled, seed, &directions, &pushed, &output, &mut comparison);
            }
            if self.evidence.contains(&Evidence::Eager) {
                against_recorded(y, seed, &vars, &pulled, &mut comparison)?;
            }
        }
        if order == 1 && !self.may_vanish && entries > 0 {
            for (input, x) in x.iter().enumerate().filter(|(_, x)| !x.is_empty()) {
                let _ = x;
                if !nonzero[input] && comparison.failed == 0 {
                    let what =
                        if reached[input] { "zero everywhere" } else { "missing (the output ignores it)" };
                    return Err(Failure::Vanishes { input, what });
                }
            }
        }
        let find = || culprit::find(self, f, x);
        let search: Option<&dyn Fn() -> _> = if self.find_culprit { Some(&find) } else { None };
        comparison.finish(x, self.seed, search)
    }

    /// The checker used on a single op, which does not look for a culprit further down.
    pub(super) fn local(&self) -> Self {
        let evidence = vec![Evidence::Differences, Evidence::Transpose];
        Self { order: 1, may_vanish: true, find_culprit: false, evidence, ..self.clone() }
    }

    fn against_differences(
        &self,
        f: &Function<'_>,
        x: &[Tensor<f64>],
        value: &Tensor<f64>,
        direction: &Direction,
        dy: &Tensor<f64>,
        comparison: &mut Comparison,
    ) -> Result<(), Failure> {
        let h = differences::step() * direction.size.max(1.0);
        let expected = differences::along(f, x, &direction.tangents, h)?;
        let scale = value.max_abs().max(1.0);
        let (input, index) = direction.entry.clone().unwrap_or((0, Vec::new()));
        value.shape().for_each_index(|ix| {
            let numbers = [dy, &expected].map(|t| t.get(ix).expect("within the shape"));
            let tolerance = self.relative * numbers[1].abs() + self.absolute * scale;
            comparison.add(Evidence::Differences, (input, &index), ix, numbers, tolerance);
        });
        Ok(())
    }

    /// Directions of unit length, so that the absolute tolerance means the same for any number of elements.
    fn random_directions(&self, order: usize, x: &[Tensor<f64>]) -> Vec<Direction> {
        let of = |k: usize| {
            let key = self.key((1 << 20) + (order as u32)).step(k as u32);
            let draws: Vec<Tensor<f64>> = x
                .iter()
                .enumerate()
                .map(|(i, x)| key.stream((i as u32) << 8 | order as u32).normal(x.shape()))
                .collect();
            let norm = draws.iter().map(|d| dot(d, d)[0]).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            Direction {
                tangents: draws.iter().map(|d| d.map(|d| d / norm)).collect(),
                entry: None,
                size: 1.0,
            }
        };
        (0..self.directions).map(of).collect()
    }

    fn random_seeds(&self, shape: Shape) -> Vec<Tensor<f64>> {
        if shape.len() == 1 {
            return vec![Tensor::full(shape, 1.0)];
        }
        let unit = |k: usize| {
            let u = self.key(1 << 21).step(k as u32).normal::<f64>(shape);
            let norm = dot(&u, &u)[0].sqrt().max(f64::MIN_POSITIVE);
            u.map(|u| u / norm)
        };
        (0..self.directions).map(unit).collect()
    }
}

fn every_entry(x: &[Tensor<f64>]) -> Vec<Direction> {
    let mut directions = Vec::new();
    for (input, moved) in x.iter().enumerate() {
        moved.shape().for_each_index(|ix| {
            let mut tangents: Vec<_> = x.iter().map(|x| Tensor::zeros(x.shape())).collect();
            tangents[input] = Tensor::from_fn(moved.shape(), |jx| f64::from(u8::from(ix == jx)));
            let size = moved.get(ix).expect("within the shape").abs();
            directions.push(Direction { tangents, entry: Some((input, ix.to_vec())), size });
        });
    }
    directions
}

fn unit_seeds(shape: Shape) -> Vec<Tensor<f64>> {
    let mut seeds = Vec::new();
    shape.for_each_index(|ix| seeds.push(Tensor::from_fn(shape, |jx| f64::from(u8::from(ix == jx)))));
    seeds
}

fn index_of(shape: Shape, position: usize) -> Vec<usize> {
    let mut k = 0;
    let mut found = Vec::new();
    shape.for_each_index(|ix| {
        if k == position {
            found = ix.to_vec();
        }
        k += 1;
    });
    found
}

/// $\langle u, J v \rangle = \langle J^\top u, v \rangle$ for every direction, to rounding of the sums involved.
fn against_forward(
    pulled: &[Tensor<f64>],
    seed: &Tensor<f64>,
    directions: &[Direction],
    pushed: &[Tensor<f64>],
    output: &[usize],
    comparison: &mut Comparison,
) {
    let size = pulled.iter().map(Tensor::max_abs).fold(0.0, f64::max);
    for (direction, dy) in directions.iter().zip(pushed) {
        let [forward, weight_forward] = dot(seed, dy);
        let [reverse, weight_reverse] = pulled
            .iter()
            .zip(&direction.tangents)
            .map(|(g, v)| dot(g, v))
            .fold([0.0; 2], |[s, w], [t, u]| [s + t, w + u]);
        let (input, index) = direction.entry.clone().unwrap_or((0, Vec::new()));
        let tolerance = 1e-12 * (weight_forward.max(weight_reverse) + size.max(1.0));
        comparison.add(Evidence::Transpose, (input, &index), output, [reverse, forward], tolerance);
    }
}

/// The eager sweep agrees with the recorded one to a few roundings of the largest entry.
fn against_recorded(
    y: Var<'_, f64>,
    seed: &Tensor<f64>,
    vars: &[Var<'_, f64>],
    pulled: &[Tensor<f64>],
    comparison: &mut Comparison,
) -> Result<(), Error> {
    let eager = y.try_pullback(seed.clone(), vars)?;
    for (input, (eager, recorded)) in eager.iter().zip(pulled).enumerate() {
        let eager = eager.clone().unwrap_or_else(|| Tensor::zeros(recorded.shape()));
        let tolerance = 1e-13 * recorded.max_abs().max(f64::MIN_POSITIVE);
        recorded.shape().for_each_index(|ix| {
            let numbers = [&eager, recorded].map(|t| t.get(ix).expect("within the shape"));
            comparison.add(Evidence::Eager, (input, ix), &[], numbers, tolerance);
        });
    }
    Ok(())
}
