//! A person opens the link of an invitation.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::create_person::PersonRole;
use super::new_password::PersonFacts;
use super::open_session::{self, Browser, Opened};
use super::slow_down::{self, Guesser, Subject};
use super::{Error, audit, invite_person, links};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Email, FirmId, PasswordError, PersonId, SupportRole, Throttle};
use crate::store::links::{Link, Purpose, lock_invitations, use_up};
use crate::store::people::{self, NewPerson, Person};
use crate::store::{firms, memberships};

/// The state of an invitation link.
#[derive(Clone, Debug)]
pub(crate) enum Invitation {
    Good(Offer),
    /// Expired; a new link can be sent by mail.
    Expired,
    Used,
    /// Revoked, or replaced by a newer one.
    Ended,
}

/// An invitation that can be accepted.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub email: Email,
    /// The firm's name; support otherwise.
    pub firm: Option<String>,
    pub invited_by: Option<String>,
    /// Whether the address has an account already.
    pub account: Option<PersonId>,
}

/// Proves who accepts.
#[derive(Debug)]
pub(crate) enum Proof {
    /// A new account: name and password.
    New {
        name: String,
        password: SecretString,
    },
    /// The account's password.
    Password(SecretString),
    /// Signed in as this person already.
    SignedIn(PersonId),
}

/// The result of accepting.
#[derive(Debug)]
pub(crate) enum AcceptInvitationOutcome {
    Joined {
        opened: Opened,
        firm: Option<FirmId>,
    },
    PasswordRefused(PasswordError),
    WrongPassword,
    Wait(DateTime<Utc>),
    /// The person is support, or acts for a firm, and cannot be the other as well.
    OtherSide,
    /// The link stopped working meanwhile.
    NotGood,
}

/// Looks up the state of a link.
pub(crate) async fn look(app: &App, token: &SecretString) -> Result<Invitation, Error> {
    let mut conn = app.db.acquire().await?;
    let (link, role) = find(&mut conn, token).await?;
    if link.used_at.is_some() {
        return Ok(Invitation::Used);
    }
    if link.ended_at.is_some() {
        return Ok(Invitation::Ended);
    }
    if !link.is_good(app.clock.now()) {
        return Ok(Invitation::Expired);
    }
    let firm = firm_name(&mut conn, role).await?;
    let account = people::find_by_email(&mut conn, &link.email).await?;
    Ok(Invitation::Good(Offer {
        email: link.email,
        firm,
        invited_by: link.invited_by.map(|by| by.name),
        account: account.map(|person| person.id),
    }))
}

/// Accepts: creates the account if there is none, uses up the link and signs the person in.
pub(crate) async fn run(
    app: &App,
    token: &SecretString,
    proof: &Proof,
    browser: &Browser,
) -> Result<AcceptInvitationOutcome, Error> {
    let mut tx = app.db.begin().await?;
    let (link, role) = find(&mut tx, token).await?;
    if !link.is_good(app.clock.now()) {
        return Ok(AcceptInvitationOutcome::NotGood);
    }
    let account = people::find_by_email(&mut tx, &link.email).await?;
    let firm = firm_name(&mut tx, role).await?;
    tx.rollback().await?;
    let passwords = app.passwords.queue()?;
    let guesser = Guesser::of(app, &link.email, account.as_ref(), browser);
    let hash = match (proof, &account) {
        (Proof::New { name, password }, None) => {
            let facts = PersonFacts::of_new(app, name, &link.email, firm.as_deref());
            if let Err(error) = facts.judge(password) {
                return Ok(AcceptInvitationOutcome::PasswordRefused(error));
            }
            Some(passwords.hash(password).await?)
        }
        (Proof::Password(password), Some(person)) => {
            if let Some(until) = guesser.attempt(app).await? {
                return Ok(AcceptInvitationOutcome::Wait(until));
            }
            if !passwords
                .verify(password, person.password_hash.as_ref())
                .await?
            {
                guesser.was_wrong(app);
                return Ok(AcceptInvitationOutcome::WrongPassword);
            }
            None
        }
        (Proof::SignedIn(id), Some(person)) if person.id == *id => None,
        // The account was created, or changed hands, since the page was shown.
        (Proof::New { .. }, Some(_)) | (Proof::Password(_) | Proof::SignedIn(_), _) => {
            return Ok(AcceptInvitationOutcome::NotGood);
        }
    };

    let mut tx = app.db.begin().await?;
    // Two invitations to one address, accepted in the same instant, must not make one person both
    // support and a firm's admin.
    lock_invitations(&mut tx, &link.email).await?;
    if !use_up(&mut tx, link.id, app.clock.now()).await? {
        return Ok(AcceptInvitationOutcome::NotGood);
    }
    let person = match (proof, hash, &account) {
        (Proof::New { name, .. }, Some(hash), _) => {
            create(&mut tx, app, &link.email, name, &hash, role).await?
        }
        (Proof::Password(_), _, Some(checked)) => {
            people::find_unchanged_for_update(&mut tx, checked).await?
        }
        _ => people::find_by_email(&mut tx, &link.email).await?,
    };
    let Some(person) = person else {
        return Ok(AcceptInvitationOutcome::NotGood);
    };
    if let Some(invite_person::InvitePersonOutcome::OtherSide) =
        invite_person::why_not(&mut tx, &person, role).await?
    {
        return Ok(AcceptInvitationOutcome::OtherSide);
    }
    let firm = take_role(&mut tx, app, &person, role).await?;
    match proof {
        Proof::Password(_) => guesser.was_right(&mut tx).await?,
        Proof::New { .. } | Proof::SignedIn(_) => {}
    }
    // The new role may require a second factor.
    let person = people::find(&mut tx, person.id)
        .await?
        .ok_or(Error::Missing)?;
    // A signed-in person has already entered the code.
    let proven = matches!(proof, Proof::SignedIn(_)) && person.has_second_factor();
    let opened = open_session::sign_in(&mut tx, app, &person, browser, proven).await?;
    record(&mut tx, app, &person, firm, browser).await?;
    tx.commit().await?;
    Ok(AcceptInvitationOutcome::Joined { opened, firm })
}

/// Replaces an expired link by a new one, sent to the same address.
pub(crate) async fn renew(
    app: &App,
    token: &SecretString,
    browser: &Browser,
) -> Result<Option<DateTime<Utc>>, Error> {
    let mut tx = app.db.begin().await?;
    let (link, role) = find(&mut tx, token).await?;
    tx.rollback().await?;
    if link.used_at.is_some() || link.ended_at.is_some() {
        return Err(Error::Stale);
    }
    let limits = [
        (Throttle::LINK_SOURCE, Subject::Source(browser.source)),
        (Throttle::LINK_ACCOUNT, Subject::Address(&link.email)),
    ];
    if let Some(until) = slow_down::attempt(app, &limits).await? {
        return Ok(Some(until));
    }
    let actor = Actor::System { firm: None };
    let mut tx = app.db.begin().await?;
    invite_person::write(&mut tx, app, &actor, &link.email, role, link.invited_by).await?;
    tx.commit().await?;
    Ok(None)
}

async fn find(conn: &mut PgConnection, token: &SecretString) -> Result<(Link, PersonRole), Error> {
    let link = links::find(conn, token).await?.ok_or(Error::Missing)?;
    let role = match link.purpose {
        Purpose::JoinFirm(firm) => PersonRole::Firm(firm),
        Purpose::JoinSupport(role) => PersonRole::Support(role),
        Purpose::ResetPassword | Purpose::KeepFactor => return Err(Error::Missing),
    };
    Ok((link, role))
}

async fn firm_name(conn: &mut PgConnection, role: PersonRole) -> Result<Option<String>, Error> {
    Ok(match role {
        PersonRole::Firm(id) => firms::find(conn, id).await?.map(|firm| firm.name),
        PersonRole::Support(_) => None,
    })
}

async fn create(
    conn: &mut PgConnection,
    app: &App,
    email: &Email,
    name: &str,
    hash: &SecretString,
    role: PersonRole,
) -> Result<Option<Person>, Error> {
    let new = NewPerson {
        id: app.clock.new_id(),
        name,
        email,
        password_hash: Some(hash),
        support_role: support_role(role),
    };
    people::create(conn, &new, app.clock.now()).await?;
    Ok(people::find(conn, new.id).await?)
}

/// Grants the person what they were invited to.
async fn take_role(
    conn: &mut PgConnection,
    app: &App,
    person: &Person,
    role: PersonRole,
) -> Result<Option<FirmId>, Error> {
    match role {
        PersonRole::Firm(firm) => {
            firms::find_for_update(conn, firm)
                .await?
                .ok_or(Error::Missing)?;
            memberships::add(conn, firm, person.id, app.clock.now()).await?;
            Ok(Some(firm))
        }
        PersonRole::Support(role) => {
            people::set_support_role(conn, person.id, Some(role)).await?;
            people::set_disabled(conn, person.id, None).await?;
            Ok(None)
        }
    }
}

async fn record(
    conn: &mut PgConnection,
    app: &App,
    person: &Person,
    firm: Option<FirmId>,
    browser: &Browser,
) -> Result<(), Error> {
    let actor = open_session::themselves(person, browser.source);
    let activity = app
        .activity(&actor, ActivityVerb::InvitationAccepted)
        .about(&person.name);
    let activity = match firm {
        Some(firm) => activity.at_firm(firm),
        None => activity.for_staff_only(),
    };
    audit::record(conn, &activity).await
}

fn support_role(role: PersonRole) -> Option<SupportRole> {
    match role {
        PersonRole::Firm(_) => None,
        PersonRole::Support(role) => Some(role),
    }
}
