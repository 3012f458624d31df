//! The least that a server must do to show a step of the setup, to save one and to receive an event,
//! written as one would write it first: a bare axum, two queries for who asks and what they look at,
//! a template of the same size as the product's page, one statement per thing that is written.
//!
//! It has the product's tables, statements kept prepared, as many connections and the same
//! release profile. It has none of what the product does around that: no security headers, no
//! cross-site check, no request numbers, traces, metrics, time and size limits, error pages.

mod board;
mod events;
mod pages;
mod queries;
mod queue;
mod save;

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;

/// As many as the product has.
const CONNECTIONS: u32 = 16;

#[derive(Clone)]
struct Floor {
    db: PgPool,
    sizes: Sizes,
}

/// How many bytes of HTML each page has: as many as the product's, which is asked first.
#[derive(Clone, Copy)]
struct Sizes {
    review: usize,
    settings: usize,
    queue: usize,
    board: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let floor = Floor {
        db: PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .connect(&std::env::var("DATABASE_URL")?)
            .await?,
        sizes: Sizes {
            review: size("FLOOR_REVIEW_BYTES")?,
            settings: size("FLOOR_SETTINGS_BYTES")?,
            queue: size("FLOOR_QUEUE_BYTES")?,
            board: size("FLOOR_BOARD_BYTES")?,
        },
    };
    let address: SocketAddr = std::env::var("FLOOR_LISTEN")?.parse()?;
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/support", get(queue::show))
        .route("/firms/{firm}/procore/projects", get(board::show))
        .route("/events/{firm}/{hook}", post(events::receive))
        .route("/events", post(events::read))
        .route("/firms/{firm}/procore/setup/review", get(pages::review))
        .route(
            "/firms/{firm}/procore/setup/settings",
            get(pages::settings).post(save::settings),
        )
        .with_state(floor);
    let listener = TcpListener::bind(address).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

fn size(name: &str) -> Result<usize, Box<dyn std::error::Error>> {
    Ok(match std::env::var(name) {
        Ok(bytes) => bytes.parse()?,
        Err(_) => 0,
    })
}

/// Why there is no page.
enum Failure {
    SignIn,
    Missing,
    Unreadable,
    Stale,
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Stale => StatusCode::CONFLICT,
            Self::Internal(error) => {
                eprintln!("A page failed: {error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        status.into_response()
    }
}
