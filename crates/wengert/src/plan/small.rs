//! Small plans as a sequence of kernels in one memory.
//!
//! Where all steps of a plan are products, sums, elementwise groups and views of few numbers, a run of the steps spends
//! its time on tensors and not on numbers. Such a plan is kept a second time as a [`Sequence`]: views are strides of
//! their readers, every value has its place, and results are written into the tensors of the last run where nobody else
//! holds them. The bits are those of the steps.

use super::graph::{Fused, Graph, Id, Source};
use super::step::{Kernel, Step};
use crate::{AxisSet, Float, MAX_RANK, Op, Shape, Tensor};
use smallvec::SmallVec;
use wengert_kernels::sequence::{Memory, Sequence, Value, View};

/// Numbers that the memory of a sequence holds at the most: it stays in a cache, and no step would use threads.
const MOST: usize = 16 * 1024;

/// Axes in some order.
type Axes = SmallVec<[usize; MAX_RANK]>;

/// Multiplications of a product at the most.
const MOST_WORK: usize = 1 << 18;

/// A small plan as a sequence.
pub(super) struct Small<F: Float> {
    sequence: Sequence<F>,
    /// Where each input goes; none if no step reads it.
    inputs: Vec<Option<Value>>,
    outputs: Vec<(Value, Shape)>,
}

/// What runs of a small plan keep: its memory, and the outputs of the last one.
pub(super) struct Kept<F: Float> {
    memory: Memory<F>,
    outputs: Vec<Tensor<F>>,
}

impl<F: Float> Small<F> {
    /// The steps as a sequence, if they are small.
    pub(super) fn new(graph: &Graph<F>, steps: &[Step<F>], inputs: usize) -> Option<Self> {
        let size = |id: &Id| graph.lines[*id as usize].shape.len();
        let touched = steps.iter().flat_map(|step| step.reads.iter().chain(&step.writes));
        let is_small = |id| (1..=MOST).contains(&size(id));
        if steps.is_empty() || !touched.chain(&graph.outputs).all(is_small) {
            return None;
        }
        let mut places = Places { sequence: Sequence::new(), views: vec![None; graph.lines.len()] };
        let mut given = vec![None; inputs];
        let read = steps.iter().flat_map(|step| &step.reads).chain(&graph.outputs);
        for &id in read {
            let line = &graph.lines[id as usize];
            let value = match &line.source {
                _ if places.views[id as usize].is_some() => continue,
                Source::Input(k) => *given[*k].insert(places.sequence.value(line.shape.len())),
                Source::Constant(value) => places.sequence.constant(&value.elements()),
                _ => continue,
            };
            places.set(id, value, line.shape);
        }
        for step in steps {
            places.add(graph, step)?;
            if places.sequence.size() > MOST {
                return None;
            }
        }
        let outputs = graph.outputs.iter().map(|&id| (places.value(id), graph.lines[id as usize].shape));
        let outputs = outputs.collect();
        Some(Self { sequence: places.sequence, inputs: given, outputs })
    }

    /// What runs need.
    pub(super) fn kept(&self) -> Kept<F> {
        Kept { memory: self.sequence.memory(), outputs: Vec::new() }
    }

    /// One run; shapes have been checked.
    pub(super) fn run(&self, kept: &mut Kept<F>, inputs: &[&Tensor<F>], outputs: &mut Vec<Tensor<F>>) {
        for (value, input) in self.inputs.iter().zip(inputs) {
            if let Some(value) = value {
                kept.memory.write(*value, &input.elements());
            }
        }
        self.sequence.run(&mut kept.memory);
        if kept.outputs.len() == self.outputs.len() {
            outputs.append(&mut kept.outputs);
            for (tensor, (value, _)) in outputs.iter_mut().zip(&self.outputs) {
                tensor.refill(kept.memory.read(*value));
            }
        } else {
            let fresh = |&(value, shape): &(Value, Shape)| {
                Tensor::build(shape, |out| out.copy_from_slice(kept.memory.read(value)))
            };
            outputs.extend(self.outputs.iter().map(fresh));
        }
    }
}

impl<F: Float> Kept<F> {
    /// Keeps the outputs of the last run, for the next to write into.
    pub(super) fn take(&mut self, outputs: &mut Vec<Tensor<F>>) {
        self.outputs.clear();
        self.outputs.append(outputs);
    }
}

/// A sequence under construction.
struct Places<F: Float> {
    sequence: Sequence<F>,
    /// How each line is seen in memory.
    views: Vec<Option<View>>,
}

impl<F: Float> Places<F> {
    fn view(&self, id: Id) -> View {
        self.views[id as usize]
            .clone()
            .expect("steps are in order, and what they read was placed before them")
    }

    fn see(&mut self, id: Id, view: View) {
        self.views[id as usize] = Some(view);
    }

    /// Notes that a line lies in `value`, in row-major order.
    fn set(&mut self, id: Id, value: Value, shape: Shape) {
        let strides = shape.strides()[..shape.rank()].iter().copied().collect();
        self.see(id, View { value, offset: 0, dims: shape.dims().iter().copied().collect(), strides });
    }

    /// A value that holds a line in row-major order.
    fn value(&mut self, id: Id) -> Value {
        let view = self.view(id);
        let expected = Shape::known(&view.dims).strides();
        let mut steps = view.dims.iter().zip(&view.strides).zip(expected);
        let in_order = steps.all(|((&d, &stride), expected)| d == 1 || stride == expected);
        if in_order && view.offset == 0 && view.value.count() == view.dims.iter().product::<usize>() {
            return view.value;
        }
        let (value, shape) = (self.sequence.copy(&view), Shape::known(&view.dims));
        self.set(id, value, shape);
        value
    }

    /// Adds a step; none if a sequence has no kernel for it.
    fn add(&mut self, graph: &Graph<F>, step: &Step<F>) -> Option<()> {
        let shape = |id: Id| graph.lines[id as usize].shape;
        let (x, y) = (step.reads.first().copied(), step.writes[0]);
        match &step.kernel {
            Kernel::Group(group) => {
                let x: SmallVec<[Value; 4]> = step.reads.iter().map(|&id| self.value(id)).collect();
                let (n, sums) = (group.shape().len(), group.sums());
                let results = self.sequence.program(group.program(), n, &x, |k| sums[k].is_some());
                for ((value, sum), &id) in results.into_iter().zip(sums).zip(&step.writes) {
                    self.set(id, value, sum.unwrap_or(group.shape()));
                }
            }
            Kernel::Fused { kernel: Fused::Product { relu }, .. } => {
                let bias = self.value(step.reads[2]);
                self.product(step.reads[0], step.reads[1], Some(bias), *relu, y, shape(y))?;
            }
            Kernel::Op { op, feed: None, .. } => match op {
                Op::MatMul(_) if shape(y).rank() == 2 => {
                    self.product(step.reads[0], step.reads[1], None, false, y, shape(y))?;
                }
                Op::Sum(op) => self.sum(x?, op.axes, false, y, shape(y)),
                Op::Mean(op) => self.sum(x?, op.axes, true, y, shape(y)),
                Op::Alias(_) => self.see(y, self.view(x?)),
                Op::Reshape(_) => {
                    let value = self.value(x?);
                    self.set(y, value, shape(y));
                }
                Op::Permute(op) => self.see(y, permuted(self.view(x?), &op.order())),
                Op::BroadcastTo(_) => {
                    let view = broadcast(self.view(x?), shape(y));
                    self.see(y, view);
                }
                _ => return None,
            },
            _ => return None,
        }
        Some(())
    }

    /// Adds a product, if it is small.
    fn product(&mut self, a: Id, b: Id, bias: Option<Value>, relu: bool, y: Id, shape: Shape) -> Option<()> {
        let (a, b) = (self.view(a), self.view(b));
        if shape.len() * a.dims[1] > MOST_WORK {
            return None;
        }
        let value = self.sequence.product(&a, &b, bias, relu);
        self.set(y, value, shape);
        Some(())
    }

    /// Adds sums or means over some axes.
    fn sum(&mut self, x: Id, axes: AxisSet, is_mean: bool, y: Id, shape: Shape) {
        let dims = self.view(x).dims;
        let first = axes.iter().next().unwrap_or(dims.len());
        let count = axes.iter().count();
        let size = |dims: &[usize]| dims.iter().product::<usize>();
        let (x, sizes) = if axes.iter().eq(first..first + count) {
            let (before, rest) = dims.split_at(first);
            (self.value(x), [size(before), size(&rest[..count]), size(&rest[count..])])
        } else {
            let kept = (0..dims.len()).filter(|&k| !axes.contains(k));
            let view = permuted(self.view(x), &kept.chain(axes.iter()).collect::<Axes>());
            let (kept, reduced) = view.dims.split_at(dims.len() - count);
            let sizes = [size(kept), size(reduced), 1];
            (self.sequence.copy(&view), sizes)
        };
        let value = self.sequence.sum(sizes, x, is_mean);
        self.set(y, value, shape);
    }
}

/// The view whose axis `k` is the axis that `order` names in place `k`.
fn permuted(from: View, order: &[usize]) -> View {
    let dims = order.iter().map(|&k| from.dims[k]).collect();
    let strides = order.iter().map(|&k| from.strides[k]).collect();
    View { dims, strides, ..from }
}

/// The view repeated to a larger shape, aligned at the last axis.
fn broadcast(from: View, to: Shape) -> View {
    let lead = to.rank() - from.dims.len();
    let stride = |k: usize| {
        let inside = k.checked_sub(lead).filter(|&k| from.dims[k] != 1);
        inside.map_or(0, |k| from.strides[k])
    };
    let strides = (0..to.rank()).map(stride).collect();
    View { dims: to.dims().iter().copied().collect(), strides, ..from }
}
