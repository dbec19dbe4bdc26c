//! The instruction sets that loops are compiled for.

use std::sync::atomic::{AtomicU8, Ordering};

/// Instructions that a loop may use; each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Level {
    /// What the compilation target guarantees.
    Portable = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 with its extensions F, BW, DQ and VL.
    Avx512 = 3,
}

/// The detected level as a number; 0 before the first question.
static DETECTED: AtomicU8 = AtomicU8::new(0);

impl Level {
    /// The highest level of this machine, asked of it once.
    #[inline]
    pub(crate) fn of_machine() -> Level {
        match DETECTED.load(Ordering::Relaxed) {
            1 => Level::Portable,
            2 => Level::Avx2,
            3 => Level::Avx512,
            _ => Level::detect(),
        }
    }

    #[cold]
    fn detect() -> Level {
        let level = Level::highest();
        DETECTED.store(level as u8, Ordering::Relaxed);
        level
    }

    #[cfg(target_arch = "x86_64")]
    fn highest() -> Level {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        match (avx2, avx512) {
            (true, true) => Level::Avx512,
            (true, false) => Level::Avx2,
            _ => Level::Portable,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn highest() -> Level {
        Level::Portable
    }

    /// The levels that this machine has.
    #[cfg(test)]
    pub(crate) fn available() -> impl Iterator<Item = Level> {
        [Level::Portable, Level::Avx2, Level::Avx512].into_iter().filter(|&l| l <= Level::of_machine())
    }
}

/// `f(x)` with the instructions of the machine, for a single number.
///
/// Without FMA instructions each `mul_add` is a call; with them the result has the same bits.
#[inline]
pub(crate) fn on_one<T>(f: impl Fn(T) -> T, x: T) -> T {
    #[cfg(target_arch = "x86_64")]
    if Level::of_machine() >= Level::Avx2 {
        #[target_feature(enable = "avx2,fma")]
        fn with_fma<T>(f: impl Fn(T) -> T, x: T) -> T {
            f(x)
        }
        // SAFETY: this level means that the machine has AVX2 and FMA.
        return unsafe { with_fma(f, x) };
    }
    f(x)
}
