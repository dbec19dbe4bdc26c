//! Where the boxes of a small picture go.
//!
//! Layers by the longest path from what is given, and then down to where a value is used; edges over several layers get a point in each; the order within a layer
//! follows the mean of the neighbors in the layer before or after, in a few sweeps; places follow likewise, as far as the
//! widths allow.

use super::Drawn;
use std::collections::HashMap;

/// Sweeps down and up.
const SWEEPS: usize = 12;
/// Room between things of one layer.
const GAP: f64 = 22.0;

/// A box, or the point where an edge passes a layer.
struct Item {
    /// Which box; none for a point.
    line: Option<usize>,
    width: f64,
    /// The middle.
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Places for boxes, and the ways of edges.
pub(super) struct Places {
    /// The layer and the middle of each box.
    pub(super) boxes: Vec<(usize, f64)>,
    /// For each box and operand: the places that the edge passes, from the operand's box to the box.
    pub(super) edges: Vec<Vec<Vec<(usize, f64)>>>,
    /// The number of layers.
    pub(super) layers: usize,
    /// The width of all.
    pub(super) width: f64,
}

/// Places boxes of these widths.
pub(super) fn place(boxes: &[Drawn], widths: &[f64]) -> Places {
    let at: HashMap<usize, usize> = boxes.iter().enumerate().map(|(k, line)| (line.id, k)).collect();
    let inputs: Vec<Vec<usize>> =
        boxes.iter().map(|line| line.inputs.iter().filter_map(|i| at.get(i).copied()).collect()).collect();
    let layer = layers(&inputs);
    let count = layer.iter().max().map_or(0, |last| last + 1);
    let mut items: Vec<Item> = widths.iter().enumerate().map(|(k, &width)| item(Some(k), width)).collect();
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (k, &layer) in layer.iter().enumerate() {
        rows[layer].push(k);
    }
    // Ways of edges; two edges between the same boxes take one way.
    let mut ways: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut known: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    for (k, inputs) in inputs.iter().enumerate() {
        let mut of_box = Vec::new();
        for &from in inputs {
            let way = known.entry((from, k)).or_insert_with(|| {
                let mut way = vec![from];
                for row in &mut rows[layer[from] + 1..layer[k]] {
                    items.push(item(None, 0.0));
                    row.push(items.len() - 1);
                    way.push(items.len() - 1);
                }
                way.push(k);
                for pair in way.windows(2) {
                    items[pair[0]].below.push(pair[1]);
                    items[pair[1]].above.push(pair[0]);
                }
                way
            });
            of_box.push(way.clone());
        }
        ways.push(of_box);
    }
    for row in &rows {
        spread(row, &mut items);
    }
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let order: Vec<usize> = if down { (0..count).collect() } else { (0..count).rev().collect() };
        for row in order {
            // Positions in the neighboring row decide the order; equal ones keep theirs.
            let row = &mut rows[row];
            let wish = |k: &usize| wish(&items, *k, down);
            row.sort_by(|a, b| wish(a).total_cmp(&wish(b)));
            spread_around(row, &mut items, down);
        }
    }
    let edge = |item: &Item| item.x - item.width / 2.0;
    let left = items.iter().map(edge).fold(f64::INFINITY, f64::min);
    let right = items.iter().map(|item| item.x + item.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let row_of: HashMap<usize, usize> =
        rows.iter().enumerate().flat_map(|(r, row)| row.iter().map(move |&k| (k, r))).collect();
    let place = |k: usize| (row_of[&k], items[k].x - left);
    debug_assert!(items.iter().filter_map(|item| item.line).eq(0..boxes.len()));
    Places {
        boxes: (0..boxes.len()).map(place).collect(),
        edges: ways
            .iter()
            .map(|of_box| of_box.iter().map(|way| way.iter().map(|&k| place(k)).collect()).collect())
            .collect(),
        layers: count,
        width: if items.is_empty() { 0.0 } else { right - left },
    }
}

fn item(line: Option<usize>, width: f64) -> Item {
    Item { line, width, x: 0.0, above: Vec::new(), below: Vec::new() }
}

/// The longest path to each box. Then boxes go down to right above the first that uses them, where that makes edges
/// shorter: those with no more computed operands than users.
fn layers(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut layer = vec![0_usize; inputs.len()];
    for (k, inputs) in inputs.iter().enumerate() {
        layer[k] = inputs.iter().map(|&i| layer[i] + 1).max().unwrap_or(0);
    }
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); inputs.len()];
    for (k, operands) in inputs.iter().enumerate().rev() {
        // Users come later in the list, so theirs is their last place.
        if let Some(first) = users[k].iter().map(|&user| layer[user]).min() {
            let computed = operands.iter().filter(|&&i| !inputs[i].is_empty()).count();
            if computed <= users[k].len() {
                layer[k] = first - 1;
            }
        }
        for &i in operands {
            if !users[i].contains(&k) {
                users[i].push(k);
            }
        }
    }
    layer
}

/// Where an item would like to be: the mean of its neighbors above or below; where it is, if it has none there.
fn wish(items: &[Item], k: usize, down: bool) -> f64 {
    let neighbors = if down { &items[k].above } else { &items[k].below };
    match neighbors.len() {
        0 => items[k].x,
        n => neighbors.iter().map(|&i| items[i].x).sum::<f64>() / n as f64,
    }
}

/// Side by side in their order, around 0.
fn spread(row: &[usize], items: &mut [Item]) {
    let total: f64 = row.iter().map(|&k| items[k].width + GAP).sum();
    let mut left = -total / 2.0;
    for &k in row {
        items[k].x = left + (items[k].width + GAP) / 2.0;
        left += items[k].width + GAP;
    }
}

/// As near to the wishes as widths allow, in the order given: those that would overlap form a block, which stands where the
/// mean of their wishes is.
fn spread_around(row: &[usize], items: &mut [Item], down: bool) {
    // A block: its left end as wished (sum, count), its width, and how many items it holds.
    let mut blocks: Vec<(f64, f64, f64, usize)> = Vec::new();
    for &k in row {
        let width = items[k].width + GAP;
        let mut block = (wish(items, k, down) - width / 2.0, 1.0, width, 1);
        while let Some(&(sum, count, wide, held)) = blocks.last() {
            if sum / count + wide <= block.0 / block.1 {
                break;
            }
            // The second block's left end is wished for `wide` further to the right than the first one's.
            block = (sum + block.0 - wide * block.1, count + block.1, wide + block.2, held + block.3);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut row = row.iter();
    for (sum, count, _, held) in blocks {
        let mut left = sum / count;
        for &k in row.by_ref().take(held) {
            let width = items[k].width + GAP;
            items[k].x = left + width / 2.0;
            left += width;
        }
    }
}
