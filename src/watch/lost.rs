//! When changes may not have reached us, and until when our copy is proven.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::connections::UNSEEN;
use crate::connection::Connection;
use crate::connection::incident::{Changes, Incident};
use crate::reconcile::schedule;
use crate::store::reconciles::{self, Gap};
use crate::store::{StoreError, list_readings};
use crate::verdict::ReasonCode;

/// Until when a copy is proven.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Proven {
    /// Everything was read after that.
    pub read: Option<DateTime<Utc>>,
    /// Everything before that is to be read.
    pub to_read: Option<DateTime<Utc>>,
}

impl Proven {
    pub(super) fn at(self) -> Option<DateTime<Utc>> {
        self.read.max(self.to_read)
    }
}

/// Until when the copy of a connection is proven.
pub(super) async fn proven(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Proven, StoreError> {
    let (firm, id) = (connection.firm_id, connection.id);
    let known = list_readings::list(conn, firm, id).await?;
    let gap = reconciles::find(conn, firm, id).await?.gap;
    let settings = connection.settings.as_ref();
    Ok(Proven {
        read: settings.and_then(|it| schedule::read_since(it.choices(), &known)),
        to_read: gap.filter(|gap| gap.lost).map(|gap| gap.to),
    })
}

/// When changes may not have reached us: while nothing could be read, while the webhook was not as it
/// has to be, and where Procore gave deliveries up, unless everything was read since. Of more than were
/// counted nobody knows when they came about, so what came since they were found is read at their end. Looks
/// are hours apart, so it began before it was seen.
pub(super) fn gap(
    open: &[Incident],
    changes: &Changes,
    proven: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<Gap> {
    let over = open.iter().filter(|it| {
        it.code.stops_everything()
            || matches!(it.code, ReasonCode::Hook | ReasonCode::WebhookLevel)
            || it.finding.has_more
    });
    // What is wrong in single projects, still or before, is read there.
    let is_over = |was: &Incident| {
        let mut now = changes.all().filter(|it| it.id == was.id);
        now.any(|it| !it.is_of_company() || was.finding.has_more && !it.finding.has_more)
    };
    let over = over.filter(|it| it.is_of_company() && is_over(it));
    let over = over.map(|it| it.since);
    let had_more = |it: &Incident| {
        open.iter()
            .any(|was| was.id == it.id && was.finding.has_more)
    };
    let given_up = changes.open().filter(|it| {
        let is_given_up = it.code == ReasonCode::Deliveries && it.finding.count.is_some();
        let has_more = it.finding.has_more && !had_more(it);
        is_given_up && it.seen_at == now && (has_more || it.finding.last_at >= proven)
    });
    let lost = given_up.map(|it| it.finding.last_at.unwrap_or(now));
    let since = over.chain(lost).min()?;
    Some(Gap {
        from: since - UNSEEN,
        to: now,
        lost: true,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::connection::ProbeSubject;
    use crate::connection::incident::Finding;
    use crate::identity::IncidentId;

    #[test]
    fn what_was_given_up_is_a_gap_unless_everything_was_read_since() {
        let at = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let finding = Finding {
            count: Some(3),
            last_at: Some(at(20)),
            ..Finding::of(ReasonCode::Deliveries)
        };
        let subject = ProbeSubject::Deliveries;
        let begun = vec![Incident::begin(IncidentId::NIL, subject, finding, at(40))];
        let again = Changes {
            standing: begun.clone(),
            ..Changes::default()
        };
        let begun = Changes {
            begun,
            ..Changes::default()
        };
        for changes in [&begun, &again] {
            let from = |proven| gap(&[], changes, proven, at(40)).map(|gap| gap.from);
            assert_eq!(from(None), Some(at(8)));
            assert_eq!(from(Some(at(19))), Some(at(8)));
            assert_eq!(from(Some(at(21))), None, "read since");
            assert_eq!(
                gap(&[], changes, None, at(41)),
                None,
                "not seen by this look"
            );
        }
    }

    #[test]
    fn more_than_is_counted_is_a_gap_once_and_again_when_it_is_over() {
        let at = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let found = |has_more, seen| {
            let finding = Finding {
                count: Some(200),
                has_more,
                last_at: Some(at(20)),
                ..Finding::of(ReasonCode::Deliveries)
            };
            let subject = ProbeSubject::Deliveries;
            let begun = Incident::begin(IncidentId::NIL, subject, finding, at(40));
            let seen_at = at(seen);
            Incident { seen_at, ..begun }
        };
        let standing = |it: Incident| Changes {
            standing: vec![it],
            ..Changes::default()
        };
        let from = |open: &[Incident], changes: &Changes, hour| {
            gap(open, changes, Some(at(39)), at(hour)).map(|gap| gap.from)
        };
        let many = [found(true, 40)];
        assert_eq!(from(&[], &standing(found(true, 40)), 40), Some(at(8)));
        assert_eq!(from(&many, &standing(found(true, 42)), 42), None);
        let fewer = standing(found(false, 44));
        assert_eq!(from(&many, &fewer, 44), Some(at(28)), "since it was found");
        let mut over = found(true, 44);
        over.found_by.clear();
        let over = Changes {
            ended: vec![over],
            ..Changes::default()
        };
        assert_eq!(from(&many, &over, 46), Some(at(28)));
    }

    #[test]
    fn what_merely_fails_is_no_gap() {
        let at = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let finding = Finding {
            last_at: Some(at(39)),
            ..Finding::of(ReasonCode::Deliveries)
        };
        let subject = ProbeSubject::Deliveries;
        let begun = Changes {
            begun: vec![Incident::begin(IncidentId::NIL, subject, finding, at(40))],
            ..Changes::default()
        };
        assert_eq!(gap(&[], &begun, None, at(40)), None);
    }
}
