//! Where everything is: the programs, the Postgres, the databases.

use std::path::PathBuf;

use anyhow::{Context, Result};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::proc::Cpu;

/// What `scripts/bench` says.
pub struct Place {
    pub concierge: PathBuf,
    pub sandbox: PathBuf,
    pub floor: PathBuf,
    /// Where the programs' own words go.
    pub logs: PathBuf,
    postgres: String,
    postgres_pid: u32,
}

/// A database with the product's schema and two thousand firms, which others are copied from.
const TEMPLATE: &str = "bench_template";

impl Place {
    pub fn from_env() -> Result<Self> {
        let logs = PathBuf::from(env("BENCH_LOGS")?);
        std::fs::create_dir_all(&logs)?;
        Ok(Self {
            concierge: env("BENCH_CONCIERGE")?.into(),
            sandbox: env("BENCH_SANDBOX")?.into(),
            floor: env("BENCH_FLOOR")?.into(),
            logs,
            postgres: env("DATABASE_URL")?,
            postgres_pid: env("BENCH_POSTGRES_PID")?.parse()?,
        })
    }

    pub fn postgres_cpu(&self) -> Result<Cpu> {
        Cpu::of_postgres(self.postgres_pid)
    }

    /// Makes the database that others are copied from.
    pub async fn make_template(&self, migrate: impl AsyncFnOnce(&str) -> Result<()>) -> Result<()> {
        let mut conn = self.connect("postgres").await?;
        // Autovacuum at a time of its own choosing would count against the program measured then.
        conn.execute("alter system set autovacuum = off").await?;
        conn.execute("select pg_reload_conf()").await?;
        conn.execute(AssertSqlSafe(format!("create database {TEMPLATE}")))
            .await?;
        migrate(&self.url(TEMPLATE)).await?;
        let mut conn = self.connect(TEMPLATE).await?;
        conn.execute(sqlx::raw_sql(include_str!("seed.sql")))
            .await?;
        conn.execute("vacuum analyze").await?;
        conn.close().await?;
        Ok(())
    }

    /// A new copy of the template; gives its address.
    pub async fn copy(&self, name: &str) -> Result<String> {
        let mut conn = self.connect("postgres").await?;
        for statement in [
            format!("drop database if exists {name} with (force)"),
            format!("create database {name} template {TEMPLATE}"),
            "checkpoint".to_owned(),
        ] {
            conn.execute(AssertSqlSafe(statement)).await?;
        }
        Ok(self.url(name))
    }

    pub async fn drop(&self, name: &str) -> Result<()> {
        let mut conn = self.connect("postgres").await?;
        let statement = format!("drop database if exists {name} with (force)");
        conn.execute(AssertSqlSafe(statement)).await?;
        Ok(())
    }

    pub async fn connect(&self, database: &str) -> Result<PgConnection> {
        let options: PgConnectOptions = self.url(database).parse()?;
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// The address that we were given, with another database.
    fn url(&self, database: &str) -> String {
        self.postgres
            .replacen("/postgres?", &format!("/{database}?"), 1)
    }
}

fn env(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set; run scripts/bench"))
}
