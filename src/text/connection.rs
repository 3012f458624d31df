//! The words for a connection: its webhook, and what arrives.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::count::{Noun, counted, grouped};
use crate::connection::{AddressTest, DeliveryComparison};

/// How many kinds of change the webhook announces.
pub(crate) fn kinds_of_change(count: usize) -> String {
    match count {
        1 => "1 kind of change".to_owned(),
        _ => format!("{} kinds of change", grouped(count)),
    }
}

pub(crate) const NO_WEBHOOK: &str = "There is none.";

pub(crate) fn webhook(kinds: usize) -> String {
    match kinds {
        1 => "One webhook, which announces 1 kind of change.".to_owned(),
        _ => format!(
            "One webhook, which announces {} kinds of change.",
            grouped(kinds)
        ),
    }
}

pub(crate) fn events_lately(count: i64, days: u64) -> String {
    match count {
        1 => format!("1 event in the last {days} days"),
        _ => format!("{} events in the last {days} days", grouped(count)),
    }
}

/// Why deliveries are not compared now.
pub(crate) mod deliveries {
    pub(crate) const PAUSED: &str =
        "The connection is paused. They can be compared once you resume it.";
    pub(crate) const BROKEN: &str = "Procore does not let us read its deliveries at the moment. The overview says why, and what to do.";
}

/// Why our address is not tested now.
pub(crate) const ADDRESS_PAUSED: &str =
    "The connection is paused. It can be tested once you resume it.";
/// Why the webhook is not repaired now.
pub(crate) const REPAIR_PAUSED: &str =
    "The connection is paused. It can be repaired once you resume it.";
pub(crate) const REPAIR_BROKEN: &str =
    "Procore does not let us in at the moment. The overview says why, and what to do.";
/// That no event came in so many days, or since it could begin to come, if that is not as long ago.
pub(crate) fn no_event(began: Option<DateTime<Utc>>, since: DateTime<Utc>, days: u64) -> String {
    match began {
        Some(began) if began < since => format!("None in {days} days"),
        Some(_) | None => "None yet".to_owned(),
    }
}

/// How what the webhook announces compares with what it should.
pub(crate) mod triggers {
    pub(crate) const ANNOUNCED: &str = "Announced";
    pub(crate) const MISSING: &str = "Missing";
    pub(crate) const SURPLUS: &str = "Surplus";
    pub(crate) const NOT_OFFERED: &str = "Not offered";
    pub(crate) const IS_BROUGHT_BACK: &str = "Repair brings it back.";
    pub(crate) const IS_REMOVED: &str = "You do not bring this. Repair removes it.";
    pub(crate) const IS_COMPARED: &str =
        "Procore does not announce it. The daily comparison finds these changes.";
}

/// What becomes of what we created in Procore, once a connection has ended.
pub(crate) mod removal {
    use crate::text::list;
    use crate::verdict::ReasonCode;

    pub(crate) const DONE: &str =
        "Our webhook is removed from Procore, and the Client secret is wiped.";

    /// Which webhooks are meant.
    fn webhooks(left: &[String]) -> String {
        match left {
            [] => "our webhook".to_owned(),
            [id] => format!("our webhook {id}"),
            ids => format!("our webhooks {}", list(ids)),
        }
    }

    pub(crate) fn running(until: &str) -> String {
        format!(
            "We are removing our webhook from Procore. Until that is done, for this alone and until {until} at the latest, the Client secret is kept encrypted."
        )
    }

    pub(crate) fn away(left: &[String], until: &str) -> String {
        format!(
            "Procore does not answer, so {} is still there. We go on trying. Until it is removed, for this alone and until {until} at the latest, the Client secret is kept encrypted.",
            webhooks(left)
        )
    }

    pub(crate) fn refused(left: &[String], code: ReasonCode, until: &str) -> String {
        format!(
            "Procore does not let us remove {} ({}). We try again every hour, and an administrator of the Procore company can remove it there by hand. Until it is removed, for this alone and until {until} at the latest, the Client secret is kept encrypted.",
            webhooks(left),
            code.reference()
        )
    }

    /// Webhooks of an app that another one took the place of.
    pub(crate) fn left_with_old_app(left: &[String]) -> String {
        format!(
            "Another Client ID took over, and with the old one we could not remove {}. It does no harm: what it still delivers is only noted. An administrator of the Procore company can remove it there by hand.",
            webhooks(left)
        )
    }

    /// What the removal of an earlier connection is called beside a newer one.
    pub(crate) fn beside(company: &str, day: Option<&str>) -> String {
        match day {
            Some(day) => format!("The connection to {company} that ended on {day}:"),
            None => format!("The connection to {company} that ended:"),
        }
    }

    pub(crate) const VIEW: &str = "View removal";

    /// The same where our own app gave access, and there is no secret.
    pub(crate) mod our_app {
        use super::webhooks;
        use crate::verdict::ReasonCode;

        pub(crate) const DONE: &str = "Our webhook is removed from Procore. Our app stays installed until your firm uninstalls it.";

        pub(crate) fn running(until: &str) -> String {
            format!(
                "We are removing our webhook from Procore, until {until} at the latest. Uninstall our app only afterwards."
            )
        }

        pub(crate) fn away(left: &[String], until: &str) -> String {
            format!(
                "Procore does not answer, so {} is still there. We go on trying, until {until} at the latest. Uninstall our app only afterwards.",
                webhooks(left)
            )
        }

        pub(crate) fn refused(left: &[String], code: ReasonCode, until: &str) -> String {
            format!(
                "Procore does not let us remove {} ({}). We try again every hour, until {until} at the latest, and an administrator of the Procore company can remove it there by hand.",
                webhooks(left),
                code.reference()
            )
        }

        pub(crate) fn left_behind(left: &[String]) -> String {
            format!(
                "We could not remove {}: an administrator of the Procore company can remove it there by hand. What it delivers is refused.",
                webhooks(left)
            )
        }
    }

    pub(crate) fn left_behind(left: &[String]) -> String {
        format!(
            "The Client secret is wiped. We could not remove {}: an administrator of the Procore company can remove it there by hand. What it delivers is refused.",
            webhooks(left)
        )
    }
}

/// Another Client ID and secret for a connection.
pub(crate) mod replacement {
    use crate::verdict::ReasonCode;

    pub(crate) const CONNECTED: &str = "Procore is connected by now, so nothing was saved. Enter the new Client ID and secret here: they are checked before they take the place of those in use.";
    pub(crate) const CONCLUDING: &str =
        "The checks have ended. In a moment you see what they came to.";
    pub(crate) const ALREADY_IN_USE: &str =
        "This Client ID and secret are already in use. Enter new ones from Procore";
    pub(crate) const REFUSED_OF_APP: &str =
        "The company did not pass every check, so the access in use stays in use.";
    pub(crate) const NOT_PASSED: &str = "The company did not pass every check.";
    pub(crate) const REFUSED: &str = "The new Client ID and secret do not work yet, so those in use stay in use. The new secret is wiped.";

    pub(crate) fn another_company(company: &str) -> String {
        format!(
            "The new Client ID and secret do not reach {company}, so those in use stay in use. The new secret is wiped. To connect another company, disconnect this one first."
        )
    }

    /// What somebody proved is over, since our app was uninstalled.
    pub(crate) fn proof_ended(company: &str, why: ReasonCode) -> String {
        match why {
            ReasonCode::NotInstalled => format!(
                "Our app was uninstalled in {company}, and what was proven before ended with that. Install it again, then sign in with Procore. Ref {why}"
            ),
            _ => format!(
                "Our app was uninstalled in {company} and installed again, and what was proven before ended with that. Until somebody who administers the company signs in with Procore, nothing of it is read. Ref {why}"
            ),
        }
    }

    pub(crate) fn proven_again(when: &str) -> String {
        format!("The company was proven again and passed every check {when}.")
    }

    /// Where the Client ID is found, by the way of access.
    pub(crate) fn client_id_hint(way: crate::connection::AccessWay) -> &'static str {
        use crate::connection::AccessWay;
        match way {
            AccessWay::OwnApp | AccessWay::VendorApp => {
                "In Procore’s Developer Portal, on the Credentials page of your app. Use the production Client ID."
            }
            AccessWay::LegacyAccount => "As it was noted when the service account was created.",
        }
    }

    pub(crate) fn replaced(when: &str) -> String {
        format!(
            "The Client ID and secret were checked and replaced {when}. The old secret is wiped."
        )
    }
}

pub(crate) mod disconnect {
    pub(crate) fn hint(company: &str) -> String {
        format!("Type {company} to confirm that you mean this one.")
    }

    pub(crate) fn not_its_name(company: &str) -> String {
        format!("Type the company’s name as it stands here: {company}")
    }
}

/// The state in a sentence, the company's name in bold.
pub(crate) fn connected_since(company: &str, day: Option<&str>) -> String {
    match day {
        Some(day) => format!("**{company}** has been connected since {day}."),
        None => format!("**{company}** is connected."),
    }
}

/// Whose details these are, where several environments are offered.
pub(crate) fn company(company_id: i64, environment: &str) -> String {
    format!("Company ID {company_id} in {environment}")
}

/// An environment's label.
pub(crate) fn environment_label(name: &str) -> String {
    match name {
        "production" => "Production".to_owned(),
        "sandbox" => "Developer sandbox".to_owned(),
        "monthly" => "Monthly sandbox".to_owned(),
        "federal" => "Federal zone".to_owned(),
        own => own.to_owned(),
    }
}

/// What a comparison of deliveries found, as the timeline keeps it; nothing where Procore did not show
/// its history.
pub(crate) fn compared(found: &Value) -> String {
    let Ok(found) = DeliveryComparison::deserialize(found) else {
        return "Procore did not show what it delivered".to_owned();
    };
    let (events, days) = (counted(found.events, Noun::Event), found.days);
    let came = match (found.events, found.missing) {
        (0, _) => format!("Procore delivered nothing in the last {days} days"),
        (_, 0) => format!("{events} in the last {days} days, and every one of them came"),
        (_, 1) if found.read_since => format!(
            "{events} in the last {days} days; 1 did not come, and what it announced was read since"
        ),
        (_, missing) if found.read_since => format!(
            "{events} in the last {days} days; {} did not come, and what they announced was read since",
            grouped(missing)
        ),
        (_, missing) => format!(
            "{events} in the last {days} days; {} did not come. We read again what may be missing",
            grouped(missing)
        ),
    };
    match found.on_their_way {
        0 => came,
        more => format!("{came}. {} on the way", counted(more, Noun::Event)),
    }
}

/// How a test of our address ended, as the timeline keeps it.
pub(crate) fn address_tested(tested: &Value) -> Option<String> {
    Some(match AddressTest::deserialize(tested).ok()? {
        AddressTest::Arrived { milliseconds } => {
            format!(
                "The event arrived, {} ms after it was sent",
                grouped(milliseconds)
            )
        }
        AddressTest::Unreachable => {
            "Our public address cannot be reached from here, so the event was not delivered"
                .to_owned()
        }
        AddressTest::TimedOut { seconds } => {
            format!("Our public address did not answer within {seconds} seconds")
        }
        AddressTest::Refused { status } => format!(
            "The event was refused ({status}): something before us blocks it, or removes the Authorization header that proves it genuine"
        ),
        AddressTest::OtherAnswer { status } => {
            format!(
                "Something else answers at our public address ({status}), so the event did not reach us"
            )
        }
    })
}
