//! The login host: tokens by client credentials, token info, revocation.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Call, Request};
use crate::guard::Refusal;
use crate::routes::Answered;
use crate::world::{Token, World};

const UNKNOWN_CLIENT: &str = "Client authentication failed due to unknown client, no client \
    authentication included, or unsupported authentication method.";

/// `POST /oauth/token` for client credentials, which go in the body.
pub fn token(world: &mut World, call: &Call<'_>) -> Answered {
    let fields = credentials_in_body(call)?;
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let known = [
        "grant_type",
        "client_id",
        "client_secret",
        "code",
        "redirect_uri",
        "refresh_token",
    ];
    if let Some((name, _)) = fields
        .iter()
        .find(|(name, _)| !known.contains(&name.as_str()))
    {
        return refuse(
            &format!("unknown field {name} in the token request"),
            "invalid_request",
        );
    }
    let Some(grant) = field("grant_type") else {
        return refuse("token request without grant_type", "invalid_request");
    };
    if grant != "client_credentials" {
        let description =
            "The authorization grant type is not supported by the authorization server.";
        return Ok(Answer::oauth(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            description,
        ));
    }
    let (Some(client_id), Some(secret)) = (field("client_id"), field("client_secret")) else {
        return refuse(
            "token request without client_id and client_secret in the body",
            "invalid_request",
        );
    };
    if !is_right(world, client_id, secret) {
        return Ok(invalid_client());
    }

    let now = world.clock.now();
    let good =
        world.state.tokens.values().any(|token| {
            token.client_id == client_id && token.secret == secret && token.is_good(now)
        });
    if good {
        let why =
            "a token was fetched while an earlier one had more than a quarter of its life left";
        if world.refuse_refetch {
            return refuse(why, "invalid_request");
        }
        // Granted all the same, but counted.
        let granted = issue(world, client_id, secret, now);
        return Err(Some(Refusal {
            why: why.to_owned(),
            answer: granted,
        }));
    }
    Ok(issue(world, client_id, secret, now))
}

fn issue(world: &mut World, client_id: &str, secret: &str, now: DateTime<Utc>) -> Answer {
    let mut random = [0; 64];
    for part in random.chunks_mut(16) {
        part.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    let claims =
        URL_SAFE_NO_PAD.encode(json!({ "iat": now.timestamp(), "aud": client_id }).to_string());
    let signature = URL_SAFE_NO_PAD.encode(random);
    let access_token = format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzUxMiJ9.{claims}.{signature}");
    let life = TimeDelta::seconds(i64::from(world.token_life));
    // Long dead tokens are of no more interest.
    world
        .state
        .tokens
        .retain(|_, token| token.expires_at + TimeDelta::days(1) > now);
    let token = Token {
        client_id: client_id.to_owned(),
        secret: secret.to_owned(),
        issued_at: now,
        expires_at: now + life,
        revoked: false,
        excused: false,
    };
    world.state.tokens.insert(access_token.clone(), token);
    Answer::ok(json!({
        "access_token": access_token, "token_type": "bearer",
        "expires_in": world.token_life, "created_at": now.timestamp(),
    }))
    .with("cache-control", "no-store")
}

/// `GET /oauth/token/info`.
pub fn token_info(world: &mut World, call: &Call<'_>) -> Answered {
    let now = world.clock.now();
    if let Err(answer) = world.token_owner(call.request, now) {
        return Ok(answer);
    }
    let token = call
        .request
        .bearer()
        .and_then(|token| world.state.tokens.get(token))
        .ok_or(None)?;
    Ok(Answer::ok(json!({
        "resource_owner_id": null, "scopes": [],
        "expires_in_seconds": (token.expires_at - now).num_seconds(),
        "application": { "uid": token.client_id }, "created_at": token.issued_at.timestamp(),
    })))
}

/// `POST /oauth/revoke`: 200 for a revoked and for an invalid token alike.
pub fn revoke(world: &mut World, call: &Call<'_>) -> Answered {
    let fields = credentials_in_body(call)?;
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let (Some(token), Some(client_id), Some(secret)) =
        (field("token"), field("client_id"), field("client_secret"))
    else {
        return refuse(
            "revocation without token, client_id and client_secret",
            "invalid_request",
        );
    };
    if !is_right(world, client_id, secret) {
        return Ok(invalid_client());
    }
    if let Some(token) = world
        .state
        .tokens
        .get_mut(token)
        .filter(|token| token.client_id == client_id)
    {
        token.revoked = true;
    }
    Ok(Answer::ok(json!({})))
}

/// The client that a login request names, right or wrong.
pub fn named_client(request: &Request) -> Option<String> {
    let fields = fields(request)?;
    fields
        .into_iter()
        .find(|(name, _)| name == "client_id")
        .map(|(_, value)| value)
}

fn credentials_in_body(call: &Call<'_>) -> Result<Vec<(String, String)>, Option<Refusal>> {
    if call.request.header("authorization").is_some() {
        let why = "credentials in an Authorization header: they belong in the body".to_owned();
        return Err(Some(Refusal {
            why,
            answer: invalid_client(),
        }));
    }
    fields(call.request).ok_or_else(|| {
        let why = "the body is neither a form nor JSON".to_owned();
        let answer = Answer::oauth(StatusCode::BAD_REQUEST, "invalid_request", &why);
        Some(Refusal { why, answer })
    })
}

fn fields(request: &Request) -> Option<Vec<(String, String)>> {
    let kind = request.header("content-type")?.split(';').next()?.trim();
    match kind {
        "application/x-www-form-urlencoded" => Some(
            url::form_urlencoded::parse(&request.body)
                .into_owned()
                .collect(),
        ),
        "application/json" => {
            let body: serde_json::Map<String, Value> =
                serde_json::from_slice(&request.body).ok()?;
            let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
            body.into_iter().map(text).collect()
        }
        _ => None,
    }
}

fn is_right(world: &World, client_id: &str, secret: &str) -> bool {
    let client = world
        .state
        .clients
        .get(client_id)
        .filter(|client| !client.foreign);
    client.is_some_and(|client| client.secret.as_deref() == Some(secret))
}

fn invalid_client() -> Answer {
    Answer::oauth(StatusCode::UNAUTHORIZED, "invalid_client", UNKNOWN_CLIENT).with(
        "www-authenticate",
        "Bearer realm=\"Doorkeeper\", error=\"invalid_client\"",
    )
}

fn refuse(why: &str, error: &str) -> Answered {
    let answer = Answer::oauth(StatusCode::BAD_REQUEST, error, why);
    Err(Some(Refusal {
        why: why.to_owned(),
        answer,
    }))
}

impl Token {
    /// More than a quarter of its life is left and its owner knows of no trouble with it.
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        let left = self.expires_at - now;
        !self.revoked && !self.excused && left * 4 > self.expires_at - self.issued_at
    }
}

impl World {
    /// The client whose valid token the request carries; otherwise Procore's 401.
    pub fn token_owner(&mut self, request: &Request, now: DateTime<Utc>) -> Result<String, Answer> {
        let token = request
            .bearer()
            .and_then(|token| self.state.tokens.get_mut(token));
        let description = match token {
            Some(token) if token.revoked => {
                token.excused = true;
                "The access token was revoked"
            }
            Some(token) if now >= token.expires_at => {
                token.excused = true;
                "The access token expired"
            }
            Some(token) => return Ok(token.client_id.clone()),
            None => "The access token is invalid",
        };
        let challenge = format!(
            "Bearer realm=\"Doorkeeper\", error=\"invalid_token\", error_description=\"{description}\""
        );
        let answer = Answer::oauth(StatusCode::UNAUTHORIZED, "invalid_token", description);
        Err(answer.with("www-authenticate", challenge))
    }
}
