//! Asks Procore one question and returns what the answer means.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::app::App;
use crate::catalog::{Choice, DataSet, Ids, Read};
use crate::procore::{
    Access, Client, CompanyApi, CompanyList, Environment, Error, ListRequest, MemoryRates,
    MemoryTokens, PageCursor, Urgency,
};
use crate::sync;
use crate::verdict::{Answer, Facts, Question, Said, VisibleCompany};

/// After an outage without a time of its own, the checks that somebody asked for are tried again
/// this much later.
pub(super) const RETRY_AFTER: TimeDelta = TimeDelta::minutes(2);
/// An outage that outlasts the first new try is looked at this often.
pub(super) const RETRY_LATER: TimeDelta = TimeDelta::minutes(10);

/// Names of projects shown so that people recognise their company.
const NAMES_SHOWN: u32 = 3;

/// Our own side could not ask, which tells nothing about Procore or the firm.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("our own records failed")]
    Ours(#[source] Error),
    #[error("the catalog has no list {0:?}")]
    UnknownList(&'static str),
    #[error("the Procore environment {0:?} is not offered")]
    UnknownEnvironment(String),
}

/// Asks the questions of one run of checks.
pub(crate) struct Asker<'a> {
    pub app: &'a App,
    pub access: &'a Access,
    pub api: &'a CompanyApi,
    pub choices: &'a [Choice],
}

impl Asker<'_> {
    /// Asks `question`; a refusal is an answer, too, and comes with Procore's words.
    pub(super) async fn ask(
        &self,
        question: &Question,
    ) -> Result<(Answer, Option<Said>), AskError> {
        let asked = match question {
            Question::Token => self
                .api
                .token()
                .await
                .map(|()| Answer::Accepted(Facts::Token)),
            Question::TokenElsewhere(name) => return self.token_elsewhere(name).await,
            Question::Company => self.company().await,
            Question::CompanyList => self.company_list(self.api.companies().await),
            Question::Manifest => self.manifest().await,
            Question::WebhookCatalog => self.webhook_catalog().await,
            Question::List(name) => {
                let (read, choice) = self.find_read(name).ok_or(AskError::UnknownList(name))?;
                self.list(read, choice).await
            }
        };
        self.heard(asked)
    }

    /// Asks which companies this access reaches, where the one that was entered refused it.
    pub(crate) async fn ask_other_companies(&self) -> Result<(Answer, Option<Said>), AskError> {
        self.heard(self.company_list(self.api.companies_of_any().await))
    }

    fn heard(&self, asked: Result<Answer, Error>) -> Result<(Answer, Option<Said>), AskError> {
        let error = match asked {
            Ok(answer) => return Ok((answer, None)),
            Err(error) => error,
        };
        let said = error.said();
        Ok((meaning(error, self.app.clock.now())?, said))
    }

    async fn company(&self) -> Result<Answer, Error> {
        let me = self.api.me().await?;
        Ok(Answer::Accepted(Facts::Member {
            name: me.name,
            active: me.is_active,
        }))
    }

    fn company_list(&self, listed: Result<CompanyList, Error>) -> Result<Answer, Error> {
        let listed = listed?;
        if listed.lists(self.access.company_id.get()).is_none() {
            // It may stand in a row that we cannot read.
            return Ok(Answer::Reduced);
        }
        let companies = listed.companies;
        if companies.is_empty() {
            return Ok(Answer::EmptyList);
        }
        let companies = companies
            .into_iter()
            .map(|company| VisibleCompany {
                id: company.id.get(),
                name: company.name,
            })
            .collect();
        Ok(Answer::Accepted(Facts::Companies(companies)))
    }

    async fn manifest(&self) -> Result<Answer, Error> {
        let manifest = self.api.company_permissions().await?;
        Ok(Answer::Accepted(Facts::Manifest(manifest)))
    }

    async fn webhook_catalog(&self) -> Result<Answer, Error> {
        let catalog = self.api.webhooks().catalog().await?;
        if catalog.is_empty() {
            return Ok(Answer::EmptyList);
        }
        Ok(Answer::Accepted(Facts::Catalog {
            resources: catalog.len() as u64,
        }))
    }

    /// Looks at the first rows of a list.
    async fn list(&self, read: &Read, choice: Choice) -> Result<Answer, Error> {
        let ids = Ids::of_company(self.access.company_id.get());
        let mut request = ListRequest {
            action: read.plural,
            path: read.path_for(ids),
            query: read.query(ids, choice.include_inactive),
            page: PageCursor::first(),
            per_page: read.paged.then_some(NAMES_SHOWN),
            grouped_in: read.grouped_in,
        };
        let mut answer = self.first_rows(read, &request).await;
        if matches!(answer, Err(Error::NotVisible(_)))
            && let Some(successor) = &read.successor
            && let Some(segment) = sync::segment_of(self.api, read).await?
        {
            request.path = successor.path_for(self.access.company_id.get(), segment);
            request.query.clear();
            answer = self.first_rows(read, &request).await;
        }
        answer
    }

    async fn first_rows(&self, read: &Read, request: &ListRequest) -> Result<Answer, Error> {
        let probe = self.api.probe(request, read.whole_has).await?;
        Ok(match probe.rows.as_slice() {
            [] if probe.unread == 0 => Answer::EmptyList,
            _ if probe.reduced => Answer::Reduced,
            rows => Answer::Accepted(Facts::Records {
                total: probe.total,
                names: names_of(rows.iter().map(|row| row.get())),
            }),
        })
    }

    fn find_read(&self, name: &str) -> Option<(&'static Read, Choice)> {
        let chosen = self.choices.iter().copied();
        let all = DataSet::OF_COMPANY.into_iter().map(Choice::of);
        chosen.chain(all).find_map(|choice| {
            let mut reads = choice.data_set.entry().reads.iter();
            reads
                .find(|read| read.name == name)
                .map(|read| (read, choice))
        })
    }

    /// Tries the details at another login host. The token is of no use to us, so nothing of it is
    /// kept: the client is made for this one question.
    async fn token_elsewhere(&self, name: &str) -> Result<(Answer, Option<Said>), AskError> {
        let environment = self
            .app
            .config
            .procore_environment(name)
            .cloned()
            .or_else(|| Environment::known(name))
            .ok_or_else(|| AskError::UnknownEnvironment(name.to_owned()))?;
        let client = Client::new(
            &self.app.config.product_name,
            self.app.clock.clone(),
            Arc::new(MemoryTokens::default()),
            Arc::new(MemoryRates::default()),
        );
        let access = Access {
            environment,
            ..self.access.clone()
        };
        let token = client.company(access, Urgency::Waiting).token().await;
        self.heard(token.map(|()| Answer::Accepted(Facts::Token)))
    }
}

/// What a failed call means.
fn meaning(error: Error, now: DateTime<Utc>) -> Result<Answer, AskError> {
    match error.meaning() {
        Some(Answer::Unreachable { until: None }) => Ok(Answer::Unreachable {
            until: Some(now + RETRY_AFTER),
        }),
        Some(answer) => Ok(answer),
        None => Err(AskError::Ours(error)),
    }
}

fn names_of<'a>(bodies: impl Iterator<Item = &'a str>) -> Vec<String> {
    bodies
        .filter_map(name_of)
        .take(NAMES_SHOWN as usize)
        .collect()
}

fn name_of(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        display_name: Option<String>,
        name: Option<String>,
    }
    let named: Named = serde_json::from_str(body).ok()?;
    named.display_name.or(named.name)
}
