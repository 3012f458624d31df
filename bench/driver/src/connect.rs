//! Connecting a firm to a simulated Procore, through the forms of the setup.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use sqlx::PgConnection;

use crate::admin::{Admin, Seen, firm_id, step};

/// How long a check or a completion may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(300);
const GLANCE: Duration = Duration::from_millis(20);

/// A company in Procore, and the app that is installed there.
pub struct Company {
    pub id: i64,
    pub client_id: String,
    pub client_secret: String,
    /// What is brought of it.
    pub data: &'static str,
}

impl Company {
    /// The one that the simulated Procore starts with.
    pub fn first() -> Self {
        Self {
            id: 5_358_233,
            client_id: "q2Wm8rT5yK1nC7vB4xZ9aS3dF6gH0jL-pQ_eRtYuIoP".to_owned(),
            client_secret: "sandbox-secret-Zx8Nn2Vq5Lw7Kd3Jh6Rt9Yb4Mc1".to_owned(),
            data: "vendors",
        }
    }
}

/// The setup with one data set chosen, up to its last step.
pub async fn up_to_complete(
    admin: &mut Admin,
    db: &mut PgConnection,
    firm: usize,
    company: &Company,
) -> Result<()> {
    choose(admin, db, firm, company.data, "review", "/credentials").await?;

    let form = Seen::read(db, firm)
        .await?
        .form()
        .append_pair("access_way", "own_app")
        .append_pair("environment", "production")
        .append_pair("company_id", &company.id.to_string())
        .append_pair("client_id", &company.client_id)
        .append_pair("client_secret", &company.client_secret)
        .finish();
    admin
        .send(firm, &step(firm, "credentials"), &form, "/verify")
        .await?;

    check(admin, db, firm, "verify", "/settings").await?;

    choose(admin, db, firm, company.data, "settings", "/permissions").await?;

    check(admin, db, firm, "permissions", "/complete").await
}

/// Sends the choice of data at one of the two steps that ask for it.
async fn choose(
    admin: &mut Admin,
    db: &mut PgConnection,
    firm: usize,
    data: &str,
    at: &str,
    next: &str,
) -> Result<()> {
    let form = Seen::read(db, firm)
        .await?
        .form()
        .append_pair("data", data)
        .finish();
    admin.send(firm, &step(firm, at), &form, next).await
}

/// Confirms the plan, and returns once it is carried out.
pub async fn complete(admin: &mut Admin, db: &mut PgConnection, firm: usize) -> Result<()> {
    let form = Seen::read(db, firm).await?.form().finish();
    admin
        .send(firm, &step(firm, "complete"), &form, "/complete")
        .await?;
    let until = Instant::now() + PATIENCE;
    loop {
        let state: Option<String> =
            sqlx::query_scalar("select state from run where firm_id = $1 and kind = 'completion'")
                .bind(firm_id(firm))
                .fetch_optional(&mut *db)
                .await?;
        match state.as_deref() {
            Some("done") => return Ok(()),
            Some("needs_person" | "abandoned") => bail!("the completion ended as {state:?}"),
            Some(_) | None => {}
        }
        ensure!(Instant::now() < until, "the completion is still {state:?}");
        tokio::time::sleep(GLANCE).await;
    }
}

/// Has a step checked, waits for the end and goes on to the next step.
async fn check(
    admin: &mut Admin,
    db: &mut PgConnection,
    firm: usize,
    name: &str,
    next: &str,
) -> Result<()> {
    let path = step(firm, name);
    let form = Seen::read(db, firm).await?.form().finish();
    admin.send(firm, &path, &form, name).await?;
    let until = Instant::now() + PATIENCE;
    loop {
        // Saving the details began a check, too.
        let outcome: Option<String> = sqlx::query_scalar(
            "select outcome from check_run where firm_id = $1 and purpose = $2
             order by check_run_id desc limit 1",
        )
        .bind(firm_id(firm))
        .bind(name)
        .fetch_one(&mut *db)
        .await?;
        match outcome.as_deref() {
            Some("passed") => break,
            Some(other) => bail!("{name} ended as {other}"),
            None => {}
        }
        ensure!(Instant::now() < until, "{name} does not end");
        tokio::time::sleep(GLANCE).await;
    }
    let form = Seen::read(db, firm).await?.form().finish();
    admin
        .send(firm, &format!("{path}/continue"), &form, next)
        .await
}
