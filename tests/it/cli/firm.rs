//! `concierge firm remove`, with a simulated Procore.

use concierge::catalog::DataSet;
use concierge::ledger::RunState;

use procore_sandbox::testing::SandboxOptions;

use crate::harness::program::{Program, Ran};
use crate::harness::site::{Site, choices};

async fn remove(site: &Site, name: &str) -> Ran {
    let id = site.firm.to_string();
    Program::new(&["firm", "remove", "--id", &id, "--confirm", name])
        .at(site, &site.sandbox.url)
        .run()
        .await
}

#[tokio::test]
async fn removing_a_firm_while_procore_is_down_says_what_is_left() {
    let site = Site::confirmed(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let name: String = sqlx::query_scalar("select name from firm where firm_id = $1")
        .bind(site.firm.0)
        .fetch_one(site.db.pool())
        .await
        .unwrap();

    let ran = remove(&site, "Another Firm").await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("This is not the name of the firm"),
        "{}",
        ran.stderr
    );

    site.sandbox.down().await;
    let ran = remove(&site, &name).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let removed = format!("Removed firm {} at ", site.firm);
    assert!(ran.stdout.starts_with(&removed), "{}", ran.stdout);
    for said in [
        "1  firm\n",
        "In Procore: not everything is removed yet (0 webhooks so far)",
        "`concierge serve` tries again until 20",
        "what opens Procore is kept, sealed, for this alone.",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
}
