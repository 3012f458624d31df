//! The onboarding of one firm, and everything that can be done to it.
//!
//! Verbs take the time and return why not. What an answer depends on is declared here and
//! nowhere else: the Procore details reset both verifications, the settings reset the
//! second one and the plan. The answers themselves belong to the connection, which the verbs
//! change together with the walk.

use chrono::{DateTime, Utc};

use super::check_purpose::CheckPurpose;
use super::refused::Refused;
use super::stage::Stage;
use crate::connection::{Connection, Settings, Target};
use crate::identity::{ConnectionId, FirmId, OnboardingId};

/// One walk through the setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboarding {
    pub id: OnboardingId,
    pub firm_id: FirmId,
    pub stage: Stage,
    /// What the firm said that it wants to bring, before it saved that with its options.
    pub draft: Option<Settings>,
    /// The company that the host product named; fills in the firm's own details.
    pub known_company_id: Option<i64>,
    /// The tasks in Procore that the firm ticked.
    pub tasks_done: Vec<String>,
    /// Since when Procore reviews the firm's app, as the firm says.
    pub approval_pending_since: Option<DateTime<Utc>>,
    /// What it sets up, from the first saved Procore details on.
    pub connection_id: Option<ConnectionId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Set when the firm started again or support closed it.
    pub archived_at: Option<DateTime<Utc>>,
    /// Moves with every write, so that an old page cannot overwrite a newer answer.
    pub version: i64,
}

/// What the firm says about a task in Procore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskMark {
    Done,
    /// It was ticked too early.
    Open,
    /// Procore reviews the app.
    Waiting,
}

/// What the evidence says when a step is confirmed or the details are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The newest checks of the details in use passed.
    Passed,
    /// They did not, have not ended, or were never run.
    Missing,
}

impl Onboarding {
    /// A new walk through the setup, at its first step.
    pub fn open(id: OnboardingId, firm_id: FirmId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            firm_id,
            stage: Stage::Review,
            draft: None,
            known_company_id: None,
            tasks_done: Vec::new(),
            approval_pending_since: None,
            connection_id: None,
            created_at: now,
            updated_at: now,
            archived_at: None,
            version: 0,
        }
    }

    /// Records that the steps were read. Reading them again later changes nothing.
    pub fn confirm_review(&mut self, now: DateTime<Utc>) -> Result<(), Refused> {
        self.check_open()?;
        if self.stage == Stage::Review {
            self.go_to(Stage::Credentials, now);
        }
        Ok(())
    }

    /// Records what the firm wants to bring. Where that was saved before, another choice changes it
    /// and asks for the permissions again.
    pub(crate) fn draft(
        &mut self,
        connection: Option<&mut Connection>,
        draft: Settings,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_editable(Stage::Review)?;
        let saved = connection.filter(|it| it.settings.is_some());
        if let Some(connection) = saved
            && connection.choose(draft.clone())?
        {
            self.stage = self.stage.min(Stage::Permissions);
        }
        self.draft = Some(draft);
        self.updated_at = now;
        Ok(())
    }

    /// Marks a task in Procore; `waits` for the one at whose end Procore takes its time.
    pub(crate) fn mark_task(
        &mut self,
        task: &str,
        waits: bool,
        mark: TaskMark,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_editable(Stage::Credentials)?;
        self.tasks_done.retain(|done| done != task);
        if mark == TaskMark::Done {
            self.tasks_done.push(task.to_owned());
        }
        if waits {
            let since = self.approval_pending_since.unwrap_or(now);
            self.approval_pending_since = (mark == TaskMark::Waiting).then_some(since);
        }
        self.updated_at = now;
        Ok(())
    }

    /// Takes new Procore details and sends the firm to verification.
    ///
    /// A firm may correct its details at any point before the plan is confirmed, and when a
    /// running completion waits for a person; what earlier details proved no longer counts.
    /// While completing, the company stays the one that the run works on.
    pub fn submit_credentials(
        &mut self,
        connection: &mut Connection,
        target: Target,
        run_needs_person: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_open()?;
        let same_company = connection.target.is_same_company(&target);
        match self.stage {
            Stage::Review => Err(Refused::Before(Stage::Review)),
            Stage::Credentials
            | Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete => {
                connection.lead_to(target)?;
                self.connection_id = Some(connection.id);
                self.go_to(Stage::Verify, now);
                Ok(())
            }
            Stage::Completing if run_needs_person && same_company => {
                connection.lead_to(target)?;
                self.updated_at = now; // the run goes on with the new pair
                Ok(())
            }
            Stage::Completing if run_needs_person => Err(Refused::OtherCompany),
            Stage::Completing => Err(Refused::Running),
            Stage::Done => Err(Refused::Connected),
        }
    }

    /// Records what Procore calls the company.
    pub fn name_company(
        &mut self,
        connection: &mut Connection,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        connection.name_company(name)?;
        self.updated_at = now;
        Ok(())
    }

    /// Confirms the checked details: on to the settings, or past them when they are chosen.
    pub fn confirm_verification(
        &mut self,
        settings: Option<&Settings>,
        evidence: Evidence,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_editable(Stage::Verify)?;
        match (self.stage, evidence) {
            (Stage::Verify, Evidence::Missing) => Err(Refused::NotPassed(Stage::Verify)),
            (Stage::Verify, Evidence::Passed) => {
                let next = if settings.is_some() {
                    Stage::Permissions
                } else {
                    Stage::Settings
                };
                self.go_to(next, now);
                Ok(())
            }
            _ => Ok(()), // confirmed before
        }
    }

    /// Takes how the newest checks that count ended, and returns whether that changed anything.
    ///
    /// Details that work end the wait for Procore's review. A step that was confirmed and fails now is
    /// open again, so that no page goes by the older result.
    pub(crate) fn take_result(
        &mut self,
        purpose: CheckPurpose,
        evidence: Evidence,
        now: DateTime<Utc>,
    ) -> bool {
        let step = purpose.step();
        let editable = self.check_editable(step).is_ok();
        match (evidence, purpose) {
            (Evidence::Passed, CheckPurpose::Verify) => {
                self.approval_pending_since.take().is_some()
            }
            (Evidence::Missing, _) if editable && self.stage > step => {
                self.go_to(step, now);
                true
            }
            (Evidence::Passed | Evidence::Missing, _) => false,
        }
    }

    /// Saves what to bring. Another choice than before asks for the permissions again.
    pub fn save_settings(
        &mut self,
        connection: &mut Connection,
        settings: Settings,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_editable(Stage::Settings)?;
        let changed = connection.choose(settings)?;
        if changed || self.stage == Stage::Settings {
            self.go_to(Stage::Permissions, now);
        }
        Ok(())
    }

    /// Confirms the checked permissions: on to the plan.
    pub fn confirm_permissions(
        &mut self,
        evidence: Evidence,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_editable(Stage::Permissions)?;
        match (self.stage, evidence) {
            (Stage::Permissions, Evidence::Missing) => Err(Refused::NotPassed(Stage::Permissions)),
            (Stage::Permissions, Evidence::Passed) => {
                self.go_to(Stage::Complete, now);
                Ok(())
            }
            _ => Ok(()), // confirmed before
        }
    }

    /// Confirms the plan. From here on Procore is changed.
    ///
    /// Both verifications are checked again, so that the last page cannot be reached
    /// over a hole. Confirming twice is refused as running, which the caller shows as progress.
    pub fn start_completion(
        &mut self,
        settings: Option<&Settings>,
        verification: Evidence,
        permissions: Evidence,
        now: DateTime<Utc>,
    ) -> Result<Settings, Refused> {
        self.check_editable(Stage::Complete)?;
        match (verification, permissions, settings) {
            (Evidence::Missing, _, _) => Err(Refused::NotPassed(Stage::Verify)),
            (_, Evidence::Missing, _) => Err(Refused::NotPassed(Stage::Permissions)),
            (Evidence::Passed, Evidence::Passed, None) => Err(Refused::Before(Stage::Settings)),
            (Evidence::Passed, Evidence::Passed, Some(settings)) => {
                self.go_to(Stage::Completing, now);
                Ok(settings.clone())
            }
        }
    }

    /// Takes the settings of a run that left a data set out.
    pub fn leave_out(
        &mut self,
        connection: &mut Connection,
        settings: Settings,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_open()?;
        match self.stage {
            Stage::Completing => {
                connection.choose(settings)?;
                self.updated_at = now;
                Ok(())
            }
            Stage::Done => Err(Refused::Connected),
            stage => Err(Refused::Before(stage)),
        }
    }

    /// Records that every action of the plan is done. From here on the connection has a state of
    /// its own, and the walk is history.
    pub(crate) fn finish_completion(
        &mut self,
        connection: &mut Connection,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.check_open()?;
        match self.stage {
            Stage::Completing | Stage::Done => {
                connection.connect(now)?;
                self.go_to(Stage::Done, now);
                Ok(())
            }
            stage => Err(Refused::Before(stage)),
        }
    }

    /// Goes back to an earlier step, keeping what was entered; for support. Every step from there
    /// on has to be done again, and its checks with it.
    pub(crate) fn reopen_step(&mut self, step: Stage, now: DateTime<Utc>) -> Result<(), Refused> {
        self.check_editable(step)?;
        self.go_to(step, now);
        Ok(())
    }

    /// Opens a closed walk again, with every answer but the secret, which was wiped: so it stands
    /// at the Procore details, or before them if it never came so far. For support.
    pub fn reopen(&mut self, connection: Option<&mut Connection>, now: DateTime<Utc>) {
        if let Some(connection) = connection {
            connection.reopen();
        }
        self.archived_at = None;
        self.go_to(self.stage.min(Stage::Credentials), now);
    }

    /// Closes this walk. The next one starts at the first step.
    pub(crate) fn archive(&mut self, run_moving: bool, now: DateTime<Utc>) -> Result<(), Refused> {
        self.check_open()?;
        match self.stage {
            Stage::Completing if run_moving => Err(Refused::Running),
            Stage::Done => Err(Refused::Connected),
            Stage::Review
            | Stage::Credentials
            | Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete
            | Stage::Completing => {
                self.archived_at = Some(now);
                self.updated_at = now;
                Ok(())
            }
        }
    }

    /// Closes a walk that is done, since its connection ends. The next one starts at the first step.
    pub(crate) fn end_connection(&mut self, now: DateTime<Utc>) -> Result<(), Refused> {
        self.check_open()?;
        match self.stage {
            Stage::Done => {
                self.archived_at = Some(now);
                self.updated_at = now;
                Ok(())
            }
            stage => Err(Refused::Before(stage)),
        }
    }

    /// Whether the page of `step` can be shown, or which step is missing.
    pub(crate) fn may_show(&self, step: Stage) -> Result<(), Refused> {
        self.check_open()?;
        if self.stage == Stage::Done && step != Stage::Complete {
            return Err(Refused::Connected);
        }
        if step.step() <= self.stage.step() {
            Ok(())
        } else {
            Err(Refused::Before(self.stage))
        }
    }

    /// The answers that a change at `step` would have to be given or checked again.
    pub(crate) fn reset_by_changing(&self, step: Stage) -> &'static [Stage] {
        match step {
            // A run that waits for new details proves them by itself.
            _ if self.stage >= Stage::Completing => &[],
            Stage::Credentials if self.stage >= Stage::Permissions => {
                &[Stage::Verify, Stage::Permissions]
            }
            Stage::Credentials if self.stage >= Stage::Verify => &[Stage::Verify],
            Stage::Settings if self.stage >= Stage::Permissions => &[Stage::Permissions],
            _ => &[],
        }
    }

    /// The steps that were done and have to be done again if `step` is opened again.
    pub(crate) fn reset_by_reopening(&self, step: Stage) -> impl Iterator<Item = Stage> {
        let reached = self.stage;
        Stage::STEPS
            .into_iter()
            .filter(move |done| *done >= step && *done < reached)
    }

    fn check_open(&self) -> Result<(), Refused> {
        if self.archived_at.is_some() {
            Err(Refused::Archived)
        } else {
            Ok(())
        }
    }

    /// A step's answer can be given while it is reached and the plan is not confirmed.
    fn check_editable(&self, step: Stage) -> Result<(), Refused> {
        self.check_open()?;
        match self.stage {
            Stage::Completing => Err(Refused::Running),
            Stage::Done => Err(Refused::Connected),
            stage if stage < step => Err(Refused::Before(stage)),
            _ => Ok(()),
        }
    }

    fn go_to(&mut self, stage: Stage, now: DateTime<Utc>) {
        self.stage = stage;
        self.updated_at = now;
    }
}

#[cfg(test)]
#[path = "aggregate_tests.rs"]
mod tests;
