//! The verdict itself: what the manifest shows and what an attempt brought, combined.

use super::{Answer, Cause, Facts, How, ManifestState, Note, ReasonCode, Refusal, general};
use crate::catalog::{Certainty, DataSet, Level, NeededAccess, Read, Tool};

/// Whether our account may do something, and how we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether it may.
    pub permitted: Permitted,
    /// Our level on the tool that decides, if the manifest shows one.
    pub found: Option<Level>,
    /// How we know.
    pub how: Option<How>,
    /// What else to say.
    pub notes: Vec<Note>,
}

/// Whether our account may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permitted {
    /// It may.
    Yes,
    /// It may today, although the level is below the one that Procore documents.
    BelowLevel(ReasonCode),
    /// It may not, or cannot now.
    No(Cause),
    /// Neither the manifest nor an attempt tells.
    Unknown,
}

impl Verdict {
    /// Why it may not, if it may not.
    pub(crate) fn cause(&self) -> Option<Cause> {
        match self.permitted {
            Permitted::No(cause) => Some(cause),
            Permitted::Yes | Permitted::BelowLevel(_) | Permitted::Unknown => None,
        }
    }
}

/// Whether a list can be read that needs this access.
///
/// Without an answer only the manifest speaks. Where that is a refusal already, Procore need not
/// be asked: each refused request uses quota.
pub(crate) fn read(
    manifest: ManifestState<'_>,
    needs: &NeededAccess,
    answer: Option<&Answer>,
) -> Verdict {
    let found = manifest.level(needs.tool);
    let enough = found.map(|level| level >= needs.level);
    // Where only an attempt decides, a low level in the manifest proves nothing.
    let proven_low = enough == Some(false) && needs.certainty == Certainty::Known;
    let refusal = Refusal::of(needs.tool);
    let too_low = Permitted::No(refusal.forbidden.into());
    let gap = manifest.gap();

    let (permitted, how, note) = match answer {
        Some(Answer::Accepted(Facts::Records { .. })) => match enough {
            Some(true) => (Permitted::Yes, Some(How::Both), None),
            Some(false) => {
                let permitted = match proven_low {
                    true => Permitted::BelowLevel(refusal.forbidden),
                    false => Permitted::Yes,
                };
                (permitted, Some(How::Probe), Some(Note::ReadableBelowLevel))
            }
            None => (Permitted::Yes, Some(How::Probe), Some(gap)),
        },
        Some(Answer::EmptyList) if proven_low => (too_low, Some(How::Both), Some(Note::EmptyList)),
        Some(Answer::EmptyList) => {
            let how = match enough {
                Some(true) => How::Both,
                Some(false) | None => How::Probe,
            };
            (Permitted::Yes, Some(how), Some(Note::EmptyList))
        }
        Some(Answer::Reduced) => (too_low, Some(How::Probe), Some(Note::ReducedFields)),
        Some(Answer::Forbidden | Answer::Unauthorized) => match enough {
            Some(true) => (too_low, Some(How::Probe), Some(Note::RefusedDespiteLevel)),
            Some(false) => (too_low, Some(How::Both), None),
            None => (too_low, Some(How::Probe), Some(gap)),
        },
        Some(Answer::NotFound) if enough == Some(false) => (too_low, Some(How::Both), None),
        Some(Answer::NotFound) => {
            let hidden = Permitted::No(refusal.hidden.into());
            (hidden, Some(How::Probe), None)
        }
        Some(answer) => (other(answer), None, None),
        None if proven_low => (too_low, Some(How::Manifest), None),
        None => (Permitted::Unknown, None, None),
    };
    Verdict {
        permitted,
        found,
        how,
        notes: note.into_iter().collect(),
    }
}

/// Whether webhooks may be set up, from the manifest and an attempt to read the catalog of their
/// resources. That catalog may be readable without the right to write, so where the manifest shows
/// no level, only the attempt to create a webhook will tell.
pub(crate) fn webhooks(manifest: ManifestState<'_>, answer: Option<&Answer>) -> Verdict {
    let found = manifest.level(Tool::WebhooksApi);
    let allowed = found.map(|level| level >= Level::Standard);
    let refused = |code: ReasonCode| Permitted::No(code.into());

    let (permitted, how, notes) = match (allowed, answer) {
        (Some(false), _) => {
            let too_low = refused(Refusal::WEBHOOKS.forbidden);
            (too_low, Some(How::Manifest), vec![])
        }
        (allowed, Some(Answer::Forbidden | Answer::Unauthorized)) => {
            let despite = allowed.map(|_| Note::RefusedDespiteLevel);
            let too_low = refused(Refusal::WEBHOOKS.forbidden);
            (too_low, Some(How::Probe), despite.into_iter().collect())
        }
        (_, Some(Answer::NotFound)) => {
            let hidden = refused(Refusal::WEBHOOKS.hidden);
            (hidden, Some(How::Probe), vec![])
        }
        (Some(true), None) => (Permitted::Yes, Some(How::Manifest), vec![]),
        (None, None) => (Permitted::Unknown, None, vec![]),
        (Some(true), Some(Answer::EmptyList)) => {
            (Permitted::Yes, Some(How::Both), vec![Note::EmptyList])
        }
        (Some(true), Some(Answer::Accepted(Facts::Catalog { .. }) | Answer::Reduced)) => {
            (Permitted::Yes, Some(How::Both), vec![])
        }
        (
            None,
            Some(Answer::Accepted(Facts::Catalog { .. }) | Answer::EmptyList | Answer::Reduced),
        ) => match manifest {
            ManifestState::Waiting(cause) => (Permitted::No(cause), None, vec![]),
            ManifestState::Known(_) | ManifestState::Missing => (
                Permitted::Unknown,
                Some(How::NotTestableByReading),
                vec![Note::WriteNotTested, manifest.gap()],
            ),
        },
        (_, Some(answer)) => (other(answer), None, vec![]),
    };
    Verdict {
        permitted,
        found,
        how,
        notes,
    }
}

/// What is wrong with a list that came back empty: nobody can see its records at our level, or it
/// is the list of projects, without which the setup goes no further.
pub(crate) fn empty_list(manifest: ManifestState<'_>, list: &Read) -> Option<ReasonCode> {
    let by_level = read(manifest, &list.needs, Some(&Answer::EmptyList)).cause();
    let projects = DataSet::Projects.entry().main_read().name;
    by_level
        .map(|cause| cause.code)
        .or_else(|| (list.name == projects).then_some(ReasonCode::NoProjects))
}

/// An answer that means the same to every question; an accepted one that fits no question is
/// unexpected.
fn other(answer: &Answer) -> Permitted {
    Permitted::No(general(answer).unwrap_or(ReasonCode::Unexpected.into()))
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
