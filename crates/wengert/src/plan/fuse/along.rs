//! Groups over rows: elementwise lines, reductions of each row, and what comes back from them.
//!
//! A group of elementwise lines becomes one over rows when a reduction along the rows of a member joins it. From then on it
//! also takes lines over one number for each row, and views of such numbers and of members. What the views are for outside
//! of the group is a view of what the group stores.

use super::{Grouping, Unit};
use crate::plan::graph::{Id, Source};
use crate::plan::rows::{self, Extents};
use crate::{Float, Op};
use std::collections::BTreeSet;

/// Lines of one group over rows at the most: the rows at hand have to stay in a cache, with all values of the program.
const LARGEST: usize = 256;

impl<F: Float> Grouping<'_, F> {
    fn len(&self, id: Id) -> usize {
        self.graph.lines[id as usize].shape.len()
    }

    /// Whether a group over rows may have an elementwise line, but for the order of steps.
    pub(super) fn takes_over_rows(&self, group: usize, [rows, n]: Extents, id: Id) -> bool {
        let len = self.len(id);
        (len == rows * n || len == rows) && self.lies[id as usize] && self.groups[group].len() < LARGEST
    }

    /// Puts a line that goes along rows into a group over these rows, or a new one.
    pub(super) fn place_along(&mut self, id: Id) -> bool {
        let Some(extents) = rows::along(self.graph, id) else { return false };
        if !self.inputs(id).iter().all(|&i| self.lies[i as usize]) {
            return false;
        }
        let joined = self.join_newest(id, |grouping, group| grouping.may_go_along(group, extents, id));
        let group = joined.unwrap_or_else(|| self.found(id));
        self.extents[group] = Some(extents);
        self.unite_operands(group, id);
        true
    }

    /// Whether a group is over these rows, or can be, and may have this line along them, but for the order of steps.
    fn may_go_along(&self, group: usize, extents: Extents, id: Id) -> bool {
        let members = &self.groups[group];
        self.is_over(group, extents) && members.len() < LARGEST && self.has_one_index(members, &[id])
    }

    /// Whether a group is over these rows, or can be.
    fn is_over(&self, group: usize, extents: Extents) -> bool {
        let members = &self.groups[group];
        match self.extents[group] {
            Some(rows) => rows == extents && !members.is_empty(),
            None => {
                let sums = members.iter().any(|&m| self.at_end[m as usize]);
                self.shape_of(group).is_some_and(|shape| shape.len() == extents[0] * extents[1])
                    && members.iter().all(|&m| self.at_end[m as usize] || self.lies[m as usize])
                    && (!sums || rows::is_short_total(extents[1]))
            }
        }
    }

    /// Whether at most one index operand is read by all these lines together.
    fn has_one_index(&self, members: &[Id], others: &[Id]) -> bool {
        let mut found = members.iter().chain(others).filter_map(|&id| self.indices(id));
        let first = found.next();
        found.all(|indices| Some(indices) == first)
    }

    /// Makes groups one where a member `id` of a group over rows reads another that can be over the same rows, as far as
    /// no path leads from either through a line outside to the other.
    pub(super) fn unite_operands(&mut self, group: usize, id: Id) {
        let Some(extents) = self.extents[group] else { return };
        for k in 0..self.inputs(id).len() {
            let i = self.inputs(id)[k];
            let Some(other) = self.group_of[i as usize].filter(|&other| other != group) else { continue };
            let (members, others) = (&self.groups[group], &self.groups[other]);
            let fits = self.is_over(other, extents)
                && members.len() + others.len() <= LARGEST
                && self.has_one_index(members, others);
            let mut before = BTreeSet::new();
            for &m in members.iter().chain(others).filter(|_| fits) {
                self.needed_outside([group, other], m, &mut before);
            }
            if fits && !before.contains(&group) && !before.contains(&other) {
                self.unite(group, other, before);
            }
        }
    }

    /// Moves the members of `other` into `group`; `before` must run before both.
    fn unite(&mut self, group: usize, other: usize, before: BTreeSet<usize>) {
        for id in std::mem::take(&mut self.groups[other]) {
            self.group_of[id as usize] = Some(group);
            self.groups[group].push(id);
        }
        self.extents[other] = None; // a group without members takes no more
        self.groups[group].sort_unstable();
        for needed in self.reads.iter_mut().chain(&mut self.before) {
            if needed.remove(&other) {
                needed.insert(group);
            }
        }
        self.before[other].clear();
        self.before[group] = before;
        let before = self.before[group].clone();
        for all in self.before.iter_mut().filter(|all| all.contains(&group)) {
            all.extend(&before);
        }
    }

    /// Adds sums over rows that were met before their group was one over rows.
    pub(super) fn absorb_left_sums(&mut self) {
        for id in 0..self.group_of.len() as Id {
            // What reads the group and stays outside is not read by it, so that the order of steps allows this.
            let Some((Op::Sum(_), &[x])) = self.graph.op(id) else { continue };
            let over_rows = self.group_of[x as usize].filter(|&group| self.extents[group].is_some());
            if let (None, Some(group)) = (self.group_of[id as usize], over_rows)
                && self.absorb_sum(id)
            {
                self.groups[group].sort_unstable();
            }
        }
    }

    /// What tells the indices of a line from others: the index input, or where they are.
    fn indices(&self, id: Id) -> Option<(Option<usize>, *const u32)> {
        let Source::Apply { op, feed, .. } = &self.graph.lines[id as usize].source else { return None };
        let indices = op.picks()?.indices();
        Some((*feed, if feed.is_some() { std::ptr::null() } else { indices.as_ptr() }))
    }

    /// Adds a view of a member of a group over rows to it: the member in another shape, or spread along the rows.
    pub(super) fn absorb_view(&mut self, id: Id) -> bool {
        let Some((op, &[x])) = self.graph.op(id) else { return false };
        let Some(group) = self.group_of[x as usize] else { return false };
        let Some(extents) = self.extents[group] else { return false };
        let shape = |id: Id| self.graph.lines[id as usize].shape;
        let fits = match op {
            Op::Reshape(_) => true,
            Op::BroadcastTo(_) => {
                self.len(x) == extents[0] && rows::spread::<F>(shape(x), shape(id)) == Some(extents)
            }
            _ => false,
        };
        if !fits || self.at_end[x as usize] || self.groups[group].len() >= LARGEST {
            return false;
        }
        self.join(group, id, BTreeSet::new());
        true
    }

    fn is_view(&self, id: Id) -> bool {
        matches!(self.graph.op(id), Some((Op::Reshape(_) | Op::BroadcastTo(_), _)))
    }

    /// The views among the members that steps outside read and that the group need not write, in the order of the list;
    /// what they are views of is read in their place.
    pub(super) fn views_outside(&self, group: usize, read: &mut [bool]) -> Vec<Id> {
        let mut views = Vec::new();
        if self.extents[group].is_none() {
            return views;
        }
        for &id in self.groups[group].iter().rev().filter(|&&id| self.is_view(id)) {
            let of = self.inputs(id)[0];
            let spreads = matches!(self.graph.op(id), Some((Op::BroadcastTo(_), _)));
            if read[id as usize] && (spreads || read[of as usize]) {
                read[id as usize] = false;
                read[of as usize] = true;
                views.push(id);
            }
        }
        views.reverse();
        views
    }

    /// The steps of a group: one, and those of views of what it writes. A single reduction is a line like others.
    pub(super) fn units_of(&self, group: usize, read: &[bool], views: &[Id], order: &mut Vec<Unit>) {
        let members = self.groups[group].clone();
        let stores = members.iter().copied().filter(|&m| read[m as usize]).collect();
        let Some(extents) = self.extents[group] else {
            order.push(Unit::Group { members, stores });
            return;
        };
        if members.iter().filter(|&&m| !self.is_view(m)).count() < 2 {
            order.extend(members.into_iter().map(Unit::Line));
            return;
        }
        order.push(Unit::Rows { members, stores, extents });
        order.extend(views.iter().copied().map(Unit::Line));
    }
}
