//! Every address of the product, as functions: nothing else spells one out.

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::catalog::DataSet;
use crate::identity::{FirmId, PersonId};
use crate::onboarding::Stage;

pub const HOME: &str = "/";
pub const SIGN_IN: &str = "/sign-in";
/// The second factor.
pub const SIGN_IN_CODE: &str = "/sign-in/code";
pub const SIGN_OUT: &str = "/sign-out";
/// Forgotten password.
pub const RESET: &str = "/reset";
pub const FIRMS: &str = "/firms";

pub const ACCOUNT: &str = "/account";
pub const ACCOUNT_PASSWORD: &str = "/account/password";
pub const ACCOUNT_SECOND_FACTOR: &str = "/account/second-factor";
pub const ACCOUNT_SECOND_FACTOR_CONFIRM: &str = "/account/second-factor/confirm";
pub const ACCOUNT_SECOND_FACTOR_REMOVE: &str = "/account/second-factor/remove";
pub const ACCOUNT_SIGN_OUT_EVERYWHERE: &str = "/account/sign-out-everywhere";

pub const SUPPORT: &str = "/support";
/// The queue as a file.
pub const SUPPORT_EXPORT: &str = "/support/onboardings.csv";
pub const SUPPORT_OVERVIEW: &str = "/support/overview";
pub const SUPPORT_MAIL: &str = "/support/mail";
pub const SUPPORT_NEW_FIRM: &str = "/support/firms/new";
pub const SUPPORT_STAFF: &str = "/support/staff";
pub const STYLEGUIDE: &str = "/styleguide";

pub fn invitation(token: &SecretString) -> String {
    format!("/invitations/{}", token.expose_secret())
}

pub fn reset(token: &SecretString) -> String {
    format!("/reset/{}", token.expose_secret())
}

pub fn handover(token: &SecretString) -> String {
    format!("/handover/{}", token.expose_secret())
}

/// A page or a form below a hand-over.
pub fn handover_page(token: &SecretString, page: &str) -> String {
    format!("{}/{page}", handover(token))
}

/// Sign-in that leads back to `next` afterwards.
pub fn sign_in_for(next: &str) -> String {
    with_next(SIGN_IN, next)
}

/// An address that carries where to go afterwards.
pub fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() || next == HOME {
        return path.to_owned();
    }
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("{path}?{query}")
}

pub fn end_session(session: Uuid) -> String {
    format!("/account/sessions/{session}/end")
}

/// The Concierge page, where a firm's admin begins.
pub fn concierge(firm: FirmId) -> String {
    format!("/firms/{firm}/concierge")
}

pub fn people(firm: FirmId) -> String {
    format!("/firms/{firm}/people")
}

pub fn remove_member(firm: FirmId, person: PersonId) -> String {
    format!("/firms/{firm}/people/{person}/remove")
}

pub fn revoke_invitation(firm: FirmId, link: Uuid) -> String {
    format!("/firms/{firm}/invitations/{link}/revoke")
}

pub fn resend_invitation(firm: FirmId, link: Uuid) -> String {
    format!("/firms/{firm}/invitations/{link}/resend")
}

/// A step of the setup; carrying out and done share the last one.
pub fn step(firm: FirmId, stage: Stage) -> String {
    format!("/firms/{firm}/procore/setup/{}", stage.step().as_str())
}

/// Leaves a step whose checks passed.
pub fn confirm_step(firm: FirmId, stage: Stage) -> String {
    format!("{}/continue", step(firm, stage))
}

/// Hands a task to a colleague, from a step.
pub fn hand_over(firm: FirmId, from: Stage) -> String {
    format!("{}?from={}", hand_over_form(firm), from.as_str())
}

/// Where the form of a hand-over is sent.
pub fn hand_over_form(firm: FirmId) -> String {
    format!("/firms/{firm}/procore/setup/hand-over")
}

pub fn take_back(firm: FirmId, hand_over: Uuid) -> String {
    format!("/firms/{firm}/procore/setup/hand-over/{hand_over}/take-back")
}

pub fn send_again(firm: FirmId, hand_over: Uuid) -> String {
    format!("/firms/{firm}/procore/setup/hand-over/{hand_over}/send-again")
}

/// *I can't find this* at a help text, which stands on the page of a step.
pub fn stuck(firm: FirmId, from: Stage, text: &str) -> String {
    let from = from.as_str();
    format!("/firms/{firm}/procore/setup/not-found?from={from}&text={text}")
}

/// Closes the setup and begins a new one.
pub fn start_again(firm: FirmId) -> String {
    format!("/firms/{firm}/procore/setup/start-again")
}

/// Lets a completion that needs a person go on.
pub fn try_again(firm: FirmId) -> String {
    format!("{}/try-again", step(firm, Stage::Complete))
}

/// Takes a data set out of a completion.
pub fn leave_out(firm: FirmId) -> String {
    format!("{}/leave-out", step(firm, Stage::Complete))
}

/// The integration's details.
pub fn integration(firm: FirmId) -> String {
    format!("/firms/{firm}/procore")
}

/// A page below the details: `data`, `webhooks`, `settings`, …
pub fn integration_page(firm: FirmId, page: &str) -> String {
    format!("/firms/{firm}/procore/{page}")
}

/// The records of a data set.
pub fn data_set(firm: FirmId, data_set: DataSet) -> String {
    format!("/firms/{firm}/procore/data/{}", data_set.key())
}

/// One record.
pub fn record(firm: FirmId, data_set: DataSet, kind: &str, procore_id: i64) -> String {
    format!("{}/{kind}/{procore_id}", self::data_set(firm, data_set))
}

pub fn case(onboarding: Uuid) -> String {
    format!("/support/onboardings/{onboarding}")
}

/// What can be done at a case: `retry`, `assign`, …
pub fn case_action(onboarding: Uuid, action: &str) -> String {
    format!("{}/{action}", case(onboarding))
}

pub fn remove_support(person: PersonId) -> String {
    format!("{SUPPORT_STAFF}/{person}/remove")
}

pub fn revoke_support_invitation(link: Uuid) -> String {
    format!("{SUPPORT_STAFF}/invitations/{link}/revoke")
}

pub fn resend_support_invitation(link: Uuid) -> String {
    format!("{SUPPORT_STAFF}/invitations/{link}/resend")
}

/// Where a support person leaves a firm's pages.
pub fn end_visit(firm: FirmId) -> String {
    format!("/support/firms/{firm}/visit/end")
}

/// Whether support may act for the firm.
pub fn support_access(firm: FirmId) -> String {
    format!("/firms/{firm}/support")
}

pub fn give_consent(firm: FirmId) -> String {
    format!("/firms/{firm}/support/consent")
}

pub fn withdraw_consent(firm: FirmId) -> String {
    format!("/firms/{firm}/support/withdraw")
}

/// Begins a new setup where the last one was closed.
pub fn open_setup(firm: FirmId) -> String {
    format!("/firms/{firm}/concierge")
}

pub fn stop_reminders(firm: FirmId) -> String {
    format!("/firms/{firm}/reminders/stop")
}

pub fn resume_reminders(firm: FirmId) -> String {
    format!("/firms/{firm}/reminders/resume")
}

/// The link of a reminder.
pub fn reminder(token: &SecretString) -> String {
    format!("/reminders/{}", token.expose_secret())
}

pub fn mail(mail: Uuid) -> String {
    format!("/support/mail/{mail}")
}

/// Whether `next` is a place of ours to go to after signing in: a path, and not one of another
/// host in disguise (`//host`, `/\host`).
pub fn is_local(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 2_000
        && !next.contains(['\\', '#'])
        && next.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_places_to_go_to() {
        for (next, local) in [
            ("/", true),
            ("/firms/1/people?sort=name&before=a%20b", true),
            ("", false),
            ("firms", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example/", false),
            ("javascript:alert(1)", false),
            ("/a\r\nSet-Cookie: b", false),
            ("/a b", false),
        ] {
            assert_eq!(is_local(next), local, "{next:?}");
        }
    }

    #[test]
    fn where_to_go_afterwards_is_escaped() {
        assert_eq!(sign_in_for("/a?b=c&d"), "/sign-in?next=%2Fa%3Fb%3Dc%26d");
        assert_eq!(sign_in_for("/"), "/sign-in");
    }
}
