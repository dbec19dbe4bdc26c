//! Numbers as JSON has them.

/// A number with so many decimals; `null` for what JSON cannot write, NaN and the infinities.
pub fn number(x: f64, decimals: usize) -> String {
    if x.is_finite() { format!("{x:.decimals$}") } else { String::from("null") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_null() {
        assert_eq!([number(0.98765, 2), number(-1.0, 1)], ["0.99", "-1.0"]);
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(number(x, 3), "null");
        }
    }
}
