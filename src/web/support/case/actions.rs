//! What can be done at a case: the recommended action, three beside it, and the rest. What cannot
//! be done is not there.

use super::CaseAccess;
use super::act_for::ActFor;
use super::action::CaseAction;
use super::assign::Assign;
use super::check_again::CheckAgain;
use super::close::Close;
use super::connection::{CheckNow, Repair, SyncNow};
use super::fixes::SendFixes;
use super::in_place::InPlaceAction;
use super::link::SendLink;
use super::reopen::Reopen;
use super::reopen_step::ReopenStep;
use super::retry::Retry;
use super::snooze::Snooze;
use super::view_as::ViewAs;
use crate::app::App;
use crate::onboarding::case::{WhyNot, is_early};
use crate::onboarding::recommendation::{SupportAction, recommended};
use crate::text::case::retry::EARLY;
use crate::web::error::PageError;

/// How many stand beside the recommended action.
const BESIDE: usize = 3;

/// A button of the case.
pub(crate) struct Button {
    pub label: &'static str,
    pub href: String,
    /// Whether it leads to a page that asks; otherwise it acts at once.
    pub asks: bool,
    /// Whether the day stands beside it.
    pub has_day: bool,
    /// Whom *Assign to me* names.
    pub assignee: Option<String>,
    /// The key that presses it.
    pub key: Option<&'static str>,
}

/// The buttons in their places.
pub(crate) struct Actions {
    pub recommended: Option<Button>,
    pub beside: Vec<Button>,
    pub more: Vec<Button>,
    /// Whether any of them acts at once, and so may be given a reason.
    pub takes_reason: bool,
    /// What to know before *Retry*.
    pub warning: Option<&'static str>,
}

impl Actions {
    pub(super) async fn of(app: &App, access: &CaseAccess) -> Result<Self, PageError> {
        let mut possible = Vec::new();
        for action in recommended(&access.case.line.situation) {
            possible.extend(button(app, access, action).await?);
        }
        let retries = possible.iter().any(|it| it.label == Retry::LABEL);
        let takes_reason = possible.iter().any(|it| !it.asks);
        let mut possible = possible.into_iter();
        Ok(Self {
            recommended: possible.next(),
            beside: possible.by_ref().take(BESIDE).collect(),
            more: possible.collect(),
            takes_reason,
            warning: (retries && is_early(&access.evidence)).then_some(EARLY),
        })
    }
}

/// The button of an action, if the action is possible.
async fn button(
    app: &App,
    access: &CaseAccess,
    action: SupportAction,
) -> Result<Option<Button>, PageError> {
    Ok(match action {
        SupportAction::CheckAgain => in_place::<CheckAgain>(access),
        SupportAction::CheckNow => in_place::<CheckNow>(access),
        SupportAction::SyncNow => in_place::<SyncNow>(access),
        SupportAction::Repair => in_place::<Repair>(access),
        SupportAction::Retry => in_place::<Retry>(access),
        SupportAction::AssignToMe => in_place::<Assign>(access)
            .filter(|_| !access.is_mine())
            .map(|it| Button {
                assignee: access.actor.person().map(|me| me.to_string()),
                key: Some("a"),
                ..it
            }),
        SupportAction::Snooze => in_place::<Snooze>(access).map(|it| Button {
            has_day: true,
            ..it
        }),
        SupportAction::SendLink => loaded::<SendLink>(app, access).await?,
        SupportAction::SendFixes => loaded::<SendFixes>(app, access).await?,
        SupportAction::ViewAs => asked::<ViewAs>(access),
        SupportAction::ActFor => asked::<ActFor>(access),
        SupportAction::ReopenStep => asked::<ReopenStep>(access),
        SupportAction::Close => asked::<Close>(access),
        SupportAction::Reopen => asked::<Reopen>(access),
    })
}

fn in_place<A: InPlaceAction>(access: &CaseAccess) -> Option<Button> {
    let button = Button {
        asks: false,
        ..labelled(access, A::LABEL, A::SLUG)
    };
    A::applies(access).is_ok().then_some(button)
}

fn asked<A: CaseAction>(access: &CaseAccess) -> Option<Button> {
    if_possible::<A>(access, A::applies(access))
}

/// The button of an action that has to look further than the evidence.
async fn loaded<A: CaseAction>(
    app: &App,
    access: &CaseAccess,
) -> Result<Option<Button>, PageError> {
    let action = A::load(app, access).await?;
    Ok(if_possible::<A>(access, action.check(access)))
}

fn if_possible<A: CaseAction>(access: &CaseAccess, applies: Result<(), WhyNot>) -> Option<Button> {
    applies.is_ok().then(|| labelled(access, A::LABEL, A::SLUG))
}

fn labelled(access: &CaseAccess, label: &'static str, slug: &str) -> Button {
    Button {
        label,
        href: access.at(slug),
        asks: true,
        has_day: false,
        assignee: None,
        key: None,
    }
}
