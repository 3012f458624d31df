//! A run of checks as the two verification pages show it.

use chrono::{DateTime, Utc};

use super::rows;
use crate::app::App;
use crate::connection::incident::Incident;
use crate::connection::{Connection, Settings};
use crate::onboarding::CheckPurpose;
use crate::store::StoreError;
use crate::store::checks::{self, CheckOutcome, CheckRow, CheckRun};
use crate::store::incidents;
use crate::store::onboardings::Stored;
use crate::text::checks::{self as text, Standing};
use crate::verdict::{CheckState, ReasonCode};
use crate::web::view::{Notice, Shell};

/// The progress of a check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    NotStarted,
    Running,
    Passed,
    Failed,
    /// Procore was unavailable or limited us; it is retried automatically.
    Waiting,
}

impl Progress {
    /// Whether it changes without a person.
    pub(crate) fn moves(self) -> bool {
        match self {
            Self::Running | Self::Waiting => true,
            Self::NotStarted | Self::Passed | Self::Failed => false,
        }
    }

    /// The polling interval in seconds.
    pub(crate) fn pace(self) -> u32 {
        match self {
            Self::Waiting => 15,
            Self::NotStarted | Self::Running | Self::Passed | Self::Failed => 2,
        }
    }
}

/// The run that counts for the details and settings in use, with its rows.
pub(crate) struct ShownChecks {
    pub run: Option<CheckRun>,
    pub rows: Vec<CheckRow>,
}

impl ShownChecks {
    /// Where nothing was checked.
    pub(crate) fn none() -> Self {
        Self {
            run: None,
            rows: Vec::new(),
        }
    }

    pub(crate) async fn newest(
        app: &App,
        stored: &Stored,
        purpose: CheckPurpose,
    ) -> Result<Self, StoreError> {
        let mut conn = app.db.acquire().await?;
        let (firm_id, connection) = (stored.onboarding.firm_id, stored.onboarding.connection_id);
        let run = match connection {
            Some(id) => checks::find_counting(&mut conn, firm_id, id, purpose).await?,
            None => None,
        };
        let rows = match &run {
            Some(run) => checks::list_rows(&mut conn, run.firm_id, run.id).await?,
            None => Vec::new(),
        };
        Ok(Self { run, rows })
    }

    /// The newest check of the permissions with what looks at the connection found since.
    pub(crate) async fn in_use(app: &App, stored: &Stored) -> Result<Self, StoreError> {
        let mut shown = Self::newest(app, stored, CheckPurpose::Permissions).await?;
        let connection = stored.connection.as_ref();
        if let Some(connection) = connection.filter(|it| it.is_connected()) {
            let mut conn = app.db.acquire().await?;
            let of = (connection.firm_id, connection.id);
            let open = incidents::list_open(&mut conn, of.0, of.1).await?;
            shown.take_in(&open);
        }
        Ok(shown)
    }

    /// A result that is newer takes the place of the older one.
    fn take_in(&mut self, open: &[Incident]) {
        if self.is_running() {
            return;
        }
        for incident in open {
            for result in &incident.finding.rows {
                let found = CheckRow {
                    check: result.check.clone(),
                    result: Some(result.clone()),
                    checked_at: Some(incident.seen_at),
                };
                let mut rows = self.rows.iter_mut();
                match rows.find(|row| row.check == found.check) {
                    Some(row) if row.checked_at < found.checked_at => *row = found,
                    Some(_) => continue,
                    None => self.rows.push(found),
                }
                if let Some(run) = self.run.as_mut().filter(|_| !result.lets_pass()) {
                    run.outcome = Some(CheckOutcome::Failed);
                }
            }
        }
    }

    /// When the newest of the results was found.
    pub(crate) fn checked_at(&self) -> Option<DateTime<Utc>> {
        let began = self.run.as_ref().map(|run| run.started_at);
        let found = self.rows.iter().filter_map(|row| row.checked_at);
        found.chain(began).max()
    }

    /// The newest run for a choice, in use or not.
    pub(crate) async fn of_choice(
        app: &App,
        connection: &Connection,
        settings: &Settings,
    ) -> Result<Self, StoreError> {
        let (firm, id) = (connection.firm_id, connection.id);
        let mut conn = app.db.acquire().await?;
        let run = checks::find_of_choice(&mut conn, firm, id, settings).await?;
        let rows = match &run {
            Some(run) => checks::list_rows(&mut conn, firm, run.id).await?,
            None => Vec::new(),
        };
        Ok(Self { run, rows })
    }

    pub(crate) fn progress(&self) -> Progress {
        match self.run.as_ref().map(|run| (run.finished_at, run.outcome)) {
            None => Progress::NotStarted,
            Some((None, _)) => Progress::Running,
            Some((Some(_), Some(CheckOutcome::Passed))) => Progress::Passed,
            Some((Some(_), Some(CheckOutcome::Waiting))) => Progress::Waiting,
            Some((Some(_), Some(CheckOutcome::Failed))) => Progress::Failed,
            // Abandoned because the details were replaced meanwhile.
            Some((Some(_), None)) => Progress::NotStarted,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.progress() == Progress::Running
    }

    /// Whether a row's result is of an earlier run.
    pub(crate) fn is_kept(&self, row: &CheckRow) -> bool {
        let began = self.run.as_ref().map(|run| run.started_at);
        row.checked_at.is_some() && row.checked_at < began
    }

    pub(crate) fn code(&self) -> Option<ReasonCode> {
        self.run.as_ref().and_then(|run| run.code)
    }

    /// How it stands, for those who are told about a task; none before the first run.
    pub(crate) fn standing(&self) -> Option<Standing> {
        match self.progress() {
            Progress::NotStarted => None,
            Progress::Running => Some(Standing::Running),
            Progress::Passed => Some(Standing::Passed),
            Progress::Failed => {
                let (passed, total) = self.counts();
                Some(Standing::Failed { passed, total })
            }
            Progress::Waiting => Some(Standing::Waiting(self.code())),
        }
    }

    /// The number of passed rows and of all rows, among those shown.
    fn counts(&self) -> (usize, usize) {
        let purpose = self.run.as_ref().map(|run| run.purpose);
        let shown = || {
            let hidden = |row: &&CheckRow| {
                purpose == Some(CheckPurpose::Permissions) && rows::is_known_already(row)
            };
            self.rows.iter().filter(move |row| !hidden(row))
        };
        (
            shown().filter(|row| has_passed(row)).count(),
            shown().count(),
        )
    }

    /// The one sentence above the rows.
    pub(crate) fn notice(&self, shell: &Shell) -> Option<Notice> {
        Some(match self.progress() {
            Progress::NotStarted => return None,
            Progress::Running => Notice::info(text::RUNNING),
            Progress::Passed => {
                let (passed, total) = self.counts();
                Notice::success(text::passed(total - passed))
            }
            Progress::Failed if self.rows.iter().all(|row| row.result.is_none()) => {
                Notice::needs_you(text::not_asked(self.code()))
            }
            Progress::Failed => {
                let (passed, total) = self.counts();
                Notice::needs_you(text::failed(passed, total))
            }
            Progress::Waiting => {
                let again = self.run.as_ref().and_then(|run| run.retry_at);
                let again = again.map(|at| shell.when(at).time());
                Notice::waiting(text::waiting(self.code(), again.as_deref()))
            }
        })
    }
}

/// A warning lets pass, and is no pass.
fn has_passed(row: &CheckRow) -> bool {
    let result = row.result.as_ref();
    result.is_some_and(|result| result.state == CheckState::Passed)
}
