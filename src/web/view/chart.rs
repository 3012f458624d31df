//! Charts as plain geometry, in percent of width and height, so that templates only print numbers.

use chrono::TimeDelta;

use crate::text::count::grouped;
use crate::text::queue::NOBODY_YET;
use crate::text::time::duration;

/// Horizontal bars, each with its label and its number beside it; also a funnel, where each bar has a note.
#[derive(Debug, Clone)]
pub struct Bars {
    /// Unique on the page.
    pub id: &'static str,
    pub title: &'static str,
    /// What the label column holds: `Step`.
    pub of: &'static str,
    /// What is counted: `Firms`.
    pub unit: &'static str,
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone)]
pub struct Bar {
    pub label: String,
    /// The number as text.
    pub value: String,
    /// In a funnel, the share of the bar before: `64%`.
    pub note: Option<String>,
    /// The bar's length in percent of the width, with one decimal.
    pub width: String,
    /// The top of the row, in pixels.
    pub y: usize,
}

const ROW: usize = 44;

impl Bars {
    /// The longest bar takes the whole width.
    pub fn new(
        id: &'static str,
        [title, of, unit]: [&'static str; 3],
        rows: impl IntoIterator<Item = (impl Into<String>, u64)>,
    ) -> Self {
        let rows: Vec<(String, u64)> = rows
            .into_iter()
            .map(|(label, value)| (label.into(), value))
            .collect();
        let longest = rows
            .iter()
            .map(|(_, value)| *value)
            .max()
            .unwrap_or_default();
        let bars = rows
            .into_iter()
            .enumerate()
            .map(|(index, (label, value))| Bar {
                label,
                value: grouped(value),
                note: None,
                width: share(value as f64, longest as f64),
                y: index * ROW,
            })
            .collect();
        Self {
            id,
            title,
            of,
            unit,
            bars,
        }
    }

    /// Bars that narrow from step to step, each with its share of the step before.
    pub fn funnel(
        id: &'static str,
        [title, of, unit]: [&'static str; 3],
        rows: impl IntoIterator<Item = (impl Into<String>, u64)>,
    ) -> Self {
        let rows: Vec<(String, u64)> = rows
            .into_iter()
            .map(|(label, value)| (label.into(), value))
            .collect();
        let values: Vec<u64> = rows.iter().map(|(_, value)| *value).collect();
        let mut bars = Self::new(id, [title, of, unit], rows);
        for (pair, bar) in values.windows(2).zip(bars.bars.iter_mut().skip(1)) {
            if let [before, value] = pair
                && *before > 0
            {
                bar.note = Some(format!("{}%", (value * 100 + before / 2) / before));
            }
        }
        bars
    }

    /// Bars for lengths of time, told in words; what has no length yet says so.
    pub fn lengths(
        id: &'static str,
        [title, of, unit]: [&'static str; 3],
        rows: impl IntoIterator<Item = (impl Into<String>, Option<TimeDelta>)>,
    ) -> Self {
        let (labels, lengths): (Vec<String>, Vec<Option<TimeDelta>>) = rows
            .into_iter()
            .map(|(label, length)| (label.into(), length))
            .unzip();
        let seconds = lengths.iter().map(|length| {
            let length = length.unwrap_or_default();
            length.num_seconds().max(0).unsigned_abs()
        });
        let mut bars = Self::new(id, [title, of, unit], labels.into_iter().zip(seconds));
        for (bar, length) in bars.bars.iter_mut().zip(lengths) {
            bar.value = length.map_or_else(|| NOBODY_YET.to_owned(), duration);
        }
        bars
    }

    pub fn height(&self) -> usize {
        self.bars.len() * ROW
    }

    pub fn has_notes(&self) -> bool {
        self.bars.iter().any(|bar| bar.note.is_some())
    }
}

/// One line over evenly spaced moments, with its first, highest and last number written beside it.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: &'static str,
    pub title: &'static str,
    pub of: &'static str,
    pub unit: &'static str,
    pub points: Vec<Point>,
    /// The value of the `points` attribute in a square of 100 by 100.
    pub path: String,
}

#[derive(Debug, Clone)]
pub struct Point {
    pub label: String,
    pub value: String,
    /// Whether the number is written beside the line.
    pub named: bool,
    /// From the left, in percent.
    pub x: String,
    /// From the top, in percent.
    pub y: String,
    /// Where the text stands: `start`, `middle` or `end`, so that it stays inside.
    pub anchor: &'static str,
}

impl Line {
    pub fn new(
        id: &'static str,
        [title, of, unit]: [&'static str; 3],
        rows: impl IntoIterator<Item = (impl Into<String>, u64)>,
    ) -> Self {
        let rows: Vec<(String, u64)> = rows
            .into_iter()
            .map(|(label, value)| (label.into(), value))
            .collect();
        let highest = rows
            .iter()
            .map(|(_, value)| *value)
            .max()
            .unwrap_or_default();
        let top = rows.iter().position(|(_, value)| *value == highest);
        let last = rows.len().saturating_sub(1);
        let points: Vec<Point> = rows
            .into_iter()
            .enumerate()
            .map(|(index, (label, value))| Point {
                label,
                value: grouped(value),
                named: index == 0 || index == last || Some(index) == top,
                x: share(index as f64, last as f64),
                // A line of zeros runs along the bottom.
                y: match highest {
                    0 => "100.0".to_owned(),
                    _ => share(highest.saturating_sub(value) as f64, highest as f64),
                },
                anchor: match index {
                    0 => "start",
                    _ if index == last => "end",
                    _ => "middle",
                },
            })
            .collect();
        let path = points
            .iter()
            .map(|point| format!("{},{}", point.x, point.y))
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            id,
            title,
            of,
            unit,
            points,
            path,
        }
    }
}

/// A share of a whole in percent with one decimal; of nothing it is 0.
fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.1}", part / whole * 100.0)
    } else {
        "0.0".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_takes_the_whole_width() {
        let bars = Bars::new(
            "b",
            ["Reasons", "Reason", "Firms"],
            [("A", 40), ("B", 10), ("C", 0)],
        );
        let widths: Vec<_> = bars.bars.iter().map(|bar| bar.width.as_str()).collect();
        assert_eq!(widths, ["100.0", "25.0", "0.0"]);
        assert_eq!(bars.height(), 3 * ROW);
        assert!(!bars.has_notes());
    }

    #[test]
    fn lengths_are_drawn_to_scale_and_told_in_words() {
        let hours = |hours| Some(TimeDelta::hours(hours));
        let rows = [("A", hours(2)), ("B", hours(1)), ("C", None)];
        let bars = Bars::lengths("b", ["Steps", "Step", "Median"], rows);
        let told: Vec<_> = bars
            .bars
            .iter()
            .map(|bar| (bar.value.as_str(), bar.width.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("2 hours", "100.0"),
                ("1 hour", "50.0"),
                ("Nobody yet", "0.0")
            ]
        );
    }

    #[test]
    fn nothing_at_all_is_drawn_without_dividing_by_it() {
        let bars = Bars::funnel("b", ["Funnel", "Step", "Firms"], [("A", 0), ("B", 0)]);
        assert!(
            bars.bars
                .iter()
                .all(|bar| bar.width == "0.0" && bar.note.is_none())
        );
        assert!(
            Line::new("l", ["Days", "Day", "Firms"], Vec::<(String, u64)>::new())
                .points
                .is_empty()
        );
        assert_eq!(
            Line::new("l", ["Days", "Day", "Firms"], [("Mon", 0)]).path,
            "0.0,100.0"
        );
    }

    #[test]
    fn a_funnel_tells_each_step_from_the_one_before() {
        let funnel = Bars::funnel(
            "f",
            ["Funnel", "Step", "Firms"],
            [("Review", 80), ("Key", 60), ("Verify", 15)],
        );
        let notes: Vec<_> = funnel.bars.iter().map(|bar| bar.note.as_deref()).collect();
        assert_eq!(notes, [None, Some("75%"), Some("25%")]);
    }

    #[test]
    fn a_line_names_its_first_highest_and_last_point() {
        let line = Line::new(
            "l",
            ["Days", "Day", "Firms"],
            [("Mon", 5), ("Tue", 10), ("Wed", 0), ("Thu", 2)],
        );
        let named: Vec<_> = line.points.iter().map(|point| point.named).collect();
        assert_eq!(named, [true, true, false, true]);
        assert_eq!(line.path, "0.0,50.0 33.3,0.0 66.7,100.0 100.0,80.0");
        assert_eq!(line.points[0].anchor, "start");
        assert_eq!(line.points[3].anchor, "end");
    }
}
