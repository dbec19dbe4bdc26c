//! Placeholder filled by the next commits.
#![forbid(unsafe_code)]
