//! *Reopen a step*: the firm goes back, and what follows has to be done again.

use askama::Template;
use serde::Deserialize;

use super::CaseAccess;
use super::action::{ActionFields, Call, CaseAction};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::reopen_step;
use crate::onboarding::case::WhyNot;
use crate::onboarding::{Stage, case};
use crate::text::case::reopen_step as text;
use crate::text::forms;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub(crate) struct ReopenStep {
    choices: Vec<StepChoice>,
}

/// One step with what opening it again resets.
pub(crate) struct StepChoice {
    value: &'static str,
    id: String,
    label: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "support/case/reopen_step.html")]
pub(crate) struct ReopenStepPage {
    shell: Shell,
    ask: Ask,
    choices: Vec<StepChoice>,
}

#[derive(Deserialize)]
pub(crate) struct ReopenStepFields {
    #[serde(default)]
    step: String,
}

impl ActionFields for ReopenStepFields {
    type Input = Stage;

    fn read(self, _: &App, _: &CaseAccess, form: &mut FormState) -> Option<Stage> {
        form.set("step", self.step.as_str());
        form.check("step", Stage::from_stored(&self.step).ok_or(forms::STEP))
    }
}

impl CaseAction for ReopenStep {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "reopen-step";

    type Fields = ReopenStepFields;
    type Page = ReopenStepPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        case::reopen_step(&access.evidence).map(drop)
    }

    async fn load(_: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let steps = case::reopen_step(&access.evidence);
        let choices = steps.iter().flatten().enumerate();
        let choices = choices.map(|(place, step)| StepChoice {
            value: step.as_str(),
            // The summary of mistakes leads to the first one.
            id: match place {
                0 => "step".to_owned(),
                _ => format!("step_{}", step.as_str()),
            },
            label: text::choice(*step),
            hint: text::resets(access.onboarding().reset_by_reopening(*step)),
        });
        Ok(Self {
            choices: choices.collect(),
        })
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        text::effects()
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        reopen_step::run(
            call.app,
            &call.access.actor,
            call.seen,
            call.input,
            &call.reason,
        )
        .await?;
        Ok(call.access.done(text::done(call.input)))
    }

    fn page(self, shell: Shell, ask: Ask) -> ReopenStepPage {
        ReopenStepPage {
            shell,
            ask,
            choices: self.choices,
        }
    }
}
