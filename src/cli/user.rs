//! `concierge user`: letting people in, and keeping them out.

use std::io::{self, Read};

use anyhow::{Context, Result, anyhow, bail};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use super::output::Output;
use super::{Failure, connect};
use crate::app::App;
use crate::flows;
use crate::flows::create_person::{self, NewAccount, PersonRole};
use crate::flows::{invite_person, operate_account};
use crate::identity::{Actor, Email, FirmId, PersonId, SupportRole};

/// More than any password, so that a large file piped in by mistake is not read fully.
const LONGEST_INPUT: u64 = 4096;

/// Let people in, a firm's admins and support people, and keep them out
#[derive(Debug, clap::Subcommand)]
pub(crate) enum UserCommand {
    Invite(Invite),
    Create(Create),
    /// Keep a person out: ends their sessions and what they sent to others
    ///
    /// Open invitations and tasks that they sent stop working as well.
    Disable(Account),
    /// Let a person sign in again who was disabled
    Enable(Account),
    /// End all sessions of a person
    SignOut(Account),
    /// Remove the second factor of a person who lost it, at once
    ///
    /// Be sure that it is them: afterwards their password alone lets them in. They are told by mail
    /// and signed out everywhere.
    ResetFactor(Account),
}

/// An account, by its address.
#[derive(Debug, clap::Args)]
pub(super) struct Account {
    /// The person's mail address
    #[arg(long)]
    email: String,
    #[command(flatten)]
    output: Output,
}

/// Print an invitation link, and mail it where mail is configured
///
/// The link works once, within seven days and for this address alone; it ends an older one to the
/// same address. Whoever has it can act as the invited person: pass it on as you would a password.
#[derive(Debug, clap::Args)]
pub(crate) struct Invite {
    /// The person's mail address
    #[arg(long)]
    email: String,
    #[command(flatten)]
    right: PersonAccess,
    #[command(flatten)]
    output: Output,
}

/// Create a person with a password, for first set-up and automation
///
/// Prints the person's id. Prefer `concierge user invite`, where nobody but the person ever knows
/// the password.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// The person's mail address
    #[arg(long)]
    email: String,
    /// The person's name [default: the address up to the @]
    #[arg(long, value_parser = super::one_line)]
    name: Option<String>,
    #[command(flatten)]
    right: PersonAccess,
    /// Read the password from standard input, up to the end of its first line
    #[arg(long, required = true)]
    password_stdin: bool,
    #[command(flatten)]
    output: Output,
}

/// The person's access.
#[derive(Debug, clap::Args)]
struct PersonAccess {
    /// Act for this firm
    #[arg(long, value_name = "ID", required_unless_present = "support")]
    firm: Option<FirmId>,
    /// Help firms, as a support person
    #[arg(long, conflicts_with = "firm")]
    support: bool,
    /// As a lead, who may also let in and remove support people
    #[arg(long, requires = "support", conflicts_with = "firm")]
    lead: bool,
}

impl PersonAccess {
    fn role(&self) -> PersonRole {
        match (self.firm, self.lead) {
            (Some(firm), _) => PersonRole::Firm(firm),
            (None, true) => PersonRole::Support(SupportRole::Lead),
            (None, false) => PersonRole::Support(SupportRole::Staff),
        }
    }
}

pub(super) async fn main(command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Invite(args) => invite(args).await,
        UserCommand::Create(args) => create(args).await,
        UserCommand::Disable(account) => operate(account, operate_account::disable).await,
        UserCommand::Enable(account) => operate(account, operate_account::enable).await,
        UserCommand::SignOut(account) => operate(account, operate_account::sign_out).await,
        UserCommand::ResetFactor(account) => operate(account, operate_account::reset_factor).await,
    }
}

/// Changes an account and prints whose it is.
async fn operate(
    account: Account,
    change: impl AsyncFnOnce(&App, &Email) -> Result<PersonId, flows::Error>,
) -> Result<(), Failure> {
    let email = email(&account.email)?;
    let app = connect::connect(connect::configure()?).await?;
    let changed = change(&app, &email).await.map_err(|error| match error {
        flows::Error::Missing => anyhow!("Nobody has this address"),
        other => other.into(),
    })?;
    account
        .output
        .print(&person(changed), |it| it.person_id.clone())
}

/// An invitation, whose link is printed.
#[derive(Serialize)]
struct Invited {
    url: String,
    /// Whether the link is mailed as well.
    mailed: bool,
}

async fn invite(args: Invite) -> Result<(), Failure> {
    let email = email(&args.email)?;
    let app = connect::connect(connect::configure()?).await?;
    let role = args.right.role();
    let invited = invite_person::run(&app, &operator(role), &email, role).await;
    let url = match invited.map_err(explained)? {
        invite_person::InvitePersonOutcome::Invited { url } => url,
        invite_person::InvitePersonOutcome::AlreadyHere => {
            return Err(anyhow!("This person has that right already").into());
        }
        invite_person::InvitePersonOutcome::OtherSide => {
            return Err(anyhow!(
                "Support people act for no firm, and people of firms are not support: use another \
                 address"
            )
            .into());
        }
    };
    let invited = Invited {
        url: url.expose_secret().to_owned(),
        mailed: app.mails_leave(),
    };
    if !invited.mailed {
        eprintln!("Mail is not configured: pass the link on yourself.");
    }
    args.output.print(&invited, |invited| invited.url.clone())
}

/// The person that a command was about.
#[derive(Serialize)]
struct Person {
    person_id: String,
}

fn person(id: PersonId) -> Person {
    Person {
        person_id: id.to_string(),
    }
}

async fn create(args: Create) -> Result<(), Failure> {
    let email = email(&args.email)?;
    let app = connect::connect(connect::configure()?).await?;
    let local_part = email.as_str().split('@').next().unwrap_or_default();
    let account = NewAccount {
        name: args.name.unwrap_or_else(|| local_part.to_owned()),
        email: email.clone(),
        password: password(io::stdin())?,
        role: args.right.role(),
    };
    let created = create_person::run(&app, &operator(account.role), &account).await;
    match created.map_err(explained)? {
        create_person::CreatePersonOutcome::Created(id) => {
            args.output.print(&person(id), |it| it.person_id.clone())
        }
        create_person::CreatePersonOutcome::AddressTaken => Err(anyhow!(
            "Somebody has this address already; `concierge user invite` lets them join"
        )
        .into()),
        create_person::CreatePersonOutcome::PasswordRefused(error) => Err(anyhow!(error)
            .context("The password is not accepted")
            .into()),
    }
}

/// The operator, acting for the firm concerned.
fn operator(role: PersonRole) -> Actor {
    Actor::System {
        firm: match role {
            PersonRole::Firm(firm) => Some(firm),
            PersonRole::Support(_) => None,
        },
    }
}

fn explained(error: flows::Error) -> anyhow::Error {
    match error {
        flows::Error::Missing => anyhow!("There is no firm with this id"),
        other => other.into(),
    }
}

fn email(typed: &str) -> Result<Email> {
    Email::parse(typed).context("--email is not usable")
}

/// The first line of the input, without its end; blanks are part of a password.
fn password(input: impl Read) -> Result<SecretString> {
    let mut text = Zeroizing::new(String::new());
    let read = input.take(LONGEST_INPUT).read_to_string(&mut text);
    read.context("The password could not be read from standard input")?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        Some(_) | None => bail!("There is no password on standard input"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        for (input, expected) in [
            ("two words \n", Some("two words ")),
            ("one\r\nanother\n", Some("one")),
            ("no end", Some("no end")),
            ("\n", None),
            ("", None),
        ] {
            let read = password(input.as_bytes());
            let read = read.as_ref().map(|secret| secret.expose_secret());
            assert_eq!(read.ok(), expected, "{input:?}");
        }
    }
}
