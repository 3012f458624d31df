//! One call for a company: its slot, its token, its retries and its errors.

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
use super::error::{Error, client_not_built, invalid_request, our_failure};
use super::meaning::{CallKind, meaning};
use super::ports::Token;
use super::rates::RateHeaders;
use super::transport::{BodyFormat, Reply, UnreadableBody};
use super::waits::Attempts;

/// A request to the API host.
pub(super) struct Call {
    action: &'static str,
    method: Method,
    /// Path, or path and query as a link gave them.
    target: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// A secret in the body, to be removed from any stored answer.
    hidden: Option<SecretString>,
    format: BodyFormat,
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
            format: BodyFormat::Text,
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

    /// Asks for the rows of a list, which are split while the body arrives.
    pub(super) fn for_rows(mut self) -> Self {
        self.format = BodyFormat::Rows;
        self
    }

    pub(super) fn hiding(mut self, secret: Option<&SecretString>) -> Self {
        self.hidden = secret.cloned();
        self
    }

    fn kind(&self) -> CallKind {
        if self.method == Method::GET {
            CallKind::Read
        } else {
            CallKind::Write
        }
    }
}

impl CompanyApi {
    /// Makes a call and returns its reply if that is a success.
    ///
    /// Reads are retried while Procore does not answer; writes only when Procore said that it did
    /// not process them (429, 503 with a time). A refused token is renewed once, unless it is good:
    /// Procore refuses a good one where the app is not installed.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, Error> {
        let deadline = self.deadline();
        let _slot = self.slot(call.action, deadline).await?;
        let mut attempts = Attempts::default();
        let mut renewed = false;
        loop {
            let usable = self.usable_token(deadline).await?;
            self.admit(call.action, deadline).await?;
            let error = match self.try_once(call, &usable.token, deadline).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let retry = match &error {
                Error::TokenRejected(_) if self.names_company => {
                    let is_stored = !usable.just_fetched && !std::mem::replace(&mut renewed, true);
                    if is_stored && self.is_good(&usable.token, deadline).await {
                        return Err(error);
                    }
                    let tokens = &self.client.tokens;
                    let refused = tokens.forget(self.access.credential, &usable.token);
                    refused.await.map_err(our_failure(call.action))?;
                    is_stored
                }
                other => {
                    self.may_retry(call.action, other, call.kind(), &mut attempts, deadline)
                        .await?
                }
            };
            if !retry {
                return Err(error);
            }
        }
    }

    /// Makes a read call and parses its reply; retries once if the body was cut short.
    pub(super) async fn read<T>(
        &self,
        call: &Call,
        parse: impl Fn(&mut Reply) -> Result<T, UnreadableBody>,
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

    /// Makes a read call whose reply is one JSON value.
    pub(super) async fn read_json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let (value, _) = self.read(call, |reply| reply.json(&self.secrets())).await?;
        Ok(value)
    }

    /// The deadline of a call that begins now.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.client.policy.deadline
    }

    /// Sends once and reports the reply's rate headers to the rate gate.
    async fn try_once(
        &self,
        call: &Call,
        token: &Token,
        deadline: Instant,
    ) -> Result<Reply, Error> {
        let request = self.request(call, token).await?;
        let result = self
            .client
            .exchange(call.action, request, call.format, deadline)
            .await;
        let now = self.client.clock.now();
        let headers = result.as_ref().map_or(RateHeaders::default(), Reply::rates);
        if let Err(error) = self.client.rates.observe(&self.key, headers, now).await {
            // The call has happened; a slightly wrong budget corrects itself.
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
            .map_err(client_not_built(call.action))?
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
            .map_err(|error| invalid_request(call.action, error))
    }

    /// The URL of a call, always on the API host, since the request carries a token.
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
