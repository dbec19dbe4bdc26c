//! Where a leaf stands in a model, and what it is for.

use std::fmt::{self, Write as _};

/// What a leaf is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Trained: an optimizer changes it by its gradient.
    Parameter,
    /// Kept but not trained, as running statistics are: no gradient is asked for it.
    Buffer,
}

/// The name and kind of a leaf as a visitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot<'n> {
    /// The path of field names and positions from the root, joined by dots: `conv1.weight`, `layers.0.bias`.
    pub name: &'n str,
    /// What the leaf is for.
    pub kind: Kind,
}

impl Slot<'_> {
    /// Whether the leaf is trained.
    #[inline]
    pub fn is_parameter(&self) -> bool {
        self.kind == Kind::Parameter
    }
}

/// The path from the root of a model to the place being visited.
#[derive(Clone, Debug)]
pub struct Name {
    path: String,
    kind: Kind,
}

impl Name {
    /// The place of a whole model: an empty path.
    pub fn root() -> Self {
        Self { path: String::new(), kind: Kind::Parameter }
    }

    /// Runs `f` at the part `part` of the present place.
    pub fn within<R>(&mut self, part: impl fmt::Display, f: impl FnOnce(&mut Self) -> R) -> R {
        self.below(|path| write!(path, "{part}").expect("writing to a String does not fail"), f)
    }

    /// The same for a field; the `r#` of a raw identifier is no part of the name.
    #[inline]
    pub fn field<R>(&mut self, field: &str, f: impl FnOnce(&mut Self) -> R) -> R {
        self.below(|path| path.push_str(field.strip_prefix("r#").unwrap_or(field)), f)
    }

    /// The same for a position in a list.
    #[inline]
    pub fn item<R>(&mut self, position: usize, f: impl FnOnce(&mut Self) -> R) -> R {
        match u8::try_from(position) {
            // Without the formatter, as a visit is part of every step of an optimizer.
            Ok(digit @ 0..10) => self.below(|path| path.push(char::from(b'0' + digit)), f),
            _ => self.within(position, f),
        }
    }

    #[inline]
    fn below<R>(&mut self, write: impl FnOnce(&mut String), f: impl FnOnce(&mut Self) -> R) -> R {
        let end = self.path.len();
        if end > 0 {
            self.path.push('.');
        }
        write(&mut self.path);
        let result = f(self);
        self.path.truncate(end);
        result
    }

    /// Runs `f` with every leaf below marked as a buffer.
    pub fn as_buffer<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let kind = std::mem::replace(&mut self.kind, Kind::Buffer);
        let result = f(self);
        self.kind = kind;
        result
    }

    /// The present place, for a visitor.
    #[inline]
    pub fn slot(&self) -> Slot<'_> {
        Slot { name: &self.path, kind: self.kind }
    }
}
