//! Every story in one test binary: each further binary is another link to wait for.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests may break off, and look at the database and the program from outside"
)]

mod complete_lists;
mod completion;
mod completion_crash;
mod completion_doubts;
mod events_are_applied;
mod harness;
mod hook_versions;
mod host_views;
mod integrate_projects;
mod integrated_projects;
mod integration_credentials;
mod integration_pages;

mod account;
mod account_life;
mod act_for;
mod arrival;
mod branding;
mod change_settings;
mod checks;
mod cli;
mod close_case;
mod close_case_pages;
mod concierge_page;
mod data_first;
mod database_roles;
mod delivered_while_ending;
mod disconnect;
mod docs;
mod firm_queries;
mod hand_over;
mod hand_over_links;
mod hand_over_notice;
mod hand_over_waiting;
mod idle_firms;
mod incidents;
mod invitations;
mod known_device;
mod late_writes;
mod locks;
mod long_waits;
mod lost_factor;
mod mail;
mod many_events;
mod many_projects;
mod moving_lists;
mod narrowed_lists;
mod new_projects;
mod not_found;
mod odd_answers;
mod odd_rows;
mod other_host;
mod overtaken_repair;
mod pause;
mod people;
mod procore_client;
mod procore_rates;
mod procore_tokens;
mod project_counts;
mod project_deliveries;
mod project_looks;
mod project_references;
mod projects_board;
mod projects_in_need;
mod projects_taken_back;
mod projects_unshared;
mod read_as_it_ends;
mod reasons;
mod reconcile;
mod reconciled_projects;
mod recorded_consent;
mod refusals;
mod removal_pages;
mod remove_firm;
mod remove_firm_crash;
mod remove_firm_delivery;
mod reopen;
mod replace_credentials;
mod reset;
mod retyped_secret;
mod rooms;
mod round_trips;
mod second_factor;
mod security_record;
mod short_lists;
mod sign_in;
mod stop_reminders;
mod support_case;
mod support_case_actions;
mod support_case_mails;
mod support_db;
mod support_new_firm;
mod support_overview;
mod support_queue;
mod support_staff;
mod sweep;
mod taken_over;
mod tasks_in_procore;
mod test_address;
mod unavailable_projects;
mod vendor_app;
mod view_as;
mod watch;
mod webhooks;
mod wizard;
mod wizard_details;
mod work;
