//! The form that asks what to bring: at the first step as a draft, at the fourth with its options.

use crate::catalog::{Choice, DataSet, Scope};
use crate::connection::Settings;
use crate::web::form::FormState;

/// Reads the keys of the ticked data sets of the company, and the ticked options as `data set.option`.
pub(crate) fn parse(data: &[String], options: &[String]) -> (FormState, Option<Settings>) {
    parse_of(Scope::Company, data, options)
}

/// The same for the data sets of a scope.
pub(crate) fn parse_of(
    scope: Scope,
    data: &[String],
    options: &[String],
) -> (FormState, Option<Settings>) {
    let mut form = FormState::default()
        .keep_all("data", data)
        .keep_all("option", options);
    let sets = data.iter().filter_map(|key| DataSet::from_key(key));
    let sets = sets.filter(|set| set.scope() == scope);
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
pub(crate) fn filled(settings: &Settings) -> FormState {
    let fields = fields(settings);
    let of = |field: &'static str| {
        let of_field = fields.iter().filter(move |(name, _)| *name == field);
        of_field.map(|(_, value)| value.as_str())
    };
    FormState::default()
        .keep_all("data", of("data"))
        .keep_all("option", of("option"))
}

/// A choice as the form sends it: names with values.
pub(crate) fn fields(settings: &Settings) -> Vec<(&'static str, String)> {
    let choices = settings.choices().iter();
    let data = choices
        .clone()
        .map(|choice| ("data", choice.data_set.key().to_owned()));
    let options = choices.filter(|choice| choice.include_inactive);
    let options = options.flat_map(|choice| {
        let options = choice.data_set.entry().options.iter();
        options.map(|option| ("option", option_value(choice.data_set, option.key)))
    });
    data.chain(options).collect()
}

/// One data set with its options, as boxes.
pub(crate) struct DataSetBox {
    pub key: &'static str,
    pub id: String,
    pub label: &'static str,
    pub hint: String,
    pub options: Vec<OptionBox>,
}

pub(crate) struct OptionBox {
    pub value: String,
    pub id: String,
    pub label: &'static str,
    pub hint: &'static str,
}

impl DataSetBox {
    pub(crate) fn new(set: DataSet, hint: String) -> Self {
        let entry = set.entry();
        let is_first = [DataSet::OF_COMPANY[0], DataSet::OF_PROJECT[0]].contains(&set);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_company_has_is_chosen_for_it() {
        let ticked = |keys: &[&str]| -> Option<Vec<DataSet>> {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            let settings = parse(&keys, &[]).1?;
            Some(settings.choices().iter().map(|it| it.data_set).collect())
        };
        assert_eq!(ticked(&["rfis", "offices"]), Some(vec![DataSet::Offices]));
        assert_eq!(ticked(&["meetings"]), None);
    }
}
