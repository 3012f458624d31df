//! The frame around a page, filled for its reader.

use super::view::{Banner, BannerKind, Contact, Link, Nav, Shell, SignedInPerson};
use crate::app::App;
use crate::identity::{Access, FirmId, SupportRole};
use crate::paths;
use crate::store::sessions::{FirmView, Right, Session};
use crate::text::pages;

/// The frame for `session`, or for somebody who is not signed in.
pub fn shell(app: &App, session: Option<&Session>, path: &str) -> Shell {
    let mut shell = Shell::new(app.config.product_name.clone(), app.clock.now());
    let branding = &app.config.branding;
    let file = |name: &String| paths::branding(name.as_str());
    shell.logo = branding.logo.as_ref().map(|logo| file(&logo.name));
    shell.accent = branding.accent.as_ref().map(|accent| file(&accent.name));
    shell.help_url = app.config.help_url.as_ref().map(ToString::to_string);
    shell.support_contact = app.config.support_contact.as_deref().map(Contact::new);
    shell.mails_leave = app.mails_leave();
    shell.path = path.to_owned();
    if let Some(session) = session {
        shell.person = Some(SignedInPerson {
            name: session.name.clone(),
        });
        shell.zone = session.time_zone.tz();
        shell.nav = session
            .support_role
            .map(|role| support_nav(role, path, !app.config.vendor_apps.is_empty()));
    }
    shell
}

/// The frame for a page of a firm, with a banner while support is visiting.
pub(crate) fn firm_shell(app: &App, session: &Session, firm: &FirmView, path: &str) -> Shell {
    let mut shell = shell(app, Some(session), path);
    shell.firm = Some(Link::new(firm.name.clone(), paths::concierge(firm.id)));
    shell.several_firms = firm.several_firms;
    shell.nav = Some(firm_nav(firm.id, path));
    if let Right::Granted { grant, until } = firm.right {
        let until = shell.when(until).time();
        let (kind, title, end, text) = match grant.access {
            Access::View => (
                BannerKind::ViewAs,
                pages::VIEW_AS,
                pages::END_VIEW,
                pages::viewing(&firm.name, &until),
            ),
            Access::Act => (
                BannerKind::ActFor,
                pages::ACTING,
                pages::STOP_ACTING,
                pages::acting_until(&firm.name, &until),
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
    let links = [
        (pages::INTEGRATIONS, paths::concierge(firm)),
        (pages::PEOPLE, paths::people(firm)),
        (pages::ACTIVITY, paths::integration_page(firm, "activity")),
    ];
    Nav::new(pages::FIRM, path, links)
}

/// The pages of the console. Only leads manage support people, and see the vendor's app where there is one.
fn support_nav(role: SupportRole, path: &str, has_app: bool) -> Nav {
    let mut links = vec![
        (pages::QUEUE, paths::SUPPORT.to_owned()),
        (pages::OVERVIEW, paths::SUPPORT_OVERVIEW.to_owned()),
        (pages::MAIL, paths::SUPPORT_MAIL.to_owned()),
        (pages::NEW_FIRM, paths::SUPPORT_NEW_FIRM.to_owned()),
    ];
    match role {
        SupportRole::Staff => {}
        SupportRole::Lead => {
            if has_app {
                links.push((pages::APP, paths::SUPPORT_APP.to_owned()));
            }
            links.push((pages::STAFF, paths::SUPPORT_STAFF.to_owned()));
        }
    }
    Nav::new(pages::SUPPORT, path, links)
}
