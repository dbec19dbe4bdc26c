//! Which lines run together: elementwise lines of one shape as one pass over memory, with the sums that end it, or
//! elementwise lines over rows with reductions of these and what comes back from them (`along`).
//!
//! Lines join a group in the order of the list, as long as no path leads from the group through a line outside it back
//! into the group; so the groups can be put in an order of execution.

mod along;

use super::graph::{Graph, Id};
use super::rows::{self, Extents};
use crate::{Float, Op, Shape};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// What one step of the plan computes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// One line, by its op's own kernel.
    Line(Id),
    /// Elementwise lines of one shape, and sums over all elements of some of them; `stores` are the lines among them
    /// whose values others need.
    Group { members: Vec<Id>, stores: Vec<Id> },
    /// Lines over the elements of some rows, or over numbers of these rows.
    Rows { members: Vec<Id>, stores: Vec<Id>, extents: Extents },
}

/// Every line that is not an input or a constant as a step of its own, in the order of the list.
pub(super) fn apart<F: Float>(graph: &Graph<F>) -> Vec<Unit> {
    let applied = |id: &Id| graph.lines[*id as usize].is_computed();
    (0..graph.lines.len() as Id).filter(applied).map(Unit::Line).collect()
}

/// The lines in groups, some of them over rows if so asked, in an order of execution.
pub(super) fn fuse<F: Float>(
    graph: &Graph<F>,
    is_elementwise: impl Fn(Id) -> bool,
    over_rows: bool,
) -> Vec<Unit> {
    let mut grouping = Grouping::new(graph);
    for id in 0..graph.lines.len() as Id {
        if is_elementwise(id) {
            grouping.place(id);
            continue;
        }
        let placed = (over_rows && grouping.place_along(id)) || grouping.absorb_view(id);
        if !placed && !grouping.absorb_sum(id) {
            grouping.leave(id);
        }
    }
    grouping.absorb_left_sums();
    grouping.in_order()
}

/// Groups of the current shape that a line without an operand in any of them may still join.
const RECENT: usize = 4;

/// Lines of one group at the most: a program stays small enough for its registers to stay in a cache.
const LARGEST: usize = 1 << 16;

struct Grouping<'g, F: Float> {
    graph: &'g Graph<F>,
    group_of: Vec<Option<usize>>,
    /// For a line outside groups, the groups it reads through lines outside groups.
    reads: Vec<BTreeSet<usize>>,
    groups: Vec<Vec<Id>>,
    /// All groups that must run before each group.
    before: Vec<BTreeSet<usize>>,
    /// For each group over rows, these.
    extents: Vec<Option<Extents>>,
    /// Sums that are known only at the end of their group's step.
    at_end: Vec<bool>,
    /// Whether the elements of a line lie in rows.
    lies: Vec<bool>,
}

impl<'g, F: Float> Grouping<'g, F> {
    fn new(graph: &'g Graph<F>) -> Self {
        let n = graph.lines.len();
        Self {
            graph,
            group_of: vec![None; n],
            reads: vec![BTreeSet::new(); n],
            groups: Vec::new(),
            before: Vec::new(),
            extents: Vec::new(),
            at_end: vec![false; n],
            lies: rows::lie_in_rows(graph),
        }
    }

    fn inputs(&self, id: Id) -> &'g [Id] {
        self.graph.lines[id as usize].inputs()
    }

    /// The groups that line `id` needs, itself included if it is in one.
    fn needs(&self, id: Id) -> BTreeSet<usize> {
        match self.group_of[id as usize] {
            Some(group) => BTreeSet::from([group]),
            None => self.reads[id as usize].clone(),
        }
    }

    /// All groups that must run before `group` if `id` joins it; none if `group` itself is one of them.
    fn before_with(&self, group: usize, id: Id) -> Option<BTreeSet<usize>> {
        let mut all = BTreeSet::new();
        self.needed_outside([group; 2], id, &mut all);
        (!all.contains(&group)).then_some(all)
    }

    /// Adds the groups that must run before a line in one of two groups, but for what it reads within them.
    fn needed_outside(&self, [a, b]: [usize; 2], id: Id, all: &mut BTreeSet<usize>) {
        // The readers of a sum that ends the group are outside.
        let inside = |i: Id| self.group_of[i as usize].is_some_and(|g| g == a || g == b);
        for &i in self.inputs(id).iter().filter(|&&i| !inside(i) || self.at_end[i as usize]) {
            for needed in self.needs(i) {
                if all.insert(needed) {
                    all.extend(&self.before[needed]);
                }
            }
        }
    }

    /// Puts an elementwise line into the newest group that takes it, or a new one.
    fn place(&mut self, id: Id) {
        let taken = self.join_newest(id, |grouping, group| grouping.takes(group, id));
        match taken {
            Some(group) => self.unite_operands(group, id),
            None => _ = self.found(id),
        }
    }

    /// Whether a group may have an elementwise line, but for the order of steps.
    fn takes(&self, group: usize, id: Id) -> bool {
        let shape = self.graph.lines[id as usize].shape;
        match self.extents[group] {
            Some(extents) => self.takes_over_rows(group, extents, id),
            None => self.shape_of(group) == Some(shape) && self.groups[group].len() < LARGEST,
        }
    }

    /// The shape of a group's first member, and of all of them unless it is a group over rows; none of a group that has
    /// become part of another.
    fn shape_of(&self, group: usize) -> Option<Shape> {
        self.groups[group].first().map(|&id| self.graph.lines[id as usize].shape)
    }

    /// Puts a line into the newest group that fits, of those that it reads and those that read what it reads.
    fn join_newest(&mut self, id: Id, fits: impl Fn(&Self, usize) -> bool) -> Option<usize> {
        let mut candidates: Vec<usize> =
            self.inputs(id).iter().filter_map(|&i| self.group_of[i as usize]).collect();
        candidates.sort_unstable_by_key(|&group| Reverse(group));
        candidates.dedup();
        let recent = (0..self.groups.len()).rev().filter(|&group| fits(self, group)).take(RECENT);
        let scalar = self.graph.lines[id as usize].shape.rank() == 0;
        let related: Vec<usize> = recent.filter(|&group| scalar || self.shares_operand(group, id)).collect();
        candidates.extend(related);
        let fitting = candidates.into_iter().filter(|&group| fits(self, group));
        let (group, before) =
            fitting.map(|g| (g, self.before_with(g, id))).find_map(|(g, b)| Some((g, b?)))?;
        self.join(group, id, before);
        Some(group)
    }

    /// Makes a group of one line.
    fn found(&mut self, id: Id) -> usize {
        let group = self.groups.len();
        let before = self.before_with(group, id).expect("nothing reads a new group");
        self.groups.push(Vec::new());
        self.before.push(BTreeSet::new());
        self.extents.push(None);
        self.join(group, id, before);
        group
    }

    /// Whether one of the last lines of the group reads an operand of line `id`.
    fn shares_operand(&self, group: usize, id: Id) -> bool {
        let members = self.groups[group].iter().rev().take(64);
        members.flat_map(|&m| self.inputs(m)).any(|i| self.inputs(id).contains(i))
    }

    fn join(&mut self, group: usize, id: Id, before: BTreeSet<usize>) {
        self.group_of[id as usize] = Some(group);
        self.groups[group].push(id);
        if !before.is_subset(&self.before[group]) {
            for (g, all) in self.before.iter_mut().enumerate() {
                if g == group || all.contains(&group) {
                    all.extend(&before);
                }
            }
        }
    }

    /// Adds a sum over all elements of a member, or over all its rows, to the member's group.
    fn absorb_sum(&mut self, id: Id) -> bool {
        let Some((Op::Sum(sum), [x])) = self.graph.lines[id as usize].fixed_op() else { return false };
        let Some(group) = self.group_of[*x as usize] else { return false };
        let summed = self.graph.lines[*x as usize].shape;
        let fits = match self.extents[group] {
            Some(extents) => rows::end(sum.axes, summed, extents).is_some(),
            None => sum.is_over_all(summed) && Some(summed) == self.shape_of(group) && summed.rank() > 0,
        };
        // The sum of a sum is a line of its own: it is known only at the end.
        if !fits || self.at_end[*x as usize] {
            return false;
        }
        self.join(group, id, BTreeSet::new());
        self.at_end[id as usize] = true;
        true
    }

    /// Notes what a line outside groups depends on.
    fn leave(&mut self, id: Id) {
        self.reads[id as usize] = self.inputs(id).iter().flat_map(|&i| self.needs(i)).collect();
    }

    /// The steps in an order in which each comes after those it reads, close to the order of the list.
    fn in_order(self) -> Vec<Unit> {
        let lines = &self.graph.lines;
        // Steps are numbered by lines: a group by its last member.
        let step_of =
            |id: Id| self.group_of[id as usize].map_or(id, |g| *self.groups[g].last().expect("has members"));
        let is_step = |id: Id| lines[id as usize].is_computed();
        let mut waits = vec![0_usize; lines.len()];
        let mut wakes: Vec<Vec<Id>> = vec![Vec::new(); lines.len()];
        for id in (0..lines.len() as Id).filter(|&id| is_step(id)) {
            for &i in self.inputs(id).iter().filter(|&&i| is_step(i) && step_of(i) != step_of(id)) {
                wakes[step_of(i) as usize].push(step_of(id));
                waits[step_of(id) as usize] += 1;
            }
        }
        let mut read = vec![false; lines.len()];
        self.graph.outputs.iter().for_each(|&id| read[id as usize] = true);
        for id in 0..lines.len() as Id {
            let group = self.group_of[id as usize];
            let others =
                self.inputs(id).iter().filter(|&&i| group.is_none() || self.group_of[i as usize] != group);
            others.for_each(|&i| read[i as usize] = true);
        }
        let late: Vec<Vec<Id>> =
            (0..self.groups.len()).map(|group| self.views_outside(group, &mut read)).collect();
        let own_step = |&id: &Id| is_step(id) && step_of(id) == id;
        let mut ready: BinaryHeap<Reverse<Id>> = (0..lines.len() as Id)
            .filter(own_step)
            .filter(|&id| waits[id as usize] == 0)
            .map(Reverse)
            .collect();
        let (mut order, mut steps) = (Vec::new(), 0);
        while let Some(Reverse(id)) = ready.pop() {
            for &woken in &wakes[id as usize] {
                waits[woken as usize] -= 1;
                if waits[woken as usize] == 0 {
                    ready.push(Reverse(woken));
                }
            }
            match self.group_of[id as usize] {
                Some(group) => self.units_of(group, &read, &late[group], &mut order),
                None => order.push(Unit::Line(id)),
            }
            steps += 1;
        }
        debug_assert_eq!(
            steps,
            (0..lines.len() as Id).filter(own_step).count(),
            "no circle among the groups"
        );
        order
    }
}
