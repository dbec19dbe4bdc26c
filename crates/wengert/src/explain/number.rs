//! Numbers as a person would write them, and tensors in full or in summary.

use crate::{Float, Shape, Tensor};
use std::fmt;

const FULL: usize = 8; // elements of a tensor that is shown in full
const DIGITS: i32 = 6;

/// A number to six digits; fewer where they say it all.
pub(super) fn number(x: f64) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞".into() } else { "-∞".into() };
    }
    if x == x.trunc() && x.abs() < 1e7 {
        return format!("{x:.0}").replace("-0", if x == 0.0 { "0" } else { "-0" });
    }
    let text = format!("{x:.*e}", DIGITS as usize - 1);
    let Some((digits, power)) = text.split_once('e') else { return text };
    let exponent: i32 = power.parse().unwrap_or(0); // after rounding
    if (-4..6).contains(&exponent) {
        let text = format!("{x:.*}", (DIGITS - 1 - exponent).max(0) as usize);
        return trimmed(&text, x);
    }
    format!("{}e{power}", trimmed(digits, x / 10_f64.powi(exponent)))
}

/// The text without zeros at the end, if those left out are zeros of the number itself.
fn trimmed(text: &str, x: f64) -> String {
    let short = text.trim_end_matches('0').trim_end_matches('.');
    let is_all = |y: f64| y == x || f64::from(y as f32) == x || (y - x).abs() <= 1e-15 * x.abs();
    if text.contains('.') && short.parse().is_ok_and(is_all) { short.into() } else { text.into() }
}

/// A tensor of an explanation: its shape and, if it is small, its elements; of a large one norm and extremes.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    shape: Shape,
    /// The elements in row-major order, of which there are at most eight.
    elements: Option<Vec<f64>>,
    norm: f64,
    least: f64,
    largest: f64,
    has_nan: bool,
}

impl Quantity {
    pub(super) fn of<F: Float>(t: &Tensor<F>) -> Self {
        let values = t.cast::<f64>();
        let values = values.elements();
        let has_nan = values.iter().any(|x| x.is_nan());
        let scale = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let squares: f64 = values.iter().map(|x| (x / scale) * (x / scale)).sum();
        Self {
            shape: t.shape(),
            elements: (t.len() <= FULL).then(|| values.to_vec()),
            norm: if has_nan {
                f64::NAN
            } else if scale == 0.0 || scale.is_infinite() {
                scale
            } else {
                scale * squares.sqrt()
            },
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            largest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            has_nan,
        }
    }

    /// The sizes along the axes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The elements in row-major order, if there are at most eight.
    pub fn elements(&self) -> Option<&[f64]> {
        self.elements.as_deref()
    }

    /// The square root of the sum of all squares; NaN if an element is.
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// The smallest and the largest element; infinities of the wrong sign if there is none.
    pub fn extremes(&self) -> [f64; 2] {
        [self.least, self.largest]
    }

    pub(super) fn is_zero(&self) -> bool {
        !self.has_nan && self.least == 0.0 && self.largest == 0.0
    }

    /// Whether the elements are written out.
    pub(super) fn is_small(&self) -> bool {
        self.elements.is_some()
    }

    fn nested(&self, elements: &[f64], axis: usize, number: &dyn Fn(f64) -> String) -> String {
        let Some(&size) = self.shape.dims().get(axis) else {
            return elements.first().map_or_else(String::new, |&x| number(x));
        };
        let step = elements.len().checked_div(size).unwrap_or(0);
        let part = |i: usize| self.nested(&elements[i * step..(i + 1) * step], axis + 1, number);
        format!("[{}]", (0..size).map(part).collect::<Vec<_>>().join(", "))
    }

    /// The text, with its numbers and its words written in these ways.
    pub(super) fn written(&self, number: &dyn Fn(f64) -> String, words: &dyn Fn(&str) -> String) -> String {
        let shape = self.shape;
        if let Some(elements) = &self.elements {
            if elements.is_empty() {
                return words(&format!("no elements, shape {shape}"));
            }
            return self.nested(elements, 0, number);
        }
        if self.has_nan {
            return words(&format!("shape {shape} with NaN"));
        }
        let with = |parts: &[(&str, f64)]| {
            let mut out = words(&format!("shape {shape}{}", parts[0].0)) + &number(parts[0].1);
            for (before, x) in &parts[1..] {
                out += &(words(before) + &number(*x));
            }
            out
        };
        if self.least == self.largest {
            return with(&[(", all ", self.least)]);
        }
        with(&[(", norm ", self.norm), (", from ", self.least), (" to ", self.largest)])
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(&number, &str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits_or_fewer_if_those_are_all() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (2.0, "2"),
            (-10.0, "-10"),
            (0.5, "0.5"),
            (-0.1, "-0.1"),
            (f64::from(0.1_f32), "0.1"),
            (1.0 / 3.0, "0.333333"),
            (0.999_999_9, "1.00000"),
            (123_456.7, "123457"),
            (1.5e-7, "1.5e-7"),
            (2.0_f64.powi(-20), "9.53674e-7"),
            (1e300, "1e300"),
            (f64::NEG_INFINITY, "-∞"),
            (f64::NAN, "NaN"),
        ];
        for (x, text) in cases {
            assert_eq!(number(x), text, "{x:e}");
        }
    }

    #[test]
    fn small_tensors_are_written_out_and_large_ones_summarized() {
        let q = |t: Tensor<f64>| Quantity::of(&t).to_string();
        assert_eq!(q(2.5.into()), "2.5");
        assert_eq!(q([[1.0, 2.0], [3.0, 4.5]].into()), "[[1, 2], [3, 4.5]]");
        assert_eq!(q(Tensor::zeros([0, 3])), "no elements, shape [0, 3]");
        assert_eq!(q(Tensor::full([3, 3], 0.25)), "shape [3, 3], all 0.25");
        assert_eq!(q(Tensor::from_fn([9], |i| i[0] as f64)), "shape [9], norm 14.2829, from 0 to 8");
        assert_eq!(q(Tensor::full([9], f64::NAN)), "shape [9] with NaN");
        assert!(Quantity::of(&Tensor::from([f64::NAN, 0.0])).norm().is_nan());
        assert_eq!(Quantity::of(&Tensor::from([f64::NEG_INFINITY, 0.0])).norm(), f64::INFINITY);
        assert_eq!(Quantity::of(&Tensor::from([3e200, 4e200])).norm() / 5e200, 1.0 - f64::EPSILON / 2.0);
    }
}
