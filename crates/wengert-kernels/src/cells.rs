//! Cells of images at positions that are numbers themselves, and the transpose.
//!
//! Images are `[batch, channels, height, width]`, positions `[batch, places]`, the same for all channels of a sample, values
//! `[batch, channels, places]`; all contiguous. A position stands for the nearest whole number.

use crate::real::Real;
use crate::threads::Threads;

/// What lies at a position.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Cell(usize),
    Outside,
    Nowhere,
}

fn place<T: Real>([height, width]: [usize; 2], row: T, column: T) -> Place {
    let [row, column] = [row, column].map(|position| (position.to_f64() + 0.5).floor());
    let inside = |at: f64, n: usize| at >= 0.0 && at < n as f64;
    if row.is_nan() || column.is_nan() {
        Place::Nowhere
    } else if inside(row, height) && inside(column, width) {
        Place::Cell(row as usize * width + column as usize)
    } else {
        Place::Outside
    }
}

/// The places of all positions, once for all channels.
fn places<T: Real>([batch, _, height, width]: [usize; 4], rows: &[T], columns: &[T]) -> Vec<Place> {
    assert_eq!(rows.len(), columns.len(), "as many rows as columns");
    assert!(batch > 0 && rows.len().is_multiple_of(batch), "as many places for each sample");
    rows.iter().zip(columns).map(|(&row, &column)| place([height, width], row, column)).collect()
}

/// Writes the cells of `x` at the positions: 0 outside the image, NaN where a position is NaN.
///
/// # Panics
///
/// If a length does not fit.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, cells::take};
///
/// let mut out = [9.0; 3];
/// take(&Threads::one(), [1, 1, 1, 2], &[0.0, 0.2, 3.0], &[1.0, 0.0, 0.0], &[5.0, 7.0], &mut out);
/// assert_eq!(out, [7.0, 5.0, 0.0]);
/// ```
pub fn take<T: Real>(on: &Threads, sizes: [usize; 4], rows: &[T], columns: &[T], x: &[T], out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    let [batch, channels, height, width] = sizes;
    let (at, cells, count) = (places(sizes, rows, columns), height * width, rows.len() / batch);
    assert_eq!(x.len(), batch * channels * cells, "take: images of the sizes");
    assert_eq!(out.len(), batch * channels * count, "take: a value for each channel and place");
    on.for_each_chunk(out, count, |plane, out| {
        let (x, at) = (&x[plane * cells..][..cells], &at[plane / channels * count..][..count]);
        for (y, at) in out.iter_mut().zip(at) {
            *y = match *at {
                Place::Cell(cell) => x[cell],
                Place::Outside => T::ZERO,
                Place::Nowhere => T::NAN,
            };
        }
    });
}

/// Writes images of zeros with every value added to the cell at its position, in the order of the places.
///
/// What lies outside the image, or nowhere, is dropped: the transpose of [`take`].
///
/// # Panics
///
/// If a length does not fit.
pub fn put<T: Real>(on: &Threads, sizes: [usize; 4], rows: &[T], columns: &[T], values: &[T], out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    let [batch, channels, height, width] = sizes;
    let (at, cells, count) = (places(sizes, rows, columns), height * width, rows.len() / batch);
    assert_eq!(values.len(), batch * channels * count, "put: a value for each channel and place");
    assert_eq!(out.len(), batch * channels * cells, "put: images of the sizes");
    on.for_each_chunk(out, cells, |plane, out| {
        let (values, at) = (&values[plane * count..][..count], &at[plane / channels * count..][..count]);
        out.fill(T::ZERO);
        for (&value, at) in values.iter().zip(at) {
            if let Place::Cell(cell) = *at {
                out[cell] += value;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_transposes_whatever_the_number_of_threads() {
        let sizes = [2, 3, 4, 5];
        let number = |k: usize| ((k * 37 + 11) % 23) as f64 - 11.0;
        let rows: Vec<f64> = (0..14).map(|k| (number(k) / 3.0).round()).collect();
        let columns: Vec<f64> = (0..14).map(|k| (number(k + 50) / 3.0).round()).collect();
        let x: Vec<f64> = (0..120).map(number).collect();
        let ct: Vec<f64> = (0..42).map(|k| number(k + 7)).collect();
        let run = |count: usize| {
            let (on, mut y, mut back) = (Threads::new(count), vec![1.0; 42], vec![1.0; 120]);
            take(&on, sizes, &rows, &columns, &x, &mut y);
            put(&on, sizes, &rows, &columns, &ct, &mut back);
            (y, back)
        };
        let (y, back) = run(1);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert_eq!(dot(&y, &ct), dot(&x, &back));
        assert!(y.iter().any(|&y| y != 0.0) && y.contains(&0.0));
        for count in [2, 3, 8] {
            assert_eq!(run(count), (y.clone(), back.clone()));
        }
    }
}
