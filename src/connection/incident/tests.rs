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
fn what_is_wrong_in_projects_stands_beside_what_is_wrong_with_the_company() {
    use ProbeSubject::{Integrated, Webhook};
    let of_company = || Finding {
        hook: vec![HookDrift::Removed],
        ..Finding::of(ReasonCode::Hook)
    };
    let of_projects = |count| Finding {
        projects: Some(Box::new(ProjectsInNeed {
            count,
            ..ProjectsInNeed::none_of(40)
        })),
        ..Finding::of(ReasonCode::Hook)
    };
    let look = |open: &[Incident], looked: &[ProbeSubject], found: Vec<_>| {
        compare(open, looked, found, at(9), || IncidentId::NIL)
    };
    let both = [Webhook, Integrated];
    let found = vec![(Webhook, of_company()), (Integrated, of_projects(3))];
    let begun = look(&[], &both, found).begun;
    let shown = |it: &Incident| (it.finding.hook.len(), it.finding.projects.clone());
    let count = |it: &Incident| it.finding.projects.as_ref().map(|it| it.count);
    assert_eq!((begun.len(), begun[0].finding.hook.len()), (1, 1));
    assert_eq!(count(&begun[0]), Some(3));
    assert!(!begun[0].is_of_projects_alone());

    // Looked at alone, each leaves the other as it is.
    let fewer = look(&begun, &[Integrated], vec![(Integrated, of_projects(2))]).standing;
    assert_eq!(
        (fewer[0].finding.hook.len(), count(&fewer[0])),
        (1, Some(2))
    );
    let again = look(&begun, &[Webhook], vec![(Webhook, of_company())]).standing;
    assert_eq!(shown(&again[0]), shown(&begun[0]));

    let company_over = look(&begun, &both, vec![(Integrated, of_projects(3))]).standing;
    assert!(company_over[0].is_of_projects_alone());
    assert_eq!(
        (company_over[0].finding.hook.len(), count(&company_over[0])),
        (0, Some(3))
    );
    let projects_over = look(&begun, &both, vec![(Webhook, of_company())]).standing;
    assert_eq!(shown(&projects_over[0]), (1, None));
    assert_eq!(look(&company_over, &both, Vec::new()).ended.len(), 1);
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
