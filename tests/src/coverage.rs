//! What is compared: every op and composition, by law, order of derivative, precision and layout, with how many numbers.

mod table;

pub use table::{json, markdown};

use crate::composed::{Points, READS_VALUES, agrees};
use crate::laws::{self, check, checker};
use crate::layout;
use crate::orders::{Orders, Precision, Program, against_double, in_layout};
use crate::subject::{SEED, Subject};
use crate::tally::Tally;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use wengert::Tensor;
use wengert::ops::composed::Composed;

/// Orders of derivative that are swept.
pub const ORDERS: usize = 4;
/// Points per op that the table is made from.
pub const SAMPLES: usize = 64;

/// What is swept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Points per op, at least.
    pub samples: usize,
    /// Where points are drawn from.
    pub seed: u64,
    /// Ops whose name holds one of these; all if there are none.
    pub only: Vec<String>,
    /// How many are swept at a time.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { samples: SAMPLES, seed: SEED, only: Vec::new(), threads }
    }
}

/// What was compared for one op or composition.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Whether it is a composition of ops.
    pub composed: bool,
    /// Different points that have elements.
    pub points: usize,
    /// The highest order that exists at the points.
    pub orders: usize,
    /// Whether it was swept at the standard points, at which more laws are held than at others.
    pub standard: bool,
    /// Whether plans have to refuse it: then there are no derivatives of one to compare.
    pub unplanned: bool,
    /// Why it has no derivative, where it has none.
    pub locally_constant: Option<&'static str>,
    /// Numbers compared.
    pub tally: Tally,
    /// Layouts in which no operand at any point can lie otherwise than in its contiguous copy.
    pub same: Vec<&'static str>,
    /// What went wrong; empty where nothing did.
    pub problems: Vec<String>,
}

/// One line of the list of what is swept.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// A primitive, by its name.
    Op(&'static str, fn() -> Subject),
    /// A composition.
    Composed(&'static str, fn() -> Composed),
}

macro_rules! ops { ($($module:ident :: $Op:ident,)*) => {
    const OPS: &[Entry] = &[$(Entry::Op(stringify!($module), Subject::of::<wengert::ops::$module::$Op>)),*];
} }
wengert::for_each_op!(ops);

macro_rules! compositions { ($($name:ident: $module:ident :: $f:ident,)*) => {
    const COMPOSED: &[Entry] = &[$(Entry::Composed(stringify!($name), wengert::ops::composed::$module::$f)),*];
} }
wengert::for_each_composition!(compositions);

impl Entry {
    fn name(self) -> &'static str {
        match self {
            Self::Op(name, _) | Self::Composed(name, _) => name,
        }
    }
}

/// Sweeps every op and composition of the lists, primitives first, then those of other crates.
pub fn sweep(settings: &Settings, others: &[Entry]) -> Vec<Row> {
    let wanted = |entry: &&Entry| {
        settings.only.is_empty() || settings.only.iter().any(|part| entry.name().contains(part.as_str()))
    };
    let entries: Vec<Entry> = OPS.iter().chain(COMPOSED).chain(others).filter(wanted).copied().collect();
    let rows: Vec<Mutex<Option<Row>>> = entries.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..settings.threads.clamp(1, entries.len().max(1)) {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place =
                        entries.iter().position(|other| std::ptr::eq(other, entry)).expect("one of them");
                    *rows[place].lock().expect("nobody panics with it") = Some(row(*entry, settings));
                }
            });
        }
    });
    let done = rows.into_iter().map(|row| row.into_inner().expect("nobody panicked with it"));
    done.map(|row| row.expect("every entry was swept")).collect()
}

fn row(entry: Entry, settings: &Settings) -> Row {
    let mut row = Row {
        name: entry.name(),
        composed: matches!(entry, Entry::Composed(..)),
        points: 0,
        orders: ORDERS,
        standard: settings.seed == SEED,
        unplanned: false,
        locally_constant: None,
        tally: Tally::new(),
        same: Vec::new(),
        problems: Vec::new(),
    };
    let swept = catch_unwind(AssertUnwindSafe(|| match entry {
        Entry::Op(_, subject) => of_op(&mut row, &subject, settings),
        Entry::Composed(_, composed) => of_composition(&mut row, composed(), settings),
    }));
    if let Err(payload) = swept {
        row.problems.push(text(payload.as_ref()));
    } else if row.points < settings.samples {
        row.problems.push(format!("{} different points, expected {}", row.points, settings.samples));
    }
    row
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}

fn of_op(row: &mut Row, subject: &dyn Fn() -> Subject, settings: &Settings) {
    let standard = subject();
    row.locally_constant = standard.locally_constant;
    if settings.seed == SEED {
        for law in [laws::special, laws::masked, laws::planted, laws::plan, laws::edges, laws::formula] {
            row.tally.absorb(&law(&standard));
        }
    }
    let (first, subject) = (standard.samples.len(), subject().with_samples(settings.samples, settings.seed));
    row.points = subject.samples.iter().filter(|case| !case.is_empty()).count();
    for law in [laws::shape_rule, laws::reference, laws::linearity, laws::gradients_have_full_shape] {
        row.tally.absorb(&law(&subject));
    }
    row.tally.absorb(&check(&subject, &thrifty().order(ORDERS)));
    let points =
        subject.samples.iter().map(|case| (Program::Op(&case.op), &case.inputs[..], case.to_string()));
    in_orders(row, points, first);
}

fn of_composition(row: &mut Row, composed: Composed, settings: &Settings) {
    let standard = Points::of(composed);
    row.orders = composed.smooth_orders.min(ORDERS);
    row.unplanned = READS_VALUES.contains(&composed.name);
    let (first, points) = (standard.samples.len(), standard.with_samples(settings.samples, settings.seed));
    row.points = points.samples.iter().filter(|x| !points.is_empty(x)).count();
    if settings.seed == SEED {
        row.tally.absorb(&crate::composed::plan(&composed));
    }
    row.tally.absorb(&agrees(ORDERS, &thrifty(), &points));
    let name = composed.name;
    let points = points.samples.iter();
    let points = points.map(|x| (Program::Composed(&composed), &x[..], format!("{name} at {x:?}")));
    in_orders(row, points, first);
}

/// All entries of small Jacobians, one direction through larger ones: there are many points.
fn thrifty() -> wengert::Checker {
    checker().directions(1).all_entries_up_to(64)
}

/// Both precisions, every order and every layout: all layouts at the first points, one after the other at the rest.
fn in_orders<'a>(
    row: &mut Row,
    points: impl Iterator<Item = (Program<'a>, &'a [Tensor<f64>], String)>,
    first: usize,
) {
    let orders = row.orders;
    let mut nonzero = [[false; 2]; ORDERS];
    let mut can_differ = [false; layout::NAMES.len()];
    for (i, (program, x, what)) in points.enumerate() {
        let what = || what.clone();
        let narrow: Vec<Tensor<f32>> = x.iter().map(Tensor::cast).collect();
        let (wide, found) = (Orders::of(program, x, orders), Orders::of(program, &narrow, orders));
        row.tally.absorb(&against_double(program, &narrow, &found, &what));
        for (order, nonzero) in nonzero.iter_mut().enumerate() {
            nonzero[0] |= wide.is_nonzero(order + 1);
            nonzero[1] |= found.is_nonzero(order + 1);
        }
        for (k, name) in layout::NAMES.into_iter().enumerate() {
            can_differ[k] |= x.iter().any(|x| layout::differs(name, x.dims()));
            if i < first || (i % layout::NAMES.len()) == k {
                row.tally.absorb(&in_layout(program, x, &wide, k, &what));
                row.tally.absorb(&in_layout(program, &narrow, &found, k, &what));
            }
        }
    }
    let names = layout::NAMES.into_iter();
    row.same = names.zip(can_differ).filter(|(_, differs)| !differs).map(|(name, _)| name).collect();
    if row.locally_constant.is_none() {
        for (order, nonzero) in nonzero.iter().enumerate().take(orders) {
            for (dtype, nonzero) in [f64::NAME, f32::NAME].into_iter().zip(nonzero) {
                if !nonzero {
                    row.problems.push(format!("every gradient of order {} in {dtype} is zero", order + 1));
                }
            }
        }
    }
}

impl Row {
    /// Everything that has to be compared, as (precision, order, law or layout).
    ///
    /// An op that is locally constant has values to compare, and no derivatives.
    pub fn required(&self) -> Vec<(&'static str, usize, &'static str)> {
        let mut required = Vec::new();
        let orders = if self.locally_constant.is_some() { 0 } else { self.orders };
        for order in 0..=orders {
            for dtype in [f64::NAME, f32::NAME] {
                let laws: &[_] = match (dtype, order) {
                    ("f64", 0) if self.composed => &[],
                    ("f64", 0) => &["shape", "reference"],
                    ("f64", 1) if !self.composed => &["shape", "linear", "differences", "transpose", "eager"],
                    ("f64", _) => &["differences", "transpose", "eager"],
                    _ => &["against f64"],
                };
                let names = laws.iter().copied().chain(layout::NAMES);
                required.extend(names.map(|what| (dtype, order, what)));
            }
        }
        if self.standard {
            required.push(("f64", 0, "plan"));
            if !self.composed {
                required.push(("f64", 0, "special"));
            }
            if orders > 0 && !self.unplanned {
                required.push(("f64", 1, "plan"));
            }
            if orders > 0 && !self.composed {
                required.extend([("f64", 1, "masked"), ("f64", 1, "planted")]);
            }
        }
        required
    }

    /// What has to be compared and was not; but for what is NaN in a layout at every point, with rows of equal numbers for
    /// instance, and in its contiguous copy too.
    pub fn skipped(&self) -> Vec<(&'static str, usize, &'static str)> {
        self.required()
            .into_iter()
            .filter(|&(dtype, order, what)| {
                self.tally.at(dtype, order, what) == 0 && !self.tally.is_nan(dtype, order, what)
            })
            .collect()
    }
}
