//! The people of `seed.sql`, as they sit before their browsers.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::http::{Answer, Connection};

/// How many firms there are.
pub const FIRMS: usize = 2000;

/// The admin of a firm, with a connection that stays open.
pub struct Admin {
    pub conn: Connection,
}

/// The n-th firm, counted from 0, of those that stand at the settings.
pub fn at_settings(n: usize) -> usize {
    1 + n * 2 % FIRMS
}

/// The n-th firm, counted from 0, of those that have not begun.
pub fn at_review(n: usize) -> usize {
    2 + n * 2 % FIRMS
}

pub fn firm_id(firm: usize) -> Uuid {
    Uuid::from_u128(0x00000000_0000_7000_8000_000000000000 + firm as u128)
}

pub fn step(firm: usize, step: &str) -> String {
    format!("/firms/{}/procore/setup/{step}", firm_id(firm))
}

fn cookie(firm: usize) -> String {
    format!("concierge-session=bench-session-{firm}")
}

/// Which onboarding a page shows, and in which version: every form carries it.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Seen {
    pub onboarding_id: Uuid,
    pub version: i64,
}

impl Seen {
    pub async fn read(db: &mut PgConnection, firm: usize) -> Result<Self> {
        let row = sqlx::query_as(
            "select onboarding_id, version from onboarding where firm_id = $1 and archived_at is null",
        );
        Ok(row.bind(firm_id(firm)).fetch_one(db).await?)
    }

    pub fn form(self) -> form_urlencoded::Serializer<'static, String> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("onboarding", &self.onboarding_id.to_string())
            .append_pair("version", &self.version.to_string());
        form
    }
}

impl Admin {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let conn = Connection::open(address).await?;
        Ok(Self { conn })
    }

    pub async fn look(&mut self, firm: usize, path: &str) -> Result<Answer> {
        let answer = self.conn.get(path, &cookie(firm)).await?;
        let said = String::from_utf8_lossy(&answer.body);
        ensure!(
            answer.status == 200,
            "{path} answered {}: {said}",
            answer.status
        );
        Ok(answer)
    }

    /// Sends a form and expects to be led on to `next`.
    pub async fn send(&mut self, firm: usize, path: &str, form: &str, next: &str) -> Result<()> {
        let answer = self.conn.post(path, &cookie(firm), form).await?;
        let said = String::from_utf8_lossy(&answer.body);
        ensure!(
            answer.status == 303,
            "{path} answered {}: {said}",
            answer.status
        );
        let to = answer.location.unwrap_or_default();
        ensure!(to.ends_with(next), "{path} led to {to} instead of {next}");
        Ok(())
    }
}
