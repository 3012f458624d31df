//! Declares the types that columns decode into: ids, and enums that are stored as text.

/// Declares an id type, so that one id cannot be passed where another is expected.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        #[cfg(test)]
        impl $name {
            pub const NIL: Self = Self(uuid::Uuid::nil());
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

/// Declares an enum without fields whose variants are stored as text.
///
/// The text of each variant is beside it and is schema: columns, addresses and JSON contain it.
/// A column decodes with `column as "column: Type"`; a text that no variant has is an error.
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// Every variant, in the order of declaration.
            $vis const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The stored text.
            $vis fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl $name {
            /// Reads the stored text.
            $vis fn from_stored(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::macros::UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::macros::UnknownText {
                        of: stringify!($name),
                        text: text.to_owned(),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl sqlx::Type<sqlx::Postgres> for $name {
            fn type_info() -> sqlx::postgres::PgTypeInfo {
                <str as sqlx::Type<sqlx::Postgres>>::type_info()
            }

            fn compatible(ty: &sqlx::postgres::PgTypeInfo) -> bool {
                <str as sqlx::Type<sqlx::Postgres>>::compatible(ty)
            }
        }

        impl sqlx::postgres::PgHasArrayType for $name {
            fn array_type_info() -> sqlx::postgres::PgTypeInfo {
                <String as sqlx::postgres::PgHasArrayType>::array_type_info()
            }
        }

        impl sqlx::Decode<'_, sqlx::Postgres> for $name {
            fn decode(
                value: sqlx::postgres::PgValueRef<'_>,
            ) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(value.as_str()?.parse()?)
            }
        }
    };
}

/// A text that no variant of an enum has.
#[derive(Debug, thiserror::Error)]
#[error("{of} has no variant {text:?}")]
pub struct UnknownText {
    pub of: &'static str,
    pub text: String,
}

#[cfg(test)]
mod tests {
    text_enum! {
        enum Light {
            Red = "red",
            /// Between the others.
            RedAndAmber = "red_amber",
        }
    }

    #[test]
    fn every_variant_reads_back_from_its_text() {
        for light in Light::ALL {
            assert_eq!(light.as_str().parse::<Light>().unwrap(), light);
            let json = serde_json::to_value(light).unwrap();
            assert_eq!(json, light.as_str());
            assert_eq!(serde_json::from_value::<Light>(json).unwrap(), light);
        }
        assert_eq!(Light::RedAndAmber.as_str(), "red_amber");
    }

    #[test]
    fn an_unknown_text_is_an_error_that_names_it() {
        let error = "green".parse::<Light>().unwrap_err();
        assert_eq!(error.to_string(), r#"Light has no variant "green""#);
        assert_eq!(Light::from_stored("green"), None);
        assert!(serde_json::from_value::<Light>("green".into()).is_err());
    }
}
