//! The scheduled look at a connection: what is asked next, and when.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::incident::{Incident, ProbeSubject};

/// How often a connection is looked at: with six subjects in turn, each comes up several times a day.
pub(crate) const EVERY: TimeDelta = TimeDelta::hours(1);

/// When each subject was last looked at.
pub(crate) type LookedAt = BTreeMap<ProbeSubject, DateTime<Utc>>;

/// What the next look asks about, in order: last our own copy and the integrated projects, which cost no call,
/// once Procore answered.
///
/// What was never looked at, or is to be looked at again now, comes at once. While nothing can be read,
/// only whether that is still so. All that was found wrong is looked at together until
/// the firm was told of it, and then alternates with the turn of all, so that its end is noticed soon.
pub(crate) fn next_subjects(looked: &LookedAt, open: &[Incident]) -> Vec<ProbeSubject> {
    if open.iter().any(|incident| incident.code.stops_everything()) {
        return vec![ProbeSubject::Access];
    }
    let mut subjects = next_of_procore(looked, open);
    subjects.extend([ProbeSubject::Copy, ProbeSubject::Integrated]);
    subjects
}

fn next_of_procore(looked: &LookedAt, open: &[Incident]) -> Vec<ProbeSubject> {
    let all = || ProbeSubject::IN_TURN.into_iter();
    let new: Vec<ProbeSubject> = all().filter(|it| !looked.contains_key(it)).collect();
    if !new.is_empty() {
        return new;
    }
    let found_by = |it: &Incident| {
        let found_by = it.found_by.clone().into_iter();
        found_by.filter(|it| ProbeSubject::IN_TURN.contains(it))
    };
    let last_looked = |subject: &ProbeSubject| looked.get(subject).copied();
    // Where Procore does not answer whether it is still so, it is not told, and holds up no other.
    let was_found_last = |it: &Incident| {
        let last = it.found_by.iter().filter_map(last_looked).max();
        last.is_none_or(|at| at <= it.seen_at)
    };
    let to_tell = open
        .iter()
        .filter(|it| it.is_to_be_told() && was_found_last(it));
    let mut to_tell: Vec<ProbeSubject> = to_tell.flat_map(found_by).collect();
    if !to_tell.is_empty() {
        to_tell.sort_unstable();
        to_tell.dedup();
        return to_tell;
    }
    let wrong = open.iter().flat_map(found_by).min_by_key(last_looked);
    let newest = all().max_by_key(last_looked);
    let looked_at_wrong_last =
        newest.is_some_and(|newest| open.iter().any(|it| it.found_by.contains(&newest)));
    let turn = all().min_by_key(last_looked);
    let chosen = wrong.filter(|_| !looked_at_wrong_last).or(turn);
    chosen.into_iter().collect()
}

/// How long until the next look. While nothing can be read, ever longer: what is refused counts against
/// the app's health at Procore.
pub(crate) fn pause(open: &[Incident], now: DateTime<Utc>) -> TimeDelta {
    let broken = open.iter().filter(|it| it.code.stops_everything());
    let Some(since) = broken.map(|it| it.since).min() else {
        return EVERY;
    };
    match now - since {
        young if young < TimeDelta::hours(6) => EVERY,
        older if older < TimeDelta::days(2) => TimeDelta::hours(4),
        _ => TimeDelta::days(1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::incident::Finding;
    use super::*;
    use crate::identity::IncidentId;
    use crate::verdict::ReasonCode;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn open(code: ReasonCode, subject: ProbeSubject) -> Incident {
        Incident::begin(IncidentId::NIL, subject, Finding::of(code), at(0))
    }

    /// What Procore is asked about in as many looks, an hour apart.
    fn looks(count: i64, open: &[Incident]) -> Vec<ProbeSubject> {
        let all = ProbeSubject::ALL.into_iter();
        let mut looked: LookedAt = (1..)
            .map(|hour| at(-hour))
            .zip(all.rev())
            .map(|(at, it)| (it, at))
            .collect();
        let (mut order, mut open) = (Vec::new(), open.to_vec());
        for hour in 0..count {
            for subject in next_subjects(&looked, &open) {
                looked.insert(subject, at(hour));
                order.push(subject);
                let mut open = open.iter_mut();
                if let Some(found) = open.find(|it| it.found_by == [subject]) {
                    found.seen_at = at(hour);
                }
            }
        }
        order.retain(|it| !matches!(it, ProbeSubject::Copy | ProbeSubject::Integrated));
        order
    }

    #[test]
    fn what_was_never_looked_at_comes_at_once() {
        assert_eq!(next_subjects(&LookedAt::new(), &[]), ProbeSubject::ALL);
        let broken = [open(ReasonCode::NotInstalled, ProbeSubject::Access)];
        assert_eq!(
            next_subjects(&LookedAt::new(), &broken),
            [ProbeSubject::Access]
        );
    }

    #[test]
    fn all_subjects_come_up_in_turn() {
        let order = looks(12, &[]);
        assert_eq!(order[..6], ProbeSubject::IN_TURN);
        assert_eq!(order[6..], ProbeSubject::IN_TURN);
    }

    #[test]
    fn what_is_wrong_is_looked_at_until_it_is_told() {
        let hook = open(ReasonCode::Hook, ProbeSubject::Webhook);
        assert_eq!(looks(3, &[hook]), [ProbeSubject::Webhook; 3]);
    }

    #[test]
    fn what_is_to_be_told_is_looked_at_together_unless_nobody_knows_of_it() {
        use ProbeSubject::{Permissions, Webhook};
        let hook = open(ReasonCode::Hook, Webhook);
        let level = open(ReasonCode::WebhookLevel, Permissions);
        let both = [hook.clone(), level.clone()];
        let order = looks(2, &both);
        assert_eq!(order, [Permissions, Webhook, Permissions, Webhook]);

        let looked = ProbeSubject::IN_TURN.into_iter().map(|it| (it, at(0)));
        let mut looked: LookedAt = looked.collect();
        looked.insert(Permissions, at(1));
        let copy = [ProbeSubject::Copy, ProbeSubject::Integrated];
        let next = next_subjects(&looked, &both);
        assert_eq!(next[..], [&[Webhook], &copy[..]].concat());
        let next = next_subjects(&looked, &[level]);
        assert_eq!(next[0], ProbeSubject::Access, "its turn");
    }

    #[test]
    fn what_was_told_alternates_with_the_others_and_keeps_none_from_its_turn() {
        let told = Incident {
            told_at: Some(at(0)),
            ..open(ReasonCode::Hook, ProbeSubject::Webhook)
        };
        let order = looks(24, &[told]);
        let webhook = order.iter().filter(|it| **it == ProbeSubject::Webhook);
        assert!(webhook.count() >= 10, "{order:?}");
        for subject in ProbeSubject::IN_TURN {
            assert!(order.contains(&subject), "daily: {subject:?}");
        }
    }

    #[test]
    fn our_copy_is_looked_at_every_time_and_takes_no_turn() {
        let late = open(ReasonCode::Late, ProbeSubject::Copy);
        assert_eq!(looks(6, std::slice::from_ref(&late)), ProbeSubject::IN_TURN);
        let looked = ProbeSubject::IN_TURN.into_iter().map(|it| (it, at(0)));
        let looked: LookedAt = looked.collect();
        let next = next_subjects(&looked, std::slice::from_ref(&late));
        let ours = [ProbeSubject::Copy, ProbeSubject::Integrated];
        assert_eq!(next, [ProbeSubject::Access, ours[0], ours[1]]);
        let hook = open(ReasonCode::Hook, ProbeSubject::Webhook);
        let next = next_subjects(&looked, &[late, hook]);
        assert_eq!(next, [ProbeSubject::Webhook, ours[0], ours[1]]);
    }

    #[test]
    fn a_broken_connection_is_only_asked_whether_it_still_is_and_ever_more_rarely() {
        let broken = [open(ReasonCode::NotInstalled, ProbeSubject::Access)];
        assert_eq!(looks(3, &broken), [ProbeSubject::Access; 3]);
        let pauses = [1, 7, 47, 49].map(|hour| pause(&broken, at(hour)).num_hours());
        assert_eq!(pauses, [1, 4, 4, 24]);
        let degraded = [open(ReasonCode::Hook, ProbeSubject::Webhook)];
        assert_eq!(pause(&degraded, at(100)), EVERY);
    }
}
