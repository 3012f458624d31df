//! The mail about new projects that are integrated by themselves.

use super::{Letter, shown};
use crate::connection::NewProjectNews;
use crate::text::count::{Noun, counted, grouped};
use crate::text::list;

/// What became of new projects; the caller adds which they are. `count` says how many there are of each kind.
pub(crate) fn letter(
    product: &str,
    company: &str,
    wished_by: &str,
    count: impl Fn(NewProjectNews) -> usize,
) -> Letter {
    let counts = NewProjectNews::ALL.into_iter();
    let counts = counts.filter_map(|news| match count(news) {
        0 => None,
        projects => Some(told(news, projects)),
    });
    let counts: Vec<String> = counts.collect();
    let needs_somebody = count(NewProjectNews::Stopped) + count(NewProjectNews::Waiting) > 0;
    let subject = match needs_somebody {
        true => "New projects in Procore need you",
        false => "New projects in Procore are integrated",
    };
    Letter::new("new_projects", subject)
        .paragraph(format!(
            "{product} integrates new projects of {} in Procore by itself, as {} wished.",
            shown(company),
            shown(wished_by)
        ))
        .paragraph(format!("{}.", list(&counts)))
}

fn told(news: NewProjectNews, projects: usize) -> String {
    let these = counted(projects, Noun::Project);
    match (news, projects) {
        (NewProjectNews::Integrated, 1) => format!("{these} is integrated now"),
        (NewProjectNews::Integrated, _) => format!("{these} are integrated now"),
        (NewProjectNews::Stopped, 1) => format!("{these} stopped until somebody fixes a problem"),
        (NewProjectNews::Stopped, _) => format!("{these} stopped until somebody fixes a problem"),
        (NewProjectNews::Waiting, 1) => format!("{these} waits until it is ready"),
        (NewProjectNews::Waiting, _) => format!("{these} wait until they are ready"),
    }
}

/// One project, with the reason where it waits or stopped.
pub(crate) fn point(title: &str, news: NewProjectNews, why: &[String]) -> String {
    let title = shown(title);
    let why = list(why);
    match news {
        NewProjectNews::Integrated => format!("{title}: integrated"),
        NewProjectNews::Stopped => format!("{title}: stopped. {why}"),
        NewProjectNews::Waiting if why.is_empty() => format!("{title}: waits"),
        NewProjectNews::Waiting => format!("{title}: waits ({why})"),
    }
}

/// Projects of a kind that the mail does not name.
pub(crate) fn and_more(news: NewProjectNews, projects: usize) -> Option<String> {
    let what = match news {
        NewProjectNews::Integrated => "integrated",
        NewProjectNews::Stopped => "that stopped",
        NewProjectNews::Waiting => "that wait",
    };
    (projects > 0).then(|| format!("{} more {what}", grouped(projects)))
}

pub(crate) const SEE: &str = "See all projects";

pub(crate) fn why_you_get_this(firm: &str) -> String {
    let firm = shown(firm);
    format!(
        "This goes to everybody who acts for {firm}, at most once a day. Untick “Integrate new projects automatically” on the page of projects to end it."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_says_how_many_of_each_and_whether_anybody_is_needed() {
        let integrated = |news| usize::from(news == NewProjectNews::Integrated) * 2;
        let mail = letter("Buildbase", "Acme", "Ann", integrated);
        assert_eq!(mail.subject, "New projects in Procore are integrated");
        assert_eq!(mail.paragraphs[1], "2 projects are integrated now.");
        let mail = letter("Buildbase", "Acme", "Ann", |_| 1);
        assert_eq!(mail.subject, "New projects in Procore need you");
        assert_eq!(
            mail.paragraphs[1],
            "1 project is integrated now, 1 project stopped until somebody fixes a problem and 1 project waits until it is ready."
        );
    }
}
