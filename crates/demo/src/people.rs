//! The demo's firm and people, created by the flows that `concierge firm` and `user` use.

use anyhow::{Context, Result, bail};
use secrecy::SecretString;

use crate::details::{FirmDetails, SignIn};
use crate::folder::Kept;
use concierge::app::App;
use concierge::flows::create_firm::{self, NewFirm};
use concierge::flows::create_person::{self, NewAccount, PersonRole};
use concierge::identity::Place::Desk;
use concierge::identity::{Actor, Email, FirmId, PersonId, SupportRole, Who};
use concierge::store::{firms, people};

const FIRM: &str = "Harbor & Lane Construction";
const ADMIN: &str = "Robin Lane";
const SUPPORT: &str = "Sam Reyes";

/// Creates whoever is not there yet; an earlier demo's firm and people stay as they are.
///
/// `is_new`: the passwords were just made up, so nobody can have them yet.
pub(crate) async fn settle(app: &App, kept: &Kept, is_new: bool) -> Result<FirmDetails> {
    let firm = match find(app, &kept.admin).await? {
        Some(_) if is_new => bail!(
            "The database holds a demo already, but its passwords are kept in another data folder: \
             use that one with --data, or an empty database (--reset)"
        ),
        Some(admin) => firm_of(app, admin).await?,
        None => {
            let firm = create_firm(app).await?;
            create(app, ADMIN, &kept.admin, PersonRole::Firm(firm)).await?;
            firm
        }
    };
    if find(app, &kept.support).await?.is_none() {
        create(
            app,
            SUPPORT,
            &kept.support,
            PersonRole::Support(SupportRole::Lead),
        )
        .await?;
    }
    Ok(FirmDetails {
        id: firm,
        name: FIRM.to_owned(),
    })
}

/// The support person, as who acts.
pub(crate) async fn support(app: &App, kept: &Kept) -> Result<Actor> {
    let id = find(app, &kept.support)
        .await?
        .context("The demo's support person is gone")?;
    let who = Who {
        id,
        name: SUPPORT.to_owned(),
        source: None,
    };
    Ok(Actor::Support {
        role: SupportRole::Lead,
        place: Desk,
        who,
    })
}

async fn find(app: &App, person: &SignIn) -> Result<Option<PersonId>> {
    let mut conn = app.db.acquire().await?;
    let found = people::find_by_email(&mut conn, &Email::parse(&person.email)?).await?;
    Ok(found.map(|person| person.id))
}

async fn firm_of(app: &App, admin: PersonId) -> Result<FirmId> {
    let mut conn = app.db.acquire().await?;
    let firms = firms::list_of_person(&mut conn, admin).await?;
    let firm = firms
        .first()
        .context("The demo's admin has left their firm: --reset starts over")?;
    Ok(firm.id)
}

async fn create_firm(app: &App) -> Result<FirmId> {
    let operator = Actor::System { firm: None };
    let firm = NewFirm {
        name: FIRM.to_owned(),
        external_reference: None,
        prefill: create_firm::Prefill::default(),
    };
    match create_firm::run(app, &operator, &firm).await? {
        create_firm::CreateFirmOutcome::Created(id) => Ok(id),
        create_firm::CreateFirmOutcome::ReferenceTaken => {
            bail!("A firm without a reference has one")
        }
    }
}

async fn create(app: &App, name: &str, sign_in: &SignIn, role: PersonRole) -> Result<()> {
    let operator = match role {
        PersonRole::Firm(firm) => Actor::system_for(firm),
        PersonRole::Support(_) => Actor::System { firm: None },
    };
    let account = NewAccount {
        name: name.to_owned(),
        email: Email::parse(&sign_in.email)?,
        password: SecretString::from(sign_in.password.clone()),
        role,
    };
    match create_person::run(app, &operator, &account).await? {
        create_person::CreatePersonOutcome::Created(_) => Ok(()),
        create_person::CreatePersonOutcome::AddressTaken => {
            bail!("{} was just taken", sign_in.email)
        }
        create_person::CreatePersonOutcome::PasswordRefused(error) => {
            bail!("The demo's password: {error}")
        }
    }
}
