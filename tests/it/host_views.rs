//! What was copied, as the host product reads it.

mod follow;

use chrono::{DateTime, Utc};
use concierge::catalog::{ColumnType, DataSet, HostColumn, Read};
use concierge::connection::{AccessWay, Connection, ConnectionState, Health, Pause, Target};
use concierge::identity::{ConnectionId, FirmId};
use concierge::verdict::ReasonCode;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};
use uuid::Uuid;

use crate::harness::app::TestApp;
use crate::harness::db::{OWNER, READER_ROLE, TestDb};
use crate::harness::program::Program;

/// Columns of every view of records, before and after those of its kind.
const FIRST: &[(&str, &str)] = &[
    ("firm", "text"),
    ("connection_id", "uuid"),
    ("procore_id", "bigint"),
];
const LAST: &[(&str, &str)] = &[
    ("body", "jsonb"),
    ("procore_updated_at", "timestamp with time zone"),
    ("first_seen_at", "timestamp with time zone"),
    ("changed_at", "timestamp with time zone"),
    ("gone_at", "timestamp with time zone"),
    ("unavailable_at", "timestamp with time zone"),
    ("change", "bigint"),
];
/// Columns that came to a view later stand behind all others.
const ADDED: &[(&str, (&str, &str))] = &[("project", ("reference", "text"))];
const CONNECTION: &[(&str, &str)] = &[
    ("firm", "text"),
    ("firm_name", "text"),
    ("connection_id", "uuid"),
    ("setup", "text"),
    ("state", "text"),
    ("health", "text"),
    ("reasons", "ARRAY"),
    ("environment", "text"),
    ("company_id", "bigint"),
    ("company_name", "text"),
    ("connected_at", "timestamp with time zone"),
    ("last_sync_at", "timestamp with time zone"),
    ("paused_at", "timestamp with time zone"),
    ("change", "bigint"),
    ("firm_id", "uuid"),
];
const CHANGE: &[(&str, &str)] = &[
    ("firm", "text"),
    ("firm_id", "uuid"),
    ("connection_id", "uuid"),
    ("change", "bigint"),
    ("kind", "text"),
    ("project_id", "bigint"),
    ("procore_id", "bigint"),
    ("deleted", "boolean"),
    ("body", "jsonb"),
    ("procore_updated_at", "timestamp with time zone"),
    ("first_seen_at", "timestamp with time zone"),
    ("changed_at", "timestamp with time zone"),
    ("gone_at", "timestamp with time zone"),
    ("unavailable_at", "timestamp with time zone"),
];

/// Each kind of records once.
fn kinds() -> Vec<&'static Read> {
    let mut kinds: Vec<&Read> = Vec::new();
    let sets = DataSet::OF_COMPANY.iter().chain(&DataSet::OF_PROJECT);
    for read in sets.flat_map(|set| set.entry().reads) {
        if kinds.iter().all(|known| known.kind != read.kind) {
            kinds.push(read);
        }
    }
    kinds
}

/// Whether the records of a list are those of a project.
fn is_of_project(read: &Read) -> bool {
    let mut sets = DataSet::OF_PROJECT.iter();
    sets.any(|set| set.entry().reads.iter().any(|it| it.kind == read.kind))
}

/// A firm, as the host product calls it, with one record.
async fn put_record(db: &PgPool, firm: Uuid, kind: &str, id: i64, body: &Value) {
    sqlx::query(
        "insert into record (firm_id, connection_id, data_set, kind, procore_id, body, body_hash, \
                             first_seen_at, last_seen_at, as_of, changed_at, change) \
         values ($1, $1, 'any', $2, $3, $4, '', now(), now(), now(), now(), next_change($1))",
    )
    .bind(firm)
    .bind(kind)
    .bind(id)
    .bind(body)
    .execute(db)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_views_are_those_of_the_catalog_and_stay_as_they_are() {
    let db = TestDb::create().await;
    let of_kinds = kinds().into_iter().map(|read| {
        let own = read.view.columns.iter();
        let own = own.map(|column| (column.name, column.column_type.sql_name()));
        let mut first = FIRST.to_vec();
        if is_of_project(read) {
            first.insert(2, ("project_id", "bigint"));
        }
        let columns = first.into_iter().chain(own);
        let columns = columns.chain(LAST.iter().copied());
        let further = ADDED.iter().filter(|(view, _)| *view == read.view.name);
        let further = further.map(|(_, column)| *column);
        (read.view.name, columns.chain(further).collect())
    });
    let mut expected: Vec<(&str, Vec<(&str, &str)>)> = of_kinds.collect();
    expected.push(("connection", CONNECTION.to_vec()));
    expected.push(("change", CHANGE.to_vec()));
    expected.sort_unstable_by_key(|(name, _)| *name);

    let found: Vec<(String, Vec<String>, Vec<String>)> = sqlx::query_as(
        "select table_name::text, array_agg(column_name::text order by ordinal_position), \
                array_agg(data_type::text order by ordinal_position) \
         from information_schema.columns where table_schema = 'concierge_v1' \
         group by table_name order by table_name::text collate \"C\"",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    let found: Vec<(&str, Vec<(&str, &str)>)> = found
        .iter()
        .map(|(view, names, types)| {
            let types = types.iter().map(String::as_str);
            let columns = names.iter().map(String::as_str).zip(types);
            (view.as_str(), columns.collect())
        })
        .collect();
    assert_eq!(found, expected);

    let named: Vec<(String, String)> = {
        let of_kinds = kinds().into_iter().map(|read| read.kind);
        let sql = "select kind, concierge_v1.view_of(kind) from unnest($1::text[]) as kind";
        let of_kinds: Vec<&str> = of_kinds.collect();
        let named = sqlx::query_as(sql).bind(&of_kinds).fetch_all(db.pool());
        named.await.unwrap()
    };
    let wanted: Vec<(String, String)> = kinds()
        .into_iter()
        .map(|read| (read.kind.to_owned(), read.view.name.to_owned()))
        .collect();
    assert_eq!(named, wanted);
}

/// A value for a column, as Procore sends it.
fn sample(column: &HostColumn) -> Value {
    match column.column_type {
        ColumnType::Text => json!(format!("the {}", column.name)),
        ColumnType::Bigint => json!(562_949_953_421_312_i64),
        ColumnType::Boolean => json!(true),
        ColumnType::Date => json!("2028-02-29"),
    }
}

/// A record with a value in the field of every column.
fn body_with(columns: &[HostColumn], value: impl Fn(&HostColumn) -> Value) -> Value {
    let mut body = Map::new();
    for column in columns {
        match column.field {
            [field] => drop(body.insert((*field).to_owned(), value(column))),
            [outer, inner] => drop(body.insert(
                (*outer).to_owned(),
                json!({ (*inner).to_owned(): value(column) }),
            )),
            field => panic!("{field:?}"),
        }
    }
    body.into()
}

#[tokio::test]
async fn every_column_is_its_field_or_null_where_that_is_odd() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme").await.0;
    let odd = [
        json!(null),
        json!({ "id": 1 }),
        json!([1]),
        json!("2027-02-30"),
        json!("soon"),
        json!(1e30),
        json!("99999999999999999999"),
        json!(true),
    ];
    for read in kinds() {
        let columns = read.view.columns;
        put_record(app.db(), firm, read.kind, 1, &body_with(columns, sample)).await;
        put_record(app.db(), firm, read.kind, 2, &json!({})).await;
        for (place, value) in odd.iter().enumerate() {
            let body = body_with(columns, |_| value.clone());
            put_record(app.db(), firm, read.kind, 3 + place as i64, &body).await;
        }
        let sql = format!(
            "select to_jsonb(it) from concierge_v1.{} as it order by procore_id",
            read.view.name
        );
        let rows: Vec<Value> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(app.db())
            .await
            .unwrap();
        assert_eq!(rows.len(), 2 + odd.len());
        for column in columns {
            let about = format!("{}.{}", read.view.name, column.name);
            assert_eq!(rows[0][column.name], sample(column), "{about}");
            assert_eq!(rows[1][column.name], Value::Null, "{about}");
            assert_eq!(rows[0]["firm"], json!(firm), "named by its id");
            if column.column_type == ColumnType::Date {
                let odd = rows[2..].iter().map(|row| &row[column.name]);
                assert!(odd.into_iter().all(Value::is_null), "{about}");
            }
        }
    }
}

#[tokio::test]
async fn every_bigint_is_shown_and_nothing_larger() {
    let db = TestDb::create().await;
    for (text, expected) in [
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("1234567890123456789", Some(1_234_567_890_123_456_789)),
        ("9223372036854775808", None),
        ("-9223372036854775809", None),
        ("99999999999999999999", None),
    ] {
        for value in [text.to_owned(), format!("\"{text}\"")] {
            let shown: Option<i64> =
                sqlx::query_scalar("select concierge_v1.as_bigint($1::text::jsonb)")
                    .bind(&value)
                    .fetch_one(db.pool())
                    .await
                    .unwrap();
            assert_eq!(shown, expected, "{value}");
        }
    }
}

#[tokio::test]
async fn health_is_what_the_product_says_in_every_case() {
    let db = TestDb::create().await;
    let all: Vec<ReasonCode> = ReasonCode::all().collect();
    let mut cases: Vec<Vec<ReasonCode>> = vec![vec![]];
    for (place, one) in all.iter().enumerate() {
        cases.push(vec![*one]);
        cases.extend(all[place + 1..].iter().map(|other| vec![*one, *other]));
    }
    cases.push(all);
    let target = Target {
        environment: "production".into(),
        company_id: 7,
        access_way: AccessWay::OwnApp,
    };
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let connection = Connection::open(ConnectionId(Uuid::nil()), FirmId(Uuid::nil()), target, now);
    let by = "Robin".to_owned();
    let pauses = [None, Some(Pause { since: now, by })];
    let all = ConnectionState::ALL.into_iter();
    let all = all.flat_map(|state| pauses.iter().map(move |pause| (state, pause.clone())));
    for (state, pause) in all {
        let connection = Connection {
            state,
            pause,
            ..connection.clone()
        };
        let reasons: Vec<Value> = cases.iter().map(|open| json!(open)).collect();
        let said: Vec<Option<String>> = sqlx::query_scalar(
            "select concierge_v1.health($1, $2, array(select jsonb_array_elements_text(open))) \
             from unnest($3::jsonb[]) with ordinality as cases (open, place) order by place",
        )
        .bind(state.as_str())
        .bind(connection.pause.is_some())
        .bind(reasons)
        .fetch_all(db.pool())
        .await
        .unwrap();
        for (open, said) in cases.iter().zip(said) {
            let health = Health::of(&connection, open).map(Health::as_str);
            assert_eq!(said.as_deref(), health, "{connection:?} {open:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_is_shown_with_its_setup_and_what_is_wrong() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let shown = async || {
        let row = sqlx::query("select * from concierge_v1.connection");
        row.fetch_one(app.db()).await.unwrap()
    };
    let row = shown().await;
    assert_eq!(row.get::<String, _>("firm"), admin.firm.to_string());
    assert_eq!(row.get::<Option<Uuid>, _>("connection_id"), None);
    assert_eq!(row.get::<String, _>("setup"), "review");
    assert_eq!(row.get::<Option<String>, _>("health"), None);

    let firm = admin.firm.0;
    let arranged = [
        "update firm set external_reference = 'acme-7' where firm_id = $1",
        "insert into connection (firm_id, connection_id, environment, company_id, access_way, state, \
                                 created_at) \
         values ($1, $1, 'production', 7, 'own_app', 'connected', now())",
        "update onboarding set connection_id = $1, stage = 'done' where firm_id = $1",
        "insert into incident (firm_id, incident_id, connection_id, found_by, code, finding, since, \
                               seen_at, ended_at) \
         values ($1, gen_random_uuid(), $1, '{webhook}', 'PC-HOOK', '{}', now(), now(), null), \
                ($1, gen_random_uuid(), $1, '{access}', 'PC-COMPANY', '{}', now(), now(), now())",
    ];
    for sql in arranged {
        sqlx::query(sql).bind(firm).execute(app.db()).await.unwrap();
    }
    put_record(app.db(), firm, "offices", 1, &json!({})).await;
    let row = shown().await;
    assert_eq!(row.get::<String, _>("firm"), "acme-7");
    assert_eq!(row.get::<Option<Uuid>, _>("connection_id"), Some(firm));
    assert_eq!(row.get::<String, _>("setup"), "done");
    assert_eq!(row.get::<String, _>("health"), "degraded");
    assert_eq!(row.get::<Vec<String>, _>("reasons"), ["PC-HOOK"]);
    let last: i64 = sqlx::query_scalar("select max(change) from concierge_v1.change")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>("change"), last);
}

#[tokio::test]
async fn the_host_products_role_reads_the_views_and_nothing_else() {
    let db = TestDb::create().await;
    let mut conn = db.pool().acquire().await.unwrap();
    let relations: Vec<(String, String)> = sqlx::query_as(
        "select relnamespace::regnamespace::text, oid::regclass::text from pg_class \
         where relnamespace in ('public'::regnamespace, 'concierge_v1'::regnamespace) \
           and relkind in ('r', 'p', 'v')",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    conn.execute(AssertSqlSafe(format!("set role {READER_ROLE}")))
        .await
        .unwrap();
    assert!(relations.len() > 40, "{relations:?}");
    for (schema, relation) in relations {
        let (may_read, may_write): (bool, bool) = sqlx::query_as(
            "select has_any_column_privilege($1, 'select'), \
                    has_any_column_privilege($1, 'insert, update') \
                    or has_table_privilege($1, 'delete, truncate')",
        )
        .bind(&relation)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
        assert_eq!(may_read, schema == "concierge_v1", "{relation}");
        assert!(!may_write, "{relation}");
    }
    for sql in [
        "select secret from credential",
        "select next_change(gen_random_uuid())",
        "select counting_check_run(gen_random_uuid(), gen_random_uuid(), 'access')",
        "select erase_firm_rows(gen_random_uuid(), 1, now())",
        "create table another ()",
        "create view concierge_v1.another as select 1",
        "delete from concierge_v1.office",
    ] {
        let refused = conn.execute(sql).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code());
        let code = code.as_deref();
        // A view of a join cannot be written to at all.
        assert!(matches!(code, Some("42501" | "55000")), "{sql}: {refused}");
    }
    conn.execute("select * from concierge_v1.connection, concierge_v1.office")
        .await
        .unwrap();
    // The connection goes back to the pool as it came.
    conn.execute("reset role").await.unwrap();
}

#[tokio::test]
async fn migrate_refuses_a_reader_that_reads_more_and_says_what_it_lacks() {
    let db = TestDb::create().await;
    let migrate = |reader: &str| {
        Program::new(&["migrate"])
            .env("DATABASE_URL", &db.url_as(OWNER))
            .env("CONCIERGE_READER_ROLE", reader)
    };
    let ran = migrate(READER_ROLE).run().await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = migrate(OWNER).run().await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("which can read"), "{}", ran.stderr);
    let ran = migrate("nobody made this").run().await;
    assert_eq!(ran.code, 1);
    let said = "Create it with `create role nobody made this`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);

    // The role is the server's: another test process may make it at this moment.
    let name = format!("concierge_test_read_{}", Uuid::new_v4().simple());
    let superuser = Program::new(&["migrate"])
        .env("DATABASE_URL", &db.url())
        .env("CONCIERGE_READER_ROLE", &name);
    let ran = superuser.run().await;
    let can_read: bool =
        sqlx::query_scalar("select has_table_privilege($1, 'concierge_v1.person', 'select')")
            .bind(&name)
            .fetch_one(db.pool())
            .await
            .unwrap();
    let undone = format!("drop owned by {name}; drop role {name}");
    db.pool().execute(AssertSqlSafe(undone)).await.unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(can_read);
}
