//! Lists against their definition, and the ways to make them against each other.

use super::*;
use crate::conv::kernels::{Kernels, Vectorized};
use crate::real::Real;

/// What is listed: of each channel, of each cell of each window.
type Listed = (Vec<Vec<(u32, u64)>>, Vec<(u32, Vec<(u32, u64)>)>);

fn bits<T: Real>(entries: Entries<'_, T>) -> Vec<(u32, u64)> {
    entries.iter().map(|(at, value)| (at as u32, value.to_f64().to_bits())).collect()
}

/// Both kinds of lists by one instruction set.
fn listed<T: Real>(kernels: &Kernels<T>, g: &Group<'_, T>, [first, row]: [u32; 2], windows: usize) -> Listed {
    let mut lists = Lists::new(windows, g.channels, g.cells.len());
    // SAFETY: the table is one of this machine.
    unsafe { (kernels.by_channel)(g, &mut lists) };
    let (entries, capacity) = (lists.entries(), lists.capacity());
    let of = |(c, &n): (usize, &u32)| bits(entries.part(c * capacity, c * capacity + n as usize));
    let by_channel = lists.counts().iter().enumerate().map(of).collect();
    // SAFETY: as above.
    unsafe { (kernels.by_window)(g, [first, row], &mut lists) };
    let mut start = 0;
    let by_window = lists.ends().iter().map(|&(end, place)| {
        let list = lists.entries().part(std::mem::replace(&mut start, end as usize), end as usize);
        (place, bits(list))
    });
    (by_channel, by_window.collect())
}

/// The definition.
fn defined<T: Real>(g: &Group<'_, T>, [first, row]: [u32; 2]) -> Listed {
    let all = |window: usize, channel: usize| {
        let at = window * g.step + channel;
        (g.winners[at], g.values[at])
    };
    let of_channel = |c: usize| {
        let there = (0..g.windows.len()).map(|w| (w, all(w, c))).filter(|(_, (_, value))| *value != T::ZERO);
        there
            .map(|(w, (cell, value))| (g.windows[w] + g.cells[usize::from(cell)], value.to_f64().to_bits()))
            .collect()
    };
    let of_cell = |w: usize, cell: usize| {
        let there = (0..g.channels)
            .map(|c| (c, all(w, c)))
            .filter(|(_, (won, value))| usize::from(*won) == cell && *value != T::ZERO);
        let list = there.map(|(c, (_, value))| (first + c as u32 * row, value.to_f64().to_bits()));
        (g.windows[w] + g.cells[cell], list.collect())
    };
    let cells = (0..g.windows.len()).flat_map(|w| (0..g.cells.len()).map(move |cell| (w, cell)));
    ((0..g.channels).map(of_channel).collect(), cells.map(|(w, cell)| of_cell(w, cell)).collect())
}

/// Groups of every remainder of channels, in wider rows, with few and many cells.
fn for_each_group<T: Real>(mut f: impl FnMut(&Group<'_, T>)) {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for channels in [0, 1, 5, 15, 16, 17, 32, 50, 64] {
        for (windows, cells, more) in
            [(0, 4, 0), (1, 4, 0), (7, 1, 3), (50, 4, 0), (9, 6, 40), (4, 8, 1), (5, 12, 2), (3, 20, 0)]
        {
            let step = channels + more;
            let value = |i: usize| T::from_f64([0.0, -0.0, f64::NAN, 1.5, -2.0, 3.0][i]);
            let values: Vec<T> = (0..windows * step).map(|_| value(random(6))).collect();
            let winners: Vec<u8> = values.iter().map(|_| random(cells) as u8).collect();
            let places: Vec<u32> = (0..windows).map(|_| random(1000) as u32).collect();
            let seen: Vec<u32> = (0..cells).map(|_| random(90) as u32).collect();
            f(&Group { values: &values, winners: &winners, step, channels, windows: &places, cells: &seen });
        }
    }
}

fn as_defined_everywhere<T: Real>() {
    for_each_group::<T>(|g| {
        for rows in [[0, 1], [7, 288]] {
            let want = defined(g, rows);
            for kernels in T::available() {
                for room in [0, 3] {
                    let got = listed(kernels, g, rows, g.windows.len() + room);
                    let (channels, windows, cells) = (g.channels, g.windows.len(), g.cells.len());
                    let windows_of = if channels > 0 { &want.1[..] } else { &[] };
                    assert_eq!(
                        got.0, want.0,
                        "{kernels:?}: {windows} windows of {cells}, {channels} channels"
                    );
                    assert_eq!(
                        got.1, windows_of,
                        "{kernels:?}: {windows} windows of {cells}, {channels} channels"
                    );
                }
            }
        }
    });
}

#[test]
fn each_winner_is_in_its_list_in_order() {
    as_defined_everywhere::<f32>();
    as_defined_everywhere::<f64>();
}

/// Whether each instruction set refuses to list a group, in lists for so many windows and channels, one way and the other.
fn refusals(g: &Group<'_, f32>, [windows, channels]: [usize; 2]) -> Vec<bool> {
    let ways = <f32 as Vectorized>::available().flat_map(|kernels| [(kernels, true), (kernels, false)]);
    let refusals = ways.map(|(kernels, by_channel)| {
        std::panic::catch_unwind(|| {
            let mut lists = Lists::new(windows, channels, g.cells.len());
            // SAFETY: the table is one of this machine.
            unsafe {
                match by_channel {
                    true => (kernels.by_channel)(g, &mut lists),
                    false => (kernels.by_window)(g, [0, 1], &mut lists),
                }
            }
        })
    });
    refusals.map(|refused| refused.is_err()).collect()
}

#[test]
fn winners_outside_their_windows_are_refused_by_every_instruction_set() {
    for (last, refused) in [(4, true), (3, false)] {
        let (values, winners) = ([1.0; 20], [[0; 19].as_slice(), &[last]].concat());
        let g = Group {
            values: &values,
            winners: &winners,
            step: 20,
            channels: 20,
            windows: &[0],
            cells: &[0; 4],
        };
        let seen = refusals(&g, [1, 20]);
        assert!(seen.iter().all(|&r| r == refused), "winner {last}: {seen:?}");
    }
}

#[test]
fn slices_and_lists_that_are_too_short_are_refused_by_every_instruction_set() {
    let (values, winners, cells) = ([1.0; 40], [0; 40], [0; 4]);
    let (three, two): (&[u32], &[u32]) = (&[0, 1, 2], &[0, 1]);
    // Lengths of gradients and winners, windows, channels, and what the lists were made for.
    for (of_values, of_winners, windows, channels, room, refused) in [
        (40, 40, two, 20, [2, 20], false),
        (39, 40, two, 20, [2, 20], true),
        (40, 39, two, 20, [2, 20], true),
        (40, 40, three, 20, [3, 20], true),
        (40, 40, two, 20, [1, 20], true),
        (40, 40, two, 20, [2, 19], true),
        (40, 40, two, 19, [2, 20], true),
    ] {
        let (values, winners) = (&values[..of_values], &winners[..of_winners]);
        let g = Group { values, winners, step: 20, channels, windows, cells: &cells };
        let given = format!("{of_values}, {of_winners}, {windows:?}, {channels}, {room:?}");
        let seen = refusals(&g, room);
        assert!(seen.iter().all(|&r| r == refused), "{given}: {seen:?}");
    }
}
