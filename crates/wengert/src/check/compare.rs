//! The comparison of one function's derivatives at one point.

use super::comparison::{Comparison, Place};
use super::directions::{Direction, Seed, dot, unit};
use super::{Checker, Evidence, Failure, Function, Report, differences, locate, tape, value_of};
use crate::{Error, Tensor, Var};

/// A function recorded at the point of the check.
struct Recorded<'a, 't> {
    f: &'a Function<'a>,
    x: &'a [Tensor<f64>],
    vars: Vec<Var<'t, f64>>,
    y: Var<'t, f64>,
    value: Tensor<f64>,
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

impl Recorded<'_, '_> {
    /// Forward mode: $J v$.
    fn push(&self, tangents: &[Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        let tape = self.y.tape();
        let tangents: Vec<_> = tangents.iter().map(|t| tape.constant(t)).collect();
        let dy = tape.no_grad(|| self.y.try_jvp(&self.vars, &tangents))?;
        Ok(dy.map_or_else(|| Tensor::zeros(self.value.shape()), Var::value))
    }

    /// Recorded reverse mode: $J^\top u$, with `None` where the output does not depend on the input.
    fn pull(&self, cotangent: &Tensor<f64>) -> Result<Vec<Option<Tensor<f64>>>, Error> {
        let pulled = self.y.try_vjp(self.y.tape().constant(cotangent), &self.vars)?;
        Ok(pulled.into_iter().map(|g| g.map(Var::value)).collect())
    }

    fn or_zeros(&self, pulled: Vec<Option<Tensor<f64>>>) -> Vec<Tensor<f64>> {
        let filled = pulled.into_iter().zip(self.x);
        filled.map(|(g, x)| g.unwrap_or_else(|| Tensor::zeros(x.shape()))).collect()
    }
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
        let at = Recorded { f, x, vars, y, value };
        let mut comparison = Comparison::new(order);

        let shape = at.value.shape();
        let entries = shape.len() * x.iter().map(Tensor::len).sum::<usize>();
        let (directions, seeds) = if order == 1 && entries <= self.all_entries {
            (Direction::every_entry(x), Seed::every_entry(shape))
        } else {
            (self.random_directions(order, x), self.random_seeds(shape))
        };

        // Forward mode: one column (or random combination of columns) of the Jacobian each.
        let mut pushed = Vec::new();
        for direction in &directions {
            let dy = at.push(&direction.tangents)?;
            if self.evidence.contains(&Evidence::Differences) {
                self.against_differences(&at, direction, &dy, &mut comparison)?;
            }
            pushed.push(dy);
        }

        // Reverse mode: one row (or random combination of rows) each, by <u, J v> = <Jᵀ u, v>.
        let mut seen = vec![None; x.len()];
        for seed in &seeds {
            let pulled = at.pull(&seed.cotangent)?;
            for (seen, g) in seen.iter_mut().zip(&pulled) {
                *seen = (*seen).max(g.as_ref().map(|g| g.to_vec().iter().any(|&v| v != 0.0)));
            }
            let pulled = at.or_zeros(pulled);
            if self.evidence.contains(&Evidence::Transpose) {
                against_forward(&at, &pulled, seed, &directions, &pushed, &mut comparison);
            }
            if self.evidence.contains(&Evidence::Eager) {
                against_recorded(&at, seed, &pulled, &mut comparison)?;
            }
        }
        let compared = comparison.count() > 0;
        let report = comparison.finish(x, self.seed)?;
        if compared && order == 1 && !self.may_vanish {
            refuse_vanishing(x, &seen)?;
        }
        Ok(report)
    }

    fn against_differences(
        &self,
        at: &Recorded<'_, '_>,
        direction: &Direction,
        dy: &Tensor<f64>,
        comparison: &mut Comparison,
    ) -> Result<(), Failure> {
        let along = |direction: &Direction| {
            let h = differences::step() * direction.size.max(1.0);
            differences::along(at.f, at.x, &direction.tangents, h)
        };
        let scale = at.value.max_abs().max(1.0);
        let tolerance = |expected: f64| self.relative * expected.abs() + self.absolute * scale;
        let evidence = Evidence::Differences;

        let expected = along(direction)?;
        finite("the value a small step away from the point", &expected)?;
        let had_failed = comparison.worst().is_some();
        at.value.shape().for_each_index(|ix| {
            let numbers = [dy, &expected].map(|t| t.get(ix).expect("within the shape"));
            let place = place(direction, Some(ix));
            comparison.add(evidence, place, numbers, tolerance(numbers[1]));
        });

        // The first time a random direction fails, say which entry it is.
        if let Some(output) = comparison.worst().and_then(|m| m.output.clone())
            && !had_failed
            && direction.entry.is_none()
        {
            let numbers = |direction: &Direction| {
                let answers = [at.push(&direction.tangents).ok()?, along(direction).ok()?];
                Some(answers.map(|t| t.get(&output).expect("an output that was compared")))
            };
            let error = |v: &[Tensor<f64>]| {
                let [given, expected] = numbers(&Direction { tangents: v.to_vec(), entry: None, size: 1.0 })?;
                Some(given - expected)
            };
            if let Some((input, index)) = locate::worst_entry(&direction.tangents, error)
                && let Some(numbers) = numbers(&Direction::entry(at.x, input, &index))
            {
                let place = Place { input, index: Some(&index), output: Some(&output) };
                comparison.locate(evidence, place, numbers, tolerance(numbers[1]));
            }
        }
        Ok(())
    }
}

fn place<'a>(direction: &'a Direction, output: Option<&'a [usize]>) -> Place<'a> {
    match &direction.entry {
        Some((input, index)) => Place { input: *input, index: Some(index), output },
        None => Place { input: 0, index: None, output },
    }
}

/// Refuses inputs whose gradient is missing (`None`) or zero in every row looked at.
fn refuse_vanishing(x: &[Tensor<f64>], seen: &[Option<bool>]) -> Result<(), Failure> {
    for (input, seen) in seen.iter().enumerate().filter(|&(k, _)| !x[k].is_empty()) {
        let what = match seen {
            None => "missing (the output ignores it)",
            Some(false) => "zero everywhere",
            Some(true) => continue,
        };
        return Err(Failure::Vanishes { input, what });
    }
    Ok(())
}

/// $\langle u, J v \rangle = \langle J^\top u, v \rangle$ for every direction, to rounding of the sums involved.
fn against_forward(
    at: &Recorded<'_, '_>,
    pulled: &[Tensor<f64>],
    seed: &Seed,
    directions: &[Direction],
    pushed: &[Tensor<f64>],
    comparison: &mut Comparison,
) {
    let size = pulled.iter().map(Tensor::max_abs).fold(1.0, f64::max);
    for (direction, dy) in directions.iter().zip(pushed) {
        let [forward, weight_forward] = dot(&seed.cotangent, dy);
        let [reverse, weight_reverse] = dot_all(pulled, &direction.tangents);
        let tolerance = 1e-12 * (weight_forward.max(weight_reverse) + size);
        let had_failed = comparison.worst().is_some();
        let place = place(direction, seed.entry.as_deref());
        comparison.add(Evidence::Transpose, place, [reverse, forward], tolerance);
        if !had_failed && comparison.worst().is_some() && direction.entry.is_none() {
            locate_transpose(at, pulled, seed, direction, size, comparison);
        }
    }
}

fn dot_all(a: &[Tensor<f64>], b: &[Tensor<f64>]) -> [f64; 2] {
    let each = a.iter().zip(b).map(|(a, b)| dot(a, b));
    each.fold([0.0; 2], |[s, w], [t, u]| [s + t, w + u])
}

/// Which entry of the Jacobian the two modes disagree about: first its column, then its row.
fn locate_transpose(
    at: &Recorded<'_, '_>,
    pulled: &[Tensor<f64>],
    seed: &Seed,
    direction: &Direction,
    size: f64,
    comparison: &mut Comparison,
) -> Option<()> {
    let by_column =
        |v: &[Tensor<f64>]| Some(dot(&seed.cotangent, &at.push(v).ok()?)[0] - dot_all(pulled, v)[0]);
    let (input, index) = locate::worst_entry(&direction.tangents, by_column)?;
    let column = at.push(&Direction::entry(at.x, input, &index).tangents).ok()?;
    let numbers = |u: &Tensor<f64>| {
        let row = at.or_zeros(at.pull(u).ok()?);
        Some([row[input].get(&index).expect("an entry of this input"), dot(u, &column)[0]])
    };
    let by_row = |u: &[Tensor<f64>]| numbers(&u[0]).map(|[given, expected]| given - expected);
    let (_, output) = locate::worst_entry(std::slice::from_ref(&seed.cotangent), by_row)?;
    let place = Place { input, index: Some(&index), output: Some(&output) };
    let numbers = numbers(&unit(at.value.shape(), &output))?;
    comparison.locate(Evidence::Transpose, place, numbers, 2e-12 * size);
    Some(())
}

/// The eager sweep agrees with the recorded one to a few roundings of the largest entry.
fn against_recorded(
    at: &Recorded<'_, '_>,
    seed: &Seed,
    pulled: &[Tensor<f64>],
    comparison: &mut Comparison,
) -> Result<(), Error> {
    let eager = at.y.try_pullback(seed.cotangent.clone(), &at.vars)?;
    for (input, (eager, recorded)) in at.or_zeros(eager).iter().zip(pulled).enumerate() {
        let tolerance = 1e-13 * recorded.max_abs().max(f64::MIN_POSITIVE);
        recorded.shape().for_each_index(|ix| {
            let numbers = [eager, recorded].map(|t| t.get(ix).expect("within the shape"));
            let place = Place { input, index: Some(ix), output: seed.entry.as_deref() };
            comparison.add(Evidence::Eager, place, numbers, tolerance);
        });
    }
    Ok(())
}
