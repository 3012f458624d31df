//! Signing in with Procore: the consent page, and the code that it hands out.

use std::collections::BTreeMap;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::answer::{Answer, Answered, Payload, Refusal};
use crate::call::Call;
use crate::people::Person;
use crate::request::Request;
use crate::world::World;

/// How long a code may be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// What Procore says of a redirect address that is not registered to the letter.
const WRONG_REDIRECT: &str =
    "The requested redirect uri is malformed or doesn't match client redirect URI.";

/// A code that a person's consent made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub client_id: String,
    pub redirect_uri: String,
    pub person: i64,
    pub challenge: Option<String>,
    pub issued_at: DateTime<Utc>,
    pub used: bool,
}

/// What the address of the consent page asks for.
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: String,
    challenge: Option<String>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    asked: &'a Asked,
    people: &'a BTreeMap<i64, Person>,
}

/// `GET /oauth/authorize`: who signs in, and whether they let the app in.
pub(crate) fn consent(world: &mut World, call: &Call<'_>) -> Answered {
    let asked = Asked::read(world, &call.request.query)?;
    let page = ConsentPage {
        asked: &asked,
        people: &world.state.people,
    };
    let html = page.render().unwrap_or_default();
    Ok(Answer::new(StatusCode::OK, Payload::Html(html)))
}

/// The same, answered: sends the person back to the app.
pub(crate) fn decide(world: &mut World, call: &Call<'_>) -> Answered {
    let fields = form(call.request);
    let asked = Asked::read(world, &fields)?;
    let value = |name: &str| fields.iter().find(|(key, _)| key == name);
    let mut back = form_urlencoded::Serializer::new(String::new());
    let person = value("person").and_then(|(_, id)| id.parse().ok());
    let person = person.filter(|id| world.state.people.contains_key(id));
    match (value("decision").map(|(_, it)| it.as_str()), person) {
        (Some("allow"), Some(person)) => {
            let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
            let code = URL_SAFE_NO_PAD.encode(random.map(uuid::Uuid::into_bytes).concat());
            let issued = Code {
                client_id: asked.client_id.clone(),
                redirect_uri: asked.redirect_uri.clone(),
                person,
                challenge: asked.challenge.clone(),
                issued_at: world.clock.now(),
                used: false,
            };
            world.state.codes.insert(code.clone(), issued);
            back.append_pair("code", &code);
        }
        _ => {
            back.append_pair("error", "access_denied");
            let why = "The resource owner or authorization server denied the request.";
            back.append_pair("error_description", why);
        }
    }
    if !asked.state.is_empty() {
        back.append_pair("state", &asked.state);
    }
    let joined = match asked.redirect_uri.contains('?') {
        true => '&',
        false => '?',
    };
    let to = format!("{}{joined}{}", asked.redirect_uri, back.finish());
    Ok(Answer::empty(StatusCode::FOUND).with("location", to))
}

/// Exchanges a code for the person who gave it. A code that is used twice counts as a violation.
pub(crate) fn exchange(
    world: &mut World,
    client_id: &str,
    code: Option<&str>,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
) -> Result<i64, Refusal> {
    let why = "The provided authorization grant is invalid, expired, revoked, does not match the \
               redirection URI used in the authorization request, or was issued to another client.";
    let refused = || Answer::oauth(StatusCode::BAD_REQUEST, "invalid_grant", why);
    let now = world.clock.now();
    let known = code.and_then(|code| world.state.codes.get_mut(code));
    let Some(known) = known else {
        return Err(refused().into());
    };
    if known.used {
        return Err(Refusal::counted("a code was used twice", refused()));
    }
    known.used = true;
    let hashed = verifier.map(|it| URL_SAFE_NO_PAD.encode(digest(&SHA256, it.as_bytes())));
    let fits = known.client_id == client_id
        && Some(known.redirect_uri.as_str()) == redirect_uri
        && now < known.issued_at + CODE_LIFE
        && (world.ignores_pkce || known.challenge == hashed);
    match fits {
        true => Ok(known.person),
        false => Err(refused().into()),
    }
}

pub(crate) fn form(request: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

impl Asked {
    /// Nobody is ever sent to an address that the app did not register.
    fn read(world: &World, fields: &[(String, String)]) -> Result<Self, Refusal> {
        let value = |name: &str| {
            let found = fields.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        let wrong = |text: &str| Answer::html(StatusCode::BAD_REQUEST, text);
        let client_id = value("client_id").unwrap_or_default();
        let client = world.state.clients.get(&client_id);
        let Some(client) = client.filter(|client| !client.foreign) else {
            let text = "Client authentication failed due to unknown client.";
            return Err(wrong(text).into());
        };
        let redirect_uri = value("redirect_uri").unwrap_or_default();
        if !client.redirects.contains(&redirect_uri) {
            return Err(wrong(WRONG_REDIRECT).into());
        }
        if value("response_type").as_deref() != Some("code") {
            let text = "The authorization server does not support this response type.";
            return Err(Refusal::counted(text, wrong(text)));
        }
        let challenge = value("code_challenge").filter(|it| !it.is_empty());
        if challenge.is_some() && value("code_challenge_method").as_deref() != Some("S256") {
            let text = "The code challenge method must be S256.";
            return Err(Refusal::counted(text, wrong(text)));
        }
        Ok(Self {
            client_id,
            redirect_uri,
            state: value("state").unwrap_or_default(),
            challenge,
        })
    }
}
