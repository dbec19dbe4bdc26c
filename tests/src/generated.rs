//! The laws as tests, one each: what a list of ops or compositions is given to.

/// A module of tests, one per law, of a primitive.
///
/// `laws_of_op!(tanh, wengert::ops::tanh::Tanh)` expands to `mod tanh { #[test] fn order_two_holds() { … } … }`.
#[macro_export]
macro_rules! laws_of_op { ($module:ident, $($op:tt)+) => {
    mod $module {
        use $($op)+ as Subjected;
        use $crate::{batch, laws, subject::Subject};

        fn subject() -> Subject { Subject::of::<Subjected>() }

        #[test]
        fn shape_rule_says_what_evaluation_gives() { laws::shape_rule(&subject()); }
        #[test]
        fn value_equals_the_naive_reference() { laws::reference(&subject()); }
        #[test]
        fn forward_mode_equals_finite_differences() { laws::differences(&subject()); }
        #[test]
        fn reverse_mode_is_the_transpose_of_forward_mode() { laws::transpose(&subject()); }
        #[test]
        fn vjp_is_linear_in_its_cotangent() { laws::linearity(&subject()); }
        #[test]
        fn order_two_holds() { laws::order_two(&subject()); }
        #[test]
        fn order_three_holds() { laws::order_three(&subject()); }
        #[test]
        fn order_four_holds() { laws::order_four(&subject()); }
        #[test]
        fn eager_sweep_equals_recorded_sweep() { laws::eager(&subject()); }
        #[test]
        fn a_plan_gives_the_bits_of_the_tape() { laws::plan(&subject()); }
        #[test]
        fn storage_layout_does_not_matter() { laws::layouts(&subject()); }
        #[test]
        fn formula_has_the_bits_of_the_kernel() { laws::formula(&subject()); }
        #[test]
        fn single_precision_agrees_with_double() { laws::single_precision(&subject()); }
        #[test]
        fn special_values_have_the_stated_derivative() { laws::special(&subject()); }
        #[test]
        fn gradients_have_the_full_shape() { laws::gradients_have_full_shape(&subject()); }
        #[test]
        fn what_is_masked_out_sends_zeros_back() { laws::masked(&subject()); }
        #[test]
        fn ways_to_compute_agree_at_the_edges() { laws::edges(&subject()); }
        #[test]
        fn a_batch_gives_what_every_example_gives_alone() { batch::op(&subject()); }
        #[test]
        fn a_jacobian_in_batches_is_its_rows() { batch::jacobian(&subject()); }
        #[test]
        fn planted_faults_are_caught() { laws::planted(&subject()); }
    }
} }

/// A module of tests, one per law, of a composition.
#[macro_export]
macro_rules! laws_of_composition { ($name:ident, $($f:tt)+) => {
    mod $name {
        use $crate::{batch, composed};
        use $($f)+ as subject;

        #[test]
        fn three_answers_agree() { composed::agrees_to_order(1, &subject()); }
        #[test]
        fn order_two_holds() { composed::agrees_to_order(2, &subject()); }
        #[test]
        fn order_three_holds() { composed::agrees_to_order(3, &subject()); }
        #[test]
        fn order_four_holds() { composed::agrees_to_order(4, &subject()); }
        #[test]
        fn a_plan_gives_the_bits_of_the_tape() { composed::plan(&subject()); }
        #[test]
        fn storage_layout_does_not_matter() { composed::layouts(&subject()); }
        #[test]
        fn a_batch_gives_what_every_example_gives_alone() { batch::composed(&subject()); }
        #[test]
        fn a_jacobian_in_batches_is_its_rows() { batch::composed_jacobian(&subject()); }
    }
} }
