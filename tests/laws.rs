//! Every op of the list, every law, one named test each.

use wengert_tests::{laws_of_composition, laws_of_op};

macro_rules! laws_of_every_op { ($($module:ident :: $Op:ident,)*) => { $(
    laws_of_op!($module, wengert::ops::$module::$Op);
)* } }
wengert::for_each_op!(laws_of_every_op);

macro_rules! laws_of_every_composition { ($($name:ident: $module:ident :: $f:ident,)*) => { mod composed { $(
    super::laws_of_composition!($name, wengert::ops::composed::$module::$f);
)* } } }
wengert::for_each_composition!(laws_of_every_composition);
