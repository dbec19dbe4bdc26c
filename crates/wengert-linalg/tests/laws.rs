//! Every op and composition of this crate, every law, one named test each: the laws of the engine's own ops, unchanged.

use wengert_tests::{laws_of_composition, laws_of_op};

macro_rules! laws_of_every_op { ($($module:ident :: $Op:ident,)*) => { $(
    laws_of_op!($module, wengert_linalg::ops::$module::$Op);
)* } }
wengert_linalg::for_each_linalg_op!(laws_of_every_op);

macro_rules! laws_of_every_composition { ($($name:ident: $module:ident :: $f:ident,)*) => { mod composed { $(
    super::laws_of_composition!($name, wengert_linalg::composed::$module::$f);
)* } } }
wengert_linalg::for_each_linalg_composition!(laws_of_every_composition);
