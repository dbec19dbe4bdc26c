//! Random operands in random storage, and random ops that fit them.

use crate::model::Structural;
use proptest::prelude::*;
use std::fmt;
use wengert::{Key, Tape, Tensor};

/// Numbers to choose with, in their order; shrinking drives them to 0.
pub(crate) struct Choices<'a>(std::slice::Iter<'a, u16>);

impl<'a> Choices<'a> {
    pub(crate) fn new(numbers: &'a [u16]) -> Self {
        Self(numbers.iter())
    }

    /// A number below `n`; 0 once the choices are used up.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0.next().map_or(0, |&c| usize::from(c) % n.max(1))
    }

    fn permutation(&mut self, n: usize) -> Vec<isize> {
        let mut left: Vec<isize> = (0..n as isize).collect();
        (0..n).map(|_| left.remove(self.below(left.len()))).collect()
    }
}

/// Sizes, a way of storing them, and a seed for values: the parts of an operand that shrink one by one.
#[derive(Clone)]
pub(crate) struct Operand {
    dims: Vec<usize>,
    storage: Vec<u16>,
    seed: u64,
}

impl fmt::Debug for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.tensor();
        write!(f, "shape {:?} strides {:?} (from {:?}, ", x.dims(), x.strides(), self.dims)?;
        write!(f, "storage {:?}, seed {})", self.storage, self.seed)
    }
}

/// Whole numbers, so that sums of them are exact.
pub(crate) fn whole_numbers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| (u * 64.0).floor() - 32.0)
}

impl Operand {
    /// The operand: a view of a view of … a row-major tensor.
    pub(crate) fn tensor(&self) -> Tensor<f64> {
        let tape = Tape::<f64>::new();
        let mut x = tape.constant(whole_numbers(&self.dims, self.seed));
        let mut choices = Choices::new(&self.storage);
        for _ in 0..self.storage.len() / 2 {
            let (kind, rank) = (choices.below(6), x.rank());
            let axis = choices.below(rank);
            let size = x.shape().dims().get(axis).copied().unwrap_or(0);
            x = match kind {
                1 if rank > 1 => x.transpose(axis as isize, -1),
                2 if size > 1 => x.narrow(axis as isize, 1..size),
                3 if rank > 0 => x.flip(axis as isize),
                4 if size > 2 => x.slice_step(axis as isize, .., 2),
                5 if size == 1 || rank == 0 => {
                    let mut dims = x.shape().dims().to_vec();
                    if rank == 0 {
                        dims.push(2)
                    } else {
                        dims[axis] = 3
                    }
                    x.broadcast_to(dims)
                }
                _ => x,
            };
        }
        x.value()
    }
}

pub(crate) fn operands() -> impl Strategy<Value = Operand> {
    let size = prop_oneof![1 => Just(0_usize), 2 => Just(1), 6 => 2_usize..=4];
    let dims = prop::collection::vec(size, 0..=4);
    let storage = prop::collection::vec(any::<u16>(), 0..=8);
    (dims, storage, any::<u64>()).prop_map(|(dims, storage, seed)| Operand { dims, storage, seed })
}

/// An op that fits `x`, and all its operands.
pub(crate) fn fitting(x: &Tensor<f64>, choices: &mut Choices<'_>) -> (Structural, Vec<Tensor<f64>>) {
    let (rank, dims) = (x.rank(), x.dims());
    let alone = |op| (op, vec![x.clone()]);
    let kind = match rank {
        0 => choices.below(7), // the first seven fit a scalar too
        1 => choices.below(20),
        _ => choices.below(23), // the last three need a plane
    };
    let axis = choices.below(rank);
    let size = dims.get(axis).copied().unwrap_or(1);
    let with = |n| {
        let mut dims = dims.to_vec();
        dims[axis] = n;
        dims
    };
    let seed = choices.below(1 << 16) as u64;
    // Indices into an axis; none where the axis is empty.
    let list = |choices: &mut Choices<'_>, n: usize| -> Vec<u32> {
        (0..if size == 0 { 0 } else { n }).map(|_| choices.below(size) as u32).collect()
    };
    let plane = |choices: &mut Choices<'_>| {
        let order = choices.permutation(rank);
        [order[0] as usize, order[1] as usize]
    };
    match kind {
        0 => alone(Structural::Permute(choices.permutation(rank))),
        1 => {
            let order = choices.permutation(rank);
            alone(Structural::Reshape(order.iter().map(|&a| dims[a as usize]).collect()))
        }
        2 => {
            let repeat = |&d: &usize| if d == 1 { 3 } else { d };
            let lead = vec![2; choices.below(2)];
            alone(Structural::BroadcastTo([lead, dims.iter().map(repeat).collect()].concat()))
        }
        3 => {
            let some = choices.below(rank + 1);
            alone(Structural::Flip(choices.permutation(rank)[..some].to_vec()))
        }
        4 => {
            (Structural::Stack { axis: choices.below(rank + 1) }, vec![x.clone(), whole_numbers(dims, seed)])
        }
        5 => alone(Structural::Unsqueeze(choices.below(rank + 1))),
        6 => {
            let mut pair = |&d: &usize| {
                let crop = choices.below(d + 1);
                (choices.below(3) as isize - crop.min(1) as isize, 1 - crop as isize)
            };
            let pairs: Vec<_> = dims.iter().map(&mut pair).collect();
            let fits = |(&d, &(b, a)): (&usize, &(isize, isize))| b.min(0) + a.min(0) + d as isize >= 0;
            let all_fit = dims.iter().zip(&pairs).all(fits);
            alone(Structural::Pad(if all_fit { pairs } else { vec![(1, 0); rank] }))
        }
        7 => alone(Structural::Flatten(axis)),
        8 => {
            let start = choices.below(size + 1);
            let end = start + choices.below(size - start + 1);
            alone(Structural::Slice { axis, start, end, step: 1 + choices.below(3) })
        }
        9 => {
            let piece = with(choices.below(3));
            (Structural::Concat { axis }, vec![x.clone(), whole_numbers(piece, seed), x.transpose(0, 0)])
        }
        10 => {
            let first = choices.below(size + 1);
            let sizes = vec![first, 0, size - first];
            alone(Structural::Split { axis, sizes, part: choices.below(3) })
        }
        11 => {
            let n = choices.below(4);
            alone(Structural::IndexSelect { axis, indices: list(choices, n) })
        }
        12 => {
            let n = choices.below(4);
            let indices = list(choices, n);
            let source = whole_numbers(with(indices.len()), seed);
            (Structural::IndexAdd { axis, indices }, vec![x.clone(), source])
        }
        15 => alone(Structural::Tile(dims.iter().map(|_| choices.below(3)).collect())),
        16 => {
            let counts = (0..size).map(|_| choices.below(3)).collect();
            alone(Structural::RepeatInterleave { axis, counts })
        }
        17 => alone(Structural::Roll { shift: choices.below(13) as isize - 6, axis }),
        18 => alone(Structural::DiagEmbed { offset: choices.below(5) as isize - 2 }),
        19 => {
            let pair = |&d: &usize| match choices.below(3) {
                0 if d > 0 => (choices.below(6) as isize, -1),
                1 if d > 0 => (-1, choices.below(6) as isize),
                _ => (0, 0),
            };
            alone(Structural::Circular(dims.iter().map(pair).collect()))
        }
        20 => {
            let axes = plane(choices);
            alone(Structural::Rot90 { turns: choices.below(9) as isize - 4, axes })
        }
        21 => {
            let axes = plane(choices);
            alone(Structural::Diagonal { offset: choices.below(9) as isize - 4, axes })
        }
        22 => alone(Structural::Tril { offset: choices.below(9) as isize - 4 }),
        _ => {
            // Indices that stop short of the operand along the other axes, by chance.
            let short = |k: usize, d: usize, choices: &mut Choices<'_>| match k == axis {
                true if size == 0 => 0,
                true => choices.below(4),
                false => d - choices.below(d.min(1) + 1),
            };
            let shape: Vec<usize> = dims.iter().enumerate().map(|(k, &d)| short(k, d, choices)).collect();
            let indices = Tensor::from_fn(&shape, |_| choices.below(size) as u32);
            if kind == 13 {
                return alone(Structural::Gather { axis, indices });
            }
            let longer: Vec<usize> = shape.iter().map(|&d| d + choices.below(2)).collect();
            (Structural::ScatterAdd { axis, indices }, vec![x.clone(), whole_numbers(longer, seed)])
        }
    }
}
