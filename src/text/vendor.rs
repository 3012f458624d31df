//! What the pages say where the vendor's own app gives access.

use super::{first_of, list};
use crate::verdict::ReasonCode;

/// Who signed in.
pub(crate) fn signed_in(name: &str, login: &str) -> String {
    format!("{name} ({login}) signed in with Procore.")
}

pub(crate) const INSTALLED: &str = "Installed";

/// What stands in the way of a company that the person sees.
pub(crate) fn obstacle(reason: ReasonCode) -> &'static str {
    match reason {
        ReasonCode::NotInstalled => "Our app is not installed there",
        ReasonCode::Taken => "It is connected to another firm",
        ReasonCode::Unreachable => {
            "Procore did not answer for this company. Sign in with Procore again, and we ask a second time"
        }
        _ => "You do not administer it",
    }
}

/// The same as a mistake of the form.
pub(crate) fn refused(reason: ReasonCode) -> &'static str {
    match reason {
        ReasonCode::NotInstalled => {
            "Our app is not installed in this company. Install it, then sign in with Procore again"
        }
        ReasonCode::Taken => {
            "This Procore company is already connected. Ask our support (PC-TAKEN)"
        }
        ReasonCode::Unreachable => {
            "Procore did not answer for this company. Sign in with Procore again (PC-UNREACHABLE)"
        }
        _ => {
            "The person who signed in does not administer this company. Ask an administrator of it (PC-NOT-YOURS)"
        }
    }
}

pub(crate) const CHOOSE: &str = "Choose the company to connect";
pub(crate) const SIGN_IN_FIRST: &str =
    "Sign in with Procore first: what was proven counts for 30 minutes";
pub(crate) const ANOTHER_COMPANY: &str =
    "This connection leads to another company. Choose that one, or disconnect Procore first";

pub(crate) const SIGN_IN_OVER: &str = "That way to Procore and back is over, or began in another browser. Sign in with Procore again.";
pub(crate) const SIGNED_IN: &str = "You signed in with Procore. Choose the company to connect.";
pub(crate) const NONE_USABLE: &str = "You signed in with Procore. None of your companies can be connected yet: what is in the way stands beside each.";
pub(crate) const NO_COMPANY: &str = "You signed in with Procore, which shows you no company in which our app is installed. Install it, then sign in again.";
pub(crate) const CANCELLED: &str =
    "You did not let our app in, so nothing was read. You can sign in with Procore again.";
pub(crate) const CODE_REFUSED: &str =
    "Procore did not accept the sign-in any more. Sign in with Procore again.";
pub(crate) const AWAY: &str =
    "Procore is not answering right now. Try to sign in again in a few minutes. Ref PC-UNREACHABLE";
pub(crate) const OURS: &str = "The sign-in did not work, and nothing is wrong on your side. Our support can see why. Ref PC-UNEXPECTED";

/// A company as the person knows it who waits for the app there.
pub(crate) fn company(name: &str, id: i64) -> String {
    match name {
        "" => format!("company {id}"),
        name => format!("{name} ({id})"),
    }
}

/// That an install is waited for, until a day; `mails` says whether we can write.
pub(crate) fn waiting(companies: &[String], until: &str, mails: bool) -> String {
    let companies = list(companies);
    let told = match mails {
        true => {
            "This page shows when it is there, and we write to you then, so you need not keep it open."
        }
        false => "This page shows when it is there.",
    };
    format!("We look for our app in {companies} until {until}. {told}")
}

/// Where nobody knows yet whether the app was there before.
pub(crate) const IF_IT_IS_THERE: &str =
    "If it is installed there already, sign in with Procore now.";

pub(crate) fn installed(companies: &[String]) -> String {
    format!(
        "Our app is installed in {}. Sign in with Procore once more: only that shows that the company is yours.",
        list(companies)
    )
}

pub(crate) fn not_seen(companies: &[String]) -> String {
    format!(
        "We looked for our app in {} for 14 days and did not see it being installed. If it is not there yet, install it; then sign in with Procore again.",
        list(companies)
    )
}

pub(crate) const WAITING: &str =
    "We look for our app in that company now, and this page shows when it is there.";

/// What the summary says of the proof.
pub(crate) fn proven_by(name: &str, login: &str) -> String {
    format!("{name} ({login}) signed in with Procore")
}

/// Projects that the person who signed in sees, and we do not.
pub(crate) fn not_shared(named: &[String], count: i64) -> String {
    first_of(named, u64::try_from(count).unwrap_or_default())
}

/// The vendor's page about its app.
pub(crate) mod app {
    pub(crate) const INSTALLED: &str = "Installed in";
    pub(crate) const CONNECTED: &str = "Connected here";
    pub(crate) const NEEDS_UPDATE: &str = "Need an update";
    pub(crate) const VERSIONS: &str = "Versions in use";
    pub(crate) const GONE: &str = "Uninstalled lately";

    pub(crate) const IS_INSTALLED: &str = "Installed";
    pub(crate) const IS_GONE: &str = "Uninstalled";
    pub(crate) const UPDATE_WAITS: &str = "Update waits to be accepted";
    pub(crate) const UNKNOWN: &str = "Not known";
    pub(crate) const ALL_DAYS: &str = "All 30 days";

    /// Where there are more installs than are listed.
    pub(crate) fn only_listed(listed: usize) -> String {
        format!("The first {listed} are listed: those that need an update, then the newest.")
    }

    pub(crate) fn versions(versions: &[String]) -> String {
        match versions {
            [] => UNKNOWN.to_owned(),
            versions => versions.join(", "),
        }
    }

    /// The share of the calls that were answered so, in percent.
    pub(crate) fn share(count: i64, calls: i64) -> String {
        match (count, calls) {
            (0, _) | (_, 0) => "0 %".to_owned(),
            (count, calls) => {
                let tenths = (count * 1000 + calls / 2) / calls;
                match tenths {
                    0 => format!("{count} (below 0.1 %)"),
                    tenths => format!("{}.{} %", tenths / 10, tenths % 10),
                }
            }
        }
    }
}
