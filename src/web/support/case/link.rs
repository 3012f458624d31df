//! *Send a fresh link*.

use askama::Template;
use serde::Deserialize;

use super::CaseAccess;
use super::action::{ActionFields, Call, CaseAction};
use super::ask::Ask;
use crate::app::App;
use crate::flows::case::CaseError;
use crate::flows::send_link::{self, WantedLink};
use crate::onboarding::case::{WhyNot, write_to_firm};
use crate::onboarding::hand_over::{End, HandOverState};
use crate::store::{hand_overs, links, memberships};
use crate::text::case::link as text;
use crate::text::case::mailed;
use crate::text::forms;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub(crate) struct SendLink {
    choices: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "support/case/link.html")]
pub(crate) struct SendLinkPage {
    shell: Shell,
    ask: Ask,
    choices: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub(crate) struct SendLinkFields {
    #[serde(default)]
    link: String,
}

/// Whom a link can be sent to: everybody whom the firm itself made known, value and words.
async fn choices(app: &App, access: &CaseAccess) -> Result<Vec<(String, String)>, PageError> {
    let firm = access.case.firm.id;
    let mut conn = app.db.acquire().await?;
    let members = memberships::list(&mut conn, firm).await?;
    let invitations = links::list_invitations(&mut conn, firm).await?;
    let asked = hand_overs::list_for_onboarding(&mut conn, firm, access.onboarding().id).await?;
    drop(conn);
    let shell = access.shell(app);
    let stage = access.onboarding().stage;
    let to_admins = members.into_iter().flat_map(|member| {
        let (id, name) = (member.person, member.name);
        let step = (format!("step:{id}"), text::to_step(&name, stage));
        let password = (format!("password:{id}"), text::to_password(&name));
        let factor = (format!("factor:{id}"), text::to_reset_factor(&name));
        let factor = member.has_second_factor.then_some(factor);
        [step, password].into_iter().chain(factor)
    });
    let invited = invitations.into_iter().map(|link| {
        let expires = shell.when(link.expires_at).relative();
        let is_over = link.expires_at <= shell.now;
        (
            format!("invitation:{}", link.id),
            text::invitation(link.email.as_str(), is_over, &expires),
        )
    });
    let colleagues = asked
        .into_iter()
        .filter(|it| match it.standing(access.onboarding(), shell.now) {
            HandOverState::Sent | HandOverState::Opened | HandOverState::Ended(End::Expired) => {
                true
            }
            HandOverState::Finished(_) | HandOverState::Ended(_) => false,
        })
        .map(|it| {
            (
                format!("task:{}", it.id),
                text::to_colleague(&it.name, it.task),
            )
        });
    Ok(to_admins.chain(invited).chain(colleagues).collect())
}

fn parse(choice: &str) -> Option<WantedLink> {
    let (kind, id) = choice.split_once(':')?;
    match kind {
        "step" => id.parse().ok().map(WantedLink::Step),
        "password" => id.parse().ok().map(WantedLink::NewPassword),
        "factor" => id.parse().ok().map(WantedLink::FactorReset),
        "invitation" => id.parse().ok().map(WantedLink::Invitation),
        "task" => id.parse().ok().map(WantedLink::HandOver),
        _ => None,
    }
}

impl ActionFields for SendLinkFields {
    type Input = WantedLink;

    fn read(self, _: &App, _: &CaseAccess, form: &mut FormState) -> Option<WantedLink> {
        form.set("link", self.link.as_str());
        form.check("link", parse(&self.link).ok_or(forms::LINK))
    }
}

impl CaseAction for SendLink {
    const LABEL: &'static str = text::LABEL;
    const SLUG: &'static str = "link";

    type Fields = SendLinkFields;
    type Page = SendLinkPage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        write_to_firm(&access.evidence)
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        Ok(Self {
            choices: choices(app, access).await?,
        })
    }

    fn check(&self, access: &CaseAccess) -> Result<(), WhyNot> {
        Self::applies(access)?;
        match self.choices.is_empty() {
            true => Err(WhyNot::NobodyToWriteTo),
            false => Ok(()),
        }
    }

    fn effects(&self, _: &App, _: &CaseAccess) -> Vec<String> {
        text::effects()
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        send_link::run(
            call.app,
            &call.access.actor,
            call.seen,
            call.input,
            &call.reason,
        )
        .await?;
        Ok(call.access.done(mailed(text::DONE, call.app.mails_leave())))
    }

    fn page(self, shell: Shell, ask: Ask) -> SendLinkPage {
        SendLinkPage {
            shell,
            ask,
            choices: self.choices,
        }
    }
}
