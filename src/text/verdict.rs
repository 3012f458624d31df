//! The words for checks and reasons: what was checked, how, and who can fix it.

use crate::catalog::DataSet;
use crate::verdict::{Check, CheckState, How, Need, Note, Party, ReasonCode, Said};

impl Party {
    /// The words for "who can do it".
    pub fn label(self) -> &'static str {
        match self {
            Self::FirmAdmin => "You, or the person who has the Procore details",
            Self::ProcoreAdmin => "An administrator of your Procore company",
            Self::Us => "Our support",
            Self::Procore => "Nobody has to do anything; we wait for Procore",
        }
    }
}

impl Check {
    /// What is checked, as the heading of its row.
    pub fn label(&self) -> String {
        match self {
            Self::Reach => "Procore answers".to_owned(),
            Self::Credentials => "Access accepted by Procore".to_owned(),
            Self::Connected => "App connected to your company".to_owned(),
            Self::Company => "Company found by name".to_owned(),
            Self::Webhooks => "Webhooks allowed".to_owned(),
            Self::DataSet(data_set) => data_set.label().to_owned(),
            Self::ProjectsVisible => "Projects shared with us".to_owned(),
            Self::Excess => "No more access than needed".to_owned(),
        }
    }
}

impl CheckState {
    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::Failed => "Needs attention",
            Self::Warning => "Passed with a warning",
            Self::Waiting => "Waiting for Procore",
            Self::NotTested => "Not tested",
        }
    }
}

impl How {
    /// The words on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Manifest => "Procore’s permission list",
            Self::Probe => "We tried to read it",
            Self::Both => "Procore’s permission list, and we tried to read it",
            Self::NotTestableByReading => "Not testable by reading",
        }
    }
}

impl Note {
    /// The words on the page.
    pub fn text(self) -> &'static str {
        match self {
            Self::EmptyList => {
                "The list is empty: there is nothing in it, or nothing that we may see."
            }
            Self::ReadableBelowLevel => {
                "Reading works today, although the level is below the one that Procore names."
            }
            Self::RefusedDespiteLevel => {
                "Procore’s permission list shows a high enough level, yet reading was refused."
            }
            Self::ReducedFields => "Procore left out most of the details.",
            Self::NoManifest => "Procore’s permission list was not available, so we tried to read.",
            Self::ToolNotListed => {
                "Procore’s permission list does not name this tool, so we tried to read."
            }
            Self::NameUnknown => "Procore does not tell us the name of this company.",
            Self::InactiveUser => "The app’s own entry in your company Directory is inactive.",
            Self::WriteNotTested => {
                "Not tested: writing. Whether we may create the webhook shows when you complete the setup."
            }
        }
    }
}

impl Said {
    /// Procore's own words, where it used any.
    pub fn quote(&self) -> Option<String> {
        let is_quote = !self.text.is_empty() && !self.is_page;
        is_quote.then(|| format!("Procore said: “{}”", self.text))
    }

    /// The whole answer, for support.
    pub(crate) fn in_full(&self) -> String {
        let (status, text) = (self.status, &self.text);
        if self.is_page {
            return format!(
                "A web page with the status {status} came instead of an answer: “{text}”"
            );
        }
        match (&self.request_id, text.is_empty()) {
            (Some(id), false) => {
                format!("Procore answered {status} (request {id}): “{text}”")
            }
            (Some(id), true) => {
                format!("Procore answered {status} and said nothing more (request {id})")
            }
            (None, false) => format!("Procore answered {status}: “{text}”"),
            (None, true) => format!("Procore answered {status} and said nothing more"),
        }
    }
}

impl Need {
    /// Why the line is in the list of permissions.
    pub(crate) fn because(&self) -> String {
        let labels: Vec<_> = self.data_sets.iter().map(|set| set.label()).collect();
        let labels = labels.join(", ");
        match labels.is_empty() {
            true => "so that changes reach us as they happen".to_owned(),
            false => format!("to read {labels}"),
        }
    }

    /// The level, with what is not certain about it.
    pub(crate) fn level_in_words(&self) -> String {
        match self.perhaps {
            true => format!("{} (may not be needed)", self.level),
            false => self.level.label().to_owned(),
        }
    }
}

impl ReasonCode {
    /// How pages and mails name it, for questions to support.
    pub fn reference(self) -> String {
        format!("Ref {self}")
    }
}

/// The smallest permissions as plain text to copy into a message, one line per tool.
pub(crate) fn permissions_as_text(needs: &[Need], product: &str) -> String {
    let mut lines = vec![format!("Procore permissions for {product} (company level)")];
    lines.extend(needs.iter().map(|need| {
        let because = need.because();
        format!("- {}: {}, {because}", need.tool, need.level_in_words())
    }));
    if needs
        .iter()
        .any(|need| need.data_sets.contains(&DataSet::Projects))
    {
        lines.push("- Permitted projects: add the projects to share".to_owned());
    }
    lines.push("All other tools: None. Admin on Directory is not needed.\n".to_owned());
    lines.join("\n")
}

/// The same in one line, for the middle of a sentence: "Portfolio: Read Only, Webhooks API:
/// Standard".
pub(crate) fn permissions_in_line(needs: &[Need]) -> String {
    let line = |need: &Need| format!("{}: {}", need.tool, need.level_in_words());
    needs.iter().map(line).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Choice;
    use crate::verdict::smallest_permissions;

    #[test]
    fn only_procores_own_words_are_quoted_and_support_reads_them_all() {
        let said = |text: &str, request_id: Option<&str>, is_page| Said {
            status: 403,
            text: text.to_owned(),
            request_id: request_id.map(str::to_owned),
            is_page,
        };
        for (said, quote, in_full) in [
            (
                said("No access", Some("r-1"), false),
                Some("Procore said: “No access”"),
                "Procore answered 403 (request r-1): “No access”",
            ),
            (
                said("", None, false),
                None,
                "Procore answered 403 and said nothing more",
            ),
            (
                said("Blocked", None, true),
                None,
                "A web page with the status 403 came instead of an answer: “Blocked”",
            ),
        ] {
            assert_eq!(said.quote().as_deref(), quote);
            assert_eq!(said.in_full(), in_full);
        }
    }

    #[test]
    fn the_list_fits_into_a_sentence() {
        let choices = [Choice::of(DataSet::Projects), Choice::of(DataSet::Trades)];
        assert_eq!(
            permissions_in_line(&smallest_permissions(&choices)),
            "Portfolio: Read Only, Webhooks API: Standard, Admin: Read Only (may not be needed)"
        );
    }

    #[test]
    fn the_list_can_be_copied_permissions_as_text() {
        let text = permissions_as_text(
            &smallest_permissions(&[DataSet::Projects, DataSet::Trades].map(Choice::of)),
            "Harbor Knowledge",
        );
        assert_eq!(
            text,
            "Procore permissions for Harbor Knowledge (company level)\n\
         - Portfolio: Read Only, to read Projects\n\
         - Webhooks API: Standard, so that changes reach us as they happen\n\
         - Admin: Read Only (may not be needed), to read Trades\n\
         - Permitted projects: add the projects to share\n\
         All other tools: None. Admin on Directory is not needed.\n"
        );
    }
}
