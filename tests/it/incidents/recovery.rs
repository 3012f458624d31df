//! What the mail about an end says of our copy: no more than was proven.

use concierge::catalog::DataSet;
use procore_sandbox::testing::Fail;

use super::{Connected, Drift};

impl Connected {
    /// Breaks something, lets the firm be told of it and of its end; returns what the mail says then.
    async fn recovery_from(&self, drift: Drift, incomplete: Option<&str>) -> String {
        let (told, recovered) = self.mails().await;
        self.break_by(drift).await;
        for _ in 0..12 {
            if self.mails().await.0 > told {
                break;
            }
            self.pass_hours(1).await;
        }
        if let Some(list) = incomplete {
            self.sandbox
                .fail_next(Fail::status(403).on(list).times(100))
                .await;
        }
        self.repair(drift).await;
        for _ in 0..6 {
            if self.mails().await.1 > recovered {
                break;
            }
            self.pass_hours(1).await;
        }
        let (_, text) = self.mail("recovered").await;
        text
    }
}

#[tokio::test]
async fn nothing_is_missing_is_said_only_where_everything_came_whole() {
    let firm = Connected::to(&[DataSet::Projects, DataSet::Offices]).await;
    let whole = "Nothing is missing: we read everything again.";
    let text = firm.recovery_from(Drift::Uninstalled, None).await;
    assert!(text.contains(whole), "{text}");

    let changed = "We read what changed in Procore meanwhile.";
    let text = firm.recovery_from(Drift::AppUpdate, None).await;
    assert!(text.contains(changed) && !text.contains(whole), "{text}");

    let except = "except for one list, which we try again every day.";
    let offices = Some("/rest/v1.0/offices");
    let text = firm.recovery_from(Drift::Uninstalled, offices).await;
    assert!(text.contains(except) && !text.contains(whole), "{text}");
}
