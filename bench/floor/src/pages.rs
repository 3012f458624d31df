//! The pages: a heading, the list of steps, a form; then spaces up to the product's size.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Html;
use uuid::Uuid;

use crate::queries::{self, Onboarding, Session};
use crate::{Failure, Floor};

/// The steps, and what each asks.
const STEPS: [(&str, &str, &str); 6] = [
    ("review", "Review", "What you need, and what happens."),
    (
        "credentials",
        "Credentials",
        "You enter the Client ID and secret.",
    ),
    (
        "verify",
        "Verify",
        "We check them and show you the company.",
    ),
    ("settings", "Settings", "You choose which data to bring."),
    (
        "permissions",
        "Permissions",
        "We check that Procore lets us read exactly that.",
    ),
    ("complete", "Complete", "You see the plan and confirm it."),
];

/// The data sets: key, name, and a sentence about each.
const SETS: [(&str, &str, &str); 8] = [
    (
        "projects",
        "Projects",
        "Your jobs, with their stages, types and regions.",
    ),
    ("users", "People", "The people in your company directory."),
    ("vendors", "Companies", "The companies you work with."),
    ("departments", "Departments", "Departments of your firm."),
    ("offices", "Offices", "Offices of your firm."),
    ("programs", "Programs", "Programs that group your projects."),
    ("trades", "Trades", "Trades that your companies work in."),
    ("cost_codes", "Cost codes", "Your standard cost codes."),
];

#[derive(Template)]
#[template(path = "review.html")]
struct Review<'a> {
    firm: Uuid,
    session: &'a Session,
    onboarding: &'a Onboarding,
    title: &'static str,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings<'a> {
    firm: Uuid,
    session: &'a Session,
    onboarding: &'a Onboarding,
    title: &'static str,
    chosen: Vec<&'a str>,
    /// `data_set:{key}` of what was proven to be readable.
    proven: Vec<String>,
}

impl Settings<'_> {
    fn is_proven(&self, key: &str) -> bool {
        self.proven
            .iter()
            .any(|name| name.strip_prefix("data_set:") == Some(key))
    }
}

pub async fn review(
    State(floor): State<Floor>,
    Path(firm): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Html<Vec<u8>>, Failure> {
    let (session, onboarding) = queries::find(&floor.db, &headers, firm).await?;
    let page = Review {
        firm,
        session: &session,
        onboarding: &onboarding,
        title: "Connect Procore",
    };
    padded(&page, floor.sizes.review)
}

pub async fn settings(
    State(floor): State<Floor>,
    Path(firm): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Html<Vec<u8>>, Failure> {
    let (session, onboarding) = queries::find(&floor.db, &headers, firm).await?;
    let saved = onboarding.settings.as_ref().and_then(|it| it.as_array());
    let chosen = match saved {
        Some(choices) => choices
            .iter()
            .filter_map(|choice| choice.get("data_set")?.as_str())
            .collect(),
        None => vec!["projects"],
    };
    let proven = match saved {
        Some(_) => queries::find_proven(&floor.db, firm, &onboarding).await?,
        None => Vec::new(),
    };
    let page = Settings {
        firm,
        session: &session,
        onboarding: &onboarding,
        title: "Choose what to bring from Procore",
        chosen,
        proven,
    };
    padded(&page, floor.sizes.settings)
}

pub fn padded(page: &impl Template, bytes: usize) -> Result<Html<Vec<u8>>, Failure> {
    let mut html = page.render()?.into_bytes();
    html.resize(bytes.max(html.len()), b' ');
    Ok(Html(html))
}
