//! The loops compiled once for each vector unit and type.
//!
//! All units run the same text and give the same bits: nothing in it is fused or reordered.

use super::form::{Form, apply};
use super::segment::Part;
use crate::Real;
use crate::lanes::{Instructions, Level};
use std::any::Any;

/// The loops for one vector unit.
pub(super) struct Unit<T: Real> {
    /// The set that includes the unit's instructions.
    needs: Instructions,
    /// Both may be called on a machine that has these.
    update: unsafe fn(&Form, Part<'_, T>),
    all_finite: unsafe fn(&[T]) -> bool,
}

impl<T: Real> Unit<T> {
    /// The units of this processor, the widest first.
    pub(super) fn here() -> impl Iterator<Item = &'static Self> {
        // Tables and not generic functions, so that the loops are compiled in this crate, with its optimization.
        let tables: [&'static dyn Any; 2] = [&SINGLE, &DOUBLE];
        let units = tables.into_iter().find_map(<dyn Any>::downcast_ref::<Units<T>>);
        units
            .expect("a real number is an f32 or an f64")
            .iter()
            .filter(|unit| Level::of_machine().has(unit.needs))
    }

    /// The widest one.
    pub(super) fn best() -> &'static Self {
        Self::here().next().expect("the last unit is everywhere")
    }

    /// Applies a form to a part.
    pub(super) fn update(&self, form: &Form, part: Part<'_, T>) {
        // SAFETY: `here` is the only source of units and gives those that this processor has.
        unsafe { (self.update)(form, part) }
    }

    /// Whether no element is NaN or infinite.
    pub(super) fn all_finite(&self, x: &[T]) -> bool {
        // SAFETY: `here` is the only source of units and gives those that this processor has.
        unsafe { (self.all_finite)(x) }
    }
}

/// No exit inside, so that it compiles to vector instructions.
#[inline(always)]
fn all_finite<T: Real>(x: &[T]) -> bool {
    x.iter().fold(true, |all, &x| all & x.is_finite())
}

/// Expands to `update_avx2`, `all_finite_avx2` and their like: the loops inlined where a feature is enabled.
macro_rules! wrappers { ($($feature:literal: $update:ident, $all_finite:ident;)*) => { $(
    #[target_feature(enable = $feature)]
    fn $update<T: Real>(form: &Form, part: Part<'_, T>) {
        apply(form, part);
    }

    #[target_feature(enable = $feature)]
    fn $all_finite<T: Real>(x: &[T]) -> bool {
        all_finite(x)
    }
)* } }

#[cfg(target_arch = "x86_64")]
wrappers! {
    "avx2": update_avx2, all_finite_avx2;
    "avx512f": update_avx512, all_finite_avx512;
}

#[cfg(target_arch = "x86_64")]
type Units<T> = [Unit<T>; 3];
#[cfg(not(target_arch = "x86_64"))]
type Units<T> = [Unit<T>; 1];

const fn units<T: Real>() -> Units<T> {
    [
        #[cfg(target_arch = "x86_64")]
        Unit { needs: Instructions::Avx512, update: update_avx512, all_finite: all_finite_avx512 },
        #[cfg(target_arch = "x86_64")]
        Unit { needs: Instructions::Avx2, update: update_avx2, all_finite: all_finite_avx2 },
        Unit { needs: Instructions::Portable, update: apply, all_finite },
    ]
}

static SINGLE: Units<f32> = units();
static DOUBLE: Units<f64> = units();
