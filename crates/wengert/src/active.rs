//! Which lines of a tape a derivative passes through.

use crate::{Error, Float, Op, Tape, Var, nodes::NodeId};
use smallvec::SmallVec;
use std::ops::Range;
use std::panic::Location;

/// What the sweep needs to know of one line.
pub(crate) struct Recorded<F: Float> {
    pub(crate) op: Op<F>,
    pub(crate) inputs: SmallVec<[NodeId; 3]>,
    pub(crate) at: &'static Location<'static>,
}

impl<F: Float> Tape<F> {
    /// Which lines up to `end` depend on `wrt`: only these carry cotangents.
    pub(crate) fn active(&self, wrt: &[Var<'_, F>], end: NodeId) -> Vec<bool> {
        let mut active = Vec::new();
        self.mark_active(wrt, end, &mut active);
        active
    }

    /// The same in room that is there already.
    pub(crate) fn mark_active(&self, wrt: &[Var<'_, F>], end: NodeId, active: &mut Vec<bool>) {
        active.clear();
        active.resize(end as usize + 1, false);
        for w in wrt.iter().filter(|w| w.id <= end) {
            active[w.id as usize] = true;
        }
        self.spread_active(0..end as usize + 1, active);
    }

    /// Marks further lines, those of `lines` that depend on active ones.
    pub(crate) fn spread_active(&self, lines: Range<usize>, active: &mut Vec<bool>) {
        let nodes = self.nodes();
        active.resize(active.len().max(lines.end), false);
        for id in lines {
            active[id] |= nodes[id].tracked && nodes[id].inputs.iter().any(|&i| active[i as usize]);
        }
    }

    /// What derivatives pass through at a line; none at a leaf or a constant.
    pub(crate) fn recorded(&self, id: NodeId) -> Option<Recorded<F>> {
        let node = &self.nodes()[id as usize];
        node.op.as_ref().filter(|_| node.tracked).map(|op| node.recorded(op))
    }

    /// Refuses what no derivative can be asked of, by name of the function called.
    pub(crate) fn check_wrt(&self, op: &'static str, wrt: &[Var<'_, F>]) -> Result<(), Error> {
        for (input, w) in wrt.iter().enumerate() {
            if !std::ptr::eq(w.tape, self) {
                return Err(Error::DifferentTapes { op });
            }
            if !w.is_tracked() {
                return Err(Error::Untracked { op, input, at: w.recorded_at().to_string() });
            }
        }
        Ok(())
    }
}
