//! Convolution and pooling written out as loops over every product, independent of the crate under test.

/// The attributes of a sliding window along two axes.
#[derive(Clone, Copy, Debug)]
pub struct Slide {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Cells around the image.
    pub padding: [usize; 2],
    /// Steps between the cells of a window.
    pub dilation: [usize; 2],
}

impl Slide {
    /// Output rows and columns; `None` if the window is larger than the padded image.
    pub fn out(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let along = |a: usize| {
            let last = self.dilation[a] * (self.kernel[a] - 1);
            (size[a] + 2 * self.padding[a]).checked_sub(last + 1).map(|room| room / self.stride[a] + 1)
        };
        Some([along(0)?, along(1)?])
    }

    /// Calls `f(window, tap, cell)` for every tap that lies on the image of `size`, in scan order.
    pub fn each(&self, size: [usize; 2], mut f: impl FnMut(usize, usize, usize)) {
        let [rows, columns] = self.out(size).expect("the window fits");
        for (i, j) in pairs(rows, columns) {
            for (p, q) in pairs(self.kernel[0], self.kernel[1]) {
                let at = |a: usize, out: usize, tap: usize| {
                    (out * self.stride[a] + tap * self.dilation[a]) as isize - self.padding[a] as isize
                };
                let (h, w) = (at(0, i, p), at(1, j, q));
                if (0..size[0] as isize).contains(&h) && (0..size[1] as isize).contains(&w) {
                    let cell = h as usize * size[1] + w as usize;
                    f(i * columns + j, p * self.kernel[1] + q, cell);
                }
            }
        }
    }
}

fn pairs(m: usize, n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..m).flat_map(move |i| (0..n).map(move |j| (i, j)))
}

/// A convolution of given sizes.
#[derive(Clone, Copy, Debug)]
pub struct NaiveConv {
    /// The window.
    pub slide: Slide,
    /// Number of groups.
    pub groups: usize,
    /// `[batch, channels, height, width]`
    pub x: [usize; 4],
    /// Output channels.
    pub out_channels: usize,
}

impl NaiveConv {
    /// The shape of the weight.
    pub fn w(&self) -> [usize; 4] {
        [self.out_channels, self.x[1] / self.groups, self.slide.kernel[0], self.slide.kernel[1]]
    }

    /// The shape of the output.
    pub fn y(&self) -> [usize; 4] {
        let [rows, columns] = self.slide.out([self.x[2], self.x[3]]).expect("the window fits");
        [self.x[0], self.out_channels, rows, columns]
    }

    /// Calls `f(x, w, y)` with the positions of every product.
    fn each(&self, mut f: impl FnMut(usize, usize, usize)) {
        let ([batch, channels, height, width], [_, _, rows, columns]) = (self.x, self.y());
        let (fan, per_group) = (channels / self.groups, self.out_channels / self.groups);
        let taps = self.slide.kernel[0] * self.slide.kernel[1];
        for (b, o) in pairs(batch, self.out_channels) {
            for c in 0..fan {
                let image = (b * channels + o / per_group * fan + c) * height * width;
                let (kernel, out) = ((o * fan + c) * taps, (b * self.out_channels + o) * rows * columns);
                self.slide
                    .each([height, width], |window, tap, cell| f(image + cell, kernel + tap, out + window));
            }
        }
    }

    /// The convolution of `x` by `w`.
    pub fn forward(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.y().iter().product()];
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
