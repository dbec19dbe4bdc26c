//! User-written ops with a fault of one's choice, to test the checker with.

use wengert::check::{Failure, Report};
use wengert::{Checker, CustomOp, Error, Key, Line, Pullback, Shape, Tensor, Var};

/// The derivative that a rule multiplies by.
pub type Slope = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

/// $y = x^2$ elementwise, with rules that multiply by `slope`, right or wrong.
pub struct Square(pub &'static str, pub Slope);

impl CustomOp<f64> for Square {
    fn name(&self) -> &'static str {
        self.0
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        Ok(x[0].map(|x| x * x))
    }
    fn vjp<'t>(&self, at: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        [Some(ct * (self.1)(at.input(0)))].into()
    }
    fn jvp<'t>(&self, at: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        dx[0].map(|dx| dx * (self.1)(at.input(0)))
    }
}

/// The slope of [`Square`], with 0.25 too much at `[1, 2]`.
pub fn one_cell_off(x: Var<'_, f64>) -> Var<'_, f64> {
    let off = Tensor::from_fn(x.shape(), |ix| if ix == [1, 2] { 0.25 } else { 0.0 });
    x * 2.0 + x.tape().constant(off)
}

/// $y = A x$ with $A$ `[100, 100]`, whose rules may hold another matrix than its value.
#[derive(Clone)]
pub struct Map {
    value: Tensor<f64>,
    reverse: Tensor<f64>,
    forward: Tensor<f64>,
}

impl Map {
    /// The cell of $A$ that wrong rules have 0.5 too much in.
    pub const CELL: [usize; 2] = [37, 62];

    /// A map with right rules.
    pub fn right() -> Self {
        let value = Key::new(5).normal([100, 100]);
        Self { reverse: value.clone(), forward: value.clone(), value }
    }

    fn spoiled(a: &Tensor<f64>) -> Tensor<f64> {
        Tensor::from_fn(a.dims(), |ix| a.get(ix).unwrap() + if ix == Self::CELL { 0.5 } else { 0.0 })
    }

    /// A map with a wrong cell in its VJP.
    pub fn wrong_in_reverse() -> Self {
        let map = Self::right();
        Self { reverse: Self::spoiled(&map.value), ..map }
    }

    /// A map with a wrong cell in its JVP.
    pub fn wrong_in_forward() -> Self {
        let map = Self::right();
        Self { forward: Self::spoiled(&map.value), ..map }
    }

    /// Checks the map at some point.
    ///
    /// # Errors
    ///
    /// What the checker finds.
    pub fn check(&self, checker: &Checker) -> Result<Report, Failure> {
        let x = Key::new(6).normal([100]);
        checker.run(|x| x.tape().custom(self.clone(), &[x]), &x)
    }
}

impl CustomOp<f64> for Map {
    fn name(&self) -> &'static str {
        "map"
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, _: &[Shape]) -> Result<Shape, Error> {
        Shape::new([self.value.dims()[0]])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        let row = |i| (0..x[0].len()).map(|j| self.value[[i, j]] * x[0][[j]]).sum();
        Ok(Tensor::from_fn([self.value.dims()[0]], |ix| row(ix[0])))
    }
    fn vjp<'t>(&self, _: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        [Some(ct.matmul(ct.tape().constant(&self.reverse)))].into()
    }
    fn jvp<'t>(&self, _: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        dx[0].map(|dx| dx.tape().constant(&self.forward).matmul(dx))
    }
}
