//! The control page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;

use crate::server::Shared;

/// For now a list of what happened; forms follow.
pub async fn show(State(shared): State<Arc<Shared>>) -> Html<String> {
    let violations = shared.with_world(|world| world.ledger.violations.len());
    Html(format!(
        "<!DOCTYPE html><title>Procore sandbox</title><h1>Procore sandbox</h1><p>{violations} violations</p>"
    ))
}

pub fn refused(_why: &str) -> Html<String> {
    Html("<!DOCTYPE html><title>Error</title><h1>That did not work</h1>".to_owned())
}
