//! Temporary naive twin.
use crate::{Element, Threads};
/// Row-major copy of a strided view.
pub fn copy_strided<T: Element>(
    _: &Threads,
    src: &[T],
    offset: usize,
    shape: &[usize],
    strides: &[isize],
    out: &mut [T],
) {
    let mut ix = vec![0usize; shape.len()];
    for o in out.iter_mut() {
        let p = ix.iter().zip(strides).fold(offset as isize, |p, (&i, &s)| p + i as isize * s);
        *o = src[p as usize];
        for k in (0..shape.len()).rev() {
            ix[k] += 1;
            if ix[k] < shape[k] {
                break;
            }
            ix[k] = 0;
        }
    }
}
