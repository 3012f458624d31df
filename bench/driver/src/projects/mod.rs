//! Single projects: what their board costs with few and with many of them, and what it takes to integrate
//! many.

mod board;
mod integration;

use anyhow::Result;

use crate::place::Place;
use crate::report::Extent;

pub async fn measure(place: &Place, keys: &str, extent: &Extent) -> Result<()> {
    println!("## Projects\n");
    board::compare(place, keys, extent.rounds, extent.requests / 2).await?;
    integration::compare(place, keys, extent.project_count).await
}
