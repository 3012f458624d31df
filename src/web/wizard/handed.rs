//! The panel of a step that shows hand-overs and offers a new one.

use super::run::ShownChecks;
use crate::app::App;
use crate::identity::{Denied, Task, Verb};
use crate::onboarding::Stage;
use crate::onboarding::hand_over::{
    End, HandOverOutcome, HandOverState, offered, open_tasks, over, progress, purpose,
};
use crate::paths;
use crate::store::hand_overs::{self, HandOver};
use crate::store::onboardings::Stored;
use crate::text::{self, hand_over::Event};
use crate::verdict::CheckState;
use crate::web::access::FirmAccess;
use crate::web::error::PageError;
use crate::web::view::{Shell, Signal, WaitingActions, WaitingFor};

/// The panel.
pub(crate) struct Panel {
    /// The address of the hand-over form, and the step it is opened from.
    pub form: String,
    pub from: &'static str,
    /// The page's own address, which its script polls.
    pub here: String,
    pub tasks: Vec<Handed>,
    /// Whether the reader may hand over a task here.
    pub offers: bool,
    /// Whether a colleague may be working on one right now.
    pub open: bool,
}

/// One hand-over as its firm sees it.
pub(crate) struct Handed {
    pub signal: Signal,
    /// `Waiting`, `Done`.
    pub word: &'static str,
    pub task: &'static str,
    /// `Sent to Dana Fox 20 November, opened 10:42, 2 of 3 fixed`.
    pub story: String,
    /// Why not, in the colleague's words.
    pub reason: Option<String>,
    pub name: String,
    pub again: Option<String>,
    pub remind: Option<String>,
    pub copy_link: Option<String>,
    pub take_back: Option<String>,
}

impl Panel {
    pub(crate) async fn new(
        app: &App,
        access: &FirmAccess,
        shell: &Shell,
        step: Stage,
    ) -> Result<Self, PageError> {
        let stored = access.onboarding()?;
        let onboarding = &stored.onboarding;
        let firm = access.firm.id;
        let all = if access.firm.handed_over {
            let mut conn = app.db.acquire().await?;
            hand_overs::list_for_onboarding(&mut conn, firm, onboarding.id).await?
        } else {
            Vec::new()
        };
        let may = may_hand_over(access);
        let mut tasks = Vec::new();
        let mut open = false;
        for task in Task::ALL {
            // Only the newest of each task counts; the older ones are history.
            let newest = all.iter().find(|hand_over| hand_over.task == task);
            let Some(hand_over) = newest else { continue };
            let state = hand_over.standing(onboarding, shell.now);
            if !is_news(state) || over(task, hand_over.step, onboarding).is_some() {
                continue;
            }
            open |= state.is_open();
            let mut task = handed(app, access, shell, stored, hand_over, state).await?;
            if !may {
                (task.again, task.take_back) = (None, None);
                (task.remind, task.copy_link) = (None, None);
            }
            tasks.push(task);
        }
        Ok(Self {
            form: paths::hand_over_form(firm),
            from: step.as_str(),
            here: paths::step(firm, step),
            tasks,
            offers: may && !open_tasks(step, onboarding).is_empty(),
            open: open && !offered(step).is_empty(),
        })
    }
}

/// Whether the reader may hand tasks over, or views the page of somebody who may. Support acting for
/// the firm may not: it sends from the case, to addresses that the firm gave.
pub(crate) fn may_hand_over(access: &FirmAccess) -> bool {
    match access.actor.may(Verb::HandOver) {
        Ok(_) | Err(Denied::OnlyLooking) => true,
        Err(Denied::NotTheirs | Denied::SecretsStayWithTheFirm | Denied::NoFirm) => false,
    }
}

/// Whether the panel shows it: not if it ended without an answer.
fn is_news(state: HandOverState) -> bool {
    match state {
        HandOverState::Sent
        | HandOverState::Opened
        | HandOverState::Finished(_)
        | HandOverState::Ended(End::Expired) => true,
        HandOverState::Ended(End::Replaced | End::Revoked | End::Overtaken | End::Closed) => false,
    }
}

async fn handed(
    app: &App,
    access: &FirmAccess,
    shell: &Shell,
    stored: &Stored,
    hand_over: &HandOver,
    state: HandOverState,
) -> Result<Handed, PageError> {
    let firm = access.firm.id;
    let checks = purpose(hand_over.task, hand_over.step);
    let shown = ShownChecks::newest(app, stored, checks).await?;
    let signal = match state {
        HandOverState::Sent | HandOverState::Opened => Signal::Waiting,
        HandOverState::Finished(HandOverOutcome::Done) => Signal::Done,
        HandOverState::Finished(HandOverOutcome::Cannot) | HandOverState::Ended(_) => {
            Signal::Needed
        }
    };
    let is_done = state == HandOverState::Finished(HandOverOutcome::Done);
    let (open, id) = (state.is_open(), hand_over.id);
    Ok(Handed {
        signal,
        word: state.news(),
        task: hand_over.task.label(),
        story: story(shell, hand_over, state, &shown, app.mails_leave()),
        reason: hand_over.reason.clone(),
        name: hand_over.name.clone(),
        again: (!is_done && !open).then(|| paths::send_again(firm, id)),
        remind: open.then(|| paths::remind(firm, id)),
        copy_link: open.then(|| paths::copy_link(firm, id)),
        take_back: open.then(|| paths::take_back(firm, id)),
    })
}

fn story(
    shell: &Shell,
    hand_over: &HandOver,
    state: HandOverState,
    shown: &ShownChecks,
    by_mail: bool,
) -> String {
    let time = |at| shell.when(at).time();
    let day = |at| shell.when(at).day();
    let mut events = vec![Event::Asked {
        name: &hand_over.name,
        day: day(hand_over.created_at),
        by_mail,
    }];
    events.extend(progress_of(shell, hand_over, state, shown));
    events.extend(match (state, hand_over.finished_at) {
        (HandOverState::Finished(HandOverOutcome::Done), Some(at)) => Some(Event::Done(time(at))),
        (HandOverState::Finished(HandOverOutcome::Cannot), Some(at)) => {
            Some(Event::GaveBack(time(at)))
        }
        (HandOverState::Ended(End::Expired), _) => Some(Event::Expired(day(hand_over.expires_at))),
        (
            HandOverState::Sent
            | HandOverState::Opened
            | HandOverState::Finished(_)
            | HandOverState::Ended(_),
            _,
        ) => None,
    });
    text::hand_over::story(&events)
}

/// How far the colleague is. What the checks say belongs to a task that is open: later checks have
/// nothing to do with one that was answered.
fn progress_of<'a>(
    shell: &Shell,
    hand_over: &HandOver,
    state: HandOverState,
    shown: &ShownChecks,
) -> Vec<Event<'a>> {
    let time = |at| shell.when(at).time();
    let mut events = vec![match hand_over.opened_at {
        Some(at) => Event::Opened(time(at)),
        None => Event::NotOpened,
    }];
    events.extend(hand_over.entered_at.map(|at| Event::Entered(time(at))));
    if matches!(state, HandOverState::Finished(_)) {
        return events;
    }
    match hand_over.task {
        Task::EnterCredentials => {
            let entered = hand_over.entered_at.and_then(|_| shown.standing());
            events.extend(entered.map(|it| Event::Checks(it.in_list())));
        }
        Task::FixPermissions => match fixed(hand_over, shown) {
            (_, 0) => {}
            (fixed, total) => events.push(Event::Fixed(fixed, total)),
        },
    }
    events
}

/// Whom the setup waits for, and how far they are: for the tile and the list of steps.
pub(crate) async fn waiting(
    app: &App,
    access: &FirmAccess,
    shell: &Shell,
) -> Result<Vec<WaitingFor>, PageError> {
    let Some(stored) = access.firm.onboarding.as_ref() else {
        return Ok(Vec::new());
    };
    if !access.firm.handed_over {
        return Ok(Vec::new());
    }
    let onboarding = &stored.onboarding;
    let mut conn = app.db.acquire().await?;
    let all = hand_overs::list_for_onboarding(&mut conn, access.firm.id, onboarding.id).await?;
    drop(conn);
    let mut lines = Vec::new();
    for hand_over in &all {
        let state = hand_over.standing(onboarding, shell.now);
        if state.is_open() {
            let checks = purpose(hand_over.task, hand_over.step);
            let shown = ShownChecks::newest(app, stored, checks).await?;
            let events = progress_of(shell, hand_over, state, &shown);
            let (firm, id) = (access.firm.id, hand_over.id);
            lines.push(WaitingFor {
                name: hand_over.name.clone(),
                line: text::hand_over::waiting(&hand_over.name, &events),
                actions: may_hand_over(access).then(|| WaitingActions {
                    remind: paths::remind(firm, id),
                    copy_link: paths::copy_link(firm, id),
                    take_back: paths::take_back(firm, id),
                }),
            });
        }
    }
    Ok(lines)
}

/// How many of the checks that were asked for, and of those that failed since, are fixed.
pub(crate) fn fixed(hand_over: &HandOver, shown: &ShownChecks) -> (usize, usize) {
    let keys = |wanted: fn(CheckState) -> bool| -> Vec<String> {
        let of_state = |row: &&crate::store::checks::CheckRow| {
            row.result
                .as_ref()
                .is_some_and(|result| wanted(result.state))
        };
        let rows = shown.rows.iter().filter(of_state);
        rows.map(|row| row.check.key()).collect()
    };
    let passed = keys(|state| matches!(state, CheckState::Passed | CheckState::Warning));
    let failed = keys(|state| state == CheckState::Failed);
    progress(&hand_over.checks, &passed, &failed)
}
