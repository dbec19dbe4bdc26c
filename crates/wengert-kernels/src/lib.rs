//! Loops over slices, threads and buffers; knows no derivatives.
