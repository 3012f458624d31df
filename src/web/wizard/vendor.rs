//! The part of step 2 for the vendor's own app: signing in with Procore, choosing a company, installing
//! the app. The page of a colleague who was asked for it, and the replacement, have it as well.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::SecretString;
use serde::Deserialize;

use super::{SeenInput, credentials, on_to};
use crate::app::App;
use crate::content::{PathId, Values};
use crate::flows;
use crate::flows::procore_sign_in;
use crate::flows::procore_sign_in::choose::{self, ChooseError, obstacle};
use crate::help;
use crate::identity::{FirmId, OnboardingId};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::claims::{self, Claim};
use crate::store::onboardings::Stored;
use crate::store::sign_ins::{SeenCompany, SignIn, SignInHolder};
use crate::text::vendor as text;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Remedy, Shell};

/// What is shown where an environment has an app of the vendor.
pub(crate) struct VendorPart {
    /// Where *Sign in with Procore* leads.
    pub sign_in: String,
    /// Where *Use this company* leads.
    pub company: String,
    /// Those with an app, by name and label.
    pub environments: Vec<(String, String)>,
    pub environment: String,
    pub signed_in: Option<SignedInPart>,
    /// How the app is installed.
    pub install: Option<Remedy>,
}

pub(crate) struct SignedInPart {
    pub who: String,
    pub companies: Vec<CompanyChoice>,
}

impl SignedInPart {
    pub(crate) fn any_usable(&self) -> bool {
        self.companies
            .iter()
            .any(|company| company.obstacle.is_none())
    }
}

/// A company that the person sees.
pub(crate) struct CompanyChoice {
    pub id: i64,
    pub name: String,
    pub obstacle: Option<(&'static str, ReasonCode)>,
}

impl CompanyChoice {
    pub(crate) fn standing(&self) -> &'static str {
        self.obstacle.map_or(text::INSTALLED, |(words, _)| words)
    }
}

/// Where the forms of the part lead.
pub(crate) struct VendorForms {
    pub sign_in: String,
    pub company: String,
}

impl VendorForms {
    pub(crate) fn of_firm(firm: FirmId) -> Self {
        Self {
            sign_in: paths::procore_sign_in(firm),
            company: paths::use_company(firm),
        }
    }
}

impl VendorPart {
    /// The part, if there is an app at all. `only` narrows it to one environment.
    pub(crate) async fn new(
        app: &App,
        shell: &Shell,
        stored: &Stored,
        (holder, browser): (SignInHolder, &SecretString),
        forms: VendorForms,
        only: Option<&str>,
    ) -> Result<Option<Self>, PageError> {
        let apps = app.config.vendor_apps.iter();
        let offered = apps.filter(|it| only.is_none_or(|only| only == it.environment));
        let environments: Vec<_> = offered
            .map(|it| {
                let name = it.environment.clone();
                let label = help::environment_label(&name);
                (name, label)
            })
            .collect();
        let Some((first, _)) = environments.first() else {
            return Ok(None);
        };
        let onboarding = &stored.onboarding;
        let at: (FirmId, OnboardingId) = (onboarding.firm_id, onboarding.id);
        let mut conn = app.db.acquire().await?;
        let sign_in = procore_sign_in::proven(&mut conn, at, (holder, browser), shell.now).await?;
        let mut companies = Vec::new();
        for company in sign_in.iter().flat_map(|it| &it.companies) {
            let Some(sign_in) = &sign_in else { break };
            let (environment, id) = (sign_in.environment.as_str(), company.id);
            let claim = claims::holder(&mut conn, onboarding.firm_id, environment, id).await?;
            companies.push(choice(sign_in, company, claim));
        }
        drop(conn);
        let target = stored.target().map(|target| target.environment.clone());
        let environment = target.filter(|it| environments.iter().any(|(name, _)| name == it));
        let values = help::values(app, Some(stored));
        Ok(Some(Self {
            sign_in: forms.sign_in,
            company: forms.company,
            environment: environment.unwrap_or_else(|| first.clone()),
            environments,
            signed_in: sign_in.map(|it| SignedInPart {
                who: text::signed_in(&it.person.name, &it.person.login),
                companies,
            }),
            install: install(&values),
        }))
    }
}

fn choice(sign_in: &SignIn, company: &SeenCompany, claim: Claim) -> CompanyChoice {
    let reason = obstacle(sign_in, company.id);
    let reason = reason.or((claim == Claim::Taken).then_some(ReasonCode::Taken));
    CompanyChoice {
        id: company.id,
        name: company.name.clone(),
        obstacle: reason.map(|reason| (text::obstacle(reason), reason)),
    }
}

fn install(values: &Values) -> Option<Remedy> {
    help::path(PathId::InstallOurApp, values).map(|path| Remedy::from(&path))
}

/// *Use this company*.
#[derive(Deserialize)]
pub(crate) struct UseCompanyForm {
    #[serde(default)]
    pub company: String,
    #[serde(flatten)]
    pub seen: SeenInput,
}

/// The mistake of the form, if it was one.
pub(crate) fn mistake(error: &ChooseError) -> Option<&'static str> {
    match error {
        ChooseError::NotSignedIn => Some(text::SIGN_IN_FIRST),
        ChooseError::NotUsable(reason) => Some(text::refused(*reason)),
        ChooseError::AnotherCompany => Some(text::ANOTHER_COMPANY),
        ChooseError::Flow(_) => None,
    }
}

pub(super) async fn use_company(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<UseCompanyForm>,
) -> Result<Response, PageError> {
    let holder = SignInHolder::Session(access.session.session_id);
    let seen = input.seen.seen()?;
    let is_done = access.onboarding()?.onboarding.stage == Stage::Done;
    let chosen = match input.company.parse() {
        Ok(company) => {
            choose::run(
                &app,
                &access.actor,
                (holder, &SecretString::default()),
                seen,
                company,
            )
            .await
        }
        Err(_) => {
            let form = failed(text::CHOOSE);
            return credentials::refuse(&app, &access, form).await;
        }
    };
    let replaced = paths::replace_credentials(access.firm.id);
    match chosen {
        Ok(_) if is_done => Ok(see_other(replaced).into_response()),
        Ok(next) => Ok(on_to(&access, Ok::<_, flows::Error>(next))?.into_response()),
        Err(ChooseError::Flow(error)) => {
            Ok(on_to(&access, Err::<Stage, _>(error))?.into_response())
        }
        Err(error) if is_done => {
            let text = mistake(&error).unwrap_or_default();
            Ok(see_other(replaced).with_message(text).into_response())
        }
        Err(error) => {
            let form = failed(mistake(&error).unwrap_or_default());
            credentials::refuse(&app, &access, form).await
        }
    }
}

fn failed(text: &'static str) -> FormState {
    let mut form = FormState::default();
    form.fail("company", text);
    form
}
