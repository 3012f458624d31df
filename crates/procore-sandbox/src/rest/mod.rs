//! The v1 endpoints: who am I, what may I do, and the lists of records.

pub(crate) mod companies;
pub(crate) mod lists;
pub(crate) mod pages;
pub(crate) mod segments;
pub(crate) mod tools;
