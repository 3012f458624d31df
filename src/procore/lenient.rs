//! Fields in every usual spelling, for `deserialize_with`: an odd value is none, not an error, so it
//! harms only the code that needs it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A value that servers spell in several ways.
pub(super) trait Spelled: Sized {
    /// Reads a string's content, or any other value as it is written.
    fn read(text: &str) -> Option<Self>;
}

/// A value from its JSON; nothing for null, lists and objects.
pub(super) fn value<T: Spelled>(json: &str) -> Option<T> {
    let text: Cow<'_, str> = match json.as_bytes().first()? {
        b'"' => Cow::Owned(serde_json::from_str(json).ok()?),
        b'{' | b'[' | b'n' => return None,
        _ => Cow::Borrowed(json),
    };
    T::read(text.trim())
}

/// A single value: `"5"`, `5` and `5.0` are the same number, `"true"`, `true` and `1` the same flag.
pub(super) fn spelled<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Spelled,
{
    Ok(value(Box::<RawValue>::deserialize(from)?.get()))
}

/// An object, of which only the fields of `T` are read.
pub(super) fn object<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(from)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// The readable items of a list; none of anything else.
pub(super) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(from)?;
    let items: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).unwrap_or_default();
    let items = items.iter();
    Ok(items
        .filter_map(|item| serde_json::from_str(item.get()).ok())
        .collect())
}

/// An id of version 1: a whole number, however it is written. Whatever has none cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(pub(super) i64);

/// An id of version 2, which is text; a number is read, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextId(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = spelled(from)?.ok_or_else(|| serde::de::Error::custom("no id"))?;
        Ok(Self(id))
    }
}

impl<'de> Deserialize<'de> for TextId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = spelled(from)?.ok_or_else(|| serde::de::Error::custom("no id"))?;
        Ok(Self(id))
    }
}

impl Spelled for TextId {
    fn read(text: &str) -> Option<Self> {
        String::read(text).map(Self)
    }
}

impl Spelled for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }
}

impl Spelled for f64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

impl Spelled for i64 {
    fn read(text: &str) -> Option<Self> {
        /// Up to here every whole number is exact as `f64`.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let whole = |number: &f64| number.fract() == 0.0 && number.abs() <= EXACT;
        let rounded = || f64::read(text).filter(whole).map(|number| number as Self);
        text.parse().ok().or_else(rounded)
    }
}

impl Spelled for u16 {
    fn read(text: &str) -> Option<Self> {
        Self::try_from(i64::read(text)?).ok()
    }
}

impl Spelled for bool {
    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "off" | "0" | "0.0" => Some(false),
            _ => None,
        }
    }
}

impl Spelled for DateTime<Utc> {
    fn read(text: &str) -> Option<Self> {
        super::named_time::date(text).or_else(|| text.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_is_read() {
        for (json, number) in [
            ("5", Some(5)),
            ("\"5\"", Some(5)),
            ("\" 5 \"", Some(5)),
            ("5.0", Some(5)),
            ("\"5.0\"", Some(5)),
            ("5e0", Some(5)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("5.5", None),
            ("1e400", None),
            ("\"\"", None),
            ("\"five\"", None),
            ("null", None),
            ("[5]", None),
            ("{}", None),
            ("true", None),
        ] {
            assert_eq!(value::<i64>(json), number, "{json}");
        }
        for (json, flag) in [
            ("true", Some(true)),
            ("\"True\"", Some(true)),
            ("1", Some(true)),
            ("\"false\"", Some(false)),
            ("0", Some(false)),
            ("\"maybe\"", None),
            ("null", None),
        ] {
            assert_eq!(value::<bool>(json), flag, "{json}");
        }
        let noon = "2026-11-28T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for (json, time) in [
            ("\"2026-11-28T12:00:00Z\"", Some(noon)),
            ("\"2026-11-28T13:00:00+01:00\"", Some(noon)),
            ("\"2026-11-28 12:00:00 UTC\"", Some(noon)),
            ("\"Sat, 28 Nov 2026 12:00:00 GMT\"", Some(noon)),
            ("\"\"", None),
            ("7", None),
        ] {
            assert_eq!(value::<DateTime<Utc>>(json), time, "{json}");
        }
        assert_eq!(value::<String>("7"), Some("7".to_owned()));
        assert_eq!(value::<String>("\" a \""), Some("a".to_owned()));
    }

    #[test]
    fn an_odd_field_leaves_the_others_alone() {
        #[derive(Debug, Deserialize)]
        struct Inner {
            #[serde(default, deserialize_with = "spelled")]
            name: Option<String>,
        }
        #[derive(Debug, Deserialize)]
        struct Outer {
            id: Id,
            #[serde(default, deserialize_with = "object")]
            inner: Option<Inner>,
            #[serde(default, deserialize_with = "list")]
            rows: Vec<Inner>,
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let json = format!(
            r#"{{"id":"7","inner":"text","rows":[{{"name":1}},3,{{}}],"other":{deep},"big":1e400}}"#
        );
        let outer: Outer = serde_json::from_str(&json).unwrap();
        assert_eq!(outer.id, Id(7));
        assert!(outer.inner.is_none());
        assert_eq!(outer.rows[0].name.as_deref(), Some("1"));
        assert_eq!(outer.rows.len(), 2);
        assert!(serde_json::from_str::<Outer>(r#"{"id":null}"#).is_err());
    }
}
