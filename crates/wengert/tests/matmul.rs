//! `matmul` of all ranks, from vectors to broadcast stacks, against loops: the value and both gradients.

use wengert::{Checker, Key, Tape, Tensor};

/// Whole numbers, so that sums of products are exact.
fn whole_numbers(dims: &[usize], seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(dims).map(|u| (u * 9.0).floor() - 4.0)
}

/// Position in row-major order of the element of a stack of shape `dims` that meets index `ix` of the result's stack.
fn meeting(dims: &[usize], ix: &[usize]) -> usize {
    let aligned = &ix[ix.len() - dims.len()..];
    dims.iter().zip(aligned).fold(0, |p, (&d, &i)| p * d + if d == 1 { 0 } else { i })
}

/// The stack, the rows and the columns of an operand, a vector as a row or as a column.
fn parts(dims: &[usize], as_row: bool) -> (&[usize], [usize; 2]) {
    match dims {
        &[n] => (&[], if as_row { [1, n] } else { [n, 1] }),
        [stack @ .., m, n] => (stack, [*m, *n]),
        [] => unreachable!("operands have axes"),
    }
}

/// The product, and both gradients for the cotangent `ct`, by definition.
fn by_loops(a: &Tensor<f64>, b: &Tensor<f64>, ct: &Tensor<f64>, stack: &[usize]) -> [Vec<f64>; 3] {
    let ((of_a, [m, k]), (of_b, [_, n])) = (parts(a.dims(), true), parts(b.dims(), false));
    let (x, y, seed) = (a.to_vec(), b.to_vec(), ct.to_vec());
    let mut out = [vec![0.0; ct.len()], vec![0.0; x.len()], vec![0.0; y.len()]];
    let mut plane = 0;
    Tensor::from_fn(stack, |ix| {
        let (p, q) = (meeting(of_a, ix) * m * k, meeting(of_b, ix) * k * n);
        for i in 0..m {
            for j in 0..n {
                let cell = (plane * m + i) * n + j;
                for l in 0..k {
                    let (at_a, at_b) = (p + i * k + l, q + l * n + j);
                    out[0][cell] += x[at_a] * y[at_b];
                    out[1][at_a] += seed[cell] * y[at_b];
                    out[2][at_b] += seed[cell] * x[at_a];
                }
            }
        }
        plane += 1;
        0.0
    });
    out
}

#[test]
fn every_pair_of_ranks_has_the_value_and_the_gradients_of_loops() {
    type Case = (&'static [usize], &'static [usize], &'static [usize], &'static [usize]);
    // operands, the stack of the result, its shape
    let cases: [Case; 21] = [
        (&[3], &[3], &[], &[]),
        (&[3], &[3, 2], &[], &[2]),
        (&[2, 3], &[3], &[], &[2]),
        (&[2, 3], &[3, 4], &[], &[2, 4]),
        (&[3], &[4, 3, 2], &[4], &[4, 2]),
        (&[4, 2, 3], &[3], &[4], &[4, 2]),
        (&[5, 4, 2, 3], &[3], &[5, 4], &[5, 4, 2]),
        (&[3], &[5, 4, 3, 2], &[5, 4], &[5, 4, 2]),
        (&[4, 2, 3], &[3, 2], &[4], &[4, 2, 2]),
        (&[2, 3], &[4, 3, 2], &[4], &[4, 2, 2]),
        (&[4, 2, 3], &[4, 3, 1], &[4], &[4, 2, 1]),
        (&[1, 2, 3], &[4, 3, 2], &[4], &[4, 2, 2]),
        (&[4, 2, 3], &[1, 3, 2], &[4], &[4, 2, 2]),
        (&[2, 1, 2, 3], &[3, 3, 2], &[2, 3], &[2, 3, 2, 2]),
        (&[2, 1, 1, 2], &[1, 3, 2, 2], &[2, 3], &[2, 3, 1, 2]),
        (&[0], &[0], &[], &[]),
        (&[2, 0], &[0, 3], &[], &[2, 3]),
        (&[0, 2, 3], &[3, 2], &[0], &[0, 2, 2]),
        (&[0, 2, 3], &[1, 3, 2], &[0], &[0, 2, 2]),
        (&[2, 0, 3], &[3], &[2], &[2, 0]),
        (&[1, 2, 3], &[0, 3, 2], &[0], &[0, 2, 2]),
    ];
    for (k, (a, b, stack, shape)) in cases.into_iter().enumerate() {
        let seed = 10 * k as u64;
        let (x, y) = (whole_numbers(a, seed), whole_numbers(b, seed + 1));
        let ct = whole_numbers(shape, seed + 2);
        let [value, da, db] = by_loops(&x, &y, &ct, stack);
        let tape = Tape::<f64>::new();
        let (va, vb) = (tape.leaf(&x), tape.leaf(&y));
        let z = va.matmul(vb);
        assert_eq!((z.shape().dims(), z.value().to_vec()), (shape, value), "{a:?} x {b:?}");
        let g = (z * tape.constant(&ct)).sum().backward(&[va, vb]);
        assert_eq!((g[0].dims(), g[0].to_vec()), (a, da), "by the first, {a:?} x {b:?}");
        assert_eq!((g[1].dims(), g[1].to_vec()), (b, db), "by the second, {a:?} x {b:?}");
        if !z.value().is_empty() && !x.is_empty() {
            let checker = Checker::new().order(3).gradient_may_vanish(); // of whole numbers many are 0
            let report = checker.run_slice(|x| x[0].matmul(x[1]).square(), &[x, y]);
            report.unwrap_or_else(|e| panic!("{a:?} x {b:?}: {e}"));
        }
    }
}
