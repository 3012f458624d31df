//! The named checks and their results, as pages show them and the store keeps them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::RefusedList;
use crate::catalog::{Certainty, Choice, DataSet, Level, Tool};
use crate::verdict::{Cause, How, Note, Question, ReasonCode, Said, VisibleCompany};

/// One row of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Procore is reachable.
    Reach,
    /// The key and secret are accepted.
    Credentials,
    /// The app is connected to the company.
    Connected,
    /// The company is found, by name.
    Company,
    /// Webhooks are allowed.
    Webhooks,
    /// A chosen data set can be read.
    DataSet(DataSet),
    /// Projects are shared with us.
    ProjectsVisible,
    /// No more access than needed.
    Excess,
}

impl Check {
    /// The checks of the first verification, in order.
    pub(crate) const VERIFY: [Self; 5] = [
        Self::Reach,
        Self::Credentials,
        Self::Connected,
        Self::Company,
        Self::Webhooks,
    ];

    /// The checks of the permission step for what was chosen, in order. What the first
    /// verification proved is proven again on the way, so it stands first; pages may leave
    /// those rows out while they pass.
    pub fn permissions(choices: &[Choice]) -> Vec<Self> {
        let mut checks = vec![
            Self::Reach,
            Self::Credentials,
            Self::Connected,
            Self::Company,
        ];
        checks.extend(choices.iter().map(|choice| Self::DataSet(choice.data_set)));
        if choices
            .iter()
            .any(|choice| choice.data_set == DataSet::Projects)
        {
            checks.push(Self::ProjectsVisible);
        }
        checks.extend([Self::Webhooks, Self::Excess]);
        checks
    }

    /// Stable key for storage and addresses.
    pub fn key(&self) -> String {
        match self {
            Self::Reach => "reach".to_owned(),
            Self::Credentials => "credentials".to_owned(),
            Self::Connected => "connected".to_owned(),
            Self::Company => "company".to_owned(),
            Self::Webhooks => "webhooks".to_owned(),
            Self::DataSet(data_set) => format!("data_set:{}", data_set.key()),
            Self::ProjectsVisible => "projects_visible".to_owned(),
            Self::Excess => "excess".to_owned(),
        }
    }

    /// The data set that the row with this key is about, if it is about one.
    pub(crate) fn data_set_of(key: &str) -> Option<DataSet> {
        DataSet::from_key(key.strip_prefix("data_set:")?)
    }

    /// What has to be asked for this row. Rows share answers: each question is asked once.
    pub(crate) fn questions(&self, choices: &[Choice]) -> Vec<Question> {
        match self {
            Self::Reach | Self::Credentials => vec![Question::Token],
            Self::Connected => vec![Question::Token, Question::Company, Question::CompanyList],
            Self::Company => vec![
                Question::Token,
                Question::Company,
                Question::CompanyList,
                Question::Manifest,
                Question::List("projects"),
            ],
            Self::Webhooks => {
                vec![
                    Question::Token,
                    Question::Company,
                    Question::Manifest,
                    Question::WebhookCatalog,
                ]
            }
            Self::DataSet(data_set) => {
                let lists = choices
                    .iter()
                    .filter(|choice| choice.data_set == *data_set)
                    .flat_map(Choice::reads)
                    // A list that exists once per record of another has no single address to try.
                    .filter(|read| read.per.is_none())
                    .map(|read| Question::List(read.name));
                [Question::Token, Question::Company, Question::Manifest]
                    .into_iter()
                    .chain(lists)
                    .collect()
            }
            Self::ProjectsVisible => {
                vec![
                    Question::Token,
                    Question::Company,
                    Question::List("projects"),
                ]
            }
            Self::Excess => vec![Question::Token, Question::Company, Question::Manifest],
        }
    }

    /// The tools on which our level decides this row.
    pub(super) fn tools(&self, choices: &[Choice]) -> Vec<Tool> {
        match self {
            Self::DataSet(data_set) => choices
                .iter()
                .filter(|choice| choice.data_set == *data_set)
                .flat_map(Choice::reads)
                .map(|read| read.needs.tool)
                .collect(),
            Self::ProjectsVisible => vec![DataSet::Projects.entry().needs().tool],
            Self::Webhooks => vec![Tool::WebhooksApi],
            Self::Excess => vec![Tool::Directory],
            Self::Reach | Self::Credentials | Self::Connected | Self::Company => Vec::new(),
        }
    }
}

text_enum! {
    /// How a check ended.
    pub enum CheckState {
        /// It is as it should be.
        Passed = "passed",
        /// Somebody has to fix something.
        Failed = "failed",
        /// It works, and something should be said.
        Warning = "warning",
        /// Procore is down or slows us down. No failure of the firm; it will be asked again.
        Waiting = "waiting",
        /// Not known: an earlier check did not pass, or reading cannot tell.
        NotTested = "not_tested",
    }
}

/// Facts that pages show beside the state; stored as a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The company's name in Procore.
    pub company_name: Option<String>,
    /// Companies that this access reaches, where they may be shown.
    pub visible_companies: Vec<VisibleCompany>,
    /// The environment that took the credentials instead.
    pub environment: Option<String>,
    /// Records in the list, where Procore told.
    pub records: Option<u64>,
    /// A few names out of the list.
    pub names: Vec<String>,
    /// The lists that could not be read, in words.
    pub denied: Vec<String>,
    /// The lists that could not be read and that it does without, in words.
    pub left_out: Vec<String>,
    /// The tool's label in this company, where it differs from the usual one.
    pub renamed_tool: Option<String>,
    /// Our levels on the tools that decide, where the permission list showed them.
    pub levels: BTreeMap<Tool, Level>,
    /// What Procore said, if it refused.
    pub words: Option<Said>,
    /// Lists that need not be tried again as long as our level stays as it is.
    pub refused: Vec<RefusedList>,
    /// What else to say.
    pub notes: Vec<Note>,
}

/// The result of one check: a row on the page, a row in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// What was checked.
    pub check: Check,
    /// How it ended.
    pub state: CheckState,
    /// Why, for every failure, warning and wait.
    pub reason: Option<ReasonCode>,
    /// The tool that decides.
    pub tool: Option<Tool>,
    /// The lowest level that is enough.
    pub needed: Option<Level>,
    /// The level that Procore shows.
    pub found: Option<Level>,
    /// How we know.
    pub how: Option<How>,
    /// When a wait ends, where that is known.
    pub until: Option<DateTime<Utc>>,
    /// Facts beside the state.
    pub detail: Detail,
}

impl CheckResult {
    pub(super) fn new(check: &Check, state: CheckState, reason: Option<ReasonCode>) -> Self {
        Self {
            check: check.clone(),
            state,
            reason,
            tool: None,
            needed: None,
            found: None,
            how: None,
            until: None,
            detail: Detail::default(),
        }
    }

    pub(super) fn passed(check: &Check) -> Self {
        Self::new(check, CheckState::Passed, None)
    }

    pub(super) fn failed(check: &Check, reason: ReasonCode) -> Self {
        Self::new(check, CheckState::Failed, Some(reason))
    }

    /// What a webhook that may not be set up comes to, where no check has asked.
    pub(crate) fn webhooks_refused() -> Self {
        Self {
            tool: Some(Tool::WebhooksApi),
            needed: Some(Level::Standard),
            ..Self::failed(&Check::Webhooks, ReasonCode::WebhookLevel)
        }
    }

    pub(super) fn warning(check: &Check, reason: ReasonCode) -> Self {
        Self::new(check, CheckState::Warning, Some(reason))
    }

    /// A row for a cause: a wait, or a failure.
    pub(super) fn caused(check: &Check, cause: Cause) -> Self {
        let state = match cause.is_wait() {
            true => CheckState::Waiting,
            false => CheckState::Failed,
        };
        Self {
            until: cause.until,
            ..Self::new(check, state, Some(cause.code))
        }
    }

    pub(super) fn not_tested(check: &Check) -> Self {
        Self::new(check, CheckState::NotTested, None)
    }

    pub(super) fn with_note(mut self, note: Note) -> Self {
        self.detail.notes.push(note);
        self
    }

    pub(super) fn known_by(mut self, how: How) -> Self {
        self.how = Some(how);
        self
    }

    /// That Procore is away, if that is what the row waits for.
    pub(super) fn outage(&self) -> Option<Cause> {
        let code = self
            .reason
            .filter(|code| *code == ReasonCode::Unreachable)?;
        Some(Cause {
            code,
            until: self.until,
        })
    }

    /// The data set of the row, if it may be gone on without: our level keeps it from us, and Procore
    /// does not document which level it needs.
    pub(crate) fn dispensable(&self) -> Option<DataSet> {
        match self.check {
            Check::DataSet(set)
                if self.is_low_level()
                    && set.entry().needs().certainty == Certainty::ProbeDecides =>
            {
                Some(set)
            }
            _ => None,
        }
    }

    /// Whether our level is what keeps it from us.
    pub(super) fn is_low_level(&self) -> bool {
        let is_level = matches!(self.reason, Some(ReasonCode::Level(_) | ReasonCode::Hidden));
        self.state == CheckState::Failed && is_level
    }

    /// Whether the step may be left with this row as it is. What reading can never
    /// tell does not hold anybody up.
    pub(crate) fn lets_pass(&self) -> bool {
        match self.state {
            CheckState::Passed | CheckState::Warning => true,
            CheckState::Failed | CheckState::Waiting => false,
            CheckState::NotTested => self.how == Some(How::NotTestableByReading),
        }
    }
}
