//! Greedy colorings, vertices with many neighbors first.

use super::Pattern;
use crate::Float;
use std::collections::{HashMap, hash_map::Entry};

/// A color for each column or row of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colors {
    of: Vec<usize>,
    count: usize,
}

impl Colors {
    /// The number of colors.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The color of a column or row, from 0.
    ///
    /// # Panics
    ///
    /// If there is no such column or row.
    pub fn of(&self, index: usize) -> usize {
        self.of[index]
    }

    /// For each color, ones where it is and zeros elsewhere.
    pub(super) fn seeds<F: Float>(&self) -> impl Iterator<Item = Vec<F>> + '_ {
        let seed = |color| move |&c: &usize| if c == color { F::ONE } else { F::ZERO };
        (0..self.count).map(move |color| self.of.iter().map(seed(color)).collect())
    }
}

/// The state of a greedy coloring.
struct Greedy {
    of: Vec<Option<usize>>,
    /// Of each color, the last vertex that may not have it.
    forbidden_to: Vec<usize>,
}

impl Greedy {
    fn new(n: usize) -> Self {
        Self { of: vec![None; n], forbidden_to: Vec::new() }
    }

    fn forbid(&mut self, vertex: usize, color: Option<usize>) {
        if let Some(color) = color {
            self.forbidden_to[color] = vertex;
        }
    }

    /// Gives the vertex the first color that it may have.
    fn color(&mut self, vertex: usize) -> usize {
        let color = self.forbidden_to.iter().position(|&to| to != vertex).unwrap_or_else(|| {
            self.forbidden_to.push(usize::MAX);
            self.forbidden_to.len() - 1
        });
        self.of[vertex] = Some(color);
        color
    }

    fn finish(self) -> Colors {
        let count = self.forbidden_to.len();
        Colors { of: self.of.into_iter().map(|color| color.expect("all have one")).collect(), count }
    }
}

/// Vertices with many neighbors first; a star's center before its points, which can then share a color.
fn largest_first(pattern: &Pattern) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pattern.rows()).collect();
    order.sort_by_key(|&v| std::cmp::Reverse(pattern.row(v).len()));
    order
}

/// Colors the rows of `pattern` so that two with an entry in one column differ; `across` is its transpose.
pub(super) fn apart(pattern: &Pattern, across: &Pattern) -> Colors {
    let mut greedy = Greedy::new(pattern.rows());
    for v in largest_first(pattern) {
        for &between in pattern.row(v) {
            for &w in across.row(between) {
                greedy.forbid(v, greedy.of[w]);
            }
        }
        greedy.color(v);
    }
    greedy.finish()
}

/// A star coloring of the graph whose edges are the entries off the diagonal (Gebremedhin, Manne, Pothen 2005, algorithm 4.1).
pub(super) fn star(pattern: &Pattern) -> Colors {
    let mut greedy = Greedy::new(pattern.rows());
    // Of the neighbors of a vertex that have a color, the first, and whether there are more.
    let mut around: HashMap<(usize, usize), (usize, bool)> = HashMap::new();
    // Of the neighbors of a vertex that has a color, those with another neighbor of that color.
    let mut shared: Vec<Vec<usize>> = vec![Vec::new(); pattern.rows()];
    let neighbors = |v: usize| pattern.row(v).iter().copied().filter(move |&w| w != v);
    for v in largest_first(pattern) {
        for w in neighbors(v) {
            let of_w = greedy.of[w];
            greedy.forbid(v, of_w);
            // v - w - x - y with the colors of w and y the same; or w is still to come, and must see v and x differ.
            if of_w.is_some() {
                shared[w].iter().filter(|&&x| x != v).for_each(|&x| greedy.forbid(v, greedy.of[x]));
            } else {
                neighbors(w).filter(|&x| x != v).for_each(|x| greedy.forbid(v, greedy.of[x]));
            }
        }
        let color = greedy.color(v);
        for w in neighbors(v) {
            match around.entry((w, color)) {
                Entry::Vacant(none) => _ = none.insert((v, false)),
                Entry::Occupied(mut found) => {
                    let (first, more) = found.get_mut();
                    if !std::mem::replace(more, true) {
                        shared[*first].push(w);
                    }
                    shared[v].push(w);
                }
            }
        }
    }
    greedy.finish()
}
