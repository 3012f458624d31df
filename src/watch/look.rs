//! Asks Procore about one subject, and says what is wrong.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::connections::UNSEEN;
use crate::app::App;
use crate::catalog::{DataSet, Ids};
use crate::connection::incident::{Finding, HookDrift};
use crate::connection::{Connection, ProbeSubject, Settings, Trigger, triggers};
use crate::identity::CredentialId;
use crate::procore::{self, CompanyApi, Delivery, DeliveryFilter, Error, HookStatus};
use crate::store::hooks::{self, Hook};
use crate::store::records::{self, RecordSet};
use crate::verdict::{
    self, Answer, Answers, Cause, Check, CheckState, Context, Facts, Question, ReasonCode, Refusal,
};
use crate::webhooks;

/// Projects that a finding names.
const NAMES: i64 = 10;
/// Pages of a hundred deliveries; more were given up than anybody counts.
const MOST_PAGES: usize = 5;

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
    /// Procore answered; this is wrong.
    Found(Vec<Finding>),
    /// Nothing can be read at all, for this reason.
    NoAccess(Finding),
    /// Procore is down or asks us to wait, so nothing was learned.
    Away(Cause),
}

/// Why a question was not answered.
pub(super) enum Unanswered {
    ByProcore(Error, Refusal),
    ByUs(anyhow::Error),
}

impl From<anyhow::Error> for Unanswered {
    fn from(error: anyhow::Error) -> Self {
        Self::ByUs(error)
    }
}

/// Whom a refusal blames.
fn refused(refusal: Refusal) -> impl Fn(Error) -> Unanswered {
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
            Err(Error::NotPermitted(_) | Error::NotVisible(_)) => return Ok(Vec::new()),
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
            return Ok(Vec::new());
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

    /// Whether our webhook is there as we left it.
    async fn webhook(&self) -> Findings {
        // Two of ours while it moves to another payload version: the newest is the one that stays.
        let all_known = self.known_hooks().await?;
        let Some(known) = all_known.first().filter(|it| it.procore_id.is_some()) else {
            return Ok(Vec::new());
        };
        let api = self.api.webhooks();
        let refused = refused(Refusal::WEBHOOKS);
        let namespace = &self.app.config.webhook_namespace;
        let listed = api.hooks(namespace).await.map_err(&refused)?;
        let mut conn = self.app.db.acquire().await.map_err(anyhow::Error::from)?;
        let others = webhooks::of_others(&mut conn, self.connection.id, &listed).await;
        drop(conn);
        let others = others.map_err(anyhow::Error::from)?;
        let public = &self.app.config.public_url;
        let ours = listed.iter().filter(|hook| {
            webhooks::leads_to(&hook.destination_url, public)
                && webhooks::is_of(hook, self.connection.firm_id)
                && !others.contains(&hook.id)
        });
        let is = |known: &Hook, hook: &procore::Hook| known.procore_id.as_ref() == Some(&hook.id);
        let is_known = |hook: &&procore::Hook| all_known.iter().any(|known| is(known, hook));
        let mut drift = BTreeSet::new();
        let Some(hook) = listed.iter().find(|hook| is(known, hook)) else {
            drift.insert(HookDrift::Removed);
            return Ok(altered(drift, known.triggers.clone(), Vec::new()));
        };
        if ours.filter(|hook| !is_known(hook)).count() > 0 {
            drift.insert(HookDrift::Doubled);
        }
        if hook.status != HookStatus::Active {
            drift.insert(HookDrift::Disabled);
        }
        if webhooks::endpoint_hash(&hook.destination_url).as_ref() != Some(&known.endpoint_hash) {
            drift.insert(HookDrift::Redirected);
        }
        let present = api.triggers(&hook.id).await.map_err(&refused)?;
        let present: Vec<Trigger> = present
            .iter()
            .map(|it| Trigger::new(&it.resource, it.event.as_str()))
            .collect();
        let (missing, surplus) = triggers::difference(&present, &known.triggers);
        if !missing.is_empty() || !surplus.is_empty() {
            drift.insert(HookDrift::Triggers);
        }
        let surplus = surplus.into_iter().map(|place| present[place].clone());
        Ok(altered(drift, missing, surplus.collect()))
    }

    /// Whether Procore gave up deliveries to us since `since`.
    async fn deliveries(&self, since: DateTime<Utc>) -> Findings {
        let known = self.known_hooks().await?.into_iter().next();
        let Some(hook) = known.and_then(|known| known.procore_id) else {
            return Ok(Vec::new());
        };
        let filter = DeliveryFilter {
            status: Some("discarded"),
            // Counts from when the delivery was created, which is given up only after that.
            start: Some((since - UNSEEN).date_naive()),
            end: None,
        };
        let api = self.api.webhooks();
        let discarded = match api.deliveries(&hook, filter, MOST_PAGES).await {
            Ok(discarded) => discarded,
            // That the webhook is not there is found by the look at it.
            Err(Error::NotVisible(_)) => return Ok(Vec::new()),
            Err(error) => return Err(Unanswered::ByProcore(error, Refusal::WEBHOOKS)),
        };
        let given_up = discarded.iter().filter(|delivery| {
            let ends = delivery.attempts.iter().filter_map(|it| it.completed_at);
            ends.max().is_some_and(|end| end > since)
        });
        // What it announced is older than the first attempt.
        let begun = |delivery: &Delivery| {
            let times = delivery.attempts.iter();
            times
                .filter_map(|it| it.started_at.or(it.completed_at))
                .min()
        };
        let begun: Vec<_> = given_up.map(begun).collect();
        Ok(match begun.len() {
            0 => Vec::new(),
            count => vec![Finding {
                count: Some(count as u64),
                last_at: begun.into_iter().max().flatten(),
                ..Finding::of(ReasonCode::Deliveries)
            }],
        })
    }

    /// Our webhooks, the newest first.
    async fn known_hooks(&self) -> anyhow::Result<Vec<Hook>> {
        let Connection { firm_id, id, .. } = *self.connection;
        let mut conn = self.app.db.acquire().await?;
        Ok(hooks::list_of_company(&mut conn, firm_id, id).await?)
    }
}

fn altered(
    drift: BTreeSet<HookDrift>,
    missing: Vec<Trigger>,
    surplus: Vec<Trigger>,
) -> Vec<Finding> {
    if drift.is_empty() {
        return Vec::new();
    }
    vec![Finding {
        hook: drift.into_iter().collect(),
        missing,
        surplus,
        ..Finding::of(ReasonCode::Hook)
    }]
}
