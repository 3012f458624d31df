//! A run of checks as the two verification pages show it.

use super::rows;
use crate::app::App;
use crate::onboarding::CheckPurpose;
use crate::store::StoreError;
use crate::store::checks::{self, CheckRow, CheckRun, Outcome};
use crate::store::onboardings::Stored;
use crate::verdict::ReasonCode;
use crate::web::view::{Notice, Shell};

/// The progress of a check run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    NotStarted,
    Running,
    Passed,
    Failed,
    /// Procore was unavailable or limited us; it is retried automatically.
    Waiting,
}

impl Progress {
    /// Whether it changes without a person.
    pub fn moves(self) -> bool {
        match self {
            Self::Running | Self::Waiting => true,
            Self::NotStarted | Self::Passed | Self::Failed => false,
        }
    }

    /// The polling interval in seconds.
    pub fn pace(self) -> u32 {
        match self {
            Self::Waiting => 15,
            Self::NotStarted | Self::Running | Self::Passed | Self::Failed => 2,
        }
    }
}

/// The run that counts for the details and settings in use, with its rows.
pub struct ShownChecks {
    pub run: Option<CheckRun>,
    pub rows: Vec<CheckRow>,
}

impl ShownChecks {
    pub async fn newest(
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

    pub fn progress(&self) -> Progress {
        match self.run.as_ref().map(|run| (run.finished_at, run.outcome)) {
            None => Progress::NotStarted,
            Some((None, _)) => Progress::Running,
            Some((Some(_), Some(Outcome::Passed))) => Progress::Passed,
            Some((Some(_), Some(Outcome::Waiting))) => Progress::Waiting,
            Some((Some(_), Some(Outcome::Failed))) => Progress::Failed,
            // Abandoned because the details were replaced meanwhile.
            Some((Some(_), None)) => Progress::NotStarted,
        }
    }

    pub fn is_running(&self) -> bool {
        self.progress() == Progress::Running
    }

    pub fn code(&self) -> Option<ReasonCode> {
        self.run.as_ref().and_then(|run| run.code)
    }

    /// The progress in a few words; none before the first run.
    pub fn told(&self) -> Option<String> {
        let (passed, total) = self.counts();
        match self.progress() {
            Progress::NotStarted => None,
            Progress::Running => Some("being checked".to_owned()),
            Progress::Passed => Some("all checks passed".to_owned()),
            Progress::Failed => Some(format!("{passed} of {total} checks passed")),
            Progress::Waiting => Some(why_waiting(self.code()).to_owned()),
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
        (shown().filter(|row| passes(row)).count(), shown().count())
    }

    /// The one sentence above the rows.
    pub fn notice(&self, shell: &Shell) -> Option<Notice> {
        let (passed, total) = self.counts();
        match self.progress() {
            Progress::NotStarted => None,
            Progress::Running => Some(Notice::info(
                "Checking. This takes a few seconds; it goes on if you leave this page.",
            )),
            Progress::Passed => Some(Notice::success("All checks passed.")),
            Progress::Failed if self.rows.iter().all(|row| row.result.is_none()) => {
                let code = self.code().map(|code| format!(" Ref {code}."));
                Some(Notice::needs_you(format!(
                    "We could not ask Procore. It is ours to fix, not yours: tell us, and check again later.{}",
                    code.unwrap_or_default()
                )))
            }
            Progress::Failed => Some(Notice::needs_you(format!(
                "{passed} of {total} checks passed. The first thing to fix is below.",
            ))),
            Progress::Waiting => {
                let again = self.run.as_ref().and_then(|run| run.retry_at);
                let again = again.map(|at| format!(" at {}", shell.when(at).time()));
                let code = self.code().map(|code| format!(" Ref {code}."));
                Some(Notice::waiting(format!(
                    "{} right now. Your details are saved, and nothing is wrong with them as far as we know. We try again{}.{}",
                    why_waiting(self.code()),
                    again.unwrap_or_default(),
                    code.unwrap_or_default()
                )))
            }
        }
    }
}

/// Why we wait for Procore, in a few words.
pub fn why_waiting(code: Option<ReasonCode>) -> &'static str {
    match code {
        Some(ReasonCode::Rate) => "Procore asked us to slow down",
        Some(ReasonCode::Busy) => "Procore has too much to do",
        _ => "Procore is not answering",
    }
}

fn passes(row: &CheckRow) -> bool {
    row.result.as_ref().is_some_and(|result| result.lets_pass())
}
