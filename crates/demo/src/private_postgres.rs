//! A real Postgres of our own, for demos and tests: a cluster in a folder, run from the programs
//! of the installed server. Nobody but this machine's account can reach it, it stops when this
//! process ends, and started again it continues where it was. Production brings its own database.
//!
//! In the folder: `data` (the cluster), `run` (the socket), `postgres.log` and `lock`.

mod account;
mod binaries;
mod error;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, migrate::MigrateDatabase};
use tokio::{process::Command, time::Instant};

pub(crate) use self::error::Error;
use self::{account::Account, binaries::Binaries};
use crate::leash::{self, Leash};

/// The oldest server we use.
const OLDEST_MAJOR: u32 = 15;
/// The role that owns the cluster and what is in it.
const OWNER: &str = "concierge";
/// The role that the product serves as: it owns nothing.
pub(crate) const SERVING_ROLE: &str = "concierge_serve";
/// Names the socket's file; no network port is opened.
const PORT: u16 = 5432;
/// A socket's address may not be longer than this (104 bytes on the strictest systems).
const LONGEST_SOCKET: usize = 103;
/// How long recovery after a crash, or a server that is just stopping, may take.
const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(15);

/// How the server is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Whether a commit survives a power cut. Only tests go without, for speed.
    pub durable: bool,
    /// How many connections it takes at once.
    pub max_connections: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durable: true,
            max_connections: 100,
        }
    }
}

/// A running private server. Dropping it, or the end of this process, shuts it down.
#[derive(Debug)]
pub(crate) struct PrivatePostgres {
    server: Leash,
    sockets: PathBuf,
    log: PathBuf,
    /// Held as long as the server may run: one process per folder.
    _lock: File,
}

impl PrivatePostgres {
    /// Starts the cluster in `folder`, making both when they are not there yet, and waits until it
    /// takes connections.
    ///
    /// # Errors
    /// Every error says what to do about it; see [`Error`].
    pub(crate) async fn start(folder: &Path, options: Options) -> Result<Self, Error> {
        let wanted = std::path::absolute(folder).map_err(|e| Error::io("find", folder, e))?;
        if let Some(parent) = wanted.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
        }
        let account = Account::choose(&wanted)?;
        account.can_reach(&wanted).await?;
        account.private_folder(&wanted)?;
        let folder = fs::canonicalize(&wanted).map_err(|e| Error::io("find", &wanted, e))?;
        let lock = lock(&folder)?;

        let data = folder.join("data");
        let log = folder.join("postgres.log");
        let binaries = binaries::find(written_by(&data)?).await?;
        if data.exists() {
            forget_ended_server(&data).await?;
        } else {
            create_cluster(&binaries, &account, &data, options).await?;
        }
        let sockets = socket_folder(&folder);
        account.private_folder(&sockets)?;

        let output = File::create(&log).map_err(|e| Error::io("write to", &log, e))?;
        let errors = output
            .try_clone()
            .map_err(|e| Error::io("write to", &log, e))?;
        let mut command = leash::command(binaries.postgres());
        command
            .args(arguments(&data, &sockets, options))
            .stdout(output)
            .stderr(errors);
        prepare(&mut command, &account, &folder);
        let server =
            Leash::start(command).map_err(|e| Error::io("run", &binaries.postgres(), e))?;

        let mut started = Self {
            server,
            sockets,
            log,
            _lock: lock,
        };
        started.wait_until_ready(&data).await?;
        Ok(started)
    }

    /// The address of a database in this cluster for a role, whether they exist or not.
    fn url(&self, database: &str, role: &str) -> String {
        let path = utf8_percent(&self.sockets.to_string_lossy());
        format!("postgres://{role}@localhost:{PORT}/{database}?host={path}")
    }

    /// The owner's address of a database in this cluster, which is created if it does not exist.
    pub(crate) async fn database(&self, name: &str) -> Result<String, Error> {
        let url = self.url(name, OWNER);
        if !sqlx::Postgres::database_exists(&url).await? {
            sqlx::Postgres::create_database(&url).await?;
        }
        Ok(url)
    }

    /// The address of a database for the role that serves, which is created if it does not exist.
    pub(crate) async fn serving_url(&self, database: &str) -> Result<String, Error> {
        let mut owner = PgConnection::connect(&self.url(database, OWNER)).await?;
        let make = format!(
            "do $$ begin
                 if not exists (select from pg_roles where rolname = '{SERVING_ROLE}') then
                     create role {SERVING_ROLE} login;
                 end if;
             end $$"
        );
        owner.execute(AssertSqlSafe(make)).await?;
        owner.close().await?;
        Ok(self.url(database, SERVING_ROLE))
    }

    /// Waits until the server has ended without being asked to, and says what it said.
    pub(crate) async fn ended(&mut self) -> Error {
        match self.server.ended().await {
            Ok(_) => self.why_it_ended(),
            Err(error) => Error::io("wait for", Path::new("postgres"), error),
        }
    }

    /// Drops all connections, shuts the server down cleanly and waits until it has ended.
    pub(crate) async fn stop(self) -> io::Result<()> {
        let Self {
            server,
            sockets,
            log,
            _lock,
        } = self;
        server.stop().await?;
        if log.parent() != sockets.parent() {
            fs::remove_dir(&sockets)?; // the one outside our folder, see `socket_folder`
        }
        Ok(())
    }

    /// Postgres writes its state into the last line of its pid file; `pg_ctl` waits for it too.
    async fn wait_until_ready(&mut self, data: &Path) -> Result<(), Error> {
        let until = Instant::now() + PATIENCE;
        loop {
            let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if state
                .lines()
                .nth(7)
                .is_some_and(|line| line.trim() == "ready")
            {
                return Ok(());
            }
            let ended = self
                .server
                .try_ended()
                .map_err(|e| Error::io("wait for", data, e))?;
            if ended.is_some() {
                return Err(self.why_it_ended());
            }
            if Instant::now() > until {
                return Err(Error::Slow {
                    log: self.log.clone(),
                });
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    fn why_it_ended(&self) -> Error {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        if said.is_empty() {
            // A full disk takes no complaint either.
            let probe = self.log.with_extension("probe");
            let written =
                fs::write(&probe, [0; 8192]).map_err(|e| Error::io("write to", &probe, e));
            let _ = fs::remove_file(&probe);
            if let Err(error) = written {
                return error;
            }
        }
        Error::explain("postgres", &said)
    }
}

/// Whether a cluster could be kept in `folder`, as far as that can be told without making it.
pub(crate) async fn can_live_in(folder: &Path) -> Result<(), Error> {
    let wanted = std::path::absolute(folder).map_err(|e| Error::io("find", folder, e))?;
    Account::choose(&wanted)?.can_reach(&wanted).await
}

/// Removes a cluster and all its data, once its server has ended.
pub(crate) async fn remove(folder: &Path) -> Result<(), Error> {
    if !folder.exists() {
        return Ok(());
    }
    let folder = fs::canonicalize(folder).map_err(|e| Error::io("find", folder, e))?;
    let _lock = lock(&folder)?;
    forget_ended_server(&folder.join("data")).await?;
    fs::remove_dir_all(&folder).map_err(|e| Error::io("remove", &folder, e))
}

fn arguments(data: &Path, sockets: &Path, options: Options) -> Vec<String> {
    // The setting is a list, so a path is quoted like a name in SQL.
    let sockets = sockets.to_string_lossy().replace('"', "\"\"");
    let mut settings = vec![
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories=\"{sockets}\""),
        format!("port={PORT}"),
        format!("max_connections={}", options.max_connections),
        "cluster_name=concierge".to_owned(),
    ];
    if !options.durable {
        settings.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ]
            .map(Into::into),
        );
    }
    let mut arguments = vec!["-D".to_owned(), data.to_string_lossy().into_owned()];
    for setting in settings {
        arguments.extend(["-c".to_owned(), setting]);
    }
    arguments
}

/// Makes the cluster under another name first, so that one cut short is never taken for whole.
async fn create_cluster(
    binaries: &Binaries,
    account: &Account,
    data: &Path,
    options: Options,
) -> Result<(), Error> {
    let unfinished = data.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(|e| Error::io("remove", &unfinished, e))?;
    }
    account.private_folder(&unfinished)?;
    let mut command = Command::new(binaries.initdb());
    command
        .arg("--pgdata")
        .arg(&unfinished)
        .args(["--username", OWNER, "--encoding=UTF8"]);
    // Whoever reaches the socket is trusted, and only its owner does; see `socket_folder`.
    command.args([
        "--locale=C.UTF-8",
        "--auth-local=trust",
        "--auth-host=reject",
    ]);
    if !options.durable {
        command.arg("--no-sync");
    }
    prepare(&mut command, account, data.parent().unwrap_or(data));
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command
        .output()
        .await
        .map_err(|e| Error::io("run", &binaries.initdb(), e))?;
    if !output.status.success() {
        return Err(Error::explain(
            "initdb",
            &String::from_utf8_lossy(&output.stderr),
        ));
    }
    fs::rename(&unfinished, data).map_err(|e| Error::io("write to", data, e))
}

/// The server must not be steered by what happens to be in our environment (`PGPORT`, `LANG`), nor
/// start in a folder that its account may not enter.
fn prepare(command: &mut Command, account: &Account, folder: &Path) {
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC");
    command.current_dir(folder);
    account.run(command);
}

/// One process at a time may use the folder. The lock ends with the process, however it ends.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|e| Error::io("write to", &path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            folder: folder.into(),
        }),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path, error)),
    }
}

/// The major version that wrote the data; a cluster stays with it.
fn written_by(data: &Path) -> Result<Option<u32>, Error> {
    let path = data.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

/// Waits for a server whose process ended a moment ago, and removes what one that was killed left
/// behind: its process number may since belong to a stranger, and Postgres would refuse to start.
async fn forget_ended_server(data: &Path) -> Result<(), Error> {
    let path = data.join("postmaster.pid");
    let until = Instant::now() + PATIENCE;
    loop {
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(());
        };
        let pid = text.lines().next().unwrap_or_default().trim();
        // A running server stands in its data folder.
        if fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data) {
            if Instant::now() > until {
                return Err(Error::StillRunning {
                    pid: pid.to_owned(),
                    data: data.into(),
                });
            }
            tokio::time::sleep(GLANCE).await;
        } else if Path::new("/proc/self").exists() {
            return fs::remove_file(&path).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()), // it has just cleaned up after itself
                _ => Err(Error::io("remove", &path, error)),
            });
        } else {
            return Ok(()); // no way to tell here: leave the judgement to Postgres
        }
    }
}

/// Where the socket is: beside the data, unless the path is too long for a socket.
fn socket_folder(folder: &Path) -> PathBuf {
    let beside = folder.join("run");
    if beside.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() <= LONGEST_SOCKET {
        return beside;
    }
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    PathBuf::from(format!("/tmp/concierge-{:016x}", hasher.finish()))
}

/// Percent-encodes a path for the query of an address.
fn utf8_percent(path: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    encoded.replace('+', "%20") // libpq does not read "+" as a space
}
