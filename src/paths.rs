//! Every address of the product. One line of the table below declares an address for both sides:
//! the pattern that the router matches, and the function that fills it in.

mod part;

use part::{Number, Token, Word};
use secrecy::SecretString;

pub use part::{
    DataSet, Firm, HandOver, Invitation, Mail, Onboarding, Part, Person, Session, Step,
};

/// Declares addresses: a constant with the router's pattern, and where it has parameters a function
/// that fills them in. A parameter's kind says what may stand there.
macro_rules! paths {
    ($($(#[$doc:meta])* $pattern:ident = $text:literal $(, $fill:ident($($name:ident: $kind:ty),+))?;)+) => {
        $(
            $(#[$doc])*
            pub const $pattern: &str = $text;
            $(
                #[doc = concat!("`", $text, "`, filled in.")]
                pub fn $fill($($name: impl Part<$kind>),+) -> String {
                    $(let $name = $name.part();)+
                    format!($text)
                }
            )?
        )+

        /// Every pattern.
        pub const ALL: &[&str] = &[$($pattern),+];
    };
}

paths! {
    HOME = "/";
    FIRMS = "/firms";
    /// A file; its name is made by `web::assets`.
    STATIC = "/static/{*path}";
    /// A file of the host's look; its name is made by `config`.
    BRANDING = "/static/branding/{name}", branding(name: Word);
    HEALTH = "/healthz";
    READINESS = "/readyz";
    METRICS = "/metrics";
    /// Where Procore delivers events.
    WEBHOOK = "/webhooks/procore/{token}", webhook(token: Token);

    /// To Procore, and back.
    PROCORE_SIGN_IN = "/procore/sign-in";
    PROCORE_CALLBACK = "/procore/callback";

    SIGN_IN = "/sign-in";
    /// The second factor.
    SIGN_IN_CODE = "/sign-in/code";
    SIGN_OUT = "/sign-out";
    INVITATION = "/invitations/{token}", invitation(token: Token);
    RENEW_INVITATION = "/invitations/{token}/renew", renew_invitation(token: Token);
    /// Forgotten password.
    RESET = "/reset";
    RESET_LINK = "/reset/{token}", reset_link(token: Token);
    RENEW_RESET_LINK = "/reset/{token}/renew", renew_reset_link(token: Token);
    /// Stops the reset of a second factor.
    KEEP_FACTOR = "/second-factor/{token}", keep_factor(token: Token);
    /// The link in a reminder.
    REMINDER = "/reminders/{token}", reminder(token: Token);
    RESUME_REMINDERS_BY_LINK = "/reminders/{token}/resume", resume_reminders_by_link(token: Token);

    /// A colleague's one task.
    HANDOVER = "/handover/{token}", handover(token: Token);
    HANDOVER_DETAILS = "/handover/{token}/details", handover_details(token: Token);
    HANDOVER_SIGN_IN = "/handover/{token}/sign-in", handover_sign_in(token: Token);
    HANDOVER_COMPANY = "/handover/{token}/company", handover_company(token: Token);
    HANDOVER_WAIT_FOR_APP = "/handover/{token}/wait", handover_wait_for_app(token: Token);
    HANDOVER_TASK = "/handover/{token}/task", handover_task(token: Token);
    HANDOVER_CHECK = "/handover/{token}/check", handover_check(token: Token);
    HANDOVER_DONE = "/handover/{token}/done", handover_done(token: Token);
    HANDOVER_CANNOT = "/handover/{token}/cannot", handover_cannot(token: Token);
    HANDOVER_RENEW = "/handover/{token}/renew", handover_renew(token: Token);
    HANDOVER_STUCK = "/handover/{token}/not-found", handover_stuck(token: Token);

    ACCOUNT = "/account";
    ACCOUNT_PASSWORD = "/account/password";
    ACCOUNT_SECOND_FACTOR = "/account/second-factor";
    ACCOUNT_SECOND_FACTOR_CONFIRM = "/account/second-factor/confirm";
    ACCOUNT_SECOND_FACTOR_REMOVE = "/account/second-factor/remove";
    ACCOUNT_SIGN_OUT_EVERYWHERE = "/account/sign-out-everywhere";
    END_SESSION = "/account/sessions/{session}/end", end_session(session: Session);

    /// The Concierge page, where a firm's admin begins; a post opens a new setup.
    CONCIERGE = "/firms/{firm}/concierge", concierge(firm: Firm);
    PEOPLE = "/firms/{firm}/people", people(firm: Firm);
    /// Whether everybody at the firm needs a second factor.
    REQUIRE_SECOND_FACTOR = "/firms/{firm}/people/second-factor", require_second_factor(firm: Firm);
    /// Asks for the reset of a colleague's second factor.
    RESET_FACTOR = "/firms/{firm}/people/{person}/second-factor", reset_factor(firm: Firm, person: Person);
    REMOVE_MEMBER = "/firms/{firm}/people/{person}/remove", remove_member(firm: Firm, person: Person);
    REVOKE_INVITATION = "/firms/{firm}/invitations/{link}/revoke", revoke_invitation(firm: Firm, link: Invitation);
    RESEND_INVITATION = "/firms/{firm}/invitations/{link}/resend", resend_invitation(firm: Firm, link: Invitation);
    STOP_REMINDERS = "/firms/{firm}/reminders/stop", stop_reminders(firm: Firm);
    RESUME_REMINDERS = "/firms/{firm}/reminders/resume", resume_reminders(firm: Firm);
    /// Whether support may act for the firm.
    SUPPORT_ACCESS = "/firms/{firm}/support", support_access(firm: Firm);
    GIVE_CONSENT = "/firms/{firm}/support/consent", give_consent(firm: Firm);
    WITHDRAW_CONSENT = "/firms/{firm}/support/withdraw", withdraw_consent(firm: Firm);

    /// A step of the setup.
    STEP = "/firms/{firm}/procore/setup/{step}", step(firm: Firm, step: Step);
    /// Takes a company that the person who signed in with Procore administers.
    USE_COMPANY = "/firms/{firm}/procore/setup/credentials/company", use_company(firm: Firm);
    /// Waits for the vendor's app in a company that is not listed.
    WAIT_FOR_APP = "/firms/{firm}/procore/setup/credentials/wait", wait_for_app(firm: Firm);
    /// Marks a task in Procore.
    MARK_TASK = "/firms/{firm}/procore/setup/credentials/task", mark_task(firm: Firm);
    /// Leaves a step whose checks passed.
    CONFIRM_STEP = "/firms/{firm}/procore/setup/{step}/continue", confirm_step(firm: Firm, step: Step);
    /// Goes on without what may never be readable.
    GO_ON_WITHOUT = "/firms/{firm}/procore/setup/permissions/go-on-without", go_on_without(firm: Firm);
    /// Resumes a completion that needs a person.
    TRY_AGAIN = "/firms/{firm}/procore/setup/complete/try-again", try_again(firm: Firm);
    /// Takes a data set out of a completion.
    LEAVE_OUT = "/firms/{firm}/procore/setup/complete/leave-out", leave_out(firm: Firm);
    /// Where the form of a hand-over is sent.
    HAND_OVER = "/firms/{firm}/procore/setup/hand-over", hand_over_form(firm: Firm);
    TAKE_BACK = "/firms/{firm}/procore/setup/hand-over/{hand_over}/take-back", take_back(firm: Firm, hand_over: HandOver);
    REMIND = "/firms/{firm}/procore/setup/hand-over/{hand_over}/remind", remind(firm: Firm, hand_over: HandOver);
    COPY_LINK = "/firms/{firm}/procore/setup/hand-over/{hand_over}/copy-link", copy_link(firm: Firm, hand_over: HandOver);
    SEND_AGAIN = "/firms/{firm}/procore/setup/hand-over/{hand_over}/send-again", send_again(firm: Firm, hand_over: HandOver);
    STUCK = "/firms/{firm}/procore/setup/not-found", stuck_form(firm: Firm);
    /// Closes the setup and begins a new one.
    START_AGAIN = "/firms/{firm}/procore/setup/start-again", start_again(firm: Firm);

    /// *Repair* on the page of the webhook.
    REPAIR = "/firms/{firm}/procore/webhooks/repair", repair(firm: Firm);
    /// *Check now* on the integration's details.
    CHECK_NOW = "/firms/{firm}/procore/check", check_now(firm: Firm);
    /// The other buttons there.
    PAUSE = "/firms/{firm}/procore/pause", pause(firm: Firm);
    RESUME = "/firms/{firm}/procore/resume", resume(firm: Firm);
    RECONNECT = "/firms/{firm}/procore/reconnect", reconnect(firm: Firm);
    SYNC_NOW = "/firms/{firm}/procore/sync", sync_now(firm: Firm);
    /// Another Client ID and secret, while the old ones work.
    REPLACE_CREDENTIALS = "/firms/{firm}/procore/credentials/replace", replace_credentials(firm: Firm);
    /// The integration's details.
    INTEGRATION = "/firms/{firm}/procore", integration(firm: Firm);
    /// What is brought.
    SETTINGS = "/firms/{firm}/procore/settings", settings(firm: Firm);
    /// What another choice would do.
    SETTINGS_REVIEW = "/firms/{firm}/procore/settings/review", settings_review(firm: Firm);
    /// Lets a change that needs a person go on.
    TRY_CHANGE_AGAIN = "/firms/{firm}/procore/settings/try-again", try_change_again(firm: Firm);
    /// The activity as a file.
    ACTIVITY_FILE = "/firms/{firm}/procore/activity.csv", activity_file(firm: Firm);
    /// Compares Procore's deliveries with what came.
    CHECK_DELIVERIES = "/firms/{firm}/procore/webhooks/deliveries", check_deliveries(firm: Firm);
    /// Sends an event of our own through the public address.
    TEST_ADDRESS = "/firms/{firm}/procore/webhooks/test", test_address(firm: Firm);
    /// The board of projects.
    PROJECTS = "/firms/{firm}/procore/projects", projects(firm: Firm);
    /// What to bring of the chosen ones, and what that would take.
    CHOOSE_FOR_PROJECTS = "/firms/{firm}/procore/projects/integrate", choose_for_projects(firm: Firm);
    PROJECTS_PLAN = "/firms/{firm}/procore/projects/plan", projects_plan(firm: Firm);
    /// Whether new projects are integrated by themselves.
    NEW_PROJECTS = "/firms/{firm}/procore/projects/new", new_projects(firm: Firm);
    /// What is brought of projects for which nobody chooses it.
    PROJECT_DEFAULTS = "/firms/{firm}/procore/projects/defaults", project_defaults(firm: Firm);
    /// Looks at the tools of projects again.
    CHECK_PROJECTS = "/firms/{firm}/procore/projects/check", check_projects(firm: Firm);
    /// What is not shared with us, and how to share it.
    UNSHARED_PROJECTS = "/firms/{firm}/procore/projects/not-shared", unshared_projects(firm: Firm);
    /// Has Procore asked for those again.
    CHECK_UNSHARED = "/firms/{firm}/procore/projects/not-shared/check", check_unshared(firm: Firm);
    /// The host product's references: table, file in and out.
    REFERENCES = "/firms/{firm}/procore/projects/references", references(firm: Firm);
    REFERENCES_FILE = "/firms/{firm}/procore/projects/references.csv", references_file(firm: Firm);
    /// Takes a file of them.
    UPLOAD_REFERENCES = "/firms/{firm}/procore/projects/references/upload", upload_references(firm: Firm);
    /// What that file would change; a post saves it.
    COMPARE_REFERENCES = "/firms/{firm}/procore/projects/references/compare", compare_references(firm: Firm);
    /// One project.
    PROJECT = "/firms/{firm}/procore/projects/{project}", project(firm: Firm, project: Number);
    /// Has everything of a project read again.
    SYNC_PROJECT = "/firms/{firm}/procore/projects/{project}/sync", sync_project(firm: Firm, project: Number);
    /// Lets a project that waits for somebody go on.
    TRY_PROJECT_AGAIN = "/firms/{firm}/procore/projects/{project}/try-again", try_project_again(firm: Firm, project: Number);
    /// What is brought of one project.
    CHANGE_PROJECT = "/firms/{firm}/procore/projects/{project}/data", change_project(firm: Firm, project: Number);
    /// The host product's reference of one project.
    PROJECT_REFERENCE = "/firms/{firm}/procore/projects/{project}/reference", project_reference(firm: Firm, project: Number);
    REMOVE_PROJECT = "/firms/{firm}/procore/projects/{project}/remove", remove_project(firm: Firm, project: Number);
    /// A page below the details: `data`, `webhooks`, `settings`, …
    INTEGRATION_PAGE = "/firms/{firm}/procore/{page}", integration_page(firm: Firm, page: Word);
    /// The records of a data set.
    DATA_SET = "/firms/{firm}/procore/data/{set}", data_set(firm: Firm, set: DataSet);
    RECORD = "/firms/{firm}/procore/data/{set}/{kind}/{id}", record(firm: Firm, set: DataSet, kind: Word, id: Number);

    SUPPORT = "/support";
    /// The queue as a file.
    SUPPORT_EXPORT = "/support/onboardings.csv";
    SUPPORT_TICKED = "/support/onboardings";
    SUPPORT_OVERVIEW = "/support/overview";
    /// The vendor's own app in Procore.
    SUPPORT_APP = "/support/app";
    SUPPORT_NEW_FIRM = "/support/firms/new";
    SUPPORT_MAIL = "/support/mail";
    MAIL = "/support/mail/{mail}", mail(mail: Mail);
    SEND_MAIL_AGAIN = "/support/mail/{mail}/again", send_mail_again(mail: Mail);
    /// Where a support person leaves a firm's pages.
    END_VISIT = "/support/firms/{firm}/visit/end", end_visit(firm: Firm);
    REMOVE_FIRM = "/support/firms/{firm}/remove", remove_firm(firm: Firm);
    SUPPORT_STAFF = "/support/staff";
    REMOVE_SUPPORT = "/support/staff/{person}/remove", remove_support(person: Person);
    REVOKE_SUPPORT_INVITATION = "/support/staff/invitations/{link}/revoke", revoke_support_invitation(link: Invitation);
    RESEND_SUPPORT_INVITATION = "/support/staff/invitations/{link}/resend", resend_support_invitation(link: Invitation);
    CASE = "/support/onboardings/{onboarding}", case(onboarding: Onboarding);
    /// What can be done at a case: `retry`, `assign`, …
    CASE_ACTION = "/support/onboardings/{onboarding}/{action}", case_action(onboarding: Onboarding, action: Word);
}

/// A pattern with `value` in place of the parameter `name`: the route of one step or one action.
pub fn route(pattern: &str, name: &str, value: &str) -> String {
    pattern.replace(&format!("{{{name}}}"), value)
}

/// The prefix of each address that carries a token. A token lets anybody who has it
/// in, so these addresses reach no log, no other site and no remark.
pub(crate) fn before_token() -> impl Iterator<Item = &'static str> {
    let patterns = ALL.iter();
    patterns.filter_map(|pattern| pattern.strip_suffix("{token}"))
}

/// Whether a path is one of those that carry a token.
pub fn carries_token(path: &str) -> bool {
    before_token().any(|before| path.starts_with(before))
}

/// What stands in the place of the token in the path of a webhook; none if that is empty or more than one
/// segment.
pub(crate) fn webhook_token(path: &str) -> Option<&str> {
    let token = path.strip_prefix(WEBHOOK.strip_suffix("{token}")?)?;
    (!token.is_empty() && !token.contains('/')).then_some(token)
}

/// Whether it is one of the checks of an operator's load balancer.
pub(crate) fn is_health(path: &str) -> bool {
    path == HEALTH || path == READINESS
}

/// Whether it is a file of ours, the same for everybody.
pub(crate) fn is_static(path: &str) -> bool {
    let before = STATIC.strip_suffix("{*path}");
    before.is_some_and(|before| path.starts_with(before))
}

/// What stands in the place of the firm in the path of one of its pages.
pub(crate) fn firm_segment(path: &str) -> Option<&str> {
    let (before, _) = CONCIERGE.split_once("{firm}")?;
    path.strip_prefix(before)?.split('/').next()
}

/// Hands a task to a colleague, from a step.
pub fn hand_over(firm: impl Part<Firm>, from: impl Part<Step>) -> String {
    format!("{}?from={}", hand_over_form(firm), from.part())
}

/// *I can't find this* at a help text on the page of a step.
pub fn stuck(firm: impl Part<Firm>, from: impl Part<Step>, text: &str) -> String {
    format!("{}?from={}&text={text}", stuck_form(firm), from.part())
}

/// The same on a colleague's page.
pub(crate) fn stuck_at_handover(token: &SecretString, text: &str) -> String {
    format!("{}?text={text}", handover_stuck(token))
}

/// Sign-in that leads back to `next` afterwards.
pub fn sign_in_for(next: &str) -> String {
    with_next(SIGN_IN, next)
}

/// To Procore, for a firm's setup.
pub fn procore_sign_in(firm: impl Part<Firm>) -> String {
    format!("{PROCORE_SIGN_IN}?firm={}", firm.part())
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

/// Whether `next` is a page of ours to go to after signing in: a path, and not another host in
/// disguise (`//host`, `/\host`).
pub(crate) fn is_local(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 2_000
        && !next.contains(['\\', '#'])
        && next.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::FirmId;

    #[test]
    fn an_address_is_its_pattern_filled_in() {
        let token = SecretString::from("abc");
        assert_eq!(handover_done(&token), "/handover/abc/done");
        assert_eq!(
            integration_page(FirmId::NIL, "data"),
            "/firms/00000000-0000-0000-0000-000000000000/procore/data"
        );
        assert_eq!(
            route(CASE_ACTION, "action", "retry"),
            "/support/onboardings/{onboarding}/retry"
        );
    }

    #[test]
    fn every_address_with_a_token_is_known_by_its_beginning() {
        for pattern in ALL {
            assert_eq!(
                carries_token(pattern),
                pattern.contains("{token}"),
                "{pattern}"
            );
        }
        assert_eq!(before_token().count(), 6);
    }

    #[test]
    fn a_webhook_has_one_segment_as_its_token() {
        for (path, token) in [
            ("/webhooks/procore/abc", Some("abc")),
            ("/webhooks/procore/", None),
            ("/webhooks/procore/abc/", None),
            ("/webhooks/procore/a/b", None),
            ("/webhooks/procore", None),
        ] {
            assert_eq!(webhook_token(path), token, "{path}");
        }
    }

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
