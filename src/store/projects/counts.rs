//! How many projects a connection has in which state: counted as they change, so that nobody reads ten thousand
//! rows to say so.

use sqlx::PgConnection;

use crate::connection::{ProjectState, ShownProject};
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;

/// How many changes may accumulate before they are folded into the counts.
const MOST_CHANGES: i64 = 100;

/// The projects of a connection, counted.
#[derive(Debug, Default)]
pub(crate) struct ProjectCounts {
    counts: Vec<Count>,
    /// Those whose integration stands still until somebody fixes something.
    stopped: i64,
}

#[derive(Debug)]
struct Count {
    shown_as: ShownProject,
    state: Option<ProjectState>,
    is_usable: bool,
    amount: i64,
}

impl ProjectCounts {
    fn of(&self, counts: impl Fn(&Count) -> bool) -> i64 {
        let counted = self.counts.iter().filter(|it| counts(it));
        counted.map(|it| it.amount).sum()
    }

    /// All that we know.
    pub(crate) fn known(&self) -> i64 {
        self.of(|_| true)
    }

    /// Those that the board shows in this state.
    pub(crate) fn shown(&self, shown_as: ShownProject) -> i64 {
        self.of(|it| it.shown_as == shown_as)
    }

    /// Those that are integrated, or on the way there or back.
    pub(crate) fn integrated(&self) -> u64 {
        self.of(|it| it.state.is_some()).unsigned_abs()
    }

    /// Those that are shown to us, active and no templates.
    pub(crate) fn usable(&self) -> i64 {
        self.of(|it| it.is_usable)
    }

    /// How far the integration of all projects is.
    pub(crate) fn progress(&self) -> IntegrationProgress {
        let in_state = |state| self.of(|it| it.state == Some(state));
        IntegrationProgress {
            waiting: in_state(ProjectState::Queued),
            running: (in_state(ProjectState::Integrating) - self.stopped).max(0),
            stopped: self.stopped,
            done: in_state(ProjectState::Integrated),
        }
    }
}

/// How far the integration of all projects is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IntegrationProgress {
    pub waiting: i64,
    pub running: i64,
    /// Those that stand still until somebody fixes something.
    pub stopped: i64,
    pub done: i64,
}

impl IntegrationProgress {
    /// Those that come by themselves.
    pub(crate) fn coming(&self) -> i64 {
        self.waiting + self.running
    }
}

/// Counts the projects of a connection.
pub(crate) async fn count(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<ProjectCounts, StoreError> {
    let counts = sqlx::query_as!(
        Count,
        r#"
        select shown_as as "shown_as!: ShownProject", nullif(state, '') as "state: ProjectState",
               is_usable as "is_usable!", sum(amount)::bigint as "amount!"
        from (
            select shown_as, state, is_usable, amount from project_count
            where firm_id = $1 and connection_id = $2
            union all
            select shown_as, state, is_usable, amount from project_change
            where firm_id = $1 and connection_id = $2
        ) as it
        group by shown_as, state, is_usable
        having sum(amount) <> 0
        "#,
        firm.0,
        connection.0,
    );
    let counts = counts.fetch_all(&mut *conn).await?;
    let stopped = match counts
        .iter()
        .any(|it| it.state == Some(ProjectState::Integrating))
    {
        true => count_stopped(conn, (firm, connection)).await?,
        false => 0,
    };
    Ok(ProjectCounts { counts, stopped })
}

async fn count_stopped(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<i64, StoreError> {
    let stopped = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from run r
        join project p
          on p.firm_id = r.firm_id and p.connection_id = r.connection_id and p.project_id = r.project_id
        where r.firm_id = $1 and r.connection_id = $2 and r.kind = 'project'
          and r.state = 'needs_person' and p.state = 'integrating'
        "#,
        firm.0,
        connection.0,
    );
    Ok(stopped.fetch_one(conn).await?)
}

/// Folds the changes into the counts when there are many. A concurrent reader sees all of them or their sum;
/// concurrent folds take different changes.
pub(crate) async fn fold_counts(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with taken as (
            delete from project_change
            where change_id = any(array(
                    select change_id from project_change
                    order by change_id
                    limit 10000
                    for update skip locked
                ))
                and (select count(*) from (select from project_change limit $1::bigint + 1) a_few) > $1
            returning firm_id, connection_id, shown_as, state, is_usable, amount
        )
        insert into project_count as known (firm_id, connection_id, shown_as, state, is_usable, amount)
        select firm_id, connection_id, shown_as, state, is_usable, sum(amount)
        from taken
        group by 1, 2, 3, 4, 5
        order by 1, 2, 3, 4, 5
        on conflict (firm_id, connection_id, shown_as, state, is_usable)
        do update set amount = known.amount + excluded.amount
        "#,
        MOST_CHANGES,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the counts of a connection whose projects were forgotten.
pub(crate) async fn forget_counts(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    // In this order: a fold that is under way turns changes into counts.
    sqlx::query!(
        "delete from project_change where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from project_count where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
