//! By what a transform is divided.

/// By what a transform of `n` points is divided: one of a transform and its inverse by $n$, or both by $\sqrt n$. Give both
/// the same; the names are NumPy's and PyTorch's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FftNorm {
    /// The inverse transform by $n$.
    #[default]
    Backward,
    /// Both by $\sqrt n$, which makes them unitary.
    Ortho,
    /// The transform by $n$, and the inverse by nothing.
    Forward,
}

impl FftNorm {
    /// The factor of a transform over so many points, or of its inverse.
    pub(crate) fn factor(self, inverse: bool, points: usize) -> f64 {
        match (self, inverse) {
            (FftNorm::Backward, false) | (FftNorm::Forward, true) => 1.0,
            (FftNorm::Ortho, _) => 1.0 / (points as f64).sqrt(),
            (FftNorm::Backward, true) | (FftNorm::Forward, false) => 1.0 / points as f64,
        }
    }
}
