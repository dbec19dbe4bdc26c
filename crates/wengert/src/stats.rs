//! What a tape holds: lines and bytes, by kind.

use crate::{Float, MemoryStats, Tape, memory_stats, nodes::Node};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// What a tape holds, from [`Tape::stats`]; displays as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TapeStats {
    /// Lines on the tape.
    pub nodes: usize,
    /// Bytes of the blocks that values lie in. A block that several values look at counts once, and whole; a tensor
    /// that the program holds as well counts too. A value of one element lies in its line.
    pub value_bytes: usize,
    /// Bytes of the lines themselves, without room kept for more.
    pub node_bytes: usize,
    /// The same by kind of line, the most bytes first; kinds of equal bytes by name.
    pub kinds: Vec<KindStats>,
    /// The pool of memory of the current thread, which tapes, plans and tensors share.
    pub pool: MemoryStats,
}

/// The lines of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KindStats {
    /// The op's name; `leaf` and `constant` for lines without one.
    pub kind: &'static str,
    /// Lines of this kind.
    pub nodes: usize,
    /// Bytes of the blocks that values of this kind are the first to look at.
    pub value_bytes: usize,
}

impl<F: Float> Tape<F> {
    /// Counts the lines and the bytes that they hold, in time linear in the lines.
    ///
    /// ```
    /// let tape = wengert::Tape::<f32>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let y = (x * x).reshape([6]).sum(); // the reshaped product looks at the product's block
    /// let stats = tape.stats();
    /// assert_eq!((stats.nodes, stats.value_bytes), (4, 2 * 6 * 4));
    /// println!("{stats}");
    /// # assert_eq!(y.item(), 91.0);
    /// ```
    pub fn stats(&self) -> TapeStats {
        let nodes = self.nodes();
        let (mut seen, mut of) = (HashSet::new(), HashMap::<&'static str, KindStats>::new());
        for node in nodes.iter() {
            let block = node.value.block().filter(|block| seen.insert(block.as_ptr()));
            let kind = node.kind();
            let stats = of.entry(kind).or_insert(KindStats { kind, nodes: 0, value_bytes: 0 });
            stats.nodes += 1;
            stats.value_bytes += block.map_or(0, size_of_val);
        }
        let mut kinds: Vec<KindStats> = of.into_values().collect();
        kinds.sort_unstable_by(|a, b| b.value_bytes.cmp(&a.value_bytes).then(a.kind.cmp(b.kind)));
        TapeStats {
            nodes: nodes.len(),
            value_bytes: kinds.iter().map(|kind| kind.value_bytes).sum(),
            node_bytes: nodes.len() * size_of::<Node<F>>(),
            kinds,
            pool: memory_stats(),
        }
    }
}

impl fmt::Display for TapeStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<20} {:>9} {:>14}", "kind", "lines", "value bytes")?;
        for KindStats { kind, nodes, value_bytes } in &self.kinds {
            writeln!(f, "{kind:<20} {nodes:>9} {value_bytes:>14}")?;
        }
        writeln!(f, "{:<20} {:>9} {:>14}", "all", self.nodes, self.value_bytes)?;
        writeln!(f, "the lines themselves {:>24}", self.node_bytes)?;
        let MemoryStats { live, cached, peak, .. } = self.pool;
        write!(f, "pool of this thread: {live} bytes in use, {cached} kept, {peak} at most in use at once")
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Tensor};

    fn of_kind<F: crate::Float>(tape: &Tape<F>, kind: &str) -> (usize, usize) {
        let stats = tape.stats();
        stats.kinds.iter().find(|of| of.kind == kind).map_or((0, 0), |of| (of.nodes, of.value_bytes))
    }

    #[test]
    fn a_block_that_views_and_aliases_share_counts_once_and_whole() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([3, 4], 0.5));
        let kept =
            [x.transpose(0, 1), x.alias(), x.detach(), x.reshape([12]), x.sum_axes(0).broadcast_to([3, 4])];
        let same = tape.constant(x.value());
        assert_eq!((of_kind(&tape, "leaf"), of_kind(&tape, "constant")), ((1, 96), (1, 0)));
        assert_eq!((of_kind(&tape, "alias"), of_kind(&tape, "sum")), ((2, 0), (1, 32)));
        assert_eq!(tape.stats().value_bytes, 96 + 32);
        assert_eq!((tape.stats().nodes, kept.len()), (8, 5));
        // The leaf's line and a part of it: the whole block stays.
        let mut tape = Tape::<f64>::new();
        tape.constant(same.value().narrow(0, 0..1));
        assert_eq!(tape.stats().value_bytes, 96);
        tape.clear();
        assert_eq!(tape.stats().value_bytes, 0);
    }

    #[test]
    fn numbers_lie_in_their_lines_and_a_cleared_tape_holds_nothing() {
        let mut tape = Tape::<f32>::new();
        let x = tape.leaf(2.0);
        assert_eq!((x * x + 1.0).item(), 5.0);
        let full = tape.stats();
        assert_eq!((full.nodes, full.value_bytes), (4, 0));
        assert!(full.node_bytes >= 4 * size_of::<f32>());
        tape.clear();
        let empty = tape.stats();
        assert_eq!((empty.nodes, empty.value_bytes, empty.node_bytes, empty.kinds.len()), (0, 0, 0, 0));
    }

    #[test]
    fn the_table_has_a_row_for_each_kind_and_the_pool() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([1.0, 2.0]);
        let y = x.exp() + x;
        let text = tape.stats().to_string();
        assert!(y.shape().len() == 2 && tape.stats().pool.live >= 3 * 8);
        for row in
            ["leaf                         1              8", "all                          3             24"]
        {
            assert!(text.lines().any(|line| line == row), "{text}");
        }
        assert!(text.lines().last().is_some_and(|line| line.starts_with("pool of this thread: ")), "{text}");
    }
}
