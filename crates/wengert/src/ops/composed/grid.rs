//! Where the points of a grid lie among the cells of an image, and what is taken there.

use super::grid_sample::{GridMode, GridPadding, GridSampleOptions};
use crate::ops::take_cells::TakeCells;
use crate::{Error, Float, Var};

/// The positions along one axis that points are looked up at, with the share of each; without shares there is one.
pub(super) type Taps<'t, F> = Vec<(Var<'t, F>, Option<Var<'t, F>>)>;

impl GridSampleOptions {
    /// The taps along an axis of `n` cells of coordinates from -1 to 1; positions of the shape `places`, shares of `shares`.
    #[track_caller]
    pub(super) fn taps<'t, F: Float>(
        &self,
        g: Var<'t, F>,
        n: usize,
        [places, shares]: [&[usize]; 2],
    ) -> Result<Taps<'t, F>, Error> {
        let at = self.position(g.try_reshape(places)?, n);
        Ok(match self.mode {
            GridMode::Nearest => vec![(self.inside(at, n).round(), None)],
            GridMode::Bilinear => {
                let at = self.inside(at, n);
                let first = at.floor();
                let u = (at - first).try_reshape(shares)?;
                vec![(first, Some(-u + 1.0)), (first + 1.0, Some(u))]
            }
            GridMode::Bicubic => {
                // The cells are brought into the image, and not the point between them.
                let first = at.floor();
                let u = (at - first).try_reshape(shares)?;
                let v = -u + 1.0;
                let weights = [far(u + 1.0), near(u), near(v), far(v + 1.0)];
                let of = |(k, weight)| (self.inside(first + f64::from(k), n), Some(weight));
                (-1..=2).zip(weights).map(of).collect()
            }
        })
    }

    /// The position along an axis of `n` cells of coordinates from -1 to 1.
    #[track_caller]
    fn position<'t, F: Float>(&self, g: Var<'t, F>, n: usize) -> Var<'t, F> {
        let (size, last) = (n as f64, n as f64 - 1.0);
        if self.align_corners { (g + 1.0) / 2.0 * last } else { ((g + 1.0) * size - 1.0) / 2.0 }
    }

    /// A position brought to the cells of the image, as the padding has it.
    #[track_caller]
    fn inside<'t, F: Float>(&self, at: Var<'t, F>, n: usize) -> Var<'t, F> {
        let (size, last) = (n as f64, n as f64 - 1.0);
        match self.padding {
            GridPadding::Zeros => at,
            GridPadding::Border => at.clamp(0.0, last),
            GridPadding::Reflection => {
                let (edge, span) = if self.align_corners { (0.0, last) } else { (-0.5, size) };
                if span == 0.0 {
                    return at * 0.0; // one cell, mirrored at its middle
                }
                let from_edge = (at - edge).abs();
                let turns = (from_edge / span).floor();
                let rest = from_edge - turns * span;
                let odd = (turns - (turns / 2.0).floor() * 2.0).eq(1.0);
                (odd.select(-rest + span, rest) + edge).clamp(0.0, last)
            }
        }
    }
}

/// The weight of cubic convolution at a distance of at most 1, for $a = -3/4$.
#[track_caller]
fn near<F: Float>(t: Var<'_, F>) -> Var<'_, F> {
    (t * 1.25 - 2.25) * t * t + 1.0
}

/// The weight at a distance from 1 to 2.
#[track_caller]
fn far<F: Float>(t: Var<'_, F>) -> Var<'_, F> {
    (((t - 5.0) * t + 8.0) * t - 4.0) * -0.75
}

/// The sum of terms, each in its share.
#[track_caller]
fn shared<'t, F: Float>(
    taps: &Taps<'t, F>,
    mut term: impl FnMut(Var<'t, F>) -> Result<Var<'t, F>, Error>,
) -> Result<Var<'t, F>, Error> {
    let mut sum: Option<Var<'t, F>> = None;
    for &(place, share) in taps {
        let found = term(place)?;
        let found = share.map_or(Ok(found), |share| found.try_mul(share))?;
        sum = Some(sum.map_or(Ok(found), |sum| sum.try_add(found))?);
    }
    Ok(sum.expect("at least one tap along an axis"))
}

/// The cells of images at the taps of rows and columns.
#[track_caller]
pub(super) fn of_images<'t, F: Float>(
    x: Var<'t, F>,
    [rows, columns]: [&Taps<'t, F>; 2],
) -> Result<Var<'t, F>, Error> {
    let tape = x.tape();
    shared(rows, |row| shared(columns, |column| tape.try_apply(TakeCells, &[row, column, x])))
}

/// The cells of volumes of so many rows in a plane, whose planes lie one below the other, at the taps of planes, rows and
/// columns.
#[track_caller]
pub(super) fn of_volumes<'t, F: Float>(
    x: Var<'t, F>,
    height: usize,
    [planes, rows, columns]: [&Taps<'t, F>; 3],
) -> Result<Var<'t, F>, Error> {
    let tape = x.tape();
    // A row that its own plane does not have must not be found in the next one: it goes where no plane is.
    let own = |row: Var<'t, F>| {
        let outside = row.lt(0.0).or(row.gt(height as f64 - 1.0));
        outside.select(f64::NEG_INFINITY, row)
    };
    let rows: Taps<'t, F> = rows.iter().map(|&(row, share)| (own(row), share)).collect();
    shared(planes, |plane| {
        let first = plane * height as f64;
        shared(&rows, |row| {
            let line = first + row;
            shared(columns, |column| tape.try_apply(TakeCells, &[line, column, x]))
        })
    })
}
