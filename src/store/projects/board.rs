//! The projects of a company as the board shows them, page by page.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::searched_like;
use crate::connection::{ProjectAway, ProjectState, Settings, ShownProject, Sighting};
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::{Obstacle, ProjectTool, ReasonCode};

/// A project on the board.
#[derive(Debug, Clone)]
pub(crate) struct BoardProject {
    pub project_id: i64,
    pub number: String,
    pub name: String,
    pub stage: String,
    pub is_active: bool,
    /// A template, or a demonstration.
    pub is_template: bool,
    /// Since when Procore does not show it to us.
    pub hidden_at: Option<DateTime<Utc>>,
    pub shown_as: ShownProject,
    /// What stands in the way, by the last look.
    pub obstacles: Json<Vec<Obstacle>>,
    pub tools: Option<Json<Vec<ProjectTool>>>,
    pub looked_at: Option<DateTime<Utc>>,
    /// Somebody waits for a look at it.
    pub is_asked: bool,
    pub state: Option<ProjectState>,
    pub settings: Option<Settings>,
    /// Why bringing it stands still, if it does.
    pub stopped: Option<ReasonCode>,
    pub integrated_at: Option<DateTime<Utc>>,
    pub last_event_at: Option<DateTime<Utc>>,
    pub last_copy_at: Option<DateTime<Utc>>,
    pub reference: Option<String>,
    /// Nobody chose it: it was new.
    pub is_by_itself: bool,
    /// It is to be integrated once it is ready.
    pub is_awaited: bool,
    /// Why its last reconcile could not read something of it.
    pub trouble: Option<ReasonCode>,
    /// What the last look found instead of its tools.
    pub away: Option<ProjectAway>,
    /// Procore named it among those that our user is not in.
    pub is_unshared: bool,
    /// Procore named those after it was hidden.
    pub is_asked_since: bool,
}

impl BoardProject {
    /// Whether what it waits for is wrong with the whole connection, and nothing with the project.
    pub(crate) fn is_access_gone(&self) -> bool {
        self.stopped.is_some_and(ReasonCode::stops_everything)
    }

    /// What is known of whether it can be read.
    pub(crate) fn sighting(&self) -> Sighting {
        Sighting {
            is_hidden: self.hidden_at.is_some(),
            is_active: self.is_active,
            has_tools: self.tools.is_some(),
            away: self.away,
            is_unshared: self.is_unshared,
            is_asked_since: self.is_asked_since,
        }
    }
}

/// The order of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BoardOrder {
    /// By number, those without one first.
    #[default]
    Number,
    Name,
    /// The newest in Procore first.
    Newest,
}

/// Which projects a page of the board shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoardFilter {
    /// Part of the name or number, in any case.
    pub search: Option<String>,
    pub shown_as: Option<ShownProject>,
}

impl BoardFilter {
    pub(super) fn pattern(&self) -> Option<String> {
        self.search.as_deref().map(searched_like)
    }

    fn states(&self) -> Vec<&'static str> {
        let all = ShownProject::ALL.iter().copied();
        let wanted = all.filter(|it| self.shown_as.is_none_or(|wanted| wanted == *it));
        wanted.map(ShownProject::as_str).collect()
    }
}

/// Selects projects of the board; `$which` goes on after the connection is named.
macro_rules! select_board {
    ($($which:literal)+, $($value:expr),+) => {
        sqlx::query_as!(
            BoardProject,
            r#"
            select p.project_id, p.number as "number!", p.name as "name!", p.stage, p.is_active,
                   p.is_template, p.hidden_at, p.shown_as as "shown_as!: ShownProject",
                   p.reasons as "obstacles!: Json<Vec<Obstacle>>",
                   p.tools as "tools: Json<Vec<ProjectTool>>", p.looked_at,
                   p.look_asked_at is not null as "is_asked!", p.state as "state: ProjectState",
                   p.settings as "settings: Settings", r.code as "stopped?: ReasonCode",
                   p.integrated_at, p.last_event_at, p.last_copy_at, p.reference,
                   p.by_itself_at is not null as "is_by_itself!",
                   p.is_new and p.state is null and exists (
                       select from new_project_wish w
                       where w.firm_id = p.firm_id and w.connection_id = p.connection_id
                   ) as "is_awaited!",
                   p.trouble as "trouble: ReasonCode", p.away_as as "away: ProjectAway",
                   p.shown_as = 'unavailable' and exists (
                       select from project_unshared u
                       where u.firm_id = p.firm_id and u.connection_id = p.connection_id
                         and u.project_id = p.project_id
                   ) as "is_unshared!",
                   p.shown_as = 'unavailable' and exists (
                       select from connection c
                       where c.firm_id = p.firm_id and c.connection_id = p.connection_id
                         and not c.unshared_refused
                         and c.unshared_known_at > coalesce(p.hidden_at, p.looked_at)
                   ) as "is_asked_since!"
            from project p
            left join lateral (
                select run.code from run
                where p.state is not null and run.firm_id = p.firm_id
                  and run.connection_id = p.connection_id and run.project_id = p.project_id
                  and run.kind in ('project', 'project_removal')
                  and run.state in ('needs_person', 'waiting')
                limit 1
            ) as r on true
            where p.firm_id = $1 and p.connection_id = $2
            "# $(+ $which)+,
            $($value),+
        )
    };
}

/// A page of the board, after the project `after`.
pub(crate) async fn list_board(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    filter: &BoardFilter,
    order: BoardOrder,
    after: Option<i64>,
    at_most: i64,
) -> Result<Vec<BoardProject>, StoreError> {
    let (pattern, states) = (filter.pattern(), filter.states());
    // What comes after the last project of the page before, and in which order.
    macro_rules! page {
        ($after:literal, $order:literal) => {
            select_board!(
                r#"
                and p.shown_as = any($3) and ($4::text is null or p.searched like $4)
                and ($5::bigint is null or
                "# $after ") order by " $order " limit $6",
                firm.0,
                connection.0,
                &states as &[&str],
                pattern,
                after,
                at_most
            )
            .fetch_all(conn)
            .await?
        };
    }
    Ok(match order {
        BoardOrder::Number => page!(
            "(p.number, p.project_id) > (
                 select a.number, a.project_id from project a
                 where a.firm_id = $1 and a.connection_id = $2 and a.project_id = $5
             )",
            "p.number, p.project_id"
        ),
        BoardOrder::Name => page!(
            "(p.name, p.project_id) > (
                 select a.name, a.project_id from project a
                 where a.firm_id = $1 and a.connection_id = $2 and a.project_id = $5
             )",
            "p.name, p.project_id"
        ),
        BoardOrder::Newest => page!("p.project_id < $5", "p.project_id desc"),
    })
}

/// These projects, in the order of their numbers in Procore.
pub(crate) async fn list_on_board(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
) -> Result<Vec<BoardProject>, StoreError> {
    let found = select_board!(
        "and p.project_id = any($3) order by p.project_id",
        firm.0,
        connection.0,
        projects
    );
    Ok(found.fetch_all(conn).await?)
}

/// The projects that a filter finds and that can be integrated, the newest first.
pub(crate) async fn list_free(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    filter: &BoardFilter,
    at_most: i64,
) -> Result<Vec<i64>, StoreError> {
    let (pattern, states) = (filter.pattern(), filter.states());
    let found = sqlx::query_scalar!(
        r#"
        select project_id from project
        where firm_id = $1 and connection_id = $2 and shown_as = any($3)
          and ($4::text is null or searched like $4)
          and state is null and hidden_at is null and is_active and not is_template
        order by project_id desc
        limit $5
        "#,
        firm.0,
        connection.0,
        &states as &[&str],
        pattern,
        at_most,
    );
    Ok(found.fetch_all(conn).await?)
}
