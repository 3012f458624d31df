//! What the firm went on without, for the page at the end.

use serde_json::Value;

use super::run::ShownChecks;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::{DataSet, NeededAccess};
use crate::connection::Settings;
use crate::onboarding::CheckPurpose;
use crate::store::activities;
use crate::store::onboardings::Stored;
use crate::text::plan as text;
use crate::verdict::Check;
use crate::web::error::PageError;

/// Data sets that are not brought although they were chosen, and lists that come as numbers.
pub(super) struct NotBrought {
    /// Each data set, with what to do if it is wanted later.
    pub sets: Vec<(&'static str, String)>,
    /// The lists whose names our level keeps from us, with the same.
    pub numbers: Vec<String>,
}

impl NotBrought {
    pub(super) async fn read(
        app: &App,
        stored: &Stored,
        settings: &Settings,
    ) -> Result<Self, PageError> {
        let onboarding = &stored.onboarding;
        let mut conn = app.db.acquire().await?;
        let verbs = [
            ActivityVerb::SetupSettingsSaved,
            ActivityVerb::CompletionDataSetLeftOut,
        ];
        let (firm, since) = (onboarding.firm_id, onboarding.created_at);
        let facts = activities::list_facts(&mut conn, firm, &verbs, since).await?;
        drop(conn);
        let mut sets: Vec<DataSet> = facts.iter().flat_map(left_out).collect();
        // Chosen again since, it is brought.
        sets.retain(|set| settings.choice(*set).is_none());
        let mut named = Vec::new();
        for set in sets {
            if !named.iter().any(|(label, _)| *label == set.label()) {
                let needs = set.entry().needs();
                named.push((set.label(), text::to_bring_later(needs.tool, needs.level)));
            }
        }
        let shown = ShownChecks::newest(app, stored, CheckPurpose::Permissions).await?;
        let numbers = shown.rows.iter().filter_map(|row| {
            let Check::DataSet(set) = row.check else {
                return None;
            };
            let lists = &row.result.as_ref()?.detail.left_out;
            let needs = needs_of(set, lists.first()?)?;
            settings.choice(set)?;
            Some(text::names_later(lists, needs.tool, needs.level))
        });
        Ok(Self {
            sets: named,
            numbers: numbers.collect(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.numbers.is_empty()
    }
}

/// The data sets that an entry says were gone on without.
fn left_out(facts: &Value) -> Vec<DataSet> {
    let several = facts["left_out"].as_array().into_iter().flatten();
    let keys = several.chain([&facts["data_set"]]);
    keys.filter_map(|key| DataSet::from_key(key.as_str()?))
        .collect()
}

/// What the list of this name needs.
fn needs_of(set: DataSet, plural: &str) -> Option<NeededAccess> {
    let mut reads = set.entry().reads.iter();
    reads
        .find(|read| read.plural == plural)
        .map(|read| read.needs)
}
