//! Slicing, picking and adding by index: repeats, uncovered cells, and positions that are not there.

use wengert::plan::Extras;
use wengert::{Bag, Error, ScatterReduce, Tape, Tensor, Var};

/// 1, 2, 3, … in row-major order.
fn counting(shape: &[usize]) -> Tensor<f64> {
    let mut n = 0.0;
    Tensor::from_fn(shape, |_| {
        n += 1.0;
        n
    })
}

#[test]
fn repeated_indices_add_their_gradients() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([5.0, 6.0]);
    assert_eq!(x.index_select(0, [0, 0, 1]).sum().backward(&[x])[0].to_vec(), [2.0, 1.0]);
    assert_eq!(x.gather(0, [0, 0, 1]).sum().backward(&[x])[0].to_vec(), [2.0, 1.0]);
    let table = tape.leaf(counting(&[2, 3]));
    let rows = table.index_select(0, [0, 0, 1]);
    assert_eq!(rows.sum().backward(&[table])[0], [[2.0; 3], [1.0; 3]].into());
    let h = (rows * rows * rows).sum().grad(&[table])[0].sum().backward(&[table]);
    assert_eq!(h[0], [[12.0, 24.0, 36.0], [24.0, 30.0, 36.0]].into(), "second order: 6 x for every use");
}

#[test]
fn cells_that_no_index_covers_get_gradient_zero_of_full_shape() {
    let tape = Tape::<f64>::new();
    let base = tape.leaf(Tensor::zeros([3, 3]));
    let source = tape.leaf(counting(&[3, 4]));
    let y = base.scatter_add(0, [[2, 0], [2, 1]], source); // indices [2, 2], the source is larger
    assert_eq!(y.value(), [[0.0, 2.0, 0.0], [0.0, 6.0, 0.0], [6.0, 0.0, 0.0]].into());
    let g = (y * tape.constant(counting(&[3, 3]))).sum().backward(&[base, source]);
    assert_eq!(g[0], counting(&[3, 3]));
    assert_eq!(g[1], [[7.0, 2.0, 0.0, 0.0], [7.0, 5.0, 0.0, 0.0], [0.0; 4]].into());
}

#[test]
fn an_index_out_of_range_is_refused_before_anything_is_computed() {
    let tape = Tape::<f64>::new();
    let (x, two) = (tape.leaf(counting(&[2, 3])), tape.leaf(counting(&[2, 2])));
    let lines = tape.len();
    let index = |op, index, size| Error::Index { op, index, size };
    assert_eq!(x.try_index_select(1, [0, 3]).unwrap_err(), index("index_select", 3, 3));
    assert_eq!(x.try_gather(0, [[0, 2, 0]]).unwrap_err(), index("gather", 2, 2));
    assert_eq!(x.try_index_add(1, [0, 7], two).unwrap_err(), index("index_add", 7, 3));
    let largest = [[0, u32::MAX]];
    assert_eq!(x.try_scatter_add(1, largest, two).unwrap_err(), index("scatter_add", 4_294_967_295, 3));
    assert_eq!(x.slice(1, ..0).try_index_select(1, [0]).unwrap_err(), index("index_select", 0, 0));
    assert_eq!(tape.len(), lines + 1, "only the slice was recorded");
    assert_eq!((x.value(), two.value()), (counting(&[2, 3]), counting(&[2, 2])));
}

#[test]
fn indices_of_the_wrong_shape_are_refused_by_name() {
    let tape = Tape::<f64>::new();
    let (x, v) = (tape.leaf(counting(&[2, 3])), tape.leaf(counting(&[2])));
    assert!(matches!(x.try_gather(0, [0, 1]), Err(Error::ShapeMismatch { op: "gather", .. })));
    assert!(matches!(x.try_gather(0, [[0, 0, 0, 0]]), Err(Error::ShapeMismatch { op: "gather", .. })));
    assert!(matches!(x.try_index_select(0, [[0, 1]]), Err(Error::Shape { op: "index_select", .. })));
    assert!(matches!(x.try_index_add(0, [0, 1], v), Err(Error::ShapeMismatch { op: "index_add", .. })));
    assert!(matches!(x.try_index_add(0, [[0]], x), Err(Error::Shape { op: "index_add", .. })));
    let misfit = x.try_scatter_add(0, [[0, 0, 0]], v);
    assert!(matches!(misfit, Err(Error::ShapeMismatch { op: "scatter_add", .. })));
    let beyond = v.try_scatter_add(0, [[0]], x);
    assert!(matches!(beyond, Err(Error::ShapeMismatch { op: "scatter_add", .. })));
    assert!(matches!(tape.leaf(1.0).try_gather(0, 0), Err(Error::Axis { op: "gather", .. })));
    let other = Tape::<f64>::new();
    let far = other.leaf(counting(&[2, 3]));
    assert!(matches!(x.try_index_add(0, [0, 1], far), Err(Error::DifferentTapes { .. })));
    assert!(matches!(x.try_scatter_add(0, [[0]], far), Err(Error::DifferentTapes { .. })));
    assert!(matches!(Var::try_concat(&[x, far], 0), Err(Error::DifferentTapes { .. })));
}

#[test]
fn picking_past_an_infinite_value_leaves_a_clean_gradient() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.0, 4.0]);
    let roots = x.ln(); // -inf, and an infinite derivative, at 0
    assert_eq!(roots.slice(0, 1..).sum().backward(&[x])[0].to_vec(), [0.0, 0.25]);
    assert_eq!(roots.index_select(0, [1]).sum().backward(&[x])[0].to_vec(), [0.0, 0.25]);
    assert_eq!(roots.gather(0, [1, 1]).sum().backward(&[x])[0].to_vec(), [0.0, 0.5]);
    assert_eq!(roots.pad(&[(-1, 0)], 0.0).sum().backward(&[x])[0].to_vec(), [0.0, 0.25]);
}

#[test]
fn ranges_beyond_the_axis_are_refused_and_say_so() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0, 3.0]);
    assert!(matches!(x.try_slice(0, 0..4), Err(Error::Index { index: 4, size: 3, .. })));
    assert!(matches!(x.try_slice(0, -4..), Err(Error::Index { index: -4, size: 3, .. })));
    assert!(matches!(x.try_slice(0, ..=3), Err(Error::Index { index: 3, size: 3, .. })));
    assert!(matches!(x.try_slice(0, isize::MIN..), Err(Error::Index { .. })));
    assert!(matches!(x.try_slice(0, -1..1), Err(Error::Attribute { name: "range", .. })));
    assert!(matches!(x.try_slice(1, ..), Err(Error::Axis { axis: 1, rank: 1, .. })));
    assert!(matches!(x.try_slice_step(0, .., 0), Err(Error::Attribute { name: "step", .. })));
    assert_eq!(tape.len(), 1, "nothing refused was recorded");
}

#[test]
fn every_form_of_range_means_what_it_means_elsewhere() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(x.slice(0, 1..=2).value().to_vec(), [1.0, 2.0]);
    assert_eq!(x.slice(0, ..=-2).value().to_vec(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(x.slice(-1, 3..).value().to_vec(), [3.0, 4.0]);
    assert_eq!(x.slice(0, 5..).shape().dims(), [0]);
    assert_eq!(x.slice_step(0, .., usize::MAX).value().to_vec(), [0.0]);
    assert_eq!(x.slice_step(0, ..-1, 3).value().to_vec(), [0.0, 3.0]);
}

#[test]
fn of_several_elements_scattered_to_one_cell_the_last_stays_and_alone_gets_the_gradient() {
    let tape = Tape::<f64>::new();
    let (base, source) = (tape.leaf(counting(&[3, 3])), tape.leaf(counting(&[3, 4])));
    // indices [3, 2]: they stop short of the source and, along the other axis, of the base
    let y = base.scatter(0, [[2, 0], [2, 1], [0, 1]], source);
    assert_eq!(y.value(), [[9.0, 2.0, 3.0], [4.0, 10.0, 6.0], [5.0, 8.0, 9.0]].into());
    let g = (y * y).sum().grad(&[base, source]);
    assert_eq!(g[0].value(), [[0.0, 0.0, 6.0], [8.0, 0.0, 12.0], [0.0, 16.0, 18.0]].into());
    assert_eq!(g[1].value(), [[0.0, 4.0, 0.0, 0.0], [10.0, 0.0, 0.0, 0.0], [18.0, 20.0, 0.0, 0.0]].into());
    let h = g[1].sum().backward(&[base, source]);
    assert_eq!(h[1], [[0.0, 2.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0]].into());
}

#[test]
fn what_is_scattered_over_or_lost_to_a_later_element_does_no_harm() {
    let tape = Tape::<f64>::new();
    let (x, source) = (tape.leaf([0.0, 4.0]), tape.leaf([0.0, 2.0]));
    let y = x.ln().scatter(0, [0, 0], source.ln());
    assert_eq!(y.value().to_vec(), [2.0_f64.ln(), 4.0_f64.ln()]);
    let g = y.sum().grad(&[x, source]);
    assert_eq!((g[0].value().to_vec(), g[1].value().to_vec()), (vec![0.0, 0.25], vec![0.0, 0.5]));
    let second = (g[0].sum() + g[1].sum()).backward(&[x, source]);
    assert_eq!((second[0].to_vec(), second[1].to_vec()), (vec![0.0, -0.0625], vec![0.0, -0.25]));
}

#[test]
fn misfits_of_scatter_are_refused_before_anything_is_computed() {
    let tape = Tape::<f64>::new();
    let (x, v) = (tape.leaf(counting(&[2, 3])), tape.leaf(counting(&[2])));
    let op = "scatter";
    assert_eq!(x.try_scatter(0, [[2]], x).unwrap_err(), Error::Index { op, index: 2, size: 2 });
    assert!(matches!(x.try_scatter(0, [[0, 0, 0, 0]], x), Err(Error::ShapeMismatch { op: "scatter", .. })));
    assert!(matches!(x.try_scatter(0, [[0, 0, 0]], v), Err(Error::ShapeMismatch { op: "scatter", .. })));
    assert!(matches!(x.try_scatter(0, [0], x), Err(Error::ShapeMismatch { op: "scatter", .. })));
    assert!(matches!(x.try_scatter(2, [[0]], x), Err(Error::Axis { op: "scatter", .. })));
    let other = Tape::<f64>::new();
    let far = other.leaf(counting(&[2, 3]));
    assert!(matches!(x.try_scatter(0, [[0]], far), Err(Error::DifferentTapes { .. })));
    assert_eq!(tape.len(), 2, "nothing refused was recorded");
}

/// What picks and puts by index, each with a gradient.
fn by_index<'t>(x: Var<'t, f64>, s: Var<'t, f64>, p: &Tensor<u32>) -> Vec<Var<'t, f64>> {
    let ways = [
        x.scatter(0, p, s),
        x.index_copy(0, p, s),
        x.index_fill(0, p, 9.0),
        x.put(p, s, false),
        x.put(p, s, true),
        x.index_put(std::slice::from_ref(p), s, false),
        x.index(std::slice::from_ref(p)),
        x.take(p),
        x.take_along_axis(0, p),
        x.reshape([3, 1]).embedding(p, Some(1)),
        x.scatter_reduce(0, p, s, ScatterReduce::Sum, false),
        x.scatter_reduce(0, p, s, ScatterReduce::Mean, true),
        x.scatter_reduce(0, p, s, ScatterReduce::Mean, false),
        x.scatter_reduce(0, p, s, ScatterReduce::Amax, false),
        x.scatter_reduce(0, p, s, ScatterReduce::Amin, true),
        x.reshape([3, 1]).embedding_bag(p, &[0, 1], Bag::Mean),
        x.reshape([3, 1]).embedding_bag(p, &[0], Bag::Max),
    ];
    ways.into_iter().flat_map(|y| [y, (y * y * y).sum().grad(&[x])[0]]).collect()
}

#[test]
fn a_plan_takes_other_indices_for_everything_that_picks_and_puts() {
    let (x0, s0) = (Tensor::from([1.0, 2.0, 3.0]), Tensor::from([5.0, 6.0]));
    let [p, other] = [[0_u32, 0], [2, 1]].map(Tensor::from);
    let tape = Tape::<f64>::new();
    let (x, s) = (tape.leaf(&x0), tape.leaf(&s0));
    let plan = tape.compiler().inputs(&[x, s]).indices(&[&p]).compile(&by_index(x, s, &p)).unwrap();
    let mut workspace = plan.workspace();
    for p in [&p, &other] {
        let extras = Extras { indices: &[p], step: None };
        let out = plan.run_with(&mut workspace, &[&x0, &s0], &extras).unwrap().to_vec();
        let fresh = Tape::<f64>::new();
        let expected = by_index(fresh.leaf(&x0), fresh.leaf(&s0), p);
        for (k, (a, b)) in out.iter().zip(expected).enumerate() {
            assert_eq!(a.to_vec(), b.value().to_vec(), "output {k} at {p:?}");
        }
    }
    let beyond = Tensor::from([0_u32, 3]);
    let extras = Extras { indices: &[&beyond], step: None };
    let refused = plan.run_with(&mut workspace, &[&x0, &s0], &extras);
    assert!(matches!(refused, Err(Error::Index { index: 3, size: 3, .. })));
}

#[test]
fn a_plan_refuses_indices_that_others_were_computed_from() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(counting(&[2, 2]));
    let (rows, columns) = (Tensor::from([0_u32, 1]), Tensor::from([1_u32]));
    let y = x.index(&[rows.clone(), columns]).sum() + x.index_select(0, &rows).sum();
    let refused = tape.compiler().inputs(&[x]).indices(&[&rows]).compile(&[y]);
    assert!(matches!(refused, Err(Error::PlanIndices { position: 0 })));
    assert!(tape.compile(&[x], &[y]).is_ok());
}

#[test]
fn a_plan_refuses_indices_that_were_copied_from_a_view() {
    type Pick = for<'t> fn(Var<'t, f64>, &Tensor<u32>) -> Var<'t, f64>;
    let square: [Pick; 5] = [
        |x, p| x.gather(0, p.transpose(0, 1)),
        |x, p| x.take_along_axis(0, p.transpose(0, 1)),
        |x, p| x.take(p.transpose(0, 1)),
        |x, p| x.embedding(p.transpose(0, 1), None),
        |x, p| x.index(&[p.transpose(0, 1)]),
    ];
    let column: [Pick; 3] = [
        |x, p| x.scatter_add(0, p.narrow(1, 0..1), x.narrow(1, 0..1)),
        |x, p| x.scatter(0, p.narrow(1, 0..1), x.narrow(1, 0..1)),
        |x, p| x.index_put(&[p.narrow(1, 0..1)], 0.0, false),
    ];
    let values = counting(&[2, 2]);
    let [p, other] = [[[0_u32, 1], [1, 1]], [[1, 0], [0, 0]]].map(Tensor::from);
    for (k, pick) in square.into_iter().chain(column).enumerate() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&values);
        // the same indices as a whole stand beside: what is copied would stay as it was
        let y = pick(x, &p).sum() + (x * x.gather(0, &p)).sum();
        let Ok(plan) = tape.compiler().inputs(&[x]).indices(&[&p]).compile(&[y]) else { continue };
        let extras = Extras { indices: &[&other], step: None };
        let out = plan.run_with(&mut plan.workspace(), &[&values], &extras).unwrap()[0].item();
        let fresh = Tape::<f64>::new();
        let x = fresh.leaf(&values);
        let right = (pick(x, &other).sum() + (x * x.gather(0, &other)).sum()).item();
        assert_eq!(out, right, "way {k}");
    }
}

#[test]
fn a_plan_never_keeps_the_first_indices_of_a_batch() {
    type Pick = for<'t> fn(Var<'t, f64>, &Tensor<u32>) -> Var<'t, f64>;
    let ways: [Pick; 3] =
        [|x, p| x.gather(0, p), |x, p| x.scatter_add(0, p, x), |x, p| (x * 2.0).scatter(0, p, x)];
    let values = counting(&[3, 2, 2]);
    let [p, other] = [[[0_u32, 1], [1, 1]], [[1, 0], [0, 0]]].map(Tensor::from);
    for (k, pick) in ways.into_iter().enumerate() {
        let of = |tape: &Tape<f64>, p: &Tensor<u32>| {
            let x = tape.leaf(&values);
            let each = tape.vmap(|[x]| (x * pick(x, p)).sum(), [Some(0)], [x]);
            let y = each.sum() + x.s(0).gather(0, p).sum();
            match tape.compiler().inputs(&[x]).indices(&[p]).compile(&[y]) {
                Ok(plan) => {
                    let extras = Extras { indices: &[&other], step: None };
                    plan.run_with(&mut plan.workspace(), &[&values], &extras).unwrap()[0].item()
                }
                Err(Error::PlanIndices { position: 0 }) => f64::NAN,
                Err(e) => panic!("way {k}: {e}"),
            }
        };
        let (taken, fresh) = (of(&Tape::new(), &p), of(&Tape::new(), &other));
        assert!(taken.is_nan() || taken == fresh, "way {k}: {taken} is not {fresh}");
    }
}
