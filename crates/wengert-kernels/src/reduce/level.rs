//! Loops compiled for the vector unit of the machine.

use crate::lanes::Level;

/// A loop without branches in its body, which the compiler turns into vectors.
pub(crate) trait Loop {
    /// What it gives.
    type Out;
    /// Runs it; always inlined, so that it takes the instructions of its caller.
    fn run(self) -> Self::Out;
}

/// Runs a loop with the instructions of the machine. They do not change bits: no operations are fused.
pub(super) fn vectorized<L: Loop>(work: L) -> L::Out {
    vectorized_at(Level::of_machine(), work)
}

/// The same with the instructions of one level, which the machine has.
pub(crate) fn vectorized_at<L: Loop>(level: Level, work: L) -> L::Out {
    debug_assert!(level <= Level::of_machine());
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn avx2<L: Loop>(work: L) -> L::Out {
            work.run()
        }
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
        fn avx512<L: Loop>(work: L) -> L::Out {
            work.run()
        }
        match level {
            // SAFETY: the level means that the machine has these instructions.
            Level::Avx512 => return unsafe { avx512(work) },
            // SAFETY: as above.
            Level::Avx2 => return unsafe { avx2(work) },
            Level::Portable => {}
        }
    }
    let _ = level;
    work.run()
}
