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
use crate::flows::procore_sign_in::choose::{self, ChooseError, obstacle};
use crate::flows::procore_sign_in::{self, install};
use crate::flows::submit_credentials::CompanyId;
use crate::help;
use crate::identity::{FirmId, OnboardingId, Verb};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::claims;
use crate::store::install_waits::{self, InstallWait};
use crate::store::onboardings::Stored;
use crate::store::sign_ins::{SeenCompany, SignIn, SignInHolder};
use crate::text::vendor as text;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::{Notice, NoticeKind, Remedy, Shell};

/// What is shown where an environment has an app of the vendor.
pub(crate) struct VendorPart {
    /// Where *Sign in with Procore* leads.
    pub sign_in: String,
    /// Where *Use this company* leads.
    pub company: String,
    /// Where *Tell me when it is installed* leads.
    pub wait: String,
    /// The page that it is a part of.
    pub here: String,
    /// How the wait for an install stands.
    pub waiting: Option<WaitPart>,
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

impl SignedInPart {
    /// Whether it is the one company that they may use, which is chosen already.
    pub(crate) fn is_only(&self, company: &CompanyChoice) -> bool {
        let usable = self.companies.iter().filter(|it| it.obstacle.is_none());
        company.obstacle.is_none() && usable.count() == 1
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

/// How the wait for an install stands.
pub(crate) struct WaitPart {
    pub notice: Notice,
    /// Whether it may change by itself.
    pub moves: bool,
}

impl WaitPart {
    /// What is new comes first: an app that is there, then those that are looked for.
    fn new(
        app: &App,
        shell: &Shell,
        waits: &[InstallWait],
        sign_in: Option<&SignIn>,
    ) -> Option<Self> {
        let seen = sign_in.iter().flat_map(|it| &it.companies);
        let seen: Vec<i64> = seen.filter(|it| it.installed).map(|it| it.id).collect();
        let waits = waits.iter().filter(|it| !seen.contains(&it.company_id));
        let waits: Vec<&InstallWait> = waits.collect();
        let named = |which: &dyn Fn(&InstallWait) -> bool| -> Vec<String> {
            let chosen = waits.iter().filter(|it| which(it));
            chosen
                .map(|it| text::company(&it.name, it.company_id))
                .collect()
        };
        let is_open = |it: &InstallWait| it.installed_at.is_none() && it.ends_at > shell.now;
        let installed = named(&|it| it.installed_at.is_some());
        let open = named(&is_open);
        let moves = !open.is_empty();
        let until = waits
            .iter()
            .filter(|it| is_open(it))
            .map(|it| it.ends_at)
            .max();
        let notice = match (installed.is_empty(), until) {
            (false, _) => Notice::success(text::installed(&installed)),
            (true, Some(until)) => {
                let until = shell.when(until).day();
                let told = text::waiting(&open, &until, app.mails_leave());
                let may_be_there = waits.iter().any(|it| is_open(it) && it.absent_at.is_none());
                let told = match may_be_there {
                    true => format!("{told} {}", text::IF_IT_IS_THERE),
                    false => told,
                };
                Notice::new(NoticeKind::Waiting, told)
            }
            (true, None) if !waits.is_empty() => {
                Notice::needs_you(text::not_seen(&named(&|_| true)))
            }
            (true, None) => return None,
        };
        Some(Self { notice, moves })
    }
}

/// Where the forms of the part lead, and the page that it is a part of.
pub(crate) struct VendorForms {
    pub sign_in: String,
    pub company: String,
    pub wait: String,
    pub here: String,
}

impl VendorForms {
    pub(crate) fn of_firm(firm: FirmId, here: String) -> Self {
        Self {
            sign_in: paths::procore_sign_in(firm),
            company: paths::use_company(firm),
            wait: paths::wait_for_app(firm),
            here,
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
        // One that gave its company proves nothing more.
        let sign_in = sign_in.filter(|it| it.used_for.is_none());
        let mut companies = Vec::new();
        if let Some(sign_in) = &sign_in {
            let ids: Vec<i64> = sign_in.companies.iter().map(|it| it.id).collect();
            let (firm, environment) = (onboarding.firm_id, sign_in.environment.as_str());
            let taken = claims::list_taken(&mut conn, firm, environment, &ids).await?;
            let choices = sign_in.companies.iter();
            companies.extend(choices.map(|it| choice(sign_in, it, taken.contains(&it.id))));
        }
        let mut waits = install_waits::list_of(&mut conn, at).await?;
        waits.retain(|wait| wait.hand_over == holder.hand_over());
        drop(conn);
        let waiting = WaitPart::new(app, shell, &waits, sign_in.as_ref());
        let signed_in_at = sign_in.as_ref().map(|it| it.environment.clone());
        let target = || stored.target().map(|target| target.environment.clone());
        let environment = signed_in_at.or_else(target);
        let environment = environment.filter(|it| environments.iter().any(|(name, _)| name == it));
        let environment = environment.unwrap_or_else(|| first.clone());
        let values = help::values_of_app(app, stored, &environment);
        Ok(Some(Self {
            sign_in: forms.sign_in,
            company: forms.company,
            wait: forms.wait,
            here: forms.here,
            waiting,
            environment,
            environments,
            signed_in: sign_in.map(|it| SignedInPart {
                who: text::signed_in(&it.person.name, &it.person.login),
                companies,
            }),
            install: install(&values),
        }))
    }
}

fn choice(sign_in: &SignIn, company: &SeenCompany, is_taken: bool) -> CompanyChoice {
    let reason = obstacle(sign_in, company.id);
    let reason = reason.or(is_taken.then_some(ReasonCode::Taken));
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

/// *Tell me when it is installed*: the app, in a company that is not listed.
#[derive(Deserialize)]
pub(crate) struct WaitForm {
    #[serde(default)]
    pub environment: String,
    #[serde(default)]
    pub waiting_company: String,
    #[serde(flatten)]
    pub seen: SeenInput,
}

impl WaitForm {
    /// The company, or the form with what is wrong with it.
    pub(crate) fn company(&self, app: &App) -> Result<CompanyId, FormState> {
        let mut form = FormState::default().keep("waiting_company", clean(&self.waiting_company));
        let company = form.check(
            "waiting_company",
            CompanyId::parse(&self.waiting_company, &app.config.procore_environments),
        );
        company.ok_or(form)
    }
}

pub(super) async fn wait_for_app(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<WaitForm>,
) -> Result<Response, PageError> {
    access.actor.may(Verb::SubmitCredentials)?;
    if app.config.vendor_apps.is_empty() {
        return Err(PageError::Missing); // no page offers it
    }
    let is_done = access.onboarding()?.onboarding.stage == Stage::Done;
    let back = match is_done {
        true => paths::replace_credentials(access.firm.id),
        false => paths::step(access.firm.id, Stage::Credentials),
    };
    let company = match input.company(&app) {
        Ok(company) => company,
        Err(form) if is_done => {
            let mistake = form.error("waiting_company").unwrap_or_default().to_owned();
            return Ok(see_other(back).with_message(&mistake).into_response());
        }
        Err(form) => return credentials::refuse(&app, &access, form).await,
    };
    let (seen, environment) = (input.seen.seen()?, input.environment.as_str());
    install::wait(&app, &access.actor, seen, environment, company).await?;
    Ok(see_other(back).with_success(text::WAITING).into_response())
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
    if app.config.vendor_apps.is_empty() {
        return Err(PageError::Missing); // no page offers it
    }
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
