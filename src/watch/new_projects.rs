//! The mail about new projects that are integrated by themselves: once a day at the most, and only where
//! there is something to tell.

use anyhow::Context as _;
use sqlx::PgConnection;

use crate::app::App;
use crate::connection::{Connection, NewProjectNews};
use crate::identity::ConnectionId;
use crate::mail;
use crate::paths;
use crate::store::projects::{self, NewProjectWish, ProjectNews};
use crate::store::{connections, firms, memberships};
use crate::text::mails::Letter;
use crate::text::mails::new_projects as words;
use crate::text::projects::{obstacle, title, trouble};
use crate::work::Lease;

pub(crate) use crate::store::projects::TELL as KIND;

/// Projects that one mail is about; the others are told of on the next day.
const AT_MOST: i64 = 10_000;
/// Projects that a mail names of each kind.
const NAMED: usize = 20;

/// Writes to everybody who acts for the firm, if there is something to tell.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("new projects of no firm")?;
    let of = (firm_id, ConnectionId(lease.key));
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let connection = connections::find(&mut tx, firm_id, of.1).await?;
    let Some(connection) = connection.filter(Connection::is_connected) else {
        return Ok(());
    };
    let Some(wish) = projects::find_wish(&mut tx, of).await? else {
        return Ok(());
    };
    let news = projects::list_news(&mut tx, of, AT_MOST).await?;
    if news.is_empty() {
        return Ok(());
    }
    let letter = write(&mut tx, app, &connection, &wish, &news).await?;
    for member in memberships::list(&mut tx, firm_id).await? {
        mail::queue(&mut tx, app, Some(firm_id), &member.email, &letter).await?;
    }
    projects::note_told(&mut tx, of, &news, now).await?;
    Ok(tx.commit().await?)
}

async fn write(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
    wish: &NewProjectWish,
    news: &[ProjectNews],
) -> anyhow::Result<Letter> {
    let firm_id = connection.firm_id;
    let count = |kind| news.iter().filter(|it| it.news == kind).count();
    let product = &app.config.product_name;
    let company = connection.company_name.as_deref().unwrap_or_default();
    let mut letter = words::letter(product, company, &wish.wished_by, count);
    for kind in NewProjectNews::ALL {
        let mut of_kind = news.iter().filter(|it| it.news == kind);
        for project in of_kind.by_ref().take(NAMED) {
            let address = app.link(&paths::project(firm_id, project.project_id));
            let title = title(&project.number, &project.name, project.project_id);
            let point = words::point(&title, project.news, &why(project));
            letter = letter.point(point, Some(address));
        }
        if let Some(more) = words::and_more(kind, of_kind.count()) {
            letter = letter.point(more, None);
        }
    }
    let firm = firms::find(conn, firm_id).await?;
    let firm = firm.map(|firm| firm.name).unwrap_or_default();
    Ok(letter
        .action(words::SEE, app.link(&paths::projects(firm_id)))
        .closing(words::why_you_get_this(&firm)))
}

/// Why a project waits, or stopped.
fn why(project: &ProjectNews) -> Vec<String> {
    match project.news {
        NewProjectNews::Integrated => Vec::new(),
        NewProjectNews::Stopped => project.code.into_iter().map(trouble).collect(),
        NewProjectNews::Waiting => project.obstacles.0.iter().map(obstacle).collect(),
    }
}
