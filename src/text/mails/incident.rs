//! Mails to the firm about what went wrong with a connection after its setup.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Letter, shown};
use crate::text::count::{Noun, counted};
use crate::text::time::duration;

/// How much of a connection is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Nothing can be read.
    Everything,
    /// Somebody at the firm has to do something.
    Something,
    /// Only our copy is late, and nobody at the firm can change that.
    CopyAlone,
}

/// Something is wrong; the caller adds what, and what fixes it.
pub(crate) fn begun(product: &str, company: &str, is_new: bool, extent: Extent) -> Letter {
    let subject = match (extent, is_new) {
        (Extent::Everything, true) => "Procore is no longer connected",
        (Extent::Everything, false) => "Procore is still not connected",
        (Extent::Something, true) => "Your Procore connection needs you",
        (Extent::Something, false) => "Your Procore connection still needs you",
        (Extent::CopyAlone, true) => "What we copied from Procore is out of date",
        (Extent::CopyAlone, false) => "What we copied from Procore is still out of date",
    };
    let company = shown(company);
    let what = match extent {
        Extent::Everything => format!(
            "{product} can’t read anything from {company} in Procore at the moment. What was read before is kept."
        ),
        Extent::Something => format!(
            "{product} is connected to {company} in Procore, but not everything works. The rest goes on."
        ),
        Extent::CopyAlone => format!(
            "{product} is connected to {company} in Procore, but its copy is older than it should be. You have nothing to do."
        ),
    };
    Letter::new("incident", subject).paragraph(what)
}

/// One of the causes, and since when it has been there.
pub(crate) fn since(cause: &str, since: DateTime<Utc>) -> String {
    format!("{cause}, since {} UTC.", since.format("%-d %B %Y, %H:%M"))
}

pub(crate) const SEE: &str = "See what to do";
pub(crate) const VIEW: &str = "View integration";

/// What was read after it was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaughtUp {
    /// Everything was read, not only what changed.
    pub whole: bool,
    /// Records that were new, other than in our copy, or gone.
    pub records: u64,
    /// Lists that did not come whole.
    pub incomplete: usize,
}

impl CaughtUp {
    /// What it means for our copy.
    fn told(self) -> String {
        let records = match self.records {
            0 => "Our copy was right already.".to_owned(),
            count => format!("Brought up to date: {}.", counted(count, Noun::Record)),
        };
        match (self.incomplete, self.whole) {
            (0, true) => format!("Nothing is missing: we read everything again. {records}"),
            (0, false) => format!("We read what changed in Procore meanwhile. {records}"),
            (1, _) => format!(
                "We read what changed in Procore meanwhile, except for one list, which we go on trying to read. {records}"
            ),
            (lists, _) => format!(
                "We read what changed in Procore meanwhile, except for {lists} lists, which we go on trying to read. {records}"
            ),
        }
    }
}

/// It is over, and what changed meanwhile has been read.
pub(crate) fn ended(product: &str, company: &str, lasted: TimeDelta, read: CaughtUp) -> Letter {
    let company = shown(company);
    Letter::new("recovered", "Your Procore connection works again")
        .paragraph(format!(
            "The connection between {product} and {company} in Procore works again, after {}.",
            duration(lasted)
        ))
        .paragraph(read.told())
}

/// These causes are over, each after so long, and something else is still wrong.
pub(crate) fn partly_ended(
    product: &str,
    company: &str,
    over: Vec<(String, TimeDelta)>,
    open: Vec<String>,
    read: CaughtUp,
) -> Letter {
    let subject = match over.len() {
        1 => "One problem with your Procore connection is over",
        _ => "Some problems with your Procore connection are over",
    };
    let company = shown(company);
    let mut letter = Letter::new("recovered", subject).paragraph(format!(
        "Not everything works yet in the connection between {product} and {company} in Procore, but this is over:"
    ));
    for (cause, lasted) in over {
        letter = letter.paragraph(format!("{cause}: over after {}.", duration(lasted)));
    }
    letter
        .paragraph(read.told())
        .paragraph(format!("Still wrong: {}.", open.join("; ")))
}
