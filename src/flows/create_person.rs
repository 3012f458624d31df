//! Creates a person with a password, without an invitation: for first setup and automation.

use secrecy::SecretString;

use super::Error;
use super::new_password::PersonFacts;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, DeskVerb, Email, FirmId, PasswordError, PersonId, SupportRole, Verb};
use crate::store::people::{self, NewPerson};
use crate::store::{activities, firms, memberships};

/// What a person gets access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonRole {
    /// This firm, as its admin.
    Firm(FirmId),
    /// The support console, in this role.
    Support(SupportRole),
}

/// A person to create.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub name: String,
    pub email: Email,
    pub password: SecretString,
    pub role: PersonRole,
}

/// The result of creating a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreatePersonOutcome {
    Created(PersonId),
    /// The address has an account already; an invitation lets them join.
    AddressTaken,
    PasswordRefused(PasswordError),
}

/// Creates the person with their access, together or not at all.
pub async fn run(app: &App, actor: &Actor, new: &NewAccount) -> Result<CreatePersonOutcome, Error> {
    match new.role {
        PersonRole::Firm(firm) => {
            if actor.may(Verb::InvitePerson)? != firm {
                return Err(Error::Missing);
            }
        }
        PersonRole::Support(_) => {
            actor.may_at_desk(DeskVerb::ManageSupport)?;
        }
    }
    let firm = match new.role {
        PersonRole::Firm(firm) => firms::find(&mut *app.db.acquire().await?, firm).await?,
        PersonRole::Support(_) => None,
    };
    let firm = firm.as_ref().map(|firm| firm.name.as_str());
    let facts = PersonFacts::of_new(app, &new.name, &new.email, firm);
    if let Err(error) = facts.judge(&new.password) {
        return Ok(CreatePersonOutcome::PasswordRefused(error));
    }
    let hash = app.passwords.queue()?.hash(&new.password).await?;

    let now = app.clock.now();
    let person = NewPerson {
        id: app.clock.new_id(),
        name: &new.name,
        email: &new.email,
        password_hash: Some(&hash),
        support_role: match new.role {
            PersonRole::Firm(_) => None,
            PersonRole::Support(role) => Some(role),
        },
    };
    let mut tx = app.db.begin().await?;
    if !people::create(&mut tx, &person, now).await? {
        return Ok(CreatePersonOutcome::AddressTaken);
    }
    let mut activity = app
        .activity(actor, ActivityVerb::PersonCreated)
        .about(&new.name);
    match new.role {
        PersonRole::Firm(firm) => {
            firms::find_for_update(&mut tx, firm)
                .await?
                .ok_or(Error::Missing)?;
            memberships::add(&mut tx, firm, person.id, now).await?;
        }
        PersonRole::Support(_) => activity = activity.for_staff_only(),
    }
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(CreatePersonOutcome::Created(person.id))
}
