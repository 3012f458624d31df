//! What is wrong at the same time is told at the same time.

use concierge::catalog::DataSet;

use super::{Connected, Drift};

#[tokio::test]
async fn what_is_due_together_is_one_mail_and_one_reminder() {
    let firm = Connected::to(&[DataSet::Projects, DataSet::People]).await;
    firm.break_by(Drift::LevelLowered).await;
    firm.break_by(Drift::HookDisabled).await;
    firm.break_by(Drift::AppUpdate).await;
    firm.look_now().await;
    assert_eq!(firm.open().await.len(), 3);
    firm.pass_hours(1).await;
    assert_eq!(firm.mails().await, (1, 0));
    let (_, text) = firm.mail("incident").await;
    for cause in [
        "Level too low on Directory",
        "Webhook changed in Procore",
        "An update of the app waits",
    ] {
        assert!(text.contains(cause), "{cause}: {text}");
    }
    firm.pass_hours(23).await;
    assert_eq!(firm.mails().await, (1, 0), "not before a day");
    firm.pass_hours(7).await;
    assert_eq!(firm.mails().await, (2, 0), "one reminder");
    let (_, text) = firm.mail("incident").await;
    assert!(text.contains("Webhook changed in Procore"), "{text}");
    assert!(text.contains("An update of the app waits"), "{text}");
}
