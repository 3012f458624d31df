//! One call for a company: its place among others, its token, its tries, and what failure means.

use reqwest::Method;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use tracing::warn;
use url::Url;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::Error;
use super::meaning::{Kind, meaning};
use super::rates::Headers;
use super::token::{Token, no_client, ours, unsendable};
use super::transport::{Reply, Unread, Want};
use super::waits::Tries;

/// What is asked of the API host.
pub(super) struct Call {
    action: &'static str,
    method: Method,
    /// Path, or path and query as a link gave them.
    target: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// A secret in the body, which no kept answer may repeat.
    hidden: Option<SecretString>,
    want: Want,
}

impl Call {
    pub(super) fn get(action: &'static str, target: impl Into<String>) -> Self {
        Self::new(action, Method::GET, target)
    }

    pub(super) fn new(action: &'static str, method: Method, target: impl Into<String>) -> Self {
        Self {
            action,
            method,
            target: target.into(),
            query: Vec::new(),
            body: None,
            hidden: None,
            want: Want::Text,
        }
    }

    pub(super) fn query<K: Into<String>, V: ToString>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.query.extend(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.to_string())),
        );
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Asks for the rows of a list, to be cut out while it arrives.
    pub(super) fn for_rows(mut self) -> Self {
        self.want = Want::Rows;
        self
    }

    pub(super) fn hiding(mut self, secret: Option<&SecretString>) -> Self {
        self.hidden = secret.cloned();
        self
    }

    fn kind(&self) -> Kind {
        if self.method == Method::GET {
            Kind::Read
        } else {
            Kind::Write
        }
    }
}

impl CompanyApi {
    /// Makes a call and gives its answer if it is a success.
    ///
    /// Reads are tried again while Procore does not answer; writes only when Procore said that it
    /// did not take them (429, 503 with a time). A refused token is renewed once.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, Error> {
        let deadline = self.deadline();
        let _place = self.place(call.action, deadline).await?;
        let mut tries = Tries::default();
        let mut renewed = false;
        loop {
            let usable = self.usable_token(deadline).await?;
            self.admit(call.action, deadline).await?;
            let error = match self.try_once(call, &usable.token, deadline).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let again = match &error {
                Error::TokenRejected(_) if self.names_company => {
                    let tokens = &self.client.tokens;
                    let refused = tokens.forget(self.access.credential, &usable.token);
                    refused.await.map_err(ours(call.action))?;
                    !usable.just_fetched && !std::mem::replace(&mut renewed, true)
                }
                other => {
                    self.again(call.action, other, call.kind(), &mut tries, deadline)
                        .await?
                }
            };
            if !again {
                return Err(error);
            }
        }
    }

    /// Makes a reading call and reads its answer; once more if that was cut short on the way.
    pub(super) async fn read<T>(
        &self,
        call: &Call,
        parse: impl Fn(&mut Reply) -> Result<T, Unread>,
    ) -> Result<(T, Reply), Error> {
        let mut reply = self.send(call).await?;
        match parse(&mut reply) {
            Ok(value) => Ok((value, reply)),
            Err(unread) if unread.cut_short => {
                let mut reply = self.send(call).await?;
                Ok((parse(&mut reply)?, reply))
            }
            Err(unread) => Err(unread.error),
        }
    }

    /// Makes a reading call whose answer is one JSON value.
    pub(super) async fn read_json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let (value, _) = self.read(call, |reply| reply.json(&self.secrets())).await?;
        Ok(value)
    }

    /// When a call that begins now has to be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.client.policy.deadline
    }

    /// Sends once and tells the rate gate what the answer said.
    async fn try_once(
        &self,
        call: &Call,
        token: &Token,
        deadline: Instant,
    ) -> Result<Reply, Error> {
        let request = self.request(call, token).await?;
        let result = self
            .client
            .exchange(call.action, request, call.want, deadline)
            .await;
        let headers = result.as_ref().map_or(Headers::default(), Reply::rates);
        let now = self.client.clock.now();
        if let Err(error) = self.client.rates.observe(&self.key, headers, now).await {
            // What Procore did is done; a budget that is a little off mends itself.
            warn!(%error, "Could not record the rate windows after {}", call.action);
        }
        let reply = result?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        let own = self.access.client_secret.secret();
        let secrets: Vec<&SecretString> = [own, &token.access_token]
            .into_iter()
            .chain(&call.hidden)
            .collect();
        Err(meaning(&reply, call.kind(), now, &secrets))
    }

    async fn request(&self, call: &Call, token: &Token) -> Result<reqwest::Request, Error> {
        let url = self.api_url(call)?;
        let http = self.client.http.client_for(&url).await;
        let mut request = http
            .map_err(no_client(call.action))?
            .request(call.method.clone(), url)
            .header(ACCEPT, "application/json")
            .bearer_auth(token.access_token.expose_secret());
        if self.names_company {
            request = request.header("Procore-Company-Id", self.access.company_id.get());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        request
            .build()
            .map_err(|error| unsendable(call.action, error))
    }

    /// The address of a call, always on the API host: it is about to receive a token.
    fn api_url(&self, call: &Call) -> Result<Url, Error> {
        let api = &self.access.environment.api;
        let refused =
            || Error::Unexpected(Answer::none(call.action, "an address off the API host"));
        let mut url = api.join(&call.target).map_err(|_| refused())?;
        if url.origin() != api.origin() {
            return Err(refused());
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }
}
