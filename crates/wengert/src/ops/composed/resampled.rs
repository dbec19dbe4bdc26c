//! Where an image of another size takes its values from: cells and weights along one axis.

use super::interpolate::Interpolation;
use crate::{Error, Float, Shape, Tensor, Var};

/// The cells of `out` values along an axis of `n`, as the factor or the sizes have them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Positions {
    pub(super) n: usize,
    pub(super) out: usize,
    pub(super) factor: Option<f64>,
}

/// Cells and weights of one value.
type Taps = Vec<(u32, f64)>;

impl Positions {
    /// The cells and weights of every value.
    pub(super) fn taps(self, mode: Interpolation) -> Vec<Taps> {
        let of = |o: usize| match mode {
            Interpolation::Nearest => vec![(self.clamped(self.below(o, 0)), 1.0)],
            Interpolation::NearestExact => vec![(self.clamped(self.below(o, 1)), 1.0)],
            Interpolation::Linear { align_corners } => self.linear(self.at(o, align_corners)),
            Interpolation::Cubic { align_corners } => self.cubic(self.at(o, align_corners)),
            Interpolation::Area => unreachable!("means are pooled"),
        };
        (0..self.out).map(of).collect()
    }

    fn clamped(self, cell: i128) -> u32 {
        cell.clamp(0, self.n as i128 - 1) as u32
    }

    /// The cell at `o + halves / 2` of the new ones.
    fn below(self, o: usize, halves: usize) -> i128 {
        let twice = 2 * o as i128 + halves as i128;
        match self.factor {
            Some(factor) => (twice as f64 / 2.0 / factor).floor() as i128,
            None => twice * self.n as i128 / (2 * self.out as i128),
        }
    }

    /// The cell below the position of value `o`, and how far beyond it that is.
    fn at(self, o: usize, align_corners: bool) -> (i128, f64) {
        let (o, n, out) = (o as i128, self.n as i128, self.out as i128);
        let ratio = |a: i128, b: i128| (a.div_euclid(b), a.rem_euclid(b) as f64 / b as f64);
        match self.factor {
            _ if align_corners && out == 1 => (0, 0.0),
            _ if align_corners => ratio(o * (n - 1), out - 1),
            None => ratio((2 * o + 1) * n - out, 2 * out),
            Some(factor) => {
                let at = (o as f64 + 0.5) / factor - 0.5;
                (at.floor() as i128, at - at.floor())
            }
        }
    }

    fn linear(self, (cell, beyond): (i128, f64)) -> Taps {
        if beyond == 0.0 || cell < 0 || cell >= self.n as i128 - 1 {
            return vec![(self.clamped(cell), 1.0)];
        }
        vec![(cell as u32, 1.0 - beyond), (cell as u32 + 1, beyond)]
    }

    fn cubic(self, (cell, beyond): (i128, f64)) -> Taps {
        const A: f64 = -0.75;
        if beyond == 0.0 {
            return vec![(self.clamped(cell), 1.0)];
        }
        let near = |t: f64| ((A + 2.0) * t - (A + 3.0)) * t * t + 1.0; // up to 1 away
        let far = |t: f64| ((t - 5.0) * t + 8.0) * t * A - 4.0 * A; // from 1 to 2 away
        let weights = [far(1.0 + beyond), near(beyond), near(1.0 - beyond), far(2.0 - beyond)];
        (-1..).zip(weights).map(|(k, w)| (self.clamped(cell + k), w)).collect()
    }
}

impl<F: Float> Var<'_, F> {
    /// Sums of weighted cells along an axis; what has no weight is left out.
    #[track_caller]
    pub(super) fn resampled(self, axis: usize, taps: &[Taps]) -> Result<Self, Error> {
        let most = taps.iter().map(Vec::len).max().unwrap_or(0);
        let mut column = vec![1; self.rank() - axis];
        column[0] = taps.len();
        let mut sum: Option<Self> = None;
        for k in 0..most {
            let cells: Vec<u32> = taps.iter().map(|taps| taps.get(k).unwrap_or(&taps[0]).0).collect();
            let in_order = cells.iter().copied().eq(0..self.shape().dims()[axis] as u32);
            let x = if in_order { self } else { self.try_index_select(axis as isize, cells)? };
            let weights: Vec<f64> = taps.iter().map(|taps| taps.get(k).map_or(0.0, |tap| tap.1)).collect();
            let term = if weights.iter().all(|&w| w == 1.0) {
                x
            } else {
                let numbers: Vec<F> = weights.iter().map(|&w| F::from_f64(w)).collect();
                let weight = self.tape().constant(Tensor::new(&column, numbers)?);
                let term = x.try_mul(weight)?;
                // An infinite value times nothing would be NaN.
                if weights.contains(&0.0) { weight.ne(0.0).select(term, 0.0) } else { term }
            };
            sum = Some(match sum {
                Some(sum) => sum.try_add(term)?,
                None => term,
            });
        }
        Ok(sum.expect("at least one value, and one cell for each"))
    }
}

/// Refuses sizes that an image cannot be given.
pub(super) fn check_sizes(op: &'static str, x: Shape, size: &[usize]) -> Result<(), Error> {
    check_axes(op, x, size.len())?;
    let own = &x.dims()[2..];
    if size.contains(&0) || own.contains(&0) {
        let given = format!("{size:?} for {own:?} cells");
        let expected = "at least one cell along each axis, before and after";
        return Err(Error::Attribute { op, name: "size", given, expected });
    }
    Shape::new([&x.dims()[..2], size].concat())?;
    if size.iter().chain(own).any(|&n| u32::try_from(n).is_err()) {
        return Err(Error::TooLarge { shape: size.into() });
    }
    Ok(())
}

fn check_axes(op: &'static str, x: Shape, given: usize) -> Result<(), Error> {
    if (1..=3).contains(&given) && x.rank() == given + 2 {
        return Ok(());
    }
    let expected = "[batch, channels, …] with as many axes after as sizes or factors: one, two or three";
    Err(Error::Shape { op, given: x.dims().into(), expected })
}

/// The sizes of an image times factors, rounded down.
pub(super) fn scaled_sizes(op: &'static str, x: Shape, factors: &[f64]) -> Result<Vec<usize>, Error> {
    check_axes(op, x, factors.len())?;
    if !factors.iter().all(|&f| f > 0.0 && f.is_finite()) {
        let expected = "finite numbers above 0";
        return Err(Error::Attribute { op, name: "factors", given: format!("{factors:?}"), expected });
    }
    Ok(x.dims()[2..].iter().zip(factors).map(|(&n, f)| (n as f64 * f).floor() as usize).collect())
}
