//! Structural ops as tables: which elements of the operands each element of the result is the sum of.

use wengert::{PadMode, Tensor, Var};

/// A structural op with its attributes.
#[derive(Clone, Debug)]
pub(crate) enum Structural {
    Permute(Vec<isize>),
    Reshape(Vec<usize>),
    BroadcastTo(Vec<usize>),
    Flip(Vec<isize>),
    Slice { axis: usize, start: usize, end: usize, step: usize },
    Concat { axis: usize },
    Stack { axis: usize },
    Pad(Vec<(isize, isize)>),
    Split { axis: usize, sizes: Vec<usize>, part: usize },
    Unsqueeze(usize),
    Flatten(usize),
    Tile(Vec<usize>),
    RepeatInterleave { axis: usize, counts: Vec<usize> },
    Roll { shift: isize, axis: usize },
    Rot90 { turns: isize, axes: [usize; 2] },
    Diagonal { offset: isize, axes: [usize; 2] },
    DiagEmbed { offset: isize },
    Tril { offset: isize },
    Circular(Vec<(isize, isize)>),
    IndexSelect { axis: usize, indices: Vec<u32> },
    IndexAdd { axis: usize, indices: Vec<u32> },
    Gather { axis: usize, indices: Tensor<u32> },
    ScatterAdd { axis: usize, indices: Tensor<u32> },
}

/// What `pad` fills with.
pub(crate) const FILL: f64 = 7.0;

/// The op's result by definition: its sizes, and for each element the (operand, position) pairs it is the sum of.
pub(crate) struct Table {
    pub(crate) dims: Vec<usize>,
    pub(crate) sums: Vec<Vec<(usize, usize)>>,
    pub(crate) fill: f64,
}

/// The position of an index in row-major order.
pub(crate) fn position(dims: &[usize], index: &[usize]) -> usize {
    dims.iter().zip(index).fold(0, |p, (&d, &i)| p * d + i)
}

/// Every index in row-major order.
pub(crate) fn indices(dims: &[usize]) -> Vec<Vec<usize>> {
    dims.iter().fold(vec![vec![]], |all, &d| {
        all.iter().flat_map(|ix| (0..d).map(move |i| [&ix[..], &[i]].concat())).collect()
    })
}

/// The table of a result whose element at each index is one element of an operand, or none.
fn picked(
    operands: &[Vec<usize>],
    dims: Vec<usize>,
    source: impl Fn(&[usize]) -> Option<(usize, Vec<usize>)>,
) -> Table {
    let sums = indices(&dims)
        .iter()
        .map(|ix| source(ix).map(|(k, at)| (k, position(&operands[k], &at))).into_iter().collect())
        .collect();
    Table { dims, sums, fill: 0.0 }
}

/// The table of the first operand plus elements of the second at the indices that `target` names.
fn added(operands: &[Vec<usize>], places: &[usize], target: impl Fn(&[usize]) -> Vec<usize>) -> Table {
    let mut table = picked(operands, operands[0].clone(), |ix| Some((0, ix.to_vec())));
    for ix in indices(places) {
        table.sums[position(&operands[0], &target(&ix))].push((1, position(&operands[1], &ix)));
    }
    table
}

fn with(dims: &[usize], axis: usize, size: usize) -> Vec<usize> {
    let mut dims = dims.to_vec();
    dims[axis] = size;
    dims
}

impl Structural {
    /// The result by definition, from the sizes of the operands.
    pub(crate) fn table(&self, operands: &[Vec<usize>]) -> Table {
        let x = &operands[0];
        let same_order = |dims: Vec<usize>| {
            let sums = (0..x.iter().product()).map(|p| vec![(0, p)]).collect();
            Table { dims, sums, fill: 0.0 }
        };
        let one = |ix: Vec<usize>| Some((0, ix));
        match self {
            Self::Permute(order) => {
                let dims = order.iter().map(|&a| x[a as usize]).collect();
                picked(operands, dims, |ix| {
                    let mut source = vec![0; ix.len()];
                    order.iter().zip(ix).for_each(|(&a, &i)| source[a as usize] = i);
                    one(source)
                })
            }
            Self::Reshape(dims) => same_order(dims.clone()),
            Self::Flatten(axis) => same_order([&x[..*axis], &[x[*axis..].iter().product()]].concat()),
            Self::Unsqueeze(axis) => same_order([&x[..*axis], &[1], &x[*axis..]].concat()),
            Self::BroadcastTo(dims) => picked(operands, dims.clone(), |ix| {
                let aligned = ix[ix.len() - x.len()..].iter().zip(x);
                one(aligned.map(|(&i, &d)| if d == 1 { 0 } else { i }).collect())
            }),
            Self::Flip(axes) => picked(operands, x.clone(), |ix| {
                let mirror = |k: usize| if axes.contains(&(k as isize)) { x[k] - 1 - ix[k] } else { ix[k] };
                one((0..ix.len()).map(mirror).collect())
            }),
            Self::Slice { axis, start, end, step } => {
                let rows: Vec<usize> = (*start..*end).step_by(*step).collect();
                picked(operands, with(x, *axis, rows.len()), |ix| one(with(ix, *axis, rows[ix[*axis]])))
            }
            Self::Split { axis, sizes, part } => {
                let start: usize = sizes[..*part].iter().sum();
                let dims = with(x, *axis, sizes[*part]);
                picked(operands, dims, |ix| one(with(ix, *axis, start + ix[*axis])))
            }
            Self::Concat { axis } => {
                let rows: Vec<(usize, usize)> =
                    (0..operands.len()).flat_map(|k| (0..operands[k][*axis]).map(move |i| (k, i))).collect();
                picked(operands, with(x, *axis, rows.len()), |ix| {
                    let (k, i) = rows[ix[*axis]];
                    Some((k, with(ix, *axis, i)))
                })
            }
            Self::Stack { axis } => {
                let dims = [&x[..*axis], &[operands.len()], &x[*axis..]].concat();
                picked(operands, dims, |ix| Some((ix[*axis], [&ix[..*axis], &ix[axis + 1..]].concat())))
            }
            Self::Pad(pairs) => {
                let grown = |(&d, &(b, a)): (&usize, &(isize, isize))| (d as isize + b + a) as usize;
                let dims = x.iter().zip(pairs).map(grown).collect();
                let mut table = picked(operands, dims, |ix| {
                    let source: Vec<isize> =
                        ix.iter().zip(pairs).map(|(&i, &(b, _))| i as isize - b).collect();
                    let inside = source.iter().zip(x).all(|(&i, &d)| (0..d as isize).contains(&i));
                    inside.then(|| (0, source.iter().map(|&i| i as usize).collect()))
                });
                table.fill = FILL;
                table
            }
            Self::Tile(counts) => {
                let dims = x.iter().zip(counts).map(|(d, n)| d * n).collect();
                picked(operands, dims, |ix| one(ix.iter().zip(x).map(|(i, d)| i % d).collect()))
            }
            Self::RepeatInterleave { axis, counts } => {
                let rows: Vec<usize> =
                    (counts.iter().enumerate()).flat_map(|(k, &n)| std::iter::repeat_n(k, n)).collect();
                picked(operands, with(x, *axis, rows.len()), |ix| one(with(ix, *axis, rows[ix[*axis]])))
            }
            Self::Roll { shift, axis } => picked(operands, x.clone(), |ix| {
                let from = (ix[*axis] as isize - shift).rem_euclid(x[*axis] as isize);
                one(with(ix, *axis, from as usize))
            }),
            Self::Rot90 { turns, axes: [a, b] } => {
                let mut dims = x.clone();
                if turns % 2 != 0 {
                    dims.swap(*a, *b);
                }
                picked(operands, dims, |ix| {
                    let (i, j, m, n) = (ix[*a], ix[*b], x[*a], x[*b]);
                    let (i, j) = match turns.rem_euclid(4) {
                        0 => (i, j),
                        1 => (j, n - 1 - i),
                        2 => (m - 1 - i, n - 1 - j),
                        _ => (m - 1 - j, i),
                    };
                    one(with(&with(ix, *a, i), *b, j))
                })
            }
            Self::Diagonal { offset, axes: [a, b] } => {
                let on = |&(i, j): &(usize, usize)| j as isize - i as isize == *offset;
                let plane = (0..x[*a]).flat_map(|i| (0..x[*b]).map(move |j| (i, j)));
                let cells: Vec<_> = plane.filter(on).collect();
                let others: Vec<usize> = (0..x.len()).filter(|k| k != a && k != b).collect();
                let lead: Vec<usize> = others.iter().map(|&k| x[k]).collect();
                picked(operands, [&lead[..], &[cells.len()]].concat(), |ix| {
                    let (i, j) = cells[ix[lead.len()]];
                    let mut source = vec![0; x.len()];
                    (source[*a], source[*b]) = (i, j);
                    others.iter().zip(ix).for_each(|(&k, &p)| source[k] = p);
                    one(source)
                })
            }
            Self::DiagEmbed { offset } => {
                let (n, lead) = x.split_last().expect("an axis");
                let m = n + offset.unsigned_abs();
                picked(operands, [lead, &[m, m]].concat(), |ix| {
                    let (&[i, j], lead) = (ix.last_chunk().expect("a plane"), &ix[..ix.len() - 2]);
                    let on = j as isize - i as isize == *offset;
                    on.then(|| (0, [lead, &[i.min(j)]].concat()))
                })
            }
            Self::Tril { offset } => picked(operands, x.clone(), |ix| {
                let &[i, j] = ix.last_chunk().expect("a plane");
                (j as isize - i as isize <= *offset).then(|| (0, ix.to_vec()))
            }),
            Self::Circular(pairs) => {
                let grown = |(&d, &(b, a)): (&usize, &(isize, isize))| (d as isize + b + a) as usize;
                picked(operands, x.iter().zip(pairs).map(grown).collect(), |ix| {
                    let source = |((&i, &d), &(b, _)): ((&usize, &usize), &(isize, isize))| {
                        (i as isize - b).rem_euclid(d as isize) as usize
                    };
                    one(ix.iter().zip(x).zip(pairs).map(source).collect())
                })
            }
            Self::IndexSelect { axis, indices } => {
                let dims = with(x, *axis, indices.len());
                picked(operands, dims, |ix| one(with(ix, *axis, indices[ix[*axis]] as usize)))
            }
            Self::Gather { axis, indices } => picked(operands, indices.dims().to_vec(), |ix| {
                one(with(ix, *axis, indices.get(ix).expect("within the indices") as usize))
            }),
            Self::IndexAdd { axis, indices } => {
                added(operands, &operands[1], |ix| with(ix, *axis, indices[ix[*axis]] as usize))
            }
            Self::ScatterAdd { axis, indices } => added(operands, indices.dims(), |ix| {
                with(ix, *axis, indices.get(ix).expect("within the indices") as usize)
            }),
        }
    }

    /// The result as the engine gives it.
    pub(crate) fn apply<'t>(&self, x: &[Var<'t, f64>]) -> Var<'t, f64> {
        match self {
            Self::Permute(order) => x[0].permute(order),
            Self::Reshape(dims) => x[0].reshape(dims),
            Self::BroadcastTo(dims) => x[0].broadcast_to(dims),
            Self::Flip(axes) => x[0].flip(axes.as_slice()),
            Self::Slice { axis, start, end, step } => {
                x[0].slice_step(*axis as isize, *start as isize..*end as isize, *step)
            }
            Self::Concat { axis } => Var::concat(x, *axis as isize),
            Self::Stack { axis } => Var::stack(x, *axis as isize),
            Self::Pad(pairs) => x[0].pad(pairs, FILL),
            Self::Split { axis, sizes, part } => x[0].split(*axis as isize, sizes)[*part],
            Self::Unsqueeze(axis) => x[0].unsqueeze(*axis as isize),
            Self::Flatten(axis) => x[0].flatten(*axis as isize),
            Self::Tile(counts) => x[0].tile(counts),
            Self::RepeatInterleave { axis, counts } => x[0].repeat_interleave(*axis as isize, counts),
            Self::Roll { shift, axis } => x[0].roll([*shift], *axis as isize),
            Self::Rot90 { turns, axes } => x[0].rot90(*turns, axes.map(|k| k as isize)),
            Self::Diagonal { offset, axes: [a, b] } => x[0].diagonal(*offset, *a as isize, *b as isize),
            Self::DiagEmbed { offset } => x[0].diag_embed(*offset, -2, -1),
            Self::Tril { offset } => x[0].tril(*offset),
            Self::Circular(pairs) => x[0].pad_with(pairs, PadMode::Circular),
            Self::IndexSelect { axis, indices } => x[0].index_select(*axis as isize, indices.as_slice()),
            Self::IndexAdd { axis, indices } => x[0].index_add(*axis as isize, indices.as_slice(), x[1]),
            Self::Gather { axis, indices } => x[0].gather(*axis as isize, indices),
            Self::ScatterAdd { axis, indices } => x[0].scatter_add(*axis as isize, indices, x[1]),
        }
    }
}

impl Table {
    /// The sums over operands given in row-major order.
    pub(crate) fn forward(&self, x: &[Vec<f64>], fill: f64) -> Vec<f64> {
        let sum = |pairs: &Vec<(usize, usize)>| match pairs[..] {
            [] => fill,
            _ => pairs.iter().map(|&(k, p)| x[k][p]).sum(),
        };
        self.sums.iter().map(sum).collect()
    }

    /// The transpose: every cotangent added to the elements that its sum used.
    pub(crate) fn backward(&self, lengths: &[usize], cotangent: &[f64]) -> Vec<Vec<f64>> {
        let mut pulled: Vec<Vec<f64>> = lengths.iter().map(|&n| vec![0.0; n]).collect();
        for (pairs, ct) in self.sums.iter().zip(cotangent) {
            pairs.iter().for_each(|&(k, p)| pulled[k][p] += ct);
        }
        pulled
    }
}
