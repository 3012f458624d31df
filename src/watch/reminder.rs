//! The reminder: where the setup stands, why, what fixes it, and what is left.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use crate::app::App;
use crate::connection::AccessWay;
use crate::content::{self, Placeholder, Remedy, Values, environment_words};
use crate::mail;
use crate::onboarding::queue_line::QueueLine;
use crate::onboarding::situation::Situation;
use crate::onboarding::{CheckPurpose, Onboarding, Stage};
use crate::paths;
use crate::store::memberships::Member;
use crate::store::onboardings::Stored;
use crate::store::queue_lines::Subject;
use crate::store::{checks, reminders};
use crate::text::mails::{Letter, reminder as words};
use crate::vault;
use crate::verdict::{self, CheckResult, ReasonCode};

/// What a reminder tells.
struct ReminderFacts<'a> {
    pub firm: &'a str,
    pub onboarding: &'a Onboarding,
    pub situation: Situation,
    /// Since when nothing moved.
    pub since: DateTime<Utc>,
    pub remedy: Option<&'a Remedy>,
}

/// Writes to everybody who acts for the firm; each mail has its own link to stop these.
pub(crate) async fn send(
    conn: &mut PgConnection,
    app: &App,
    subject: &Subject,
    line: &QueueLine,
    stored: &Stored,
    members: &[Member],
) -> anyhow::Result<()> {
    let (firm, now) = (subject.firm, app.clock.now());
    let remedy = remedy(conn, app, stored, line.situation.reason).await?;
    for member in members {
        let token = vault::new_endpoint(firm)?;
        let hash = vault::token_hash(&token);
        let about = subject.onboarding;
        reminders::create_link(conn, firm, &hash, about, member.person, now).await?;
        let facts = ReminderFacts {
            firm: &subject.firm_name,
            onboarding: &stored.onboarding,
            situation: line.situation,
            since: line.progress_at,
            remedy: remedy.as_ref(),
        };
        let letter = write(app, &facts, &token);
        mail::queue(conn, app, Some(firm), &member.email, &letter).await?;
    }
    Ok(())
}

/// The reminder for one recipient, whose token stops these mails.
fn write(app: &App, facts: &ReminderFacts<'_>, token: &SecretString) -> Letter {
    let stage = facts.onboarding.stage;
    let product = &app.config.product_name;
    let mut letter = words::letter(
        product,
        facts.firm,
        facts.situation.code,
        stage,
        facts.since,
    );
    if let Some(remedy) = facts.remedy {
        letter = letter.paragraph(remedy.explanation());
        for step in &remedy.steps {
            let text = content::plain(&step.pieces);
            letter = letter.paragraph(format!("{}. {text}", step.number));
        }
        letter = letter.paragraph(words::who(&remedy.who));
    }
    letter = letter.paragraph(words::LEFT);
    for step in Stage::STEPS {
        if step >= stage.step() {
            letter = letter.point(words::step(step), Some(address(app, facts, step)));
        }
    }
    letter = letter
        .action(words::continue_at(stage), address(app, facts, stage))
        .closing(words::why_you_get_this(facts.firm));
    if let Some(code) = facts.situation.reason {
        letter = letter.closing(code.reference());
    }
    letter.unsubscribe(app.link(&paths::reminder(token)))
}

fn address(app: &App, facts: &ReminderFacts<'_>, step: Stage) -> SecretString {
    app.link(&paths::step(facts.onboarding.firm_id, step))
}

/// What fixes the cause, filled in with what the failing check knows.
async fn remedy(
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
