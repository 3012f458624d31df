//! PgBouncer in transaction mode, in front of the tests' Postgres.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::db::{SERVING_ROLE, server};

/// Server connections for each database: fewer than the product has connections, so that they share.
const SERVER_CONNECTIONS: u32 = 3;

/// A pooler of the test's own; it ends with this value.
pub(crate) struct Pooler {
    folder: TempDir,
    _process: Child,
}

impl Pooler {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let server = server();
        let host = match server.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => server.get_host().to_owned(),
        };
        let config = folder.path().join("pgbouncer.ini");
        let users = folder.path().join("users");
        let text = format!(
            "[databases]\n* = host={host} port={port}\n\
             [pgbouncer]\npool_mode = transaction\nauth_type = trust\nauth_file = {users}\n\
             listen_addr =\nunix_socket_dir = {path}\nlisten_port = 6432\n\
             default_pool_size = {SERVER_CONNECTIONS}\n",
            port = server.get_port(),
            users = users.display(),
        );
        fs::write(&config, text).unwrap();
        let known = [server.get_username(), SERVING_ROLE].map(|user| format!("\"{user}\" \"\"\n"));
        fs::write(&users, known.concat()).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let mut command = Command::new("pgbouncer");
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin"));
        // It refuses to run as root, and Postgres may let nobody but its own user in.
        let owner = fs::metadata(Path::new(&host)).map_or(65_534, |folder| folder.uid());
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(owner);
        }
        let process = command
            .arg("--quiet")
            .arg(&config)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("pgbouncer does not start ({error}): run scripts/test, which installs it")
            });
        let started = Self {
            folder,
            _process: process,
        };
        started.wait_until_it_answers().await;
        started
    }

    /// The address of a database of the tests' Postgres, through the pooler.
    pub(crate) fn url(&self, database: &str) -> String {
        let options = self.options(database, server().get_username());
        options.to_url_lossy().into()
    }

    /// The same for the role that serves.
    pub(crate) fn serving_url(&self, database: &str) -> String {
        self.options(database, SERVING_ROLE).to_url_lossy().into()
    }

    fn options(&self, database: &str, user: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folder.path())
            .port(6432)
            .username(user)
            .database(database)
            .extra_float_digits(None)
    }

    async fn wait_until_it_answers(&self) {
        loop {
            let options = self.options("postgres", server().get_username());
            match options.connect().await {
                Ok(connection) => return connection.close().await.unwrap(),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }
}
