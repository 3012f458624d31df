//! Judges a password that a person chooses.

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::Error;
use crate::app::App;
use crate::identity::{Email, PasswordError, PersonId, check_password};
use crate::store::firms;
use crate::store::people::Person;

/// What an attacker knows of a person.
pub(super) struct PersonFacts {
    texts: Vec<String>,
}

impl PersonFacts {
    /// Of somebody who is about to get an account, at `firm` if there is one.
    pub(super) fn of_new(app: &App, name: &str, email: &Email, firm: Option<&str>) -> Self {
        let known = [name, email.as_str(), app.config.product_name.as_str()];
        let texts = known.into_iter().chain(firm).map(str::to_owned).collect();
        Self { texts }
    }

    pub(super) async fn of(
        conn: &mut PgConnection,
        app: &App,
        person: &Person,
    ) -> Result<Self, Error> {
        let mut facts = Self::of_new(app, &person.name, &person.email, None);
        facts.texts.extend(names_of_firms(conn, person.id).await?);
        Ok(facts)
    }

    /// Whether the password is hard to guess for who knows this.
    pub(super) fn judge(&self, password: &SecretString) -> Result<(), PasswordError> {
        let about: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        check_password(password.expose_secret(), &about)
    }
}

async fn names_of_firms(conn: &mut PgConnection, person: PersonId) -> Result<Vec<String>, Error> {
    let firms = firms::list_of_person(conn, person).await?;
    Ok(firms.into_iter().map(|firm| firm.name).collect())
}
