//! The client against a server that answers as each test says.

mod answers;
mod list_ends;
mod lists;
mod moving_lists;
mod tokens;
mod waits;
mod webhooks;
