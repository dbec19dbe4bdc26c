//! The instruction sets that loops are compiled for.

use std::sync::atomic::{AtomicU8, Ordering};

/// Instructions that a loop may use; each set includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Instructions {
    /// What the compilation target guarantees.
    Portable = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 with its extensions F, BW, DQ and VL.
    Avx512 = 3,
}

/// Instructions that this machine has. Nothing but a question to the machine makes one above the portable, so whoever
/// holds it may call what is compiled for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(Instructions);

/// The detected set as a number; 0 before the first question.
static DETECTED: AtomicU8 = AtomicU8::new(0);

impl Level {
    /// The highest level of this machine, asked of it once.
    #[inline]
    pub(crate) fn of_machine() -> Level {
        Level(match DETECTED.load(Ordering::Relaxed) {
            1 => Instructions::Portable,
            2 => Instructions::Avx2,
            3 => Instructions::Avx512,
            _ => Level::detect(),
        })
    }

    /// What a loop may use at this level.
    #[inline]
    pub(crate) fn instructions(self) -> Instructions {
        self.0
    }

    /// Whether the machine has these instructions.
    #[inline]
    pub(crate) fn has(self, instructions: Instructions) -> bool {
        instructions <= self.0
    }

    #[cold]
    fn detect() -> Instructions {
        let highest = Level::highest();
        DETECTED.store(highest as u8, Ordering::Relaxed);
        highest
    }

    #[cfg(target_arch = "x86_64")]
    fn highest() -> Instructions {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        match (avx2, avx512) {
            (true, true) => Instructions::Avx512,
            (true, false) => Instructions::Avx2,
            _ => Instructions::Portable,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn highest() -> Instructions {
        Instructions::Portable
    }

    /// What every machine has.
    #[cfg(test)]
    pub(crate) const PORTABLE: Level = Level(Instructions::Portable);

    /// The levels that this machine has.
    #[cfg(test)]
    pub(crate) fn available() -> impl Iterator<Item = Level> {
        let all = [Instructions::Portable, Instructions::Avx2, Instructions::Avx512];
        all.into_iter().filter(|&set| Level::of_machine().has(set)).map(Level)
    }
}

/// `f(x)` with the instructions of the machine, for a single number.
///
/// Without FMA instructions each `mul_add` is a call; with them the result has the same bits.
#[inline]
pub(crate) fn on_one<T>(f: impl Fn(T) -> T, x: T) -> T {
    #[cfg(target_arch = "x86_64")]
    if Level::of_machine().has(Instructions::Avx2) {
        #[target_feature(enable = "avx2,fma")]
        fn with_fma<T>(f: impl Fn(T) -> T, x: T) -> T {
            f(x)
        }
        // SAFETY: this level means that the machine has AVX2 and FMA.
        return unsafe { with_fma(f, x) };
    }
    f(x)
}
