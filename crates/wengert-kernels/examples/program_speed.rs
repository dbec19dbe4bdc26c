//! Time of tile programs: `cargo run --release -p wengert-kernels --example program_speed`.
//!
//! First the gradient of `sum(tanh(1.1 x + 0.3) exp(-x x))` in one program with one sum and one stored result, checked
//! against a plain loop in double precision; then every instruction alone, over many elements and over one.

use std::hint::black_box;
use std::time::Instant;
use wengert_kernels::program::{Builder, Code, Program, Sink, Source, run};
use wengert_kernels::{Real, Threads};

/// The value and the derivative by x of `tanh(1.1 x + 0.3) exp(-x x)`, as reverse mode writes them.
fn workload<T: Real>() -> Program<T> {
    let mut b = Builder::new(1);
    let x = b.input(0);
    let [scale, shift, one] = [1.1, 0.3, 1.0].map(|c| b.constant(T::from_f64(c)));
    let scaled = b.push(Code::Mul, &[x, scale]);
    let angle = b.push(Code::Add, &[scaled, shift]);
    let tanh = b.push(Code::Tanh, &[angle]);
    let square = b.push(Code::Mul, &[x, x]);
    let negative = b.push(Code::Neg, &[square]);
    let exp = b.push(Code::Exp, &[negative]);
    let value = b.push(Code::Mul, &[tanh, exp]);
    let tanh_square = b.push(Code::Mul, &[tanh, tanh]);
    let slope = b.push(Code::Sub, &[one, tanh_square]);
    let angle_bar = b.push(Code::Chain, &[exp, slope]);
    let by_tanh = b.push(Code::Chain, &[angle_bar, scale]);
    let negative_bar = b.push(Code::Chain, &[tanh, exp]);
    let square_bar = b.push(Code::Neg, &[negative_bar]);
    let by_factor = b.push(Code::Chain, &[square_bar, x]);
    let by_square = b.push(Code::Add, &[by_factor, by_factor]);
    let gradient = b.push(Code::Add, &[by_tanh, by_square]);
    b.finish(&[value, gradient])
}

/// The fastest of several timings of `f`, in nanoseconds.
fn fastest(mut f: impl FnMut()) -> f64 {
    let mut repeats = 1;
    let mut best = f64::INFINITY;
    for _ in 0..24 {
        let start = Instant::now();
        (0..repeats).for_each(|_| f());
        let nanoseconds = start.elapsed().as_nanos() as f64;
        if nanoseconds < 1e6 {
            repeats *= 2;
        } else {
            best = best.min(nanoseconds / repeats as f64);
        }
    }
    best.min(f64::MAX)
}

fn measure_workload(on: &Threads, n: usize) {
    let p = workload::<f32>();
    let x: Vec<f32> = (0..n).map(|i| ((i * 7919) % 4001) as f32 * 1e-3 - 2.0).collect();
    let (mut sum, mut gradient) = (0.0, vec![0.0; n]);
    let time = fastest(|| {
        run(
            on,
            &p,
            n,
            &[Source::Dense(black_box(&x))],
            &mut [Sink::Sum(&mut sum), Sink::Store(&mut gradient)],
        );
    });
    let mut expected = 0.0;
    for (&x, &g) in x.iter().zip(&gradient) {
        let x = f64::from(x);
        let (t, e) = ((1.1 * x + 0.3).tanh(), (-x * x).exp());
        expected += t * e;
        let slope = e * (1.0 - t * t) * 1.1 - 2.0 * x * t * e;
        assert!((f64::from(g) - slope).abs() < 1e-6, "{g} is not {slope}");
    }
    assert!((f64::from(sum) - expected).abs() < 1e-5 * n as f64);
    println!("workload, n {n:>8}, {} thread(s): {:.3} ns an element", on.count(), time / n as f64);
}

fn measure_code<T: Real>(code: Code) {
    const N: usize = 512;
    let mut b = Builder::<T>::new(4);
    let x: Vec<_> = (0..4).map(|k| b.input(k)).collect();
    let y = b.push(code, &x[..code.operands()]);
    let p = b.finish(&[y]);
    let data: Vec<Vec<T>> = (1..5)
        .map(|k| (0..N).map(|i| T::from_f64(((i * 7919 * k) % 1000) as f64 * 9.9e-4 + 5e-3)).collect())
        .collect();
    let mut out = [T::ZERO; N];
    let chain = {
        let mut b = Builder::<T>::new(4);
        let x: Vec<_> = (0..4).map(|k| b.input(k)).collect();
        let mut y = x[0];
        for k in 0..100 {
            y = match code.operands() {
                1 => b.push(code, &[y]),
                2 => b.push(code, &[y, x[1 + k % 3]]),
                3 => b.push(code, &[y, x[1 + k % 3], y]),
                _ => b.push(code, &[y, x[1], x[2], y]),
            };
        }
        b.finish(&[y])
    };
    let single: Vec<_> = (1..5).map(|k| Source::Uniform(T::from_f64(0.2 * f64::from(k)))).collect();
    let one = fastest(|| run(&Threads::one(), &p, 1, black_box(&single), &mut [Sink::Store(&mut out[..1])]));
    let length = chain.instructions() as f64;
    const M: usize = 512;
    let short: Vec<_> = data.iter().map(|x| Source::Dense(&x[..M])).collect();
    let many =
        fastest(|| run(&Threads::one(), &chain, M, black_box(&short), &mut [Sink::Store(&mut out[..M])]));
    let each =
        fastest(|| run(&Threads::one(), &chain, 1, black_box(&single), &mut [Sink::Store(&mut out[..1])]));
    println!(
        "{:>10} {}: {:.4} ns an element and instruction; of one {one:.1} ns, {:.2} ns an instruction in a chain of {length}",
        code.to_string(),
        std::any::type_name::<T>(),
        many / M as f64 / length,
        each / length,
    );
}

fn main() {
    for n in [1_000, 100_000, 10_000_000] {
        measure_workload(&Threads::one(), n);
        measure_workload(&Threads::all(), n);
    }
    let codes = [
        Code::Neg,
        Code::Abs,
        Code::Sqrt,
        Code::Exp,
        Code::Expm1,
        Code::Ln,
        Code::Log1p,
        Code::Sin,
        Code::Cos,
        Code::Tan,
        Code::Sinh,
        Code::Cosh,
        Code::Tanh,
        Code::Atan,
        Code::Erf,
        Code::Erfc,
        Code::Sigmoid,
        Code::Add,
        Code::Mul,
        Code::Div,
        Code::Pow,
        Code::Chain,
        Code::IfNan,
        Code::IfGt,
    ];
    for code in codes {
        measure_code::<f32>(code);
        measure_code::<f64>(code);
    }
}
