//! Help texts, filled in for one firm: on pages and in mails.

use crate::app::App;
use crate::config::VendorApp;
use crate::connection::incident::Finding;
use crate::connection::{AccessWay, Settings};
use crate::content::{self, ClickPath, FixCard, PathId, Placeholder, Values};
use crate::ledger::ActionState;
use crate::onboarding::Stage;
use crate::store::actions::Entry;
use crate::store::checks::CheckRow;
use crate::store::onboardings::Stored;
pub(crate) use crate::text::connection::environment_label;
use crate::text::forms::SAVE_AND_CONTINUE;
use crate::text::health::{CHECK_AND_REPLACE, CHECK_NOW, UNDER_REPLACE};
use crate::text::mails::{self, Section, SectionLine};
use crate::text::projects::CHECK_AGAIN;
use crate::text::setup::TRY_AGAIN;
use crate::text::sync::{RECONNECT, RESUME};
use crate::text::time::at_time;
use crate::text::verdict::permissions_in_line;
use crate::verdict::{self, Check, CheckResult, OpenFixes, ProjectFix, ReasonCode};

/// The page of ours that a text is read on, where its last step happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnPage {
    /// The button there that shows whether it is fixed.
    again: &'static str,
    /// Where the details are entered, where that is on the same page.
    entered: Option<&'static str>,
}

impl OwnPage {
    /// A page of the firm on which a run is resumed.
    pub(crate) const RUN: Self = Self::with(TRY_AGAIN);
    /// A page of the firm on which checks are run.
    pub(crate) const CHECKS: Self = Self::with(CHECK_AGAIN);
    /// The page of a colleague who changes something in Procore.
    pub(crate) const FIX: Self = Self::CHECKS;
    /// The page of a colleague who enters the details: before they did, and afterwards.
    pub(crate) const ENTER: Self = Self {
        again: SAVE_AND_CONTINUE,
        entered: Some("here"),
    };
    pub(crate) const ENTERED: Self = Self {
        again: CHECK_AGAIN,
        entered: Some("here"),
    };

    const fn with(again: &'static str) -> Self {
        Self {
            again,
            entered: None,
        }
    }

    fn fill(self, values: Values) -> Values {
        let values = values.set(Placeholder::Again, self.again);
        match self.entered {
            Some(place) => values.set(Placeholder::InDetails, place),
            None => values,
        }
    }
}

/// What is known about the firm. Never its client id or secret.
pub(crate) fn values(app: &App, stored: Option<&Stored>) -> Values {
    let mut values = Values::default()
        .with(Placeholder::Product, app.config.product_name.as_str())
        .with(
            Placeholder::Namespace,
            app.config.webhook_namespace.as_str(),
        )
        .with(
            Placeholder::Support,
            app.config.support_contact.clone().unwrap_or_default(),
        );
    let environment = stored
        .and_then(Stored::target)
        .map(|it| it.environment.as_str());
    let vendor_app = match environment {
        Some(environment) => app.config.vendor_app(environment),
        None => app.config.vendor_apps.first(),
    };
    values = installed_by(values, vendor_app);
    let Some(stored) = stored else {
        return values;
    };
    if let Some(company_id) = stored.company_id() {
        values = values.with(Placeholder::CompanyId, company_id.to_string());
    }
    if let Some(target) = stored.target() {
        values = values.with(
            Placeholder::Environment,
            content::environment_words(&target.environment),
        );
        if let Some(environment) = app.config.procore_environment(&target.environment) {
            values = values.with(
                Placeholder::Web,
                environment.web.host_str().unwrap_or_default(),
            );
        }
    }
    let connection = stored.connection.as_ref();
    if let Some(home) = connection.and_then(|it| it.company_home()) {
        values = values
            .with(Placeholder::Web, home.host_str().unwrap_or_default())
            .with(Placeholder::CompanyPage, home);
    }
    values = match stored.onboarding.stage {
        Stage::Completing => values.with(Placeholder::Again, TRY_AGAIN),
        Stage::Done => values.in_use(UNDER_REPLACE, CHECK_AND_REPLACE),
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => values,
    };
    let settings = stored.wanted().cloned();
    let settings = settings.unwrap_or_else(Settings::suggested);
    let permissions = permissions_in_line(&verdict::smallest_permissions(settings.choices()));
    values.with(Placeholder::Permissions, permissions).with(
        Placeholder::Company,
        stored.company_name().unwrap_or_default(),
    )
}

/// The same for somebody who installs the vendor's app in this environment.
pub(crate) fn values_of_app(app: &App, stored: &Stored, environment: &str) -> Values {
    let values = values(app, Some(stored));
    installed_by(values, app.config.vendor_app(environment))
}

/// Adds what installs the vendor's app.
fn installed_by(values: Values, app: Option<&VendorApp>) -> Values {
    let Some(app) = app else { return values };
    let key = app.version_key.clone().unwrap_or_default();
    let listing = app.listing.as_ref().map(ToString::to_string);
    values
        .set(Placeholder::AppVersionKey, key)
        .set(Placeholder::AppListing, listing.unwrap_or_default())
}

/// A click path, filled in.
pub(crate) fn path(id: PathId, values: &Values) -> Option<ClickPath> {
    content::shared().ok()?.path(id, values)
}

/// The remedy for a row, filled in for a page; none for a row without a reason.
pub(crate) fn remedy(
    result: &CheckResult,
    stored: &Stored,
    values: Values,
    until: Option<&str>,
    page: OwnPage,
) -> Option<content::Remedy> {
    let mut values = page.fill(values).with_row(result);
    // Alone it would cost a release of its own; the rest of the choice needs its levels, too.
    if result.reason == Some(ReasonCode::WebhookLevel)
        && let Some(permissions) = values.known(Placeholder::Permissions)
    {
        values = values.with(Placeholder::Levels, permissions);
    }
    if let Some(until) = until {
        values = values.with(Placeholder::Until, at_time(until));
    }
    content::shared()
        .ok()?
        .remedy(result.reason?, way(stored), &values)
}

/// The failed ones of some rows as one card, filled in.
pub(crate) fn fix_card(app: &App, stored: &Stored, rows: &[CheckRow]) -> Option<FixCard> {
    let results = rows.iter().filter_map(|row| row.result.clone());
    let results: Vec<CheckResult> = results.collect();
    let values = values(app, Some(stored));
    card_of_results(stored, &results, &values)
}

/// The same where *Reconnect* checks everything again.
pub(crate) fn card_to_reconnect(app: &App, stored: &Stored, rows: &[CheckRow]) -> Option<FixCard> {
    let results = rows.iter().filter_map(|row| row.result.clone());
    let results: Vec<CheckResult> = results.collect();
    let values = values(app, Some(stored)).set(Placeholder::Again, RECONNECT);
    card_of_results(stored, &results, &values)
}

/// The same of details that were typed just now, beside those in use.
pub(crate) fn card_of_new_details(
    app: &App,
    stored: &Stored,
    rows: &[CheckRow],
) -> Option<FixCard> {
    let results = rows.iter().filter_map(|row| row.result.clone());
    let results: Vec<CheckResult> = results.collect();
    let values = values(app, Some(stored)).of_new_details();
    let values = values.set(Placeholder::Again, CHECK_AND_REPLACE);
    card_of_results(stored, &results, &values)
}

/// What ends an incident as a card, filled in.
pub(crate) fn card_of_finding(app: &App, stored: &Stored, finding: &Finding) -> Option<FixCard> {
    card_of_findings(app, stored, &[finding])
}

/// What ends several incidents that are fixed together, as one card.
pub(crate) fn card_of_findings(
    app: &App,
    stored: &Stored,
    findings: &[&Finding],
) -> Option<FixCard> {
    let values = values(app, Some(stored)).set(Placeholder::Again, once_resumed(stored, CHECK_NOW));
    let mut rows: Vec<CheckResult> = Vec::new();
    for row in findings.iter().flat_map(|finding| &finding.rows) {
        if !rows.iter().any(|known| known.check == row.check) {
            rows.push(row.clone());
        }
    }
    let mut codes = findings.iter().map(|finding| finding.code);
    if findings.len() > 1
        && codes.any(|code| code == ReasonCode::WebhookLevel)
        && !rows.iter().any(|row| row.check == Check::Webhooks)
    {
        rows.push(CheckResult::webhooks_refused()); // its look knows the reason alone
    }
    let in_general = || {
        let remedy = remedy_in_general(findings.first()?.code, stored, &values);
        remedy.map(FixCard::from)
    };
    card_of_results(stored, &rows, &values).or_else(in_general)
}

/// The button that looks again; while the connection is paused, the one that resumes it.
pub(crate) fn once_resumed<'a>(stored: &Stored, again: &'a str) -> &'a str {
    let connection = stored.connection.as_ref();
    match connection.and_then(|it| it.pause.as_ref()) {
        Some(_) => RESUME,
        None => again,
    }
}

fn card_of_results(stored: &Stored, results: &[CheckResult], values: &Values) -> Option<FixCard> {
    let open = OpenFixes::of(results)?;
    let help = content::shared().ok()?;
    help.fix_card(&open, way(stored), values)
}

/// What has to be fixed in projects as one card, filled in; `again` is the button of its page that shows
/// whether it is.
pub(crate) fn card_of_projects(
    app: &App,
    stored: &Stored,
    fixes: &[ProjectFix],
    again: &str,
) -> Option<FixCard> {
    let values = values(app, Some(stored)).set(Placeholder::Again, again);
    content::shared()
        .ok()?
        .projects_card(fixes, way(stored), &values)
}

/// The card as a mail sets it.
pub(crate) fn section(card: &FixCard) -> Section {
    let steps = card.steps.iter();
    let lines = card.lines.iter().map(|line| SectionLine {
        what: line.what.clone(),
        now: line.now.clone(),
        needed: line.needed.clone(),
        purpose: line.purpose.clone(),
    });
    Section {
        title: card.title.clone(),
        texts: card.why.clone(),
        lines: lines.collect(),
        steps: steps.map(|it| content::plain(&it.step.pieces)).collect(),
        small: mails::who_can_fix(&card.who, &card.codes),
    }
}

/// The remedy for the reason why a completion needs a person, for a page.
pub(crate) fn remedy_of_completion(
    app: &App,
    stored: &Stored,
    ledger: &[Entry],
    code: ReasonCode,
    page: OwnPage,
) -> Option<content::Remedy> {
    let at = ledger
        .iter()
        .find(|entry| is_stopped(entry) && entry.code == Some(code));
    let mut values = page.fill(values(app, Some(stored)));
    if let ReasonCode::Level(tool) = code {
        values = values.with(Placeholder::Tool, tool.label());
    }
    if let Some(data_set) = at.and_then(|entry| entry.action.data_set()) {
        let needs = data_set.entry().needs();
        values = values
            .with(Placeholder::What, data_set.label())
            .with(Placeholder::Level, needs.level.label())
            .with(
                Placeholder::Levels,
                format!("{}: {}", needs.tool, needs.level),
            );
    }
    content::shared().ok()?.remedy(code, way(stored), &values)
}

/// Whether an action is stopped by something that a person has to fix.
pub(crate) fn is_stopped(entry: &Entry) -> bool {
    matches!(entry.state, ActionState::Partial | ActionState::NeedsPerson)
}

/// The remedy for a reason in general terms, where no row names tool and level.
pub(crate) fn remedy_in_general(
    code: ReasonCode,
    stored: &Stored,
    values: &Values,
) -> Option<content::Remedy> {
    content::shared().ok()?.remedy(code, way(stored), values)
}

fn way(stored: &Stored) -> AccessWay {
    let target = stored.target();
    target.map_or(AccessWay::OwnApp, |target| target.access_way)
}
