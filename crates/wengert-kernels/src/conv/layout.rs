//! What the loops of a convolution look up: made once for a weight, for any number of images.

use super::geometry::Geometry;
use super::packed::{Panel, panels};
use super::tile::Run;
use crate::list::List;

/// A geometry, the panels of its channels, and what a pixel of each phase is summed from.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) geometry: Geometry,
    pub(super) panels: List<Panel>,
    /// Phase by phase, and in each group by group.
    runs: List<Run>,
    /// Where the runs of each phase and group end.
    ends: List<usize>,
}

impl Layout {
    /// For registers of so many lanes.
    pub(super) fn new(geometry: Geometry, lanes: usize) -> Layout {
        let panels = panels(lanes, geometry.groups, geometry.group_out());
        let (mut runs, mut ends) = (List::new(), List::new());
        for phase in &geometry.phases {
            for group in 0..geometry.groups {
                geometry.add_runs(phase, group, &mut runs);
                ends.push(runs.len());
            }
        }
        Layout { geometry, panels, runs, ends }
    }

    /// The runs of a phase, by its number, for a group of channels.
    pub(super) fn runs(&self, phase: usize, group: usize) -> &[Run] {
        let at = phase * self.geometry.groups + group;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.runs[start..self.ends[at]]
    }
}
