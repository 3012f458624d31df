//! The look at integrated projects, which asks Procore nothing: what keeps some of them from being right is one
//! finding for each cause, over all of them; so is that some were not read again in time.

use chrono::TimeDelta;

use super::look::Site;
use crate::connection::incident::{Finding, ProjectsInNeed};
use crate::reconcile::late::{DAILY, calls_of_project, may_catch_up, promised_of_projects};
use crate::store::project_runs::{self, LateProject};
use crate::store::{outages, projects, reconciles};
use crate::text::projects::title;
use crate::verdict::ReasonCode;

/// Projects that a finding names.
const NAMED: usize = 5;

impl Site<'_> {
    /// Which integrated projects need something that somebody has to do, and which are late.
    pub(super) async fn integrated(&self) -> anyhow::Result<Vec<Finding>> {
        let of = (self.connection.firm_id, self.connection.id);
        let mut conn = self.app.db.acquire().await?;
        let (needs, _) = project_runs::list_in_need(&mut conn, of, None).await?;
        let all = projects::count(&mut conn, of).await?.integrated();
        drop(conn);
        if all == 0 {
            return Ok(Vec::new());
        }
        let hourly = self.app.hourly_calls(self.connection).await?;
        let budget = (hourly, self.app.config.reconcile_percent);
        let late = self.late(round(all, budget)).await?;
        let needs = needs.into_iter().filter(|it| !it.code.stops_everything());
        let needs = needs.map(|it| (it.code, title(&it.number, &it.name, it.project_id)));
        let late = late.into_iter().map(|it| {
            let title = title(&it.number, &it.name, it.project_id);
            (ReasonCode::Late, title)
        });
        let mut findings: Vec<Finding> = Vec::new();
        for (code, title) in needs.chain(late) {
            let place = findings.iter().position(|it| it.code == code);
            let place = place.unwrap_or_else(|| {
                findings.push(Finding {
                    projects: Some(Box::new(ProjectsInNeed::none_of(all))),
                    ..Finding::of(code)
                });
                findings.len() - 1
            });
            if let Some(projects) = findings[place].projects.as_mut() {
                projects.count += 1;
                if projects.names.len() < NAMED {
                    projects.names.push(title);
                }
            }
        }
        Ok(findings)
    }

    /// Which of them were not read again in time; none is asked for while what kept us from copying was over only
    /// lately. Each may take a `round` of all longer than the company.
    async fn late(&self, round: TimeDelta) -> anyhow::Result<Vec<LateProject>> {
        let (firm, id) = (self.connection.firm_id, self.connection.id);
        let mut conn = self.app.db.acquire().await?;
        let conn = &mut conn;
        let gap = reconciles::find(conn, firm, id).await?.gap;
        let outage = outages::last_end(conn, &self.connection.target.environment).await?;
        let now = self.app.clock.now();
        if may_catch_up(gap.map(|gap| gap.to).max(outage), now) {
            return Ok(Vec::new());
        }
        let lists = promised_of_projects(now - round);
        let before = now - DAILY - round;
        Ok(project_runs::list_late(conn, (firm, id), before, &lists).await?)
    }
}

/// How long it may take until each of so many projects had its turn, where some percent of an hour's calls may be
/// used for that.
fn round(projects: u64, (hourly, percent): (u32, u32)) -> TimeDelta {
    let an_hour = u64::from(hourly.max(1)) * u64::from(percent.max(1));
    let seconds = projects * calls_of_project() * 100 * 3_600 / an_hour;
    TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_projects_have_longer_where_calls_are_few() {
        assert_eq!(round(3, (3_600, 10)).num_minutes(), 11);
        assert_eq!(round(2_000, (3_600, 10)).num_hours(), 122);
        assert_eq!(round(2_000, (3_600, 40)).num_hours(), 30);
        assert_eq!(round(1, (0, 10)).num_hours(), 220);
    }
}
