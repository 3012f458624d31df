//! Creates a person with a password, without an invitation: for first setup and automation.

use secrecy::{ExposeSecret, SecretString};

use super::{Error, passwords};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{
    Actor, DeskVerb, Email, FirmId, PasswordError, PersonId, SupportRole, Verb, check_password,
};
use crate::store::people::{self, NewPerson};
use crate::store::{activities, firms, memberships};

/// What a person gets access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
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
    pub place: Place,
}

/// The result of creating a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Created(PersonId),
    /// The address has an account already; an invitation lets them join.
    AddressTaken,
    PasswordRefused(PasswordError),
}

/// Creates the person with their access, together or not at all.
pub async fn run(app: &App, actor: &Actor, new: &NewAccount) -> Result<Outcome, Error> {
    match new.place {
        Place::Firm(firm) => {
            if actor.may(Verb::InvitePerson)? != firm {
                return Err(Error::Missing);
            }
        }
        Place::Support(_) => {
            actor.may_at_desk(DeskVerb::ManageSupport)?;
        }
    }
    let about = [new.name.as_str(), new.email.as_str()];
    if let Err(error) = check_password(new.password.expose_secret(), &about) {
        return Ok(Outcome::PasswordRefused(error));
    }
    let hash = passwords::hash(&new.password).await?;

    let now = app.clock.now();
    let person = NewPerson {
        id: app.clock.new_id(),
        name: &new.name,
        email: &new.email,
        password_hash: Some(&hash),
        support_role: match new.place {
            Place::Firm(_) => None,
            Place::Support(role) => Some(role),
        },
    };
    let mut tx = app.db.begin().await?;
    if !people::create(&mut tx, &person, now).await? {
        return Ok(Outcome::AddressTaken);
    }
    let mut activity = app
        .activity(actor, ActivityVerb::PersonCreated)
        .about(&new.name);
    match new.place {
        Place::Firm(firm) => {
            firms::find_for_update(&mut tx, firm)
                .await?
                .ok_or(Error::Missing)?;
            memberships::add(&mut tx, firm, person.id, now).await?;
        }
        Place::Support(_) => activity = activity.for_staff_only(),
    }
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(Outcome::Created(person.id))
}
