//! Measures Concierge beside its floor in one run, and its reading from a simulated Procore.
//! `scripts/bench` starts it; what it prints goes into `docs/PERFORMANCE.md`.

mod admin;
mod connect;
mod events;
mod http;
mod load;
mod place;
mod proc;
mod projects;
mod queue;
mod report;
mod server;
mod sign_in;
mod start;
mod steps;
mod sync;

use anyhow::Result;

use admin::{Admin, at_review, at_settings, step};
use place::Place;
use report::Extent;
use server::Server;
use steps::{Ask, Side};

#[tokio::main]
async fn main() -> Result<()> {
    let extent = Extent::from_args()?;
    let place = Place::from_env()?;
    let keys = server::generate_keys(&place).await?;
    place
        .make_template(async |database| server::migrate(&place, database, &keys).await)
        .await?;
    report::surroundings();

    if extent.steps {
        compare_steps(&place, &keys, &extent).await?;
    }
    if extent.queue {
        queue::compare(&place, &keys, extent.rounds, extent.requests).await?;
    }
    if extent.start {
        report::start(&start::compare(&place, &keys, extent.starts).await?);
    }
    if extent.sign_in {
        report::sign_in(&sign_in::measure(&place, &keys, extent.people).await?);
    }
    if extent.sync {
        let mut readings = Vec::new();
        for records in [1_000, 100_000] {
            let mut of_size = Vec::new();
            for _ in 0..extent.readings {
                of_size.push(sync::read(&place, &keys, records).await?);
            }
            readings.push(of_size);
        }
        report::sync(&readings);
    }
    if extent.projects {
        projects::measure(&place, &keys, &extent).await?;
    }
    if extent.idle {
        events::idle::measure(&place, &keys, extent.seconds).await?;
    }
    if extent.events {
        events::measure(&place, &keys, &extent).await?;
    }
    report::surroundings();
    Ok(())
}

async fn compare_steps(place: &Place, keys: &str, extent: &Extent) -> Result<()> {
    let (own, others) = (
        place.copy("bench_concierge").await?,
        place.copy("bench_floor").await?,
    );
    let concierge = Server::concierge(place, "concierge", &own, keys, None).await?;
    let mut admin = Admin::open(concierge.address).await?;
    let review = admin
        .look(at_review(0), &step(at_review(0), "review"))
        .await?;
    let settings = admin
        .look(at_settings(0), &step(at_settings(0), "settings"))
        .await?;
    let (review, settings) = (review.body.len(), settings.body.len());
    let floor = Server::floor(place, "floor", &others, review, settings).await?;

    report::steps_head(review, settings);
    let mut sides = [
        Side::new(&concierge, &own).await?,
        Side::new(&floor, &others).await?,
    ];
    for ask in Ask::ALL {
        steps::compare(place, ask, extent.rounds, extent.requests, &mut sides).await?;
        report::step(ask, &sides);
    }
    report::memory(&sides)?;
    drop(sides);
    concierge.stop().await?;
    floor.stop().await
}
