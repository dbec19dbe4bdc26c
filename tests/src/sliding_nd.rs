//! Convolution and pooling along any number of axes, written out as loops, independent of the crate under test.

/// The attributes of a sliding window, one number per axis.
#[derive(Clone, Debug)]
pub struct SlideNd {
    /// Cells of the window.
    pub kernel: Vec<usize>,
    /// Cells between windows.
    pub stride: Vec<usize>,
    /// Cells before and after each axis.
    pub padding: Vec<usize>,
    /// Cells between those of a window.
    pub dilation: Vec<usize>,
}

/// Calls `f` with every position below `dims`, in row-major order.
pub fn each_position(dims: &[usize], mut f: impl FnMut(&[usize])) {
    if dims.contains(&0) {
        return;
    }
    let mut at = vec![0; dims.len()];
    loop {
        f(&at);
        let Some(axis) = (0..dims.len()).rev().find(|&a| at[a] + 1 < dims[a]) else { return };
        at[axis] += 1;
        at[axis + 1..].fill(0);
    }
}

/// The place of a position in row-major order.
pub fn flat(at: &[usize], dims: &[usize]) -> usize {
    at.iter().zip(dims).fold(0, |flat, (i, d)| flat * d + i)
}

impl SlideNd {
    /// Windows along an axis of `n` cells; `None` if there is none. A window that is not whole counts with `ceil`.
    pub fn out(&self, axis: usize, n: usize, ceil: bool) -> Option<usize> {
        let (stride, padding) = (self.stride[axis], self.padding[axis]);
        let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
        // One window after another, as long as the next still counts.
        let whole = |o: usize| o * stride + reach <= n + 2 * padding;
        let begun = |o: usize| {
            // it begins within the image or before it, and some stride before the end of the padded image is in it
            o * stride < n + padding && o * stride + reach < n + 2 * padding + stride
        };
        let counts = |o: usize| whole(o) || ceil && begun(o);
        let windows = (0..).take_while(|&o| counts(o)).count();
        (windows > 0).then_some(windows)
    }

    /// Windows along every axis.
    pub fn outs(&self, size: &[usize], ceil: bool) -> Option<Vec<usize>> {
        size.iter().enumerate().map(|(axis, &n)| self.out(axis, n, ceil)).collect()
    }

    /// Calls `f(window, tap, cell)` for every tap of a window; the cell is `None` outside the image.
    pub fn each(&self, size: &[usize], out: &[usize], mut f: impl FnMut(&[usize], &[usize], Option<usize>)) {
        each_position(out, |window| {
            each_position(&self.kernel, |tap| {
                let along = |a: usize| {
                    let at = window[a] * self.stride[a] + tap[a] * self.dilation[a];
                    at.checked_sub(self.padding[a]).filter(|&cell| cell < size[a])
                };
                let cell: Option<Vec<usize>> = (0..size.len()).map(along).collect();
                f(window, tap, cell.map(|cell| flat(&cell, size)));
            });
        });
    }
}

/// A convolution of given sizes.
#[derive(Clone, Debug)]
pub struct NaiveConvNd {
    /// The window.
    pub slide: SlideNd,
    /// Number of groups.
    pub groups: usize,
    /// `[batch, channels, size…]`
    pub x: Vec<usize>,
    /// Output channels.
    pub out_channels: usize,
}

impl NaiveConvNd {
    /// The shape of the weight.
    pub fn w(&self) -> Vec<usize> {
        [&[self.out_channels, self.x[1] / self.groups][..], &self.slide.kernel].concat()
    }

    /// The shape of the output; `None` if the window does not fit.
    pub fn y(&self) -> Option<Vec<usize>> {
        Some([vec![self.x[0], self.out_channels], self.slide.outs(&self.x[2..], false)?].concat())
    }

    /// Calls `f(x, w, y)` with the positions of every product.
    fn each(&self, mut f: impl FnMut(usize, usize, usize)) {
        let (size, y) = (&self.x[2..], self.y().expect("the window fits"));
        let (fan, per_group) = (self.x[1] / self.groups, self.out_channels / self.groups);
        let [cells, taps, windows] =
            [size, &self.slide.kernel, &y[2..]].map(|dims| dims.iter().product::<usize>());
        each_position(&[self.x[0], self.out_channels, fan], |at| {
            let [b, o, c] = [at[0], at[1], at[2]];
            let image = b * self.x[1] + o / per_group * fan + c;
            let (kernel, out) = (o * fan + c, b * self.out_channels + o);
            self.slide.each(size, &y[2..], |window, tap, cell| {
                if let Some(cell) = cell {
                    let (tap, window) = (flat(tap, &self.slide.kernel), flat(window, &y[2..]));
                    f(image * cells + cell, kernel * taps + tap, out * windows + window);
                }
            });
        });
    }

    /// The convolution of `x` by `w`.
    pub fn forward(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.y().expect("the window fits").iter().product()];
        self.each(|i, k, o| y[o] += x[i] * w[k]);
        y
    }

    /// The cotangent of the images.
    pub fn input_grad(&self, w: &[f64], dy: &[f64]) -> Vec<f64> {
        let mut dx = vec![0.0; self.x.iter().product()];
        self.each(|i, k, o| dx[i] += dy[o] * w[k]);
        dx
    }

    /// The cotangent of the weight.
    pub fn weight_grad(&self, x: &[f64], dy: &[f64]) -> Vec<f64> {
        let mut dw = vec![0.0; self.w().iter().product()];
        self.each(|i, k, o| dw[k] += dy[o] * x[i]);
        dw
    }
}
