//! Every op and composition of this crate, every law, one named test each: the laws of the engine's own ops, unchanged.

use wengert_tests::{laws_of_composition, laws_of_op};

macro_rules! laws_of_every_op { ($($module:ident :: $Op:ident,)*) => { $(
    laws_of_op!($module, wengert_fft::ops::$module::$Op);
)* } }
wengert_fft::for_each_fft_op!(laws_of_every_op);

macro_rules! laws_of_every_composition { ($($name:ident: $module:ident :: $f:ident,)*) => { mod composed { $(
    super::laws_of_composition!($name, wengert_fft::composed::$module::$f);
)* } } }
wengert_fft::for_each_fft_composition!(laws_of_every_composition);
