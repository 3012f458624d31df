//! A support person at the case of a firm on its way through the setup.

use std::ops::Deref;

use concierge::identity::{OnboardingId, SupportRole};
use concierge::onboarding::Stage;
use concierge::paths;
use concierge::store::onboardings;

use super::app::SupportPerson;
use super::page::Page;
use super::walk::Walk;

/// A firm's case, and who looks after it.
pub(crate) struct Desk {
    pub walk: Walk,
    pub support: SupportPerson,
    pub onboarding: OnboardingId,
}

/// A button, and the page on which it acts.
pub(crate) struct Ask {
    label: String,
    page: Page,
}

impl Ask {
    /// The button on a page that was answered.
    pub(crate) fn on(page: Page, label: &str) -> Self {
        let label = label.to_owned();
        Self { label, page }
    }
}

impl Deref for Ask {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Desk {
    pub(crate) async fn at(walk: Walk) -> Self {
        let support = walk.app.support(SupportRole::Staff).await;
        let mut conn = walk.app.db().acquire().await.unwrap();
        let firm = walk.admin.firm;
        let open = onboardings::find_open(&mut conn, firm).await.unwrap();
        Self {
            onboarding: open.unwrap().onboarding.id,
            support,
            walk,
        }
    }

    /// At the case of a firm whose app is not installed, found so by its checks at `step`.
    pub(crate) async fn stuck_at(step: Stage) -> Self {
        let walk = Walk::start().await;
        walk.up_to(step, &["projects", "users"]).await;
        walk.sandbox.uninstall().await;
        walk.check(step).await;
        Self::at(walk).await
    }

    /// At the case of a firm whose completion stopped, because the app was removed meanwhile.
    pub(crate) async fn stopped() -> Self {
        let walk = Walk::start().await;
        walk.up_to(Stage::Complete, &["projects"]).await;
        walk.sandbox.uninstall().await;
        walk.complete().await;
        Self::at(walk).await
    }

    pub(crate) fn case(&self) -> String {
        paths::case(self.onboarding)
    }

    pub(crate) async fn page(&self) -> Page {
        self.support.browser.get(&self.case()).await
    }

    /// Where a button of the case is pressed for good: the page that it leads to, or the case.
    pub(crate) async fn ask(&self, label: &str) -> Ask {
        self.ask_as(&self.support, label).await
    }

    pub(crate) async fn ask_as(&self, who: &SupportPerson, label: &str) -> Ask {
        let case = who.browser.get(&self.case()).await;
        let action = case
            .button(label)
            .unwrap_or_else(|| panic!("no {label}: {}", case.text()));
        let page = who.browser.get(&action).await;
        Ask {
            label: label.to_owned(),
            page: match page.location {
                Some(_) => case,
                None => page,
            },
        }
    }

    /// Presses it with a reason and `fields`.
    pub(crate) async fn confirm(&self, ask: &Ask, fields: &[(&str, &str)]) -> Page {
        self.confirm_as(&self.support, ask, fields).await
    }

    pub(crate) async fn confirm_as(
        &self,
        who: &SupportPerson,
        ask: &Ask,
        fields: &[(&str, &str)],
    ) -> Page {
        let label = &ask.label;
        let action = ask
            .button(label)
            .unwrap_or_else(|| panic!("no {label}: {}", ask.text()));
        let seen = ["onboarding", "version", "turn"].map(|name| (name, ask.value_of(name)));
        let mut all: Vec<(&str, &str)> = vec![("reason", "They called us")];
        all.retain(|(name, _)| !fields.iter().any(|(field, _)| field == name));
        all.extend(seen.iter().map(|(name, value)| (*name, value.as_str())));
        all.extend_from_slice(fields);
        who.browser.post(&action, &all).await
    }

    /// Does it all: the button, the reason, and the case afterwards.
    pub(crate) async fn act(&self, label: &str, fields: &[(&str, &str)]) -> Page {
        let ask = self.ask(label).await;
        let page = self.confirm(&ask, fields).await;
        assert_eq!(page.status, 303, "{label}: {}", page.text());
        self.support.browser.follow(page).await
    }

    /// Why something cannot be done: the case has no button for it, and its address says so.
    pub(crate) async fn why_not(&self, label: &str, action: &str) -> String {
        let case = self.page().await;
        assert_eq!(case.button(label), None, "{label} is not offered");
        let path = paths::case_action(self.onboarding, action);
        let page = self.support.browser.get(&path).await;
        if page.location.is_none() {
            assert_eq!(page.button(label), None, "{label} leads nowhere");
            return page.texts("main > p:not(.kicker, .lead)")[0].clone();
        }
        let seen = ["onboarding", "version", "turn"].map(|name| (name, case.value_of(name)));
        let fields = seen.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = self.support.browser.post(&path, &fields).await;
        assert_eq!(page.status, 409, "{label}: {}", page.text());
        let notice = page.texts(".notice").remove(0);
        let (_, why) = notice.split_once("Nothing was done. ").unwrap();
        why.to_owned()
    }

    /// The newest entry of support's record, with its details.
    pub(crate) async fn record(&self) -> (String, Option<String>, serde_json::Value) {
        sqlx::query_as(
            "select verb, subject, details from activity \
             where verb like 'case.%' and visible_to = 'staff' order by activity_id desc limit 1",
        )
        .fetch_one(self.walk.app.db())
        .await
        .unwrap()
    }

    /// How often support acted, as far as it was counted and written.
    pub(crate) async fn deeds(&self) -> i64 {
        sqlx::query_scalar("select count(*) from activity where verb like 'case.%'")
            .fetch_one(self.walk.app.db())
            .await
            .unwrap()
    }
}
