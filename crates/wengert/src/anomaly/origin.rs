//! From elements that are not finite back to the first line that made such a thing and reaches them.

use super::{Place, bad_elements};
use crate::{Float, Op, Shape, Tape, Tensor, nodes::NodeId};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// What stands for operands that are not finite: the first of these at which the op has a finite value.
const ORDINARY: [f64; 4] = [0.5, 1.0, 2.0, 0.0];
/// Evaluations by which the elements of an operand are told apart, where one of them is not enough.
const TRIES: usize = 64;

/// Why elements of a line are not finite.
struct Causes {
    /// The first element that the line made so by itself.
    own: Option<usize>,
    /// Operands, and those of their elements that are to blame.
    of: Vec<(NodeId, Vec<usize>)>,
}

/// An op with the operands that it had.
struct Evaluated<'t, F: Float> {
    tape: &'t Tape<F>,
    op: Op<F>,
    inputs: Vec<NodeId>,
    shape: Shape,
    values: Vec<Tensor<F>>,
    /// The elements of each operand that are not finite.
    bad: Vec<Vec<usize>>,
}

impl<F: Float> Tape<F> {
    /// The earliest line that made these elements of line `id` not finite, from finite operands.
    pub(super) fn origin(&self, id: NodeId, elements: Vec<usize>) -> Place {
        let found = self.walk(id, elements.clone(), 0);
        // One element an operand was followed. That was enough, unless something earlier is not finite either.
        if self.something_before(found.0, id) { self.walk(id, elements, TRIES) } else { found }
    }

    /// Whether a line before `first` that line `id` is computed from is not finite.
    fn something_before(&self, first: NodeId, id: NodeId) -> bool {
        let mut needed = vec![false; id as usize + 1];
        needed[id as usize] = true;
        (0..=id).rev().any(|id| {
            if !needed[id as usize] {
                return false;
            }
            self.nodes()[id as usize].inputs.iter().for_each(|&i| needed[i as usize] = true);
            id < first && bad_elements(&self.value_of(id)).next().is_some()
        })
    }

    /// Walks back from line `id`, each line after all that use it, along the elements that are to blame.
    fn walk(&self, id: NodeId, elements: Vec<usize>, tries: usize) -> Place {
        let start = (id, elements[0]);
        let (mut first, mut undefined) = (None::<Place>, None::<Place>);
        let mut open = BTreeMap::from([(id, elements)]);
        let nan_among = |id: NodeId, elements: &[usize]| {
            let value = self.value_of(id);
            let value = value.elements();
            elements.iter().copied().find(|&i| value[i].to_f64().is_nan())
        };
        while let Some((id, elements)) = open.pop_last() {
            let Causes { own, of } = self.causes(id, &elements, tries);
            if let Some(nan) = nan_among(id, &elements)
                && of.iter().all(|(cause, elements)| nan_among(*cause, elements).is_none())
            {
                undefined = Some((id, nan));
            }
            if let Some(own) = own {
                first = Some((id, own)); // lines come from the last to the first
            }
            for (cause, elements) in of {
                let known = open.entry(cause).or_default();
                known.extend(elements);
                known.sort_unstable();
                known.dedup();
            }
        }
        let first = first.unwrap_or(start);
        // An infinity among the constants, such as the mask of scores, is meant: the line that has no value at it is not.
        let is_given = self.nodes()[first.0 as usize].kind() == "constant";
        if is_given && nan_among(first.0, &[first.1]).is_none() { undefined.unwrap_or(first) } else { first }
    }

    /// Why these elements of a line are not finite.
    fn causes(&self, id: NodeId, elements: &[usize], tries: usize) -> Causes {
        let by_itself = |own: Option<usize>| Causes { own, of: Vec::new() };
        let at = {
            let nodes = self.nodes();
            let node = &nodes[id as usize];
            let Some(op) = node.op.clone() else { return by_itself(elements.first().copied()) };
            let (inputs, shape) = (node.inputs.to_vec(), node.value.shape());
            Evaluated { tape: self, op, inputs, shape, values: Vec::new(), bad: Vec::new() }.with_values()
        };
        if at.bad.iter().all(Vec::is_empty) {
            return by_itself(elements.first().copied());
        }
        let mut found = by_itself(None);
        // Elements that are finite at the first ordinary number, those of the rest that are at the second, and so on.
        let mut rest = elements.to_vec();
        for ordinary in ORDINARY {
            let bad = at.still_bad(ordinary, &|_, _| false, &rest);
            let here: Vec<usize> = rest.iter().copied().filter(|i| bad.binary_search(i).is_err()).collect();
            if !here.is_empty() {
                found.of.extend(at.operands_to_blame(ordinary, &here, tries));
            }
            rest = bad;
        }
        found.own = rest.first().copied();
        found
    }
}

impl<F: Float> Evaluated<'_, F> {
    fn with_values(mut self) -> Self {
        self.values = self.inputs.iter().map(|&i| self.tape.value_of(i)).collect();
        self.bad = self.values.iter().map(|x| bad_elements(x).collect()).collect();
        self
    }

    /// Which of these elements are not finite when of what is not finite in operand `k` only those places `p` of its list
    /// are kept for which `kept(k, p)`, and the others are an ordinary number.
    fn still_bad(
        &self,
        ordinary: f64,
        kept: &dyn Fn(usize, usize) -> bool,
        elements: &[usize],
    ) -> Vec<usize> {
        let operand = |k: usize| {
            let mut x = self.values[k].to_vec();
            let replaced = self.bad[k].iter().enumerate().filter(|(p, _)| !kept(k, *p));
            replaced.for_each(|(_, &i)| x[i] = F::from_f64(ordinary));
            Tensor::new(self.values[k].shape(), x).expect("as many elements")
        };
        let x: Vec<_> = (0..self.values.len()).map(operand).collect();
        let y = F::eval(&self.op, &x.iter().collect::<Vec<_>>(), self.shape, self.tape.threads());
        let Ok(y) = y else { return elements.to_vec() };
        let y = y.elements();
        let is_bad = |i: &usize| y.get(*i).is_none_or(|y| !y.to_f64().is_finite());
        elements.iter().copied().filter(is_bad).collect()
    }

    /// The operands because of which these elements are not finite, with the elements of theirs that are to blame.
    fn operands_to_blame(
        &self,
        ordinary: f64,
        elements: &[usize],
        tries: usize,
    ) -> Vec<(NodeId, Vec<usize>)> {
        let mut found = Vec::new();
        let together = self.op.has_formula(self.inputs.len());
        for (k, bad) in self.bad.iter().enumerate().filter(|(_, bad)| !bad.is_empty()) {
            if together && self.values[k].shape() == self.shape {
                // Element by element: those that stay as they are with this operand alone.
                let here = self.still_bad(ordinary, &|other, _| other == k, elements);
                let here: Vec<usize> = here.into_iter().filter(|i| bad.binary_search(i).is_ok()).collect();
                if !here.is_empty() {
                    found.push((self.inputs[k], here));
                }
                continue;
            }
            let enough = |few: &Range<usize>| {
                let kept = |other: usize, place: usize| other == k && few.contains(&place);
                !self.still_bad(ordinary, &kept, elements).is_empty()
            };
            if enough(&(0..bad.len())) {
                let places = told_apart(0..bad.len(), &enough, tries);
                found.push((self.inputs[k], places.into_iter().map(|place| bad[place]).collect()));
            }
        }
        if found.is_empty() {
            // Only together: of each operand the same element, or the first that is not finite.
            let same = elements.first().filter(|_| together);
            let of = |bad: &[usize]| same.filter(|i| bad.binary_search(i).is_ok()).or(bad.first()).copied();
            let all = self.inputs.iter().zip(&self.bad);
            found.extend(all.filter_map(|(&i, bad)| Some((i, vec![of(bad)?]))));
        }
        found
    }
}

/// Places of a range that are enough by themselves, in rising order: the first of each part that so many tries tell apart.
///
/// The range as a whole is enough.
fn told_apart(range: Range<usize>, enough: &dyn Fn(&Range<usize>) -> bool, tries: usize) -> Vec<usize> {
    let halves = |part: &Range<usize>| {
        let middle = part.start.midpoint(part.end);
        [part.start..middle, middle..part.end]
    };
    let (mut parts, mut left) = (VecDeque::from([range]), tries);
    while left > 1
        && let Some(at) = parts.iter().position(|part| part.len() > 1)
    {
        let part = parts.remove(at).expect("its position");
        left -= 2;
        let mut found = halves(&part).into_iter().filter(|half| enough(half)).collect::<Vec<_>>();
        if found.is_empty() {
            found.push(part.start..part.start + 1); // its halves only together
        }
        parts.extend(found);
    }
    let first = |mut part: Range<usize>| {
        while part.len() > 1 {
            let [before, after] = halves(&part);
            part = if enough(&before) { before } else { after };
        }
        part.start
    };
    let mut places: Vec<usize> = parts.into_iter().map(first).collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart_as_far_as_tries_go() {
        let guilty = [3, 4, 40, 99];
        let enough = |few: &Range<usize>| guilty.iter().any(|place| few.contains(place));
        assert_eq!(told_apart(0..100, &enough, 0), [3]);
        assert_eq!(told_apart(0..100, &enough, 2), [3, 99]);
        assert_eq!(told_apart(0..100, &enough, 100), guilty);
        assert_eq!(told_apart(7..8, &|_| true, 100), [7]);
        let both = |few: &Range<usize>| few.contains(&1) && few.contains(&6);
        assert_eq!(told_apart(0..8, &both, 100), [0], "only together: one of them stands for all");
    }
}
