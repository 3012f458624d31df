//! How far the removal of what a connection created in Procore has come, for the pages that show it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::view::{self, Notice, NoticeKind, Remedy, Shell};
use crate::app::App;
use crate::connection::{ACCESS_KEPT, Connection};
use crate::content::PathId;
use crate::help;
use crate::identity::FirmId;
use crate::ledger::{Action, ActionState, RunKind, RunState};
use crate::paths;
use crate::store::actions::Entry;
use crate::store::left_hooks::LeftHook;
use crate::store::onboardings::{self, Stored};
use crate::store::{StoreError, actions, hooks, runs};
use crate::text::connection::removal as text;
use crate::verdict::ReasonCode;

/// The removal that followed the end of a connection.
pub(super) struct RemovalStatus {
    state: RunState,
    /// Why nothing can be removed at the moment.
    code: Option<ReasonCode>,
    /// Our webhooks that are still in Procore, by Procore's ids.
    left: Vec<String>,
    /// We do not try any more.
    is_left_behind: bool,
    /// The data goes, too, and is not gone yet.
    is_deleting_data: bool,
    /// Until when the secret may be kept.
    kept_until: DateTime<Utc>,
    /// Whether there was one: none where our own app gave access.
    has_key: bool,
}

impl RemovalStatus {
    /// `None` where nothing had been created, or the connection has not ended.
    pub(super) async fn load(
        conn: &mut PgConnection,
        connection: &Connection,
    ) -> Result<Option<Self>, StoreError> {
        let (firm, id) = (connection.firm_id, connection.id);
        let run = runs::find_newest(conn, firm, id).await?;
        let Some(run) = run.filter(|run| run.kind == RunKind::Removal) else {
            return Ok(None);
        };
        let ledger = actions::list(conn, firm, run.id).await?;
        let is_deleting = |it: &Entry| it.action == Action::DropRecords && it.state.is_open();
        let is_deleting_data = !run.state.is_over() && ledger.iter().any(is_deleting);
        let entry = ledger
            .into_iter()
            .find(|it| it.action == Action::RemoveHooks);
        let is_left_behind = entry
            .as_ref()
            .is_some_and(|entry| entry.state == ActionState::Partial);
        let left = match (&entry, is_left_behind) {
            (Some(entry), true) => named(&entry.outcome["left"]),
            _ => {
                let known = hooks::list_of_company(conn, firm, id).await?;
                known
                    .into_iter()
                    .filter_map(|hook| hook.procore_id)
                    .collect()
            }
        };
        Ok(Some(Self {
            state: run.state,
            code: entry.and_then(|entry| entry.code),
            left,
            is_left_behind,
            is_deleting_data,
            kept_until: run.started_at + ACCESS_KEPT,
            has_key: connection.target.access_way.has_own_key(),
        }))
    }

    /// The removal of the firm's last connection, while it goes on beside a newer setup, with the way to
    /// its page.
    pub(super) async fn beside(
        conn: &mut PgConnection,
        firm: FirmId,
        shell: &Shell,
    ) -> Result<Option<Notice>, StoreError> {
        let Some(ended) = onboardings::find_newest_disconnected(conn, firm).await? else {
            return Ok(None);
        };
        let Some(connection) = &ended.connection else {
            return Ok(None);
        };
        let status = Self::load(conn, connection).await?;
        let day = ended.onboarding.archived_at.map(|at| shell.when(at).day());
        let before = text::beside(&connection.shown_name(), day.as_deref());
        let page = paths::integration_page(firm, "removal");
        Ok(status.filter(|it| !it.is_over()).map(|status| {
            let notice = status.notice(shell, &before);
            notice.with(view::Action::go(text::VIEW, page))
        }))
    }

    /// Whether what was read is being deleted.
    pub(super) fn is_deleting_data(&self) -> bool {
        self.is_deleting_data
    }

    /// Whether there is nothing left to remove, or to try.
    pub(super) fn is_over(&self) -> bool {
        self.state.is_over()
    }

    /// Where it stands, and what becomes of the secret; `before` is a sentence that comes first.
    pub(super) fn notice(&self, shell: &Shell, before: &str) -> Notice {
        let until = shell.when(self.kept_until).day();
        if !self.has_key {
            return self.notice_of_app(&until, before);
        }
        let (kind, text) = match (self.is_over(), self.is_left_behind, self.code) {
            (_, true, _) => (NoticeKind::Waiting, text::left_behind(&self.left)),
            (true, false, _) => (NoticeKind::Info, text::DONE.to_owned()),
            (false, false, Some(code)) if !code.is_wait() => {
                (NoticeKind::Waiting, text::refused(&self.left, code, &until))
            }
            (false, false, Some(_)) => (NoticeKind::Waiting, text::away(&self.left, &until)),
            (false, false, None) => (NoticeKind::Waiting, text::running(&until)),
        };
        Notice::new(kind, format!("{before} {text}").trim().to_owned())
    }

    fn notice_of_app(&self, until: &str, before: &str) -> Notice {
        use crate::text::connection::removal::our_app as text;
        let (kind, text) = match (self.is_over(), self.is_left_behind, self.code) {
            (_, true, _) => (NoticeKind::Waiting, text::left_behind(&self.left)),
            (true, false, _) => (NoticeKind::Info, text::DONE.to_owned()),
            (false, false, Some(code)) if !code.is_wait() => {
                (NoticeKind::Waiting, text::refused(&self.left, code, until))
            }
            (false, false, Some(_)) => (NoticeKind::Waiting, text::away(&self.left, until)),
            (false, false, None) => (NoticeKind::Waiting, text::running(until)),
        };
        Notice::new(kind, format!("{before} {text}").trim().to_owned())
    }

    /// How the firm takes our app out of its company, which only it can; nothing where it is not ours.
    pub(super) fn uninstall(app: &App, stored: &Stored) -> Option<Remedy> {
        let way = stored.target()?.access_way;
        if way.has_own_key() {
            return None;
        }
        let values = help::values(app, Some(stored));
        help::path(PathId::UninstallOurApp, &values).map(|path| Remedy::from(&path))
    }

    /// How to remove by hand what we cannot.
    pub(super) fn by_hand(&self, app: &App, stored: &Stored) -> Vec<Remedy> {
        let is_refused = self.code.is_some_and(|code| !code.is_wait());
        match self.is_left_behind || is_refused && !self.is_over() {
            true => by_hand(app, stored),
            false => Vec::new(),
        }
    }
}

/// How to remove in Procore what Procore does not let us remove.
pub(super) fn by_hand(app: &App, stored: &Stored) -> Vec<Remedy> {
    let values = help::values(app, Some(stored));
    let by_our_app = stored
        .target()
        .is_some_and(|it| !it.access_way.has_own_key());
    let paths: &[PathId] = match by_our_app {
        true => &[PathId::SeeWebhooks],
        false => &[PathId::SeeWebhooks, PathId::RemoveUs],
    };
    let paths = paths.iter().copied();
    let known = paths.filter_map(|id| help::path(id, &values));
    known.map(|path| Remedy::from(&path)).collect()
}

/// Webhooks of an older app that are still in Procore, and how to remove them there by hand.
pub(super) struct LeftWithOldApp {
    pub text: String,
    pub by_hand: Vec<Remedy>,
}

impl LeftWithOldApp {
    /// `None` where none is left.
    pub(super) fn new(app: &App, stored: &Stored, left: Vec<LeftHook>) -> Option<Self> {
        let ids: Vec<String> = left.into_iter().filter_map(|it| it.procore_id).collect();
        if ids.is_empty() {
            return None;
        }
        let see = help::path(PathId::SeeWebhooks, &help::values(app, Some(stored)));
        Some(Self {
            text: text::left_with_old_app(&ids),
            by_hand: see.iter().map(Remedy::from).collect(),
        })
    }
}

fn named(ids: &Value) -> Vec<String> {
    let ids = ids.as_array().into_iter().flatten();
    ids.filter_map(|id| id.as_str().map(str::to_owned))
        .collect()
}
