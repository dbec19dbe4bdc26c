//! Loops compiled for the vector unit of the machine.

use crate::lanes::Level;

/// A loop without branches in its body, which the compiler turns into vectors.
pub(super) trait Loop {
    /// What it gives.
    type Out;
    /// Runs it; always inlined, so that it takes the instructions of its caller.
    fn run(self) -> Self::Out;
}

/// Runs a loop with the instructions of the machine. They do not change bits: no operations are fused.
pub(super) fn vectorized<L: Loop>(work: L) -> L::Out {
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
        match Level::of_machine() {
            // SAFETY: the level means that the machine has these instructions.
            Level::Avx512 => return unsafe { avx512(work) },
            // SAFETY: as above.
            Level::Avx2 => return unsafe { avx2(work) },
            Level::Portable => {}
        }
    }
    work.run()
}
