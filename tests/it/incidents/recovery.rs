//! What the mail about an end says of our copy: no more than was proven.

use chrono::TimeDelta;
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

    let except = "except for one list, which we go on trying to read.";
    let offices = Some("/rest/v1.0/offices");
    let text = firm.recovery_from(Drift::Uninstalled, offices).await;
    assert!(text.contains(except) && !text.contains(whole), "{text}");
}

impl Connected {
    async fn pass_minutes(&self, minutes: i64) {
        self.app.advance(TimeDelta::minutes(minutes));
        self.sandbox.advance_clock(minutes * 60).await;
        self.app.run_jobs().await;
    }

    /// Everything is looked at, and then this is wrong.
    async fn look(&self, expected: &[&str]) {
        let page = self.overview().await;
        let button = page.button("Check now").expect("it may be looked at");
        self.admin.browser.submit(&button, &[]).await;
        self.app.run_jobs().await;
        assert_eq!(self.open().await, expected);
    }
}

/// The reconcile after the first end takes until it is wrong again, so that end is not told; and the
/// second time lasts too shortly to be told of by itself.
#[tokio::test]
async fn the_end_of_what_came_back_for_minutes_is_told_soon() {
    let firm = Connected::to(&[DataSet::People]).await;
    let (told, recovered) = firm.mails().await;
    let level = ["PC-LEVEL:directory"];
    firm.break_by(Drift::LevelLowered).await;
    firm.look(&level).await;
    firm.pass_hours(1).await;
    assert_eq!(firm.mails().await, (told + 1, recovered));

    let no_users = Fail::status(503)
        .on("/rest/v1.3/companies/5358233/users")
        .times(1000);
    firm.sandbox.fail_next(no_users).await;
    firm.repair(Drift::LevelLowered).await;
    firm.look(&[]).await;
    firm.break_by(Drift::LevelLowered).await;
    firm.look(&level).await;
    firm.sandbox.up().await;
    firm.pass_minutes(25).await;
    let reconciled = "select count(*) from run where kind = 'reconcile' and state <> 'done'";
    let open: i64 = sqlx::query_scalar(reconciled)
        .fetch_one(firm.app.db())
        .await
        .unwrap();
    assert_eq!(open, 0, "the reconcile after the first end is over");
    assert_eq!(firm.mails().await, (told + 1, recovered), "it is back");

    firm.repair(Drift::LevelLowered).await;
    firm.look(&[]).await;
    firm.pass_minutes(10).await;
    assert_eq!(firm.mails().await, (told + 1, recovered + 1));
}
