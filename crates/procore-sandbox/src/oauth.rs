//! The login host: tokens by client credentials, token info, revocation.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::json;

use crate::answer::{Answer, Answered, NotFound, Refusal};
use crate::call::Call;
use crate::request::Request;
use crate::sign_in;
use crate::world::{Token, World};

const UNKNOWN_CLIENT: &str = "Client authentication failed due to unknown client, no client \
    authentication included, or unsupported authentication method.";
const KNOWN_FIELDS: [&str; 7] = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
];

/// The fields of a login request.
struct Fields(BTreeMap<String, String>);

/// `POST /oauth/token` for client credentials or a code; they go in the body.
pub(crate) fn token(world: &mut World, call: &Call<'_>) -> Answered {
    let fields = credentials_in_body(call)?;
    let mut names = fields.0.keys();
    if let Some(name) = names.find(|name| !KNOWN_FIELDS.contains(&name.as_str())) {
        return Err(refusal(&format!(
            "unknown field {name} in the token request"
        )));
    }
    let grant = fields.get("grant_type");
    let grant = grant.ok_or_else(|| refusal("token request without grant_type"))?;
    if grant == "authorization_code" {
        return signed_in(world, &fields);
    }
    if grant == "refresh_token" {
        return Err(refusal("a person's token was renewed, which nobody needs"));
    }
    if grant != "client_credentials" {
        let why = "The authorization grant type is not supported by the authorization server.";
        return Ok(Answer::oauth(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            why,
        ));
    }
    let (client_id, secret) = fields.proven(world)?;
    let now = world.clock.now();
    let is_owned = |token: &&Token| {
        token.person.is_none() && token.client_id == client_id && token.secret == secret
    };
    if world
        .state
        .tokens
        .values()
        .filter(is_owned)
        .any(|token| token.is_good(now))
    {
        let why =
            "a token was fetched while an earlier one had more than a quarter of its life left";
        return Err(match world.refuse_refetch {
            true => refusal(why),
            false => Refusal::counted(why, issue(world, client_id, secret, None, now)),
        });
    }
    Ok(issue(world, client_id, secret, None, now))
}

/// Whether it is about a person signing in.
pub(crate) fn is_sign_in(request: &Request) -> bool {
    let fields = Fields::read(request).filter(|_| request.path == "/oauth/token");
    fields.is_some_and(|fields| fields.get("grant_type") == Some("authorization_code"))
}

/// A person's token, for the code that they brought back.
fn signed_in(world: &mut World, fields: &Fields) -> Answered {
    let (client_id, secret) = fields.proven(world)?;
    let (code, redirect) = (fields.get("code"), fields.get("redirect_uri"));
    let verifier = fields.get("code_verifier");
    let person = sign_in::exchange(world, client_id, code, redirect, verifier)?;
    let now = world.clock.now();
    Ok(issue(world, client_id, secret, Some(person), now))
}

fn issue(
    world: &mut World,
    client_id: &str,
    secret: &str,
    person: Option<i64>,
    now: DateTime<Utc>,
) -> Answer {
    let random: Vec<u8> = (0..4)
        .flat_map(|_| uuid::Uuid::new_v4().into_bytes())
        .collect();
    let claims = json!({ "iat": now.timestamp(), "aud": client_id }).to_string();
    let [claims, signature] = [claims.as_bytes(), &random].map(|it| URL_SAFE_NO_PAD.encode(it));
    let access_token = format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzUxMiJ9.{claims}.{signature}");
    let token = Token {
        client_id: client_id.to_owned(),
        person,
        refresh: person.map(|_| uuid::Uuid::new_v4().simple().to_string()),
        secret: secret.to_owned(),
        issued_at: now,
        expires_at: now + TimeDelta::seconds(i64::from(world.token_life)),
        revoked: false,
        excused: false,
    };
    let tokens = &mut world.state.tokens;
    // Long dead tokens are of no more interest.
    tokens.retain(|_, token| token.expires_at + TimeDelta::days(1) > now);
    let mut body = json!({
        "access_token": access_token, "token_type": "bearer",
        "expires_in": world.token_life, "created_at": now.timestamp(),
    });
    if let Some(refresh) = &token.refresh {
        body["refresh_token"] = json!(refresh);
    }
    tokens.insert(access_token, token);
    Answer::ok(body).with("cache-control", "no-store")
}

/// `GET /oauth/token/info`.
pub(crate) fn token_info(world: &mut World, call: &Call<'_>) -> Answered {
    let now = world.clock.now();
    world.token_owner(call.request, now)?;
    let token = call
        .request
        .bearer()
        .and_then(|token| world.state.tokens.get(token));
    let token = token.ok_or(NotFound)?;
    Ok(Answer::ok(json!({
        "resource_owner_id": token.person, "scopes": [],
        "expires_in_seconds": (token.expires_at - now).num_seconds(),
        "application": { "uid": token.client_id }, "created_at": token.issued_at.timestamp(),
    })))
}

/// `POST /oauth/revoke`: 200 for a revoked and for an invalid token alike.
pub(crate) fn revoke(world: &mut World, call: &Call<'_>) -> Answered {
    let fields = credentials_in_body(call)?;
    let token = fields
        .get("token")
        .ok_or_else(|| refusal("revocation without token"))?;
    let (client_id, _) = fields.proven(world)?;
    for (access, known) in &mut world.state.tokens {
        let is_it = access == token || known.refresh.as_deref() == Some(token);
        known.revoked |= is_it && known.client_id == client_id;
    }
    Ok(Answer::ok(json!({})))
}

/// The client that a login request names, right or wrong.
pub(crate) fn named_client(request: &Request) -> Option<String> {
    Some(Fields::read(request)?.get("client_id")?.to_owned())
}

fn credentials_in_body(call: &Call<'_>) -> Result<Fields, Refusal> {
    if call.request.header("authorization").is_some() {
        let why = "credentials in an Authorization header: they belong in the body";
        return Err(Refusal::counted(why, invalid_client()));
    }
    Fields::read(call.request).ok_or_else(|| refusal("the body is neither a form nor JSON"))
}

impl Fields {
    fn read(request: &Request) -> Option<Self> {
        Some(Self(match request.content_type()? {
            "application/x-www-form-urlencoded" => url::form_urlencoded::parse(&request.body)
                .into_owned()
                .collect(),
            "application/json" => serde_json::from_slice(&request.body).ok()?,
            _ => return None,
        }))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The client id and secret, which are right.
    fn proven(&self, world: &World) -> Result<(&str, &str), Refusal> {
        let (Some(id), Some(secret)) = (self.get("client_id"), self.get("client_secret")) else {
            return Err(refusal(
                "login request without client_id and client_secret in the body",
            ));
        };
        let client = world.state.clients.get(id).filter(|client| !client.foreign);
        match client.is_some_and(|client| client.secret.as_deref() == Some(secret)) {
            true => Ok((id, secret)),
            false => Err(invalid_client().into()),
        }
    }
}

fn invalid_client() -> Answer {
    let challenge = "Bearer realm=\"Doorkeeper\", error=\"invalid_client\"";
    Answer::oauth(StatusCode::UNAUTHORIZED, "invalid_client", UNKNOWN_CLIENT)
        .with("www-authenticate", challenge)
}

fn refusal(why: &str) -> Refusal {
    Refusal::counted(
        why,
        Answer::oauth(StatusCode::BAD_REQUEST, "invalid_request", why),
    )
}

impl Token {
    /// More than a quarter of its life is left and its owner knows of no trouble with it.
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        let left = self.expires_at - now;
        !self.revoked && !self.excused && left * 4 > self.expires_at - self.issued_at
    }
}

impl World {
    /// The client whose valid token the request carries, and the person if it is a person's; otherwise
    /// Procore's 401.
    pub(crate) fn token_owner(
        &mut self,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<(String, Option<i64>), Answer> {
        let token = request
            .bearer()
            .and_then(|token| self.state.tokens.get_mut(token));
        let why = match token {
            Some(token) if token.revoked || now >= token.expires_at => {
                token.excused = true;
                match token.revoked {
                    true => "The access token was revoked",
                    false => "The access token expired",
                }
            }
            Some(token) => return Ok((token.client_id.clone(), token.person)),
            None => "The access token is invalid",
        };
        let error = "error=\"invalid_token\"";
        let challenge =
            format!("Bearer realm=\"Doorkeeper\", {error}, error_description=\"{why}\"");
        let answer = Answer::oauth(StatusCode::UNAUTHORIZED, "invalid_token", why);
        Err(answer.with("www-authenticate", challenge))
    }
}
