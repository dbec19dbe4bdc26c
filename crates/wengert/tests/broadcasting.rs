//! Shapes, broadcasting and layout: the table of cases every operator and shape op has to get right.

use wengert::{Error, Tape, Tensor, Var};

/// 1, 2, 3, … in row-major order.
fn counting(shape: &[usize]) -> Tensor<f64> {
    let mut n = 0.0;
    Tensor::from_fn(shape, |_| {
        n += 1.0;
        n
    })
}

/// The position in a tensor of sizes `dims` that meets index `ix` of the result, aligned at the last axis.
fn meeting(dims: &[usize], ix: &[usize]) -> Vec<usize> {
    let aligned = &ix[ix.len() - dims.len()..];
    aligned.iter().zip(dims).map(|(&i, &d)| if d == 1 { 0 } else { i }).collect()
}

/// `a * b` and both gradients by definition: a loop over every index of the result.
fn product_by_loops(
    a: &Tensor<f64>,
    b: &Tensor<f64>,
    result: &[usize],
) -> (Tensor<f64>, Tensor<f64>, Tensor<f64>) {
    let at = |t: &Tensor<f64>, ix: &[usize]| t.get(meeting(t.dims(), ix)).expect("within the operand");
    let y = Tensor::from_fn(result, |ix| at(a, ix) * at(b, ix));
    let summed = |x: &Tensor<f64>, other: &Tensor<f64>| {
        Tensor::from_fn(x.dims(), |cell| {
            let mut sum = 0.0;
            Tensor::from_fn(result, |ix| {
                if meeting(x.dims(), ix) == cell {
                    sum += at(other, ix);
                }
                0.0
            });
            sum
        })
    };
    (y, summed(a, b), summed(b, a))
}

#[test]
fn every_gradient_is_summed_back_to_its_own_shape() {
    type Case = (&'static [usize], &'static [usize], &'static [usize]);
    let cases: [Case; 13] = [
        (&[3, 1], &[1, 4], &[3, 4]),
        (&[2, 1, 4], &[3, 1], &[2, 3, 4]),
        (&[], &[2, 3], &[2, 3]),
        (&[1], &[], &[1]),
        (&[5, 1, 1], &[1, 1, 7], &[5, 1, 7]),
        (&[2, 3], &[2, 3], &[2, 3]),
        (&[3], &[2, 3], &[2, 3]),
        (&[1, 3, 1], &[2, 1, 4], &[2, 3, 4]),
        (&[1, 1], &[4], &[1, 4]),
        (&[4], &[4, 1], &[4, 4]),
        (&[0, 1], &[1, 3], &[0, 3]),
        (&[], &[0], &[0]),
        (&[1], &[2, 0], &[2, 0]),
    ];
    for (left, right, result) in cases {
        for (left, right) in [(left, right), (right, left)] {
            let (a, b) = (counting(left), counting(right));
            let tape = Tape::<f64>::new();
            let (x, z) = (tape.leaf(&a), tape.leaf(&b));
            let y = x * z;
            let (value, by_x, by_z) = product_by_loops(&a, &b, result);
            assert_eq!(y.value(), value, "{left:?} * {right:?}");
            let eager = y.sum().backward(&[x, z]);
            assert_eq!((&eager[0], &eager[1]), (&by_x, &by_z), "gradients of {left:?} * {right:?}");
            let recorded = y.sum().grad(&[x, z]);
            assert_eq!(
                (recorded[0].value(), recorded[1].value()),
                (by_x, by_z),
                "recorded, {left:?} * {right:?}"
            );

            let y = (x + z).sum().backward(&[x, z]);
            let repeats = |operand: &Tensor<f64>| {
                let cells = operand.len().max(1);
                Tensor::full(operand.dims(), (value.len() / cells) as f64)
            };
            assert_eq!((&y[0], &y[1]), (&repeats(&a), &repeats(&b)), "gradients of {left:?} + {right:?}");
        }
    }
}

#[test]
fn shapes_that_do_not_broadcast_are_refused_by_name() {
    let tape = Tape::<f64>::new();
    let (x, z) = (tape.leaf(counting(&[2, 3])), tape.leaf(counting(&[2])));
    let refused = x.try_mul(z).map(|y| y.shape());
    let expected = Error::Broadcast { op: "mul", lhs: vec![2, 3], rhs: vec![2] };
    assert_eq!(refused.unwrap_err(), expected);
    assert!(matches!(x.try_broadcast_to([2]), Err(Error::Broadcast { .. })));
    assert!(matches!(x.try_broadcast_to([usize::MAX, 2, 3]), Err(Error::TooLarge { .. })));
    assert!(matches!(x.try_broadcast_to([1; 9]), Err(Error::RankTooLarge { rank: 9 })));
    assert_eq!(tape.len(), 2, "nothing refused was recorded");
}

#[test]
fn outer_product_with_itself_adds_both_sides() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    let y = x.unsqueeze(1) * x.unsqueeze(0);
    assert_eq!(y.shape().dims(), [3, 3]);
    assert_eq!(y.sum().backward(&[x])[0].to_vec(), [12.0, 12.0, 12.0]);
}

#[test]
fn a_gradient_never_has_another_shape_than_its_parameter() {
    let shapes: [&[usize]; 5] = [&[], &[1], &[1, 1], &[3, 1], &[1, 3]];
    for shape in shapes {
        let tape = Tape::<f64>::new();
        let (x, data) = (tape.leaf(counting(shape)), tape.constant(counting(&[3])));
        assert_eq!((x * data).sum().backward(&[x])[0].dims(), shape);
        assert_eq!((data - x).sum().grad(&[x])[0].shape().dims(), shape);
    }
}

#[test]
fn sums_over_any_axes_in_any_order_send_back_the_full_shape() {
    let cases: [(&[isize], &[usize], &[usize]); 6] = [
        (&[0], &[3, 4], &[1, 3, 4]),
        (&[-1], &[2, 3], &[2, 3, 1]),
        (&[2, 0], &[3], &[1, 3, 1]),
        (&[-1, 1], &[2], &[2, 1, 1]),
        (&[1, 2, 0], &[], &[1, 1, 1]),
        (&[], &[2, 3, 4], &[2, 3, 4]),
    ];
    let x0 = counting(&[2, 3, 4]);
    for (axes, dropped, kept) in cases {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&x0);
        let (sums, rows) = (x.sum_axes(axes), x.sum_keepdim(axes));
        assert_eq!((sums.shape().dims(), rows.shape().dims()), (dropped, kept), "over {axes:?}");
        assert_eq!(sums.value().to_vec(), rows.value().to_vec());
        // weights that differ by cell of the result come back to every element that was summed there
        let w = tape.constant(counting(kept));
        let expected = w.value().try_broadcast_to([2, 3, 4]).expect("sizes 1 or equal");
        assert_eq!((rows * w).sum().backward(&[x])[0], expected, "over {axes:?}");
        assert_eq!((sums * w.reshape(dropped)).sum().backward(&[x])[0], expected, "over {axes:?}");
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&x0);
    assert!(matches!(x.try_sum_axes([0, -3]), Err(Error::RepeatedAxis { axis: 0, .. })));
    assert!(matches!(x.try_sum_axes(3), Err(Error::Axis { axis: 3, rank: 3, .. })));
    assert!(matches!(x.try_sum_keepdim(-4), Err(Error::Axis { axis: -4, rank: 3, .. })));
}

#[test]
fn reshape_of_a_strided_tensor_keeps_the_logical_order() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(counting(&[2, 3]));
    let w = tape.constant([1.0, 10.0, 100.0, 1e3, 1e4, 1e5]);
    let turned = x.t().reshape([6]);
    assert_eq!(turned.value().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!((turned * w).sum().backward(&[x])[0], [[1.0, 100.0, 1e4], [10.0, 1e3, 1e5]].into());
    let back = x.flip([0, 1]).reshape([6]);
    assert_eq!(back.value().to_vec(), [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    assert_eq!((back * w).sum().backward(&[x])[0], [[1e5, 1e4, 1e3], [100.0, 10.0, 1.0]].into());
    let stepped = x.slice_step(1, .., 2).reshape([4]);
    assert_eq!(stepped.value().to_vec(), [1.0, 3.0, 4.0, 6.0]);
    let repeated = x.slice(1, ..1).broadcast_to([2, 2]).reshape([4]);
    assert_eq!(repeated.value().to_vec(), [1.0, 1.0, 4.0, 4.0]);
    assert_eq!(repeated.sum().backward(&[x])[0], [[2.0, 0.0, 0.0], [2.0, 0.0, 0.0]].into());
}

/// Every shape op that takes any operand, 0-d included.
fn any_shape<'t>(x: Var<'t, f64>) -> Vec<(&'static str, Var<'t, f64>)> {
    let axes: Vec<isize> = (0..x.rank() as isize).rev().collect();
    let shape = x.shape();
    vec![
        ("permute", x.permute(&axes)),
        ("reshape", x.reshape([&[1], shape.dims(), &[1]].concat())),
        ("broadcast_to", x.broadcast_to([&[2], shape.dims()].concat())),
        ("flip", x.flip(axes.as_slice())),
        ("unsqueeze", x.unsqueeze(0)),
        ("squeeze", x.unsqueeze(-1).squeeze(-1)),
        ("stack", Var::stack(&[x, x], -1)),
        ("pad", x.pad(&vec![(0, 1); x.rank()], 0.0)),
        ("flatten", x.flatten(0)),
        ("sum", x.sum()),
        ("sum_keepdim", x.sum_keepdim(axes.as_slice())),
    ]
}

/// Every shape op that works along an axis.
fn along_axis<'t>(x: Var<'t, f64>, axis: isize) -> Vec<(&'static str, Var<'t, f64>)> {
    let size = x.shape().dims()[axis as usize];
    let none = Tensor::<u32>::zeros([0]);
    let rows: Vec<u32> = (0..size as u32).chain((0..size as u32).rev()).collect();
    let mut no_rows = x.shape().dims().to_vec();
    no_rows[axis as usize] = 0;
    let twice = x.index_select(axis, rows.as_slice());
    vec![
        ("slice of nothing", x.slice(axis, size as isize..)),
        ("slice of all", x.slice(axis, ..)),
        ("slice_step", x.slice_step(axis, .., 2)),
        ("concat", Var::concat(&[x, x.slice(axis, ..0), x], axis)),
        ("split", x.split(axis, &[0, size])[1]),
        ("narrow", x.narrow(axis, 0..size)),
        ("index_select", twice),
        ("index_select of nothing", x.index_select(axis, &none)),
        ("index_add", x.index_add(axis, rows.as_slice(), twice)),
        ("gather of nothing", x.gather(axis, Tensor::<u32>::zeros(&no_rows))),
        ("scatter_add of nothing", x.scatter_add(axis, Tensor::<u32>::zeros(&no_rows), x)),
    ]
}

#[test]
fn scalars_and_empty_axes_pass_through_every_shape_op_with_gradients_of_full_shape() {
    let shapes: [&[usize]; 8] = [&[], &[0], &[1], &[3], &[0, 2], &[2, 0], &[1, 0, 3], &[2, 1, 3]];
    for shape in shapes {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(counting(shape));
        let axes = 0..x.rank() as isize;
        for (name, y) in any_shape(x).into_iter().chain(axes.flat_map(|axis| along_axis(x, axis))) {
            let seed = Tensor::full(y.shape(), 1.0);
            let eager = y.try_pullback(seed.clone(), &[x]).expect("x is a leaf");
            let recorded = y.try_vjp(tape.constant(seed), &[x]).expect("x is a leaf");
            let (eager, recorded) = (eager[0].clone(), recorded[0].map(Var::value));
            assert_eq!(eager, recorded, "{name} of {shape:?}");
            assert_eq!(eager.map(|g| g.dims().to_vec()), Some(shape.to_vec()), "{name} of {shape:?}");
        }
    }
}
