//! Every story in one test binary: each further binary is another link to wait for.

mod support;

mod private_postgres;
mod support_db;
