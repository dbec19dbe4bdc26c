//! Which triangle of a matrix a system is solved with.

/// One triangle of a matrix, as it is or transposed; see [`LinAlg::triangular_solve`](crate::LinAlg::triangular_solve).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triangle {
    pub(crate) upper: bool,
    pub(crate) transposed: bool,
    pub(crate) unit_diagonal: bool,
}

impl Triangle {
    /// What is on and below the diagonal.
    pub const LOWER: Self = Self { upper: false, transposed: false, unit_diagonal: false };
    /// What is on and above the diagonal.
    pub const UPPER: Self = Self { upper: true, ..Self::LOWER };

    /// The transpose of this triangle: the same elements are read.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// With ones for the diagonal, which is not read.
    #[must_use]
    pub const fn unit_diagonal(self) -> Self {
        Self { unit_diagonal: true, ..self }
    }
}
