//! The placeholders of help texts, and their stand-ins while a value is unknown.

use std::collections::BTreeMap;

use crate::catalog::Tool;
use crate::verdict::{Check, CheckResult};

/// A name in braces that help texts may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// The product that the firm connects Procore to.
    Product,
    /// The app's name in Procore.
    App,
    /// What installs the vendor's app.
    AppVersionKey,
    /// Where the vendor's app is listed.
    AppListing,
    /// The Company ID as entered.
    CompanyId,
    /// The company's name in Procore.
    Company,
    /// Where the firm's people open their company in Procore.
    CompanyPage,
    /// The companies these credentials can reach.
    Companies,
    /// The chosen environment.
    Environment,
    /// The environment the details belong to.
    OtherEnvironment,
    /// Host of Procore's own pages.
    Web,
    /// The tool by its name in Procore.
    Tool,
    /// The level that is needed.
    Level,
    /// The level that Procore shows.
    Found,
    /// The tools whose levels have to be changed, each with the level that it needs.
    Levels,
    /// What could not be read.
    What,
    /// One project.
    Project,
    /// When we go on: "at 14:05".
    Until,
    /// The smallest permissions for what was chosen.
    Permissions,
    /// Namespace of our webhooks.
    Namespace,
    /// How to reach support.
    Support,
    /// The button that checks whether it is fixed.
    Again,
    /// Where the Client ID and secret are entered.
    InDetails,
    /// The button of that form.
    Save,
}

impl Placeholder {
    const ALL: [Self; 24] = [
        Self::Product,
        Self::App,
        Self::AppVersionKey,
        Self::AppListing,
        Self::CompanyId,
        Self::Company,
        Self::CompanyPage,
        Self::Companies,
        Self::Environment,
        Self::OtherEnvironment,
        Self::Web,
        Self::Tool,
        Self::Level,
        Self::Found,
        Self::Levels,
        Self::What,
        Self::Project,
        Self::Until,
        Self::Permissions,
        Self::Namespace,
        Self::Support,
        Self::Again,
        Self::InDetails,
        Self::Save,
    ];

    /// Name in braces, label on a page, and the stand-in while the value is unknown.
    fn spec(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Product => ("product", "Product", "this product"),
            Self::App => ("app", "App name", "your Procore app"),
            Self::AppVersionKey => (
                "app_version_key",
                "App Version Key",
                "the key that our support gives you",
            ),
            Self::AppListing => (
                "app_listing",
                "Address",
                "the address that our support gives you",
            ),
            Self::CompanyId => (
                "company_id",
                "Company ID",
                "the first number in Procore’s address bar",
            ),
            Self::Company => ("company", "Company", "your company"),
            Self::CompanyPage => (
                "company_page",
                "Company in Procore",
                "your company in Procore",
            ),
            Self::Companies => ("companies", "Companies", "none that we may name"),
            Self::Environment => ("environment", "Environment", "the chosen environment"),
            Self::OtherEnvironment => (
                "other_environment",
                "Environment",
                "another Procore environment",
            ),
            Self::Web => ("web", "Procore address", "app.procore.com"),
            Self::Tool => ("tool", "Tool", "this tool"),
            Self::Level => ("level", "Level", "Read Only"),
            Self::Found => ("found", "Level found", "a lower level, or none"),
            Self::Levels => ("levels", "Levels", "the levels that your choice needs"),
            Self::What => ("what", "Data", "this data"),
            Self::Project => ("project", "Project", "this project"),
            Self::Until => ("until", "Time", "within a few minutes"),
            Self::Permissions => (
                "permissions",
                "Permissions",
                "Portfolio: Read Only, Directory: Read Only, Webhooks API: Standard",
            ),
            Self::Namespace => ("namespace", "Namespace", "the name of our product"),
            Self::Support => ("support", "Support", "our support"),
            Self::Again => ("again", "Button", "Check again"),
            Self::InDetails => ("in_details", "Place", "in your Procore details"),
            Self::Save => ("save", "Button", "Save and continue"),
        }
    }

    /// The value's label on a page.
    pub fn label(self) -> &'static str {
        self.spec().1
    }

    /// Whether its stand-in is worth copying.
    fn stands_in(self) -> bool {
        matches!(self, Self::Web | Self::Permissions)
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|placeholder| placeholder.spec().0 == name)
    }

    /// The placeholder that a text consists of.
    pub(super) fn alone(text: &str) -> Option<Self> {
        Self::named(text.strip_prefix('{')?.strip_suffix('}')?)
    }

    /// The first unknown name in braces.
    pub(super) fn unknown_in(text: &str) -> Option<String> {
        text.split('{').skip(1).find_map(|rest| {
            let name = rest.split_once('}').map_or(rest, |(name, _)| name);
            Self::named(name).is_none().then(|| name.to_owned())
        })
    }
}

/// A Procore environment as it reads inside a sentence; one of the installation's own keeps
/// its name.
pub(crate) fn environment_words(name: &str) -> &str {
    match name {
        "production" => "production",
        "sandbox" => "the Developer Sandbox",
        "monthly" => "the Monthly Sandbox",
        "federal" => "the federal zone",
        own => own,
    }
}

/// A tool by the name that its company gave it, where that differs from Procore's.
pub(super) fn tool_shown(tool: Tool, renamed: Option<&str>) -> String {
    match renamed {
        Some(renamed) => format!("{renamed} (Procore’s {tool})"),
        None => tool.to_string(),
    }
}

/// What is known about one firm and one row.
#[derive(Debug, Clone, Default)]
pub struct Values {
    known: BTreeMap<Placeholder, String>,
    is_in_use: bool,
}

impl Values {
    /// Adds a value; an empty one counts as unknown.
    #[must_use]
    pub fn with(mut self, placeholder: Placeholder, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.trim().is_empty() {
            self.known.insert(placeholder, value);
        }
        self
    }

    /// The same, in place of what was known; an empty value is unknown from then on.
    #[must_use]
    pub(crate) fn set(mut self, placeholder: Placeholder, value: impl Into<String>) -> Self {
        self.known.remove(&placeholder);
        self.with(placeholder, value)
    }

    /// Adds what a row of a verification knows: tool, levels, lists, companies. The time
    /// of a wait is left to the caller, who knows the reader's time zone.
    #[must_use]
    pub(crate) fn with_row(mut self, row: &CheckResult) -> Self {
        let detail = &row.detail;
        if let Some(tool) = row.tool {
            let shown = tool_shown(tool, detail.renamed_tool.as_deref());
            if let Some(level) = row.needed {
                self = self.with(Placeholder::Levels, format!("{shown}: {level}"));
            }
            self = self.with(Placeholder::Tool, shown);
        }
        match &row.check {
            Check::DataSet(data_set) if detail.denied.is_empty() => {
                self = self.with(Placeholder::What, data_set.label());
            }
            Check::DataSet(_) => self = self.with(Placeholder::What, detail.denied.join(", ")),
            Check::Connected | Check::Company => {
                self = self.with(Placeholder::What, "your company");
            }
            Check::Webhooks => self = self.with(Placeholder::What, "its list of webhooks"),
            Check::ProjectsVisible => self = self.with(Placeholder::What, "your projects"),
            Check::Reach | Check::Credentials | Check::Excess => {}
        }
        if let Some(level) = row.needed {
            self = self.with(Placeholder::Level, level.label());
        }
        if let Some(level) = row.found {
            self = self.with(Placeholder::Found, level.label());
        }
        let companies: Vec<_> = detail
            .visible_companies
            .iter()
            .map(|company| format!("{} ({})", company.name, company.id))
            .collect();
        self.with(Placeholder::Companies, companies.join(", "))
            .with(
                Placeholder::Company,
                detail.company_name.clone().unwrap_or_default(),
            )
            .with(
                Placeholder::OtherEnvironment,
                environment_words(detail.environment.as_deref().unwrap_or_default()),
            )
    }

    /// The value, or its stand-in.
    pub fn get(&self, placeholder: Placeholder) -> &str {
        self.known
            .get(&placeholder)
            .map_or(placeholder.spec().2, String::as_str)
    }

    /// Says that they are about a connection in use, whose key worked before, where it is entered, and
    /// the button there.
    #[must_use]
    pub(crate) fn in_use(self, entered: &str, save: &str) -> Self {
        let values = self.with(Placeholder::InDetails, entered);
        Self {
            is_in_use: true,
            ..values.with(Placeholder::Save, save)
        }
    }

    /// The same for details that never worked, typed just now on the page that shows the text.
    #[must_use]
    pub(crate) fn of_new_details(self) -> Self {
        Self {
            is_in_use: false,
            ..self.with(Placeholder::InDetails, "here")
        }
    }

    /// Whether the key worked before.
    pub(super) fn is_in_use(&self) -> bool {
        self.is_in_use
    }

    /// The value, where it is known.
    pub(crate) fn known(&self, placeholder: Placeholder) -> Option<String> {
        self.known.get(&placeholder).cloned()
    }

    /// Whether there is something to copy: the value or its stand-in.
    pub(super) fn is_copyable(&self, placeholder: Placeholder) -> bool {
        self.known.contains_key(&placeholder) || placeholder.stands_in()
    }

    /// Whether every value that a text names is known.
    pub(super) fn all_known_in(&self, text: &str) -> bool {
        let names = text.split('{').skip(1);
        names
            .filter_map(|rest| Placeholder::named(rest.split_once('}')?.0))
            .all(|name| self.known.contains_key(&name))
    }

    /// Whether every value of a text is known, or has a stand-in that is as good.
    pub(super) fn are_known_in(&self, text: &str) -> bool {
        let names = text.split('{').skip(1);
        let names = names.filter_map(|rest| Placeholder::named(rest.split_once('}')?.0));
        names
            .into_iter()
            .all(|name| name != Placeholder::Companies || self.known.contains_key(&name))
    }

    /// A text with its placeholders filled in. A value is never read again, so braces in
    /// what a person or Procore wrote stay braces.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, marked)) = rest.split_once('{') {
            filled.push_str(before);
            match marked.split_once('}') {
                Some((name, after)) => {
                    if let Some(placeholder) = Placeholder::named(name) {
                        filled.push_str(self.get(placeholder));
                    }
                    rest = after;
                }
                None => rest = marked,
            }
        }
        filled.push_str(rest);
        filled
    }
}
