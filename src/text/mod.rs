//! Every sentence for people that stands in no template and not under `content/`.
//!
//! A text is a constant or a function of what it names, and it is whole: nothing is glued together
//! from parts of sentences, so another language needs another body and no other caller.

pub mod activity;
pub(crate) mod case;
pub mod mails;
mod onboarding;
pub mod situation;
mod verdict;
