//! What went wrong with a connection: one open incident for each cause, and when people are told.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Trigger;
use crate::catalog::{DataSet, Read};
use crate::identity::IncidentId;
use crate::verdict::{Check, CheckResult, Party, ReasonCode};

/// People are told of what lasted this long.
pub(crate) const TELL_AFTER: TimeDelta = TimeDelta::minutes(60);
/// After the first mail people are reminded after a day, then after two more, then weekly.
const REMIND_AFTER: [TimeDelta; 2] = [TimeDelta::days(1), TimeDelta::days(3)];
const REMIND_EVERY: TimeDelta = TimeDelta::weeks(1);
/// What was found so lately, after it had been told, is taken to be still so: each subject comes up several
/// times a day.
const STILL_SO: TimeDelta = TimeDelta::hours(12);

text_enum! {
    /// What a look asks about: one or two calls each, or none.
    pub enum ProbeSubject {
        /// Whether the key works and the app is installed.
        Access = "access",
        /// Our levels on the tools that the chosen data needs.
        Permissions = "permissions",
        /// Which projects are shared with us.
        Projects = "projects",
        /// Whether our webhook is as we left it.
        Webhook = "webhook",
        /// Whether Procore's deliveries arrive.
        Deliveries = "deliveries",
        /// Which version of the app is installed, and whether a newer one waits.
        Installation = "installation",
        /// Whether our copy is renewed as planned, which our own tables tell.
        Copy = "copy",
        /// Whether integrated projects need something, likewise.
        Integrated = "integrated",
    }
}

impl ProbeSubject {
    /// Those that Procore is asked about, which come up in turn.
    pub(crate) const IN_TURN: [Self; 6] = [
        Self::Access,
        Self::Permissions,
        Self::Projects,
        Self::Webhook,
        Self::Deliveries,
        Self::Installation,
    ];

    /// Whether a look at it asks Procore.
    pub(crate) fn asks_procore(self) -> bool {
        Self::IN_TURN.contains(&self)
    }
}

/// What a look found wrong; stored as a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub code: ReasonCode,
    /// What failed of what the setup checks, to show the same card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<CheckResult>,
    /// Names of what it is about: projects that are no longer shared, data sets that are late.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// How many there are of those, where not all are named. Deliveries that are counted were given up; where
    /// none is, they fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Whether there are more than were counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
    /// When the last of those came about; of what is late or fails, the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
    /// How our webhook differs from what we left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hook: Vec<HookDrift>,
    /// What our webhook was left to announce, and does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Trigger>,
    /// What it announces besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<Trigger>,
    /// What installs the app again, where we know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version_key: Option<String>,
    /// Where Procore's marketplace lists the vendor's app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_listing: Option<String>,
    /// Whether the vendor's app is gone from the company by Procore's own list, too: what was proven ends with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_left: bool,
    /// The integrated projects that it is about; what is said besides is about the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Box<ProjectsInNeed>>,
}

/// Integrated projects that need the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProjectsInNeed {
    pub count: u64,
    /// How many are integrated, or on the way.
    pub of: u64,
    /// What the first are called.
    pub names: Vec<String>,
}

impl ProjectsInNeed {
    pub(crate) fn none_of(all: u64) -> Self {
        Self {
            count: 0,
            of: all,
            names: Vec::new(),
        }
    }
}

text_enum! {
    /// How our webhook differs from what we left.
    pub enum HookDrift {
        Removed = "removed",
        Disabled = "disabled",
        /// There are two of ours.
        Doubled = "doubled",
        /// It leads to another address of ours.
        Redirected = "redirected",
        /// It announces something else than was chosen.
        Triggers = "triggers",
    }
}

impl Finding {
    /// A finding that says no more than its reason.
    pub(crate) fn of(code: ReasonCode) -> Self {
        Self {
            code,
            rows: Vec::new(),
            names: Vec::new(),
            count: None,
            has_more: false,
            last_at: None,
            hook: Vec::new(),
            missing: Vec::new(),
            surplus: Vec::new(),
            app_version_key: None,
            app_listing: None,
            is_left: false,
            projects: None,
        }
    }
}

/// Something that went wrong and, while it is open, still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    pub id: IncidentId,
    /// Which looks find it; it ends when none does any more.
    pub found_by: Vec<ProbeSubject>,
    pub code: ReasonCode,
    pub finding: Finding,
    pub since: DateTime<Utc>,
    /// When it was last found.
    pub seen_at: DateTime<Utc>,
    /// When the firm was first told by mail.
    pub told_at: Option<DateTime<Utc>>,
    /// When the firm was last written to about it.
    pub reminded_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// When the firm was written to about its end.
    pub end_told_at: Option<DateTime<Utc>>,
}

impl Incident {
    /// Whether something of the company itself is wrong, also if single projects have it as well.
    pub(crate) fn is_of_company(&self) -> bool {
        let mut found_by = self.found_by.iter();
        found_by.any(|it| *it != ProbeSubject::Integrated)
    }

    pub(crate) fn begin(
        id: IncidentId,
        subject: ProbeSubject,
        finding: Finding,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            found_by: vec![subject],
            code: finding.code,
            finding,
            since: now,
            seen_at: now,
            told_at: None,
            reminded_at: None,
            ended_at: None,
            end_told_at: None,
        }
    }

    /// Whether it explains that a list of the company is late, and tells what to do: it keeps that list from
    /// being read.
    pub(crate) fn explains_late_list(&self, data_set: DataSet, read: &Read) -> bool {
        let is_of_set = |it: &CheckResult| it.check == Check::DataSet(data_set);
        let keeps_from_reading = match self.code {
            ReasonCode::Level(tool) => read.needs.tool == tool,
            ReasonCode::NoProjects => data_set == DataSet::Projects,
            ReasonCode::ProjectTool => self.finding.rows.iter().any(is_of_set),
            code => code.stops_everything(),
        };
        let is_of_company = match self.ended_at {
            None => self.is_of_company(),
            // No look finds what is over.
            Some(_) => self.finding.projects.is_none(),
        };
        keeps_from_reading && is_of_company
    }

    /// Whether it is about integrated projects, and nothing of the company.
    pub(crate) fn is_of_projects_alone(&self) -> bool {
        let mut found_by = self.found_by.iter();
        !self.found_by.is_empty() && found_by.all(|it| *it == ProbeSubject::Integrated)
    }

    /// Whether the firm is to be written to about it now. What only we or Procore can end mails nobody
    /// at the firm, except that our copy is late, since they work with it; what lasts less than an hour
    /// does not either.
    pub(crate) fn is_mail_due(&self, now: DateTime<Utc>) -> bool {
        self.is_theirs()
            && self.ended_at.is_none()
            && self.mail_due_at() <= now
            && self.seen_at == now
    }

    /// Whether the firm is to be reminded of it beside something else that it is written to about now: that is
    /// due as well, and was found again not long ago.
    pub(crate) fn is_due_beside(&self, now: DateTime<Utc>) -> bool {
        self.told_at.is_some()
            && self.ended_at.is_none()
            && self.mail_due_at() <= now
            && self.seen_at >= now - STILL_SO
    }

    /// Whether the firm is still to be told of it for the first time.
    pub(crate) fn is_to_be_told(&self) -> bool {
        self.is_theirs() && self.told_at.is_none()
    }

    fn is_theirs(&self) -> bool {
        match self.code.party() {
            Party::FirmAdmin | Party::ProcoreAdmin => true,
            Party::Us | Party::Procore => self.code == ReasonCode::Late,
        }
    }

    /// From its beginning to its end, or to when it was last found.
    pub(crate) fn lasted(&self) -> TimeDelta {
        self.ended_at.unwrap_or(self.seen_at) - self.since
    }

    fn mail_due_at(&self) -> DateTime<Utc> {
        let (Some(told), Some(last)) = (self.told_at, self.reminded_at) else {
            return self.since + TELL_AFTER;
        };
        let planned = REMIND_AFTER.into_iter().map(|after| told + after);
        let mut ahead = planned.filter(|at| *at > last);
        ahead.next().unwrap_or(last + REMIND_EVERY)
    }
}

/// What a look at some subjects changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub begun: Vec<Incident>,
    /// They were found again, or only by other looks from now on.
    pub standing: Vec<Incident>,
    pub ended: Vec<Incident>,
}

impl Changes {
    /// What is wrong now, of what was looked at.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Incident> {
        self.begun.iter().chain(&self.standing)
    }

    pub(crate) fn open_mut(&mut self) -> impl Iterator<Item = &mut Incident> {
        self.begun.iter_mut().chain(&mut self.standing)
    }

    /// Every incident that changed.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Incident> {
        self.open().chain(&self.ended)
    }
}

/// Compares what stands open with what a look found at `looked`; what it did not look at stays, and so
/// does what another look found as well.
pub(crate) fn compare(
    open: &[Incident],
    looked: &[ProbeSubject],
    found: Vec<(ProbeSubject, Finding)>,
    now: DateTime<Utc>,
    mut new_id: impl FnMut() -> IncidentId,
) -> Changes {
    let mut changes = Changes::default();
    for incident in open {
        let again = || found.iter().filter(|(_, it)| it.code == incident.code);
        let others = incident.found_by.iter().filter(|it| !looked.contains(it));
        let found_by = others.copied().chain(again().map(|(subject, _)| *subject));
        let mut after = Incident {
            found_by: found_by.collect(),
            ..incident.clone()
        };
        let projects = match looked.contains(&ProbeSubject::Integrated) {
            true => again().find_map(|(_, it)| it.projects.clone()),
            false => incident.finding.projects.clone(),
        };
        let of_company = again().find(|(_, it)| it.projects.is_none());
        let is_of_company = after.is_of_company();
        if again().next().is_some() {
            after.finding = match of_company {
                Some((_, finding)) => finding.clone(),
                None if is_of_company => incident.finding.clone(),
                None => Finding::of(incident.code),
            };
            (after.finding.projects, after.seen_at) = (projects, now);
            changes.standing.push(after);
        } else if after.found_by.is_empty() {
            after.ended_at = Some(now);
            changes.ended.push(after);
        } else if after != *incident {
            after.finding.projects = projects;
            changes.standing.push(after);
        }
    }
    for (subject, finding) in found {
        let mut known = open.iter();
        if known.any(|it| it.code == finding.code) {
            continue;
        }
        match changes.begun.iter_mut().find(|it| it.code == finding.code) {
            Some(begun) => {
                begun.found_by.push(subject);
                if finding.projects.is_some() {
                    begun.finding.projects = finding.projects;
                }
            }
            None => {
                let incident = Incident::begin(new_id(), subject, finding, now);
                changes.begun.push(incident);
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests;
