//! What follows from Procore's answer about a record that it announced. Pure.

use chrono::TimeDelta;

use crate::connection::EventOutcome;

/// The pauses after which Procore is asked again for a record that it announced and does not show:
/// one that was just created may take a while to be readable.
const PATIENCE: [TimeDelta; 3] = [
    TimeDelta::seconds(15),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
];

/// What Procore said about the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    Shown,
    Unreadable,
    NotShown,
    /// It is kept where single records cannot be read.
    Elsewhere,
}

/// Whether the events of the record tell that it was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    NotTold,
    Told,
    /// One of them does, and it may not be the last.
    MayBeOver,
}

/// What happens to the events of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Settle(EventOutcome),
    /// Ask again after this pause.
    AskAgain(TimeDelta),
}

/// Decides after `tries` earlier questions.
///
/// A record that is merely not shown is not gone: it may be hidden from us. What is shown although
/// its deletion was announced may come from before it; what is not shown may be back and not readable yet, where
/// nobody knows which event was the last.
pub(super) fn decide(answered: Answered, deleted: Deletion, tries: i16) -> Decision {
    let pause = usize::try_from(tries)
        .ok()
        .and_then(|nth| PATIENCE.get(nth));
    let again = |otherwise| match pause {
        Some(pause) => Decision::AskAgain(*pause),
        None => Decision::Settle(otherwise),
    };
    match (answered, deleted) {
        (Answered::Shown, Deletion::NotTold) => Decision::Settle(EventOutcome::Applied),
        (Answered::Shown, Deletion::Told | Deletion::MayBeOver) => again(EventOutcome::Applied),
        (Answered::NotShown, Deletion::Told) => Decision::Settle(EventOutcome::Gone),
        (Answered::NotShown, Deletion::MayBeOver) => again(EventOutcome::Gone),
        (Answered::NotShown, Deletion::NotTold) => again(EventOutcome::Unavailable),
        (Answered::Unreadable, _) => Decision::Settle(EventOutcome::Unreadable),
        (Answered::Elsewhere, _) => Decision::Settle(EventOutcome::Unknown),
    }
}

/// The same for a record that our copy does not have. A page of its list that was asked for before the deletion
/// may still be on its way and bring the record: it is looked at once more when that page is long written.
pub(super) fn decide_of_unknown(decision: Decision, tries: i16) -> Decision {
    match decision {
        Decision::Settle(EventOutcome::Gone) if tries == 0 => Decision::AskAgain(PATIENCE[2]),
        Decision::Settle(_) | Decision::AskAgain(_) => decision,
    }
}

/// Whether no further question would follow an answer that does not show the record.
pub(super) fn is_last_try(tries: i16) -> bool {
    usize::try_from(tries).is_ok_and(|nth| nth >= PATIENCE.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_gone_only_when_procore_said_so_and_does_not_show_it() {
        use Answered::{Elsewhere, NotShown, Shown, Unreadable};
        use Deletion::{MayBeOver, NotTold, Told};
        use EventOutcome::{Applied, Gone, Unavailable, Unknown};
        let settle = Decision::Settle;
        for (answered, deleted, tries, expected) in [
            (Shown, NotTold, 0, settle(Applied)),
            (Shown, Told, 0, Decision::AskAgain(PATIENCE[0])),
            (Shown, Told, 3, settle(Applied)),
            (NotShown, Told, 0, settle(Gone)),
            (NotShown, MayBeOver, 0, Decision::AskAgain(PATIENCE[0])),
            (NotShown, MayBeOver, 3, settle(Gone)),
            (Shown, MayBeOver, 3, settle(Applied)),
            (NotShown, NotTold, 0, Decision::AskAgain(PATIENCE[0])),
            (NotShown, NotTold, 2, Decision::AskAgain(PATIENCE[2])),
            (NotShown, NotTold, 3, settle(Unavailable)),
            (Unreadable, Told, 0, settle(EventOutcome::Unreadable)),
            (Elsewhere, NotTold, 3, settle(Unknown)),
        ] {
            assert_eq!(
                decide(answered, deleted, tries),
                expected,
                "{answered:?} {deleted:?} {tries}"
            );
        }
    }

    #[test]
    fn a_deletion_of_what_we_never_had_is_looked_at_twice() {
        let gone = Decision::Settle(EventOutcome::Gone);
        assert_eq!(
            decide_of_unknown(gone, 0),
            Decision::AskAgain(TimeDelta::minutes(5))
        );
        assert_eq!(decide_of_unknown(gone, 1), gone);
        let applied = Decision::Settle(EventOutcome::Applied);
        assert_eq!(decide_of_unknown(applied, 0), applied);
    }
}
