//! Every op of the list, every law, one named test each.

use wengert_tests::{batch, laws, subject::Subject};

macro_rules! laws_of_every_op { ($($module:ident :: $Op:ident,)*) => { $(
    mod $module {
        use super::{Subject, batch, laws};
        use wengert::ops::$module::$Op;

        #[test]
        fn shape_rule_says_what_evaluation_gives() { laws::shape_rule(&Subject::of::<$Op>()); }
        #[test]
        fn value_equals_the_naive_reference() { laws::reference(&Subject::of::<$Op>()); }
        #[test]
        fn forward_mode_equals_finite_differences() { laws::differences(&Subject::of::<$Op>()); }
        #[test]
        fn reverse_mode_is_the_transpose_of_forward_mode() { laws::transpose(&Subject::of::<$Op>()); }
        #[test]
        fn vjp_is_linear_in_its_cotangent() { laws::linearity(&Subject::of::<$Op>()); }
        #[test]
        fn order_two_holds() { laws::order_two(&Subject::of::<$Op>()); }
        #[test]
        fn order_three_holds() { laws::order_three(&Subject::of::<$Op>()); }
        #[test]
        fn order_four_holds() { laws::order_four(&Subject::of::<$Op>()); }
        #[test]
        fn eager_sweep_equals_recorded_sweep() { laws::eager(&Subject::of::<$Op>()); }
        #[test]
        fn a_plan_gives_the_bits_of_the_tape() { laws::plan(&Subject::of::<$Op>()); }
        #[test]
        fn storage_layout_does_not_matter() { laws::layouts(&Subject::of::<$Op>()); }
        #[test]
        fn formula_has_the_bits_of_the_kernel() { laws::formula(&Subject::of::<$Op>()); }
        #[test]
        fn single_precision_agrees_with_double() { laws::single_precision(&Subject::of::<$Op>()); }
        #[test]
        fn special_values_have_the_stated_derivative() { laws::special(&Subject::of::<$Op>()); }
        #[test]
        fn gradients_have_the_full_shape() { laws::gradients_have_full_shape(&Subject::of::<$Op>()); }
        #[test]
        fn a_batch_gives_what_every_example_gives_alone() { batch::op(&Subject::of::<$Op>()); }
        #[test]
        fn a_jacobian_in_batches_is_its_rows() { batch::jacobian(&Subject::of::<$Op>()); }
        #[test]
        fn planted_faults_are_caught() { laws::planted(&Subject::of::<$Op>()); }
    }
)* } }
wengert::for_each_op!(laws_of_every_op);

macro_rules! laws_of_every_composition { ($($name:ident: $module:ident :: $f:ident,)*) => { mod composed { $(
    mod $name {
        use wengert::ops::composed::$module::$f as subject;
        use wengert_tests::{batch, composed};

        #[test]
        fn three_answers_agree() { composed::agrees_to_order(1, &subject()); }
        #[test]
        fn order_two_holds() { composed::agrees_to_order(2, &subject()); }
        #[test]
        fn order_three_holds() { composed::agrees_to_order(3, &subject()); }
        #[test]
        fn order_four_holds() { composed::agrees_to_order(4, &subject()); }
        #[test]
        fn storage_layout_does_not_matter() { composed::layouts(&subject()); }
        #[test]
        fn a_batch_gives_what_every_example_gives_alone() { batch::composed(&subject()); }
        #[test]
        fn a_jacobian_in_batches_is_its_rows() { batch::composed_jacobian(&subject()); }
    }
)* } } }
wengert::for_each_composition!(laws_of_every_composition);
