//! The form that asks what to bring: at the first step as a draft, at the fourth with its options.

use crate::catalog::{Choice, DataSet};
use crate::connection::Settings;
use crate::web::form::FormState;

/// Reads the keys of the ticked data sets, and the ticked options as `data set.option`.
pub(super) fn parse(data: &[String], options: &[String]) -> (FormState, Option<Settings>) {
    let mut form = FormState::default()
        .keep_all("data", data)
        .keep_all("option", options);
    let sets = data.iter().filter_map(|key| DataSet::from_key(key));
    let choices = sets.map(|data_set| {
        let mut offered = data_set.entry().options.iter();
        Choice {
            data_set,
            include_inactive: offered
                .any(|option| options.contains(&option_value(data_set, option.key))),
        }
    });
    let settings = form.check("data", Settings::new(choices));
    (form, settings)
}

/// The form with a choice ticked.
pub(super) fn filled(settings: &Settings) -> FormState {
    let choices = settings.choices();
    let data = choices.iter().map(|choice| choice.data_set.key());
    let options = choices
        .iter()
        .filter(|choice| choice.include_inactive)
        .flat_map(|choice| {
            let options = choice.data_set.entry().options.iter();
            options.map(|option| option_value(choice.data_set, option.key))
        });
    FormState::default()
        .keep_all("data", data)
        .keep_all("option", options)
}

/// One data set with its options, as boxes.
pub(super) struct DataSetBox {
    pub key: &'static str,
    pub id: String,
    pub label: &'static str,
    pub hint: String,
    pub options: Vec<OptionBox>,
}

pub(super) struct OptionBox {
    pub value: String,
    pub id: String,
    pub label: &'static str,
    pub hint: &'static str,
}

impl DataSetBox {
    pub(super) fn new(set: DataSet, hint: String) -> Self {
        let entry = set.entry();
        let is_first = set == DataSet::ALL[0];
        Self {
            key: entry.key,
            id: if is_first {
                "data".to_owned()
            } else {
                format!("data-{}", entry.key)
            },
            label: entry.label,
            hint,
            options: entry
                .options
                .iter()
                .map(|option| OptionBox {
                    value: option_value(set, option.key),
                    id: format!("option-{}-{}", entry.key, option.key),
                    label: option.label,
                    hint: option.hint,
                })
                .collect(),
        }
    }
}

fn option_value(set: DataSet, option: &str) -> String {
    format!("{}.{option}", set.key())
}
