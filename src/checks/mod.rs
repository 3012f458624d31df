//! The work that runs a verification: asks Procore, writes each row as it is decided.
//!
//! A run is stored and goes on when the browser leaves. The token comes first, since nothing can
//! be asked without one; then at most four questions side by side. No transaction is open while
//! Procore is asked, and a row is written only while the credential that it tests is in use.

mod again;
mod ask;

use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::Choice;
use crate::connection::Connection;
use crate::identity::{Actor, FirmId};
use crate::onboarding::CheckPurpose;
use crate::procore::Urgency;
use crate::store::activities::{self, NewActivity};
use crate::store::checks::{self, CheckRow, CheckRun, Outcome};
use crate::store::claims::{self, Claim};
use crate::store::credentials::{self, Access};
use crate::store::{connections, onboardings, queue_lines};
use crate::verdict::{
    self, Answer, Answers, Check, CheckResult, CheckState, Context, Facts, Question, ReasonCode,
};
use crate::work::{self, Lease, Task};

pub use again::kept;
use ask::Asker;
pub use ask::RETRY_AFTER;
use ask::RETRY_LATER;

/// The kind of this work.
pub const KIND: &str = "checks";

/// How long a worker asks before it concludes with what it has.
const PATIENCE: Duration = Duration::from_secs(60);

/// Questions asked at a time; Procore is to be met gently.
const AT_A_TIME: usize = 4;

/// The work on a run of checks: to ask, and to ask again where it ended waiting for Procore.
pub fn task(firm_id: Uuid, check_run_id: Uuid) -> Task {
    Task {
        kind: KIND,
        key: check_run_id,
        firm: Some(FirmId(firm_id)),
    }
}

/// Runs the verification of [`task`] if it has not ended, and runs it again if it waits.
pub async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("checks of no firm")?;
    match Work::take(app, firm_id, lease.key).await? {
        Taken::Open(work) => {
            let answers = work.ask_all(app).await?;
            work.finish(app, &answers).await
        }
        Taken::Waiting => again::retry(app, firm_id, lease.key).await,
        Taken::Nothing => Ok(()),
    }
}

/// What there is to do about a run.
enum Taken {
    Open(Box<Work>),
    /// It ended waiting for Procore, and its time to be tried again has come.
    Waiting,
    Nothing,
}

/// A run in hand.
struct Work {
    run: CheckRun,
    rows: Vec<CheckRow>,
    onboarding_id: Uuid,
    connection: Connection,
    access: Access,
    taken: bool,
}

impl Work {
    /// Reads what there is to do. A run whose credential was replaced ends here, without an
    /// outcome.
    async fn take(app: &App, firm_id: Uuid, check_run_id: Uuid) -> anyhow::Result<Taken> {
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
        let (firm, connection_id) = (FirmId(firm_id), run.connection_id);
        let onboarding = onboardings::find_id_of_connection(&mut tx, firm, connection_id).await?;
        let connection = connections::find(&mut tx, firm, connection_id).await?;
        let (Some(onboarding_id), Some(connection)) = (onboarding, connection) else {
            return Ok(Taken::Nothing);
        };
        let access = credentials::find_access(&mut tx, &connection).await?;
        let Some(access) = access.filter(|access| access.is(run.credential_id)) else {
            checks::finish(&mut tx, &run, None, None, None, now).await?;
            tx.commit().await?;
            return Ok(Taken::Nothing);
        };
        if let Err(error) = app.access(&connection, &access) {
            // Ours to fix: an environment that is no longer offered, a key that is gone.
            tracing::error!(firm.id = %firm_id, "Checks cannot be run: {error}");
            let code = Some(ReasonCode::Unexpected);
            checks::finish(&mut tx, &run, Some(Outcome::Failed), code, None, now).await?;
            queue_lines::refresh(&mut tx, firm_id.into(), onboarding_id.into(), now).await?;
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
        tx.commit().await?;
        Ok(Taken::Open(Box::new(Self {
            run,
            rows,
            onboarding_id,
            connection,
            access,
            taken: holder == Claim::Taken,
        })))
    }

    fn choices(&self) -> &[Choice] {
        self.run
            .settings
            .as_ref()
            .map_or(&[], |settings| settings.choices())
    }

    fn context(&self) -> Context<'_> {
        Context {
            company_id: self.connection.target.company_id,
            // Both ways of access today are the firm's own.
            names_companies: true,
            taken: self.taken,
            choices: self.choices(),
        }
    }

    /// The rows without a result, with their places.
    fn open_rows(&self) -> impl Iterator<Item = (i32, &Check)> {
        (0..)
            .zip(&self.rows)
            .filter(|(_, row)| row.result.is_none())
            .map(|(position, row)| (position, &row.check))
    }

    /// Asks everything that the open rows need, writing each row as soon as it is decided.
    async fn ask_all(&self, app: &App) -> anyhow::Result<Answers> {
        let mut answers = Answers::default();
        let access = app.access(&self.connection, &self.access)?;
        let api = app.procore.company(access.clone(), Urgency::Waiting);
        let asker = Asker {
            app,
            access: &access,
            api: &api,
            choices: self.choices(),
        };
        let open: Vec<Check> = self.open_rows().map(|(_, check)| check.clone()).collect();
        let mut questions = verdict::questions(&open, self.choices());
        let mut written = Vec::new();

        let token = asker.ask(&Question::Token).await?;
        questions.retain(|question| *question != Question::Token);
        if token == Answer::BadCredentials {
            questions = self
                .run
                .elsewhere
                .iter()
                .cloned()
                .map(Question::TokenElsewhere)
                .collect();
        } else if !matches!(token, Answer::Accepted(Facts::Token)) {
            questions.clear();
        }
        answers.record(Question::Token, token);
        // Whether the details belong elsewhere changes what the row about them says.
        if self.run.elsewhere.is_empty() {
            self.write_decided(app, &answers, &mut written).await?;
        }

        let mut asked = stream::iter(questions)
            .map(|question| async {
                let answer = asker.ask(&question).await;
                (question, answer)
            })
            .buffer_unordered(AT_A_TIME);
        let until = tokio::time::Instant::now() + PATIENCE;
        while let Ok(Some((question, answer))) = tokio::time::timeout_at(until, asked.next()).await
        {
            let answer = answer?;
            let elsewhere = matches!(question, Question::TokenElsewhere(_));
            if answer == Answer::BadCredentials && !elsewhere {
                // The token was still good when it was asked for; the pair behind it is not.
                answers.record(Question::Token, Answer::BadCredentials);
            }
            answers.record(question, answer);
            self.write_decided(app, &answers, &mut written).await?;
        }
        Ok(answers)
    }

    /// Writes the rows that the answers so far decide and that are not in `written` yet.
    async fn write_decided(
        &self,
        app: &App,
        answers: &Answers,
        written: &mut Vec<i32>,
    ) -> anyhow::Result<()> {
        for (position, check) in self.open_rows() {
            if written.contains(&position) {
                continue;
            }
            if let Some(result) = verdict::evaluate(check, answers, &self.context()) {
                let mut conn = app.db.acquire().await?;
                let now = app.clock.now();
                checks::write_row(&mut conn, &self.run, position, &result, now).await?;
                written.push(position);
            }
        }
        Ok(())
    }

    /// Writes the last rows and the outcome, claims the company, and records the activity.
    async fn finish(mut self, app: &App, answers: &Answers) -> anyhow::Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let Some(mut stored) =
            onboardings::find_for_update(&mut tx, self.run.firm_id, self.onboarding_id).await?
        else {
            return Ok(());
        };
        let access = credentials::find_access(&mut tx, &self.connection).await?;
        if access.is_none_or(|access| !access.is(self.run.credential_id)) {
            checks::finish(&mut tx, &self.run, None, None, None, now).await?;
            tx.commit().await?;
            return Ok(());
        }
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
        let name = results
            .iter()
            .find_map(|result| result.detail.company_name.as_deref());
        let name = name.filter(|name| stored.company_name() != Some(*name));
        if let (Some(name), Some(connection)) = (name, &mut stored.connection) {
            let onboarding = &mut stored.onboarding;
            onboarding.name_company(connection, name, now)?;
            connections::save(&mut tx, connection).await?;
            onboardings::save(&mut tx, onboarding, &stored.changed_by).await?;
        }
        // Tried again and still waiting is nothing new.
        if !(self.is_new_try() && end.outcome == Outcome::Waiting) {
            self.record(app, &mut tx, &end, now).await?;
        }
        queue_lines::refresh(
            &mut tx,
            self.run.firm_id.into(),
            self.onboarding_id.into(),
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether nobody asked for this run: Procore was away when somebody did.
    fn is_new_try(&self) -> bool {
        self.run.started_by == Actor::system_for(FirmId(self.run.firm_id)).name()
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
            (CheckPurpose::Verify, Outcome::Passed) => ActivityVerb::VerificationPassed,
            (CheckPurpose::Verify, Outcome::Failed) => ActivityVerb::VerificationFailed,
            (CheckPurpose::Verify, Outcome::Waiting) => ActivityVerb::VerificationWaiting,
            (CheckPurpose::Permissions, Outcome::Passed) => ActivityVerb::PermissionsPassed,
            (CheckPurpose::Permissions, Outcome::Failed) => ActivityVerb::PermissionsFailed,
            (CheckPurpose::Permissions, Outcome::Waiting) => ActivityVerb::PermissionsWaiting,
        };
        let system = Actor::system_for(FirmId(self.run.firm_id));
        let activity = NewActivity::new(app.clock.new_id(), now, &system, verb)
            .with(json!({ "code": end.code, "check_run": self.run.id }));
        activities::record(conn, &activity).await?;
        Ok(())
    }
}

/// How a run ended.
struct End {
    outcome: Outcome,
    code: Option<ReasonCode>,
    retry_at: Option<DateTime<Utc>>,
}

impl End {
    fn of(results: &[CheckResult], now: DateTime<Utc>, new_try: bool) -> Self {
        let cause = verdict::first_cause(results).filter(|result| !result.lets_pass());
        let code = cause.and_then(|result| result.reason);
        if verdict::may_continue(results) {
            return Self {
                outcome: Outcome::Passed,
                code: None,
                retry_at: None,
            };
        }
        let waits = cause.is_none_or(|result| result.state == CheckState::Waiting);
        if !waits {
            return Self {
                outcome: Outcome::Failed,
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
            outcome: Outcome::Waiting,
            code: Some(code),
            retry_at: Some(retry_at),
        }
    }
}
