//! The words of support's queue and of its figures.

use chrono::NaiveDate;

use super::count::{Noun, counted, grouped};
use crate::connection::AccessWay;
use crate::onboarding::Stage;
use crate::onboarding::figures::Phase;
use crate::onboarding::situation::WaitingOn;

impl WaitingOn {
    /// Whom an onboarding waits for.
    pub fn label(self) -> &'static str {
        match self {
            Self::Firm => "The firm",
            Self::ProcoreAdmin => "Their Procore admin",
            Self::Us => "Us",
            Self::Procore => "Procore",
            Self::Nobody => "Nobody",
        }
    }
}

impl Stage {
    /// The step with its number; the last one says what happens on it.
    pub fn numbered(self) -> String {
        let label = match self {
            Self::Completing => "Setting up",
            Self::Done => "Done",
            Self::Review
            | Self::Credentials
            | Self::Verify
            | Self::Settings
            | Self::Permissions
            | Self::Complete => self.label(),
        };
        format!("{} {label}", self.number())
    }

    /// The bar of those that came so far.
    pub fn reached(self) -> &'static str {
        match self {
            Self::Review => "Began",
            Self::Credentials => "Key and secret",
            Self::Verify => "Verify",
            Self::Settings => "Settings",
            Self::Permissions => "Permissions",
            Self::Complete => "The plan",
            Self::Completing => "Setting up",
            Self::Done => "Connected",
        }
    }
}

impl Phase {
    /// What takes the time.
    pub fn label(self) -> &'static str {
        match self {
            Self::Review => "Review the steps",
            Self::Credentials => "Key and secret",
            Self::Verify => "Verify",
            Self::Settings => "Settings",
            Self::Permissions => "Permissions",
            Self::Plan => "Confirm the plan",
            Self::SettingUp => "Setting up",
        }
    }
}

pub(crate) const NOBODY: &str = "Nobody";
pub(crate) const LEFT: &str = "Somebody who left";

/// The saved views.
pub(crate) const ALL_OPEN: &str = "All open";
pub(crate) const STALLED: &str = "Stalled";
pub(crate) const MINE: &str = "Mine";
pub(crate) const NEEDS_PERSON: &str = "Needs a person";
pub(crate) const COMPLETED: &str = "Completed this week";

/// The states to choose from.
pub(crate) const OPEN: &str = "Open";
pub(crate) const CONNECTED: &str = "Connected";
pub(crate) const CLOSED: &str = "Closed";
pub(crate) const ALL: &str = "All";

pub(crate) fn onboardings_on_page(count: usize) -> String {
    format!("{} on this page", counted(count, Noun::Onboarding))
}

/// The column of boxes to tick.
pub(crate) const SELECT: &str = "Select";

pub(crate) fn select(firm: &str) -> String {
    format!("Select {firm}")
}

/// What was done to ticked rows.
pub(crate) fn assigned(count: usize) -> String {
    format!("{} assigned.", counted(count, Noun::Onboarding))
}

pub(crate) fn snoozed(count: usize, day: &str) -> String {
    format!("{} snoozed until {day}.", counted(count, Noun::Onboarding))
}

pub(crate) fn reminded(count: usize, leaves: bool) -> String {
    let reminded = counted(count, Noun::Onboarding);
    match leaves {
        true => format!("{reminded} reminded by mail."),
        false => {
            format!(
                "{reminded} reminded, by mails that are only kept: this installation sends none."
            )
        }
    }
}

/// What was done, and firm by firm why nothing was done to the others.
pub(crate) fn partly_done<'a>(
    done: &str,
    left: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let line = |(firm, why): (&str, &str)| {
        let why = why.trim_end_matches('.');
        format!("**{}**: {why}.", firm.replace(['*', '`'], " "))
    };
    let left: Vec<_> = left.map(line).collect();
    format!(
        "{done} Still ticked, because nothing was done to them: {}",
        left.join(" ")
    )
}

/// A case that cannot be named, because it is gone.
pub(crate) const A_CASE: &str = "A case";
pub(crate) const GONE: &str = "It is no longer there";

/// An empty view.
pub(crate) const NOTHING_HERE: &str = "Nothing waits in this view.";
pub(crate) const NOTHING_MINE: &str = "No onboarding is assigned to you. Look through all that are open, tick those that you take on, and choose “Assign to me”.";

/// A count that was stopped at `most`.
pub(crate) fn more_than(most: i64) -> String {
    format!("{}+", grouped(most))
}

/// The header of the exported file.
pub(crate) const EXPORT: [&str; 17] = [
    "Firm",
    "Company ID",
    "Step",
    "Reason",
    "Ref",
    "Waiting on",
    "Since",
    "Last progress",
    "Idle hours",
    "Due",
    "Snoozed until",
    "Assignee",
    "Last contact",
    "Connected",
    "Onboarding",
    "State",
    "Case",
];

pub(crate) const PERIOD: &str = "Period";
/// A filter of the figures that is not set.
pub(crate) const ANY: &str = "Any";

/// A way of access, as support speaks of it.
pub(crate) fn way(way: AccessWay) -> &'static str {
    match way {
        AccessWay::VendorApp => "Our app",
        AccessWay::OwnApp => "The firm’s own app",
        AccessWay::LegacyAccount => "A service account",
    }
}

pub(crate) fn last_days(days: u64) -> String {
    format!("Last {days} days")
}

pub(crate) fn period(first: NaiveDate, last: NaiveDate) -> String {
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    format!("{} to {}", day(first), day(last))
}

pub(crate) fn connected(count: i64, percent: u64) -> String {
    format!("{} ({percent}%)", grouped(count))
}

pub(crate) const NONE_YET: &str = "None yet";
pub(crate) const NOBODY_YET: &str = "Nobody yet";

/// The charts: title, and the headings of their two columns.
pub(crate) const FUNNEL: [&str; 3] = [
    "How far the firms that began in this period got",
    "Reached",
    "Firms",
];
pub(crate) const STEPS: [&str; 3] = ["Median time per step", "Step", "Median"];
pub(crate) const REASONS: [&str; 3] = [
    "Where firms that are not connected stand",
    "Reason",
    "Firms",
];
pub(crate) const LENGTHS: [&str; 3] = ["Time from beginning to connection", "Time", "Firms"];
pub(crate) const BY_DAY: [&str; 3] = ["Connected per day", "Day", "Firms"];
pub(crate) const BY_WEEK: [&str; 3] = ["Connected per week", "Week from", "Firms"];

/// The bars of the time to completion, the shortest first.
pub(crate) const WITHIN: [&str; 6] = [
    "Within an hour",
    "Within a day",
    "Within three days",
    "Within a week",
    "Within a month",
    "Longer",
];
