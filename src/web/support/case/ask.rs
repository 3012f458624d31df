//! The page before an action at a case: it says what will happen and asks for a reason.

use serde::Deserialize;

use crate::flows::case::{LastChange, SeenCase};
use crate::flows::{Error, Seen};
use crate::identity::{OnboardingId, Remark, RemarkError};
use crate::paths;
use crate::text;
use crate::web::form::FormState;
use crate::web::view::{Notice, Shell};

/// What the page of an action shows.
pub(super) struct Ask {
    /// The action's name: the heading, and the button.
    pub label: &'static str,
    /// What will happen, point by point.
    pub effects: Vec<String>,
    /// Why it cannot be done right now; then there is no form.
    pub why_not: Option<String>,
    /// Who did what since the page was shown.
    pub notice: Option<Notice>,
    pub form: FormState,
    pub fields: AskFields,
    pub firm: String,
    pub step: &'static str,
    /// Where the case stands.
    pub state: String,
    pub here: String,
    pub back: String,
    /// `button`, or `button button-danger`.
    pub style: &'static str,
}

/// Which revision of the case a form was shown with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskFields {
    pub onboarding: OnboardingId,
    pub version: i64,
    pub revision: i64,
}

/// What every action's form sends besides its own fields. Strings, since flattened form fields are
/// strings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AskInput {
    #[serde(default)]
    onboarding: String,
    #[serde(default)]
    version: String,
    /// Named as the forms name it.
    #[serde(default, rename = "turn")]
    revision: String,
    #[serde(default)]
    reason: String,
}

impl AskInput {
    /// Which revision of the case the page showed. A form without it counts as stale.
    pub(super) fn seen(&self) -> Result<SeenCase, Error> {
        match (
            self.onboarding.parse(),
            self.version.parse(),
            self.revision.parse(),
        ) {
            (Ok(onboarding_id), Ok(version), Ok(revision)) => Ok(SeenCase {
                seen: Seen {
                    onboarding_id,
                    version,
                },
                revision,
            }),
            _ => Err(Error::Stale),
        }
    }

    /// The form as it was filled in.
    pub(super) fn form(&self) -> FormState {
        FormState::default().keep("reason", self.reason.trim())
    }

    /// The reason, or a mistake noted at its field. What looks like a secret is not shown again.
    pub(super) fn reason(&self, form: &mut FormState) -> Option<Remark> {
        read_reason(&self.reason, "reason", form)
    }

    /// The same where it may be left out.
    pub(super) fn optional_reason(&self, form: &mut FormState) -> Option<Option<Remark>> {
        optional_reason(&self.reason, "reason", form)
    }
}

/// A reason that may be left out, or a mistake noted at its field. What looks like a secret is not
/// shown again.
pub(in crate::web::support) fn optional_reason(
    reason: &str,
    field: &'static str,
    form: &mut FormState,
) -> Option<Option<Remark>> {
    match reason.trim() {
        "" => Some(None),
        _ => read_reason(reason, field, form).map(Some),
    }
}

fn read_reason(reason: &str, field: &'static str, form: &mut FormState) -> Option<Remark> {
    let reason = Remark::reason(reason);
    if reason == Err(RemarkError::Secret) {
        form.set(field, "");
    }
    form.check(field, reason)
}

impl Ask {
    /// Another action of the same case.
    pub(crate) fn of_case(&self, slug: &str) -> String {
        paths::case_action(self.fields.onboarding, slug)
    }
}

/// Nothing was done, because somebody changed the case first.
pub(super) fn overtaken(shell: &Shell, last: &LastChange) -> String {
    text::case::overtaken(&last_change(shell, last))
}

/// Who changed the case last, and how.
pub(in crate::web::support) fn last_change(shell: &Shell, last: &LastChange) -> String {
    let who = match last.who.as_str() {
        "" => text::case::SOMEBODY.to_owned(),
        who => who.replace(['*', '`'], " "),
    };
    let what = match &last.verb {
        Some(verb) => text::activity::stored(verb),
        None => text::case::CHANGED_SETUP.to_owned(),
    };
    text::case::last_change(&who, &what, &shell.when(last.at).relative())
}
