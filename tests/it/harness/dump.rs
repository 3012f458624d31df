//! Everything that the database holds, as a stranger with a copy of it would read it.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, PgPool};

/// Every row of every table as text; bytes as hexadecimal digits.
pub(crate) async fn dump(pool: &PgPool) -> String {
    let mut all = String::new();
    for table in tables(pool).await {
        let sql = format!("select '{table} ' || t::text from {table} t");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(pool)
            .await
            .unwrap();
        for row in rows {
            writeln!(all, "{row}").unwrap();
        }
    }
    all
}

/// The lines of a dump in which a value stands, in clear or as bytes.
pub(crate) fn lines_with<'a>(dump: &'a str, value: &str) -> Vec<&'a str> {
    let bytes: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let value = value.to_lowercase();
    dump.lines()
        .filter(|line| {
            let line = line.to_lowercase();
            line.contains(&value) || line.contains(&bytes)
        })
        .collect()
}

async fn tables(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select relname::text from pg_class \
         where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}
