//! The form for the Procore details, with the tasks in Procore before it: step 2, and the page of a
//! colleague who was asked for them.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::connection::{AccessWay, Target};
use crate::content::{PathId, Placeholder, Values};
use crate::flows::submit_credentials::{
    ClientId, ClientSecret, ClientSecretError, CompanyId, Details,
};
use crate::help;
use crate::onboarding::Onboarding;
use crate::store::onboardings::Stored;
use crate::text::forms;
use crate::web::form::{FormState, clean};
use crate::web::view::Remedy;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct DetailsInput {
    #[serde(default)]
    access_way: String,
    #[serde(default)]
    environment: String,
    #[serde(default)]
    company_id: String,
    #[serde(default)]
    client_id: String,
    #[serde(default = "no_secret")]
    client_secret: SecretString,
    /// Whether they have the Client ID and secret, as they said.
    #[serde(default)]
    have: String,
}

fn no_secret() -> SecretString {
    SecretString::from("")
}

impl DetailsInput {
    /// Reads the form, all mistakes at once. A secret left empty means the stored one, if there is
    /// one of the same client: `stored` is its Client ID.
    pub(crate) fn parse(&self, app: &App, stored: Option<&str>) -> (FormState, Option<Details>) {
        let environment = match self.environment.as_str() {
            "" => app
                .config
                .procore_environments
                .first()
                .map_or("", |first| first.name.as_str()),
            chosen => chosen,
        };
        let mut form = FormState::default()
            .keep("access_way", self.access_way.as_str())
            .keep("environment", environment)
            .keep("company_id", clean(&self.company_id))
            .keep("client_id", clean(&self.client_id))
            .keep("have", self.have.as_str());
        let way = form.check(
            "access_way",
            AccessWay::from_stored(&self.access_way)
                .filter(|way| way.has_own_key())
                .ok_or(forms::ACCESS_WAY),
        );
        let environment = form.check(
            "environment",
            app.config
                .procore_environment(environment)
                .ok_or(forms::ENVIRONMENT),
        );
        let company_id = form.check(
            "company_id",
            CompanyId::parse(&self.company_id, &app.config.procore_environments),
        );
        let client_id = form.check("client_id", ClientId::parse(&self.client_id));
        let typed = client_id.as_ref().map(ClientId::as_str);
        let keeps = stored.is_some() && (typed.is_none() || typed == stored);
        let secret = form.check("client_secret", parse_secret(&self.client_secret, keeps));
        if let (Some(Some(secret)), Some(client_id)) = (&secret, &client_id)
            && secret.equals(client_id)
        {
            form.fail("client_secret", forms::SAME_TWICE);
        }
        let details = match (way, environment, company_id, client_id, secret) {
            (Some(way), Some(environment), Some(company_id), Some(client_id), Some(secret))
                if form.is_valid() =>
            {
                Some(Details {
                    target: Target {
                        environment: environment.name.clone(),
                        company_id: company_id.get(),
                        access_way: way,
                    },
                    client_id,
                    client_secret: secret,
                })
            }
            _ => None,
        };
        (form, details)
    }
}

fn parse_secret(
    secret: &SecretString,
    may_be_empty: bool,
) -> Result<Option<ClientSecret>, ClientSecretError> {
    match ClientSecret::parse(secret.expose_secret()) {
        Err(ClientSecretError::Missing) if may_be_empty => Ok(None),
        secret => secret.map(Some),
    }
}

/// The form as first shown.
pub(crate) fn blank(
    app: &App,
    stored: &Stored,
    way: Option<AccessWay>,
    client_id: &str,
) -> FormState {
    let target = stored.target();
    let has_app = !app.config.vendor_apps.is_empty();
    let way = way
        .or(target.map(|target| target.access_way))
        .filter(|way| has_app || way.has_own_key());
    let way = way.unwrap_or(match has_app {
        true => AccessWay::VendorApp,
        false => AccessWay::OwnApp,
    });
    let environment = target.map_or("", |target| target.environment.as_str());
    let company_id = stored.company_id().map(|id| id.to_string());
    FormState::default()
        .keep("access_way", way.as_str())
        .keep("environment", environment)
        .keep("company_id", company_id.unwrap_or_default())
        .keep("client_id", client_id)
        .keep("have", have(&stored.onboarding, client_id))
}

/// Whether they have the Client ID and secret, as far as is known.
fn have(onboarding: &Onboarding, client_id: &str) -> &'static str {
    let has_begun =
        !onboarding.tasks_done.is_empty() || onboarding.approval_pending_since.is_some();
    match (client_id, has_begun) {
        ("", true) => "not_yet",
        ("", false) => "",
        _ => "yes",
    }
}

/// The choices of the form, and what is done in Procore before it.
pub(crate) struct Offer {
    pub ways: Vec<Way>,
    /// Name and label of each; asked for only where there are several.
    pub environments: Vec<(String, String)>,
    pub paths: Vec<Path>,
}

/// One way of giving access.
pub(crate) struct Way {
    pub value: &'static str,
    pub id: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
}

/// The click path for one way of giving access.
pub(crate) struct Path {
    pub way: &'static str,
    pub intro: String,
    pub notice: Option<String>,
    pub needs: Vec<String>,
    pub remedy: Remedy,
    /// Whether its steps make up tasks.
    pub in_tasks: bool,
    pub notes: Vec<String>,
}

impl Offer {
    /// `stuck` is where *I can't find this* leads, given the name of a help text.
    pub(crate) fn new(
        app: &App,
        values: &Values,
        form: &FormState,
        stuck: impl Fn(&str) -> String,
    ) -> Self {
        let values = values
            .clone()
            .with(Placeholder::CompanyId, form.value("company_id"));
        let environments = app.config.procore_environments.iter();
        Self {
            ways: ways(app),
            environments: environments
                .map(|environment| {
                    (
                        environment.name.clone(),
                        help::environment_label(&environment.name),
                    )
                })
                .collect(),
            paths: AccessWay::WITH_KEY
                .into_iter()
                .filter_map(|way| path(way, &values, &stuck))
                .collect(),
        }
    }
}

/// The ways on offer; that of the vendor's app only where there is one.
fn ways(app: &App) -> Vec<Way> {
    let ways = match app.config.vendor_apps.is_empty() {
        true => &AccessWay::WITH_KEY[..],
        false => &AccessWay::ALL,
    };
    ways.iter()
        .enumerate()
        .map(|(place, way)| Way {
            value: way.as_str(),
            id: match (place, way) {
                (0, _) => "access_way",
                (_, AccessWay::OwnApp) => "access_way_own",
                (_, AccessWay::LegacyAccount | AccessWay::VendorApp) => "access_way_legacy",
            },
            label: way.label(),
            hint: way.hint(),
        })
        .collect()
}

fn path(way: AccessWay, values: &Values, stuck: impl Fn(&str) -> String) -> Option<Path> {
    let id = PathId::of(way);
    let path = help::path(id, values)?;
    Some(Path {
        way: way.as_str(),
        intro: path.intro.clone(),
        notice: path.notice.clone(),
        needs: path.needs.clone(),
        remedy: Remedy::from(&path).stuck_at(&stuck(id.key())),
        in_tasks: !path.tasks.is_empty(),
        notes: path.notes.clone(),
    })
}
