//! How many numbers were compared: by law or layout, order of derivative, and precision.

use std::collections::{BTreeMap, BTreeSet};

/// What a number was compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// `f64` or `f32`.
    pub dtype: &'static str,
    /// The order of the derivative; 0 is the value.
    pub order: usize,
    /// The law, or the layout that gave the bits of the contiguous copy.
    pub what: &'static str,
}

/// Numbers compared, by what they were compared for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    compared: BTreeMap<Cell, usize>,
    nan: BTreeSet<Cell>,
}

impl Tally {
    /// Nothing compared yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts numbers that were compared.
    pub fn add(&mut self, dtype: &'static str, order: usize, what: &'static str, compared: usize) {
        *self.compared.entry(Cell { dtype, order, what }).or_default() += compared;
    }

    /// Notes that NaN was met by NaN, and nothing else, at some point: no comparison.
    pub fn add_nan(&mut self, dtype: &'static str, order: usize, what: &'static str) {
        self.nan.insert(Cell { dtype, order, what });
    }

    /// Whether NaN was met by NaN for this, and no number by a number.
    pub fn is_nan(&self, dtype: &'static str, order: usize, what: &'static str) -> bool {
        self.at(dtype, order, what) == 0 && self.nan.contains(&Cell { dtype, order, what })
    }

    /// Counts what another tally counted.
    pub fn absorb(&mut self, other: &Self) {
        for (cell, compared) in &other.compared {
            *self.compared.entry(*cell).or_default() += compared;
        }
        self.nan.extend(&other.nan);
    }

    /// How many numbers were compared for one thing.
    pub fn at(&self, dtype: &'static str, order: usize, what: &'static str) -> usize {
        self.compared.get(&Cell { dtype, order, what }).copied().unwrap_or(0)
    }

    /// How many numbers were compared.
    pub fn total(&self) -> usize {
        self.compared.values().sum()
    }

    /// How many cells have a comparison.
    pub fn cells(&self) -> usize {
        self.compared.values().filter(|compared| **compared > 0).count()
    }

    /// This tally, which holds at least one comparison.
    ///
    /// # Panics
    ///
    /// If it holds none: a check that compared nothing has shown nothing.
    #[track_caller]
    pub fn not_empty(self, name: &str) -> Self {
        assert!(self.total() > 0, "{name}: nothing was compared");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_cells_without_comparisons_do_not_count() {
        let mut tally = Tally::new();
        tally.add("f64", 1, "transpose", 3);
        tally.add("f64", 2, "transpose", 0);
        let mut other = tally.clone();
        other.absorb(&tally);
        assert_eq!((other.at("f64", 1, "transpose"), other.at("f32", 1, "transpose")), (6, 0));
        assert_eq!((other.total(), other.cells()), (6, 1));
    }

    #[test]
    fn a_cell_is_nan_until_a_number_is_compared() {
        let mut tally = Tally::new();
        assert!(!tally.is_nan("f64", 1, "offset"));
        tally.add_nan("f64", 1, "offset");
        let mut other = Tally::new();
        other.absorb(&tally);
        assert!(other.is_nan("f64", 1, "offset"));
        other.add("f64", 1, "offset", 2);
        assert!(!other.is_nan("f64", 1, "offset"));
    }

    #[test]
    #[should_panic(expected = "nobody: nothing was compared")]
    fn a_check_without_comparisons_fails() {
        Tally::new().not_empty("nobody");
    }
}
