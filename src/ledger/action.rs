//! What the actions of a run are called.

use std::fmt;
use std::str::FromStr;

use sqlx::Postgres;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};

use crate::catalog::DataSet;
use crate::macros::UnknownText;

/// One action of a run. Its text is the key of its ledger row: schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Checks the details and the permissions again.
    Reverify,
    /// Looks at which tools a project uses, and our level on each.
    Readiness,
    /// Makes sure that there is one webhook of ours.
    Hook,
    /// Makes sure that it announces exactly what was chosen.
    Triggers,
    /// Reads the lists that a data set refers to.
    Lookups(DataSet),
    /// Reads a data set.
    Sync(DataSet),
    /// Reads what changed while the first reading went on.
    CatchUp,
    /// Compares which projects there are, and reads them where that differs from our copy.
    ProjectIds,
    /// Checks the webhook and its triggers again and removes what is surplus.
    LastLook,
    /// Puts the settings of a change in use.
    Switch,
    /// Marks the connection connected, or ends another kind of run.
    Finish,
    /// Removes our webhook from Procore, and with it its triggers.
    RemoveHooks,
    /// Deletes the records that were read and what was delivered, or of a change the records that are no
    /// longer chosen.
    DropRecords,
    /// Wipes the secret.
    Release,
}

impl Action {
    /// The stored form.
    pub fn key(self) -> String {
        self.to_string()
    }

    /// The data set that the action reads, if it reads one.
    pub fn data_set(self) -> Option<DataSet> {
        match self {
            Self::Lookups(data_set) | Self::Sync(data_set) => Some(data_set),
            Self::Reverify
            | Self::Readiness
            | Self::Hook
            | Self::Triggers
            | Self::CatchUp
            | Self::ProjectIds
            | Self::LastLook
            | Self::Switch
            | Self::Finish
            | Self::RemoveHooks
            | Self::DropRecords
            | Self::Release => None,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reverify => out.write_str("reverify"),
            Self::Readiness => out.write_str("readiness"),
            Self::Hook => out.write_str("hook"),
            Self::Triggers => out.write_str("triggers"),
            Self::Lookups(data_set) => write!(out, "lookups:{}", data_set.key()),
            Self::Sync(data_set) => write!(out, "sync:{}", data_set.key()),
            Self::CatchUp => out.write_str("catch_up"),
            Self::ProjectIds => out.write_str("project_ids"),
            Self::LastLook => out.write_str("last_look"),
            Self::Switch => out.write_str("switch"),
            Self::Finish => out.write_str("finish"),
            Self::RemoveHooks => out.write_str("remove_hooks"),
            Self::DropRecords => out.write_str("drop_records"),
            Self::Release => out.write_str("release"),
        }
    }
}

impl FromStr for Action {
    type Err = UnknownText;

    fn from_str(text: &str) -> Result<Self, UnknownText> {
        let action = match text.split_once(':') {
            Some(("lookups", set)) => DataSet::from_key(set).map(Self::Lookups),
            Some(("sync", set)) => DataSet::from_key(set).map(Self::Sync),
            Some(_) => None,
            None => [
                Self::Reverify,
                Self::Readiness,
                Self::Hook,
                Self::Triggers,
                Self::CatchUp,
                Self::ProjectIds,
                Self::LastLook,
                Self::Switch,
                Self::Finish,
                Self::RemoveHooks,
                Self::DropRecords,
                Self::Release,
            ]
            .into_iter()
            .find(|action| action.to_string() == text),
        };
        action.ok_or_else(|| UnknownText {
            of: "Action",
            text: text.to_owned(),
        })
    }
}

impl sqlx::Type<Postgres> for Action {
    fn type_info() -> PgTypeInfo {
        <str as sqlx::Type<Postgres>>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        <str as sqlx::Type<Postgres>>::compatible(ty)
    }
}

impl sqlx::Decode<'_, Postgres> for Action {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(value.as_str()?.parse()?)
    }
}
