//! The state of a form that is shown again: its values and their mistakes.

use crate::text::forms::TITLE;
use std::borrow::Cow;
use std::fmt::Display;

pub use crate::procore::clean;

/// Longer than any name that is searched for.
const LONGEST_SEARCH: usize = 100;

/// What is searched for, as it was typed.
pub(crate) fn search_of(typed: &str) -> String {
    clean(typed).chars().take(LONGEST_SEARCH).collect()
}

/// The fields of one form, in the order in which they were first named.
///
/// A secret is checked but never kept, so no page can show it again.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    name: Cow<'static, str>,
    values: Vec<String>,
    error: Option<String>,
}

/// One mistake, as the summary at the top of the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError<'a> {
    /// The id of the field to go to; `None` when the mistake is not in one field.
    pub field: Option<&'a str>,
    pub message: &'a str,
}

impl FormState {
    /// Remembers what was typed, so that the field shows it again.
    #[must_use]
    pub fn keep(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// The same in place.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.field(name.into()).values = vec![value.into()];
    }

    /// Fills a field that nobody has filled in.
    pub(crate) fn propose(&mut self, name: &'static str, value: impl FnOnce() -> String) {
        if self.value(name).is_empty() && self.error(name).is_none() {
            self.set(name, value());
        }
    }

    /// Remembers which boxes of a group were ticked.
    #[must_use]
    pub fn keep_all(
        mut self,
        name: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.field(name.into()).values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the parsed value of a field, or notes why it was refused.
    pub fn check<T, E: Display>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        result: Result<T, E>,
    ) -> Option<T> {
        let field = self.field(name.into());
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                field.error.get_or_insert_with(|| error.to_string());
                None
            }
        }
    }

    /// Notes a mistake at a field. A field keeps its first mistake.
    pub fn fail(&mut self, name: impl Into<Cow<'static, str>>, message: impl Into<String>) {
        self.field(name.into())
            .error
            .get_or_insert_with(|| message.into());
    }

    /// Notes a mistake that belongs to the form as a whole.
    pub(crate) fn fail_form(&mut self, message: impl Into<String>) {
        self.fail("", message);
    }

    pub fn is_valid(&self) -> bool {
        self.fields.iter().all(|field| field.error.is_none())
    }

    /// What the title of the page begins with: `Error: ` when the form was refused.
    pub(crate) fn title_prefix(&self) -> &'static str {
        if self.is_valid() { "" } else { TITLE }
    }

    /// The value kept for a field, or an empty string.
    pub fn value(&self, name: &str) -> &str {
        self.find(name)
            .and_then(|field| field.values.first())
            .map_or("", String::as_str)
    }

    /// Whether a value of a group of boxes or of a choice was kept.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.find(name)
            .is_some_and(|field| field.values.iter().any(|kept| kept == value))
    }

    /// Whether anything was kept for a field.
    pub(crate) fn is_kept(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.find(name).and_then(|field| field.error.as_deref())
    }

    /// All mistakes, in the order of the fields.
    pub fn errors(&self) -> Vec<FormError<'_>> {
        self.fields
            .iter()
            .filter_map(|field| {
                let message = field.error.as_deref()?;
                Some(FormError {
                    field: (!field.name.is_empty()).then_some(&*field.name),
                    message,
                })
            })
            .collect()
    }

    fn find(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    fn field(&mut self, name: Cow<'static, str>) -> &mut Field {
        let index = match self.fields.iter().position(|field| field.name == name) {
            Some(index) => index,
            None => {
                self.fields.push(Field {
                    name,
                    values: Vec::new(),
                    error: None,
                });
                self.fields.len() - 1
            }
        };
        &mut self.fields[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_come_in_the_order_of_the_fields() {
        let mut form = FormState::default()
            .keep("company_id", "12a")
            .keep("client_id", "abc");
        assert_eq!(
            form.check("client_secret", Err::<(), _>("Enter the client secret")),
            None
        );
        assert_eq!(
            form.check(
                "company_id",
                Err::<(), _>("Company ID must be numbers only")
            ),
            None
        );
        assert_eq!(form.check("client_id", Ok::<_, &str>(7)), Some(7));

        let errors = form.errors();
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, [Some("company_id"), Some("client_secret")]);
        assert!(!form.is_valid());
        assert_eq!(form.title_prefix(), TITLE);
        assert_eq!(form.value("company_id"), "12a");
        assert_eq!(form.error("client_id"), None);
    }

    #[test]
    fn the_first_mistake_of_a_field_stays() {
        let mut form = FormState::default();
        form.fail("email", "Enter an e-mail address");
        form.fail("email", "Something else");
        assert_eq!(form.error("email"), Some("Enter an e-mail address"));
    }

    #[test]
    fn a_mistake_of_the_whole_form_leads_nowhere() {
        let mut form = FormState::default();
        form.fail_form("Choose at least one");
        assert_eq!(
            form.errors(),
            [FormError {
                field: None,
                message: "Choose at least one"
            }]
        );
    }

    #[test]
    fn ticked_boxes_are_remembered() {
        let form = FormState::default().keep_all("data", ["projects", "people"]);
        assert!(form.has("data", "people"));
        assert!(!form.has("data", "offices"));
        assert!(!form.has("other", "people"));
        assert!(form.is_valid());
        assert_eq!(form.title_prefix(), "");
    }

    #[test]
    fn what_copying_brings_along_is_removed() {
        for (typed, read) in [
            ("  abc ", "abc"),
            ("\u{feff}abc\u{200b}", "abc"),
            ("a\u{200d}b\u{ad}c\u{2060}", "abc"),
            ("\u{a0}abc\u{a0}\t\r\n", "abc"),
            ("a\u{0}b", "ab"),
            ("two words", "two words"),
            ("two\nlines", "two\nlines"),
            ("\u{200b}", ""),
        ] {
            assert_eq!(clean(typed), read, "{typed:?}");
        }
    }
}
