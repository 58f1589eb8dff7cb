//! The points of one plot, made anew only when there is something new to see.

use core::ops::RangeInclusive;

use egui_plot::PlotPoint;

use super::Series;
use super::decimate::{bucket_s, decimate};
use crate::{History, SNAPSHOT_HZ};

/// One line: pieces without gaps.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    points: Vec<PlotPoint>,
    /// One past the last point of each piece.
    ends: Vec<usize>,
}

impl Line {
    /// Its pieces in order of time, at least one point each.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[PlotPoint]> {
        let starts = core::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, &end)| self.points.get(start..end))
    }

    /// Its least and greatest value; turned around if it is empty.
    fn extent(&self) -> (f64, f64) {
        self.points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point.y), high.max(point.y))
        })
    }
}

/// What the points depend on.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    /// Their versions.
    histories: [Option<u64>; 2],
    robot: usize,
    range_s: RangeInclusive<f64>,
    names: Vec<String>,
}

/// What the lines are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinesInput<'a> {
    /// The run in the foreground, and one to compare with.
    pub(super) histories: [Option<&'a History>; 2],
    pub(super) robot: usize,
    pub(super) series: &'a [Series],
    pub(super) range_s: &'a RangeInclusive<f64>,
    /// Whether values are degrees that go from 180 to -180.
    pub(super) is_angle: bool,
}

/// The lines of one plot.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    key: Option<Key>,
    /// By history, then by series.
    lines: [Vec<Line>; 2],
    samples: Vec<PlotPoint>,
    remakes: u64,
}

impl Lines {
    /// Makes them anew if anything has changed.
    pub(super) fn update(&mut self, input: &LinesInput<'_>) {
        let key = Key {
            histories: input.histories.map(|history| history.map(History::version)),
            robot: input.robot,
            range_s: input.range_s.clone(),
            names: input.series.iter().map(|series| series.name.clone()).collect(),
        };
        if self.key.as_ref() == Some(&key) {
            return;
        }
        self.key = Some(key);
        self.remakes += 1;
        for (history, lines) in input.histories.into_iter().zip(&mut self.lines) {
            lines.resize_with(input.series.len(), Line::default);
            for (series, line) in input.series.iter().zip(lines) {
                line.points.clear();
                line.ends.clear();
                if let Some(history) = history {
                    make_line(history, series, input, &mut self.samples, line);
                }
            }
        }
    }

    /// The lines of the run in the foreground (0) or the other (1), by series.
    pub(super) fn of_run(&self, run: usize) -> &[Line] {
        self.lines.get(run).map_or(&[], Vec::as_slice)
    }

    /// The least and greatest value of the series that `is_shown`; turned around if there is none.
    pub(super) fn extent(&self, is_shown: impl Fn(usize) -> bool) -> RangeInclusive<f64> {
        let lines = self.lines.iter().flat_map(|lines| lines.iter().enumerate());
        let shown = lines.filter(|(index, _)| is_shown(*index)).map(|(_, line)| line.extent());
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| {
            (all.0.min(one.0), all.1.max(one.1))
        });
        low..=high
    }
}

fn make_line(
    history: &History,
    series: &Series,
    input: &LinesInput<'_>,
    samples: &mut Vec<PlotPoint>,
    line: &mut Line,
) {
    let (start_s, end_s) = (*input.range_s.start(), *input.range_s.end());
    let bucket_s = bucket_s(end_s - start_s);
    // One sample more on both sides, so that the line goes on to the edges.
    let margin_s = 1.5 / f64::from(SNAPSHOT_HZ);
    samples.clear();
    for snapshot in history.between(start_s - margin_s..end_s + margin_s) {
        let value = snapshot.robots.get(input.robot).and_then(|robot| series.source.value(robot));
        let is_jump = |value: f64| {
            samples.last().is_some_and(|last| input.is_angle && (value - last.y).abs() > 180.0)
        };
        if value.is_none_or(is_jump) {
            end_piece(samples, bucket_s, line);
        }
        samples.extend(value.map(|value| PlotPoint::new(snapshot.time_s(), value)));
    }
    end_piece(samples, bucket_s, line);
}

fn end_piece(samples: &mut Vec<PlotPoint>, bucket_s: f64, line: &mut Line) {
    if !samples.is_empty() {
        decimate(samples, bucket_s, &mut line.points);
        line.ends.push(line.points.len());
        samples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use crate::plots::Source;
    use crate::{RobotState, Snapshot};

    fn history(values: &[f32]) -> History {
        let mut history = History::default();
        for (tick, &value) in (1_u64..).zip(values) {
            let mut robot = RobotState::default();
            robot.position_m.x = value;
            robot.observation = if value < 0.0 { Vec::new() } else { vec![value] };
            let time_ns = tick * 10_000_000;
            history.push(&Snapshot { time_ns, robots: vec![robot], ..Snapshot::default() });
        }
        history
    }

    fn lines(history: &History, source: Source, is_angle: bool) -> Lines {
        let mut lines = Lines::default();
        let series = [Series { name: "a".into(), unit: String::new(), source }];
        let histories = [Some(history), None];
        let input =
            LinesInput { histories, robot: 0, series: &series, range_s: &(0.0..=1.0), is_angle };
        lines.update(&input);
        lines.update(&input);
        lines
    }

    #[test]
    fn lines_are_made_once_for_the_same_history() {
        let lines =
            lines(&history(&[1.0, 3.0, 2.0]), Source::Of(|robot| robot.position_m.x), false);
        assert_eq!(lines.remakes, 1);
        assert_eq!(lines.extent(|_| true), 1.0..=3.0);
        assert!(lines.extent(|_| false).is_empty());
    }

    #[test]
    fn another_run_is_seen_even_if_it_ends_in_the_same_place() {
        let mut lines = Lines::default();
        let series = [Series {
            name: "a".into(),
            unit: String::new(),
            source: Source::Of(|robot| robot.position_m.x),
        }];
        let runs = [history(&[1.0, 3.0, 2.0]), history(&[1.0, 4.0, 2.0])];
        for (run, most) in runs.iter().zip([3.0, 4.0]) {
            let histories = [Some(run), None];
            let range_s = &(0.0..=1.0);
            let input =
                LinesInput { histories, robot: 0, series: &series, range_s, is_angle: false };
            lines.update(&input);
            assert_eq!(*lines.extent(|_| true).end(), most);
        }
        assert_eq!(runs[0].clone().version(), runs[0].version());
    }

    #[test]
    fn what_is_missing_leaves_a_gap() {
        let lines =
            lines(&history(&[1.0, 1.0, -1.0, 2.0]), Source::Signal(Signal::Input(0)), false);
        let pieces: Vec<usize> = lines.of_run(0)[0].pieces().map(<[_]>::len).collect();
        assert_eq!(pieces, [2, 1]);
    }

    #[test]
    fn a_turn_past_half_is_no_line_across_the_plot() {
        let turning = history(&[179.0, -179.0, -178.0]);
        let pieces = |is_angle| {
            let lines = lines(&turning, Source::Of(|robot| robot.position_m.x), is_angle);
            lines.of_run(0)[0].pieces().count()
        };
        assert_eq!((pieces(true), pieces(false)), (2, 1));
    }
}
