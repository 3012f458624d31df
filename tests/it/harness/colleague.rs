//! A colleague without an account, who was handed one task.

use concierge::onboarding::Stage;
use concierge::paths;

use super::browser::Browser;
use super::page::Page;
use super::walk::Walk;

pub(crate) struct Colleague {
    pub browser: Browser,
    /// The path of the link, as the mail has it.
    pub link: String,
}

impl Colleague {
    /// The admin hands a task over to Dana Fox from a step; `fields` are those besides name and
    /// address.
    pub(crate) async fn asked(
        walk: &Walk,
        from: Stage,
        email: &str,
        fields: &[(&str, &str)],
    ) -> Self {
        Self::named(walk, from, "Dana Fox", email, fields).await
    }

    pub(crate) async fn named(
        walk: &Walk,
        from: Stage,
        name: &str,
        email: &str,
        fields: &[(&str, &str)],
    ) -> Self {
        let form = walk
            .admin
            .browser
            .get(&format!(
                "{}?from={}",
                paths::hand_over_form(walk.admin.firm),
                from.as_str()
            ))
            .await;
        let task = form.value_of("task");
        let mut all = vec![("from", from.as_str()), ("name", name), ("email", email)];
        if !fields.iter().any(|(field, _)| *field == "task") {
            all.push(("task", task.as_str()));
        }
        all.extend_from_slice(fields);
        let page = walk.press(&form, "Send", &all).await;
        assert!(
            page.has_text(&format!("Copy the link and pass it on to {name}.")),
            "{}",
            page.text()
        );
        Self {
            browser: walk.app.browser(),
            link: walk.app.links_in_mail_to(email).await.remove(0),
        }
    }

    pub(crate) async fn page(&self) -> Page {
        self.browser.visit(&self.link).await
    }

    /// Presses a button of the task's page.
    pub(crate) async fn press(&self, button: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.page().await;
        let action = page
            .button(button)
            .unwrap_or_else(|| panic!("no {button}: {}", page.text()));
        self.browser.submit(&action, fields).await
    }

    /// Sends one of the task's forms, even if the page no longer shows it.
    pub(crate) async fn send(&self, form: &str, fields: &[(&str, &str)]) -> Page {
        let path = format!("{}/{form}", self.link);
        self.browser.submit(&path, fields).await
    }
}
