//! What the doctor found.

use std::fmt;

use serde::Serialize;

use crate::config::Problem;

/// The result of one check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub name: String,
    pub state: DoctorState,
    /// What was found.
    pub found: String,
    /// How to fix it, if it failed.
    pub advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DoctorState {
    Passed,
    Failed,
    Skipped,
}

impl Check {
    pub(super) fn passed(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, DoctorState::Passed, found, None)
    }

    pub(super) fn skipped(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, DoctorState::Skipped, found, None)
    }

    pub(super) fn failed(
        name: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(name, DoctorState::Failed, found, Some(advice.into()))
    }

    fn new(
        name: impl Into<String>,
        state: DoctorState,
        found: impl Into<String>,
        advice: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            state,
            found: found.into(),
            advice,
        }
    }
}

impl From<&Problem> for Check {
    fn from(problem: &Problem) -> Self {
        let found = format!("{} {}.", problem.name, problem.wrong);
        Self::failed("configuration", found, &problem.fix)
    }
}

/// All checks, and whether all passed.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub ok: bool,
    pub checks: Vec<Check>,
}

impl Report {
    pub(super) fn new(checks: Vec<Check>) -> Self {
        let ok = checks
            .iter()
            .all(|check| check.state != DoctorState::Failed);
        Self { ok, checks }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let state = match check.state {
                DoctorState::Passed => "ok     ",
                DoctorState::Failed => "FAILED ",
                DoctorState::Skipped => "-      ",
            };
            writeln!(f, "{state} {}: {}", check.name, check.found)?;
            if let Some(advice) = &check.advice {
                writeln!(f, "        {advice}")?;
            }
        }
        let failed = self
            .checks
            .iter()
            .filter(|it| it.state == DoctorState::Failed);
        match failed.count() {
            0 => f.write_str("Nothing needs attention."),
            1 => f.write_str("1 check failed."),
            count => write!(f, "{count} checks failed."),
        }
    }
}
