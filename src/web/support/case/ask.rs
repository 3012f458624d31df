//! The page before every action at a case: it says what will happen, and asks why.
//!
//! An action's `get` shows it, and its `post` reads [`AskInput`] beside its own fields, calls one
//! flow, and hands the flow's answer to [`settle`].

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::CaseAccess;
use crate::app::App;
use crate::flows::case::{CaseError, Deed, SeenCase};
use crate::flows::{Error, Seen};
use crate::identity::{Remark, RemarkError};
use crate::onboarding::case::WhyNot;
use crate::text;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::support::reason;
use crate::web::view::{Notice, Shell};
use crate::web::wizard::help;

/// What the page of an action shows.
pub struct Ask {
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

/// What the form carries besides its fields.
#[derive(Debug, Clone, Copy)]
pub struct AskFields {
    pub onboarding: uuid::Uuid,
    pub version: i64,
    pub turn: i64,
}

/// What every action's form sends besides its own fields. Text, since it is flattened into the
/// forms and comes from outside.
#[derive(Debug, Clone, Deserialize)]
pub struct AskInput {
    #[serde(default)]
    onboarding: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    turn: String,
    #[serde(default)]
    reason: String,
}

impl AskInput {
    /// Which case the page showed, and how it stood. A form without it is an old page.
    pub fn page(&self) -> Result<SeenCase, Error> {
        match (
            self.onboarding.parse(),
            self.version.parse(),
            self.turn.parse(),
        ) {
            (Ok(onboarding_id), Ok(version), Ok(turn)) => Ok(SeenCase {
                seen: Seen {
                    onboarding_id,
                    version,
                },
                turn,
            }),
            _ => Err(Error::Stale),
        }
    }

    /// The form as it was filled in.
    pub fn form(&self) -> FormState {
        FormState::default().keep("reason", self.reason.trim())
    }

    /// The reason, or a mistake noted at its field. What looks like a secret is not shown again.
    pub fn reason(&self, form: &mut FormState) -> Option<Remark> {
        let reason = Remark::reason(&self.reason);
        if reason == Err(RemarkError::Secret) {
            *form = std::mem::take(form).keep("reason", "");
        }
        form.check("reason", reason)
    }
}

impl Ask {
    /// The page of the action called `label`, which lives under `action` at the case.
    pub fn new(app: &App, access: &CaseAccess, label: &'static str, action: &str) -> Self {
        let (case, onboarding) = (&access.case, access.onboarding());
        Self {
            label,
            effects: Vec::new(),
            why_not: None,
            notice: None,
            form: FormState::default(),
            fields: AskFields {
                onboarding: onboarding.id,
                version: onboarding.version,
                turn: case.line.turn,
            },
            firm: case.firm.name.clone(),
            step: onboarding.stage.label(),
            state: reason::sentence(
                case.line.reason,
                case.line.code,
                &help::values(app, Some(onboarding)),
            ),
            here: access.at(action),
            back: access.home(),
            style: "button",
        }
    }

    #[must_use]
    pub fn effect(mut self, text: impl Into<String>) -> Self {
        self.effects.push(text.into());
        self
    }

    #[must_use]
    pub fn filled_in(mut self, again: Again) -> Self {
        self.notice = again.notice;
        if self.why_not.is_none() {
            self.form = again.form;
        }
        self
    }

    /// What a form with mistakes is answered with: the page with its mistakes, or, where the action
    /// does not apply any more, the page that says so.
    pub fn refusal(&self) -> StatusCode {
        match self.why_not {
            Some(_) => StatusCode::CONFLICT,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    #[must_use]
    pub fn unless(mut self, refused: Result<(), WhyNot>) -> Self {
        self.why_not = refused.err().map(|why| why.to_string());
        self
    }
}

/// The page of an action that asks for nothing but the reason.
#[derive(Template)]
#[template(path = "support/case/ask.html")]
pub struct Page {
    shell: Shell,
    ask: Ask,
}

impl Page {
    pub fn new(app: &App, access: &CaseAccess, ask: Ask) -> Self {
        let shell = access.shell(app);
        Self { shell, ask }
    }
}

/// The page once more, with what was typed.
#[derive(Default)]
pub struct Again {
    pub form: FormState,
    pub notice: Option<Notice>,
}

impl From<FormState> for Again {
    fn from(form: FormState) -> Self {
        Self { form, notice: None }
    }
}

/// What comes of an action.
pub enum Settled {
    /// On to the case, which says what was done.
    Done(Response),
    /// The page once more.
    Again(StatusCode, Again),
}

/// Reads a flow's answer: back to the case with `said`, or the page once more.
pub fn settle(
    shell: &Shell,
    access: &CaseAccess,
    result: Result<(), CaseError>,
    said: impl Into<String>,
    mut form: FormState,
) -> Result<Settled, PageError> {
    let conflict = |form, text: String| {
        let notice = Some(Notice::needs_you(text));
        Settled::Again(StatusCode::CONFLICT, Again { form, notice })
    };
    Ok(match result {
        Ok(()) => {
            let answer = see_other(access.home()).with_success(said);
            Settled::Done(answer.into_response())
        }
        Err(CaseError::NotNow(why)) => conflict(form, format!("Nothing was done. {why}")),
        Err(CaseError::Overtaken(deed)) => conflict(form, overtaken(shell, &deed)),
        Err(CaseError::Secret) => {
            // It is not shown again.
            form = form.keep("reason", "");
            form.fail("reason", RemarkError::Secret.to_string());
            Settled::Again(StatusCode::UNPROCESSABLE_ENTITY, form.into())
        }
        Err(CaseError::Flow(error)) => return Err(error.into()),
    })
}

/// Who was faster, and with what.
fn overtaken(shell: &Shell, last: &Deed) -> String {
    let who = match last.who.as_str() {
        "" => "Somebody",
        who => who,
    };
    let what = match &last.verb {
        Some(verb) => text::activity::stored(verb),
        None => "Changed the setup".to_owned(),
    };
    format!(
        "Nothing was done, because the case changed after you opened this page. **{who}**, {}: {what}. Look whether it is still needed.",
        shell.when(last.at).relative(),
        who = who.replace(['*', '`'], " "),
    )
}
