//! What is asked of Procore, and what it answered, by meaning.
//!
//! `procore` turns a status code into an answer; what the answer is a sign of depends on the
//! question.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Manifest, Said};

/// One thing we ask Procore.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Question {
    /// A token at the login address of the chosen environment.
    Token,
    /// A token at the login address of another environment, by its name. It sends the
    /// secret to a second host, so it is asked only after the admin agreed. Its answer
    /// can change the row of the credentials: evaluate that row afterwards.
    TokenElsewhere(String),
    /// Who we are in the company: the first call that needs the app to be installed.
    Company,
    /// The companies that this access reaches.
    CompanyList,
    /// The company tools with our level on each.
    Manifest,
    /// The webhook resources that the company offers.
    WebhookCatalog,
    /// One record of a list of the catalog, by the list's name.
    List(&'static str),
}

/// What Procore answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It did what was asked.
    Accepted(Facts),
    /// A list without a record: there is none, or all are hidden from us.
    EmptyList,
    /// The list came with fewer fields than asked for, which is how Procore answers
    /// a level that is too low for some lists.
    Reduced,
    /// The login host does not know the client id and secret.
    BadCredentials,
    /// 401 for a fresh token: Procore answers so, too, where an app is not installed.
    Unauthorized,
    /// "App is not connected to this company."
    NotConnected,
    /// Refused for another reason.
    Forbidden,
    /// Not there, or hidden from us: Procore does not tell which.
    NotFound,
    /// Too many requests.
    RateLimited {
        /// When to go on.
        until: DateTime<Utc>,
    },
    /// Overloaded, with a time to come back.
    Busy {
        /// When to go on.
        until: DateTime<Utc>,
    },
    /// No answer, or a fault on Procore's side.
    Unreachable {
        /// When we try again, if that is known.
        until: Option<DateTime<Utc>>,
    },
    /// Anything else: a status without a meaning, HTML where JSON was due.
    Unexpected,
}

/// What an accepted question brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// A token was issued.
    Token,
    /// Our own entry in the company's directory.
    Member {
        /// The name Procore gave the app's user.
        name: Option<String>,
        /// Whether that user is active; a user without the field counts as active.
        active: bool,
    },
    /// The companies that this access reaches.
    Companies(Vec<VisibleCompany>),
    /// The company tools.
    Manifest(Manifest),
    /// A list with at least one record.
    Records {
        /// How many there are in all, where Procore said so.
        total: Option<u64>,
        /// The first few names, for people to recognise.
        names: Vec<String>,
    },
    /// The webhook catalog.
    Catalog {
        /// Number of resources in it.
        resources: u64,
    },
}

/// A company that this access reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisibleCompany {
    /// Procore's id.
    pub id: i64,
    /// Its name in Procore.
    pub name: String,
}

/// The answers of one run so far, and what Procore said where it refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    given: BTreeMap<Question, Answer>,
    said: BTreeMap<Question, Said>,
}

impl Answers {
    /// Keeps an answer with Procore's words, if it refused; a later one to the same question
    /// replaces both.
    pub(crate) fn record(&mut self, question: Question, answer: Answer, said: Option<Said>) {
        match said {
            Some(said) => self.said.insert(question.clone(), said),
            None => self.said.remove(&question),
        };
        self.given.insert(question, answer);
    }

    /// The answer to a question, if it has come.
    pub(crate) fn get(&self, question: &Question) -> Option<&Answer> {
        self.given.get(question)
    }

    /// What Procore said, if it refused to answer.
    pub(super) fn said(&self, question: &Question) -> Option<&Said> {
        self.said.get(question)
    }

    /// The first environment other than the chosen one that took the credentials.
    pub(super) fn accepted_elsewhere(&self) -> Option<&str> {
        self.given
            .iter()
            .find_map(|(question, answer)| match (question, answer) {
                (Question::TokenElsewhere(name), Answer::Accepted(_)) => Some(name.as_str()),
                _ => None,
            })
    }
}

impl FromIterator<(Question, Answer)> for Answers {
    fn from_iter<I: IntoIterator<Item = (Question, Answer)>>(answers: I) -> Self {
        Self {
            given: answers.into_iter().collect(),
            said: BTreeMap::new(),
        }
    }
}
