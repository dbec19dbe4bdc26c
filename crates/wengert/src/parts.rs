//! Parts of axes as users name them: ranges, steps, positions, new axes.

use crate::{Error, MAX_RANK, Shape, ops::resolve_range};
use std::fmt;
use std::ops::{Bound, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// One part of a slice: of an axis, or beside the axes.
///
/// Numbers and ranges of `isize` become parts by themselves; negative positions count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// One position; the result no longer has the axis.
    Position(isize),
    /// The positions between two bounds, `step` apart; a negative step walks them down from the last.
    Range {
        /// The first position.
        start: Bound<isize>,
        /// The last position, or the one after.
        end: Bound<isize>,
        /// The distance; not 0.
        step: isize,
    },
    /// A new axis of size 1.
    NewAxis,
    /// As many whole axes as the other parts leave over.
    Ellipsis,
}

impl At {
    /// Every `step`-th position of a range; a negative step walks down from its last position.
    ///
    /// ```
    /// use wengert::{At, Tape};
    /// let x = Tape::<f64>::new();
    /// let x = x.leaf([1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.s(At::step(1.., 2)).value().to_vec(), [2.0, 4.0]);
    /// assert_eq!(x.s(At::step(..3, -1)).value().to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    pub fn step(range: impl RangeBounds<isize>, step: isize) -> Self {
        Self::Range { start: range.start_bound().cloned(), end: range.end_bound().cloned(), step }
    }
}

impl From<isize> for At {
    fn from(position: isize) -> Self {
        Self::Position(position)
    }
}

macro_rules! from_ranges { ($($Range:ty),*) => { $(
    impl From<$Range> for At {
        fn from(range: $Range) -> Self {
            Self::step(range, 1)
        }
    }
)* } }
from_ranges! {
    Range<isize>, RangeFrom<isize>, RangeFull, RangeInclusive<isize>, RangeTo<isize>, RangeToInclusive<isize>
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Position(p) => write!(f, "{p}"),
            Self::NewAxis => f.write_str("new axis"),
            Self::Ellipsis => f.write_str("ellipsis"),
            Self::Range { start, end, step } => {
                if step != 1 {
                    f.write_str("(")?;
                }
                match start {
                    Bound::Included(p) => write!(f, "{p}")?,
                    Bound::Excluded(p) => write!(f, "after {p}")?,
                    Bound::Unbounded => {}
                }
                match end {
                    Bound::Included(p) => write!(f, "..={p}")?,
                    Bound::Excluded(p) => write!(f, "..{p}")?,
                    Bound::Unbounded => f.write_str("..")?,
                }
                if step != 1 { write!(f, ") step {step}") } else { Ok(()) }
            }
        }
    }
}

/// The parts of a slice: one part, a tuple of up to eight, a list of [`At`].
pub trait Parts {
    /// The parts as given.
    fn parts(self) -> Vec<At>;
}

impl<A: Into<At>> Parts for A {
    fn parts(self) -> Vec<At> {
        vec![self.into()]
    }
}
impl Parts for &[At] {
    fn parts(self) -> Vec<At> {
        self.to_vec()
    }
}
impl Parts for Vec<At> {
    fn parts(self) -> Vec<At> {
        self
    }
}
impl Parts for () {
    fn parts(self) -> Vec<At> {
        vec![]
    }
}

macro_rules! tuples { ($(($($A:ident),*),)*) => { $(
    impl<$($A: Into<At>),*> Parts for ($($A,)*) {
        fn parts(self) -> Vec<At> {
            #[allow(non_snake_case)] // the type parameters name their values too
            let ($($A,)*) = self;
            vec![$($A.into()),*]
        }
    }
)* } }
tuples! {
    (A),
    (A, B),
    (A, B, C),
    (A, B, C, D),
    (A, B, C, D, E),
    (A, B, C, D, E, G),
    (A, B, C, D, E, G, H),
    (A, B, C, D, E, G, H, I),
}

/// A part with its positions counted from the first, all of them there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    New,
    Whole,
    Position(usize),
    Range { start: usize, end: usize, step: isize },
}

/// The parts of a tensor of this shape, one for every axis, with the new axes between.
pub(crate) fn resolved(parts: &[At], shape: Shape) -> Result<Vec<Part>, Error> {
    let ellipses = parts.iter().filter(|&&p| p == At::Ellipsis).count();
    if ellipses > 1 {
        let (given, expected) = (format!("{ellipses} ellipses"), "at most one ellipsis");
        return Err(Error::Attribute { op: "s", name: "parts", given, expected });
    }
    let named = parts.iter().filter(|&&p| !matches!(p, At::Ellipsis | At::NewAxis)).count();
    let Some(left) = shape.rank().checked_sub(named) else {
        return Err(Error::Arity { op: "s", given: named, expected: "at most one part per axis" });
    };
    let mut found = Vec::with_capacity(MAX_RANK);
    let mut axes = shape.dims().iter().enumerate();
    for &part in parts {
        match part {
            At::NewAxis => found.push(Part::New),
            At::Ellipsis => found.extend(axes.by_ref().take(left).map(|_| Part::Whole)),
            _ => found.extend(axes.next().map(|(axis, &size)| one(part, axis, size)).transpose()?),
        }
    }
    found.extend(axes.map(|_| Part::Whole));
    let rank = found.iter().filter(|p| !matches!(p, Part::Position(_))).count();
    if rank > MAX_RANK { Err(Error::RankTooLarge { rank }) } else { Ok(found) }
}

/// The part of one axis.
fn one(part: At, axis: usize, size: usize) -> Result<Part, Error> {
    let refused = |expected: String| Error::Part { op: "s", axis, given: part.to_string(), size, expected };
    match part {
        At::Position(p) => {
            let from_first = if p < 0 { p.checked_add_unsigned(size) } else { Some(p) };
            let found = from_first.and_then(|p| usize::try_from(p).ok()).filter(|&p| p < size);
            found.map(Part::Position).ok_or_else(|| match size {
                0 => refused("a range: there is no position".into()),
                _ => refused(format!("a position from -{size} to {}", size - 1)),
            })
        }
        At::Range { step: 0, .. } => Err(refused("a step other than 0".into())),
        At::Range { start, end, step } => match resolve_range("s", &(start, end), size) {
            Ok(Range { start, end }) => Ok(Part::Range { start, end, step }),
            Err(Error::Index { .. }) => Err(refused(format!("positions from -{size} to {size}"))),
            Err(_) => Err(refused("a start not after the end".into())),
        },
        At::NewAxis | At::Ellipsis => Ok(Part::New), // not of an axis; the caller has taken them
    }
}
