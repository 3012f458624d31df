//! The queue of support: with ten thousand onboardings, with a million, and beside a floor that asks
//! the million the same.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection as _, Executor};

use crate::http::Connection;
use crate::load::{self, Side, Target};
use crate::place::Place;
use crate::server::Server;
use crate::steps::AT_ONCE;

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
const COOKIE: &str = "concierge-session=bench-session-support";
/// The most that the page may cost with many of what it costs with few, and of the floor's.
const TARGETS: [Target; 2] = [
    Target {
        own: 1,
        other: 0,
        name: "10,000",
        most: 1.1,
    },
    Target {
        own: 1,
        other: 2,
        name: "the floor",
        most: 1.3,
    },
];

/// Pages that are asked for; the floor knows the first one alone.
const PAGES: [(&str, &str); 6] = [
    ("All open", "/support"),
    ("Stalled", "/support?view=stalled"),
    ("Completed this week", "/support?view=completed"),
    ("By firm", "/support?sort=firm"),
    ("One reason", "/support?reason=no_projects"),
    ("A search", "/support?q=4242"),
];

/// Asks all three in turns, and prints what came of it.
pub async fn compare(place: &Place, keys: &str, rounds: usize, requests: usize) -> Result<()> {
    let few = filled(place, "bench_queue_few", FEW).await?;
    let many = filled(place, "bench_queue_many", MANY).await?;
    let with_few = Server::concierge(place, "queue-few", &few, keys, None).await?;
    let with_many = Server::concierge(place, "queue-many", &many, keys, None).await?;
    let mut conn = Connection::open(with_many.address).await?;
    let bytes = conn.get("/support", COOKIE).await?.body.len();
    let floor = Server::floor_of(place, "queue-floor", &many, ("FLOOR_QUEUE_BYTES", bytes)).await?;

    println!("## The queue of support\n");
    println!(
        "{AT_ONCE} people at once; the page has {bytes} bytes of HTML, the floor's the same.\n"
    );
    load::print_head();
    for (label, path) in PAGES {
        let side = |name: &str, server| Side::new(name.to_owned(), server, path.to_owned(), COOKIE);
        let mut sides = vec![side("10,000", &with_few), side("1,000,000", &with_many)];
        if path == "/support" {
            sides.push(side("Floor, 1,000,000", &floor));
        }
        load::compare(place, label, sides, &TARGETS, (rounds, requests)).await?;
    }
    println!();
    for server in [with_few, with_many, floor] {
        server.stop().await?;
    }
    place.drop("bench_queue_few").await?;
    place.drop("bench_queue_many").await
}

/// A copy of the template with so many onboardings more.
async fn filled(place: &Place, name: &str, count: usize) -> Result<String> {
    let url = place.copy(name).await?;
    let mut conn = place.connect(name).await?;
    let sql = include_str!("queue.sql").replace("{n}", &count.to_string());
    conn.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    conn.execute("vacuum analyze").await?;
    conn.close().await?;
    Ok(url)
}
