//! The reminder: where the setup stands, why, what fixes it, and what is left.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use crate::app::App;
use crate::content::FixCard;
use crate::help::{self, OwnPage};
use crate::mail;
use crate::onboarding::queue_line::QueueLine;
use crate::onboarding::situation::Situation;
use crate::onboarding::{CheckPurpose, Onboarding, Stage};
use crate::paths;
use crate::store::memberships::Member;
use crate::store::onboardings::Stored;
use crate::store::queue_lines::Subject;
use crate::store::{actions, checks, reminders, runs};
use crate::text::mails::{Letter, reminder as words};
use crate::vault;
use crate::verdict::ReasonCode;

/// What a reminder tells.
struct ReminderFacts<'a> {
    pub firm: &'a str,
    pub onboarding: &'a Onboarding,
    pub situation: Situation,
    /// Since when nothing moved.
    pub since: DateTime<Utc>,
    /// Everything that has to be fixed, as step 5 shows it.
    pub fixes: Option<&'a FixCard>,
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
    let fixes = fixes(conn, app, stored, line.situation.reason).await?;
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
            fixes: fixes.as_ref(),
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
    letter = letter
        .section(facts.fixes.map(help::section))
        .paragraph(words::LEFT);
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

/// Everything that fixes what stands in the way: what failed where there are checks, what stopped
/// a completion, or what the reason means in general.
async fn fixes(
    conn: &mut PgConnection,
    app: &App,
    stored: &Stored,
    reason: Option<ReasonCode>,
) -> anyhow::Result<Option<FixCard>> {
    let Some(code) = reason else {
        return Ok(None);
    };
    let found = match stored.onboarding.stage {
        Stage::Verify => of_checks(conn, app, stored, CheckPurpose::Verify).await?,
        Stage::Permissions => of_checks(conn, app, stored, CheckPurpose::Permissions).await?,
        Stage::Completing => of_completion(conn, app, stored, code).await?,
        Stage::Review | Stage::Credentials | Stage::Settings | Stage::Complete | Stage::Done => {
            None
        }
    };
    let in_general = || {
        let values = help::values(app, Some(stored));
        help::remedy_in_general(code, stored, &values).map(FixCard::from)
    };
    Ok(found.or_else(in_general))
}

async fn of_checks(
    conn: &mut PgConnection,
    app: &App,
    stored: &Stored,
    purpose: CheckPurpose,
) -> anyhow::Result<Option<FixCard>> {
    let Some(id) = stored.onboarding.connection_id else {
        return Ok(None);
    };
    let firm_id = stored.onboarding.firm_id;
    let Some(run) = checks::find_counting(conn, firm_id, id, purpose).await? else {
        return Ok(None);
    };
    let rows = checks::list_rows(conn, firm_id, run.id).await?;
    Ok(help::fix_card(app, stored, &rows))
}

async fn of_completion(
    conn: &mut PgConnection,
    app: &App,
    stored: &Stored,
    code: ReasonCode,
) -> anyhow::Result<Option<FixCard>> {
    let Some(id) = stored.onboarding.connection_id else {
        return Ok(None);
    };
    let firm_id = stored.onboarding.firm_id;
    let Some(run) = runs::find_newest(conn, firm_id, id).await? else {
        return Ok(None);
    };
    let ledger = actions::list(conn, firm_id, run.id).await?;
    Ok(help::remedy_of_completion(app, stored, &ledger, code, OwnPage::RUN).map(FixCard::from))
}
