use super::*;
use proptest::prelude::*;

/// The formulas again, element by element in the order in which they are written down: the oracle of the fast loops.
fn naive<T: Real>(form: &Form, p: &mut T, g: T, kept: &mut [T]) {
    let r = T::from_f64;
    match *form {
        Form::Sgd { rate, share, momentum, nesterov, decay } => {
            let mut g = g;
            if decay != 0.0 {
                g += r(decay) * *p;
            }
            let mut along = g;
            if momentum != 0.0 {
                kept[0] = r(momentum) * kept[0] + r(share) * g;
                along = kept[0];
                if nesterov {
                    along = g + r(momentum) * kept[0];
                }
            }
            *p = *p - r(rate) * along;
        }
        Form::Adam { step, root, epsilon, betas, decay, shrink, largest } => {
            let g = g + r(decay) * *p;
            kept[0] = r(betas[0]) * kept[0] + r(1.0 - betas[0]) * g;
            let square = r(1.0 - betas[1]) * g * g;
            kept[1] = r(betas[1]) * kept[1] + square;
            if kept[1] == T::INFINITY {
                kept[1] = T::MAX;
            }
            let mut under = kept[1];
            if largest {
                if kept[1] > kept[2] || kept[1].is_nan() {
                    kept[2] = kept[1];
                }
                under = kept[2];
            }
            let epsilon = if r(epsilon) == T::ZERO { r(f64::from(f32::MIN_POSITIVE)) } else { r(epsilon) };
            let below = under.sqrt() * r(root) + epsilon;
            *p = r(shrink) * *p - r(step) * kept[0] / below;
        }
    }
}

/// Numbers of all magnitudes, some zero, some of either sign.
fn numbers<T: Real>(seed: u64, n: usize) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
            T::from_f64(unit * [0.0, 1.0, 1e3, 1e-3, 1e-30, 1e20][state as usize % 6])
        })
        .collect()
}

/// A parameter with what is kept for it, its gradient, and where the gradient lies.
#[derive(Clone)]
struct State<T> {
    p: Vec<T>,
    kept: Vec<Vec<T>>,
    /// In row-major order.
    g: Vec<T>,
    rows: usize,
    /// The gradient with its two axes exchanged.
    exchanged: Vec<T>,
}

impl<T: Real> State<T> {
    fn new(seed: u64, n: usize, kept: usize) -> Self {
        let rows = (1..=7).rev().find(|d| n.is_multiple_of(*d)).unwrap_or(1);
        let g = numbers(seed, n);
        let exchanged = (0..n).map(|i| g[i % rows * (n / rows) + i / rows]).collect();
        // The second moment and the largest one are not negative.
        let keep =
            |k| numbers(seed + 2 + k, n).into_iter().map(|x: T| if k == 0 { x } else { x.abs() }).collect();
        Self { p: numbers(seed + 1, n), kept: (0..kept as u64).map(keep).collect(), g, rows, exchanged }
    }

    fn by_naive_loops(mut self, form: &Form) -> Self {
        for i in 0..self.p.len() {
            let mut kept: Vec<T> = self.kept.iter().map(|k| k[i]).collect();
            naive(form, &mut self.p[i], self.g[i], &mut kept);
            self.kept.iter_mut().zip(kept).for_each(|(all, new)| all[i] = new);
        }
        self
    }

    fn bits(&self) -> Vec<u64> {
        let all = self.p.iter().chain(self.kept.iter().flatten());
        all.map(|x| x.to_f64().to_bits()).collect()
    }
}

fn check<T: Real>(form: Form, lengths: &[usize], exchanged: bool, threads: usize) {
    let of = |(i, &n): (usize, &usize)| State::<T>::new(i as u64 * 10 + 1, n, form.kept());
    let start: Vec<State<T>> = lengths.iter().enumerate().map(of).collect();
    let expected: Vec<_> = start.iter().map(|s| s.clone().by_naive_loops(&form).bits()).collect();
    for unit in Unit::here() {
        let mut states = start.clone();
        let axes: Vec<_> = states.iter().map(|s| [s.rows, s.p.len() / s.rows]).collect();
        let steps: Vec<_> = axes.iter().map(|&[rows, _]| [1, rows as isize]).collect();
        let mut segments = Vec::new();
        for ((state, axes), steps) in states.iter_mut().zip(&axes).zip(&steps) {
            let State { p, kept, g, exchanged: other, .. } = state;
            let mut segment =
                if exchanged { Segment::strided(other, 0, axes, steps) } else { Segment::new(g) };
            segment.bind(p, kept.iter_mut().map(Vec::as_mut_slice), form);
            segments.push(segment);
        }
        step_by(unit, &Threads::new(threads), &mut segments);
        drop(segments);
        let found: Vec<_> = states.iter().map(State::bits).collect();
        assert!(found == expected, "{form:?}, lengths {lengths:?}, exchanged {exchanged}, {threads} threads");
    }
}

fn forms() -> impl Strategy<Value = Form> {
    let decay = prop_oneof![Just(0.0), Just(0.1)];
    let sgd = (prop_oneof![Just(0.0), Just(0.9)], any::<bool>(), decay.clone()).prop_map(
        |(momentum, nesterov, decay)| Form::Sgd { rate: 0.01, share: 0.5, momentum, nesterov, decay },
    );
    let adam =
        (any::<bool>(), decay, prop_oneof![Just(1e-8), Just(1e-60)]).prop_map(|(largest, decay, epsilon)| {
            Form::Adam {
                step: 0.01,
                root: 1.3,
                epsilon,
                betas: [0.9, 0.999],
                decay,
                shrink: 1.0 - decay / 7.0,
                largest,
            }
        });
    prop_oneof![sgd, adam]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_unit_gives_the_bits_of_the_naive_loops(
        form in forms(),
        lengths in prop::collection::vec(prop_oneof![0..70_usize, Just(BLOCK - 1), Just(BLOCK), Just(2 * BLOCK + 3)], 0..5),
        exchanged: bool,
        threads in 1..4_usize,
    ) {
        check::<f32>(form, &lengths, exchanged, threads);
        check::<f64>(form, &lengths, exchanged, threads);
    }

    #[test]
    fn the_first_element_that_is_not_finite_is_found_wherever_it_is(
        lengths in prop::collection::vec(prop_oneof![1..70_usize, Just(BLOCK + 5)], 1..5),
        bad in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3_usize), 0..3),
    ) {
        let mut gradients: Vec<Vec<f32>> = lengths.iter().map(|&n| vec![f32::MAX; n]).collect();
        for (segment, position, kind) in bad {
            let g = &mut gradients[segment.index(lengths.len())];
            let position = position.index(g.len());
            g[position] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][kind];
        }
        let first = gradients.iter().enumerate().find_map(|(k, g)| {
            Some((k, g.iter().position(|x| !x.is_finite())?))
        });
        let mut segments: Vec<_> = gradients.iter().map(|g| Segment::new(g)).collect();
        for unit in Unit::here() {
            for threads in [1, 3] {
                let found = first_non_finite_by(unit, &Threads::new(threads), &mut segments);
                prop_assert_eq!(found.map(|f| (f.segment, f.position)), first);
            }
        }
    }
}

#[test]
fn runs_of_blocks_give_the_bits_of_the_naive_loops() {
    let form = Form::Adam {
        step: 0.01,
        root: 1.3,
        epsilon: 1e-8,
        betas: [0.9, 0.999],
        decay: 0.1,
        shrink: 1.0,
        largest: true,
    };
    for (lengths, threads) in
        [(&[16 * RUN * BLOCK + 3][..], 2), (&[5, 16 * RUN * BLOCK - 7, 2 * BLOCK + 1], 3)]
    {
        check::<f32>(form, lengths, false, threads);
    }
}

#[test]
fn a_segment_that_is_not_bound_changes_nothing_and_is_looked_through() {
    let mut p = [1.0_f64; 3];
    let form = Form::Sgd { rate: 1.0, share: 1.0, momentum: 0.0, nesterov: false, decay: 0.0 };
    let mut segments = [Segment::new(&[f64::NAN]), Segment::new(&[1.0, 2.0, 3.0]), Segment::new(&[])];
    segments[1].bind(&mut p, [], form);
    step(&Threads::one(), &mut segments);
    assert_eq!(first_non_finite(&Threads::one(), &mut segments).map(|f| f.segment), Some(0));
    assert_eq!(p, [0.0, -1.0, -2.0]);
}

#[test]
fn a_gradient_may_be_reversed_repeated_or_have_gaps() {
    let memory = [1.0_f32, 2.0, f32::NAN, 4.0, 5.0, 6.0];
    for (offset, shape, strides, expected) in [
        (5, [2, 2], [-2, -1], [6.0, 5.0, 4.0, f32::NAN]),
        (0, [2, 2], [0, 1], [1.0, 2.0, 1.0, 2.0]),
        (1, [2, 2], [-1, 3], [2.0, 5.0, 1.0, 4.0]),
        (0, [2, 2], [1, 3], [1.0, 4.0, 2.0, 5.0]),
    ] {
        let mut segments = [Segment::strided(&memory, offset, &shape, &strides)];
        let nan = expected.iter().position(|x| x.is_nan());
        assert_eq!(first_non_finite(&Threads::one(), &mut segments).map(|f| f.position), nan);
        let same = |(a, b): (&f32, &f32)| a == b || a.is_nan() && b.is_nan();
        assert!(segments[0].gradient().iter().zip(&expected).all(same), "{:?}", segments[0].gradient());
    }
    assert_eq!(Segment::strided(&memory, 4, &[], &[]).gradient()[..], [5.0]);
    assert!(Segment::strided(&memory, 9, &[0, 3], &[7, 7]).is_empty());
}

#[test]
#[should_panic(expected = "reach outside 3 elements")]
fn a_gradient_outside_its_memory_is_refused() {
    let _ = Segment::strided(&[1.0, 2.0, 3.0], 1, &[2], &[2]);
}

#[test]
#[should_panic(expected = "differ in length")]
fn a_parameter_of_another_length_is_refused() {
    let form = Form::Sgd { rate: 1.0, share: 1.0, momentum: 0.0, nesterov: false, decay: 0.0 };
    Segment::new(&[1.0, 2.0]).bind(&mut [1.0], [], form);
}

#[test]
#[should_panic(expected = "less is kept")]
fn what_is_kept_must_be_there() {
    let form = Form::Sgd { rate: 1.0, share: 1.0, momentum: 0.5, nesterov: false, decay: 0.0 };
    Segment::new(&[1.0]).bind(&mut [1.0], [], form);
}
