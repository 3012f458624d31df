//! A copy that was not renewed in time is found and told, and its end as well.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use procore_sandbox::testing::Fail;

use super::Connected;

/// Longer than a list may be late, in hours.
const TOO_LONG: i64 = 38;

impl Connected {
    /// From here on Procore refuses the list of trades at any level.
    async fn refuse_trades(&self) {
        let trades = Fail::status(403).ending("/trades").times(10_000);
        self.sandbox.fail_next(trades).await;
    }

    async fn sign_in_again(&mut self) {
        self.admin = self.app.admin_of(self.admin.firm).await;
    }

    async fn press(&self, label: &str) {
        let page = self.overview().await;
        let button = page.button(label).unwrap_or_else(|| panic!("{label}"));
        self.admin.browser.submit(&button, &[]).await;
        self.app.run_jobs().await;
    }
}

#[tokio::test]
async fn a_copy_that_is_not_renewed_is_found_and_told_until_it_has_caught_up() {
    let mut firm = Connected::to(&[DataSet::Trades]).await;
    firm.refuse_trades().await;
    firm.pass_hours(36).await;
    assert_eq!(firm.open().await, Vec::<String>::new(), "a day and a half");
    firm.pass_hours(1).await;
    assert_eq!(firm.open().await, ["PC-LATE"]);
    assert_eq!(firm.mails().await, (0, 0), "not before it lasted an hour");
    firm.sign_in_again().await;
    let page = firm.overview().await;
    assert!(page.has_text("Degraded") && page.has_text("Ref PC-LATE"));
    assert!(page.has_text("Our copy is older than it should be"));
    assert!(page.has_text("Not read again since"), "{}", page.text());
    assert!(page.has_text(": Trades."), "{}", page.text());
    let (situation, reason, waiting_on) = firm.line().await;
    assert_eq!(situation, "connection_degraded");
    assert_eq!(
        (reason.as_deref(), waiting_on.as_str()),
        (Some("PC-LATE"), "us")
    );

    firm.pass_hours(1).await;
    let (subject, text) = firm.mail("incident").await;
    assert_eq!(subject, "What we copied from Procore is out of date");
    assert!(
        text.contains("You have nothing to do.") && text.contains("Not read again since"),
        "{text}"
    );

    firm.sandbox.up().await;
    firm.press("Sync now").await;
    firm.pass_hours(1).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    // The person who signed in again is another admin of the firm.
    assert_eq!(firm.mails().await, (2, 2), "each of them once");
    assert!(firm.overview().await.has_text("Healthy"));
}

#[tokio::test]
async fn an_event_that_nobody_applies_is_late() {
    let firm = Connected::to(&[DataSet::Offices]).await;
    let deliver = "
        insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
        select firm_id, connection_id, hook_id, 'late', $1::timestamptz::date, $1, $1, '{}' from hook";
    let put_off = "
        insert into work (kind, key, firm_id, due_at)
        select 'events', connection_id, firm_id, $1 + interval '1 year' from connection";
    for sql in [deliver, put_off] {
        let executed = sqlx::query(sql).bind(firm.app.now());
        executed.execute(firm.app.db()).await.unwrap();
    }
    firm.pass_hours(1).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    firm.pass_hours(1).await;
    assert_eq!(firm.open().await, ["PC-LATE"]);
    let page = firm.overview().await;
    assert!(
        page.has_text("1 change waits to be copied, since"),
        "{}",
        page.text()
    );
    sqlx::query("update event set handled_at = received_at, due_at = null, outcome = 'not_chosen'")
        .execute(firm.app.db())
        .await
        .unwrap();
    firm.pass_hours(1).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_late_while_paused_or_while_procore_is_away() {
    let mut firm = Connected::to(&[DataSet::Trades]).await;
    firm.refuse_trades().await;
    firm.press("Pause").await;
    firm.app.advance(TimeDelta::hours(TOO_LONG));
    firm.sandbox.advance_clock(TOO_LONG * 3600).await;
    firm.app.run_jobs().await;
    firm.sign_in_again().await;
    firm.press("Resume").await;
    firm.pass_hours(2).await;
    assert_eq!(firm.open().await, Vec::<String>::new(), "it may catch up");

    let firm = Connected::to(&[DataSet::Trades]).await;
    firm.sandbox.down().await;
    firm.pass_hours(TOO_LONG).await;
    assert_eq!(firm.open().await, Vec::<String>::new());
    firm.sandbox.up().await;
    firm.refuse_trades().await;
    firm.pass_hours(2).await;
    assert_eq!(firm.open().await, Vec::<String>::new(), "it may catch up");
    firm.pass_hours(6).await;
    assert_eq!(firm.open().await, ["PC-LATE"], "it did not");
}

#[tokio::test]
async fn what_has_nothing_to_do_with_a_late_list_does_not_silence_it() {
    let firm = Connected::to(&[DataSet::Trades]).await;
    firm.sandbox.offer_app_update().await;
    firm.refuse_trades().await;
    firm.pass_hours(TOO_LONG).await;
    assert_eq!(firm.open().await, ["PC-APP-UPDATE", "PC-LATE"]);
}
