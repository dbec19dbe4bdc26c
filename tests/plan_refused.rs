//! What no plan may keep: values that a program read, and indices that it copied.

use wengert::prelude::*;
use wengert::{Distribution, Error};

#[test]
fn a_value_read_while_recording_is_named_with_its_line() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf([1.0, -2.0]), tape.constant(2.0));
    let _ = c.item(); // no input has a part in it
    let y = x.sum();
    let (y, line) = (if y.item() > 0.0 { y } else { -y }, line!());
    let Err(Error::ValueInspected { at }) = tape.compile(&[x], &[y]) else {
        panic!("a branch would be baked in")
    };
    assert!(at.contains(&format!("plan_refused.rs:{line}:")), "{at}");
    // Read after the last line that the outputs need, it can have no part in them.
    let other = Tape::<f64>::new();
    let x = other.leaf([1.0, -2.0]);
    let y = x.sum();
    assert_eq!(y.item(), -1.0);
    assert!(other.compile(&[x], &[y]).is_ok());
}

#[test]
fn numbers_that_are_drawn_anew_at_each_step_are_not_read_for_all_of_them() {
    type Drawn = for<'t> fn(&'t Tape<f64>) -> Var<'t, f64>;
    let drawn: [Drawn; 3] = [
        |tape| tape.constant(0.0).noise(Distribution::Normal, Key::new(1)),
        |tape| tape.constant(1.0).dropout(0.5, Key::new(1)) * 2.0,
        |tape| wengert::checkpoint(|v| v[0].dropout(0.5, Key::new(1)), &[tape.constant(1.0)]) * 2.0,
    ];
    for drawn in drawn {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, -2.0]);
        let line = line!() + 1;
        let y = if drawn(&tape).item() > 0.5 { x * 2.0 } else { x * 3.0 };
        let Err(Error::ValueInspected { at }) = tape.compile(&[x], &[y]) else { panic!("baked in") };
        assert!(at.contains(&format!("plan_refused.rs:{line}:")), "{at}");
    }
}

#[test]
fn gradients_taken_off_the_tape_are_values_that_were_read() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let (g, line) = ((x * x).sum().backward(&[x]), line!());
    let stepped = x - tape.constant(&g[0]) * 0.1;
    let Err(Error::ValueInspected { at }) = tape.compile(&[x], &[stepped]) else { panic!("baked in") };
    assert!(at.contains(&format!("plan_refused.rs:{line}:")), "{at}");
}

#[test]
fn a_part_of_an_index_input_is_refused() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([10.0, 20.0, 30.0]);
    let indices = Tensor::from([0_u32, 1, 2]);
    let (whole, part) = (x.index_select(0, &indices), x.index_select(0, indices.narrow(0, 0..2)));
    let compile = |outputs: &[Var<'_, f64>]| {
        let compiler = tape.compiler().inputs(&[x]).indices(&[&indices]);
        compiler.compile(outputs).map(|_| ())
    };
    assert_eq!(compile(&[whole]), Ok(()));
    assert_eq!(compile(&[whole, part]), Err(Error::PlanIndices { position: 0 }));
}

#[test]
fn a_copy_of_an_index_input_is_refused_as_no_new_one_would_reach_it() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[10.0, 20.0], [30.0, 40.0]]);
    let images = tape.leaf(Tensor::full([1, 1, 2, 2], 0.5));
    let indices = Tensor::from([[0_u32, 1], [1, 1]]);
    let turned = indices.transpose(0, 1);
    let compile = |of, given: &Tensor<u32>, outputs: &[Var<'_, f64>]| {
        tape.compiler().inputs(&[of]).indices(&[given]).compile(outputs).map(|_| ())
    };
    let refused = Err(Error::PlanIndices { position: 0 });
    let as_given = x.gather(1, &indices);
    assert_eq!(compile(x, &indices, &[as_given, x.take(&indices)]), Ok(()));
    let copies = [
        x.gather(1, &turned),
        x.scatter_add(1, &turned, x),
        x.take(&turned),
        x.embedding(&turned, None),
        x.index(std::slice::from_ref(&turned)),
        x.put(&turned, x, true),
        tape.vmap(|[x]| x.gather(1, &indices), [Some(0)], [tape.constant(Tensor::full([3, 2, 2], 1.0))]),
    ];
    for (k, copied) in copies.into_iter().enumerate() {
        assert_eq!(compile(x, &indices, &[as_given, copied]), refused, "number {k}");
    }
    let distinct = Tensor::from([[0_u32, 5], [7, 3]]).reshape([1, 1, 2, 2]);
    let unpooled = images.max_unpool2d(&distinct, [4, 4]);
    assert_eq!(compile(images, &distinct, &[unpooled]), Ok(()));
    let copied = images.max_unpool2d(&distinct.transpose(2, 3), [4, 4]);
    assert_eq!(compile(images, &distinct, &[unpooled, copied]), refused);
}

#[test]
fn a_value_read_that_index_inputs_or_random_numbers_decide_is_named_too() {
    let tape = Tape::<f64>::new();
    let (x, table) = (tape.leaf(2.0), tape.constant([1.0, 2.0, 3.0]));
    let labels = Tensor::from([2_u32]);
    let picked = table.index_select(0, &labels).sum();
    let (y, line) = (if picked.item() > 2.5 { x } else { -x }, line!());
    assert!(tape.compile(&[x], &[y * picked]).is_ok(), "the labels are as constant as the table");
    let compiled = tape.compiler().inputs(&[x]).indices(&[&labels]).compile(&[y * picked]);
    let Err(Error::ValueInspected { at }) = compiled else { panic!("a branch would be baked in") };
    assert!(at.contains(&format!("plan_refused.rs:{line}:")), "{at}");
    let tape = Tape::<f64>::new();
    let x = tape.leaf(2.0);
    let drawn = tape.constant([0.0; 3]).noise(Distribution::Normal, Key::new(1)).sum();
    let y = if drawn.item() > 0.0 { x * drawn } else { -x * drawn };
    assert!(matches!(tape.compile(&[x], &[y]), Err(Error::ValueInspected { .. })));
}
