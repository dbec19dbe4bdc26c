//! Matrices of some size, beyond the blocks of the factorizations: what is put together again is what was taken apart, and
//! no bits depend on threads, stacks or layout.

use wengert::{Key, Tape, Tensor, Threads, Var};
use wengert_linalg::{LinAlg, Triangle};

fn near(name: &str, x: Var<'_, f64>, y: Var<'_, f64>) {
    let far = x.value().zip(&y.value(), |x, y| (x - y).abs()).max_abs();
    assert!(far < 1e-11 * y.value().max_abs().max(1.0), "{name}: {far}");
}

#[test]
fn factors_multiply_to_the_matrix() {
    let tape = Tape::<f64>::new();
    let identity =
        |n: usize| tape.constant(Tensor::from_fn([n, n], |ix| f64::from(u8::from(ix[0] == ix[1]))));
    for [m, n] in [[150, 150], [170, 90], [90, 170], [1, 40], [40, 1]] {
        let a = tape.leaf(Key::new(7).normal([m, n]));
        let (p, l, u) = a.lu();
        near("lu", p.matmul(l).matmul(u), a);
        let (q, r) = a.qr();
        near("qr", q.matmul(r), a);
        near("q", q.t().matmul(q), identity(m.min(n)));
        let (u, s, vt) = a.svd();
        near("svd", (u * s).matmul(vt), a);
        near("u", u.t().matmul(u), identity(m.min(n)));
        near("v", vt.matmul(vt.t()), identity(m.min(n)));
        assert!(s.value().to_vec().is_sorted_by(|a, b| a >= b), "falling");
        near("pinv", a.matmul(a.pinv()).matmul(a), a);
    }
    let a = tape.leaf(Key::new(8).normal([150, 150]));
    near("inv", a.matmul(a.inv()), identity(150));
    near("solve", a.matmul(a.solve(a.t())), a.t());
    let spd = a.matmul(a.t()) + identity(150);
    let l = spd.cholesky();
    near("cholesky", l.matmul(l.t()), spd);
    near("triangular", l.tril(0).matmul(l.triangular_solve(a, Triangle::LOWER)), a);
    let (values, v) = spd.eigh();
    near("eigh", (v * values.unsqueeze(-2)).matmul(v.t()), spd);
    assert!(values.value().to_vec().is_sorted(), "rising");
    near("slogdet", spd.slogdet().1, values.ln().sum());
    let half = (a * 0.1).matrix_exp();
    near("matrix_exp", half.matmul((a * -0.1).matrix_exp()), identity(150));
}

#[test]
fn bits_depend_on_the_matrix_alone() {
    let stack = Key::new(9).normal([3, 70, 70]);
    let run = |a: &Tensor<f64>, threads: usize| {
        let tape = Tape::with_threads(Threads::new(threads));
        let a = tape.leaf(a);
        let (u, s, vt) = a.svd();
        let (_, v) = a.eigh();
        let parts = [a.inv(), a.qr().0, u, vt, v, a.lu().2, a.matrix_exp()];
        let sum = parts.into_iter().fold(s.sum(), |sum, part| sum + part.square().sin().sum());
        let mut all: Vec<_> = parts.iter().map(|part| part.value()).collect();
        all.extend(sum.backward(&[a]));
        all
    };
    let expected = run(&stack, 1);
    assert_eq!(run(&stack, 2), expected);
    for k in 0..3 {
        let one = stack.narrow(0, k..k + 1);
        for (alone, all) in run(&one, 1).iter().zip(&expected) {
            assert_eq!(*alone, all.narrow(0, k..k + 1), "matrix {k}");
        }
        assert_eq!(run(&one.transpose(1, 2).contiguous().transpose(1, 2), 1), run(&one, 1));
    }
}

#[test]
fn the_direction_does_not_decide_the_accuracy_of_the_exponential() {
    let tape = Tape::<f64>::new();
    let a = tape.leaf([[0.0, -50.0], [50.0, 0.0]]);
    let y = a.matrix_exp();
    let (sin, cos) = 50.0_f64.sin_cos();
    let far = y.value().zip(&Tensor::from([[cos, -sin], [sin, cos]]), |x, y| (x - y).abs()).max_abs();
    assert!(far < 1e-13, "{far}");
    let w = tape.constant([[1.0, 2.0], [-1.0, 0.5]]);
    let of = |scale: f64| (y * w * scale).sum().backward(&[a])[0].map(|x| x / scale);
    let far = of(1.0).zip(&of(1e15), |x, y| (x - y).abs()).max_abs();
    assert!(far < 1e-13, "{far}");
    assert_eq!((y * w * 0.0).sum().backward(&[a])[0], Tensor::zeros([2, 2]));
}

#[test]
fn stacks_broadcast_and_vectors_stay_vectors() {
    let tape = Tape::<f32>::new();
    let a =
        tape.leaf(Tensor::from_fn([2, 1, 2, 2], |ix| if ix[2] == ix[3] { 2.0 + ix[0] as f32 } else { 0.5 }));
    let b = tape.leaf(Tensor::from_fn([3, 2, 1], |ix| (ix[0] + 1) as f32));
    let x = a.solve(b);
    assert_eq!(x.shape().dims(), [2, 3, 2, 1]);
    assert_eq!(x.value()[[1, 2, 0, 0]], 3.0 / 3.5);
    let g = x.sum().backward(&[a, b]);
    assert_eq!((g[0].dims(), g[1].dims()), (&[2, 1, 2, 2][..], &[3, 2, 1][..]));
    assert_eq!(a.solve(tape.leaf([1.0, 1.0])).shape().dims(), [2, 1, 2]);
    assert_eq!(a.lstsq(tape.leaf([1.0, 1.0])).shape().dims(), [2, 1, 2]);
    assert_eq!(a.cholesky().cholesky_solve(b).shape().dims(), [2, 3, 2, 1]);
    let empty = tape.leaf(Tensor::zeros([3, 0, 0]));
    assert_eq!(empty.det().value().to_vec(), [1.0; 3]);
    assert_eq!(empty.slogdet().1.value().to_vec(), [0.0; 3]);
    assert_eq!(empty.det().sum().backward(&[empty])[0].dims(), [3, 0, 0]);
    assert_eq!(tape.leaf(Tensor::zeros([0, 2, 2])).inv().shape().dims(), [0, 2, 2]);
}

#[test]
fn lines_belong_to_the_line_that_called() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(Key::new(1).normal([2, 2, 3])), tape.leaf([1.0, 2.0]));
    let (c, spd) = (a.narrow(-1, 0..2), tape.leaf([[2.0, 1.0], [1.0, 2.0]]));
    let _ = (
        a.lu(),
        a.qr(),
        a.svd(),
        a.svdvals(),
        a.nuclear_norm(),
        a.cond(),
        a.matrix_rank(),
        a.pinv(),
        a.lstsq(b),
        c.det(),
        c.slogdet(),
        c.eigh(),
    );
    let _ = (
        c.solve(b),
        c.lstsq(b),
        spd.cholesky().cholesky_solve(b),
        c.inv(),
        c.eigvalsh(),
        c.matrix_exp(),
        c.qr(),
    );
    let listing = tape.to_string();
    assert!(
        listing.lines().count() > 60 && listing.lines().all(|line| line.contains("large.rs:")),
        "{listing}"
    );
}

#[test]
fn explanations_and_listings_say_what_the_ops_do() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([[2.0, 0.0], [0.0, 4.0]]), tape.leaf([[1.0], [1.0]]));
    let y = a.triangular_solve(b, Triangle::UPPER).sum();
    let text = y.explain(&[("a", a), ("b", b)]).to_string();
    assert!(text.contains("triu(a)⁻ᵀ"), "{text}");
    assert!(tape.to_string().contains("TriangularSolve { upper: true"), "{tape}");
    let bad = tape.leaf([[f64::NAN, 0.0], [0.0, 1.0]]);
    let found = tape.find_anomaly(bad.inv().sum()).expect("NaN");
    assert_eq!(found.op, "leaf");
}
