//! Finding the installed server's programs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::{Error, OLDEST_MAJOR};

/// A folder that holds `postgres` and `initdb` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }
}

/// Finds the installed servers and picks the right one for data of version `pinned`, or the newest
/// for data that is still to be made.
pub(super) async fn find(pinned: Option<u32>) -> Result<Binaries, Error> {
    let mut found = Vec::new();
    for folder in folders().await {
        if let Some(major) = major_in(&folder).await {
            found.push(Binaries { folder, major });
        }
    }
    pick(found, pinned)
}

fn pick(found: Vec<Binaries>, pinned: Option<u32>) -> Result<Binaries, Error> {
    let mut installed: Vec<_> = found.iter().map(|binaries| binaries.major).collect();
    installed.sort_unstable();
    installed.dedup();
    match pinned {
        Some(major) => found
            .into_iter()
            .find(|binaries| binaries.major == major)
            .ok_or(Error::OtherMajor {
                written_by: major,
                installed,
            }),
        None => found
            .into_iter()
            .filter(|binaries| binaries.major >= OLDEST_MAJOR)
            .max_by_key(|binaries| binaries.major)
            .ok_or(Error::NotInstalled { installed }),
    }
}

/// Where servers are: Debian's folders, what `pg_config` says, and whatever is on the path.
async fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    folders.extend(
        first_line(Command::new("pg_config").arg("--bindir"))
            .await
            .map(PathBuf::from),
    );
    let on_path = first_line(Command::new("/bin/sh").args(["-c", "command -v postgres"])).await;
    if let Some(postgres) = on_path.and_then(|path| fs::canonicalize(path).ok()) {
        folders.extend(postgres.parent().map(Path::to_path_buf));
    }
    folders
}

/// The major version of the server in `folder`, if there is a whole one.
async fn major_in(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    major(&first_line(Command::new(folder.join("postgres")).arg("--version")).await?)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15.
fn major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL)")?.1.trim_start();
    number
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// What a command prints first; nothing if it cannot be run or fails.
async fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(majors: &[u32]) -> Vec<Binaries> {
        majors
            .iter()
            .map(|&major| Binaries {
                folder: PathBuf::from(format!("/{major}")),
                major,
            })
            .collect()
    }

    #[test]
    fn versions_are_read_as_the_server_prints_them() {
        for (text, expected) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)",
                Some(15),
            ),
            ("postgres (PostgreSQL) 18.1", Some(18)),
            ("postgres (PostgreSQL) 19beta1", Some(19)),
            ("postgres (EnterpriseDB) 15.1", None),
            ("", None),
        ] {
            assert_eq!(major(text), expected, "{text:?}");
        }
    }

    #[test]
    fn new_data_takes_the_newest_server_and_old_data_its_own() {
        assert_eq!(pick(installed(&[15, 18, 16]), None).unwrap().major, 18);
        assert_eq!(pick(installed(&[15, 18, 16]), Some(15)).unwrap().major, 15);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(matches!(
            pick(installed(&[]), None),
            Err(Error::NotInstalled { .. })
        ));
        assert!(matches!(
            pick(installed(&[14]), None),
            Err(Error::NotInstalled { .. })
        ));
        let Err(error) = pick(installed(&[17, 16, 17]), Some(15)) else {
            panic!("no 15 here")
        };
        assert_eq!(
            error.to_string(),
            "the data was written by PostgreSQL 15, but installed are 16, 17: \
             install postgresql-15, or start over with an empty data folder"
        );
    }
}
