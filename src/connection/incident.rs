//! What went wrong with a connection: one open incident for each cause, and when people are told.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Trigger;
use crate::identity::IncidentId;
use crate::verdict::{CheckResult, Party, ReasonCode};

/// People are told of what lasted this long.
pub(crate) const TELL_AFTER: TimeDelta = TimeDelta::minutes(60);
/// After the first mail people are reminded after a day, then after two more, then weekly.
const REMIND_AFTER: [TimeDelta; 2] = [TimeDelta::days(1), TimeDelta::days(3)];
const REMIND_EVERY: TimeDelta = TimeDelta::weeks(1);

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
    }
}

impl ProbeSubject {
    /// Those that Procore is asked about, which come up in turn.
    pub(super) const IN_TURN: [Self; 6] = [
        Self::Access,
        Self::Permissions,
        Self::Projects,
        Self::Webhook,
        Self::Deliveries,
        Self::Installation,
    ];
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
    /// How many there are of those, where not all are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When the last of those came about; of what is late, the first.
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
            last_at: None,
            hook: Vec::new(),
            missing: Vec::new(),
            surplus: Vec::new(),
            app_version_key: None,
            app_listing: None,
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

    /// Whether the firm is to be written to about it now. What only we or Procore can end mails nobody
    /// at the firm, except that our copy is late, since they work with it; what lasts less than an hour
    /// does not either.
    pub(crate) fn is_mail_due(&self, now: DateTime<Utc>) -> bool {
        self.is_theirs()
            && self.ended_at.is_none()
            && self.mail_due_at() <= now
            && self.seen_at == now
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
        if let Some((_, finding)) = again().next() {
            (after.finding, after.seen_at) = (finding.clone(), now);
            changes.standing.push(after);
        } else if after.found_by.is_empty() {
            after.ended_at = Some(now);
            changes.ended.push(after);
        } else if after != *incident {
            changes.standing.push(after);
        }
    }
    for (subject, finding) in found {
        let mut known = open.iter();
        if known.any(|it| it.code == finding.code) {
            continue;
        }
        match changes.begun.iter_mut().find(|it| it.code == finding.code) {
            Some(begun) => begun.found_by.push(subject),
            None => {
                let incident = Incident::begin(new_id(), subject, finding, now);
                changes.begun.push(incident);
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Tool;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn incident(code: ReasonCode, subject: ProbeSubject) -> Incident {
        Incident::begin(IncidentId::NIL, subject, Finding::of(code), at(0))
    }

    #[test]
    fn the_firm_is_told_after_an_hour_and_reminded_ever_more_rarely() {
        let mut hook = incident(ReasonCode::Hook, ProbeSubject::Webhook);
        let mut told = Vec::new();
        for hour in 0..24 * 25 {
            let now = at(hour * 60);
            hook.seen_at = now;
            if hook.is_mail_due(now) {
                hook.told_at.get_or_insert(now);
                hook.reminded_at = Some(now);
                told.push(hour);
            }
        }
        assert_eq!(told, [1, 25, 73, 73 + 168, 73 + 336, 73 + 504]);
    }

    #[test]
    fn only_what_was_just_found_again_is_told() {
        let hook = incident(ReasonCode::Hook, ProbeSubject::Webhook);
        assert!(!hook.is_mail_due(at(120)), "nobody looked since");
        let seen = Incident {
            seen_at: at(120),
            ..hook
        };
        assert!(seen.is_mail_due(at(120)));
        let ended = Incident {
            ended_at: Some(at(120)),
            ..seen
        };
        assert!(!ended.is_mail_due(at(120)));
    }

    #[test]
    fn what_the_firm_cannot_end_mails_nobody_but_a_late_copy() {
        for code in [ReasonCode::Deliveries, ReasonCode::Unexpected] {
            let mut ours = incident(code, ProbeSubject::Deliveries);
            ours.seen_at = at(120);
            assert!(!ours.is_mail_due(at(120)));
        }
        let mut late = incident(ReasonCode::Late, ProbeSubject::Copy);
        late.seen_at = at(120);
        assert!(late.is_mail_due(at(120)));
    }

    #[test]
    fn a_look_ends_only_what_it_looked_at() {
        let level = |tool| ReasonCode::Level(tool);
        let open = [
            incident(level(Tool::Directory), ProbeSubject::Permissions),
            incident(level(Tool::Portfolio), ProbeSubject::Permissions),
            incident(ReasonCode::Hook, ProbeSubject::Webhook),
        ];
        let permissions = ProbeSubject::Permissions;
        let found = [level(Tool::Directory), ReasonCode::WebhookLevel];
        let found = found.map(|code| (permissions, Finding::of(code)));
        let id = || IncidentId::NIL;
        let changes = compare(&open, &[permissions], found.to_vec(), at(9), id);
        let codes = |them: &[Incident]| them.iter().map(|it| it.code).collect::<Vec<_>>();
        assert_eq!(codes(&changes.begun), [ReasonCode::WebhookLevel]);
        assert_eq!(codes(&changes.standing), [level(Tool::Directory)]);
        assert_eq!(codes(&changes.ended), [level(Tool::Portfolio)]);
        assert_eq!(changes.standing[0].since, at(0));
        assert_eq!(changes.standing[0].seen_at, at(9));
    }

    #[test]
    fn what_two_looks_find_ends_with_the_last_of_them() {
        use ProbeSubject::{Projects, Webhook};
        let finding = || Finding::of(ReasonCode::Unexpected);
        let look = |open: &[Incident], subject, is_found: bool| {
            let found = is_found.then(|| (subject, finding()));
            let found = found.into_iter().collect();
            compare(open, &[subject], found, at(9), || IncidentId::NIL)
        };
        let begun = look(&[], Projects, true).begun;
        let both = look(&begun, Webhook, true).standing;
        assert_eq!(both[0].found_by, [Projects, Webhook]);
        let left = look(&both, Projects, false).standing;
        assert_eq!(
            (&left[0].found_by, left[0].ended_at),
            (&vec![Webhook], None)
        );
        assert_eq!(look(&left, Projects, false), Changes::default());
        assert_eq!(look(&left, Webhook, false).ended.len(), 1);

        let at_once = [(Projects, finding()), (Webhook, finding())];
        let id = || IncidentId::NIL;
        let at_once = compare(&[], &[Projects, Webhook], at_once.into(), at(9), id).begun;
        assert_eq!(
            (at_once.len(), &at_once[0].found_by),
            (1, &both[0].found_by)
        );
    }
}
