//! Indices, ranges and parts that are not there.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{At, PadMode, Pattern, Tensor};
use wengert_nn::{cross_entropy, try_cross_entropy};
use wengert_train::{Confusion, generated};

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong(
            "a token beyond the vocabulary",
            "Index",
            &["index_select:", "index 100", "size 100", "0 to 99"],
            |t| {
                let (table, tokens) = (leaf(t, [100, 8]), Tensor::from([3_u32, 100]));
                refused(table.try_index_select(0, &tokens));
                fault!(table.index_select(0, &tokens));
            },
        ),
        wrong("a row of a table without rows", "Index", &["index_select:", "index 0", "no elements"], |t| {
            let table = leaf(t, [0, 8]);
            refused(table.try_index_select(0, [0_u32]));
            fault!(table.index_select(0, [0_u32]));
        }),
        wrong(
            "rows picked by a matrix of indices",
            "Shape",
            &["index_select:", "[2, 2]", "list of indices"],
            |t| {
                let (table, tokens) = (leaf(t, [9, 8]), Tensor::from([[0_u32, 1], [2, 3]]));
                refused(table.try_index_select(0, &tokens));
                fault!(table.index_select(0, &tokens));
            },
        ),
        wrong("a class beyond the last", "Index", &["gather:", "index 3", "0 to 2"], |t| {
            let p = leaf(t, [2, 3]);
            refused(p.try_gather(1, [[0_u32], [3]]));
            fault!(p.gather(1, [[0_u32], [3]]));
        }),
        wrong("classes gathered by a list", "ShapeMismatch", &["gather:", "[2, 3]", "[2]"], |t| {
            let p = leaf(t, [2, 3]);
            refused(p.try_gather(1, [0_u32, 1]));
            fault!(p.gather(1, [0_u32, 1]));
        }),
        wrong("rows added beyond the last", "Index", &["index_add:", "index 4", "0 to 3"], |t| {
            let (x, rows) = (leaf(t, [4, 2]), leaf(t, [1, 2]));
            refused(x.try_index_add(0, [4_u32], rows));
            fault!(x.index_add(0, [4_u32], rows));
        }),
        wrong(
            "more rows than indices",
            "ShapeMismatch",
            &["index_add:", "one row of the source per index"],
            |t| {
                let (x, rows) = (leaf(t, [4, 2]), leaf(t, [3, 2]));
                refused(x.try_index_add(0, [0_u32, 1], rows));
                fault!(x.index_add(0, [0_u32, 1], rows));
            },
        ),
        wrong("a count beyond the last bin", "Index", &["scatter_add:", "index 5", "0 to 4"], |t| {
            let (bins, ones) = (leaf(t, [5]), leaf(t, [2]));
            refused(bins.try_scatter_add(0, [5_u32, 0], ones));
            fault!(bins.scatter_add(0, [5_u32, 0], ones));
        }),
        wrong(
            "a label beyond the classes of one-hot rows",
            "Index",
            &["one_hot:", "index 10", "0 to 9"],
            |_| {
                let labels = Tensor::from([9_u32, 10]);
                refused(labels.try_one_hot::<f64>(10));
                fault!(labels.one_hot::<f64>(10));
            },
        ),
        wrong(
            "labels counted from one",
            "Label",
            &["cross_entropy:", "target 3", "position 1", "3 classes"],
            |t| {
                let (logits, labels) = (leaf(t, [2, 3]), Tensor::from([1_u32, 3]));
                refused(try_cross_entropy(logits, &labels));
                fault!(cross_entropy(logits, &labels));
            },
        ),
        wrong("a slice beyond the end", "Index", &["slice:", "index 6", "size 4"], |t| {
            let x = leaf(t, [4]);
            refused(x.try_slice(0, 2..6));
            fault!(x.slice(0, 2..6));
        }),
        wrong("a slice from before the start", "Index", &["slice:", "index -5", "size 4"], |t| {
            let x = leaf(t, [4]);
            refused(x.try_slice(0, -5..));
            fault!(x.slice(0, -5..));
        }),
        wrong(
            "a slice that runs backward",
            "Attribute",
            &["slice:", "3..1", "a start not after the end"],
            |t| {
                let (x, start, end) = (leaf(t, [4]), 3, 1);
                refused(x.try_slice(0, start..end));
                fault!(x.slice(0, start..end));
            },
        ),
        wrong("a slice with steps of 0", "Attribute", &["slice:", "step = 0"], |t| {
            let x = leaf(t, [4]);
            refused(x.try_slice_step(0, .., 0));
            fault!(x.slice_step(0, .., 0));
        }),
        wrong("a window past the last row", "Index", &["narrow:", "index 5", "size 4"], |t| {
            let x = leaf(t, [4, 2]);
            refused(x.try_narrow(0, 3..5));
            fault!(x.narrow(0, 3..5));
        }),
        wrong(
            "a window that ends before it starts",
            "Attribute",
            &["narrow:", "2..1", "start not after"],
            |t| {
                let x = leaf(t, [4, 2]);
                let (start, end) = (2, 1);
                refused(x.try_narrow(0, start..end));
                fault!(x.narrow(0, start..end));
            },
        ),
        wrong(
            "a part of a tensor that ends before it starts",
            "Attribute",
            &["narrow:", "2..1", "size 4"],
            |_| {
                let (x, start, end) = (Tensor::<f64>::zeros([4]), 2, 1);
                refused(x.try_narrow(0, start..end));
                fault!(x.narrow(0, start..end));
            },
        ),
        wrong("a row that is not there", "Part", &["s:", "2 of axis 0", "size 2", "-2 to 1"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_s((2, ..)));
            fault!(x.s((2, ..)));
        }),
        wrong("a range of columns that are not there", "Part", &["s:", "axis 1", "size 3", "-3 to 3"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_s((.., 1..5)));
            fault!(x.s((.., 1..5)));
        }),
        wrong("more parts than axes", "Arity", &["s: 3 given", "at most one part per axis"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_s((0, 0, 0)));
            fault!(x.s((0, 0, 0)));
        }),
        wrong("two ellipses", "Attribute", &["s:", "2 ellipses", "at most one"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_s((At::Ellipsis, 0, At::Ellipsis)));
            fault!(x.s((At::Ellipsis, 0, At::Ellipsis)));
        }),
        wrong("an element that a tensor does not have", "Index", &["index:", "index 3", "0 to 2"], |_| {
            let x = Tensor::from([1.0, 2.0, 3.0]);
            refused(x.get([3]));
            fault!(x[[3]]);
        }),
        wrong("an element by too few indices", "Shape", &["index", "[2, 2]"], |_| {
            let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
            refused(x.get([1]));
            fault!(x[[1]]);
        }),
        wrong("parts that do not add up", "Attribute", &["split:", "[2, 3]", "size 6", "add up"], |t| {
            let x = leaf(t, [6]);
            refused(x.try_split(0, &[2, 3]));
            fault!(x.split(0, &[2, 3]));
        }),
        wrong("no parts at all", "Attribute", &["chunk:", "count = 0", "at least one"], |t| {
            let x = leaf(t, [6]);
            refused(x.try_chunk(0, 0));
            fault!(x.chunk(0, 0));
        }),
        wrong(
            "counts for some of the elements",
            "Attribute",
            &["repeat_interleave:", "2 of them", "size 3"],
            |t| {
                let x = leaf(t, [3]);
                refused(x.try_repeat_interleave(0, [1, 2]));
                fault!(x.repeat_interleave(0, [1, 2]));
            },
        ),
        wrong("a reflection of nothing", "Attribute", &["pad_with:", "(1, 0)", "size 0"], |t| {
            let x = leaf(t, [0]);
            refused(x.try_pad_with(&[(1, 0)], PadMode::Reflect));
            fault!(x.pad_with(&[(1, 0)], PadMode::Reflect));
        }),
        wrong(
            "more cropped than there is",
            "Attribute",
            &["pad:", "(-2, -2)", "size 3", "crop at most"],
            |t| {
                let x = leaf(t, [3]);
                refused(x.try_pad(&[(-2, -2)], 0.0));
                fault!(x.pad(&[(-2, -2)], 0.0));
            },
        ),
        wrong("an entry beyond the columns of a pattern", "Index", &["index 4", "size 4", "0 to 3"], |_| {
            refused(Pattern::new([4, 4], [(0, 0), (3, 4)]));
        }),
        wrong("a sample beyond the data set", "SampleIndex", &["sample 12", "set of 12", "0 to 11"], |_| {
            let digits = generated::digits(1, generated::Set::Test, 12);
            refused(digits.gather(&[0, 12]));
        }),
        wrong("a class beyond the table", "Class", &["class 10 of 10", "0 to 9"], |_| {
            refused(Confusion::new(10).count(3, 10));
        }),
    ]
}
