//! What may stand in the place of an address's parameters.

use std::fmt::Display;

use secrecy::{ExposeSecret, SecretString};

/// A value for a parameter of the kind `Kind`. The rooms above implement it for their types, so
/// that no id can stand in the place of another.
pub trait Part<Kind> {
    fn part(&self) -> impl Display;
}

/// `{firm}`.
pub enum Firm {}
/// `{person}`.
pub enum Person {}
/// `{session}`.
pub enum Session {}
/// `{link}`: an invitation.
pub enum Invitation {}
/// `{hand_over}`.
pub enum HandOver {}
/// `{mail}`.
pub enum Mail {}
/// `{step}`: a step of the setup.
pub enum Step {}
/// `{set}`: a data set.
pub enum DataSet {}
/// `{onboarding}`.
pub enum Onboarding {}
/// An id of Procore's.
pub enum Number {}
/// A word that the code knows.
pub enum Word {}
/// What lets somebody in who is not signed in.
pub enum Token {}

impl Part<Number> for i64 {
    fn part(&self) -> impl Display {
        self
    }
}

impl Part<Word> for &str {
    fn part(&self) -> impl Display {
        self
    }
}

impl Part<Token> for &SecretString {
    fn part(&self) -> impl Display {
        self.expose_secret()
    }
}
