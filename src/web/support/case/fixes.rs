//! *Send these fixes*.

use askama::Template;
use serde::Deserialize;

use super::CaseAccess;
use super::action::{ActionFields, Call, CaseAction};
use super::ask::Ask;
use super::firm_side::Completion;
use crate::app::App;
use crate::content;
use crate::flows::case::CaseError;
use crate::flows::send_fixes::{self, Reader};
use crate::help::{self, OwnPage};
use crate::identity::{Email, PersonId};
use crate::ledger::RunState;
use crate::onboarding::CheckPurpose;
use crate::onboarding::Stage;
use crate::onboarding::case::{WhyNot, write_to_firm};
use crate::store::{incidents, memberships};
use crate::text::case::fixes as text;
use crate::text::case::mailed;
use crate::text::forms;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{FixCard, Shell};
use crate::web::wizard::fixes;

/// The choice of an address that is typed in.
const OTHER: &str = "other";

pub(crate) struct SendFixes {
    card: Option<content::FixCard>,
    readers: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "support/case/fixes.html")]
pub(crate) struct SendFixesPage {
    shell: Shell,
    ask: Ask,
    card: Option<FixCard>,
    readers: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub(crate) struct SendFixesFields {
    #[serde(default)]
    reader: String,
    #[serde(default)]
    email: String,
}

impl SendFixesFields {
    fn reader(&self) -> Result<Reader, (&'static str, String)> {
        if self.reader == OTHER {
            let email = Email::parse(&self.email);
            return email
                .map(Reader::Address)
                .map_err(|error| ("email", error.to_string()));
        }
        let person: Result<PersonId, _> = self.reader.parse();
        person
            .map(Reader::Admin)
            .map_err(|_| ("reader", forms::READER.to_owned()))
    }
}

/// What has to be fixed where the firm stands, as its own page says it.
async fn card(app: &App, access: &CaseAccess) -> Result<Option<content::FixCard>, PageError> {
    let purpose = match access.onboarding().stage {
        Stage::Review | Stage::Credentials => return Ok(None),
        Stage::Done => return of_connection(app, access).await,
        Stage::Verify | Stage::Settings => CheckPurpose::Verify,
        Stage::Permissions | Stage::Complete => CheckPurpose::Permissions,
        Stage::Completing => return of_completion(app, access).await,
    };
    fixes::newest(app, &access.case.stored, purpose).await
}

async fn of_completion(
    app: &App,
    access: &CaseAccess,
) -> Result<Option<content::FixCard>, PageError> {
    let stored = &access.case.stored;
    let completion = Completion::newest(app, stored).await?;
    let stopped = completion.filter(|it| it.run.state == RunState::NeedsPerson);
    Ok(stopped
        .and_then(|it| fixes::of_completion(app, stored, &it.entries, it.run.code?, OwnPage::RUN)))
}

/// What is wrong with the connection, what stops everything first.
async fn of_connection(
    app: &App,
    access: &CaseAccess,
) -> Result<Option<content::FixCard>, PageError> {
    let stored = &access.case.stored;
    let Some(connection) = &stored.connection else {
        return Ok(None);
    };
    let mut conn = app.db.acquire().await?;
    let open = incidents::list_open(&mut conn, connection.firm_id, connection.id).await?;
    drop(conn);
    let first = open
        .iter()
        .min_by_key(|it| (!it.code.stops_everything(), it.code));
    Ok(first.and_then(|it| help::card_of_finding(app, stored, &it.finding)))
}

impl ActionFields for SendFixesFields {
    type Input = Reader;

    fn read(self, _: &App, _: &CaseAccess, form: &mut FormState) -> Option<Reader> {
        form.set("reader", self.reader.as_str());
        form.set("email", self.email.trim());
        match self.reader() {
            Ok(reader) => Some(reader),
            Err((field, message)) => {
                form.fail(field, message);
                None
            }
        }
    }
}

impl CaseAction for SendFixes {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "fixes";

    type Fields = SendFixesFields;
    type Page = SendFixesPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        write_to_firm(&access.evidence)
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let card = card(app, access).await?;
        let mut conn = app.db.acquire().await?;
        let members = memberships::list(&mut conn, access.case.firm.id).await?;
        let admins = members
            .into_iter()
            .map(|member| (member.person.to_string(), member.name));
        let other = (OTHER.to_owned(), text::OTHER.to_owned());
        Ok(Self {
            card,
            readers: admins.chain([other]).collect(),
        })
    }

    fn check(&self, access: &CaseAccess) -> Result<(), WhyNot> {
        Self::applies(access)?;
        match self.card {
            Some(_) => Ok(()),
            None => Err(WhyNot::NothingToFix),
        }
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        text::effects()
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        send_fixes::run(
            call.app,
            &call.access.actor,
            call.seen,
            &call.input,
            self.card.as_ref().map(fixes::in_mail).as_ref(),
            &call.reason,
        )
        .await?;
        Ok(call.access.done(mailed(text::DONE, call.app.mails_leave())))
    }

    fn page(self, shell: Shell, ask: Ask) -> SendFixesPage {
        SendFixesPage {
            shell,
            ask,
            card: self.card.as_ref().map(FixCard::from),
            readers: self.readers,
        }
    }
}
