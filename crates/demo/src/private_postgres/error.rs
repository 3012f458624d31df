//! What can keep a private server from starting, each with what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why the private Postgres cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// `installed`: the major versions that were found but are too old.
    #[error(
        "no PostgreSQL server of version 15 or newer was found{}: \
         install one (Debian: apt-get install postgresql), or set DATABASE_URL to one that runs elsewhere",
        found(.installed)
    )]
    NotInstalled { installed: Vec<u32> },
    #[error(
        "the data was written by PostgreSQL {written_by}, but installed are {}: \
         install postgresql-{written_by}, or start over with an empty data folder",
        list(.installed)
    )]
    OtherMajor {
        written_by: u32,
        installed: Vec<u32>,
    },
    #[error("{} is in use by another concierge: stop that one, or choose another data folder", .folder.display())]
    InUse { folder: PathBuf },
    #[error(
        "a PostgreSQL server still runs on {} (process {pid}): stop it with `kill -INT {pid}`",
        .data.display()
    )]
    StillRunning { pid: String, data: PathBuf },
    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: \
         create one (useradd --system postgres), or run this as an ordinary user"
    )]
    NoAccount,
    #[error(
        "PostgreSQL needs an account with a name, and this one has none in /etc/passwd: \
         run this as an ordinary user (in a container: one made with useradd)"
    )]
    NoName,
    #[error(
        "PostgreSQL refuses to run as root, and {account}, who would run it, may not enter {}: \
         choose a data folder elsewhere, for example --data /var/lib/concierge, \
         or run this as an ordinary user",
        .parent.display()
    )]
    NotReachable { parent: PathBuf, account: String },
    #[error(
        "{} is not a folder of {account}, who would run PostgreSQL in it: choose another data folder",
        .folder.display()
    )]
    NotOurs { folder: PathBuf, account: String },
    #[error(
        "the disk is full: free some space (an empty database takes about 40 MB), then start again"
    )]
    DiskFull,
    #[error("PostgreSQL is still not ready after two minutes: see {}", .log.display())]
    Slow { log: PathBuf },
    #[error("{program} ended at once; it said:\n{said}")]
    Ended { program: &'static str, said: String },
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the private PostgreSQL refused: {0}")]
    Database(#[from] sqlx::Error),
}

impl Error {
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io {
                doing,
                path: path.into(),
                source,
            },
        }
    }

    /// Reads what a program of the server said before it gave up.
    pub(super) fn explain(program: &'static str, said: &str) -> Self {
        if said.contains("No space left on device") || said.contains("Disk quota exceeded") {
            Self::DiskFull
        } else if said.contains("could not look up effective user ID") {
            Self::NoName
        } else {
            let lines: Vec<_> = said.lines().collect();
            Self::Ended {
                program,
                said: lines[lines.len().saturating_sub(12)..].join("\n"),
            }
        }
    }
}

fn found(installed: &[u32]) -> String {
    if installed.is_empty() {
        String::new()
    } else {
        format!(" (only {})", list(installed))
    }
}

fn list(majors: &[u32]) -> String {
    let majors: Vec<_> = majors.iter().map(u32::to_string).collect();
    majors.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_becomes_advice() {
        let full = "initdb: error: could not write to file: No space left on device";
        assert!(matches!(Error::explain("initdb", full), Error::DiskFull));
        let nameless =
            "initdb: error: could not look up effective user ID 4242: user does not exist";
        assert!(matches!(Error::explain("initdb", nameless), Error::NoName));
        let other = Error::explain("postgres", "FATAL:  could not create any sockets\n");
        assert_eq!(
            other.to_string(),
            "postgres ended at once; it said:\nFATAL:  could not create any sockets"
        );
    }
}
