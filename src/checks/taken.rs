//! Takes a run in hand: what there is to do about it, and what it needs.

use super::give_up;
use crate::app::App;
use crate::catalog::Choice;
use crate::connection::Connection;
use crate::identity::{CheckRunId, FirmId, OnboardingId};
use crate::store::checks::{self, CheckRow, CheckRun};
use crate::store::claims::{self, Claim};
use crate::store::credentials::{self, StoredAccess};
use crate::store::{connections, onboardings};
use crate::verdict::{self, Answers, Check, CheckResult, Context, RefusedList};

/// What there is to do about a run.
pub(super) enum Taken {
    Open(Box<OpenRun>),
    /// It ended waiting for Procore, and its time to be tried again has come.
    Waiting,
    Nothing,
}

/// A run in hand.
pub(super) struct OpenRun {
    pub run: CheckRun,
    pub rows: Vec<CheckRow>,
    pub onboarding_id: OnboardingId,
    pub connection: Connection,
    pub access: StoredAccess,
    pub taken: bool,
    /// What was tried before with this credential and need not be tried again.
    pub refused: Vec<RefusedList>,
}

impl OpenRun {
    /// Reads what there is to do. A run whose credential was replaced, or whose connection has ended,
    /// ends here, without an outcome.
    pub(super) async fn take(
        app: &App,
        firm_id: FirmId,
        check_run_id: CheckRunId,
    ) -> anyhow::Result<Taken> {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let Some(run) = checks::find(&mut tx, firm_id, check_run_id).await? else {
            return Ok(Taken::Nothing);
        };
        if run.finished_at.is_some() {
            return Ok(match run.retry_at {
                Some(_) => Taken::Waiting,
                None => Taken::Nothing,
            });
        }
        let (firm, connection_id) = (firm_id, run.connection_id);
        let onboarding = onboardings::find_id_of_connection(&mut tx, firm, connection_id).await?;
        let connection = connections::find(&mut tx, firm, connection_id).await?;
        let (Some(onboarding_id), Some(connection)) = (onboarding, connection) else {
            return Ok(Taken::Nothing);
        };
        // What was proven may be over by now.
        credentials::end_outdated_proof(&mut tx, &connection, now).await?;
        let tested = credentials::find_tested(&mut tx, firm_id, run.credential_id).await?;
        let Some((access, _)) = tested.filter(|_| !connection.has_ended()) else {
            checks::finish(&mut tx, &run, None, None, None, now).await?;
            tx.commit().await?;
            return Ok(Taken::Nothing);
        };
        if let Err(error) = app.access(&connection, &access) {
            // Ours to fix: an environment that is no longer offered, a key that is gone.
            tracing::error!(firm.id = %firm_id, "Checks cannot be run: {error}");
            give_up(&mut tx, firm_id, check_run_id, now).await?;
            tx.commit().await?;
            return Ok(Taken::Nothing);
        }
        let rows = checks::list_rows(&mut tx, firm_id, check_run_id).await?;
        let holder = claims::holder(
            &mut tx,
            firm_id,
            &connection.target.environment,
            connection.target.company_id,
        )
        .await?;
        let refused = checks::list_refused(&mut tx, &run).await?;
        tx.commit().await?;
        Ok(Taken::Open(Box::new(Self {
            run,
            rows,
            onboarding_id,
            connection,
            access,
            taken: holder == Claim::Taken,
            refused,
        })))
    }

    pub(super) fn choices(&self) -> &[Choice] {
        self.run
            .settings
            .as_ref()
            .map_or(&[], |settings| settings.choices())
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            company_id: self.connection.target.company_id,
            // The vendor's client reaches other firms' companies, too.
            names_companies: self.connection.target.access_way.has_own_key(),
            taken: self.taken,
            choices: self.choices(),
        }
    }

    /// Whether a row is kept that rests on a level.
    pub(super) fn keeps_levels(&self) -> bool {
        let mut kept = self.rows.iter().filter(|row| row.result.is_some());
        kept.any(|row| verdict::asks_levels(&row.check, self.choices()))
    }

    /// Checks a kept row again whose list is asked for by an open one.
    pub(super) fn reopen_neighbours(&mut self) {
        let open = self.open_checks();
        self.reopen(|kept, choices| {
            let mut open = open.iter();
            open.any(|check| verdict::share_a_list(&kept.check, check, choices))
        });
    }

    /// Checks a kept row again whose level has changed, and those that share a list with it.
    pub(super) fn reopen_outdated(&mut self, answers: &Answers) {
        self.reopen(|kept, choices| verdict::is_outdated(kept, answers, choices));
        self.reopen_neighbours();
    }

    fn reopen(&mut self, ends: impl Fn(&CheckResult, &[Choice]) -> bool) {
        let choices = self.choices().to_vec();
        for row in &mut self.rows {
            row.result = row.result.take().filter(|kept| !ends(kept, &choices));
        }
    }

    /// What the rows without a result check.
    pub(super) fn open_checks(&self) -> Vec<Check> {
        self.open_rows().map(|(_, check)| check.clone()).collect()
    }

    /// The rows without a result, with their places.
    pub(crate) fn open_rows(&self) -> impl Iterator<Item = (i32, &Check)> {
        (0..)
            .zip(&self.rows)
            .filter(|(_, row)| row.result.is_none())
            .map(|(position, row)| (position, &row.check))
    }
}
