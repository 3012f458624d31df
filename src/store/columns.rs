//! How types of the pure rooms that are neither ids nor text enums lie in columns, so that a query
//! reads them as they are: `select code as "code: ReasonCode"`.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
use sqlx::types::Json;
use sqlx::{Decode, Type};

use crate::catalog::DataSet;
use crate::connection::Settings;
use crate::connection::incident::Finding;
use crate::verdict::{ReasonCode, Said};

/// `$Domain` lies in the table as `$Stored`; `$read` turns the one into the other.
macro_rules! column {
    ($Domain:ty, $Stored:ty, $read:expr) => {
        impl Type<Postgres> for $Domain {
            fn type_info() -> PgTypeInfo {
                <$Stored as Type<Postgres>>::type_info()
            }

            fn compatible(ty: &PgTypeInfo) -> bool {
                <$Stored as Type<Postgres>>::compatible(ty)
            }
        }

        impl<'r> Decode<'r, Postgres> for $Domain {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                let stored = <$Stored as Decode<Postgres>>::decode(value)?;
                let read: fn($Stored) -> Result<Self, BoxDynError> = $read;
                read(stored)
            }
        }
    };
}

column!(ReasonCode, String, |text| text.parse().map_err(|_| {
    format!("this release knows no reason {text:?}").into()
}));
impl sqlx::postgres::PgHasArrayType for ReasonCode {
    fn array_type_info() -> PgTypeInfo {
        <String as sqlx::postgres::PgHasArrayType>::array_type_info()
    }
}

column!(Said, Json<Said>, |json| Ok(json.0));
column!(Finding, Json<Finding>, |json| Ok(json.0));
column!(Settings, Json<Settings>, |json| Ok(json.0));
column!(DataSet, String, |key| DataSet::from_key(&key).ok_or_else(
    || format!("this release knows no data set {key:?}").into()
));
