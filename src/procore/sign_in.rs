//! People who sign in with Procore: the way there, and what is asked in their name afterwards.
//!
//! A person's token is never renewed: what Procore refuses it stays refused.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::answer::Answer;
use super::call::Call;
use super::client::{Access, Client, CompanyApi};
use super::companies::CompanySummary;
use super::environment::Environment;
use super::error::Error;
use super::input::{ClientId, CompanyId};
use super::lenient::{Id, spelled};
use super::page_cursor::PageCursor;
use super::pages::ListRequest;
use super::ports::{Claim, PortError, Token, TokenCache};
use super::rates::Urgency;
use super::repair::parse;
use crate::identity::CredentialId;

const EXCHANGE: &str = "exchange a sign-in code";
const REVOKE: &str = "revoke a person's token";
/// Procore lists at most 300 projects a page.
const PROJECTS_PER_PAGE: u32 = 300;
const MOST_PAGES: usize = 10;

/// Where a person signs in with Procore, and is sent back from to `redirect`.
pub(crate) fn sign_in_url(
    environment: &Environment,
    client_id: &ClientId,
    redirect: &Url,
    state: &str,
    challenge: &str,
) -> Url {
    let mut url = environment.login.clone();
    url.set_path("/oauth/authorize");
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id.as_str())
        .append_pair("redirect_uri", redirect.as_str())
        .append_pair("state", state)
        .append_pair("code_challenge", challenge)
        .append_pair("code_challenge_method", "S256");
    url
}

/// Why a code gave no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    /// It was used before, is too old, or was made for somebody else.
    #[error("Procore does not accept the code")]
    Refused,
    #[error(transparent)]
    Procore(#[from] Error),
}

/// Procore in the name of a person who signed in.
pub(crate) struct PersonApi {
    client: Client,
    access: Access,
    token: SecretString,
}

/// A person as Procore tells who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub id: i64,
    pub login: String,
}

/// A project that a person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersonsProject {
    pub id: i64,
    pub name: String,
    pub number: Option<String>,
}

impl Client {
    /// Exchanges a code for the name of the person who gave it, once: a second try would end what the
    /// first may have begun.
    pub(crate) async fn sign_in(
        &self,
        access: Access,
        code: &SecretString,
        redirect: &Url,
        verifier: &SecretString,
    ) -> Result<PersonApi, CodeError> {
        #[derive(Deserialize)]
        struct Refused {
            error: String,
        }
        #[derive(Deserialize)]
        struct Granted {
            #[serde(default, deserialize_with = "spelled")]
            access_token: Option<String>,
        }
        let api = self.company(access.clone(), Urgency::Waiting);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", verifier.expose_secret()),
        ];
        let deadline = api.deadline();
        let reply = api
            .login_reply(EXCHANGE, "/oauth/token", &form, deadline)
            .await?;
        if !reply.status.is_success() {
            return Err(match parse::<Refused>(&reply.body) {
                Ok(refused) if refused.error == "invalid_grant" => CodeError::Refused,
                Ok(_) | Err(_) => CodeError::Procore(api.token_failure(&reply)),
            });
        }
        let granted: Granted = reply.json(&api.secrets()).map_err(Error::from)?;
        let Some(token) = granted.access_token else {
            let unreadable = Answer {
                status: Some(reply.status.as_u16()),
                ..Answer::none(EXCHANGE, "a token that we cannot read")
            };
            return Err(Error::Unexpected(unreadable).into());
        };
        let token = SecretString::from(token);
        let tokens = Arc::new(PersonTokens(token.clone()));
        Ok(PersonApi {
            client: self.keeping(tokens, self.rates()),
            access,
            token,
        })
    }
}

impl PersonApi {
    /// Who they are.
    pub(crate) async fn who(&self) -> Result<Person, Error> {
        #[derive(Deserialize)]
        struct Wire {
            id: Id,
            login: String,
        }
        let call = Call::get("read who signed in", "/rest/v1.0/me");
        let me: Wire = self
            .in_no_company()
            .naming_no_company()
            .read_json(&call)
            .await?;
        Ok(Person {
            id: me.id.0,
            login: me.login,
        })
    }

    /// Which companies they see; those without the app may be missing.
    pub(crate) async fn companies(&self) -> Result<Vec<CompanySummary>, Error> {
        Ok(self.in_no_company().companies_of_any().await?.companies)
    }

    /// The same person in a company.
    pub(crate) fn company(&self, company_id: CompanyId) -> CompanyApi {
        let access = Access {
            company_id,
            ..self.access.clone()
        };
        self.client.company(access, Urgency::Waiting)
    }

    /// What calls are made with.
    pub(crate) fn token(&self) -> &SecretString {
        &self.token
    }

    /// Has their tokens revoked.
    pub(crate) async fn end(self) -> Result<(), Error> {
        self.in_no_company().revoke_persons_token(&self.token).await
    }

    fn in_no_company(&self) -> CompanyApi {
        self.company(CompanyId::NONE)
    }
}

impl CompanyApi {
    /// Has the tokens revoked that a person was given in this app.
    pub(crate) async fn revoke_persons_token(&self, token: &SecretString) -> Result<(), Error> {
        let form = [("token", token.expose_secret())];
        let deadline = self.deadline();
        self.post_to_login(REVOKE, "/oauth/revoke", &form, deadline)
            .await?;
        Ok(())
    }

    /// The projects that the person who signed in sees, by name.
    pub(crate) async fn visible_projects(&self) -> Result<Vec<PersonsProject>, Error> {
        #[derive(Deserialize)]
        struct Wire {
            id: Id,
            #[serde(default, deserialize_with = "spelled")]
            name: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            project_number: Option<String>,
        }
        let list = ListRequest {
            action: "list a person's projects",
            path: "/rest/v1.1/projects".to_owned(),
            query: vec![("company_id", self.company_id().to_string())],
            page: PageCursor::first(),
            per_page: Some(PROJECTS_PER_PAGE),
            grouped_in: None,
        };
        let projects = self.listing::<Wire>(list, MOST_PAGES).await?.rows;
        let projects = projects.into_iter().map(|project| PersonsProject {
            id: project.id.0,
            name: project.name.unwrap_or_default(),
            number: project.project_number.filter(|number| !number.is_empty()),
        });
        Ok(projects.collect())
    }
}

/// A person's token, and no other: the vendor's, which the client would fetch otherwise, opens every firm's
/// company. One company that refuses it says nothing of the rest, so it stays in use for those.
struct PersonTokens(SecretString);

#[derive(Debug, thiserror::Error)]
#[error("a person's token is never renewed")]
struct NotRenewed;

#[async_trait]
impl TokenCache for PersonTokens {
    async fn claim(&self, _: CredentialId, now: DateTime<Utc>) -> Result<Claim, PortError> {
        Ok(Claim::Good(Token {
            access_token: self.0.clone(),
            minted_at: now,
            expires_at: now,
        }))
    }

    async fn save(&self, _: CredentialId, _: &Token) -> Result<(), PortError> {
        Err(PortError::new(NotRenewed))
    }

    async fn release(&self, _: CredentialId) -> Result<(), PortError> {
        Ok(())
    }

    async fn load(&self, _: CredentialId) -> Result<Option<Token>, PortError> {
        Ok(None)
    }

    async fn forget(&self, _: CredentialId, _: &Token) -> Result<(), PortError> {
        Ok(())
    }
}
