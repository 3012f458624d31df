//! A change of data and a removal that are cut short anywhere.

use concierge::catalog::DataSet;
use concierge::flows::act_on_project;

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::faults::EndAt;
use crate::harness::live::Live;
use crate::harness::site::choices;

/// More points than any run has.
const MOST_POINTS: usize = 200;

impl Live {
    /// Carries out the run of a project under a worker that ends at `point`, and lets others finish it. Returns
    /// whether it came to that point at all.
    async fn killed_at(&self, project: i64, point: usize) -> bool {
        let run = self.open_run(project).await.expect("it is begun");
        let faults = EndAt::new(point);
        self.carry_out(run, &faults).await;
        self.catch_up().await;
        faults.has_ended()
    }
}

#[tokio::test]
async fn a_change_of_data_that_is_killed_anywhere_ends_the_same() {
    let (live, project) = Live::with_one(&[DataSet::Rfis]).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    let both = [DataSet::Meetings, DataSet::Locations].map(|set| choices(&[set]));
    for point in 0..MOST_POINTS {
        let after = &both[point % 2];
        act_on_project::change(app, &admin, live.seen().await, project, after)
            .await
            .unwrap();
        let was_killed = live.killed_at(project, point).await;
        live.assert_project_is_right(project, after).await;
        assert_eq!(live.open_run(project).await, None);
        if !was_killed {
            assert!(point > 20, "{point}");
            live.site.sandbox.assert_no_violations().await;
            return;
        }
    }
    panic!("after {MOST_POINTS} points it still ends");
}

#[tokio::test]
async fn a_removal_that_is_killed_anywhere_leaves_nothing() {
    let (live, project) = Live::with_one(&[DataSet::Locations]).await;
    let (app, admin) = (&live.site.app, live.site.admin());
    for point in 0..MOST_POINTS {
        act_on_project::remove(app, &admin, live.seen().await, project, true)
            .await
            .unwrap();
        let was_killed = live.killed_at(project, point).await;
        assert!(live.site.sandbox.project(project).await.hooks.is_empty());
        assert!(live.ours_of(project).await.is_empty(), "point {point}");
        assert!(live.project_states().await.is_empty(), "point {point}");
        assert_eq!(live.open_run(project).await, None);
        if !was_killed {
            assert!(point > 8, "{point}");
            live.site.sandbox.assert_no_violations().await;
            return;
        }
        live.integrate(&[project], &choices(&[DataSet::Locations]))
            .await;
        work_until_nothing_is_due(app).await;
    }
    panic!("after {MOST_POINTS} points it still ends");
}
