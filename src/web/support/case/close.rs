//! *Close as abandoned*: releases the company and takes back what we created in Procore.

use askama::Template;

use super::CaseAccess;
use super::action::{Call, CaseAction, NoFields};
use super::ask::Ask;
use crate::app::App;
use crate::content::PathId;
use crate::flows::case::CaseError;
use crate::flows::close_case;
use crate::onboarding::case::{self, Closing, WhyNot};
use crate::store::hooks;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;
use crate::web::view::{Remedy, Shell};
use crate::web::wizard::help;

const CLOSED: &str = "The setup is closed. Open links to colleagues stop working.";
const REOPEN: &str = "The firm’s admins are told by mail, without your reason, and may begin a new setup. You can reopen this one; only the secret has to be entered again.";

pub struct Close {
    /// Whether something was created in Procore.
    created: bool,
    /// How to remove by hand what Procore does not let us remove.
    by_hand: Vec<Remedy>,
}

#[derive(Template)]
#[template(path = "support/case/close.html")]
pub struct ClosePage {
    shell: Shell,
    ask: Ask,
    by_hand: Vec<Remedy>,
}

impl CaseAction for Close {
    const LABEL: &'static str = "Close as abandoned";
    const SLUG: &'static str = "close";
    const STYLE: &'static str = "button button-danger";

    type Fields = NoFields;
    type Page = ClosePage;

    fn applies(access: &CaseAccess) -> Result<(), WhyNot> {
        case::close(&access.evidence).map(drop)
    }

    async fn load(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let onboarding = access.onboarding();
        let mut conn = app.db.acquire().await?;
        let created = match onboarding.connection_id {
            Some(connection) => hooks::any_of(&mut conn, onboarding.firm_id, connection).await?,
            None => false,
        };
        let by_hand = match case::close(&access.evidence) {
            Ok(Closing::LeaveBehind) => {
                let values = help::values(app, Some(&access.case.stored));
                let paths = [PathId::SeeWebhooks, PathId::RemoveUs].into_iter();
                let known = paths.filter_map(|id| help::path(id, &values));
                known.map(|path| Remedy::from(&path)).collect()
            }
            Ok(Closing::Close) | Err(_) => Vec::new(),
        };
        Ok(Self { created, by_hand })
    }

    fn effects(&self, _: &App, access: &CaseAccess) -> Vec<String> {
        let effects: &[&str] = match (case::close(&access.evidence), self.created) {
            (Ok(Closing::LeaveBehind), _) => &[
                "We stop trying to remove our webhook. It stays in the firm’s Procore until somebody removes it there, as below; what it delivers is refused.",
                "The client secret is wiped, and the Procore company is free to be connected again.",
                "The firm sees in its activity that the webhook was left.",
            ],
            (Ok(Closing::Close) | Err(_), true) => &[
                CLOSED,
                "Our webhook is removed from the firm’s Procore, with what it announces. Webhooks of others are not touched. If Procore is away, this goes on by itself when it is back.",
                "What was read so far is deleted here.",
                "After that the client secret is wiped, and the Procore company is free to be connected again.",
                REOPEN,
            ],
            (Ok(Closing::Close) | Err(_), false) => &[
                CLOSED,
                "Nothing was created in Procore, so nothing is changed there.",
                "The client secret is wiped, and the Procore company is free to be connected again.",
                REOPEN,
            ],
        };
        effects.iter().map(|effect| (*effect).to_owned()).collect()
    }

    async fn run(&self, call: Call<'_, Self>) -> Result<SeeOther, CaseError> {
        close_case::run(call.app, &call.access.actor, call.seen, &call.reason).await?;
        Ok(call
            .access
            .done(match call.access.onboarding().archived_at {
                None => "The case is closed.",
                Some(_) => "What is left in Procore is left to be removed by hand.",
            }))
    }

    fn page(self, shell: Shell, ask: Ask) -> ClosePage {
        ClosePage {
            shell,
            ask,
            by_hand: self.by_hand,
        }
    }
}
