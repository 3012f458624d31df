//! The client against a server that answers as each test says.

mod answers;
mod lists;
mod moving_lists;
mod tokens;
mod waits;
mod webhooks;
