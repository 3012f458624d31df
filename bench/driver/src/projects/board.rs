//! The board: the same page of fifty projects out of a hundred, a thousand and ten thousand, and beside a
//! floor that asks the ten thousand for the same.

use anyhow::{Result, ensure};
use sqlx::{AssertSqlSafe, Connection as _, Executor};
use uuid::Uuid;

use crate::events::idle::connected;
use crate::http::Connection;
use crate::load::{self, Side, Target};
use crate::place::Place;
use crate::server::Server;
use crate::steps::AT_ONCE;

/// Projects of the three companies.
const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// The most that a page may cost with the most projects: of what it costs with the fewest, and of the floor's.
const TARGETS: [Target; 2] = [
    Target {
        own: 2,
        other: 0,
        name: "100",
        most: 1.2,
    },
    Target {
        own: 2,
        other: 3,
        name: "the floor",
        most: 1.3,
    },
];

/// Pages that are asked for: their names, and their addresses here and at the floor.
const PAGES: [(&str, &str, &str); 4] = [
    ("All", "", ""),
    ("By name", "?sort=name", "?sort=name"),
    ("Not ready", "?state=not-ready", "?state=not_ready"),
    ("A search", "?q=Tower+42", "?q=Tower+42"),
];

/// The firm whose company has the n-th size, and its admin.
fn firm(n: usize) -> (String, String) {
    let id = Uuid::from_u128(0x00000000_0000_7000_b000_000000000000 + n as u128 + 1);
    let path = format!("/firms/{id}/procore/projects");
    (path, format!("concierge-session=bench-session-{}", n + 1))
}

/// Asks all of them in turns, and prints what came of it.
pub async fn compare(place: &Place, keys: &str, rounds: usize, requests: usize) -> Result<()> {
    let database = filled(place).await?;
    let server = Server::concierge(place, "board", &database, keys, None).await?;
    let (path, cookie) = firm(2);
    let mut conn = Connection::open(server.address).await?;
    let page = conn.get(&path, &cookie).await?;
    let said = String::from_utf8_lossy(&page.body);
    ensure!(page.status == 200, "{path} answered {}", page.status);
    ensure!(said.contains("We know 10,000 projects"), "{said}");
    let rows = said.matches("name=\"project\"").count();
    ensure!(rows > 40, "{rows} projects can be chosen");
    let bytes = page.body.len();
    let floor = Server::floor_of(
        place,
        "board-floor",
        &database,
        ("FLOOR_BOARD_BYTES", bytes),
    )
    .await?;

    println!("### The board\n");
    println!(
        "{AT_ONCE} people at once; *All* shows fifty projects in {bytes} bytes of HTML; each page of the floor \
         is filled up to that. The floor asks the ten thousand: who asks, the page, the counts and the rest of the page's \
         facts, a plain statement each.\n"
    );
    load::print_head();
    for (label, query, floor_query) in PAGES {
        let side = |name: String, server, n| {
            let (path, cookie) = firm(n);
            Side::new(name, server, format!("{path}{query}"), &cookie)
        };
        let sizes = SIZES.into_iter().enumerate();
        let mut sides: Vec<_> = sizes
            .map(|(n, size)| side(size.to_string(), &server, n))
            .collect();
        let (path, cookie) = firm(2);
        let path = format!("{path}{floor_query}");
        let name = format!("Floor, {}", SIZES[2]);
        sides.push(Side::new(name, &floor, path, &cookie));
        load::compare(place, label, sides, &TARGETS, (rounds, requests)).await?;
    }
    println!();
    server.stop().await?;
    floor.stop().await?;
    place.drop("bench_board").await
}

/// A copy of the template with the three companies.
async fn filled(place: &Place) -> Result<String> {
    let url = place.copy("bench_board").await?;
    let mut conn = place.connect("bench_board").await?;
    conn.execute(sqlx::raw_sql(AssertSqlSafe(connected(1, SIZES.len()))))
        .await?;
    let [few, some, many] = SIZES.map(|size| size.to_string());
    let sql = include_str!("board.sql");
    let sql = sql.replace("$FEW", &few).replace("$SOME", &some);
    let sql = sql.replace("$MANY", &many);
    conn.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    conn.execute("vacuum analyze").await?;
    conn.close().await?;
    Ok(url)
}
