//! Where a tensor's elements lie in its storage: a size and a stride for each axis.

use crate::{MAX_RANK, Shape, shape::Strides};
use wengert_kernels::Pooled;

/// Axes kept in the tensor itself. Tensors of more are large, and a tensor is moved often.
const FEW: usize = 2;

/// Sizes and strides of the axes, first axis first.
#[derive(Clone)]
pub(super) enum Layout {
    Few { rank: u8, dims: [usize; FEW], strides: [isize; FEW] },
    Many(Pooled<(Shape, Strides)>),
}

impl Layout {
    /// No axes.
    pub(super) const SCALAR: Self = Self::Few { rank: 0, dims: [1; FEW], strides: [0; FEW] };

    /// Axes of these sizes and strides, as many of each, at most [`MAX_RANK`].
    pub(super) fn new(sizes: &[usize], steps: &[isize]) -> Self {
        debug_assert_eq!(sizes.len(), steps.len());
        let rank = sizes.len();
        if rank <= FEW {
            let (mut dims, mut strides) = ([1; FEW], [0; FEW]);
            dims[..rank].copy_from_slice(sizes);
            strides[..rank].copy_from_slice(steps);
            return Self::Few { rank: rank as u8, dims, strides };
        }
        let mut strides = [0; MAX_RANK];
        strides[..rank].copy_from_slice(steps);
        Self::Many(Pooled::new((Shape::known(sizes), strides)))
    }

    /// The axes of a shape in row-major order.
    pub(super) fn row_major(shape: &Shape) -> Self {
        if shape.rank() == 0 {
            return Self::SCALAR;
        }
        Self::new(shape.dims(), &shape.strides()[..shape.rank()])
    }

    #[inline]
    pub(super) fn dims(&self) -> &[usize] {
        match self {
            Self::Few { rank, dims, .. } => &dims[..usize::from(*rank)],
            Self::Many(axes) => axes.0.dims(),
        }
    }

    #[inline]
    pub(super) fn strides(&self) -> &[isize] {
        match self {
            Self::Few { rank, strides, .. } => &strides[..usize::from(*rank)],
            Self::Many(axes) => &axes.1[..axes.0.rank()],
        }
    }

    /// The layout of the same elements, in row-major order of the axes, under another shape of as many; none if they
    /// would have to move.
    pub(super) fn reshaped(&self, to: &Shape) -> Option<Self> {
        if to.is_empty() {
            return Some(Self::row_major(to));
        }
        // Axes of size 1 say nothing about where elements lie. What is left is cut into groups, the smallest that hold
        // as many elements before as after; in each, the old axes must be one run of equal steps.
        let mut old = self.dims().iter().zip(self.strides()).filter(|&(&d, _)| d != 1).rev();
        let mut strides = [0; MAX_RANK];
        let (mut step, mut room) = (1, 1); // of the run at hand: its step, and the elements of it that are left
        for (s, &d) in strides.iter_mut().zip(to.dims()).rev() {
            if d > 1 && room == 1 {
                let (&size, &first) = old.next()?;
                (step, room) = (first, size);
            }
            while room % d != 0 {
                let (&size, &next) = old.next()?;
                if next != step * room as isize {
                    return None;
                }
                room *= size;
            }
            *s = step;
            step *= d as isize;
            room /= d;
        }
        Some(Self::new(to.dims(), &strides[..to.rank()]))
    }
}
