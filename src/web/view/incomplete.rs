//! Which lists are not complete yet, in words.

use super::shell::Shell;
use crate::catalog::{DataSet, Read};
use crate::ledger::ShortList;
use crate::store::readings::Reading;
use crate::text::reading::{so_far, so_far_of};

/// What is not complete yet of what was read; empty if everything is.
#[derive(Debug, Clone, Default)]
pub struct Incomplete {
    lists: Vec<ShortList>,
    /// When they are read again; `None` while they are.
    again_at: Option<String>,
}

impl Incomplete {
    pub fn new(shell: &Shell, reading: Option<Reading>) -> Self {
        reading.map_or_else(Self::default, |reading| Self {
            again_at: reading.again_at.map(|at| shell.when(at).time()),
            lists: reading.lists,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// `4,098 of 4,099 read, reading again at 14:20`, if the list is among them.
    pub fn of_list(&self, read: &Read) -> Option<String> {
        let list = self.lists.iter().find(|list| list.list == read.name)?;
        Some(so_far(list, self.again_at.as_deref()))
    }

    /// The same for each list of a data set that is among them.
    pub(crate) fn of_set(&self, set: DataSet) -> Vec<String> {
        let main = set.entry().main_read().name;
        let reads = set.entry().reads.iter();
        let words = reads.filter_map(|read| {
            let words = self.of_list(read)?;
            Some(match read.name == main {
                true => words,
                false => so_far_of(read.plural, &words),
            })
        });
        words.collect()
    }
}
