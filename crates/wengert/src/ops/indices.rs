//! Positions along an axis, checked once: the attribute of every op that picks by index.

use crate::{Error, Shape, Tensor, axes::resolve, shape::joined};
use std::sync::Arc;

/// Indices into an axis of one size, every one of them below it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Picks {
    pub(crate) axis: usize,
    pub(crate) size: usize,
    indices: Arc<Tensor<u32>>, // contiguous; shared, so that an op is small and cheap to copy
    from: Vec<Tensor<u32>>,    // what they were computed from, if users gave others
}

impl Picks {
    /// Checks indices given by users against the axis of `x` that they point into.
    pub(crate) fn new(op: &'static str, axis: isize, indices: Tensor<u32>, x: Shape) -> Result<Self, Error> {
        let axis = resolve(op, axis, x.rank())?;
        let size = x.dims()[axis];
        let own = indices.contiguous();
        match own.data().iter().find(|&&i| i as usize >= size) {
            Some(&index) => Err(Error::Index { op, index: i64::from(index), size }),
            None => Ok(Self { axis, size, indices: Arc::new(own), from: Vec::new() }.copied_from(&indices)),
        }
    }

    /// The same of indices of any shape as one list, in row-major order.
    pub(crate) fn list(
        op: &'static str,
        axis: isize,
        indices: &Tensor<u32>,
        x: Shape,
    ) -> Result<Self, Error> {
        let list = indices.contiguous().try_reshape([indices.len()])?;
        Ok(Self::new(op, axis, list, x)?.copied_from(indices))
    }

    /// The same indices, noting that they were copied from these, unless those lie in their order already.
    pub(crate) fn copied_from(self, given: &Tensor<u32>) -> Self {
        if given.is_contiguous() { self } else { self.computed_from(std::slice::from_ref(given)) }
    }

    /// The same indices, noting that they were computed from others: a plan that takes those anew could not follow.
    pub(crate) fn computed_from(mut self, given: &[Tensor<u32>]) -> Self {
        self.from = given.to_vec();
        self
    }

    /// The indices as users gave them.
    pub(crate) fn given(&self) -> Vec<Tensor<u32>> {
        if self.from.is_empty() { vec![Tensor::clone(&self.indices)] } else { self.from.clone() }
    }

    /// What the indices were computed from, if they are not as given.
    pub(crate) fn origins(&self) -> &[Tensor<u32>] {
        &self.from
    }

    pub(crate) fn indices(&self) -> &[u32] {
        self.indices.data()
    }

    /// Takes other indices of the same number, checked like the first.
    pub(crate) fn replace(&mut self, op: &'static str, indices: &Tensor<u32>) -> Result<(), Error> {
        let indices = indices.contiguous();
        debug_assert_eq!(indices.len(), self.indices.len(), "the caller has compared shapes");
        if let Some(&index) = indices.data().iter().find(|&&i| i as usize >= self.size) {
            return Err(Error::Index { op, index: i64::from(index), size: self.size });
        }
        let indices = indices.reshape(self.indices.shape());
        match Arc::get_mut(&mut self.indices) {
            Some(own) => *own = indices,
            None => self.indices = Arc::new(indices),
        }
        Ok(())
    }

    /// The same indices into a tensor that has one more axis in front.
    pub(crate) fn behind_batch(&self) -> Self {
        Self { axis: self.axis + 1, ..self.clone() }
    }

    /// The cells of `whole` that the indices name as positions in row-major order, along axis 1 of a tensor that has
    /// `whole` as a list there, for each of its rows.
    pub(crate) fn flattened(&self, op: &'static str, whole: Shape) -> Result<Self, Error> {
        let size = whole.len();
        if self.shape().rank() == 1 {
            return Ok(self.behind_batch()); // and no copy: a plan can replace them
        }
        if u32::try_from(size).is_err() {
            return Err(Error::TooLarge { shape: whole.dims().into() });
        }
        let strides = whole.strides();
        let mut positions = Vec::with_capacity(self.indices().len());
        self.shape().for_each_index(|ix| {
            let at = |k: usize| if k == self.axis { self.at(ix) } else { ix[k] };
            positions.push((0..ix.len()).map(|k| at(k) * strides[k] as usize).sum::<usize>() as u32);
        });
        Ok(Self::new(op, 1, positions.into(), Shape::new([1, size])?)?.computed_from(&self.given()))
    }

    /// The shape of the indices.
    pub(crate) fn shape(&self) -> Shape {
        self.indices.shape()
    }

    /// The shape of the indices with the whole axis in place of theirs: what they point into.
    pub(crate) fn reach(&self) -> Shape {
        let shape = self.shape();
        if self.axis < shape.rank() { shape.with(self.axis, self.size) } else { shape }
    }

    /// The index at a position.
    pub(crate) fn at(&self, position: &[usize]) -> usize {
        self.indices.get(position).expect("within the indices") as usize
    }

    /// Refuses `x` unless its axis has the size that the indices were checked against.
    pub(crate) fn check(&self, op: &'static str, x: Shape) -> Result<(), Error> {
        if x.dims().get(self.axis) == Some(&self.size) {
            return Ok(());
        }
        let expected = "the axis with the size that the indices were checked against";
        Err(Error::Shape { op, given: x.dims().into(), expected })
    }

    /// Refuses indices that are not one list, which the ops on whole rows take.
    pub(crate) fn listed(self, op: &'static str) -> Result<Self, Error> {
        if self.shape().rank() == 1 {
            return Ok(self);
        }
        let expected = "a list of indices, of rank 1 (reshape the result for more axes)";
        Err(Error::Shape { op, given: self.shape().dims().into(), expected })
    }
}

/// Refuses a tensor of more elements than indices can count.
pub(crate) fn countable(op: &'static str, x: Shape) -> Result<(), Error> {
    if x.len() <= u32::MAX as usize {
        return Ok(());
    }
    Err(Error::Shape {
        op,
        given: x.dims().into(),
        expected: "fewer than 2^32 elements, which indices can count",
    })
}

/// `x` with another size along `axis`, if memory can hold it.
pub(crate) fn resized(x: Shape, axis: usize, size: usize) -> Result<Shape, Error> {
    let mut dims = joined(&[x.dims()]);
    dims[axis] = size;
    Shape::new(dims)
}
