//! The router's addresses, with something real in the place of each parameter.

use std::collections::BTreeSet;

use concierge::identity::{FirmId, OnboardingId};
use concierge::paths;
use concierge::store::onboardings;
use concierge::web::Front;
use uuid::Uuid;

use crate::harness::app::TestApp;

/// Pages that are there for somebody who is not signed in.
const OPEN: [&str; 8] = [
    paths::PROCORE_CALLBACK,
    paths::SIGN_IN,
    paths::SIGN_OUT,
    paths::RESET,
    paths::HEALTH,
    paths::READINESS,
    paths::STATIC,
    paths::BRANDING,
];

/// One address as the router spells it, such as `/firms/{firm}/people`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route(String);

/// What stands in the place of parameters.
pub(super) struct Places {
    pub firm: FirmId,
    pub onboarding: OnboardingId,
    /// A project that was read: its kind and Procore's id.
    record: (String, i64),
    /// A mail to the firm.
    mail: Uuid,
}

impl Places {
    /// A firm with its open onboarding, and what else there is of it by now.
    pub(super) async fn of(app: &TestApp, firm: FirmId) -> Self {
        let mut conn = app.db().acquire().await.unwrap();
        let open = onboardings::find_open(&mut conn, firm).await.unwrap();
        let record = sqlx::query_as(
            "select kind, procore_id from record where firm_id = $1 and data_set = 'projects'",
        );
        let record = record.bind(firm.0).fetch_optional(&mut *conn).await;
        let mail = sqlx::query_scalar("select mail_id from mail where firm_id = $1");
        let mail = mail.bind(firm.0).fetch_optional(&mut *conn).await;
        Self {
            firm,
            onboarding: open.unwrap().onboarding.id,
            record: record.unwrap().unwrap_or_else(|| ("none".to_owned(), 1)),
            mail: mail.unwrap().unwrap_or_default(),
        }
    }
}

impl Route {
    /// Every address of the product.
    ///
    /// The router lists its routes nowhere but in its debug form; deliveries have none.
    pub(super) fn all(front: &Front) -> BTreeSet<Self> {
        let printed = format!("{front:?}");
        let mut routes: BTreeSet<Self> = printed
            .split("RouteId(")
            .filter_map(|part| part.split_once("): \""))
            .filter(|(number, _)| number.chars().all(|c| c.is_ascii_digit()))
            .filter_map(|(_, path)| Some(Self(path.split_once('"')?.0.to_owned())))
            .filter(|route| route.0.starts_with('/') && !route.0.contains("__private"))
            .collect();
        routes.insert(Self(paths::WEBHOOK.to_owned()));
        assert!(routes.len() > 40, "the routes were found: {routes:?}");
        routes
    }

    pub(super) fn is_open(&self) -> bool {
        OPEN.contains(&self.0.as_str()) || paths::carries_token(&self.0)
    }

    pub(super) fn of_firm(&self) -> bool {
        self.0.starts_with("/firms/{firm}/")
    }

    pub(super) fn of_support(&self) -> bool {
        self.0 == "/support" || self.0.starts_with("/support/")
    }

    /// Signing somebody out in any way would end the sweep.
    pub(super) fn ends_session(&self) -> bool {
        self.0.starts_with("/sign-out")
            || self.0.contains("/session")
            || self.0.ends_with("sign-out-everywhere")
    }

    pub(super) fn is_webhook(&self) -> bool {
        self.0 == paths::WEBHOOK
    }

    /// The address with real things in it.
    pub(super) fn at(&self, places: &Places) -> String {
        self.filled(|name| match name {
            "firm" => places.firm.to_string(),
            "onboarding" => places.onboarding.to_string(),
            "set" => "projects".to_owned(),
            "kind" => places.record.0.clone(),
            "id" => places.record.1.to_string(),
            "mail" => places.mail.to_string(),
            "*path" => "app.css".to_owned(),
            "token" => "no-such-token".to_owned(),
            // Of these nobody has any; what is asked is who may ask.
            _ => Uuid::nil().to_string(),
        })
    }

    /// The address with `text` in the place of every parameter.
    pub(super) fn with(&self, text: &str) -> String {
        self.filled(|_| text.to_owned())
    }

    pub(super) fn has_parameters(&self) -> bool {
        self.0.contains('{')
    }

    fn filled(&self, value: impl Fn(&str) -> String) -> String {
        let parts = self.0.split('/').map(|part| {
            match part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            {
                Some(name) => value(name),
                None => part.to_owned(),
            }
        });
        parts.collect::<Vec<_>>().join("/")
    }
}
