//! A firm's admin on the way through the setup, with the simulated Procore beside them.

use chrono::TimeDelta;
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::store::onboardings;

use super::app::{FirmAdmin, TestApp};
use super::db::TestDb;
use super::page::Page;
use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Sandbox, SandboxOptions};

/// One firm, one admin, one Procore.
pub(crate) struct Walk {
    pub sandbox: Sandbox,
    pub app: TestApp,
    pub admin: FirmAdmin,
}

impl Walk {
    pub(crate) async fn start() -> Self {
        Self::start_with(SandboxOptions::default(), &[]).await
    }

    /// A walk with a Procore and settings of its own.
    pub(crate) async fn start_with(options: SandboxOptions, settings: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start(options).await;
        let mut all = addresses(&sandbox);
        all.extend_from_slice(settings);
        let app = TestApp::start_with(&all).await;
        Self::with(sandbox, app).await
    }

    /// A walk on which no call to Procore waits.
    pub(crate) async fn without_pauses() -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await;
        let app = TestApp::start_without_pauses(&addresses(&sandbox)).await;
        Self::with(sandbox, app).await
    }

    /// Time passes here and at Procore.
    pub(crate) async fn advance(&self, by: TimeDelta) {
        self.app.advance(by);
        self.sandbox.advance_clock(by.num_seconds()).await;
    }

    /// A walk through the product as the program connects it, to its database at `address`.
    pub(crate) async fn connected(address: impl FnOnce(&TestDb) -> String) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await;
        let app = TestApp::connect(&addresses(&sandbox), address).await;
        Self::with(sandbox, app).await
    }

    async fn with(sandbox: Sandbox, app: TestApp) -> Self {
        let admin = app.firm_admin().await;
        Self {
            sandbox,
            app,
            admin,
        }
    }

    pub(crate) fn at(&self, step: Stage) -> String {
        paths::step(self.admin.firm, step)
    }

    pub(crate) async fn page(&self, step: Stage) -> Page {
        self.admin.browser.visit(&self.at(step)).await
    }

    /// Presses the button of a form of the page, with its hidden fields and `fields`.
    pub(crate) async fn press(&self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let action = page
            .button(button)
            .unwrap_or_else(|| panic!("no {button}: {}", page.text()));
        let (onboarding, version) = (page.value_of("onboarding"), page.value_of("version"));
        let mut all = vec![
            ("onboarding", onboarding.as_str()),
            ("version", version.as_str()),
        ];
        all.extend_from_slice(fields);
        self.admin.browser.submit(&action, &all).await
    }

    /// The details that the simulated Procore accepts.
    pub(crate) fn good_details() -> Vec<(&'static str, &'static str)> {
        assert_eq!(
            COMPANY_ID, 5_358_233,
            "the company id below is the simulator's"
        );
        vec![
            ("access_way", "own_app"),
            ("company_id", "5358233"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ]
    }

    /// Says at the first step what to bring, projects where `data` is empty, and goes on.
    pub(crate) async fn review(&self, data: &[&str]) -> Page {
        let data = if data.is_empty() { &["projects"] } else { data };
        let chosen: Vec<_> = data.iter().map(|key| ("data", *key)).collect();
        let page = self.page(Stage::Review).await;
        self.press(&page, "Continue", &chosen).await
    }

    pub(crate) async fn enter_details(&self, details: &[(&str, &str)]) -> Page {
        let page = self.page(Stage::Credentials).await;
        self.press(&page, "Save and continue", details).await
    }

    /// Lets the checks of a step run: those that are under way, or new ones.
    pub(crate) async fn check(&self, step: Stage) -> Page {
        let page = self.page(step).await;
        let mut buttons = ["Verify", "Check again"].into_iter();
        if let Some(button) = buttons.find(|name| page.button(name).is_some()) {
            self.press(&page, button, &[]).await;
        }
        self.app.run_jobs().await;
        self.page(step).await
    }

    /// Goes on until `step` is the next thing to do, choosing `data`, and shows its page.
    pub(crate) async fn up_to(&self, step: Stage, data: &[&str]) -> Page {
        loop {
            let stage = self.stage().await;
            if stage >= step {
                return self.page(step).await;
            }
            let page = match stage {
                Stage::Review => self.review(data).await,
                Stage::Credentials => self.enter_details(&Self::good_details()).await,
                Stage::Settings => {
                    let chosen: Vec<_> = data.iter().map(|key| ("data", *key)).collect();
                    self.press(&self.page(stage).await, "Save and continue", &chosen)
                        .await
                }
                Stage::Verify | Stage::Permissions => {
                    let page = self.check(stage).await;
                    self.press(&page, "Continue", &[]).await
                }
                Stage::Complete | Stage::Completing | Stage::Done => unreachable!("no step before"),
            };
            assert_eq!(page.status, 200, "{stage:?}: {}", page.text());
            assert!(
                self.stage().await > stage,
                "stuck at {stage:?}: {}",
                page.text()
            );
        }
    }

    /// Goes all the way to "Procore is connected", choosing `data`.
    pub(crate) async fn connect(&self, data: &[&str]) -> Page {
        self.up_to(Stage::Complete, data).await;
        self.complete().await;
        let page = self.page(Stage::Complete).await;
        assert_eq!(page.h1(), "Procore is connected");
        page
    }

    /// Confirms the plan, and lets the completion come as far as it can.
    pub(crate) async fn complete(&self) {
        let page = self.page(Stage::Complete).await;
        self.press(&page, "Complete integration", &[]).await;
        self.app.run_jobs().await;
    }

    /// Where the firm's onboarding stands.
    pub(crate) async fn stage(&self) -> Stage {
        let mut conn = self.app.db().acquire().await.unwrap();
        let open = onboardings::find_open(&mut conn, self.admin.firm)
            .await
            .unwrap();
        open.unwrap().onboarding.stage
    }

    /// Another firm's admin, in front of the same product and the same Procore.
    pub(crate) async fn another_firm(self) -> Self {
        // Procore hands out one token per app at a time; the firms do not share it.
        self.sandbox.forget_tokens().await;
        let admin = self.app.firm_admin().await;
        Self { admin, ..self }
    }
}

/// Where the simulated Procore is.
fn addresses(sandbox: &Sandbox) -> Vec<(&'static str, &str)> {
    ["PROCORE_LOGIN_URL", "PROCORE_API_URL", "PROCORE_WEB_URL"]
        .map(|name| (name, sandbox.url.as_str()))
        .to_vec()
}
