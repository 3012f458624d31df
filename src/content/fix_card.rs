//! The fix card: everything that stands open as one thing to do, with one list of steps.

use super::values::{Placeholder, Values, tool_shown};
use super::{Content, PathId, ProcorePage, Remedy, Step, markup};
use crate::connection::AccessWay;
use crate::verdict::{Check, CheckResult, OpenFixes, ReasonCode, ToolFix, ToolProblem};

/// What has to be done in Procore, filled in for one firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixCard {
    /// In one sentence: `Change 2 levels, then release once`.
    pub title: String,
    /// What is in the way, where the lines do not say it.
    pub why: Vec<String>,
    /// One line for each tool.
    pub lines: Vec<FixLine>,
    /// One list for all of them.
    pub steps: Vec<FixStep>,
    /// Who can do it.
    pub who: Vec<String>,
    /// What else to know.
    pub notes: Vec<String>,
    /// Click paths that help further.
    pub see: Vec<PathId>,
    /// Procore's own pages on the same steps.
    pub pages: Vec<ProcorePage>,
    pub codes: Vec<ReasonCode>,
    /// Where the company is opened in Procore.
    pub company_page: Option<String>,
    /// The keys of the checks that failed.
    pub checks: Vec<String>,
}

/// One tool: the level that it has, and the one that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixLine {
    pub what: String,
    pub now: String,
    pub needed: String,
    /// The data that needs it.
    pub purpose: String,
}

/// A step of the list, with the reason whose text it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixStep {
    pub step: Step,
    pub of: ReasonCode,
}

impl Content {
    /// Everything that stands open as one card.
    pub(crate) fn fix_card(
        &self,
        open: &OpenFixes<'_>,
        way: AccessWay,
        values: &Values,
    ) -> Option<FixCard> {
        let levels: Vec<_> = open.too_low().map(level_to_set).collect();
        let levels = levels.join(", ");
        let values_for = |row: &CheckResult| {
            let values = values.clone().with_row(row);
            values.with(Placeholder::Levels, levels.as_str())
        };
        let mut helps: Vec<Remedy> = open
            .causes
            .iter()
            .filter_map(|row| {
                let code = row.reason?;
                let source = self.reasons.get(code.family())?;
                Some(self.filled(source, code, way, &values_for(row)))
            })
            .collect();
        // A new version may clear the shared projects: they are chosen after it, whichever check failed first.
        helps.sort_by_key(|remedy| remedy.code == ReasonCode::NoProjects);
        let first = helps.first()?;
        let lines = open.tools.iter().map(line_of_tool);
        let shares = open.has(ReasonCode::NoProjects);
        let mut card = FixCard {
            title: title(open, way, first),
            why: Vec::new(),
            lines: lines.chain(shares.then(line_of_projects)).collect(),
            steps: steps(&helps),
            who: Vec::new(),
            notes: Vec::new(),
            see: Vec::new(),
            pages: Vec::new(),
            codes: Vec::new(),
            company_page: values.known(Placeholder::CompanyPage),
            checks: open.checks.clone(),
        };
        for remedy in helps {
            if !is_told_by_lines(open, remedy.code) {
                card.why.push(remedy.explanation());
            }
            add_new(&mut card.who, [remedy.who]);
            add_new(&mut card.notes, remedy.notes);
            add_new(&mut card.see, remedy.see);
            add_new(&mut card.pages, remedy.pages);
            card.codes.push(remedy.code);
        }
        Some(card)
    }
}

impl From<Remedy> for FixCard {
    /// The card of one reason alone.
    fn from(remedy: Remedy) -> Self {
        let of = remedy.code;
        Self {
            why: vec![remedy.explanation()],
            title: remedy.title,
            lines: Vec::new(),
            steps: remedy
                .steps
                .into_iter()
                .map(|step| FixStep { step, of })
                .collect(),
            who: vec![remedy.who],
            notes: remedy.notes,
            see: remedy.see,
            pages: remedy.pages,
            codes: vec![of],
            company_page: remedy.company_page,
            checks: Vec::new(),
        }
    }
}

pub(super) fn add_new<T: PartialEq>(known: &mut Vec<T>, new: impl IntoIterator<Item = T>) {
    for item in new {
        if !known.contains(&item) {
            known.push(item);
        }
    }
}

/// Whether the lines say all there is to say about a reason.
fn is_told_by_lines(open: &OpenFixes<'_>, code: ReasonCode) -> bool {
    let mut too_low = open.too_low();
    match code {
        ReasonCode::Level(tool) => too_low.any(|fix| fix.tool == tool),
        ReasonCode::WebhookLevel => too_low.any(|fix| fix.checks.contains(&&Check::Webhooks)),
        _ => false,
    }
}

/// The steps of all reasons, each once; to check again comes last, as the reason with the most to
/// say about it says it.
pub(super) fn steps(helps: &[Remedy]) -> Vec<FixStep> {
    let mut all: Vec<FixStep> = Vec::new();
    let mut last: Option<FixStep> = None;
    let length = |fix: &FixStep| markup::plain(&fix.step.pieces).len();
    for remedy in helps {
        let of = remedy.code;
        // A step that only one reason has keeps its place after the one before it.
        let mut place = all.len();
        for step in &remedy.steps {
            let known = all.iter().position(|it| it.step.pieces == step.pieces);
            let step = FixStep {
                step: step.clone(),
                of,
            };
            match known {
                Some(known) => place = known + 1,
                None if !step.step.checks_again => {
                    all.insert(place, step);
                    place += 1;
                }
                None if last
                    .as_ref()
                    .is_none_or(|last| length(last) < length(&step)) =>
                {
                    last = Some(step);
                }
                None => {}
            }
        }
    }
    all.into_iter().chain(last).collect()
}

/// `Directory: Read Only`.
fn level_to_set(fix: &ToolFix<'_>) -> String {
    format!("{}: {}", tool_shown(fix.tool, fix.renamed), fix.needed)
}

fn line_of_tool(fix: &ToolFix<'_>) -> FixLine {
    let now = fix.now.map_or("Not known", |level| level.label());
    let purposes = fix.checks.iter().map(|check| match check {
        Check::DataSet(set) => set.label().to_owned(),
        Check::Webhooks => "Live updates".to_owned(),
        other => other.label(),
    });
    FixLine {
        what: tool_shown(fix.tool, fix.renamed),
        now: match fix.problem {
            ToolProblem::TooLow => now.to_owned(),
            ToolProblem::Refused => format!("{now}, yet refused"),
            ToolProblem::Hidden => "Hidden from us".to_owned(),
        },
        needed: fix.needed.label().to_owned(),
        purpose: purposes.collect::<Vec<_>>().join(", "),
    }
}

fn line_of_projects() -> FixLine {
    FixLine {
        what: "Projects shared with the app".to_owned(),
        now: "None".to_owned(),
        needed: "At least one".to_owned(),
        purpose: "Projects".to_owned(),
    }
}

fn title(open: &OpenFixes<'_>, way: AccessWay, first: &Remedy) -> String {
    let shares = open.has(ReasonCode::NoProjects);
    let levels = match open.too_low().count() {
        0 if shares && open.causes.len() == 1 => return "Share projects with the app".to_owned(),
        0 => return first.title.clone(),
        1 => "1 level".to_owned(),
        several => format!("{several} levels"),
    };
    match (way, shares) {
        (AccessWay::VendorApp, false) => format!("Accept an update of the app: {levels}"),
        (AccessWay::VendorApp, true) => {
            format!("Accept an update of the app: {levels}, then share projects")
        }
        (AccessWay::OwnApp, false) => format!("Change {levels}, then release once"),
        (AccessWay::OwnApp, true) => format!("Change {levels}, release once, then share projects"),
        (AccessWay::LegacyAccount, false) => format!("Change {levels}"),
        (AccessWay::LegacyAccount, true) => format!("Change {levels} and share projects"),
    }
}
