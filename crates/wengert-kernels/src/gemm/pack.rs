//! Operands, and copies of them in the form that tiles read fastest.

use crate::buffer::Buffer;
use crate::real::Real;
use crate::transpose::transpose;

/// A matrix operand: its first element, and the distances of neighboring rows and columns.
#[derive(Clone, Copy)]
pub(super) struct Operand<T> {
    pub(super) start: *const T,
    pub(super) strides: [isize; 2],
}

impl<T> Operand<T> {
    /// The operand from row `i` and column `j` on.
    #[inline]
    pub(super) fn from(self, i: usize, j: usize) -> Self {
        let offset = i as isize * self.strides[0] + j as isize * self.strides[1];
        // Of an operand without elements the pointer may lead anywhere; nothing is read through it.
        Operand { start: self.start.wrapping_offset(offset), ..self }
    }

    /// The transposed operand.
    pub(super) fn transposed(self) -> Self {
        Operand { strides: [self.strides[1], self.strides[0]], ..self }
    }
}

/// Copies `x`, `[rows, columns]`, to `out`, whose rows are `pitch` apart; the rest of each row becomes zeros.
///
/// # Safety
///
/// All elements of `x` lie in one live allocation; `out` holds `rows * pitch` numbers elsewhere, of which nobody else
/// uses any, and `columns <= pitch`.
pub(super) unsafe fn pack<T: Real>(x: Operand<T>, [rows, columns]: [usize; 2], out: *mut T, pitch: usize) {
    let [row, column] = x.strides;
    // SAFETY: `i < rows` and `j < columns`, so that the caller vouches for every element read, and with
    // `columns <= pitch` for every element written. A stride above zero is the distance that `transpose` asks for.
    unsafe {
        if row == 1 && column > 0 && rows > 1 {
            transpose(x.start, column as usize, [columns, rows], out, pitch);
        } else {
            for i in 0..rows {
                let (from, to) = (x.start.wrapping_offset(i as isize * row), out.add(i * pitch));
                if column == 1 {
                    to.copy_from_nonoverlapping(from, columns);
                } else {
                    (0..columns).for_each(|j| *to.add(j) = *from.wrapping_offset(j as isize * column));
                }
            }
        }
        for i in (0..rows).take_while(|_| columns < pitch) {
            (columns..pitch).for_each(|j| *out.add(i * pitch + j) = T::ZERO);
        }
    }
}

/// A copy of the left operand `a`, `[rows, k]`, with its rows or columns close together.
///
/// # Safety
///
/// All elements of `a` are inside one live allocation.
pub(super) unsafe fn copied_rows<T: Real>(
    a: Operand<T>,
    [rows, k]: [usize; 2],
    buffer: &mut Option<Buffer<T>>,
) -> Operand<T> {
    // SAFETY: the buffer has room for the copy; the caller vouches for the operand.
    unsafe {
        if a.strides[0] == 1 {
            let to = roomy(buffer, k * rows);
            pack(a.transposed(), [k, rows], to, rows);
            Operand { start: to, strides: [1, rows as isize] }
        } else {
            // Rows a power of two apart would displace one another from the cache.
            let pitch = k + 16;
            let to = roomy(buffer, rows * pitch);
            for i in 0..rows {
                pack(a.from(i, 0), [1, k], to.add(i * pitch), k);
            }
            Operand { start: to, strides: [pitch as isize, 1] }
        }
    }
}

/// The start of a buffer with room for so many numbers.
pub(super) fn roomy<T: Real>(buffer: &mut Option<Buffer<T>>, room: usize) -> *mut T {
    if buffer.as_ref().is_none_or(|b| b.len() < room) {
        *buffer = Some(Buffer::scratch(room));
    }
    buffer.as_mut().expect("made above").as_mut_ptr()
}
