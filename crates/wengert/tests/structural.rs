//! Structural ops against a table of which element goes where: random shapes, storage, axes and indices.
//!
//! All values are small whole numbers, so every sum is exact and every comparison is for equality.

#[path = "structural/cases.rs"]
mod cases;
#[path = "structural/model.rs"]
mod model;

use cases::{Choices, fitting, operands, whole_numbers};
use proptest::{prelude::*, test_runner::RngSeed};
use wengert::{Tape, Tensor, Var};

fn settings() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1500);
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum()
}

/// The gradient of `sum(y * w)` by `x`; zeros where no contribution arrives.
fn weighted_gradient(y: Var<'_, f64>, w: &Tensor<f64>, x: Var<'_, f64>) -> Tensor<f64> {
    let found = y.try_pullback(w.clone(), &[x]).expect("x is a leaf of this tape");
    found[0].clone().unwrap_or_else(|| Tensor::zeros(x.shape()))
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn value_and_both_derivatives_follow_the_table(
        x in operands(),
        choices in prop::collection::vec(any::<u16>(), 40),
    ) {
        let (op, operands) = fitting(&x.tensor(), &mut Choices::new(&choices));
        let dims: Vec<Vec<usize>> = operands.iter().map(|x| x.dims().to_vec()).collect();
        let lengths: Vec<usize> = operands.iter().map(Tensor::len).collect();
        let values: Vec<Vec<f64>> = operands.iter().map(Tensor::to_vec).collect();
        let table = op.table(&dims);

        let tape = Tape::<f64>::new();
        let leaves: Vec<_> = operands.iter().map(|x| tape.leaf(x)).collect();
        let y = op.apply(&leaves);
        prop_assert_eq!(y.shape().dims().to_vec(), table.dims.clone(), "shape of {:?}", op);
        prop_assert_eq!(y.value().to_vec(), table.forward(&values, table.fill), "value of {:?}", op);

        // A cotangent in row-major storage, in column-major storage, and one cell seen many times.
        let plain = whole_numbers(y.shape(), 5);
        let columns: Vec<usize> = (0..y.rank()).rev().collect();
        let turned = plain.permute(&columns).contiguous().permute(&columns);
        let uniform = Tensor::from(3.0).try_broadcast_to(y.shape()).expect("a scalar broadcasts");
        for u in [&plain, &turned, &uniform] {
            let expected = table.backward(&lengths, &u.to_vec());
            let recorded = y.try_vjp(tape.constant(u), &leaves).expect("leaves of this tape");
            let eager = y.try_pullback(u.clone(), &leaves).expect("leaves of this tape");
            for (k, expected) in expected.iter().enumerate() {
                let recorded = recorded[k].expect("every operand is used").value();
                let eager = eager[k].clone().expect("every operand is used");
                prop_assert_eq!(recorded.dims(), &dims[k][..]);
                prop_assert_eq!(&recorded.to_vec(), expected, "cotangent {} of {:?}", k, op);
                prop_assert_eq!(&eager, &recorded, "eager cotangent {} of {:?}", k, op);
            }
        }

        let tangents: Vec<Tensor<f64>> = dims.iter().map(|d| whole_numbers(d, 6)).collect();
        let moved: Vec<_> = tangents.iter().map(|v| tape.constant(v)).collect();
        let dy = y.jvp(&leaves, &moved).value();
        let pushed: Vec<Vec<f64>> = tangents.iter().map(Tensor::to_vec).collect();
        prop_assert_eq!(dy.to_vec(), table.forward(&pushed, 0.0), "tangent of {:?}", op);

        let pulled = y.try_pullback(plain.clone(), &leaves).expect("leaves of this tape");
        let transposed: f64 = pulled.iter().flatten().zip(&tangents).map(|(g, v)| dot(g, v)).sum();
        prop_assert_eq!(dot(&plain, &dy), transposed, "<u, J v> = <Jᵀ u, v> of {:?}", op);

        if leaves.len() > 1 {
            // One operand moves, the others stand still.
            let dy = y.jvp(&leaves[1..2], &moved[1..2]).value();
            let mut pushed: Vec<Vec<f64>> = lengths.iter().map(|&n| vec![0.0; n]).collect();
            pushed[1] = tangents[1].to_vec();
            prop_assert_eq!(dy.to_vec(), table.forward(&pushed, 0.0), "partial tangent of {:?}", op);
        }
    }

    #[test]
    fn inverses_undo_in_value_and_gradient(
        x in operands(),
        choices in prop::collection::vec(any::<u16>(), 12),
    ) {
        let choices = &mut Choices::new(&choices);
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x.tensor());
        let (rank, shape) = (x.rank(), x.shape());
        let w = whole_numbers(shape, 7);
        let same = |name: &str, y: Var<'_, f64>| -> Result<(), TestCaseError> {
            prop_assert_eq!(y.value(), x.value(), "{}", name);
            prop_assert_eq!(weighted_gradient(y, &w, x), w.clone(), "gradient through {}", name);
            Ok(())
        };

        let order: Vec<isize> = {
            let mut left: Vec<isize> = (0..rank as isize).collect();
            (0..rank).map(|_| left.remove(choices.below(left.len()))).collect()
        };
        let mut inverse = vec![0; rank];
        order.iter().enumerate().for_each(|(k, &a)| inverse[a as usize] = k as isize);
        same("permute and back", x.permute(&order).permute(&inverse))?;
        same("reshape of a permuted tensor and back", {
            x.permute(&order).reshape([shape.len()]).reshape(x.permute(&order).shape()).permute(&inverse)
        })?;
        same("flip twice", x.flip(order.as_slice()).flip(order.as_slice()))?;
        let grown: Vec<_> = order.iter().map(|&a| (a, 2)).collect();
        let shrunk: Vec<_> = order.iter().map(|&a| (-a, -2)).collect();
        same("pad and crop", x.pad(&grown, f64::NAN).pad(&shrunk, f64::NAN))?;
        let axis = choices.below(rank + 1) as isize;
        same("unsqueeze and squeeze", x.unsqueeze(axis).squeeze(axis))?;
        same("a layer of a stack", Var::stack(&[x * 2.0, x], axis).slice(axis, 1..).squeeze(axis))?;

        if rank > 0 {
            let axis = choices.below(rank);
            let (size, axis) = (shape.dims()[axis], axis as isize);
            let first = choices.below(size + 1);
            let parts = x.split(axis, &[first, 0, size - first]);
            same("concat of splits", Var::concat(&parts, axis))?;
            let turn = choices.below(9) as isize - 4;
            same("roll and back", x.roll([turn], axis).roll([-turn], axis))?;
            same("stack of unbound layers", if size == 0 { x } else { Var::stack(&x.unbind(axis), axis) })?;
            same("diagonal of an embedded diagonal", x.diag_embed(turn, -2, -1).diagonal(turn, -2, -1))?;
            same("axes moved and back", x.movedim(axis, -1).movedim(-1, axis))?;
            let count = 1 + choices.below(5);
            same("concat of chunks", Var::concat(&x.chunk(axis, count), axis))?;
            let after = first as isize;
            let joined = Var::concat(&[parts[0] * 3.0, x, parts[2]], axis);
            same("slice of concat", joined.slice(axis, after..after + size as isize))?;
            let rows: Vec<u32> = (0..size as u32).collect();
            same("all rows", x.index_select(axis, rows.as_slice()))?;
            let zeros = tape.constant(Tensor::zeros(shape));
            same("all rows added", zeros.index_add(axis, rows.as_slice(), x))?;
            let (even, odd) = (x.slice_step(axis, .., 2), x.slice_step(axis, size.min(1) as isize.., 2));
            let evens: Vec<u32> = rows.iter().copied().step_by(2).collect();
            let odds: Vec<u32> = rows.iter().copied().skip(1).step_by(2).collect();
            same("even and odd rows put back", zeros.index_add(axis, evens, even).index_add(axis, odds, odd))?;
        }
    }

    #[test]
    fn gather_with_equal_rows_of_indices_is_index_select(
        x in operands(),
        choices in prop::collection::vec(any::<u16>(), 12),
    ) {
        let choices = &mut Choices::new(&choices);
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x.tensor());
        let x = if x.rank() == 0 { x.unsqueeze(0) } else { x };
        let axis = choices.below(x.rank());
        let size = x.shape().dims()[axis];
        let count = if size == 0 { 0 } else { choices.below(6) };
        let list: Vec<u32> = (0..count).map(|_| choices.below(size) as u32).collect();
        let mut column = vec![1; x.rank()];
        column[axis] = count;
        let mut dims = x.shape().dims().to_vec();
        dims[axis] = count;
        let spread = Tensor::from(list.as_slice()).reshape(column);
        let spread = spread.try_broadcast_to(&dims).expect("size 1 elsewhere"); // stride 0
        let axis = axis as isize;
        let (selected, gathered) = (x.index_select(axis, list.as_slice()), x.gather(axis, &spread));
        prop_assert_eq!(selected.value(), gathered.value());
        let w = whole_numbers(selected.shape(), 9);
        prop_assert_eq!(weighted_gradient(selected, &w, x), weighted_gradient(gathered, &w, x));
        let source = tape.constant(&w);
        let (added, scattered) = (x.index_add(axis, list.as_slice(), source), x.scatter_add(axis, &spread, source));
        prop_assert_eq!(added.value(), scattered.value());
    }
}

#[test]
fn a_step_beyond_the_axis_takes_the_first_element_whatever_its_size() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    for step in [3, 4, isize::MAX as usize, usize::MAX] {
        let y = x.slice_step(0, .., step);
        assert_eq!(y.value(), Tensor::from([[1.0, 2.0]]), "step {step}");
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
    assert!(x.slice_step(0, 3.., usize::MAX).value().is_empty());
}

#[test]
fn what_holds_nothing_makes_nothing_on_the_way_however_long_its_other_axes() {
    use wengert::PadMode;
    let tape = Tape::<f64>::new();
    let long = 1_usize << 50;
    let x = tape.leaf(Tensor::zeros([0, 1 << 20, 1 << 20]));
    assert_eq!(x.tril(0).shape(), x.shape());
    assert_eq!(x.matrix_power(0).shape(), x.shape());
    assert_eq!(x.triu(1).sum().backward(&[x])[0].shape(), x.shape());
    let (empty, full) = (tape.leaf(Tensor::zeros([0, 2])), tape.leaf(Tensor::zeros([2, 3])));
    let longer = empty.pad_with(&[(0, 0), (long as isize, 0)], PadMode::Replicate);
    assert_eq!(longer.shape().dims(), [0, long + 2]);
    let gone = full.pad_with(&[(1 << 40, 0), (-3, 0)], PadMode::Circular);
    assert_eq!(gone.shape().dims(), [(1 << 40) + 2, 0]);
    assert_eq!(gone.sum().backward(&[full])[0].to_vec(), [0.0; 6]);
    assert_eq!(empty.repeat_interleave(1, [long, 1]).shape().dims(), [0, long + 1]);
    assert_eq!(full.repeat_interleave(0, [0, 0]).sum().backward(&[full])[0].to_vec(), [0.0; 6]);
}
