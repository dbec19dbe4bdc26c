//! Ranges of an axis as users name them: any kind of Rust range, negative positions from the end.

use crate::Error;
use std::ops::{Bound, Range, RangeBounds};

/// The positions that `range` names on an axis of size `size`, counted from the first.
pub(crate) fn resolve_range(
    op: &'static str,
    range: &impl RangeBounds<isize>,
    size: usize,
) -> Result<Range<usize>, Error> {
    let refused = |at: isize| Error::Index { op, index: at as i64, size };
    // the border before position `at`; that of the end of the axis is one too
    let before = |at: isize| {
        let from_first = if at < 0 { at.checked_add_unsigned(size) } else { Some(at) };
        let found = from_first.and_then(|p| usize::try_from(p).ok());
        found.filter(|&p| p <= size).ok_or_else(|| refused(at))
    };
    // the border after position `at`, which has to exist
    let after = |at: isize| match before(at)? {
        p if p < size => Ok(p + 1),
        _ => Err(refused(at)),
    };
    let start = match range.start_bound() {
        Bound::Included(&at) => before(at)?,
        Bound::Excluded(&at) => after(at)?,
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&at) => after(at)?,
        Bound::Excluded(&at) => before(at)?,
        Bound::Unbounded => size,
    };
    if start > end {
        let given = format!("{start}..{end} of an axis of size {size}");
        return Err(Error::Attribute { op, name: "range", given, expected: "a start not after the end" });
    }
    Ok(start..end)
}
