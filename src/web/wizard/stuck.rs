//! *I can't find this*: a step of a help text does not match what the reader sees in Procore.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::rows;
use crate::app::App;
use crate::content::{self, PathId, ProcorePage};
use crate::flows::Error;
use crate::flows::report_stuck::{self, Stuck};
use crate::help::{self, OwnPage};
use crate::identity::{Remark, RemarkError};
use crate::onboarding::CheckPurpose;
use crate::onboarding::Stage;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text::{forms, pages as text};
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::Shell;
use crate::web::wizard::run::ShownChecks;

/// The page; a colleague's is the same.
#[derive(Template)]
#[template(path = "wizard/stuck.html")]
pub(crate) struct StuckPage {
    pub shell: Shell,
    pub form: FormState,
    pub step: StuckStep,
    /// Whether it was just reported.
    pub noted: bool,
    pub here: String,
    pub back: String,
}

/// Which step of which help text, from the link.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StuckQuery {
    #[serde(default)]
    from: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    noted: String,
}

#[derive(Deserialize)]
pub(crate) struct StuckForm {
    #[serde(default)]
    saw: String,
}

/// A step of a help text.
pub(crate) struct StuckStep {
    /// The key of a click path, or a reason code.
    pub text: String,
    pub title: String,
    pub number: usize,
    pub words: String,
    /// Who can do it, or what it takes, as a sentence.
    pub who: String,
    /// Procore's own pages on it.
    pub pages: Vec<ProcorePage>,
}

impl StuckQuery {
    pub(crate) fn is_noted(&self) -> bool {
        self.noted == "1"
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn step(&self) -> &str {
        &self.step
    }

    /// The page with the help text.
    fn stage(&self) -> Result<Stage, PageError> {
        Stage::from_stored(&self.from).ok_or(PageError::Missing)
    }
}

pub(crate) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<StuckQuery>,
) -> Result<Response, PageError> {
    ok(&show(&app, &access, &asked, FormState::default()).await?)
}

pub(crate) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<StuckQuery>,
    Form(input): Form<StuckForm>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let step = find(&app, &access.shell(&app), stored, &asked).await?;
    let page = asked.stage()?.as_str();
    let (form, stuck) = input.read(step, page);
    let Some(stuck) = stuck else {
        return refused(&show(&app, &access, &asked, form).await?);
    };
    match report_stuck::run(&app, &access.actor, stored.onboarding.id, &stuck).await {
        Ok(()) => {
            let noted = format!("{}&noted=1", own_address(&access, &asked)?);
            Ok(see_other(noted).into_response())
        }
        Err(Error::HoldsSecret) => {
            let form = refuse_secret(FormState::default());
            refused(&show(&app, &access, &asked, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}

impl StuckForm {
    /// Reads the form; input that contains a secret is not kept.
    pub(crate) fn read(&self, step: StuckStep, page: &'static str) -> (FormState, Option<Stuck>) {
        let mut form = FormState::default();
        let saw = match Remark::reason(&clean(&self.saw)) {
            Ok(saw) => Some(saw),
            // The field is optional.
            Err(RemarkError::NoReason | RemarkError::NoNote) => None,
            Err(RemarkError::Secret) => return (refuse_secret(form), None),
            Err(error @ RemarkError::TooLong(_)) => {
                form = form.keep("saw", clean(&self.saw));
                form.fail("saw", error.to_string());
                return (form, None);
            }
        };
        let stuck = Stuck {
            text: step.text,
            title: step.title,
            step: step.number,
            words: step.words,
            page,
            saw,
        };
        (form, Some(stuck))
    }
}

/// Marks the form as refused because of a secret.
pub(crate) fn refuse_secret(mut form: FormState) -> FormState {
    form.fail("saw", forms::SECRET_IN_STUCK);
    form
}

async fn show(
    app: &App,
    access: &FirmAccess,
    asked: &StuckQuery,
    form: FormState,
) -> Result<StuckPage, PageError> {
    let shell = access.shell(app);
    let stored = access.onboarding()?;
    Ok(StuckPage {
        step: find(app, &shell, stored, asked).await?,
        noted: asked.is_noted(),
        here: own_address(access, asked)?,
        back: paths::step(access.firm.id, asked.stage()?),
        form,
        shell,
    })
}

/// The page's own address.
fn own_address(access: &FirmAccess, asked: &StuckQuery) -> Result<String, PageError> {
    let text = paths::stuck(access.firm.id, asked.stage()?, &asked.text);
    Ok(format!("{text}&step={}", asked.step))
}

/// Finds the step, filled in as it was shown; anything else is 404.
pub(crate) async fn find(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    asked: &StuckQuery,
) -> Result<StuckStep, PageError> {
    let number: usize = asked.step.parse().map_err(|_| PageError::Missing)?;
    let (title, who, steps, pages) = match (
        PathId::from_key(&asked.text),
        asked.text.parse::<ReasonCode>(),
    ) {
        (Some(id), _) => {
            let values = help::values(app, Some(stored));
            let path = help::path(id, &values).ok_or(PageError::Missing)?;
            let needs = text::you_need(&path.needs.join("; "));
            (path.title, needs, path.steps, path.sources)
        }
        (None, Ok(code)) => {
            let remedy = remedy(app, shell, stored, code).await?;
            let who = text::who_can_do(&remedy.who);
            (remedy.title, who, remedy.steps, remedy.pages)
        }
        (None, Err(_)) => return Err(PageError::Missing),
    };
    let step = steps.into_iter().find(|step| step.number == number);
    let step = step.ok_or(PageError::Missing)?;
    Ok(StuckStep {
        text: asked.text.clone(),
        title,
        number,
        words: content::plain(&step.pieces),
        who,
        pages,
    })
}

/// The remedy for a reason: of the newest row that has it, so that it names tool and level; in
/// general terms where it was fixed already.
async fn remedy(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    code: ReasonCode,
) -> Result<content::Remedy, PageError> {
    for purpose in [CheckPurpose::Permissions, CheckPurpose::Verify] {
        let shown = ShownChecks::newest(app, stored, purpose).await?;
        let mut results = shown.rows.iter().filter_map(|row| row.result.as_ref());
        let row = results.find(|result| result.reason == Some(code));
        if let Some(remedy) =
            row.and_then(|row| rows::remedy(app, shell, stored, row, OwnPage::CHECKS))
        {
            return Ok(remedy);
        }
    }
    help::remedy_in_general(code, stored, &help::values(app, Some(stored)))
        .ok_or(PageError::Missing)
}
