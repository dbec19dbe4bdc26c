//! Pooling along any number of axes against loops, with divisors, windows begun at the end, ties and NaN, and against
//! numbers of another library.

use wengert::PoolOptions;
use wengert::prelude::*;
use wengert_tests::sliding_nd::{SlideNd, each_position, flat};

fn array<const D: usize>(of: &[usize]) -> [usize; D] {
    of.try_into().expect("one number per axis")
}

/// Integers from 0 to 3, so that most windows hold ties, or with NaN and infinities among them.
fn values(shape: &[usize], seed: u64, awkward: bool) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| match (20.0 * u) as u32 {
        0 if awkward => f64::NAN,
        1 if awkward => f64::INFINITY,
        2..=9 if awkward => f64::NEG_INFINITY,
        other => f64::from(other % 4),
    })
}

/// One pooling: a window, its options, and the shape of what it is of.
struct Pooling<const D: usize> {
    slide: SlideNd,
    x: Vec<usize>,
    options: PoolOptions<D>,
}

/// Every number drawn on its own, then cut to what is a pooling.
fn any_pooling<const D: usize>(seed: u64) -> Pooling<D> {
    let draw = |stream: u32, of: &[usize], n: usize| -> Vec<usize> {
        let u: Tensor<f64> = Key::new(seed).stream(stream).uniform([n]);
        u.to_vec().iter().map(|u| of[(u * of.len() as f64) as usize]).collect()
    };
    let kernel = draw(0, &[1, 2, 3, 5], D);
    let padding = (0..D).map(|a| draw(2, &[0, 1, 2], D)[a].min(kernel[a] / 2)).collect();
    let dilation = draw(3, &[1, 1, 2], D);
    let slide = SlideNd { kernel, stride: draw(1, &[1, 2, 3], D), padding, dilation };
    let more = draw(4, &[0, 1, 3], D);
    let size = (0..D).map(|a| {
        let reach = slide.dilation[a] * (slide.kernel[a] - 1) + 1;
        reach.saturating_sub(2 * slide.padding[a]).max(1) + more[a]
    });
    let flags = draw(6, &[0, 1], 2);
    let options = PoolOptions {
        stride: Some(array(&slide.stride)),
        padding: array(&slide.padding),
        dilation: array(&slide.dilation),
        ceil_mode: flags[0] == 1,
        count_include_pad: flags[1] == 1,
    };
    let x = [draw(5, &[1, 2], 1)[0], 2].into_iter().chain(size).collect();
    Pooling { slide, x, options }
}

impl<const D: usize> Pooling<D> {
    fn out(&self) -> Vec<usize> {
        self.slide.outs(&self.x[2..], self.options.ceil_mode).expect("the window fits")
    }

    /// Calls `f(window, cells under it, cells counted)` for every window, with flat positions in `y` and `x`.
    fn each(&self, mut f: impl FnMut(usize, &[usize], usize)) {
        let (size, out) = (&self.x[2..], self.out());
        let (cells, windows) = (size.iter().product::<usize>(), out.iter().product::<usize>());
        for plane in 0..self.x[0] * self.x[1] {
            let mut under = vec![(Vec::new(), 0); windows];
            self.slide.each(size, &out, |window, tap, cell| {
                let padded = (0..D).all(|a| {
                    let at = window[a] * self.slide.stride[a] + tap[a] * self.slide.dilation[a];
                    at < size[a] + 2 * self.slide.padding[a]
                });
                let at = &mut under[flat(window, &out)];
                at.0.extend(cell.map(|cell| plane * cells + cell));
                at.1 += usize::from(if self.options.count_include_pad { padded } else { cell.is_some() });
            });
            for (window, (cells, counted)) in under.iter().enumerate() {
                f(plane * windows + window, cells, *counted);
            }
        }
    }

    /// Whether some window meets no cell, which is refused.
    fn starved(&self) -> bool {
        let mut starved = false;
        self.each(|_, cells, _| starved |= cells.is_empty());
        starved
    }

    fn shape(&self) -> Vec<usize> {
        [&self.x[..2], &self.out()].concat()
    }

    /// Where each window's winner lies.
    fn winners(&self, x: &[f64]) -> Vec<usize> {
        let mut won = Vec::new();
        self.each(|_, cells, _| {
            let beats = |best: usize, at: usize| !x[best].is_nan() && (x[at].is_nan() || x[at] > x[best]);
            let winner = cells.iter().copied().reduce(|best, at| if beats(best, at) { at } else { best });
            won.push(winner.expect("every window meets a cell"));
        });
        won
    }
}

type Pool<const D: usize> =
    for<'t> fn(Var<'t, f64>, [usize; D], PoolOptions<D>) -> Result<Var<'t, f64>, Error>;

/// Maxima: value, winners and gradient; means: value and gradient.
fn check<const D: usize>(seed: u64, max: Pool<D>, avg: Pool<D>) -> bool {
    let p = any_pooling::<D>(seed);
    let kernel = array(&p.slide.kernel);
    let tape = Tape::<f64>::with_threads(Threads::one());
    let what = format!("seed {seed}: {:?} of {:?}, {:?}", p.slide, p.x, p.options);
    if p.starved() {
        let x = tape.leaf(Tensor::zeros(&p.x));
        let refused = max(x, kernel, p.options).map(Var::shape);
        assert!(matches!(refused, Err(Error::Attribute { name: "dilation", .. })), "{what}: {refused:?}");
        return false;
    }
    for awkward in [false, true] {
        let x0 = values(&p.x, seed, awkward);
        let (x, x0) = (tape.leaf(&x0), x0.to_vec());
        let y = max(x, kernel, p.options).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(y.shape().dims(), p.shape(), "{what}");
        let won = p.winners(&x0);
        for (y, &i) in y.value().to_vec().into_iter().zip(&won) {
            assert!(y == x0[i] || y.is_nan() && x0[i].is_nan(), "{what}: {y} and {}", x0[i]);
        }
        let cotangent: Vec<f64> = (1..=won.len()).map(|k| k as f64).collect();
        let g = y.try_pullback(Tensor::new(y.shape(), &cotangent).unwrap(), &[x]).unwrap();
        let mut sums = vec![0.0; x0.len()];
        won.iter().zip(cotangent).for_each(|(&i, ct)| sums[i] += ct);
        assert_eq!(g[0].as_ref().unwrap().to_vec(), sums, "gradient of the maxima of {what}");
    }
    let x0 = values(&p.x, seed, false);
    let (x, x0) = (tape.leaf(&x0), x0.to_vec());
    let y = avg(x, kernel, p.options).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(y.shape().dims(), p.shape(), "{what}");
    let (mut means, mut shares) = (vec![0.0; y.shape().len()], vec![0.0; x0.len()]);
    p.each(|window, cells, counted| {
        for &cell in cells {
            means[window] += x0[cell] / counted as f64;
            shares[cell] += 1.0 / counted as f64;
        }
    });
    let near = |found: Vec<f64>, expected: &[f64], of: &str| {
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() <= 1e-13 * (1.0 + e.abs()), "{of} of {what}: {f} and {e}");
        }
    };
    near(y.value().to_vec(), &means, "means");
    near(y.sum().backward(&[x])[0].to_vec(), &shares, "gradient of the means");
    true
}

#[test]
fn pooling_along_one_axis_two_and_three_equals_the_loops() {
    let mut checked = [0; 3];
    for seed in 0..300 {
        checked[0] +=
            usize::from(check::<1>(seed, |x, k, o| x.try_max_pool1d(k, o), |x, k, o| x.try_avg_pool1d(k, o)));
        checked[1] +=
            usize::from(check::<2>(seed, |x, k, o| x.try_max_pool2d(k, o), |x, k, o| x.try_avg_pool2d(k, o)));
        if seed < 120 {
            checked[2] += usize::from(check::<3>(
                seed,
                |x, k, o| x.try_max_pool3d(k, o),
                |x, k, o| x.try_avg_pool3d(k, o),
            ));
        }
    }
    assert!(checked[0] > 200 && checked[1] > 200 && checked[2] > 80, "{checked:?}");
}

/// The numbers of PyTorch 2.15 for `x = torch.arange(1., n + 1).reshape(1, 1, n)`:
/// `F.avg_pool1d(x, k, s, p, ceil_mode=ceil, count_include_pad=inc)` and `F.max_pool1d(x, k, s, p, ceil_mode=ceil)`.
#[test]
fn windows_begun_and_divisors_are_those_of_another_library() {
    type Fact = (usize, [usize; 3], [bool; 2], &'static [f64], &'static [f64]);
    let facts: [Fact; 9] = [
        (5, [2, 2, 0], [true, true], &[1.5, 3.5, 5.0], &[2.0, 4.0, 5.0]),
        (5, [3, 2, 1], [true, true], &[1.0, 3.0, 3.0], &[2.0, 4.0, 5.0]),
        (5, [3, 2, 1], [true, false], &[1.5, 3.0, 4.5], &[2.0, 4.0, 5.0]),
        (6, [4, 3, 2], [true, true], &[0.75, 3.5, 2.75], &[2.0, 5.0, 6.0]),
        (6, [4, 3, 2], [true, false], &[1.5, 3.5, 5.5], &[2.0, 5.0, 6.0]),
        (2, [3, 2, 0], [true, true], &[1.5], &[2.0]),
        (7, [2, 3, 1], [true, true], &[0.5, 3.5, 6.5], &[1.0, 4.0, 7.0]),
        (5, [3, 2, 1], [false, false], &[1.5, 3.0, 4.5], &[2.0, 4.0, 5.0]),
        (4, [2, 2, 1], [true, true], &[0.5, 2.5, 2.0], &[1.0, 3.0, 4.0]),
    ];
    for (n, [kernel, stride, padding], [ceil_mode, count_include_pad], avg, max) in facts {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([1, 1, n], |ix| (ix[2] + 1) as f64));
        let stride = Some([stride]);
        let options = PoolOptions {
            stride,
            padding: [padding],
            ceil_mode,
            count_include_pad,
            ..PoolOptions::default()
        };
        let what = format!("{n} {kernel} {options:?}");
        let means = x.avg_pool1d([kernel], options).value().to_vec();
        assert!(means.iter().zip(avg).all(|(a, b)| (a - b).abs() < 1e-15), "{what}: {means:?}");
        assert_eq!(
            (means.len(), x.max_pool1d([kernel], options).value().to_vec()),
            (avg.len(), max.to_vec()),
            "{what}"
        );
    }
}

type WithIndices<const D: usize> =
    for<'t> fn(Var<'t, f64>, [usize; D], PoolOptions<D>) -> Result<(Var<'t, f64>, Tensor<u32>), Error>;
type Unpool<const D: usize> =
    for<'t> fn(Var<'t, f64>, &Tensor<u32>, [usize; D]) -> Result<Var<'t, f64>, Error>;

#[test]
fn indices_are_those_of_the_winners_and_unpooling_puts_the_maxima_back() {
    fn check<const D: usize>(seed: u64, with_indices: WithIndices<D>, unpool: Unpool<D>) {
        let p = any_pooling::<D>(seed);
        if p.starved() {
            return;
        }
        let x0 = values(&p.x, seed, seed % 2 == 1);
        let tape = Tape::<f64>::new();
        let (y, indices) =
            with_indices(tape.leaf(&x0), array(&p.slide.kernel), p.options).expect("a pooling");
        let cells: usize = p.x[2..].iter().product();
        let won = p.winners(&x0.to_vec());
        let expected: Vec<u32> = won.iter().map(|i| (i % cells) as u32).collect();
        assert_eq!(indices.to_vec(), expected, "{:?} {:?}", p.slide, p.x);
        let back = unpool(y, &indices, array(&p.x[2..]));
        let twice = (1..won.len()).any(|k| won[..k].contains(&won[k]));
        match back {
            Err(error) => {
                assert!(twice && matches!(error, Error::Attribute { name: "indices", .. }), "{error}");
            }
            Ok(back) => {
                assert!(!twice);
                let (back, x0) = (back.value().to_vec(), x0.to_vec());
                for (i, value) in back.into_iter().enumerate() {
                    let expected = if won.contains(&i) { x0[i] } else { 0.0 };
                    assert!(value == expected || value.is_nan() && expected.is_nan());
                }
            }
        }
    }
    for seed in 0..80 {
        check::<1>(seed, |x, k, o| x.try_max_pool1d_with_indices(k, o), |x, i, s| x.try_max_unpool1d(i, s));
        check::<2>(seed, |x, k, o| x.try_max_pool2d_with_indices(k, o), |x, i, s| x.try_max_unpool2d(i, s));
        check::<3>(seed, |x, k, o| x.try_max_pool3d_with_indices(k, o), |x, i, s| x.try_max_unpool3d(i, s));
    }
}

#[test]
fn adaptive_windows_equal_the_loops() {
    fn check<const D: usize>(size: [usize; D], out: [usize; D], avg: Adaptive<D>, max: Adaptive<D>) {
        let shape = [&[2, 2][..], &size].concat();
        let x0 = values(&shape, 7, false);
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&x0);
        let (means, maxima) = (avg(x, out).expect("windows"), max(x, out).expect("windows"));
        let (mut k, m, a) = (0, maxima.value().to_vec(), means.value().to_vec());
        let (mut shares, mut won) = (Tensor::<f64>::zeros(&shape).to_vec(), vec![0.0; x0.len()]);
        each_position(&[&[2, 2][..], &out].concat(), |at| {
            let span =
                |d: usize| (at[2 + d] * size[d] / out[d], ((at[2 + d] + 1) * size[d]).div_ceil(out[d]));
            let lengths: Vec<usize> = (0..D).map(|d| span(d).1 - span(d).0).collect();
            let mut under = Vec::new();
            each_position(&lengths, |tap| {
                let cell: Vec<usize> = (0..D).map(|d| span(d).0 + tap[d]).collect();
                under.push(flat(&[&at[..2], &cell].concat(), &shape));
            });
            let (x0, n) = (x0.to_vec(), under.len() as f64);
            let mean = under.iter().map(|&i| x0[i]).sum::<f64>() / n;
            assert!((a[k] - mean).abs() < 1e-14, "{size:?} {out:?}: {} {mean}", a[k]);
            let best = under.iter().copied().reduce(|b, i| if x0[i] > x0[b] { i } else { b }).unwrap();
            assert_eq!(m[k], x0[best]);
            won[best] += 1.0;
            under.iter().for_each(|&i| shares[i] += 1.0 / n);
            k += 1;
        });
        assert_eq!(maxima.sum().backward(&[x])[0].to_vec(), won, "{size:?} {out:?}");
        let g = means.sum().backward(&[x])[0].to_vec();
        assert!(
            g.iter().zip(&shares).all(|(g, s)| (g - s).abs() < 1e-14),
            "{size:?} {out:?}: {g:?} {shares:?}"
        );
    }
    type Adaptive<const D: usize> = for<'t> fn(Var<'t, f64>, [usize; D]) -> Result<Var<'t, f64>, Error>;
    for (size, out) in (1..=7).flat_map(|n| (1..=8).map(move |m| (n, m))) {
        check([size], [out], |x, o| x.try_adaptive_avg_pool1d(o), |x, o| x.try_adaptive_max_pool1d(o));
        check([size, 5], [out, 3], |x, o| x.try_adaptive_avg_pool2d(o), |x, o| x.try_adaptive_max_pool2d(o));
    }
    for (size, out) in [([4, 3, 5], [2, 3, 4]), ([2, 2, 2], [1, 1, 1]), ([1, 5, 2], [2, 3, 3])] {
        check(size, out, |x, o| x.try_adaptive_avg_pool3d(o), |x, o| x.try_adaptive_max_pool3d(o));
    }
}

#[test]
fn what_is_recorded_with_indices_read_off_is_refused_by_a_plan() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[[1.0, 3.0, 2.0, 0.0]]]);
    let (y, indices) = x.max_pool1d_with_indices([2], PoolOptions::default());
    let back = y.max_unpool1d(&indices, [4]);
    assert_eq!(back.value().to_vec(), [0.0, 3.0, 2.0, 0.0]);
    let refused = tape.compile(&[x], &[back]).map(|plan| plan.len());
    assert!(matches!(refused, Err(Error::ValueInspected { .. })), "{refused:?}");
}
