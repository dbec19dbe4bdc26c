//! Whether gradients vanish or explode from one end of a chain to the other.

use std::fmt;

/// A factor per layer beyond this, or below its inverse, is a trend.
const PER_LAYER: f64 = 1.5;
/// And only where it amounts to this, or its inverse, over the whole chain.
const IN_ALL: f64 = 100.0;

/// Which way gradients go, seen from the last layer (beside the loss) to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrendKind {
    /// They neither vanish nor explode.
    Steady,
    /// They become small towards the first layer.
    Vanishing,
    /// They become large towards the first layer.
    Exploding,
}

/// How gradients change along a chain of layers, or of uses of one parameter.
///
/// The logarithms of the norms are fitted by a line over their position, by least squares; [`Trend::factor`] is the
/// exponential of its slope, taken towards the first. It is a trend if the factor per layer is beyond 1.5 (or below 1/1.5)
/// and it amounts to 100 (or 1/100) from the last layer to the first. Layers without a gradient, and those where it
/// is zero, are left out; three must remain. A layer that is zero ends the chain and is reported by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trend {
    /// Which way.
    pub kind: TrendKind,
    /// The factor of the norm from one layer to the one before it, as fitted.
    pub factor: f64,
    /// How many layers it was fitted to.
    pub layers: usize,
    /// That factor over the whole chain, from the last layer to the first.
    pub in_all: f64,
}

impl Trend {
    /// The trend of norms from the first to the last; none with fewer than three that are finite and not zero.
    pub(super) fn of(norms: &[Option<f64>]) -> Option<Self> {
        let usable = |norm: &f64| norm.is_finite() && *norm > 0.0;
        let at = norms.iter().enumerate().filter_map(|(k, norm)| Some((k as f64, norm.filter(usable)?.ln())));
        let points: Vec<(f64, f64)> = at.collect();
        let n = points.len() as f64;
        if points.len() < 3 {
            return None;
        }
        let [mean_k, mean_ln] =
            [points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n];
        let covariance: f64 = points.iter().map(|(k, ln)| (k - mean_k) * (ln - mean_ln)).sum();
        let variance: f64 = points.iter().map(|(k, _)| (k - mean_k).powi(2)).sum();
        let slope = covariance / variance;
        let span = points.last()?.0 - points.first()?.0;
        let (factor, in_all) = ((-slope).exp(), (-slope * span).exp());
        let kind = match slope {
            s if s > PER_LAYER.ln() && s * span > IN_ALL.ln() => TrendKind::Vanishing,
            s if -s > PER_LAYER.ln() && -s * span > IN_ALL.ln() => TrendKind::Exploding,
            _ => TrendKind::Steady,
        };
        Some(Self { kind, factor, layers: points.len(), in_all })
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            TrendKind::Steady => "steady",
            TrendKind::Vanishing => "vanishing",
            TrendKind::Exploding => "exploding",
        };
        let Self { factor, in_all, layers, .. } = self;
        write!(f, "{word}: times {factor:.3} per step towards the first of {layers}, {in_all:.1e} in all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(norms: &[f64]) -> Option<Trend> {
        Trend::of(&norms.iter().copied().map(Some).collect::<Vec<_>>())
    }

    #[test]
    fn the_factor_is_that_of_a_geometric_sequence() {
        let norms: Vec<f64> = (0..6).map(|k| 3.0 * 4.0_f64.powi(k)).collect();
        let trend = of(&norms).expect("six layers");
        assert!((trend.factor - 0.25).abs() < 1e-12 && (trend.in_all - 4.0_f64.powi(-5)).abs() < 1e-12);
        assert_eq!(trend.kind, TrendKind::Vanishing);
        let reversed: Vec<f64> = norms.into_iter().rev().collect();
        assert_eq!(of(&reversed).map(|t| t.kind), Some(TrendKind::Exploding));
    }

    #[test]
    fn a_short_fall_or_a_slow_one_is_no_trend() {
        assert_eq!(of(&[1.0, 4.0, 16.0]).map(|t| t.kind), Some(TrendKind::Steady), "a factor of 16 in all");
        let slow: Vec<f64> = (0..40).map(|k| 1.2_f64.powi(k)).collect();
        assert_eq!(of(&slow).map(|t| t.kind), Some(TrendKind::Steady), "1.2 per layer");
        assert_eq!(of(&[1.0, 100.0]), None);
        assert_eq!(Trend::of(&[Some(1.0), None, Some(0.0), Some(f64::NAN), Some(2.0)]), None);
    }
}
