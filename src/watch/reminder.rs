//! The reminder: where the setup stands, why, what fixes it, and what is left.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use crate::app::App;
use crate::connection::AccessWay;
use crate::content::{self, Placeholder, Remedy, Values, environment_words};
use crate::identity::FirmId;
use crate::mail::Letter;
use crate::onboarding::ledger::CheckPurpose;
use crate::onboarding::situation::{Kind, Situation, SituationCode};
use crate::onboarding::{Onboarding, Stage};
use crate::paths;
use crate::store::checks;
use crate::store::onboardings::Stored;
use crate::verdict::{self, CheckResult, ReasonCode};

/// What a reminder tells.
pub struct Facts<'a> {
    pub firm: &'a str,
    pub onboarding: &'a Onboarding,
    pub situation: Situation,
    /// Since when nothing moved.
    pub since: DateTime<Utc>,
    pub remedy: Option<&'a Remedy>,
}

/// The reminder for one recipient, whose token stops these mails.
pub fn write(app: &App, facts: &Facts<'_>, token: &SecretString) -> Letter {
    let stage = facts.onboarding.stage;
    let product = &app.config.product_name;
    let mut letter = Letter::new("reminder", subject(facts, product)).paragraph(format!(
        "Nothing has moved since {} in the setup that connects Procore to {product} for {}. \
         Everything that was entered is saved.",
        facts.since.format("%-d %B %Y"),
        facts.firm,
    ));
    if let Some(sentence) = sentence(facts.situation.code) {
        letter = letter.paragraph(sentence);
    }
    if let Some(remedy) = facts.remedy {
        letter = letter.paragraph(remedy.explanation());
        for step in &remedy.steps {
            let text = content::plain(&step.pieces);
            letter = letter.paragraph(format!("{}. {text}", step.number));
        }
        letter = letter.paragraph(format!("Who can do it: {}", remedy.who));
    }
    letter = letter.paragraph("What is left:");
    for step in Stage::STEPS {
        if step >= stage.step() {
            let text = format!("Step {}: {}", step.number(), step.label());
            letter = letter.point(text, Some(address(app, facts, step)));
        }
    }
    letter = letter
        .action(
            format!("Go on at step {}", stage.number()),
            address(app, facts, stage),
        )
        .closing(format!(
            "This goes to everybody who acts for {}, at most once a week, until Procore is connected.",
            facts.firm
        ));
    if let Some(code) = facts.situation.reason {
        letter = letter.closing(format!("Ref {code}"));
    }
    letter.unsubscribe(app.link(&paths::reminder(token)))
}

fn subject(facts: &Facts<'_>, product: &str) -> String {
    let stage = facts.onboarding.stage;
    match facts.situation.code {
        SituationCode::NeverStarted => format!("Connecting Procore to {product} has not begun yet"),
        code if code.kind() == Kind::Stopped => {
            format!("Your Procore setup needs you at step {}", stage.number())
        }
        _ => format!("Your Procore setup waits at step {}", stage.number()),
    }
}

/// What is the matter, where no remedy says it.
fn sentence(code: SituationCode) -> Option<&'static str> {
    match code {
        SituationCode::NeverStarted => Some(
            "It takes about 15 minutes of work, plus the time that your Procore administrator needs.",
        ),
        SituationCode::WaitingForAdmin => Some(
            "A colleague was asked to do something in Procore and has not finished yet. You can send the link again at that step.",
        ),
        SituationCode::CompletionNeedsPerson => {
            Some("Setting up stopped because something has to be fixed:")
        }
        code if code.kind() == Kind::Stopped => {
            Some("The last checks found something that has to be fixed:")
        }
        _ => None,
    }
}

fn address(app: &App, facts: &Facts<'_>, step: Stage) -> SecretString {
    app.link(&paths::step(FirmId(facts.onboarding.firm_id), step))
}

/// What fixes the cause, filled in with what the failing check knows.
pub async fn remedy(
    conn: &mut PgConnection,
    app: &App,
    stored: &Stored,
    reason: Option<ReasonCode>,
) -> anyhow::Result<Option<Remedy>> {
    let Some(code) = reason else {
        return Ok(None);
    };
    let mut values = values(app, stored);
    if let ReasonCode::Level(tool) = code {
        values = values.with(Placeholder::Tool, tool.label());
    }
    if let Some(row) = first_failing(conn, &stored.onboarding).await? {
        values = values.with_row(&row);
    }
    let way = stored
        .target()
        .map_or(AccessWay::OwnApp, |target| target.access_way);
    let help = content::shared()?;
    Ok(help.remedy(code, way, &values))
}

async fn first_failing(
    conn: &mut PgConnection,
    onboarding: &Onboarding,
) -> anyhow::Result<Option<CheckResult>> {
    let purpose = match onboarding.stage {
        Stage::Verify => CheckPurpose::Verify,
        Stage::Permissions => CheckPurpose::Permissions,
        Stage::Review
        | Stage::Credentials
        | Stage::Settings
        | Stage::Complete
        | Stage::Completing
        | Stage::Done => return Ok(None),
    };
    let Some(id) = onboarding.connection_id else {
        return Ok(None);
    };
    let firm_id = onboarding.firm_id;
    let Some(run) = checks::find_counting(conn, firm_id, id, purpose).await? else {
        return Ok(None);
    };
    let rows = checks::list_rows(conn, firm_id, run.id).await?;
    let results: Vec<CheckResult> = rows.into_iter().filter_map(|row| row.result).collect();
    Ok(verdict::first_cause(&results).cloned())
}

fn values(app: &App, stored: &Stored) -> Values {
    let config = &app.config;
    let values = Values::default()
        .with(Placeholder::Product, config.product_name.as_str())
        .with(Placeholder::Namespace, config.webhook_namespace.as_str())
        .with(
            Placeholder::Support,
            config.support_contact.clone().unwrap_or_default(),
        )
        .with(
            Placeholder::Company,
            stored.company_name().unwrap_or_default(),
        );
    let Some(target) = stored.target() else {
        return values;
    };
    let environment = config.procore_environment(&target.environment);
    let web = environment.and_then(|environment| environment.web.host_str());
    values
        .with(Placeholder::CompanyId, target.company_id.to_string())
        .with(
            Placeholder::Environment,
            environment_words(&target.environment),
        )
        .with(Placeholder::Web, web.unwrap_or_default())
}
