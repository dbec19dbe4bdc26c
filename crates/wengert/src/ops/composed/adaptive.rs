//! Windows that cut an axis into a given number of parts, as equal as they can be.

use crate::ops::window::spatial;
use crate::{Error, Shape};

/// The windows along one axis, as (first cell, one beyond the last); at least one, none of them empty.
#[derive(Clone, Debug)]
pub(super) struct Spans(Vec<(u32, u32)>);

impl Spans {
    fn new(size: usize, out: usize) -> Self {
        let (size, out) = (size as u128, out as u128);
        let of = |o: u128| ((o * size / out) as u32, ((o + 1) * size).div_ceil(out) as u32);
        Self((0..out).map(of).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn length(&self, window: usize) -> usize {
        let (begin, end) = self.0[window];
        (end - begin) as usize
    }

    pub(super) fn cells(&self, window: usize) -> std::ops::Range<u32> {
        self.0[window].0..self.0[window].1
    }

    /// The lengths that occur, each once, in rising order.
    pub(super) fn lengths(&self) -> Vec<usize> {
        let mut lengths: Vec<usize> = (0..self.len()).map(|o| self.length(o)).collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    pub(super) fn longest(&self) -> usize {
        (0..self.len()).map(|o| self.length(o)).max().unwrap_or(1)
    }

    /// The cells of all windows, each filled up to the longest with its last cell.
    pub(super) fn filled(&self) -> Vec<u32> {
        let longest = self.longest() as u32;
        self.0.iter().flat_map(|&(begin, end)| (0..longest).map(move |k| (begin + k).min(end - 1))).collect()
    }
}

/// The windows along each of the last `D` axes.
pub(super) fn spans<const D: usize>(
    op: &'static str,
    x: Shape,
    out: [usize; D],
) -> Result<[Spans; D], Error> {
    let ([batch, channels], size) = spatial::<D>(op, x)?;
    if out.contains(&0) || size.contains(&0) {
        let given = format!("{out:?} for {size:?} cells");
        let expected = "at least one window and one cell along each axis";
        return Err(Error::Attribute { op, name: "out", given, expected });
    }
    Shape::new([&[batch, channels][..], &out].concat())?;
    if out.iter().chain(&size).any(|&n| u32::try_from(n).is_err()) {
        return Err(Error::TooLarge { shape: x.dims().into() });
    }
    Ok(std::array::from_fn(|axis| Spans::new(size[axis], out[axis])))
}
