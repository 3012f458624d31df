//! The v1 endpoints: who am I, what may I do, and the lists of records.

pub mod companies;
pub mod lists;
pub mod pages;
pub mod segments;
pub mod tools;
