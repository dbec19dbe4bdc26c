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
    /// Both may be called on a machine that has these. The flag says that the arrays are far from the processor.
    update: unsafe fn(&Form, Part<'_, T>, bool),
    all_finite: unsafe fn(&[T], bool) -> bool,
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

    /// Applies a form to a part; `far` if the arrays of the step are more than caches hold.
    pub(super) fn update(&self, form: &Form, part: Part<'_, T>, far: bool) {
        // SAFETY: `here` is the only source of units and gives those that this processor has.
        unsafe { (self.update)(form, part, far) }
    }

    /// Whether no element is NaN or infinite; `far` as above.
    pub(super) fn all_finite(&self, x: &[T], far: bool) -> bool {
        // SAFETY: `here` is the only source of units and gives those that this processor has.
        unsafe { (self.all_finite)(x, far) }
    }
}

/// Applies a form to a part, from near or from far.
#[inline(always)]
fn update<T: Real>(form: &Form, mut part: Part<'_, T>, far: bool) {
    if !far {
        return apply(form, part);
    }
    while let Some(stretch) = part.take_first(STRETCH / size_of::<T>()) {
        let Part { parameter, gradient, kept } = &stretch;
        fetch::<T, 1024>(gradient);
        [&**parameter, &*kept[0], &*kept[1], &*kept[2]].into_iter().for_each(fetch::<T, 1024>);
        apply(form, stretch);
    }
}

/// Whether no element is NaN or infinite, from near or from far.
///
/// No exit inside a stretch, so that it compiles to vector instructions.
#[inline(always)]
fn all_finite<T: Real>(x: &[T], far: bool) -> bool {
    x.chunks(if far { STRETCH / size_of::<T>() } else { x.len().max(1) }).fold(true, |all, x| {
        if far {
            fetch::<T, 8192>(x);
        }
        x.iter().fold(all, |all, &x| all & x.is_finite())
    })
}

/// Bytes of an array between two requests for memory ahead.
const STRETCH: usize = 1024;

/// Asks for the memory that lies `AHEAD` bytes after a stretch, so that it is in the cache when the loop comes there.
///
/// The processor's own requests end with each page of memory and begin slowly in the next; over arrays that no cache
/// holds these save 5 % of an update and 10 % of a look at a gradient, over those that one holds they cost as much.
#[inline(always)]
fn fetch<T, const AHEAD: usize>(x: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(x)).step_by(64) {
        let there = x.as_ptr().cast::<i8>().wrapping_add(line + AHEAD);
        // SAFETY: a request reads nothing for the program and is ignored where there is no memory of ours.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(there) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = x;
}

/// Expands to `update_avx2`, `all_finite_avx2` and their like: the loops inlined where a feature is enabled.
#[cfg(target_arch = "x86_64")]
macro_rules! wrappers { ($($feature:literal: $update:ident, $all_finite:ident;)*) => { $(
    #[target_feature(enable = $feature)]
    fn $update<T: Real>(form: &Form, part: Part<'_, T>, far: bool) {
        update(form, part, far);
    }

    #[target_feature(enable = $feature)]
    fn $all_finite<T: Real>(x: &[T], far: bool) -> bool {
        all_finite(x, far)
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
        Unit { needs: Instructions::Portable, update, all_finite },
    ]
}

static SINGLE: Units<f32> = units();
static DOUBLE: Units<f64> = units();
