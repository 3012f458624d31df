//! Onboardings in every state that a story needs.

use concierge::identity::FirmId;
use concierge::paths;
use concierge::store::queue_lines;
use sqlx::AssertSqlSafe;

use crate::harness::app::TestApp;
use crate::harness::case::case_of;
use crate::harness::page::Page;

/// A firm whose line says what `change` sets; `$2` is now.
pub(super) async fn line(app: &TestApp, name: &str, change: &str) -> FirmId {
    let firm = app.firm(name).await;
    let sql = format!(
        "update queue_line set {change} where firm_id = $1 and $2::timestamptz is not null
         returning company_id"
    );
    let company_id: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(firm.0)
        .bind(app.now())
        .fetch_one(app.db())
        .await
        .unwrap();
    // Its place in the queue is for the program to conclude.
    let (case, mut conn) = (case_of(app, firm).await, app.db().acquire().await.unwrap());
    let standing = queue_lines::find_for_update(&mut conn, firm, case, app.now()).await;
    let mut standing = standing.unwrap().unwrap();
    standing.subject.company_id = company_id;
    queue_lines::save(&mut conn, &standing.subject, &standing.line.unwrap())
        .await
        .unwrap();
    firm
}

/// So many firms at once, called *Firm 1* and so on, all alike.
pub(super) async fn many(app: &TestApp, count: i32) {
    let id =
        |part: &str| format!("('00000000-0000-7000-{part}-' || lpad(to_hex(n), 12, '0'))::uuid");
    let (firm, onboarding) = (id("8000"), id("9000"));
    for sql in [
        format!(
            "insert into firm (firm_id, name, created_at)
             select {firm}, 'Firm ' || n, $2 from generate_series(1, $1) n"
        ),
        format!(
            "insert into firm_word (word, firm_id)
             select 'firm', {firm} from generate_series(1, $1) n where $2::timestamptz is not null"
        ),
        format!(
            "insert into onboarding (firm_id, onboarding_id, created_at, updated_at)
             select {firm}, {onboarding}, $2, $2 from generate_series(1, $1) n"
        ),
        format!(
            "insert into queue_line (firm_id, line_id, onboarding_id, stage, furthest, situation,
                                     waiting_on, since, progress_at, started_at, firm_name, is_open,
                                     needs_person, urgency, urgent_at)
             select {firm}, {onboarding}, {onboarding}, 'review', 0, 'never_started', 'firm', $2, $2, $2,
                    'Firm ' || n, true, false, 2, $2
             from generate_series(1, $1) n"
        ),
    ] {
        sqlx::query(AssertSqlSafe(sql))
            .bind(count)
            .bind(app.now())
            .execute(app.db())
            .await
            .unwrap();
    }
}

/// The queue with this query.
pub(super) fn queue(query: &str) -> String {
    format!("{}?{query}", paths::SUPPORT)
}

/// The firms of a page, in its order.
pub(super) fn names(page: &Page) -> Vec<String> {
    page.texts("tbody th a")
}
