//! Asks Procore about one subject, and says what is wrong.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::catalog::{DataSet, Ids};
use crate::connection::incident::Finding;
use crate::connection::{Connection, ProbeSubject, Settings};
use crate::identity::CredentialId;
use crate::procore::{CompanyApi, Error};
use crate::store::records::{self, RecordSet};
use crate::verdict::{
    self, Answer, Answers, Cause, Check, CheckState, Context, Facts, Question, ReasonCode, Refusal,
};

/// Projects that a finding names.
const NAMES: i64 = 10;

/// A connection, and how its company is asked.
pub(super) struct Site<'a> {
    pub app: &'a App,
    pub connection: &'a Connection,
    pub settings: &'a Settings,
    /// Whose access the calls use.
    pub credential: CredentialId,
    pub api: CompanyApi,
}

/// What a look found.
#[derive(Debug)]
pub(super) enum Looked {
    /// This is wrong.
    Found(Vec<Finding>),
    /// Nothing had to be asked, and nothing is wrong.
    NotAsked,
    /// Procore answered, and not what tells whether anything is wrong.
    Unknown,
    /// Nothing can be read at all, for this reason.
    NoAccess(Finding),
    /// Procore is down or asks us to wait, so nothing was learned.
    Away(Cause),
}

/// Why a question was not answered.
pub(super) enum Unanswered {
    ByProcore(Error, Refusal),
    ByUs(anyhow::Error),
    /// There is nothing to ask about.
    NotAsked,
    /// What is known proves nothing, neither that something is wrong nor that it is not.
    Unknown,
}

impl From<anyhow::Error> for Unanswered {
    fn from(error: anyhow::Error) -> Self {
        Self::ByUs(error)
    }
}

/// Whom a refusal blames.
pub(super) fn refused(refusal: Refusal) -> impl Fn(Error) -> Unanswered {
    move |error| Unanswered::ByProcore(error, refusal)
}

pub(super) type Findings = Result<Vec<Finding>, Unanswered>;

impl Site<'_> {
    /// Looks at one subject; what came about before `since` is known.
    pub(super) async fn look_at(
        &self,
        subject: ProbeSubject,
        since: DateTime<Utc>,
    ) -> anyhow::Result<Looked> {
        let found = match subject {
            ProbeSubject::Access => self.access().await,
            ProbeSubject::Permissions => self.permissions().await,
            ProbeSubject::Projects => self.projects().await,
            ProbeSubject::Webhook => self.webhook().await,
            ProbeSubject::Deliveries => self.deliveries(since).await,
            ProbeSubject::Installation => self.installation().await,
            ProbeSubject::Copy => Ok(self.copy().await?),
            ProbeSubject::Integrated => Ok(self.integrated().await?),
        };
        let (error, refusal) = match found {
            Ok(findings) => return Ok(Looked::Found(findings)),
            Err(Unanswered::NotAsked) => return Ok(Looked::NotAsked),
            Err(Unanswered::Unknown) => return Ok(Looked::Unknown),
            Err(Unanswered::ByUs(error)) => return Err(error),
            Err(Unanswered::ByProcore(error, refusal)) => (error, refusal),
        };
        let Some(answer) = error.meaning() else {
            return Err(error.into());
        };
        let firm_id = self.connection.firm_id;
        tracing::info!(firm.id = %firm_id, "A look at {} failed: {error}", subject.as_str());
        let unexpected = || ReasonCode::Unexpected.into();
        let cause = refusal.cause(&answer).unwrap_or_else(unexpected);
        Ok(match cause {
            cause if cause.is_wait() => Looked::Away(cause),
            cause if cause.code.stops_everything() => {
                Looked::NoAccess(self.no_access(cause.code).await?)
            }
            cause => Looked::Found(vec![Finding::of(cause.code)]),
        })
    }

    /// Whether our user is there and active.
    async fn access(&self) -> Findings {
        let me = self.api.me().await.map_err(refused(Refusal::COMPANY))?;
        Ok(match me.is_active {
            true => Vec::new(),
            false => vec![self.no_access(ReasonCode::NotInstalled).await?],
        })
    }

    /// Why nothing can be read; where the app is gone, with what installs it again.
    async fn no_access(&self, code: ReasonCode) -> anyhow::Result<Finding> {
        let finding = Finding::of(code);
        Ok(match code {
            ReasonCode::NotInstalled => {
                let finding = self.with_way_to_install(finding).await?;
                Finding {
                    is_left: self.is_left().await,
                    ..finding
                }
            }
            _ => finding,
        })
    }

    /// What the permission list alone proves, by the rules of the setup's own checks.
    async fn permissions(&self) -> Findings {
        let manifest = match self.api.company_permissions().await {
            Ok(manifest) => manifest,
            // Without a list nothing is proven; the attempts to read will tell.
            Err(Error::NotPermitted(_) | Error::NotVisible(_)) => return Err(Unanswered::Unknown),
            Err(error) => return Err(Unanswered::ByProcore(error, Refusal::COMPANY)),
        };
        let mut answers = Answers::default();
        let member = Facts::Member {
            name: None,
            active: true,
        };
        for (question, facts) in [
            (Question::Token, Facts::Token),
            (Question::Company, member),
            (Question::Manifest, Facts::Manifest(manifest)),
        ] {
            answers.record(question, Answer::Accepted(facts), None);
        }
        let choices = self.settings.choices();
        let checks = choices.iter().map(|choice| Check::DataSet(choice.data_set));
        let checks: Vec<Check> = checks.chain([Check::Webhooks]).collect();
        let context = Context {
            company_id: self.connection.target.company_id,
            names_companies: false,
            taken: false,
            choices,
        };
        let mut findings: Vec<Finding> = Vec::new();
        for row in verdict::conclude(&checks, &answers, &context) {
            let Some(code) = row.reason.filter(|_| row.state == CheckState::Failed) else {
                continue;
            };
            match findings.iter_mut().find(|it| it.code == code) {
                Some(finding) => finding.rows.push(row),
                None => findings.push(Finding {
                    rows: vec![row],
                    ..Finding::of(code)
                }),
            }
        }
        Ok(findings)
    }

    /// Which projects of our copy are not shown any more.
    async fn projects(&self) -> Findings {
        if self.settings.choice(DataSet::Projects).is_none() {
            return Err(Unanswered::NotAsked);
        }
        let read = DataSet::Projects.entry().main_read();
        let refusal = Refusal::of(read.needs.tool);
        let company = Ids::of_company(self.connection.target.company_id);
        // Active or not: one that was deactivated is still shared.
        let mut query = read.query(company, true);
        query.retain(|(name, _)| *name != "view");
        query.push(("view", "ids".to_owned()));
        let path = read.path_for(company);
        let asked = self.api.ids("list the ids of projects", path, query).await;
        let ids: Vec<i64> = asked.map_err(refused(refusal))?.into_iter().collect();
        if ids.is_empty() {
            return Ok(vec![Finding::of(ReasonCode::NoProjects)]);
        }
        let set = RecordSet::of_company(self.connection, DataSet::Projects, read.kind);
        let mut conn = self.app.db.acquire().await.map_err(anyhow::Error::from)?;
        let missing = records::missing_from(&mut conn, &set, &ids, NAMES).await;
        let (names, count) = missing.map_err(anyhow::Error::from)?;
        Ok(match count {
            0 => Vec::new(),
            _ => vec![Finding {
                names,
                count: Some(count),
                ..Finding::of(ReasonCode::Hidden)
            }],
        })
    }
}
