//! What somebody needs to know to use a running demo.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use concierge::identity::FirmId;
use serde::{Deserialize, Serialize};
use url::Url;

/// Everything worth knowing, for people (`Display`) and for programs. The secrets in it open
/// nothing but this demo, and to hand them out is its purpose.
#[derive(Serialize)]
pub(crate) struct Details {
    pub url: Url,
    pub admin: SignIn,
    pub support: Support,
    pub firm: FirmDetails,
    pub procore: Procore,
    pub database_url: String,
    pub data: PathBuf,
}

/// How one of the demo's people signs in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub email: String,
    pub password: String,
}

/// Support signs in with a code as well.
#[derive(Serialize)]
pub(crate) struct Support {
    #[serde(flatten)]
    pub sign_in: SignIn,
    /// In base32, for an authenticator app.
    pub authenticator_key: String,
}

#[derive(Serialize)]
pub(crate) struct FirmDetails {
    pub id: FirmId,
    pub name: String,
}

/// What the simulated Procore gave the firm, and where to change how it behaves.
#[derive(Serialize)]
pub(crate) struct Procore {
    pub url: Url,
    pub control_url: Url,
    pub company_id: String,
    pub client_id: String,
    pub client_secret: String,
}

impl Display for Details {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            url,
            admin,
            support,
            firm,
            procore,
            data,
            database_url: _,
        } = self;
        let mut block = |title: &str, rows: &[(&str, &dyn Display)]| {
            writeln!(f, "\n  {title}")?;
            rows.iter()
                .try_for_each(|(name, value)| writeln!(f, "    {name:<16}{value}"))
        };
        block("Concierge is running", &[("open", url)])?;
        block(
            "Sign in as an admin of the firm",
            &[
                ("firm", &firm.name),
                ("email", &admin.email),
                ("password", &admin.password),
            ],
        )?;
        block(
            "or as support, in another browser",
            &[
                ("email", &support.sign_in.email),
                ("password", &support.sign_in.password),
                ("code", &"press Enter here for the one of the moment"),
                ("or app key", &support.authenticator_key),
            ],
        )?;
        block(
            "Paste when the setup asks for it",
            &[
                ("Company ID", &procore.company_id),
                ("Client ID", &procore.client_id),
                ("Client secret", &procore.client_secret),
            ],
        )?;
        block(
            "The simulated Procore: change permissions, break things, see the calls",
            &[("open", &procore.control_url)],
        )?;
        writeln!(
            f,
            "\n  This installation sends no mail: support reads all of them under Mail, {url}support/mail"
        )?;
        writeln!(
            f,
            "\n  The data is kept in {}; --reset starts over.",
            data.display()
        )?;
        writeln!(f, "  Ctrl-C stops everything.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_and_the_readme_say_where_mails_are() {
        let sign_in = |email: &str| SignIn {
            email: email.to_owned(),
            password: "four words are enough".to_owned(),
        };
        let url = |text: &str| Url::parse(text).unwrap();
        let details = Details {
            url: url("http://localhost:8080"),
            admin: sign_in("admin@example.com"),
            support: Support {
                sign_in: sign_in("support@example.com"),
                authenticator_key: "ABCDEFGH".to_owned(),
            },
            firm: FirmDetails {
                id: FirmId(uuid::Uuid::nil()),
                name: "Harbor & Lane".to_owned(),
            },
            procore: Procore {
                url: url("http://localhost:8081"),
                control_url: url("http://localhost:8081/__control"),
                company_id: "7000001".to_owned(),
                client_id: "client".to_owned(),
                client_secret: "secret".to_owned(),
            },
            database_url: String::new(),
            data: PathBuf::from("data/demo"),
        };
        let mails = "This installation sends no mail: support reads all of them under Mail, \
                     http://localhost:8080/support/mail";
        let printed = details.to_string();
        assert!(printed.contains(mails), "{printed}");

        let readme = include_str!("../../../README.md");
        let (_, try_it) = readme.split_once("## Try it").unwrap();
        let (try_it, _) = try_it.split_once("\n## ").unwrap();
        assert!(try_it.contains("the support person reads them under *Mail*"));
    }
}
