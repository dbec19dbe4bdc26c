//! How many numbers meet in one output of a weight, and how many outputs one input reaches.

/// Connections per output and per input of a weight; a number beyond `usize` counts as its largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fan {
    /// Inputs that one output sums over.
    pub inputs: usize,
    /// Outputs that one input takes part in.
    pub outputs: usize,
}

impl Fan {
    /// Returns the fan of a dense weight `[inputs, outputs]`.
    pub fn linear(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs }
    }

    /// Returns the fan of a convolution weight `[out channels, channels / groups, kernel…]` at stride 1.
    ///
    /// ```
    /// use wengert_nn::Fan;
    /// assert_eq!(Fan::conv(&[64, 16, 3, 3], 2), Fan { inputs: 16 * 9, outputs: 32 * 9 });
    /// ```
    pub fn conv(weight: &[usize], groups: usize) -> Self {
        let (rows, columns, kernel) = parts(weight);
        Self {
            inputs: columns.saturating_mul(kernel),
            outputs: (rows / groups.max(1)).saturating_mul(kernel),
        }
    }

    /// Returns the fan of a transposed convolution weight `[channels, out channels / groups, kernel…]` at stride 1.
    pub fn conv_transpose(weight: &[usize], groups: usize) -> Self {
        // As of the same weight read backwards.
        let Self { inputs, outputs } = Self::conv(weight, groups);
        Self { inputs: outputs, outputs: inputs }
    }
}

fn parts(weight: &[usize]) -> (usize, usize, usize) {
    let axis = |k: usize| weight.get(k).copied().unwrap_or(1);
    (axis(0), axis(1), weight.iter().skip(2).fold(1, |all, &n| all.saturating_mul(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_exchanges_inputs_and_outputs() {
        let weight = [64, 16, 3, 5];
        assert_eq!(Fan::conv(&weight, 1), Fan { inputs: 16 * 15, outputs: 64 * 15 });
        assert_eq!(Fan::conv_transpose(&weight, 1), Fan { inputs: 64 * 15, outputs: 16 * 15 });
        // Depthwise: one input channel meets one output channel.
        assert_eq!(Fan::conv(&[8, 1, 3, 3], 8), Fan { inputs: 9, outputs: 9 });
        assert_eq!(Fan::conv_transpose(&[8, 1, 3, 3], 8), Fan { inputs: 9, outputs: 9 });
    }
}
