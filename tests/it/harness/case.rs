//! What support does at a case, through its pages.

use concierge::identity::{FirmId, OnboardingId};
use concierge::paths;

use super::app::TestApp;
use super::browser::Browser;
use super::page::Page;

/// The firm's newest onboarding.
pub(crate) async fn case_of(app: &TestApp, firm: FirmId) -> OnboardingId {
    sqlx::query_scalar(
        "select onboarding_id from onboarding where firm_id = $1
         order by created_at desc, onboarding_id desc limit 1",
    )
    .bind(firm.0)
    .fetch_one(app.db())
    .await
    .unwrap()
}

/// Opens the page of an action at a case and presses its button, with a reason and `fields`.
pub(crate) async fn act(
    browser: &Browser,
    case: OnboardingId,
    action: &str,
    fields: &[(&str, &str)],
) -> Page {
    let page = browser.get(&paths::case_action(case, action)).await;
    send(browser, &page, case, action, fields).await
}

/// Presses the button of an action's page that was opened before.
pub(crate) async fn send(
    browser: &Browser,
    page: &Page,
    case: OnboardingId,
    action: &str,
    fields: &[(&str, &str)],
) -> Page {
    let hidden = ["onboarding", "version", "turn"].map(|name| (name, page.value_of(name)));
    let mut all: Vec<(&str, &str)> = hidden.iter().map(|(k, v)| (*k, v.as_str())).collect();
    if !fields.iter().any(|(name, _)| *name == "reason") {
        all.push(("reason", "They asked on the phone"));
    }
    all.extend_from_slice(fields);
    browser.post(&paths::case_action(case, action), &all).await
}
