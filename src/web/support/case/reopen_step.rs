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
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub struct ReopenStep {
    choices: Vec<StepChoice>,
}

/// One step with what opening it again resets.
pub struct StepChoice {
    value: &'static str,
    id: String,
    label: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "support/case/reopen_step.html")]
pub struct ReopenStepPage {
    shell: Shell,
    ask: Ask,
    choices: Vec<StepChoice>,
}

#[derive(Deserialize)]
pub struct ReopenStepFields {
    #[serde(default)]
    step: String,
}

/// What has to be done again.
fn hint(reset: impl Iterator<Item = Stage>) -> String {
    let labels: Vec<&str> = reset.map(Stage::label).collect();
    format!("To be done again: {}.", labels.join(", "))
}

impl ActionFields for ReopenStepFields {
    type Input = Stage;

    fn read(self, _: &App, _: &CaseAccess, form: &mut FormState) -> Option<Stage> {
        form.set("step", self.step.as_str());
        form.check(
            "step",
            Stage::from_stored(&self.step).ok_or("Choose a step"),
        )
    }
}

impl CaseAction for ReopenStep {
    const LABEL: &'static str = "Reopen a step";
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
            label: format!("Step {}: {}", step.number(), step.label()),
            hint: hint(access.onboarding().reset_by_reopening(*step)),
        });
        Ok(Self {
            choices: choices.collect(),
        })
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        vec![
            "What was entered stays: the Procore details with the secret, and the choice of data."
                .to_owned(),
            "The steps from there on have to be confirmed again, and their checks run again."
                .to_owned(),
            "Nothing changes in Procore. The firm sees it in its activity.".to_owned(),
        ]
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
        let step = call.input.label();
        Ok(call
            .access
            .done(format!("The setup stands at “{step}” again.")))
    }

    fn page(self, shell: Shell, ask: Ask) -> ReopenStepPage {
        ReopenStepPage {
            shell,
            ask,
            choices: self.choices,
        }
    }
}
