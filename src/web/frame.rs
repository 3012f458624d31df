//! The frame around a page, filled for its reader.

use super::view::{Banner, BannerKind, Link, Nav, Shell, SignedInPerson};
use crate::app::App;
use crate::identity::{Access, FirmId, SupportRole};
use crate::paths;
use crate::store::sessions::{FirmView, Right, Session};

/// The frame for `session`, or for somebody who is not signed in.
pub fn shell(app: &App, session: Option<&Session>, path: &str) -> Shell {
    let mut shell = Shell::new(app.config.product_name.clone(), app.clock.now());
    shell.support_contact = app.config.support_contact.clone();
    shell.path = path.to_owned();
    if let Some(session) = session {
        shell.person = Some(SignedInPerson {
            name: session.name.clone(),
        });
        shell.zone = session.time_zone.tz();
        shell.nav = session.support_role.map(|role| support_nav(role, path));
    }
    shell
}

/// The frame for a page of a firm, with a banner while support is visiting.
pub fn firm_shell(app: &App, session: &Session, firm: &FirmView, path: &str) -> Shell {
    let mut shell = shell(app, Some(session), path);
    shell.firm = Some(Link::new(firm.name.clone(), paths::concierge(firm.id)));
    shell.several_firms = firm.several_firms;
    shell.nav = Some(firm_nav(firm.id, path));
    if let Right::Granted { grant, until } = firm.right {
        let until = shell.when(until).time();
        let (kind, title, end, text) = match grant.access {
            Access::View => (
                BannerKind::ViewAs,
                "View as",
                "End view",
                format!(
                    "You see {} as its admins do, until {until}. You can change nothing.",
                    firm.name
                ),
            ),
            Access::Act => (
                BannerKind::ActFor,
                "Acting for the firm",
                "Stop acting",
                format!(
                    "You act for {} until {until}. Everything you do carries your name.",
                    firm.name
                ),
            ),
        };
        shell.banners.push(Banner {
            kind,
            title: title.to_owned(),
            text,
            end: Some(Link::new(end, paths::end_visit(firm.id))),
        });
    }
    shell
}

/// A firm's own pages.
fn firm_nav(firm: FirmId, path: &str) -> Nav {
    let pages = [
        ("Integrations", paths::concierge(firm)),
        ("People", paths::people(firm)),
        ("Activity", paths::integration_page(firm, "activity")),
    ];
    Nav::new("Firm", path, pages)
}

/// The pages of the console. Only leads manage support people.
fn support_nav(role: SupportRole, path: &str) -> Nav {
    let mut pages = vec![
        ("Queue", paths::SUPPORT.to_owned()),
        ("Overview", paths::SUPPORT_OVERVIEW.to_owned()),
        ("Mail", paths::SUPPORT_MAIL.to_owned()),
        ("New firm", paths::SUPPORT_NEW_FIRM.to_owned()),
    ];
    match role {
        SupportRole::Staff => {}
        SupportRole::Lead => pages.push(("Staff", paths::SUPPORT_STAFF.to_owned())),
    }
    Nav::new("Support", path, pages)
}
