//! What a form says about a field that has to be corrected.

use std::fmt;

use super::count::{Noun, counted};
use crate::connection::NothingChosen;
use crate::identity::{
    EmailError, LONGEST_NAME, LONGEST_PASSWORD, NameError, PasswordError, RemarkError,
    SHORTEST_PASSWORD,
};
use crate::procore::{ClientIdError, ClientSecretError, CompanyIdError};

impl fmt::Display for NameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("Enter a name"),
            Self::TooLong => out.write_str(&too_long(LONGEST_NAME)),
        }
    }
}

impl fmt::Display for EmailError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "Enter an email address",
            Self::Form => "Enter an email address in the form name@example.com",
            Self::TooLong => "Enter an email address of at most 254 characters",
        })
    }
}

impl fmt::Display for PasswordError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("Enter a password"),
            Self::TooShort => write!(
                out,
                "Use at least {} characters. Three or four words are easy to remember",
                SHORTEST_PASSWORD
            ),
            Self::TooLong => out.write_str(&too_long(LONGEST_PASSWORD)),
            Self::Common => out.write_str(
                "This password is easy to guess. Choose one that others would not think of",
            ),
            Self::AboutYou => {
                out.write_str("Choose a password without your name, address, firm or product in it")
            }
        }
    }
}

impl fmt::Display for RemarkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReason => out.write_str("Enter a reason"),
            Self::NoNote => out.write_str("Enter a note"),
            Self::TooLong(longest) => out.write_str(&too_long(*longest)),
            Self::Secret => out.write_str(
                "This looks like a key, a secret or a personal link. Take it out: only the firm itself enters secrets",
            ),
        }
    }
}

impl fmt::Display for CompanyIdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "Enter your Company ID",
            Self::NotANumber => {
                "Company ID must be numbers only, like the number in your Procore address bar"
            }
            Self::NotInProcore => {
                "This address is not one of Procore’s. Open your company in Procore, and copy the address or its first number"
            }
        })
    }
}

impl fmt::Display for ClientIdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "Enter the Client ID",
            Self::NotACode => {
                "Client ID looks like an address or a sentence. Copy only the code Procore showed"
            }
            Self::TooLong => "Client ID is too long. Copy only the code Procore showed",
        })
    }
}

impl fmt::Display for ClientSecretError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "Enter the client secret",
            Self::NotACode => {
                "Client secret looks like an address or a sentence. Copy only the code Procore showed"
            }
            Self::TooLong => "Client secret is too long. Copy only the code Procore showed",
        })
    }
}

impl fmt::Display for NothingChosen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Choose at least one kind of data to bring from Procore")
    }
}

fn too_long(longest: usize) -> String {
    format!("Use at most {longest} characters")
}

/// What the title of the page begins with where a form was refused.
/// The button of a form that the next step follows.
pub(crate) const SAVE_AND_CONTINUE: &str = "Save and continue";

pub(crate) const TITLE: &str = "Error: ";

/// One answer for every failure to sign in, so that it reveals nothing.
pub(crate) const SIGN_IN: &str = "The email or the password is not right. Check both and try again";
pub(crate) const PASSWORD: &str = "Enter your password";
pub(crate) const CURRENT_PASSWORD: &str = "Enter your current password";
pub(crate) const WRONG_PASSWORD: &str = "This is not your password";
pub(crate) const WRONG_CURRENT_PASSWORD: &str = "This is not your current password";
pub(crate) const NOT_OF_ACCOUNT: &str = "This is not the password of your account";
pub(crate) const CODE: &str = "Enter the code from your authenticator app";
pub(crate) const WRONG_CODE: &str =
    "This code is not right. Wait for the next one in your app, and enter it at once";
pub(crate) const TIME_ZONE: &str = "Choose a time zone from the list";

/// How long to wait, without a clock: nobody knows the reader's time zone yet.
pub(crate) fn too_many_attempts(seconds: u64) -> String {
    let wait = match seconds {
        0..60 => counted(seconds, Noun::Second),
        _ => counted(seconds.div_ceil(60), Noun::Minute),
    };
    format!("There were too many attempts. Try again in {wait}")
}

pub(crate) fn acts_already(firm: &str) -> String {
    format!("This person can already act for {firm}")
}

pub(crate) const OTHER_SIDE: &str = "A support account cannot act for a firm, nor the other way round. Ask to be invited at another address";
pub(crate) const SUPPORT_ALREADY: &str = "This person is already on the support team";
pub(crate) const ACTS_FOR_FIRM: &str =
    "This person acts for a firm, and cannot join support with the same address. Use another one";
pub(crate) const ROLE: &str = "Choose what they may do";
pub(crate) const NOT_ITS_NAME: &str =
    "This is not the name of the firm. Enter it as it stands above";
pub(crate) const REFERENCE_TAKEN: &str =
    "Another firm already has this reference. Search for it in the queue";
pub(crate) const SUPPORT_ADDRESS: &str = "This address belongs to somebody on the support team, who cannot act for a firm. Use another one";

pub(crate) const ACCESS_WAY: &str = "Choose how your firm gives access";
pub(crate) const ENVIRONMENT: &str = "Choose a Procore environment";
pub(crate) const SAME_TWICE: &str =
    "Client ID and client secret are the same. Copy the second value from Procore again";
pub(crate) const TASK: &str = "Choose what they should do";
pub(crate) const WHY_NOT: &str = "Enter why you cannot do it";
pub(crate) const SECRET_IN_MESSAGE: &str = "This looks like a key or a secret. Nobody should send one by mail; write the sentence without it";
pub(crate) const SECRET_IN_WHY_NOT: &str =
    "This looks like a key or a secret. Take it out; say in words what is missing";
pub(crate) const SECRET_IN_STUCK: &str =
    "This looks like a key or a secret. Take it out; say in words what you see";

pub(crate) const DAY: &str = "Enter a day in the form 2026-03-31";
pub(crate) const BACKWARDS: &str = "The last day must not be before the first one";
pub(crate) const TOO_LONG_AGO: &str = "Choose a period of at most two years";

pub(crate) const ACTION: &str = "Choose what to do";
pub(crate) const NOTHING_TICKED: &str = "Tick at least one row";
pub(crate) const ASSIGNEE: &str = "Choose who looks after the case";
pub(crate) const QUESTION: &str = "Enter what you would do for the firm";
pub(crate) const READER: &str = "Choose who gets the fixes";
pub(crate) const LINK: &str = "Choose a link";
pub(crate) const STEP: &str = "Choose a step";
pub(crate) const CONSENT_DAY: &str = "Enter the day of their mail, such as 2026-03-27";
pub(crate) const CONSENT_AHEAD: &str = "The day of their mail cannot be in the future";
pub(crate) const QUOTE: &str = "Enter their words";
pub(crate) const SNOOZE_DAY: &str = "Enter a day in the form 2026-12-31";
pub(crate) const NO_SUCH_DAY: &str = "Enter another day";
pub(crate) const NOT_AHEAD: &str = "Choose a day from tomorrow on";

pub(crate) fn too_far_ahead(days: i64) -> String {
    format!("Choose a day within the next {days} days")
}
