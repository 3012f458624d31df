//! What is under way of a project: that it is brought, or taken back.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::app::App;
use crate::connection::ProjectState;
use crate::content::PathId;
use crate::help;
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::{RunKind, RunState};
use crate::store::runs::{self, Run};
use crate::store::{StoreError, actions, project_runs, work};
use crate::text::projects as text;
use crate::web::access::FirmAccess;
use crate::web::error::PageError;
use crate::web::view::{LedgerRow, Notice, Remedy, Shell};
use crate::web::wizard::ledger::{self, OverallProgress};

/// A run of the project that is not over.
pub(super) struct OpenRun {
    run: Run,
    /// It stopped, and somebody just chose to try again.
    is_resumed: bool,
}

impl OpenRun {
    pub(super) async fn find(
        conn: &mut PgConnection,
        of: (FirmId, ConnectionId),
        project: i64,
        kind: RunKind,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, StoreError> {
        let open = runs::find_open_of_project(conn, of, project, kind).await?;
        let is_resumed = match &open {
            Some(run) if run.state == RunState::NeedsPerson => {
                work::is_wanted(conn, project_runs::run_task(of.0, run.id), now).await?
            }
            _ => {
                return Ok(open.map(|run| Self {
                    run,
                    is_resumed: false,
                }));
            }
        };
        // Read again: what was wanted may have been done since.
        let open = runs::find_open_of_project(conn, of, project, kind).await?;
        Ok(open.map(|run| Self { run, is_resumed }))
    }
}

/// The project is being brought.
pub(super) struct Running {
    pub notice: Notice,
    pub overall: Option<OverallProgress>,
    pub rows: Vec<LedgerRow>,
    pub is_moving: bool,
    /// Somebody has to fix something first.
    pub is_stopped: bool,
    /// How to delete a webhook in Procore that Procore does not let us delete.
    pub by_hand: Option<Remedy>,
}

impl Running {
    /// The ledger of bringing it, until everything is there.
    pub(super) async fn of(
        app: &App,
        shell: &Shell,
        state: Option<ProjectState>,
        run: Option<OpenRun>,
    ) -> Result<Option<Self>, PageError> {
        match (state, run) {
            (Some(ProjectState::Queued), _) => Ok(Some(Self {
                notice: Notice::waiting(text::WAITS_ITS_TURN),
                overall: None,
                rows: Vec::new(),
                is_moving: true,
                is_stopped: false,
                by_hand: None,
            })),
            (Some(_), Some(OpenRun { run, is_resumed })) => {
                let mut conn = app.db.acquire().await?;
                let entries = actions::list(&mut conn, run.firm_id, run.id).await?;
                drop(conn);
                let is_stopped = run.state == RunState::NeedsPerson;
                Ok(Some(Self {
                    notice: ledger::notice(shell, &run, &entries),
                    overall: ledger::overall(shell, &run, &entries, &[]),
                    rows: ledger::rows(shell, &entries),
                    is_moving: !is_stopped || is_resumed,
                    is_stopped,
                    by_hand: None,
                }))
            }
            (Some(_), None) | (None, _) => Ok(None),
        }
    }

    /// The same of a removal that Procore holds up: which webhook is left, and how people delete it.
    pub(super) fn held_up(
        self,
        app: &App,
        access: &FirmAccess,
        hooks: &[Option<String>],
    ) -> Result<Self, PageError> {
        let ids: Vec<String> = hooks.iter().flatten().cloned().collect();
        let values = help::values(app, Some(access.onboarding()?));
        let path = help::path(PathId::DeleteProjectWebhook, &values);
        Ok(Self {
            notice: Notice::needs_you(text::webhook_left(&ids)),
            by_hand: path.as_ref().map(Remedy::from),
            ..self
        })
    }
}
