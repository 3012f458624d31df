//! Concludes a run: its last rows, its outcome, and what follows from that.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;
use url::Url;

use super::ask::{RETRY_AFTER, RETRY_LATER};
use super::taken::OpenRun;
use super::{replacement, task};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::Actor;
use crate::onboarding::{CheckPurpose, Evidence};
use crate::store::activities::{self, NewActivity};
use crate::store::checks::{self, CheckOutcome};
use crate::store::claims::{self, Claim};
use crate::store::{connections, credentials, onboardings, queue_lines};
use crate::verdict::{self, Answers, Check, CheckResult, CheckState, ReasonCode};
use crate::watch;
use crate::work;

impl OpenRun {
    /// Writes the last rows and the outcome, claims the company, and records the activity. `web` is
    /// where Procore shows the company, if that was not known before.
    pub(super) async fn finish(
        mut self,
        app: &App,
        answers: &Answers,
        web: Option<Url>,
    ) -> anyhow::Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let Some(mut stored) =
            onboardings::find_for_update(&mut tx, self.run.firm_id, self.onboarding_id).await?
        else {
            return Ok(());
        };
        let (firm_id, credential) = (self.run.firm_id, self.run.credential_id);
        let tested = credentials::find_tested(&mut tx, firm_id, credential).await?;
        let is_over = stored.connection.as_ref().is_none_or(Connection::has_ended);
        let Some((_, is_candidate)) = tested.filter(|_| !is_over) else {
            checks::finish(&mut tx, &self.run, None, None, None, now).await?;
            tx.commit().await?;
            return Ok(());
        };
        let mut results = self.conclude(answers);
        if verdict::may_continue(&results) && self.claim(&mut tx, now).await? == Claim::Taken {
            self.taken = true;
            results = self.conclude(answers);
        }
        for ((position, row), result) in (0..).zip(&self.rows).zip(&results) {
            if row.result.as_ref().map(|kept| kept.state) != Some(result.state) {
                checks::write_row(&mut tx, &self.run, position, result, now).await?;
            }
        }

        let end = End::of(&results, now, self.is_new_try());
        if !checks::finish(
            &mut tx,
            &self.run,
            Some(end.outcome),
            end.code,
            end.retry_at,
            now,
        )
        .await?
        {
            return Ok(()); // another worker was faster
        }
        if let Some(at) = end.retry_at {
            work::put(&mut tx, task(self.run.firm_id, self.run.id), at).await?;
        }
        let result_taken = self.counts(&mut tx).await?
            && end.evidence().is_some_and(|evidence| {
                let onboarding = &mut stored.onboarding;
                onboarding.take_result(self.run.purpose, evidence, now)
            });
        let name = results
            .iter()
            .find_map(|result| result.detail.company_name.as_deref());
        let name = name.filter(|name| stored.company_name() != Some(*name));
        if let Some(connection) = &mut stored.connection
            && (name.is_some() || web.is_some())
        {
            if let Some(web) = web {
                connection.place_company(web)?;
            }
            if let Some(name) = name {
                stored.onboarding.name_company(connection, name, now)?;
            }
            connections::save(&mut tx, connection).await?;
        }
        if result_taken || name.is_some() {
            onboardings::save(&mut tx, &mut stored.onboarding, &stored.changed_by).await?;
        }
        let is_of_setup = self.run.purpose == CheckPurpose::Verify && !is_candidate;
        let connection = stored.connection.as_ref();
        let is_active = connection.is_some_and(Connection::is_active);
        if end.outcome == CheckOutcome::Passed && is_of_setup && is_active {
            // That nothing is wrong any more is for the looks to find.
            let (firm, id) = (self.run.firm_id, self.run.connection_id);
            watch::connections::look_now(&mut tx, firm, id, now).await?;
        }
        if is_candidate {
            // Whether it takes the place of the one in use is decided next.
            work::put(&mut tx, replacement(firm_id, credential), now).await?;
        } else if !(self.is_new_try() && end.outcome == CheckOutcome::Waiting) {
            // Tried again and still waiting is nothing new.
            self.record(app, &mut tx, &end, now).await?;
        }
        queue_lines::refresh(&mut tx, self.run.firm_id, self.onboarding_id, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether no newer run, and none of other details or another choice, says how its step stands.
    async fn counts(&self, conn: &mut PgConnection) -> anyhow::Result<bool> {
        let (firm, connection) = (self.run.firm_id, self.run.connection_id);
        let newest = checks::find_counting(conn, firm, connection, self.run.purpose).await?;
        Ok(newest.is_some_and(|run| run.id == self.run.id))
    }

    /// Whether nobody asked for this run: Procore was away when somebody did.
    fn is_new_try(&self) -> bool {
        self.run.started_by == Actor::system_for(self.run.firm_id).name()
    }

    /// The result of every row: those kept from before, unless the answers say otherwise by now,
    /// and those that the answers decide.
    fn conclude(&self, answers: &Answers) -> Vec<CheckResult> {
        let checks: Vec<Check> = self.rows.iter().map(|row| row.check.clone()).collect();
        // To fail takes an answer; what waits may merely not have been asked.
        let overtaken = |fresh: &CheckResult| match fresh.state {
            CheckState::Failed => true,
            CheckState::Waiting => {
                let mut questions = fresh.check.questions(self.choices()).into_iter();
                questions.all(|question| answers.get(&question).is_some())
            }
            CheckState::Passed | CheckState::Warning | CheckState::NotTested => false,
        };
        verdict::conclude(&checks, answers, &self.context())
            .into_iter()
            .zip(&self.rows)
            .map(|(fresh, row)| match &row.result {
                Some(kept) if !overtaken(&fresh) => kept.clone(),
                Some(_) | None => fresh,
            })
            .collect()
    }

    async fn claim(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<Claim> {
        let target = &self.connection.target;
        let (environment, company) = (&target.environment, target.company_id);
        let claim = claims::claim(conn, self.run.firm_id, environment, company, now).await?;
        if claim == Claim::Ours {
            claims::release_others(conn, self.run.firm_id, Some((environment, company))).await?;
        }
        Ok(claim)
    }

    async fn record(
        &self,
        app: &App,
        conn: &mut PgConnection,
        end: &End,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let verb = match (self.run.purpose, end.outcome) {
            (CheckPurpose::Verify, CheckOutcome::Passed) => ActivityVerb::VerificationPassed,
            (CheckPurpose::Verify, CheckOutcome::Failed) => ActivityVerb::VerificationFailed,
            (CheckPurpose::Verify, CheckOutcome::Waiting) => ActivityVerb::VerificationWaiting,
            (CheckPurpose::Permissions, CheckOutcome::Passed) => ActivityVerb::PermissionsPassed,
            (CheckPurpose::Permissions, CheckOutcome::Failed) => ActivityVerb::PermissionsFailed,
            (CheckPurpose::Permissions, CheckOutcome::Waiting) => ActivityVerb::PermissionsWaiting,
        };
        let system = Actor::system_for(self.run.firm_id);
        let activity = NewActivity::new(app.clock.new_id(), now, &system, verb)
            .with(json!({ "code": end.code, "check_run": self.run.id }));
        activities::record(conn, &activity).await?;
        Ok(())
    }
}

/// How a run ended.
struct End {
    outcome: CheckOutcome,
    code: Option<ReasonCode>,
    retry_at: Option<DateTime<Utc>>,
}

impl End {
    /// What it says about its step; nothing while Procore lets it wait.
    fn evidence(&self) -> Option<Evidence> {
        match self.outcome {
            CheckOutcome::Passed => Some(Evidence::Passed),
            CheckOutcome::Failed => Some(Evidence::Missing),
            CheckOutcome::Waiting => None,
        }
    }

    fn of(results: &[CheckResult], now: DateTime<Utc>, new_try: bool) -> Self {
        let cause = verdict::first_cause(results).filter(|result| !result.lets_pass());
        let code = cause.and_then(|result| result.reason);
        if verdict::may_continue(results) {
            return Self {
                outcome: CheckOutcome::Passed,
                code: None,
                retry_at: None,
            };
        }
        let waits = cause.is_none_or(|result| result.state == CheckState::Waiting);
        if !waits {
            return Self {
                outcome: CheckOutcome::Failed,
                code,
                retry_at: None,
            };
        }
        let until = cause.and_then(|result| result.until);
        let code = code.unwrap_or(ReasonCode::Unreachable);
        let soonest = match new_try && code == ReasonCode::Unreachable {
            true => RETRY_LATER,
            false => TimeDelta::seconds(1),
        };
        let retry_at = until.unwrap_or(now + RETRY_AFTER).max(now + soonest);
        Self {
            outcome: CheckOutcome::Waiting,
            code: Some(code),
            retry_at: Some(retry_at),
        }
    }
}
