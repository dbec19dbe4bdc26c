//! The methods, as an extension of variables.

use crate::{FftNorm, composed};
use wengert::{Axes, Error, Float, Var};

/// Fourier transforms and the arithmetic of complex numbers on variables; see the [crate](crate) for how complex numbers
/// are stored and axes counted.
///
/// The plain methods panic where their `try_` twins fail, with the same text, at the caller's line.
pub trait Fft: Sized {
    /// The discrete Fourier transform along axes of a complex tensor, as NumPy's `fft` and `fftn`; see [`composed::fft`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last axis has size 2; [`Error::Axis`], [`Error::RepeatedAxis`];
    /// [`Error::EmptyReduction`] along an axis without elements.
    #[track_caller]
    fn try_fft(self, axes: impl Axes, norm: FftNorm) -> Result<Self, Error>;

    /// As [`Fft::try_fft`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_fft::{Fft, FftNorm};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]]);
    /// let y = x.fft(-1, FftNorm::Backward);
    /// assert_eq!(y.value().to_vec(), [10.0, 0.0, -2.0, 2.0, -2.0, 0.0, -2.0, -2.0]);
    /// // Parseval: the energy is that of the signal, and so is its gradient.
    /// let energy = x.fft(-1, FftNorm::Ortho).square().sum();
    /// assert_eq!(energy.item(), 30.0);
    /// assert_eq!(energy.backward(&[x])[0].to_vec(), [2.0, 0.0, 4.0, 0.0, 6.0, 0.0, 8.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    fn fft(self, axes: impl Axes, norm: FftNorm) -> Self {
        or_panic(self.try_fft(axes, norm))
    }

    /// The inverse of the discrete Fourier transform, as NumPy's `ifft` and `ifftn`; see [`composed::ifft`].
    ///
    /// # Errors
    ///
    /// As [`Fft::try_fft`].
    #[track_caller]
    fn try_ifft(self, axes: impl Axes, norm: FftNorm) -> Result<Self, Error>;

    /// As [`Fft::try_ifft`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_fft::{Fft, FftNorm};
    ///
    /// let tape = Tape::<f64>::new();
    /// let y = tape.leaf([[10.0, 0.0], [-2.0, 2.0], [-2.0, 0.0], [-2.0, -2.0]]);
    /// assert_eq!(y.ifft(-1, FftNorm::Backward).value().to_vec(), [1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    fn ifft(self, axes: impl Axes, norm: FftNorm) -> Self {
        or_panic(self.try_ifft(axes, norm))
    }

    /// The discrete Fourier transform of a real tensor, as NumPy's `rfft` and `rfftn`; see [`composed::rfft`].
    ///
    /// The last axis named keeps its first `n / 2 + 1` frequencies, and an axis of pairs is added. Axes are those of
    /// `self`.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`]; [`Error::EmptyReduction`] along an axis without elements.
    #[track_caller]
    fn try_rfft(self, axes: impl Axes, norm: FftNorm) -> Result<Self, Error>;

    /// As [`Fft::try_rfft`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_fft::{Fft, FftNorm};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.rfft(-1, FftNorm::Backward).value().to_vec(), [10.0, 0.0, -2.0, 2.0, -2.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    fn rfft(self, axes: impl Axes, norm: FftNorm) -> Self {
        or_panic(self.try_rfft(axes, norm))
    }

    /// The real tensor of this half spectrum, `n` long on the last axis named, as NumPy's `irfft` and `irfftn`; see
    /// [`composed::irfft`].
    ///
    /// `n` tells apart the even and the odd length that have as many frequencies. To cut or extend a spectrum, narrow
    /// or pad it first.
    ///
    /// # Errors
    ///
    /// As [`Fft::try_fft`]; [`Error::Attribute`] unless that axis has size `n / 2 + 1` and `n` is not 0.
    #[track_caller]
    fn try_irfft(self, n: usize, axes: impl Axes, norm: FftNorm) -> Result<Self, Error>;

    /// As [`Fft::try_irfft`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_fft::{Fft, FftNorm};
    ///
    /// let tape = Tape::<f64>::new();
    /// let y = tape.leaf([[10.0, 0.0], [-2.0, 2.0], [-2.0, 0.0]]);
    /// assert_eq!(y.irfft(4, -1, FftNorm::Backward).value().to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// let error = y.try_irfft(7, -1, FftNorm::Backward).expect_err("needs four frequencies");
    /// assert!(error.to_string().starts_with("irfft: n = 7 for 3 frequencies, expected"));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    fn irfft(self, n: usize, axes: impl Axes, norm: FftNorm) -> Self {
        or_panic(self.try_irfft(n, axes, norm))
    }

    /// The product of complex numbers, element by element; see [`composed::complex_mul`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last axes have size 2; [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    fn try_complex_mul(self, other: Self) -> Result<Self, Error>;

    /// As [`Fft::try_complex_mul`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_fft::Fft;
    ///
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, -1.0]));
    /// assert_eq!(a.complex_mul(b).value().to_vec(), [5.0, 5.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    fn complex_mul(self, other: Self) -> Self {
        or_panic(self.try_complex_mul(other))
    }

    /// The complex conjugate; see [`composed::conj`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last axis has size 2.
    #[track_caller]
    fn try_conj(self) -> Result<Self, Error>;

    /// As [`Fft::try_conj`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_fft::Fft;
    ///
    /// let z = Tape::<f64>::new();
    /// assert_eq!(z.leaf([1.0, 2.0]).conj().value().to_vec(), [1.0, -2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    fn conj(self) -> Self {
        or_panic(self.try_conj())
    }
}

impl<F: Float> Fft for Var<'_, F> {
    #[track_caller]
    fn try_fft(self, axes: impl Axes, norm: FftNorm) -> Result<Self, Error> {
        composed::fft::fft(self, axes, norm)
    }

    #[track_caller]
    fn try_ifft(self, axes: impl Axes, norm: FftNorm) -> Result<Self, Error> {
        composed::ifft::ifft(self, axes, norm)
    }

    #[track_caller]
    fn try_rfft(self, axes: impl Axes, norm: FftNorm) -> Result<Self, Error> {
        composed::rfft::rfft(self, axes, norm)
    }

    #[track_caller]
    fn try_irfft(self, n: usize, axes: impl Axes, norm: FftNorm) -> Result<Self, Error> {
        composed::irfft::irfft(self, n, axes, norm)
    }

    #[track_caller]
    fn try_complex_mul(self, other: Self) -> Result<Self, Error> {
        composed::complex_mul::complex_mul(self, other)
    }

    #[track_caller]
    fn try_conj(self) -> Result<Self, Error> {
        composed::conj::conj(self)
    }
}

/// The value, or a panic with the error's text at the caller's line.
#[track_caller]
fn or_panic<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
