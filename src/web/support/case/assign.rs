//! *Assign to me*, or to another support person, or to nobody.

use serde::Deserialize;

use super::CaseAccess;
use super::action::ActionFields;
use super::in_place::{InPlaceAction, InPlaceCall};
use crate::app::App;
use crate::flows::assign_case;
use crate::flows::case::CaseError;
use crate::identity::PersonId;
use crate::onboarding::case::WhyNot;
use crate::store::people;
use crate::text::case::assign as text;
use crate::text::{forms, queue};
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;

/// The choice of leaving it to nobody.
const NOBODY: &str = "nobody";

pub(super) struct Assign;

#[derive(Deserialize)]
pub(crate) struct AssignFields {
    #[serde(default)]
    assignee: String,
}

/// Who can look after a case: value and words, the reader first.
pub(super) async fn choices(
    app: &App,
    access: &CaseAccess,
) -> Result<Vec<(String, String)>, PageError> {
    let mut conn = app.db.acquire().await?;
    let support = people::list_support(&mut conn).await?;
    let support: Vec<_> = support.into_iter().map(|it| (it.id, it.name)).collect();
    Ok(choices_of(&support, access.actor.person()))
}

/// The same for `me`, of these support people.
pub(in crate::web::support) fn choices_of(
    support: &[(PersonId, String)],
    me: Option<PersonId>,
) -> Vec<(String, String)> {
    let (mine, others): (Vec<_>, Vec<_>) = support.iter().partition(|(id, _)| Some(*id) == me);
    let mine = mine.into_iter().map(|(id, name)| (id, text::me(name)));
    let others = others.into_iter().map(|(id, name)| (id, name.clone()));
    let people = mine.chain(others).map(|(id, name)| (id.to_string(), name));
    let nobody = (NOBODY.to_owned(), queue::NOBODY.to_owned());
    people.chain([nobody]).collect()
}

/// The choice that stands for the person who looks after it now.
pub(super) fn chosen(access: &CaseAccess) -> String {
    let assignee = access.case.line.assignee.as_ref();
    assignee.map_or(NOBODY.to_owned(), |it| it.id.to_string())
}

pub(in crate::web::support) fn parse(choice: &str) -> Result<Option<PersonId>, &'static str> {
    match choice {
        NOBODY => Ok(None),
        person => person.parse().map(Some).map_err(|_| forms::ASSIGNEE),
    }
}

impl ActionFields for AssignFields {
    type Input = Option<PersonId>;

    fn read(self, _: &App, _: &CaseAccess, form: &mut FormState) -> Option<Option<PersonId>> {
        form.set("assignee", self.assignee.as_str());
        form.check("assignee", parse(&self.assignee))
    }
}

impl InPlaceAction for Assign {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "assign";

    type Fields = AssignFields;

    fn applies(_: &CaseAccess) -> Result<(), WhyNot> {
        Ok(())
    }

    async fn run(call: InPlaceCall<'_, Self>) -> Result<SeeOther, CaseError> {
        assign_case::run(
            call.app,
            &call.access.actor,
            call.seen,
            call.input,
            call.reason.as_ref(),
        )
        .await?;
        Ok(call.access.done(match call.input {
            Some(person) if Some(person) == call.access.actor.person() => text::TO_ME,
            Some(_) => text::TO_OTHER,
            None => text::TO_NOBODY,
        }))
    }
}
