//! Webhooks of projects where the whole firm goes, or another app takes over.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::connection::ProcoreTidying;
use concierge::flows::remove_firm;
use concierge::identity::Actor;
use concierge::store::removals::{self, RemovalReceipt};

use crate::harness::live::Live;
use crate::harness::site::choices;

impl Live {
    /// A firm with two integrated projects; gives their numbers.
    async fn with_two() -> (Self, [i64; 2]) {
        let live = Self::with_projects(2).await;
        live.catch_up().await;
        live.only_projects().await;
        let [first, second] = live.project_ids().await[..] else {
            panic!("two projects")
        };
        live.integrate(&[first, second], &choices(&[DataSet::Rfis]))
            .await;
        live.catch_up().await;
        for project in [first, second] {
            assert_eq!(live.project_states().await[&project], "integrated");
        }
        (live, [first, second])
    }

    async fn hooks_in(&self, projects: &[i64]) -> Vec<usize> {
        let mut hooks = Vec::new();
        for project in projects {
            hooks.push(self.site.sandbox.project(*project).await.hooks.len());
        }
        hooks
    }

    async fn remove_the_firm(&self) {
        let operator = Actor::System { firm: None };
        remove_firm::run(
            &self.site.app,
            &operator,
            self.site.firm,
            "Acme",
            TimeDelta::zero(),
        )
        .await
        .unwrap();
    }

    async fn receipt(&self) -> RemovalReceipt {
        let mut conn = self.db().acquire().await.unwrap();
        let receipt = removals::find_receipt(&mut conn, self.site.firm).await;
        receipt.unwrap().expect("a receipt")
    }
}

#[tokio::test]
async fn a_removed_firm_leaves_no_webhook_in_its_projects() {
    let (live, both) = Live::with_two().await;
    assert_eq!(live.hooks_in(&both).await, [1, 1]);
    live.remove_the_firm().await;
    live.catch_up().await;
    assert_eq!(live.hooks_in(&both).await, [0, 0]);
    let receipt = live.receipt().await;
    assert_eq!(receipt.procore, ProcoreTidying::Removed);
    assert_eq!(receipt.webhooks_removed, 3, "the company's, too");
    live.site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_closed_project_keeps_no_other_from_being_tidied_and_is_tried_again() {
    let (live, both) = Live::with_two().await;
    live.site.sandbox.close_project(both[0]).await;
    live.catch_up().await;
    live.remove_the_firm().await;
    live.catch_up().await;
    assert_eq!(live.hooks_in(&both).await, [1, 0]);
    assert_eq!(live.receipt().await.procore, ProcoreTidying::Pending);
    let left: Vec<i64> = sqlx::query_scalar("select unnest(projects) from removal_access")
        .fetch_all(live.db())
        .await
        .unwrap();
    assert_eq!(left, [both[0]]);

    live.site.sandbox.reopen_project(both[0]).await;
    live.site.advance(60 * 60).await;
    live.catch_up().await;
    assert_eq!(live.hooks_in(&both).await, [0, 0]);
    assert_eq!(live.receipt().await.procore, ProcoreTidying::Removed);
}
