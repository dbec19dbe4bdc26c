//! Elements picked, set and added at places that are not there, or with values that do not fill them.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Bag, ScatterReduce, Tape, Tensor};

pub(crate) fn programs() -> Vec<Wrong> {
    let mut all = by_index();
    all.extend(by_part_and_mask());
    all
}

fn by_index() -> Vec<Wrong> {
    vec![
        wrong("a cell written beyond the last", "Index", &["scatter:", "index 3", "0 to 2"], |t| {
            let (x, s) = (leaf(t, [3]), leaf(t, [1]));
            refused(x.try_scatter(0, [3_u32], s));
            fault!(x.scatter(0, [3_u32], s));
        }),
        wrong(
            "more indices than elements to write",
            "ShapeMismatch",
            &["scatter:", "[1] and [2]", "none longer in the second"],
            |t| {
                let (x, s) = (leaf(t, [3]), leaf(t, [1]));
                refused(x.try_scatter(0, [0_u32, 1], s));
                fault!(x.scatter(0, [0_u32, 1], s));
            },
        ),
        wrong("rows copied from another tape", "DifferentTapes", &["index_copy:", "one tape"], |t| {
            let (x, far) = (leaf(t, [3, 2]), Tape::new());
            let rows = leaf(&far, [1, 2]);
            refused(x.try_index_copy(0, [0_u32], rows));
            fault!(x.index_copy(0, [0_u32], rows));
        }),
        wrong("rows filled with one too long", "Broadcast", &["index_fill:", "axis -1 has 3 and 2"], |t| {
            let (x, row) = (leaf(t, [4, 2]), leaf(t, [3]));
            refused(x.try_index_fill(0, [0_u32, 1], row));
            fault!(x.index_fill(0, [0_u32, 1], row));
        }),
        wrong("a place beyond the columns", "Index", &["index:", "index 3", "0 to 2"], |t| {
            let (x, places) = (leaf(t, [2, 3]), [Tensor::from([0_u32]), Tensor::from([3_u32])]);
            refused(x.try_index(&places));
            fault!(x.index(&places));
        }),
        wrong(
            "an index list for every axis and one more",
            "Arity",
            &["index: 2 given", "leading axes"],
            |t| {
                let (x, places) = (leaf(t, [3]), [Tensor::from([0_u32]), Tensor::from([0_u32])]);
                refused(x.try_index(&places));
                fault!(x.index(&places));
            },
        ),
        wrong("two values put at three places", "Broadcast", &["index_put:", "axis -1 has 2 and 3"], |t| {
            let (x, two, places) = (leaf(t, [4]), leaf(t, [2]), [Tensor::from([0_u32, 1, 3])]);
            refused(x.try_index_put(&places, two, true));
            fault!(x.index_put(&places, two, true));
        }),
        wrong("a position beyond the last element", "Index", &["take:", "index 6", "0 to 5"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_take([6_u32]));
            fault!(x.take([6_u32]));
        }),
        wrong(
            "two elements put at three positions",
            "ShapeMismatch",
            &["put:", "[3]", "[2]", "each index"],
            |t| {
                let (x, two) = (leaf(t, [4]), leaf(t, [2]));
                refused(x.try_put([0_u32, 1, 3], two, false));
                fault!(x.put([0_u32, 1, 3], two, false));
            },
        ),
        wrong(
            "an index per row of another table",
            "ShapeMismatch",
            &["take_along_axis:", "[2, 3] and [4, 1]", "equal or 1"],
            |t| {
                let (x, p) = (leaf(t, [2, 3]), Tensor::from([[0_u32], [1], [2], [0]]));
                refused(x.try_take_along_axis(1, &p));
                fault!(x.take_along_axis(1, &p));
            },
        ),
        wrong("a word beyond the table", "Index", &["embedding:", "index 9", "0 to 8"], |t| {
            let table = leaf(t, [9, 2]);
            refused(table.try_embedding([[0_u32, 9]], None));
            fault!(table.embedding([[0_u32, 9]], None));
        }),
        wrong("a padding row that is not there", "Index", &["embedding:", "index 9", "0 to 8"], |t| {
            let table = leaf(t, [9, 2]);
            refused(table.try_embedding([0_u32], Some(9)));
            fault!(table.embedding([0_u32], Some(9)));
        }),
        wrong(
            "a largest element for a cell that is not there",
            "Index",
            &["scatter_reduce:", "index 3"],
            |t| {
                let (x, s) = (leaf(t, [3]), leaf(t, [1]));
                refused(x.try_scatter_reduce(0, [3_u32], s, ScatterReduce::Amax, true));
                fault!(x.scatter_reduce(0, [3_u32], s, ScatterReduce::Amax, true));
            },
        ),
        wrong(
            "bags that begin after the first word",
            "Attribute",
            &["embedding_bag:", "[1]", "for 2"],
            |t| {
                let table = leaf(t, [9, 2]);
                refused(table.try_embedding_bag([3_u32, 4], &[1], Bag::Mean));
                fault!(table.embedding_bag([3_u32, 4], &[1], Bag::Mean));
            },
        ),
        wrong("indices below the first", "Index", &["to_indices:", "index -4", "size 3"], |_| {
            let p = Tensor::from([0_i64, -4]);
            refused(p.try_to_indices(3));
            fault!(p.to_indices(3));
        }),
    ]
}

fn by_part_and_mask() -> Vec<Wrong> {
    vec![
        wrong("a part to change that is not there", "Part", &["at:", "3 of axis 1", "-3 to 2"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_at((0, 3)));
            fault!(x.at((0, 3)));
        }),
        wrong("two values set in a row of three", "Broadcast", &["at:", "axis -1 has 2 and 3"], |t| {
            let (row, two) = (leaf(t, [2, 3]).at(0), leaf(t, [2]));
            refused(row.try_set(two));
            fault!(row.set(two));
        }),
        wrong(
            "a table added to a row",
            "ShapeMismatch",
            &["at:", "[2, 3] and [3]", "no axis dropped"],
            |t| {
                let (row, table) = (leaf(t, [2, 3]).at(0), leaf(t, [2, 3]));
                refused(row.try_add(table));
                fault!(row.add(table));
            },
        ),
        wrong("a row multiplied by one of another tape", "DifferentTapes", &["at:", "one tape"], |t| {
            let (row, far) = (leaf(t, [2, 3]).at(0), Tape::new());
            let other = leaf(&far, [3]);
            refused(row.try_mul(other));
            fault!(row.mul(other));
        }),
        wrong(
            "a row filled by a mask of the table",
            "ShapeMismatch",
            &["masked_fill:", "[4, 3] and [3]", "no axis dropped"],
            |t| {
                let (row, mask) = (leaf(t, [3]), leaf(t, [4, 3]).gt(0.0));
                refused(row.try_masked_fill(mask, 0.0));
                fault!(row.masked_fill(mask, 0.0));
            },
        ),
        wrong("elements chosen by a mask of others", "Broadcast", &["masked_select:", "[4]", "[3]"], |t| {
            let (x, mask) = (leaf(t, [4]), leaf(t, [3]).gt(0.0));
            refused(x.try_masked_select(mask));
            fault!(x.masked_select(mask));
        }),
        wrong("rows chosen by a mask of columns", "ShapeMismatch", &["boolean_mask:", "leading axes"], |t| {
            let (x, mask) = (leaf(t, [4, 3]), leaf(t, [3]).gt(0.0));
            refused(x.try_boolean_mask(mask));
            fault!(x.boolean_mask(mask));
        }),
        wrong(
            "fewer elements than the mask has places",
            "Attribute",
            &["masked_scatter:", "2 elements for the 4 places", "an element for each"],
            |t| {
                let (x, two) = (leaf(t, [4]), leaf(t, [2]));
                refused(x.try_masked_scatter(x.gt(0.0), two));
                fault!(x.masked_scatter(x.gt(0.0), two));
            },
        ),
    ]
}
