//! Hostile strings in every field, every parameter and every query: an answer, never a fault, and
//! nothing of them becomes part of a page.

use concierge::identity::SupportRole;
use concierge::onboarding::Stage;

use super::routes::{Places, Route};
use crate::harness::browser::Browser;
use crate::harness::page::Page;
use crate::harness::walk::Walk;

/// Each of them leaves an element `x-evil` behind where it is not escaped.
fn hostile() -> [String; 4] {
    let element = "<x-evil></x-evil>";
    [
        format!("\"'></textarea></title></svg>{element}<script>alert(1)</script>"),
        format!("{{{{ 7*7 }}}} ${{7*7}} '; drop table firm; --{element}"),
        "\u{0}\u{1b}[31m\r\nSet-Cookie: evil=1\u{202e}-9223372036854775809".to_owned(),
        format!(
            "=HYPERLINK(\"https://evil.example\"){element}{}",
            "å∂ƒ".repeat(4_000)
        ),
    ]
}

/// Encoded as a part of a path.
const IN_PATHS: [&str; 6] = [
    "%22%3E%3Cx-evil%3E%3C%2Fx-evil%3E",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "99999999999999999999",
    "%E2%80%AE'--",
];

/// Bodies that are no form.
const BODIES: [&str; 4] = ["", "%ff=%fe&%", "a[b][c]=1&a=2&a=3", "{\"a\":1}"];

fn hold(page: &Page, asked: &str) {
    assert!(page.status < 500, "{asked}: {}", page.status);
    assert!(!page.html.contains("<x-evil"), "{asked}");
    assert!(
        page.header("set-cookie")
            .is_none_or(|cookie| !cookie.contains("evil")),
        "{asked}"
    );
}

/// Sends each form of a page with hostile strings in its fields, then in its hidden fields too.
async fn attack(browser: &Browser, page: &Page) -> usize {
    let mut sent = 0;
    for form in page.forms() {
        if form.ends_session() {
            continue;
        }
        for (number, text) in hostile().into_iter().enumerate() {
            for hidden_too in [false, true] {
                if hidden_too && number > 0 {
                    continue; // the first says it all
                }
                let fields: Vec<(&str, &str)> = form
                    .fields
                    .iter()
                    .map(|field| {
                        let kept = field.hidden && !hidden_too;
                        let value = if kept { &field.value } else { &text };
                        (field.name.as_str(), value.as_str())
                    })
                    .collect();
                let answer = browser.submit(&form.action, &fields).await;
                hold(&answer, &format!("{} with {text:.40?}", form.action));
                sent += 1;
            }
        }
        for body in BODIES {
            let answer = browser.post_body(&form.action, body.to_owned()).await;
            hold(&answer, &format!("{} with {body:?}", form.action));
        }
    }
    sent
}

/// Attacks every one of `routes` that `browser` may open.
async fn sweep(browser: &Browser, routes: &[Route], places: &Places) -> usize {
    let mut sent = 0;
    for route in routes.iter().filter(|route| !route.ends_session()) {
        let address = route.at(places);
        let page = browser.visit(&address).await;
        hold(&page, &address);
        if page.status == 200 {
            sent += attack(browser, &page).await;
        }
        for text in hostile() {
            let text: String = text.chars().take(500).collect();
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(
                    [
                        "q",
                        "next",
                        "before",
                        "after",
                        "sort",
                        "view",
                        "reason",
                        "environment",
                    ]
                    .map(|name| (name, text.as_str())),
                )
                .finish();
            hold(
                &browser.visit(&format!("{address}?{query}")).await,
                &address,
            );
        }
        if route.has_parameters() {
            for text in IN_PATHS {
                let address = route.with(text);
                hold(&browser.get(&address).await, &address);
                hold(&browser.post(&address, &[]).await, &address);
            }
        }
    }
    sent
}

/// What an admin may open at `step`, attacked.
async fn sweep_at(step: Stage) {
    let walk = Walk::start().await;
    walk.up_to(step, &["projects"]).await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let routes: Vec<Route> = Route::all(&walk.app.front).into_iter().collect();
    let sent = sweep(&walk.admin.browser, &routes, &places).await;
    assert!(sent > 30, "{step:?}: {sent} forms were sent");
}

#[tokio::test]
async fn an_admin_cannot_break_a_page_before_the_checks() {
    for step in [Stage::Credentials, Stage::Verify] {
        sweep_at(step).await;
    }
}

#[tokio::test]
async fn an_admin_cannot_break_a_page_after_the_checks() {
    for step in [Stage::Permissions, Stage::Complete] {
        sweep_at(step).await;
    }
}

#[tokio::test]
async fn an_admin_cannot_break_a_page_once_connected() {
    let walk = Walk::start().await;
    walk.connect(&["projects"]).await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let routes: Vec<Route> = Route::all(&walk.app.front).into_iter().collect();
    sweep(&walk.admin.browser, &routes, &places).await;
}

#[tokio::test]
async fn support_cannot_break_a_page() {
    let walk = Walk::start().await;
    walk.up_to(Stage::Settings, &[]).await;
    let support = walk.app.support(SupportRole::Lead).await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let routes: Vec<Route> = Route::all(&walk.app.front).into_iter().collect();
    sweep(&support.browser, &routes, &places).await;
}

#[tokio::test]
async fn a_passer_by_cannot_break_a_page() {
    let walk = Walk::start().await;
    let places = Places::of(&walk.app, walk.admin.firm).await;
    let routes: Vec<Route> = Route::all(&walk.app.front).into_iter().collect();
    sweep(&walk.app.browser(), &routes, &places).await;
}
