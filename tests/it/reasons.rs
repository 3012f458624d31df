//! Every reason that a firm can meet on its way, brought about in Procore: what its page says, how it
//! is fixed, and whom the onboarding then waits for.
//!
//! `PC-PROJECT-TOOL` is not among them: it belongs to single projects, which the setup does not ask
//! about.

use concierge::connection::AccessWay;
use concierge::content;
use concierge::onboarding::Stage;
use concierge::verdict::{Party, ReasonCode};

use crate::harness::page::Page;
use crate::harness::walk::Walk;
use procore_sandbox::testing::{Fail, Sandbox, SandboxOptions};

/// A throttle or an overload longer than any call waits for.
const LONG: u32 = 900;

/// What a page has to say.
struct Says<'a> {
    code: &'a str,
    /// What is the matter.
    title: &'a str,
    /// A part of a step that fixes it.
    step: &'a str,
    who: &'a str,
}

impl Says<'_> {
    /// Checks at `step` and holds the page, the row behind it and the queue's line to this.
    async fn hold(&self, walk: &Walk, step: Stage) -> Page {
        let page = walk.check(step).await;
        self.hold_page(walk, &page).await;
        let (code, waiting_on): (Option<String>, String) = sqlx::query_as(
            "select a.reason, a.waiting_on from queue_line a \
             join onboarding o using (firm_id, onboarding_id) \
             where a.firm_id = $1 and o.archived_at is null",
        )
        .bind(walk.admin.firm.0)
        .fetch_one(walk.app.db())
        .await
        .unwrap();
        assert_eq!(code.as_deref(), Some(self.code));
        let party = match self.code.parse::<ReasonCode>().unwrap().party() {
            Party::FirmAdmin => "firm",
            Party::ProcoreAdmin => "procore_admin",
            Party::Us => "us",
            Party::Procore => "procore",
        };
        assert_eq!(waiting_on, party, "{}", self.code);
        assert_eq!(page.button("Continue"), None, "{}", self.code);
        page
    }

    async fn hold_page(&self, walk: &Walk, page: &Page) {
        let reference = format!("Ref {}", self.code);
        let text = page.text();
        assert!(text.contains(&reference), "{reference}: {text}");
        for said in [self.title, self.step, self.who] {
            assert!(text.contains(said), "{}: no “{said}” in {text}", self.code);
        }
        assert!(
            !page.texts("ol.clicks > li.click").is_empty(),
            "{}: numbered steps",
            self.code
        );
        let code: ReasonCode = self.code.parse().unwrap();
        let help = content::shared().unwrap();
        let remedy = help.remedy(code, AccessWay::OwnApp, &content::Values::default());
        assert_eq!(remedy.unwrap().party, code.party());
        walk.sandbox.assert_no_violations().await;
    }
}

async fn at_verify() -> Walk {
    let walk = Walk::start().await;
    walk.up_to(Stage::Verify, &[]).await;
    walk
}

async fn at_permissions(data: &[&str]) -> Walk {
    let walk = Walk::start().await;
    walk.up_to(Stage::Permissions, data).await;
    walk
}

const CREDENTIALS: Says<'static> = Says {
    code: "PC-CREDENTIALS",
    title: "Procore did not recognise this Client ID and secret",
    step: "find its credentials",
    who: "You, or the person who manages your Procore app",
};

#[tokio::test]
async fn procore_is_down() {
    let walk = at_verify().await;
    walk.sandbox.down().await;
    let says = Says {
        code: "PC-UNREACHABLE",
        title: "Procore is not answering right now",
        step: "status.procore.com",
        who: "Nobody has to do anything. We wait for Procore.",
    };
    says.hold(&walk, Stage::Verify).await;
}

#[tokio::test]
async fn the_secret_was_replaced() {
    let walk = at_verify().await;
    walk.sandbox.revoke_secret().await;
    CREDENTIALS.hold(&walk, Stage::Verify).await;
}

#[tokio::test]
async fn the_details_belong_to_another_environment() {
    let other = Sandbox::start(SandboxOptions::default()).await;
    let environments = format!("production,rehearsal={0}|{0}|{0}", other.url);
    let settings = [("PROCORE_ENVIRONMENTS", environments.as_str())];
    let walk = Walk::start_with(SandboxOptions::default(), &settings).await;
    walk.sandbox.replace_secret("good-in-this-one-alone").await;
    walk.up_to(Stage::Verify, &[]).await;
    let page = CREDENTIALS.hold(&walk, Stage::Verify).await;
    let agreed = [("elsewhere", "rehearsal")];
    walk.press(&page, "Try them in rehearsal", &agreed).await;
    walk.app.run_jobs().await;
    let page = walk.page(Stage::Verify).await;
    let says = Says {
        code: "PC-ENVIRONMENT",
        title: "These details belong to rehearsal",
        step: "choose it as the environment in your Procore details",
        who: "You, or the person who manages your Procore app",
    };
    says.hold_page(&walk, &page).await;
}

#[tokio::test]
async fn the_app_is_not_installed() {
    for refused_with in [403, 401] {
        let walk = at_verify().await;
        match refused_with {
            401 => walk.sandbox.uninstall_with_401().await,
            _ => walk.sandbox.uninstall().await,
        }
        let says = Says {
            code: "PC-NOT-INSTALLED",
            title: "The app is not connected to company 5358233",
            step: "App Management",
            who: "with Admin on the company Directory and Admin tools",
        };
        says.hold(&walk, Stage::Verify).await;
    }
}

#[tokio::test]
async fn the_company_is_another_one() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Credentials, &[]).await;
    let mut details = Walk::good_details();
    details[1].1 = "5358234";
    walk.enter_details(&details).await;
    let says = Says {
        code: "PC-COMPANY",
        title: "Your access does not open company 5358234",
        step: "Correct the Company ID in your Procore details",
        who: "You correct the number. If it is right, an administrator of your Procore company can help.",
    };
    let page = says.hold(&walk, Stage::Verify).await;
    assert!(
        page.has_text("Harbor & Lane Construction (5358233)"),
        "those it sees"
    );
}

#[tokio::test]
async fn the_company_is_another_firms() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let second = walk.another_firm().await;
    second.up_to(Stage::Verify, &[]).await;
    let says = Says {
        code: "PC-TAKEN",
        title: "This Procore company is already connected",
        step: "Compare the Company ID",
        who: "Our support, after talking to both sides.",
    };
    let page = says.hold(&second, Stage::Verify).await;
    assert!(!page.has_text("Firm 1"), "the other firm is not named");
}

#[tokio::test]
async fn webhooks_are_not_allowed() {
    let walk = at_verify().await;
    walk.sandbox.set_level("webhooks_api", "Read Only").await;
    let says = Says {
        code: "PC-WEBHOOK-LEVEL",
        title: "Live updates need Webhooks API: Standard",
        step: "Webhooks API: Standard",
        who: "An administrator of your Procore company, together with",
    };
    says.hold(&walk, Stage::Verify).await;
}

#[tokio::test]
async fn procore_asks_us_to_slow_down() {
    let walk = at_verify().await;
    let throttled = Fail::throttle(LONG).on("/rest/").times(20);
    walk.sandbox.fail_next(throttled).await;
    let says = Says {
        code: "PC-RATE",
        title: "Procore asked us to slow down",
        step: "Wait: we will continue at 09:15",
        who: "Nobody has to do anything. We wait for Procore.",
    };
    says.hold(&walk, Stage::Verify).await;
}

#[tokio::test]
async fn procore_is_overloaded() {
    let walk = at_verify().await;
    let busy = Fail::busy(LONG).on("/rest/").times(20);
    walk.sandbox.fail_next(busy).await;
    let says = Says {
        code: "PC-BUSY",
        title: "Procore is very busy",
        step: "Wait: we will continue at 09:15",
        who: "Nobody has to do anything. We wait for Procore.",
    };
    says.hold(&walk, Stage::Verify).await;
}

#[tokio::test]
async fn procore_answers_what_nobody_knows() {
    let walk = at_verify().await;
    let odd = Fail::html(200).on("/rest/").times(50);
    walk.sandbox.fail_next(odd).await;
    let says = Says {
        code: "PC-UNEXPECTED",
        title: "Procore gave an answer we do not know",
        step: "in a few minutes",
        who: "Our support. You have done nothing wrong.",
    };
    says.hold(&walk, Stage::Verify).await;
}

#[tokio::test]
async fn a_level_is_too_low() {
    let walk = at_permissions(&["projects", "users"]).await;
    walk.sandbox.set_level("directory", "None").await;
    let says = Says {
        code: "PC-LEVEL:directory",
        title: "Change 1 level, then release once",
        step: "Directory: Read Only",
        who: "An administrator of your Procore company, together with",
    };
    let page = says.hold(&walk, Stage::Permissions).await;
    assert!(page.has_text("App Management"), "the clicks");
}

#[tokio::test]
async fn no_project_is_shared() {
    let walk = at_permissions(&["projects"]).await;
    walk.sandbox.permit_projects(&[]).await;
    let says = Says {
        code: "PC-NO-PROJECTS",
        title: "Share projects with the app",
        step: "Choose the projects to share",
        who: "with Admin on the company Admin tool",
    };
    says.hold(&walk, Stage::Permissions).await;
}

#[tokio::test]
async fn procore_hides_a_list() {
    let walk = at_permissions(&["projects", "users"]).await;
    let hidden = Fail::status(404).on("/rest/v1.3/companies").times(20);
    walk.sandbox.fail_next(hidden).await;
    let says = Says {
        code: "PC-HIDDEN",
        title: "Procore says this is not there, or hides it from us",
        step: "search for the app by name",
        who: "An administrator of your Procore company.",
    };
    says.hold(&walk, Stage::Permissions).await;
}

#[tokio::test]
async fn more_access_than_needed_is_a_warning_that_holds_nobody_up() {
    let walk = at_permissions(&["projects", "users"]).await;
    walk.sandbox.set_level("directory", "Admin").await;
    let page = walk.check(Stage::Permissions).await;
    let says = Says {
        code: "PC-EXCESS",
        title: "The app has more access than it needs",
        step: "lower Directory in a new version of your app",
        who: "An administrator of your Procore company, together with",
    };
    says.hold_page(&walk, &page).await;
    assert!(page.button("Continue").is_some(), "{}", page.text());
}
