//! What a firm wants to bring from Procore.

use serde::{Deserialize, Serialize};

use crate::catalog::{Choice, DataSet};

/// The chosen data sets with their options: at least one, each once, in the catalog's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Choice>", into = "Vec<Choice>")]
pub struct Settings(Vec<Choice>);

/// Nothing was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NothingChosen;

impl Settings {
    /// Takes the choices in any order; of two for the same data set the last counts.
    pub fn new(choices: impl IntoIterator<Item = Choice>) -> Result<Self, NothingChosen> {
        let given: Vec<Choice> = choices.into_iter().collect();
        let chosen: Vec<Choice> = DataSet::all()
            .filter_map(|data_set| {
                given
                    .iter()
                    .rev()
                    .find(|choice| choice.data_set == data_set)
                    .copied()
            })
            .collect();
        if chosen.is_empty() {
            Err(NothingChosen)
        } else {
            Ok(Self(chosen))
        }
    }

    /// What is ticked before anybody chose: the least that is useful.
    pub(crate) fn suggested() -> Self {
        Self(vec![Choice::of(DataSet::Projects)])
    }

    /// The choices in the order of the settings page.
    pub fn choices(&self) -> &[Choice] {
        &self.0
    }

    /// The choice for one data set, if it was chosen.
    pub fn choice(&self, data_set: DataSet) -> Option<Choice> {
        self.0
            .iter()
            .find(|choice| choice.data_set == data_set)
            .copied()
    }

    /// The same data sets, each with the options that it has in `before`.
    #[must_use]
    pub(crate) fn with_options_of(&self, before: Option<&Self>) -> Self {
        let known = |choice: &Choice| before.and_then(|it| it.choice(choice.data_set));
        Self(
            self.0
                .iter()
                .map(|choice| known(choice).unwrap_or(*choice))
                .collect(),
        )
    }

    /// Everything that these or `other` bring.
    #[must_use]
    pub(crate) fn united_with(&self, other: &Self) -> Self {
        let of_either = |set: &DataSet| {
            let either = [self.choice(*set), other.choice(*set)]
                .into_iter()
                .flatten();
            either.reduce(|one, other| Choice {
                include_inactive: one.include_inactive || other.include_inactive,
                ..one
            })
        };
        Self(DataSet::all().filter_map(|set| of_either(&set)).collect())
    }

    /// The choices that bring what `before` did not, in the order in which they are read.
    pub(crate) fn to_read_after(&self, before: &Self) -> Vec<Choice> {
        let is_new = |choice: &Choice| match before.choice(choice.data_set) {
            Some(known) => choice.include_inactive && !known.include_inactive,
            None => true,
        };
        self.in_sync_order().filter(is_new).collect()
    }

    /// The data sets whose inactive records any of `others` brings, and these do not.
    pub(crate) fn narrowed_since(&self, others: &[Self]) -> Vec<DataSet> {
        let was_wider = |choice: &&Choice| {
            let mut others = others.iter().filter_map(|it| it.choice(choice.data_set));
            !choice.include_inactive && others.any(|other| other.include_inactive)
        };
        let narrowed = self.0.iter().filter(was_wider);
        narrowed.map(|choice| choice.data_set).collect()
    }

    /// The data sets of the company that are not chosen.
    pub(crate) fn left_out(&self) -> Vec<DataSet> {
        let sets = DataSet::OF_COMPANY.into_iter();
        sets.filter(|set| self.choice(*set).is_none()).collect()
    }

    /// The names of the data sets, in a list.
    pub(crate) fn labels(&self) -> String {
        let labels: Vec<_> = self.0.iter().map(|it| it.data_set.label()).collect();
        labels.join(", ")
    }

    /// The same choices without one data set; refused when it is the only one.
    pub fn without(&self, data_set: DataSet) -> Result<Self, NothingChosen> {
        Self::new(
            self.0
                .iter()
                .filter(|choice| choice.data_set != data_set)
                .copied(),
        )
    }

    /// The choices in the order in which they are read.
    pub(crate) fn in_sync_order(&self) -> impl Iterator<Item = Choice> + '_ {
        DataSet::in_sync_order()
            .into_iter()
            .filter_map(|data_set| self.choice(data_set))
    }
}

impl TryFrom<Vec<Choice>> for Settings {
    type Error = NothingChosen;

    fn try_from(choices: Vec<Choice>) -> Result<Self, NothingChosen> {
        Self::new(choices)
    }
}

impl From<Settings> for Vec<Choice> {
    fn from(settings: Settings) -> Self {
        settings.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_kept_once_and_in_order() {
        let settings = Settings::new([
            Choice::of(DataSet::CostCodes),
            Choice::of(DataSet::Projects),
            Choice {
                data_set: DataSet::CostCodes,
                include_inactive: true,
            },
        ])
        .unwrap();
        let kept: Vec<_> = settings
            .choices()
            .iter()
            .map(|choice| choice.data_set)
            .collect();
        assert_eq!(kept, [DataSet::Projects, DataSet::CostCodes]);
        assert!(
            settings
                .choice(DataSet::CostCodes)
                .unwrap()
                .include_inactive
        );
    }

    #[test]
    fn nothing_is_not_a_choice() {
        assert_eq!(Settings::new([]), Err(NothingChosen));
        assert_eq!(
            Settings::suggested().without(DataSet::Projects),
            Err(NothingChosen)
        );
        assert!(serde_json::from_str::<Settings>("[]").is_err());
    }

    #[test]
    fn says_what_a_change_reads_and_what_it_narrows() {
        let with = |data_set, include_inactive| Choice {
            data_set,
            include_inactive,
        };
        let before = Settings::new([
            with(DataSet::Projects, false),
            with(DataSet::People, true),
            with(DataSet::Offices, false),
        ]);
        let after = Settings::new([
            with(DataSet::Projects, true),
            with(DataSet::People, false),
            with(DataSet::Trades, false),
        ]);
        let (before, after) = (before.unwrap(), after.unwrap());
        let read = after.to_read_after(&before);
        let read: Vec<DataSet> = read.iter().map(|it| it.data_set).collect();
        assert_eq!(read, [DataSet::Trades, DataSet::Projects]);
        assert_eq!(
            after.narrowed_since(&[after.clone(), before.clone()]),
            [DataSet::People]
        );
        let both = after.united_with(&before);
        assert_eq!(both.choices().len(), 4);
        let widest = Some(with(DataSet::People, true));
        assert_eq!(both.choice(DataSet::People), widest);
        assert_eq!(both.left_out().len(), 4);
    }

    #[test]
    fn survives_storage() {
        let settings = Settings::suggested();
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&stored).unwrap(), settings);
    }
}
