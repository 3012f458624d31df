//! Every story in one test binary: each further binary is another link to wait for.

mod support;

mod private_postgres;
mod procore_client;
mod procore_rates;
mod procore_sandbox;
mod procore_tokens;
mod rooms;
mod procore_sandbox_control;
mod procore_sandbox_webhooks;
mod support_db;
