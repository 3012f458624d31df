//! One sweep over every address that the router knows: who gets in, what is refused, and that no
//! secret lies about afterwards.
//!
//! The addresses are the router's own, so a new page is swept without being listed here.

mod failover;
mod hostile;
mod pooled;
mod removed;
mod routes;
mod secrets;
mod visitors;
