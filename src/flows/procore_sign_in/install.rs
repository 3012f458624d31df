//! Waiting for the vendor's app to be installed: one look at the vendor's list of companies serves all
//! who wait, in this process and after it, and no call goes into a company without the app.
//!
//! A look proves nothing about whose a company is. It only says when signing in with Procore once more
//! is worth it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::activity::ActivityVerb;
use crate::app::App;
use crate::config::VendorApp;
use crate::flows::Error;
use crate::flows::hand_over::{self, further_link};
use crate::flows::onboarding::{Seen, lock};
use crate::identity::{Actor, HandOverId, Verb};
use crate::mail;
use crate::onboarding::Stage;
use crate::paths;
use crate::procore::{CompanyId, CompanyList, Urgency};
use crate::store::claims::{self, Claim};
use crate::store::install_waits::{self, InstallWait};
use crate::store::onboardings::Stored;
use crate::store::{activities, hand_overs, memberships, onboardings, vendor_installs};
use crate::text::mails::{Letter, setup as mails};
use crate::work::{self, Task};

/// The kind of the work that looks.
pub(crate) const KIND: &str = "look_for_installs";

/// How long somebody waits.
const WAITED: TimeDelta = TimeDelta::days(14);
/// Pauses between looks grow with the time that the latest one has waited.
const SHORTEST_PAUSE: TimeDelta = TimeDelta::seconds(30);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
const GROWTH: i32 = 8;
/// After an answer that was none.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(10);
/// Without anybody who waits; for the vendor's own page.
const DAILY: TimeDelta = TimeDelta::days(1);
/// Companies that one setup waits for.
const MOST: usize = 20;

fn task(vendor: &VendorApp) -> Task {
    Task {
        kind: KIND,
        key: vendor.look_id(),
        firm: None,
    }
}

/// A company in which the app is to be waited for.
pub(super) struct Awaited<'a> {
    pub id: i64,
    pub name: &'a str,
    /// Whether the app is known not to be there.
    pub is_absent: bool,
}

/// Begins to wait, for a setup that the caller knows to be open.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    vendor: &VendorApp,
    stored: &Stored,
    hand_over: Option<HandOverId>,
    companies: impl Iterator<Item = Awaited<'_>>,
) -> Result<(), Error> {
    let (onboarding, now) = (&stored.onboarding, app.clock.now());
    let mut is_any = false;
    for company in companies.take(MOST) {
        is_any = true;
        let wait = InstallWait {
            firm: onboarding.firm_id,
            onboarding: onboarding.id,
            company_id: company.id,
            name: company.name.to_owned(),
            hand_over,
            began_at: now,
            ends_at: now + WAITED,
            absent_at: company.is_absent.then_some(now),
            installed_at: None,
        };
        install_waits::begin(conn, &vendor.environment, &wait).await?;
    }
    if is_any {
        work::put(conn, task(vendor), now + SHORTEST_PAUSE).await?;
    }
    Ok(())
}

/// Notes where the app is installed, as Procore just listed it, and sees to it that somebody looks again.
pub(super) async fn note(
    conn: &mut PgConnection,
    vendor: &VendorApp,
    listed: &CompanyList,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let installed: Vec<i64> = listed.companies.iter().map(|it| it.id.get()).collect();
    vendor_installs::note(
        conn,
        &vendor.environment,
        (&installed, listed.is_whole),
        now,
    )
    .await?;
    Ok(work::put(conn, task(vendor), now + DAILY).await?)
}

/// Sees to it that somebody looks where the vendor's app is installed, at least daily.
pub(crate) async fn keep_looking(conn: &mut PgConnection, app: &App) -> Result<(), Error> {
    let due_at = app.clock.now() + DAILY;
    for vendor in &app.config.vendor_apps {
        work::put(conn, task(vendor), due_at).await?;
    }
    Ok(())
}

/// *Tell me when it is there*: somebody names a company that is not listed. What they type proves nothing,
/// and whether the app was there before is not told.
pub(crate) async fn wait(
    app: &App,
    actor: &Actor,
    seen: Seen,
    environment: &str,
    company_id: CompanyId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::SubmitCredentials)?;
    let vendor = app.config.vendor_app(environment).ok_or(Error::Missing)?;
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm, seen).await?;
    let task = hand_over::of(&mut tx, app, actor, &stored.onboarding).await?;
    if stored.onboarding.archived_at.is_some() {
        return Err(Error::Stale);
    }
    // One number at a time: this is no way to find out about others.
    let (at, hand_over) = ((firm, stored.onboarding.id), task.map(|task| task.id));
    install_waits::forget_typed(&mut tx, at, hand_over, company_id.get()).await?;
    let company = Awaited {
        id: company_id.get(),
        name: "",
        is_absent: false,
    };
    let companies = std::iter::once(company);
    begin(&mut tx, app, vendor, &stored, hand_over, companies).await?;
    tx.commit().await?;
    Ok(())
}

/// What a look comes to for one who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// It is not there; noted for the first time.
    Absent,
    Installed,
    /// It did not come in time.
    Ended,
}

/// `is_installed` is nothing where the list does not tell.
fn find(wait: &InstallWait, is_installed: Option<bool>, now: DateTime<Utc>) -> Found {
    match (is_installed, wait.absent_at) {
        (Some(true), Some(_)) => Found::Installed,
        _ if wait.ends_at <= now => Found::Ended,
        (Some(false), None) => Found::Absent,
        (Some(false) | None, Some(_)) | (Some(true) | None, None) => Found::Nothing,
    }
}

/// When the next look is due.
fn next(open: &[InstallWait], now: DateTime<Utc>) -> DateTime<Utc> {
    let latest = open.iter().map(|wait| wait.began_at).max();
    let ends = open.iter().map(|wait| wait.ends_at).min();
    match latest.zip(ends) {
        None => now + DAILY,
        Some((latest, ends)) => {
            let pause = (now - latest) / GROWTH;
            (now + pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).min(ends.max(now + SHORTEST_PAUSE))
        }
    }
}

/// One look, for all who wait for the app that `key` stands for.
pub(crate) async fn look(app: &App, key: Uuid) -> anyhow::Result<()> {
    let mut apps = app.config.vendor_apps.iter();
    let Some(vendor) = apps.find(|vendor| vendor.look_id() == key) else {
        return Ok(()); // no app there any more
    };
    let environment = vendor.environment.as_str();
    let access = app.vendor_access(environment, CompanyId::NONE)?;
    let api = app.procore.company(access, Urgency::Upkeep);
    let listed = api.companies_of_any().await;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut open = install_waits::list_open_for_update(&mut tx, environment).await?;
    let due_at = match listed {
        Ok(listed) => {
            note(&mut tx, vendor, &listed, now).await?;
            let mut waiting = Vec::new();
            for wait in open {
                let is_installed = listed.lists(wait.company_id);
                if settle(&mut tx, app, environment, &wait, is_installed).await? {
                    waiting.push(wait);
                }
            }
            next(&waiting, now)
        }
        Err(error) => {
            tracing::info!("The list of companies with the vendor's app was not read: {error}");
            open.retain(|wait| wait.ends_at > now);
            next(&open, now).max(now + AFTER_FAILURE)
        }
    };
    work::put(&mut tx, task(vendor), due_at).await?;
    tx.commit().await?;
    Ok(())
}

/// Concludes for one who waits, and tells them; returns whether they go on waiting.
async fn settle(
    conn: &mut PgConnection,
    app: &App,
    environment: &str,
    wait: &InstallWait,
    is_installed: Option<bool>,
) -> Result<bool, Error> {
    let (now, id) = (app.clock.now(), wait.company_id);
    let claim = claims::holder(conn, wait.firm, environment, id).await?;
    // What another firm does with its company is not told.
    let found = find(
        wait,
        is_installed.map(|it| it && claim != Claim::Taken),
        now,
    );
    let mut wait = wait.clone();
    let product = &app.config.product_name;
    match found {
        Found::Nothing => return Ok(true),
        Found::Absent => {
            wait.absent_at = Some(now);
            install_waits::note(conn, environment, &wait, None).await?;
            return Ok(true);
        }
        Found::Installed => {
            wait.installed_at = Some(now);
            install_waits::note(conn, environment, &wait, None).await?;
            let company = company(&wait);
            // What companies a colleague sees at Procore is nobody else's to know.
            if wait.hand_over.is_none() {
                let system = Actor::system_for(wait.firm);
                let entry = app.activity(&system, ActivityVerb::AppSeenInstalled);
                activities::record(conn, &entry.about(company.clone())).await?;
            }
            tell(conn, app, &wait, |link| {
                mails::app_installed(product, &company, link)
            })
            .await?;
        }
        Found::Ended => {
            install_waits::note(conn, environment, &wait, Some(now)).await?;
            let company = company(&wait);
            tell(conn, app, &wait, |link| {
                mails::app_not_seen(product, &company, link)
            })
            .await?;
        }
    }
    Ok(false)
}

/// A company as the person who waits knows it.
fn company(wait: &InstallWait) -> String {
    crate::text::vendor::company(&wait.name, wait.company_id)
}

/// Mails those who wait: the colleague whose task it is, as long as it is open; otherwise the firm's admins.
async fn tell(
    conn: &mut PgConnection,
    app: &App,
    wait: &InstallWait,
    letter: impl Fn(secrecy::SecretString) -> Letter,
) -> Result<(), Error> {
    let firm = wait.firm;
    let stored = onboardings::find(conn, firm, wait.onboarding).await?;
    let stored = stored.ok_or(Error::Missing)?;
    if let Some(id) = wait.hand_over {
        let asked = hand_overs::find(conn, firm, id).await?;
        let now = app.clock.now();
        let asked = asked.filter(|it| it.standing(&stored.onboarding, now).is_open());
        if let Some(asked) = asked {
            let link = further_link::add(conn, app, &asked).await?;
            mail::queue(conn, app, Some(firm), &asked.email, &letter(link)).await?;
        }
        // What companies a colleague sees at Procore is nobody else's to know.
        return Ok(());
    }
    let path = match stored.onboarding.stage {
        Stage::Done => paths::replace_credentials(firm),
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete
        | Stage::Completing => paths::step(firm, Stage::Credentials),
    };
    for member in memberships::list(conn, firm).await? {
        let letter = letter(app.link(&path));
        mail::queue(conn, app, Some(firm), &member.email, &letter).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{FirmId, OnboardingId};

    fn wait(began_at: DateTime<Utc>, absent: bool) -> InstallWait {
        InstallWait {
            firm: FirmId::NIL,
            onboarding: OnboardingId::NIL,
            company_id: 1,
            name: String::new(),
            hand_over: None,
            began_at,
            ends_at: began_at + WAITED,
            absent_at: absent.then_some(began_at),
            installed_at: None,
        }
    }

    #[test]
    fn looks_grow_rarer_and_never_pass_an_end() {
        let began = DateTime::UNIX_EPOCH;
        let due = |after: TimeDelta| next(&[wait(began, true)], began + after) - (began + after);
        assert_eq!(due(TimeDelta::zero()), SHORTEST_PAUSE);
        assert_eq!(due(TimeDelta::minutes(16)), TimeDelta::minutes(2));
        assert_eq!(due(TimeDelta::days(3)), LONGEST_PAUSE);
        assert_eq!(due(WAITED - TimeDelta::minutes(5)), TimeDelta::minutes(5));
        assert_eq!(next(&[], began), began + DAILY);
        let late = wait(began + TimeDelta::days(3), true);
        let both = [wait(began, true), late];
        assert_eq!(
            next(&both, began + TimeDelta::days(3)) - (began + TimeDelta::days(3)),
            SHORTEST_PAUSE
        );
    }

    #[test]
    fn only_an_app_that_was_not_there_before_is_told() {
        let began = DateTime::UNIX_EPOCH;
        for (absent, installed, after, found) in [
            (false, Some(true), TimeDelta::hours(1), Found::Nothing),
            (false, Some(false), TimeDelta::hours(1), Found::Absent),
            (false, None, TimeDelta::hours(1), Found::Nothing),
            (true, Some(false), TimeDelta::hours(1), Found::Nothing),
            (true, None, TimeDelta::hours(1), Found::Nothing),
            (true, Some(true), TimeDelta::hours(1), Found::Installed),
            (true, Some(true), WAITED, Found::Installed),
            (true, Some(false), WAITED, Found::Ended),
            (true, None, WAITED, Found::Ended),
            (false, Some(true), WAITED, Found::Ended),
        ] {
            let wait = wait(began, absent);
            assert_eq!(
                find(&wait, installed, began + after),
                found,
                "{absent} {installed:?} {after}"
            );
        }
    }
}
