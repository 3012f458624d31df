//! Every story in one test binary: each further binary is another link to wait for.

mod completion;
mod completion_crash;
mod integration_pages;
mod support;

mod account;
mod cli;
mod demo;
mod docs;
mod hand_over;
mod hand_over_links;
mod invitations;
mod mail;
mod not_found;
mod people;
mod private_postgres;
mod procore_client;
mod procore_rates;
mod procore_sandbox;
mod procore_sandbox_control;
mod procore_sandbox_deliveries;
mod procore_sandbox_schema;
mod procore_sandbox_webhooks;
mod procore_tokens;
mod reset;
mod rooms;
mod second_factor;
mod sign_in;
mod support_case;
mod support_case_actions;
mod support_db;
mod support_new_firm;
mod support_queue;
mod sweep;
mod webhooks;
mod wizard;
