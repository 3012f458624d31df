//! The timeline of a case: by day, and what belongs to one run together.

use crate::activity::Audience;
use crate::store::activities::Activity;
use crate::text;
use crate::web::integration::activity::entry as firm_entry;
use crate::web::view::{Shell, TimelineEntry};

/// What begins a run.
const STARTED: &str = "started";
/// The firm's key is used in the course of a run.
const KEY: &str = "key";

/// What happened on one day where the reader is, newest first.
pub(crate) struct TimelineDay {
    pub day: String,
    pub parts: Vec<TimelinePart>,
}

/// What one run told, or a single entry.
pub(crate) struct TimelinePart {
    /// What ran; `None` for what belongs to no run.
    pub run: Option<&'static str>,
    pub entries: Vec<TimelineEntry>,
    /// Whether an older entry may still belong to it.
    is_open: bool,
}

/// Groups entries that come newest first.
pub(super) fn by_day(shell: &Shell, activities: &[Activity]) -> Vec<TimelineDay> {
    let mut days: Vec<TimelineDay> = Vec::new();
    for activity in activities {
        let day = shell.when(activity.at).calendar_day();
        if days.last().is_none_or(|last| last.day != day) {
            let parts = Vec::new();
            days.push(TimelineDay { day, parts });
        }
        if let Some(today) = days.last_mut() {
            today.add(shell, activity);
        }
    }
    days
}

impl TimelineDay {
    fn add(&mut self, shell: &Shell, activity: &Activity) {
        let (what, event) = activity.verb.split_once('.').unwrap_or_default();
        let run = text::activity::run(what);
        let entry = entry(shell, activity);
        let is_open = run.is_some() && event != STARTED;
        match self.parts.last_mut() {
            Some(newer) if newer.is_open && (newer.run == run || what == KEY) => {
                newer.entries.push(entry);
                newer.is_open = event != STARTED;
            }
            Some(_) | None => self.parts.push(TimelinePart {
                run,
                entries: vec![entry],
                is_open,
            }),
        }
    }
}

/// The firm's own entry, with what only support may see.
fn entry(shell: &Shell, activity: &Activity) -> TimelineEntry {
    let mut entry = firm_entry(shell, activity);
    let lines: Vec<_> = entry
        .detail
        .into_iter()
        .chain(text::activity::facts(&activity.details))
        .collect();
    entry.detail = (!lines.is_empty()).then(|| lines.join("\n"));
    entry.internal = activity.visible_to == Audience::Staff;
    entry
}
