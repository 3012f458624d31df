//! The endpoints besides webhooks: who am I, what may I do, and the lists of records.

pub(crate) mod assignments;
pub(crate) mod companies;
pub(crate) mod contracts;
pub(crate) mod lists;
pub(crate) mod meetings;
pub(crate) mod pages;
pub(crate) mod segments;
pub(crate) mod tools;
