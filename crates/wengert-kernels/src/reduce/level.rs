//! Loops compiled for the vector unit of the machine.

#[cfg(target_arch = "x86_64")]
use crate::lanes::Instructions;
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

/// The same with the instructions of one level.
pub(crate) fn vectorized_at<L: Loop>(level: Level, work: L) -> L::Out {
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
        match level.instructions() {
            // SAFETY: the machine has AVX-512 with these extensions, which its level says.
            Instructions::Avx512 => return unsafe { avx512(work) },
            // SAFETY: the machine has AVX2 and FMA, which its level says.
            Instructions::Avx2 => return unsafe { avx2(work) },
            Instructions::Portable => {}
        }
    }
    let _ = level;
    work.run()
}
