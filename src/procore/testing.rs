//! A Procore made of one closure, for this room's own tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::*;
use crate::clock::Clock;
use crate::identity::CredentialId;

/// The client secret of every test; it must turn up nowhere but in the token request.
pub(super) const SECRET: &str = "test-client-secret";
pub(super) const COMPANY: i64 = 562_949_953_421_312;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: HashMap<String, String>,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
    /// How many requests to this path came before.
    pub(super) before: usize,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

type AllSeen = Mutex<Vec<Seen>>;
type Script = dyn Fn(&Seen) -> Option<Response> + Send + Sync;

/// A running server; what the script does not answer is a good token or a 404.
pub(super) struct Fake {
    url: String,
    seen: Arc<AllSeen>,
    pub(super) clock: Clock,
    pub(super) tokens: Arc<MemoryTokens>,
    pub(super) rates: Arc<MemoryRates>,
}

impl Fake {
    pub(super) async fn start(
        script: impl Fn(&Seen) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let router = Router::new()
            .fallback(answer)
            .with_state((Arc::clone(&seen), script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let at: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        Self {
            url,
            seen,
            clock: Clock::settable(at),
            tokens: Arc::default(),
            rates: Arc::default(),
        }
    }

    /// A server that always gives this answer, beside tokens.
    pub(super) async fn answering(
        status: u16,
        content_type: &'static str,
        body: &'static str,
    ) -> Self {
        Self::start(move |seen| {
            (seen.path != "/oauth/token").then(|| reply(status, content_type, body))
        })
        .await
    }

    pub(super) fn api(&self) -> CompanyApi {
        self.api_with(quick())
    }

    pub(super) fn api_with(&self, policy: Policy) -> CompanyApi {
        let (tokens, rates) = (Arc::clone(&self.tokens), Arc::clone(&self.rates));
        let client = Client::with_policy("Test product", self.clock.clone(), tokens, rates, policy);
        client.company(access(&self.url), Urgency::Waiting)
    }

    /// The requests so far, without those for tokens.
    pub(super) fn calls(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|seen| !seen.path.starts_with("/oauth/"))
            .cloned()
            .collect()
    }

    /// How many tokens were given out.
    pub(super) fn tokens_fetched(&self) -> usize {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .filter(|seen| seen.path == "/oauth/token")
            .count()
    }

    pub(super) fn seen_at(&self, path: &str) -> Vec<Seen> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

/// No pauses between attempts, no waiting for windows.
pub(super) fn quick() -> Policy {
    Policy {
        backoff: Duration::ZERO,
        patience: Duration::ZERO,
        ..Policy::default()
    }
}

pub(super) fn access(url: &str) -> Access {
    Access {
        environment: Environment::new("test", url, url, url).unwrap(),
        client_id: ClientId::parse("test-client-id").unwrap(),
        client_secret: ClientSecret::parse(SECRET).unwrap(),
        company_id: CompanyId::parse(&COMPANY.to_string(), &[]).unwrap(),
        credential: CredentialId::NIL,
        owner: ClientOwner::Firm,
    }
}

pub(super) fn json(body: impl Into<Value>) -> Option<Response> {
    Some(json_with(body, &[]))
}

pub(super) fn json_with(body: impl Into<Value>, headers: &[(&str, String)]) -> Response {
    let mut response = Response::builder().header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(body.into().to_string())).unwrap()
}

pub(super) fn reply(status: u16, content_type: &str, body: &str) -> Response {
    let response = Response::builder()
        .status(status)
        .header("content-type", content_type);
    response.body(Body::from(body.to_owned())).unwrap()
}

pub(super) fn list(path: &str, per_page: u32) -> ListRequest {
    ListRequest {
        action: "list things",
        path: path.to_owned(),
        query: Vec::new(),
        page: PageCursor::first(),
        per_page: Some(per_page),
        grouped_in: None,
    }
}

/// A token that Procore would still take, as another process would have kept it.
pub(super) fn kept_token(fake: &Fake, age: TimeDelta) -> Token {
    let minted_at = fake.clock.now() - age;
    let expires_at = minted_at + TimeDelta::seconds(5400);
    Token {
        access_token: "kept".into(),
        minted_at,
        expires_at,
    }
}

async fn answer(
    State((all, script)): State<(Arc<AllSeen>, Arc<Script>)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let query = parts.uri.query().unwrap_or_default();
    let seen = {
        let mut all = all.lock().unwrap();
        let path = parts.uri.path().to_owned();
        let before = all.iter().filter(|seen| seen.path == path).count();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_owned(),
            )
        };
        let seen = Seen {
            method: parts.method.to_string(),
            path,
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: parts.headers.iter().map(header).collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
            before,
        };
        all.push(seen.clone());
        seen
    };
    match script(&seen) {
        Some(response) => response,
        None if seen.path == "/oauth/token" => {
            let token = format!("token-{}", seen.before + 1);
            json_with(
                serde_json::json!({"access_token": token, "token_type": "bearer", "expires_in": 5400}),
                &[],
            )
        }
        None => reply(404, "application/json", r#"{"errors":"Not Found"}"#),
    }
}
