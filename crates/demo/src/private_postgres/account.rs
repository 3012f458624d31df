//! The account that the server runs as: Postgres refuses to run as root.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use tokio::process::Command;

use super::Error;

const ROOT: u32 = 0;

/// Who runs the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    name: String,
    uid: u32,
    gid: u32,
    /// Whether it is another account than our own, which only root may switch to.
    other: bool,
}

impl Account {
    /// Our own account; for root, the one that already owns `folder`, else `postgres`, else
    /// `nobody`.
    pub(super) fn choose(folder: &Path) -> Result<Self, Error> {
        let own = rustix::process::geteuid().as_raw();
        if own != ROOT {
            let gid = rustix::process::getegid().as_raw();
            return Ok(Self {
                name: format!("user {own}"),
                uid: own,
                gid,
                other: false,
            });
        }
        if let Ok(found) = fs::metadata(folder)
            && found.uid() != ROOT
        {
            let (uid, gid) = (found.uid(), found.gid());
            return Ok(Self {
                name: format!("user {uid}"),
                uid,
                gid,
                other: true,
            });
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| find(&passwd, name))
            .ok_or(Error::NoAccount)
    }

    /// Makes a command run as this account.
    pub(super) fn run(&self, command: &mut Command) {
        if self.other {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Makes a folder that only this account may enter. One that is there already must be so.
    pub(super) fn private_folder(&self, folder: &Path) -> Result<(), Error> {
        let unwritable = |source| Error::io("write to", folder, source);
        match fs::symlink_metadata(folder) {
            Ok(found) if found.is_dir() && found.uid() == self.uid => {}
            Ok(_) => {
                return Err(Error::NotOurs {
                    folder: folder.into(),
                    account: self.name.clone(),
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir(folder).map_err(unwritable)?;
                if self.other {
                    chown(folder, Some(self.uid), Some(self.gid)).map_err(unwritable)?;
                }
            }
            Err(error) => return Err(unwritable(error)),
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(unwritable)
    }

    /// Checks that the account may pass through every folder above `folder`, as far as they exist.
    pub(super) async fn can_reach(&self, folder: &Path) -> Result<(), Error> {
        if !self.other {
            return Ok(()); // we have just been there ourselves
        }
        let mut above: Vec<_> = folder.ancestors().skip(1).collect();
        above.reverse();
        for parent in above.into_iter().filter(|parent| parent.exists()) {
            let mut test = Command::new("test");
            test.arg("-x").arg(parent).current_dir("/");
            self.run(&mut test);
            if !test
                .status()
                .await
                .map_err(|error| Error::io("look at", parent, error))?
                .success()
            {
                return Err(Error::NotReachable {
                    parent: parent.into(),
                    account: self.name.clone(),
                });
            }
        }
        Ok(())
    }
}

fn find(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        found.then(|| Account {
            name: format!("user {name}"),
            uid,
            gid,
            other: true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\npostgresql:x:7:8::/:/bin/sh\n\
                      postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";
        let account = find(passwd, "postgres").unwrap();
        assert_eq!((account.uid, account.gid, account.other), (101, 104, true));
        assert_eq!(find(passwd, "nobody"), None);
    }
}
