//! Everything else about a case: people, mails, activity, notes.

use super::CaseAccess;
use super::timeline::{TimelineDay, by_day};
use crate::activity::Audience;
use crate::app::App;
use crate::identity::ActivityId;
use crate::onboarding::hand_over::HandOverState;
use crate::paths;
use crate::store::activities;
use crate::store::{cases, hand_overs, links, mails, notes};
use crate::text;
use crate::text::count::{Noun, counted};
use crate::web::error::PageError;
use crate::web::support::mail;
use crate::web::view::{Pager, Shell, Signal, When};

/// Entries of the timeline on a page.
const ENTRIES: usize = 30;
/// Mails on the page; the rest is under *Mail*.
const MAILS: i64 = 12;
/// Notes on the page: more than any case has had.
const NOTES: i64 = 200;

/// What the page shows beside the firm's own side.
pub(crate) struct Known {
    pub people: Vec<KnownPerson>,
    pub invitations: Vec<KnownInvitation>,
    pub hand_overs: Vec<KnownHandOver>,
    pub mails: Vec<KnownMail>,
    pub notes: Vec<KnownNote>,
    pub others: Vec<Other>,
    pub timeline: Vec<TimelineDay>,
    pub pager: Pager,
}

pub(crate) struct KnownPerson {
    pub name: String,
    pub email: String,
    pub signed_in: Option<When>,
    pub has_second_factor: bool,
}

pub(crate) struct KnownInvitation {
    pub email: String,
    pub by: String,
    pub sent: When,
    pub expires: When,
    pub is_over: bool,
}

pub(crate) struct KnownHandOver {
    pub name: String,
    pub email: String,
    pub task: &'static str,
    pub asked_by: String,
    pub sent: When,
    pub state: &'static str,
    pub signal: Signal,
    /// What the colleague said.
    pub words: Option<String>,
}

pub(crate) struct KnownMail {
    pub subject: String,
    pub href: String,
    pub recipient: String,
    pub created: When,
    pub signal: Signal,
    pub state: &'static str,
}

pub(crate) struct KnownNote {
    pub author: String,
    pub at: When,
    pub body: String,
}

/// Another setup of the same firm.
pub(super) struct Other {
    pub href: String,
    pub what: String,
    pub began: When,
}

impl Known {
    /// Reads it; `before` is the last entry of the timeline's page above.
    pub(super) async fn of(
        app: &App,
        shell: &Shell,
        access: &CaseAccess,
        before: Option<ActivityId>,
    ) -> Result<Self, PageError> {
        let (firm, onboarding) = (access.case.firm.id, access.onboarding());
        let mut conn = app.db.acquire().await?;
        let members = cases::list_members(&mut conn, firm).await?;
        let invitations = links::list_invitations(&mut conn, firm).await?;
        let hand_overs = hand_overs::list_for_onboarding(&mut conn, firm, onboarding.id).await?;
        let mails = mails::list(&mut conn, Some(firm), None, MAILS).await?;
        let notes = notes::list(&mut conn, firm, onboarding.id, NOTES).await?;
        let all = cases::list_of_firm(&mut conn, firm).await?;
        let one_more = ENTRIES as i64 + 1;
        let mut entries =
            activities::list_of_firm(&mut conn, firm, Audience::Staff, &[], before, one_more)
                .await?;
        drop(conn);

        let more = entries.len() > ENTRIES;
        entries.truncate(ENTRIES);
        let older = entries.last().filter(|_| more);
        let home = access.home();
        Ok(Self {
            people: members.into_iter().map(|it| person(shell, it)).collect(),
            invitations: invitations
                .into_iter()
                .map(|link| invitation(app, shell, link))
                .collect(),
            hand_overs: hand_overs
                .into_iter()
                .map(|it| hand_over(shell, access, it))
                .collect(),
            mails: mails.into_iter().map(|it| mail_row(shell, it)).collect(),
            notes: notes
                .into_iter()
                .map(|note| KnownNote {
                    author: note.author,
                    at: shell.when(note.written_at),
                    body: note.body,
                })
                .collect(),
            others: all
                .into_iter()
                .filter(|it| it.onboarding_id != onboarding.id)
                .map(|it| other(shell, &it))
                .collect(),
            pager: Pager {
                showing: counted(entries.len(), Noun::Entry),
                previous: None,
                first: before.map(|_| format!("{home}#timeline")),
                next: older.map(|it| format!("{home}?before={}#timeline", it.activity_id)),
            },
            timeline: by_day(shell, &entries),
        })
    }
}

fn person(shell: &Shell, member: cases::Member) -> KnownPerson {
    KnownPerson {
        name: member.name,
        email: member.email.as_str().to_owned(),
        signed_in: member.signed_in_at.map(|at| shell.when(at)),
        has_second_factor: member.has_second_factor,
    }
}

fn invitation(app: &App, shell: &Shell, link: links::Link) -> KnownInvitation {
    KnownInvitation {
        email: link.email.as_str().to_owned(),
        by: link
            .invited_by
            .map(|by| by.name)
            .unwrap_or_else(|| app.config.product_name.clone()),
        sent: shell.when(link.created_at),
        expires: shell.when(link.expires_at),
        is_over: link.expires_at <= shell.now,
    }
}

fn hand_over(shell: &Shell, access: &CaseAccess, it: hand_overs::HandOver) -> KnownHandOver {
    let state = it.standing(access.onboarding(), shell.now);
    KnownHandOver {
        state: state.label(),
        signal: match state {
            HandOverState::Sent | HandOverState::Opened => Signal::Waiting,
            HandOverState::Finished(outcome) if outcome.is_done() => Signal::Done,
            HandOverState::Finished(_) => Signal::Needed,
            HandOverState::Ended(_) => Signal::Idle,
        },
        task: it.task.label(),
        name: it.name,
        email: it.email.as_str().to_owned(),
        asked_by: it.asked_by,
        sent: shell.when(it.created_at),
        words: it.reason,
    }
}

fn mail_row(shell: &Shell, it: mails::ListedMail) -> KnownMail {
    let (signal, state) = mail::state(it.state);
    KnownMail {
        subject: it.subject,
        href: paths::mail(it.id),
        recipient: it.recipient.as_str().to_owned(),
        created: shell.when(it.created_at),
        signal,
        state,
    }
}

fn other(shell: &Shell, it: &cases::ListedOnboarding) -> Other {
    let closed = it.archived_at.map(|at| shell.when(at).day());
    Other {
        href: paths::case(it.onboarding_id),
        what: text::case::other(it.stage, closed.as_deref()),
        began: shell.when(it.created_at),
    }
}
