//! From nothing to the first page.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::admin::{Admin, at_review, step};
use crate::place::Place;
use crate::server::Server;

/// Starts the product and the floor in turns; gives the times of each.
pub async fn compare(place: &Place, keys: &str, starts: usize) -> Result<[Vec<Duration>; 2]> {
    let database = place.copy("bench_start").await?;
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..starts {
        let began = Instant::now();
        let server = Server::concierge(place, "concierge-start", &database, keys, None).await?;
        times[0].push(first_page(server, began).await?);
        let began = Instant::now();
        let server = Server::floor(place, "floor-start", &database, 0, 0).await?;
        times[1].push(first_page(server, began).await?);
    }
    Ok(times)
}

async fn first_page(server: Server, began: Instant) -> Result<Duration> {
    let firm = at_review(0);
    let mut admin = Admin::open(server.address).await?;
    admin.look(firm, &step(firm, "review")).await?;
    let took = began.elapsed();
    server.stop().await?;
    Ok(took)
}
