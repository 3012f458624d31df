//! A database per test, copied from a template that each test run migrates once.
//!
//! One thread per test process, the keeper, has its own runtime and connection and outlives the
//! tests' runtimes. It makes the template, copies it and drops the copies. Its connection also
//! holds a lock that tells other test processes that these databases are in use; what a killed
//! process left behind is dropped by the next one to start.

use std::sync::{OnceLock, mpsc};
use std::thread;

use concierge::store::migrate::{self, Roles};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection, PgPool};
use tokio::sync::oneshot;
use url::Url;
use uuid::Uuid;

const PREFIX: &str = "concierge_test_";
/// Enough for a web server, a worker and the test itself. Each further one is a process to start and plans to
/// make again.
const CONNECTIONS: u32 = 4;
/// The role that owns the tables, as of an ordinary installation: no superuser.
pub(crate) const OWNER: &str = "concierge_test_owner";
/// The role that the product serves as: it owns nothing.
pub(crate) const SERVING_ROLE: &str = "concierge_test_serve";
/// The role that the host product reads with.
pub(crate) const READER_ROLE: &str = "concierge_test_read";

/// An empty, migrated database. It is dropped with this value, unless the test has failed: then
/// it is kept for a look until the next run.
pub(crate) struct TestDb {
    name: String,
    pool: PgPool,
    serving: PgPool,
}

impl TestDb {
    /// Needs `DATABASE_URL` of a role that may create databases.
    pub(crate) async fn create() -> Self {
        let (reply, name) = oneshot::channel();
        keeper()
            .send(Order::Create(reply))
            .expect("the keeper is there");
        let name = name
            .await
            .expect("the keeper could not make a database: see its message above");
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect_with(server().database(&name))
            .await
            .expect("the database was just made");
        let serving = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect_lazy_with(server().database(&name).options([("role", SERVING_ROLE)]));
        Self {
            name,
            pool,
            serving,
        }
    }

    /// As a superuser, for what a story arranges and looks up by itself.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// As the role that serves, for the product.
    pub(crate) fn serving(&self) -> &PgPool {
        &self.serving
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The database's address for a superuser, for a program that is started by the test.
    pub(crate) fn url(&self) -> String {
        server().database(&self.name).to_url_lossy().into()
    }

    /// The same for the role that serves.
    pub(crate) fn serving_url(&self) -> String {
        self.url_as(SERVING_ROLE)
    }

    /// The address for Postgres' own programs, of a superuser or as a role.
    pub(crate) fn psql_url(&self, role: Option<&str>) -> String {
        let mut url: Url = std::env::var("DATABASE_URL").unwrap().parse().unwrap();
        url.set_path(&self.name);
        if let Some(role) = role {
            let option = format!("-c role={role}")
                .replace(' ', "%20")
                .replace('=', "%3D");
            let query = url.query().map(|query| format!("{query}&"));
            url.set_query(Some(&format!(
                "{}options={option}",
                query.unwrap_or_default()
            )));
        }
        url.into()
    }

    /// The same for any role.
    pub(crate) fn url_as(&self, role: &str) -> String {
        let mut url = server().database(&self.name).to_url_lossy();
        url.query_pairs_mut().append_pair("options[role]", role);
        url.into()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "The test's database is kept until the next run: {}",
                self.url()
            );
            return;
        }
        let (done, wait) = mpsc::channel();
        if keeper().send(Order::Drop(self.name.clone(), done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

enum Order {
    Create(oneshot::Sender<String>),
    Drop(String, mpsc::Sender<()>),
}

pub(crate) fn server() -> PgConnectOptions {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| {
        panic!(
            "DATABASE_URL is not set. These tests need a Postgres: run scripts/test, which brings \
             one, or set DATABASE_URL to a server (15 or newer) where you may create databases."
        )
    });
    url.parse()
        .unwrap_or_else(|error| panic!("DATABASE_URL is not usable: {error}"))
}

fn keeper() -> &'static mpsc::Sender<Order> {
    static KEEPER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    KEEPER.get_or_init(|| {
        server(); // what is missing is said in the test's own thread
        let (orders, inbox) = mpsc::channel();
        thread::spawn(|| keep(inbox));
        orders
    })
}

fn keep(inbox: mpsc::Receiver<Order>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let run = format!("{PREFIX}{}", Uuid::new_v4().simple());
    let mut conn = runtime.block_on(async {
        let mut conn = server().connect().await.unwrap_or_else(|error| {
            panic!("The server of DATABASE_URL does not answer: {error}");
        });
        assert!(lock(&mut conn, &run).await, "a run's name is its own");
        sweep(&mut conn).await;
        make_role(&mut conn, OWNER).await;
        make_role(&mut conn, SERVING_ROLE).await;
        make_role(&mut conn, READER_ROLE).await;
        migrate_template(&mut conn, &run).await;
        conn
    });
    let mut made = 0;
    for order in inbox {
        match order {
            Order::Create(reply) => {
                made += 1;
                let name = format!("{run}_{made}");
                // Copying files costs a tenth of writing each page to the log.
                let sql = format!(
                    "create database {name} template {run} strategy file_copy owner {OWNER}"
                );
                runtime.block_on(conn.execute(AssertSqlSafe(sql))).unwrap();
                let _ = reply.send(name);
            }
            Order::Drop(name, done) => {
                runtime.block_on(drop_database(&mut conn, &name));
                let _ = done.send(());
            }
        }
    }
}

/// Roles are the server's, so another test process may make it at this moment.
async fn make_role(conn: &mut PgConnection, role: &str) {
    let sql = format!(
        "do $$ begin create role {role} login;
         exception when duplicate_object or unique_violation then null; end $$"
    );
    conn.execute(AssertSqlSafe(sql)).await.unwrap();
}

async fn migrate_template(conn: &mut PgConnection, name: &str) {
    conn.execute(AssertSqlSafe(format!(
        "create database {name} owner {OWNER}"
    )))
    .await
    .unwrap();
    let pool = PgPoolOptions::new()
        .connect_with(server().database(name).options([("role", OWNER)]))
        .await
        .unwrap();
    let roles = Roles {
        serving: Some(SERVING_ROLE),
        reader: Some(READER_ROLE),
    };
    migrate::run(&pool.clone().into(), roles)
        .await
        .expect("the migrations apply");
    pool.close().await; // a template must have no other users
}

/// Takes the lock that stands for a run's databases, unless a living process holds it.
async fn lock(conn: &mut PgConnection, run: &str) -> bool {
    sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended($1, 0))")
        .bind(run)
        .fetch_one(conn)
        .await
        .unwrap()
}

/// Drops the databases of runs that are over.
async fn sweep(conn: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname ^@ $1")
            .bind(PREFIX)
            .fetch_all(&mut *conn)
            .await
            .unwrap();
    for name in names {
        let run = name
            .trim_start_matches(PREFIX)
            .split('_')
            .next()
            .unwrap_or_default();
        if lock(conn, &format!("{PREFIX}{run}")).await {
            drop_database(conn, &name).await;
        }
    }
}

async fn drop_database(conn: &mut PgConnection, name: &str) {
    let sql = format!("drop database if exists {name} with (force)");
    conn.execute(AssertSqlSafe(sql)).await.unwrap();
}
