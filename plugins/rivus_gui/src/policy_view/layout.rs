//! Where everything of the drawing goes; a pure function of the counts and the space.

use core::ops::Range;

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// What is to be placed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outline {
    /// The nodes of each column.
    pub(super) columns: Vec<Range<usize>>,
    /// Neighbours in the first column that share a caption.
    pub(super) input_groups: Vec<Range<usize>>,
    /// The same in the last column.
    pub(super) output_groups: Vec<Range<usize>>,
}

/// How large the texts are, points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct TextSizes {
    /// Height of a line.
    pub(super) line: f32,
    /// What two neighbouring headings need at most, with and without counts.
    pub(super) headings: [f32; 2],
    /// Widest heading at an end, with the count.
    pub(super) heading_end: f32,
    /// Width of a value.
    pub(super) value: f32,
    /// Widest part, as `x`, on the left and on the right.
    pub(super) parts: [f32; 2],
    /// Widest caption on the left and on the right.
    pub(super) captions: [f32; 2],
    /// Width of the legend.
    pub(super) legend: f32,
}

/// What fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Detail {
    /// Headings with counts (2), without (1), or none.
    pub(super) headings: usize,
    /// Whether each channel has its part and its value beside it.
    pub(super) rows: bool,
    /// Lines of the captions, left and right.
    pub(super) caption_lines: [usize; 2],
    /// Whether there is a legend.
    pub(super) legend: bool,
}

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    /// Centre of every node.
    pub(super) centers: Vec<Pos2>,
    /// Radius of every node.
    pub(super) radii: Vec<f32>,
    /// Space of its own around every node, for the pointer.
    pub(super) cells: Vec<Vec2>,
    /// Abscissa of every column.
    pub(super) columns: Vec<f32>,
    /// Height that the tallest column may have.
    pub(super) height: f32,
    /// Distance of the columns.
    pub(super) spacing: f32,
    /// Middle of the line of headings, and of that of the legend.
    pub(super) lines: [f32; 2],
    /// What fits.
    pub(super) detail: Detail,
}

/// Between a neuron and its texts, and among texts.
pub(super) const GAP: f32 = 6.0;
/// What a bracket takes beside a group of channels.
pub(super) const BRACKET: f32 = 17.0;
/// Free between groups, in rows.
const GROUP_GAP: f32 = 0.55;
/// Radius of a neuron in rows.
const RADIUS: f32 = 0.36;
const RADIUS_MAX: f32 = 8.0;
const PITCH_MAX: f32 = 40.0;
/// Columns that are nearer than this show no synapses that could be told apart.
const SPACING_MIN: f32 = 64.0;
const MARGIN: f32 = 6.0;

/// Rows of a column and the groups among them.
struct Rows<'a> {
    nodes: &'a Range<usize>,
    groups: &'a [Range<usize>],
}

impl Rows<'_> {
    /// How many rows of space there are.
    fn len(&self) -> f32 {
        self.nodes.len() as f32 + GROUP_GAP * self.groups.len().saturating_sub(1) as f32
    }

    /// Rows above the middle of `node`.
    fn above(&self, node: usize) -> f32 {
        let group = self.groups.iter().position(|group| group.contains(&node)).unwrap_or(0);
        (node - self.nodes.start) as f32 + 0.5 + GROUP_GAP * group as f32
    }

    fn pitch(&self, height: f32) -> f32 {
        (height / self.len().max(1.0)).min(PITCH_MAX)
    }

    /// Lines of text, at most 2, that fit beside the smallest group.
    fn caption_lines(&self, pitch: f32, line: f32) -> usize {
        let smallest = self.groups.iter().map(Range::len).min().unwrap_or(0);
        // Not negative, and at most 2.
        ((smallest as f32 * pitch / line) as usize).min(2)
    }
}

impl Outline {
    fn rows(&self, column: usize) -> Rows<'_> {
        let groups = match column {
            0 => &self.input_groups,
            _ if column + 1 == self.columns.len() => &self.output_groups,
            _ => [].as_slice(),
        };
        Rows { nodes: &self.columns[column], groups }
    }

    /// Places everything inside `rect`.
    pub(super) fn place(&self, rect: Rect, sizes: &TextSizes) -> Places {
        let rect = rect.shrink(MARGIN);
        let count = self.columns.len();
        if count == 0 || rect.width() < 1.0 || rect.height() < 1.0 {
            return Places::default();
        }
        let legend = rect.height() > 9.0 * sizes.line && rect.width() > sizes.legend;
        let mut detail = Detail { legend, ..Detail::default() };
        let show_headings = rect.height() > 6.0 * sizes.line;
        let top = rect.top() + if show_headings { 1.6 * sizes.line } else { 0.0 };
        let bottom = rect.bottom() - if detail.legend { 1.7 * sizes.line } else { 0.0 };
        let height = bottom - top;
        let ends = [0, count - 1].map(|column| self.rows(column));
        let pitches = ends.each_ref().map(|rows| rows.pitch(height));
        detail.rows = pitches.iter().all(|pitch| *pitch >= sizes.line);
        detail.caption_lines = [0, 1].map(|end| ends[end].caption_lines(pitches[end], sizes.line));
        let heading_end = if show_headings { sizes.heading_end } else { 0.0 };
        let sides = fit_sides(rect.width(), count, sizes, heading_end, &mut detail);
        let width = rect.width() - sides[0] - sides[1];
        let spacing = if count > 1 { width / (count - 1) as f32 } else { width };
        detail.headings = match () {
            () if !show_headings => 0,
            () if spacing >= sizes.headings[0] + GAP => 2,
            () if spacing >= sizes.headings[1] + GAP => 1,
            () => 0,
        };
        let lines = [rect.top() + 0.5 * sizes.line, rect.bottom() - 0.5 * sizes.line];
        let mut places = Places { height, spacing, lines, detail, ..Places::default() };
        // Neurons of all columns are nearly of one size.
        let pitches = (0..count).map(|column| self.rows(column).pitch(height));
        let radius_max = 1.3 * RADIUS * pitches.fold(PITCH_MAX, f32::min);
        let radius_max = radius_max.min(RADIUS_MAX).min(0.2 * spacing);
        for column in 0..count {
            let rows = self.rows(column);
            let x = rect.left() + sides[0] + spacing * column as f32;
            places.add_column(&rows, pos2(x, 0.5 * (top + bottom)), radius_max);
        }
        places
    }
}

impl Places {
    fn add_column(&mut self, rows: &Rows<'_>, middle: Pos2, radius_max: f32) {
        let (x, pitch) = (middle.x, rows.pitch(self.height));
        let first = middle.y - 0.5 * pitch * rows.len();
        let radius = (RADIUS * pitch).min(radius_max);
        self.columns.push(x);
        for node in rows.nodes.clone() {
            self.centers.push(pos2(x, first + pitch * rows.above(node)));
            self.radii.push(radius);
            self.cells.push(vec2((4.0 * radius).min(self.spacing), pitch));
        }
    }

    /// From the middle of the first to the middle of the last node of a group.
    pub(super) fn group_span(&self, group: &Range<usize>) -> Range<f32> {
        self.centers[group.start].y..self.centers[group.end - 1].y
    }
}

/// What the texts take on the left and on the right; drops what leaves the columns no room.
fn fit_sides(
    width: f32,
    count: usize,
    sizes: &TextSizes,
    heading_end: f32,
    detail: &mut Detail,
) -> [f32; 2] {
    loop {
        let sides = [0, 1].map(|end| {
            let mut side = RADIUS_MAX + GAP;
            if detail.rows {
                side += sizes.parts[end] + sizes.value + GAP;
            }
            if detail.caption_lines[end] > 0 {
                side += BRACKET + sizes.captions[end];
            }
            // Headings stand in the middle above their columns.
            side.max(0.5 * heading_end)
        });
        let needed = SPACING_MIN * (count - 1) as f32;
        if width - sides[0] - sides[1] >= needed {
            return sides;
        }
        if detail.rows {
            detail.rows = false;
        } else if detail.caption_lines != [0; 2] {
            detail.caption_lines = [0; 2];
        } else {
            return sides.map(|side| side.min(0.25 * width));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: TextSizes = TextSizes {
        line: 13.0,
        headings: [60.0, 47.0],
        heading_end: 60.0,
        value: 40.0,
        parts: [8.0, 8.0],
        captions: [76.0, 64.0],
        legend: 330.0,
    };

    /// An outline with columns of these lengths, inputs by threes and outputs in one group.
    fn outline(lengths: &[usize]) -> Outline {
        let mut start = 0;
        let columns: Vec<Range<usize>> = lengths
            .iter()
            .map(|len| {
                start += len;
                start - len..start
            })
            .collect();
        let (first, last) = (columns[0].clone(), columns[columns.len() - 1].clone());
        let input_groups = first.clone().step_by(3).map(|i| i..first.end.min(i + 3)).collect();
        Outline { columns, input_groups, output_groups: vec![last] }
    }

    fn assert_tidy(outline: &Outline, rect: Rect) -> Places {
        let places = outline.place(rect, &SIZES);
        assert_eq!(places.centers.len(), outline.columns.last().unwrap().end);
        let circles: Vec<_> = places.centers.iter().zip(&places.radii).collect();
        for (i, (center, radius)) in circles.iter().enumerate() {
            let bounds = Rect::from_center_size(**center, Vec2::splat(2.0 * **radius));
            assert!(rect.contains_rect(bounds), "node {i} at {center} of {rect}");
            assert!(**radius > 0.5, "node {i} can be seen");
            for (j, (other, other_radius)) in circles.iter().enumerate().skip(i + 1) {
                let free = center.distance(**other) - **radius - **other_radius;
                assert!(free > 0.0, "nodes {i} and {j} overlap by {free} in {rect}");
            }
        }
        places
    }

    #[test]
    fn neurons_stay_apart_and_inside() {
        for size in [[520.0, 320.0], [900.0, 500.0], [300.0, 180.0], [2000.0, 1100.0]] {
            let rect = Rect::from_min_size(pos2(31.0, 17.0), size.into());
            for lengths in
                [[12, 17, 11, 4].as_slice(), &[29, 17, 11, 4], &[3, 32], &[1, 1], &[8, 6, 6, 6, 2]]
            {
                assert_tidy(&outline(lengths), rect);
            }
        }
        let tiny = Rect::from_min_size(Pos2::ZERO, Vec2::splat(3.0));
        assert_eq!(outline(&[2, 2]).place(tiny, &SIZES), Places::default());
    }

    #[test]
    fn texts_that_do_not_fit_are_left_out() {
        let detail = |lengths: &[usize], size: [f32; 2]| {
            outline(lengths).place(Rect::from_min_size(Pos2::ZERO, size.into()), &SIZES).detail
        };
        let full = Detail { headings: 2, rows: true, caption_lines: [2, 2], legend: true };
        assert_eq!(detail(&[12, 17, 11, 4], [900.0, 500.0]), full);
        assert_eq!(detail(&[12, 17, 11, 4], [560.0, 320.0]), full);
        let crowded = detail(&[29, 17, 11, 4], [900.0, 320.0]);
        assert_eq!((crowded.rows, crowded.caption_lines), (false, [1, 2]));
        let narrow = detail(&[12, 17, 11, 4], [300.0, 320.0]);
        assert_eq!((narrow.rows, narrow.caption_lines), (false, [0, 0]));
        assert_eq!(detail(&[12, 17, 11, 4], [200.0, 70.0]), Detail::default());
    }

    #[test]
    fn rows_and_captions_do_not_run_into_each_other() {
        for height in (100..900).step_by(20) {
            let outline = outline(&[12, 17, 11, 4]);
            let rect = Rect::from_min_size(Pos2::ZERO, vec2(900.0, height as f32));
            let places = outline.place(rect, &SIZES);
            if places.detail.rows {
                let rows = places.centers[..12].windows(2).map(|pair| pair[1].y - pair[0].y);
                assert!(rows.into_iter().all(|row| row >= SIZES.line), "rows at {height}");
            }
            let caption = places.detail.caption_lines[0] as f32 * SIZES.line;
            let middles = outline.input_groups.iter().map(|group| {
                let span = places.group_span(group);
                0.5 * (span.start + span.end)
            });
            let middles: Vec<f32> = middles.collect();
            assert!(middles.windows(2).all(|pair| pair[1] - pair[0] >= caption), "at {height}");
        }
    }
}
