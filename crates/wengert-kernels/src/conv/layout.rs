//! What the loops of a convolution look up: made once for a weight, for any number of images.

use super::geometry::Geometry;
use super::packed::{Panel, panels};
use super::tile::Run;
use crate::list::List;

/// A geometry without a batch, the panels of its channels, and what a pixel of each phase is summed from.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) geometry: Geometry,
    pub(super) panels: List<Panel>,
    /// Those of the first group of channels, phase by phase; those of another are as many channels on as it begins.
    runs: List<Run>,
    /// Where the runs of each phase end.
    ends: List<usize>,
}

impl Layout {
    /// For registers of so many lanes.
    pub(super) fn new(geometry: Geometry, lanes: usize) -> Layout {
        let panels = panels(lanes, geometry.groups, geometry.group_out());
        let (mut runs, mut ends) = (List::new(), List::new());
        for phase in &geometry.phases {
            geometry.add_runs(phase, 0, &mut runs);
            ends.push(runs.len());
        }
        Layout { geometry, panels, runs, ends }
    }

    /// The runs of a phase, by its number, for the first group of channels.
    pub(super) fn runs(&self, phase: usize) -> &[Run] {
        let start = if phase == 0 { 0 } else { self.ends[phase - 1] };
        &self.runs[start..self.ends[phase]]
    }
}
