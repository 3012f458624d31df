//! What Procore says of a person who signed in; asked in their name within a minute, then never again.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::catalog::{Level, Tool};
use crate::connection::ProcorePerson;
use crate::procore::{Access, CompanyId, CompanyList, CompanySummary, Error, PersonApi, Urgency};
use crate::store::sign_ins::{SeenCompany, SeenProject};

/// Companies that are asked about side by side.
const AT_A_TIME: usize = 4;
/// How long the companies may take. One may be slow or in trouble, and the others do not wait for it.
const COMPANIES_TAKE: Duration = Duration::from_secs(10);
/// How long the names of projects may take; what was proven does not wait for more.
const PROJECTS_TAKE: Duration = Duration::from_secs(6);

/// What Procore says of them.
pub(super) struct Reading {
    pub person: ProcorePerson,
    pub companies: Vec<SeenCompany>,
    /// Where the vendor's app is installed; none where Procore does not list that.
    pub listed: Option<CompanyList>,
}

/// Reads who they are, which companies they see and administer, and which projects they see there.
pub(super) async fn read(app: &App, vendor: Access, api: &PersonApi) -> Result<Reading, Error> {
    let who = api.who().await?;
    let theirs = api.companies().await?;
    let listed = installs(app, vendor).await?;
    let until = Instant::now() + COMPANIES_TAKE;
    let asked = stream::iter(theirs).map(|company| {
        let seen = seen(&company, listed.as_ref());
        async move {
            match timeout_at(until, standing(api, &company, seen.clone())).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    tracing::info!("Procore did not tell a person's role in a company: {error}");
                    (unanswered(seen), None)
                }
                Err(_) => (unanswered(seen), None),
            }
        }
    });
    let found: Vec<_> = asked.buffered(AT_A_TIME).collect().await;
    let name = found.iter().find_map(|(_, name)| name.clone());
    let mut companies: Vec<_> = found.into_iter().map(|(company, _)| company).collect();
    let until = Instant::now() + PROJECTS_TAKE;
    for company in companies.iter_mut().filter(|it| it.administered) {
        let api = api.company(CompanyId::trusted(company.id));
        let Ok(Ok(projects)) = timeout_at(until, api.visible_projects()).await else {
            break;
        };
        let projects = projects.into_iter().map(|project| SeenProject {
            id: project.id,
            name: project.name,
            number: project.number,
        });
        company.projects = projects.collect();
    }
    let person = ProcorePerson {
        id: who.id,
        name: name.unwrap_or_else(|| who.login.clone()),
        login: who.login,
    };
    Ok(Reading {
        person,
        companies,
        listed,
    })
}

/// Where the vendor's app is installed; none where Procore does not list that.
async fn installs(app: &App, vendor: Access) -> Result<Option<CompanyList>, Error> {
    let api = app.procore.company(vendor, Urgency::Waiting);
    match api.companies_of_any().await {
        Ok(listed) => Ok(Some(listed)),
        Err(
            Error::TokenRejected(_)
            | Error::NotConnected(_)
            | Error::NotPermitted(_)
            | Error::NotVisible(_)
            | Error::Unexpected(_),
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A company that a person sees, before anything is asked about it.
fn seen(company: &CompanySummary, listed: Option<&CompanyList>) -> SeenCompany {
    let id = company.id.get();
    SeenCompany {
        id,
        name: company.name.clone(),
        // Where the list does not tell, the company is asked itself.
        installed: listed.is_none_or(|listed| listed.lists(id) != Some(false)),
        administered: false,
        unanswered: false,
        projects: Vec::new(),
    }
}

fn unanswered(seen: SeenCompany) -> SeenCompany {
    SeenCompany {
        unanswered: true,
        ..seen
    }
}

/// How a person stands to a company, and their name there. One known to lack the app is not called into.
async fn standing(
    api: &PersonApi,
    company: &CompanySummary,
    mut seen: SeenCompany,
) -> Result<(SeenCompany, Option<String>), Error> {
    if !seen.installed || !company.is_active {
        return Ok((seen, None));
    }
    let there = api.company(company.id);
    let manifest = match there.company_permissions().await {
        Ok(manifest) => manifest,
        Err(Error::NotConnected(_) | Error::TokenRejected(_)) => {
            seen.installed = false;
            return Ok((seen, None));
        }
        Err(Error::NotPermitted(_) | Error::NotVisible(_)) => return Ok((seen, None)),
        Err(error) => return Err(error),
    };
    if manifest.level(Tool::Directory) != Some(Level::Admin) {
        return Ok((seen, None));
    }
    match there.me().await {
        Ok(me) => {
            seen.administered = me.is_active;
            Ok((seen, me.name))
        }
        Err(Error::NotConnected(_) | Error::NotPermitted(_) | Error::NotVisible(_)) => {
            Ok((seen, None))
        }
        Err(error) => Err(error),
    }
}
