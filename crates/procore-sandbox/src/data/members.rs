//! Who is in a project: users and vendors of the company, under the same ids.

use std::collections::BTreeSet;

use super::{Dataset, Records};

impl Records {
    /// The ids of the users or vendors in a project: some active ones and an inactive one, and who
    /// was added, without whom was taken out.
    pub(crate) fn members(&self, dataset: Dataset, project_id: i64) -> BTreeSet<i64> {
        let project = project_id - self.id(Dataset::Projects, 0);
        let (active, all) = self.generated(dataset);
        let count = match dataset {
            Dataset::Users => self.sizes.project_users,
            _ => self.sizes.project_vendors,
        };
        let count = i64::from(count).min(active);
        let chosen = (0..count).map(|number| (project * count + number).rem_euclid(active));
        let inactive = (all > active).then(|| active + project.rem_euclid(all - active));
        let mut ids: BTreeSet<i64> = chosen
            .chain(inactive)
            .map(|index| self.id(dataset, index))
            .collect();
        let changes = self
            .members
            .get(&dataset)
            .and_then(|it| it.get(&project_id));
        for (id, added) in changes.into_iter().flatten() {
            match added {
                true => ids.insert(*id),
                false => ids.remove(id),
            };
        }
        ids
    }

    /// Adds a user or vendor to a project or takes it out; says why that cannot be.
    pub(crate) fn set_member(
        &mut self,
        dataset: Dataset,
        project_id: i64,
        id: i64,
        added: bool,
    ) -> Result<(), &'static str> {
        self.existing(dataset, id)
            .ok_or("there is no such record")?;
        match (self.members(dataset, project_id).contains(&id), added) {
            (true, true) => return Err("it is in the project already"),
            (false, false) => return Err("it is not in the project"),
            (true, false) | (false, true) => {}
        }
        let projects = self.members.entry(dataset).or_default();
        projects.entry(project_id).or_default().insert(id, added);
        Ok(())
    }
}
