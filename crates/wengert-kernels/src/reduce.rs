//! Temporary naive twin.
use crate::{Real, Threads};
/// Sums over the middle axis.
pub fn sum<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    for o in 0..outer {
        for i in 0..inner {
            let mut s = T::ZERO;
            for j in 0..n {
                s += x[(o * n + j) * inner + i];
            }
            out[o * inner + i] = s;
        }
    }
}
fn each<T: Real, U: Copy>(
    x: &[T],
    outer: usize,
    n: usize,
    inner: usize,
    out: &mut [U],
    f: impl Fn(&[T]) -> U,
) {
    for o in 0..outer {
        for i in 0..inner {
            let v: Vec<T> = (0..n).map(|j| x[(o * n + j) * inner + i]).collect();
            out[o * inner + i] = f(&v);
        }
    }
}
fn each_map<T: Real>(
    x: &[T],
    outer: usize,
    n: usize,
    inner: usize,
    out: &mut [T],
    f: impl Fn(&[T]) -> Vec<T>,
) {
    for o in 0..outer {
        for i in 0..inner {
            let v: Vec<T> = (0..n).map(|j| x[(o * n + j) * inner + i]).collect();
            for (j, y) in f(&v).into_iter().enumerate() {
                out[(o * n + j) * inner + i] = y;
            }
        }
    }
}
fn scaled<T: Real>(v: &[T]) -> T {
    let s: f64 = v.iter().map(|x| x.to_f64()).sum();
    let n = v.len() as f64;
    T::from_f64(if s.is_finite() { s / n } else { v.iter().map(|x| x.to_f64() / n).sum() })
}
fn top<T: Real>(v: &[T]) -> T {
    v.iter().fold(-T::INFINITY, |m, &x| Real::max(m, x))
}
/// Mean over the middle axis.
pub fn mean<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each(x, outer, n, inner, out, scaled);
}
/// Maximum over the middle axis.
pub fn max<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each(x, outer, n, inner, out, top);
}
/// Minimum over the middle axis.
pub fn min<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each(x, outer, n, inner, out, |v| v.iter().fold(T::INFINITY, |m, &x| Real::min(m, x)));
}
fn first<T: Real>(v: &[T], before: impl Fn(T, T) -> bool) -> u32 {
    let mut best = 0;
    for k in 1..v.len() {
        if !v[best].is_nan() && (v[k].is_nan() || before(v[k], v[best])) {
            best = k;
        }
    }
    best as u32
}
/// First index of the maximum over the middle axis.
pub fn argmax<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [u32]) {
    each(x, outer, n, inner, out, |v| first(v, |a, b| a > b));
}
/// First index of the minimum over the middle axis.
pub fn argmin<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [u32]) {
    each(x, outer, n, inner, out, |v| first(v, |a, b| a < b));
}
/// Running sum along the middle axis.
pub fn cumsum<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each_map(x, outer, n, inner, out, |v| {
        let mut s = T::ZERO;
        v.iter()
            .map(|&x| {
                s += x;
                s
            })
            .collect()
    });
}
/// Euclidean norm over the middle axis.
pub fn norm2<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each(x, outer, n, inner, out, |v| {
        let m = v.iter().fold(T::ZERO, |m, &x| Real::max(m, Real::abs(x)));
        if m == T::ZERO || !m.is_finite() {
            return m;
        }
        let s: f64 = v.iter().map(|x| (x.to_f64() / m.to_f64()).powi(2)).sum();
        T::from_f64(m.to_f64() * s.sqrt())
    });
}
/// Log of the sum of exponentials over the middle axis.
pub fn logsumexp<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each(x, outer, n, inner, out, |v| {
        let m = top(v);
        if !m.is_finite() {
            return m;
        }
        let s = v.iter().fold(T::ZERO, |s, &x| s + Real::exp(x - m));
        m + Real::ln(s)
    });
}
/// Softmax along the middle axis.
pub fn softmax<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    each_map(x, outer, n, inner, out, |v| {
        let m = top(v);
        let e = |x: T| if x == m && m > T::ZERO { T::ONE } else { Real::exp(x - m) };
        let s = v.iter().fold(T::ZERO, |s, &x| s + e(x));
        v.iter().map(|&x| e(x) / s).collect()
    });
}
