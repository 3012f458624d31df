//! Invented people, firms and results, one for each state of each part.

use chrono::TimeDelta;

use super::Styleguide;
use super::results::{checks, directory_remedy, ledger, timeline, xray};
use concierge::web::form::FormState;
use concierge::web::view::{
    Action, Amount, Banner, BannerKind, Bars, Column, Contact, DataFlow, Line, Link, NextAction,
    Notice, Pager, Rail, RailStep, SavedSecret, Shell, Signal, SignedInPerson, Sort, StepState,
    Tile, WaitingActions, WaitingFor, When,
};

/// One row of the sample queue.
pub(super) struct Case {
    pub firm: &'static str,
    pub company: &'static str,
    pub step: &'static str,
    pub signal: Signal,
    pub reason: &'static str,
    pub waiting_on: &'static str,
    pub idle: &'static str,
    pub due: Option<When>,
    pub assignee: &'static str,
}

pub(super) fn page(mut shell: Shell) -> Styleguide {
    shell.person = Some(SignedInPerson {
        name: "Ana Ruiz".to_owned(),
    });
    shell.firm = Some(Link::new("Harborline Builders", "#"));
    shell.several_firms = true;
    shell
        .support_contact
        .get_or_insert_with(|| Contact::new("help@example.com or +1 555 010 0199"));
    shell.banners = banners();
    shell.flash = Some(Notice::success("Your settings are saved."));
    let saved = SavedSecret {
        at: shell.when(shell.now - TimeDelta::days(9)),
        fingerprint: "9f3c21".to_owned(),
        is_refused: false,
    };
    Styleguide {
        rail: rail(&shell),
        empty: FormState::default()
            .keep("zone", "Europe/Berlin")
            .keep_all("data", ["projects"]),
        refused: refused(),
        not_saved: None,
        saved: Some(saved),
        signals: vec![
            (Signal::Done, "Connected"),
            (Signal::Waiting, "Waiting for Procore"),
            (Signal::Needed, "Needs attention"),
            (Signal::Running, "In progress"),
            (Signal::Idle, "Not started"),
        ],
        notices: notices(),
        checks: checks(&shell),
        xray: xray(&shell),
        remedy: directory_remedy(),
        ledger: ledger(),
        tiles: tiles(&shell),
        timeline: timeline(&shell),
        columns: columns(),
        cases: cases(&shell),
        pager: Pager {
            first: None,
            showing: "1 to 50 of 1,000+".to_owned(),
            previous: None,
            next: Some("#next".to_owned()),
        },
        zones: vec![
            ("UTC", "UTC"),
            ("Europe/Berlin", "Europe/Berlin"),
            ("America/New_York", "America/New York"),
        ],
        funnel: Bars::funnel(
            "funnel",
            ["How far firms came in the last 30 days", "Step", "Firms"],
            [
                ("Review", 84),
                ("Key and secret", 71),
                ("Verify", 52),
                ("Settings", 50),
                ("Permissions", 41),
                ("Complete", 38),
            ],
        ),
        reasons: Bars::new(
            "reasons",
            ["Why onboardings stand still", "Reason", "Firms"],
            [
                ("Level too low on Directory", 14),
                ("Key not recognised", 9),
                ("Idle", 6),
                ("Procore outage", 0),
            ],
        ),
        line: Line::new(
            "per-day",
            ["Firms connected each day", "Day", "Firms"],
            [
                ("1 May", 3),
                ("2 May", 5),
                ("3 May", 4),
                ("4 May", 9),
                ("5 May", 7),
                ("6 May", 2),
                ("7 May", 6),
            ],
        ),
        flow: DataFlow::new(
            "flow",
            "What will go where",
            ("Procore", "Harborline Builders"),
            (shell.product.clone(), "Your account"),
        )
        .lane("Projects", "1,204 records", "Read once, then live", true)
        .lane("People", "3,550 records", "Read once, then live", true)
        .lane("Trades", "48 records", "Read once", false),
        views: vec![
            (Link::new("All", "#all"), "1,000+", true),
            (Link::new("Stalled", "#stalled"), "38", false),
            (Link::new("Mine", "#mine"), "4", false),
            (Link::new("Needs a person", "#person"), "12", false),
            (Link::new("Completed this week", "#week"), "0", false),
        ],
        shell,
    }
}

fn banners() -> Vec<Banner> {
    [
        (
            BannerKind::ViewAs,
            "View as",
            "You see what Harborline Builders sees. You can change nothing. Ends in 42 minutes.",
            Some("End"),
        ),
        (
            BannerKind::Sandbox,
            "Sandbox",
            "This firm is connected to Procore's monthly sandbox.",
            None,
        ),
        (
            BannerKind::Paused,
            "Paused",
            "Nothing is read from Procore until you resume.",
            Some("Resume"),
        ),
    ]
    .map(|(kind, title, text, end)| Banner {
        kind,
        title: title.to_owned(),
        text: text.to_owned(),
        end: end.map(|label| Link::new(label, "#")),
    })
    .into()
}

fn rail(shell: &Shell) -> Rail {
    let step = |number, name, href: Option<&str>, state, current| RailStep {
        number,
        name,
        href: href.map(str::to_owned),
        state,
        current,
    };
    Rail {
        steps: vec![
            step(1, "Review", Some("#review"), StepState::Done, false),
            step(2, "Key and secret", Some("#key"), StepState::Done, false),
            step(
                3,
                "Verify",
                Some("#verify"),
                StepState::NeedsAttention,
                false,
            ),
            step(
                4,
                "Settings",
                Some("#settings"),
                StepState::InProgress,
                true,
            ),
            step(5, "Permissions", None, StepState::NotStarted, false),
            step(6, "Complete", None, StepState::NotStarted, false),
        ],
        saved: Some((
            "Ana Ruiz".to_owned(),
            shell.when(shell.now - TimeDelta::minutes(3)),
        )),
        waiting: vec![waiting()],
        has_panel: false,
        back: "settings",
        start_again: Some("#again".to_owned()),
    }
}

fn refused() -> FormState {
    let mut form = FormState::default()
        .keep("company_id", "11 22 33")
        .keep("client_id", "3f9a0c");
    form.fail(
        "company_id",
        "Company ID must be numbers only, like the number in your Procore address bar",
    );
    form.fail("client_secret", "Enter the client secret");
    form
}

fn notices() -> Vec<Notice> {
    vec![
        Notice::info("You need about 15 minutes, and somebody who is an admin in Procore."),
        Notice::success("**Harborline Builders** is connected to Procore."),
        Notice::waiting("Procore asked us to slow down. We continue at 14:05."),
        Notice::needs_you("Procore no longer accepts your client secret.")
            .with(Action::go("Change your Procore details", "#")),
    ]
}

fn tiles(shell: &Shell) -> Vec<Tile> {
    use StepState::{Done, InProgress, NeedsAttention, NotStarted};
    let tile = |signal, state: &str, action| Tile {
        name: "Procore".to_owned(),
        about: None,
        needs: Vec::new(),
        signal,
        state: state.to_owned(),
        steps: Vec::new(),
        next: None,
        reading: None,
        waiting: Vec::new(),
        amounts: Vec::new(),
        read_at: None,
        touched: Some((
            "Ana Ruiz".to_owned(),
            shell.when(shell.now - TimeDelta::hours(5)),
        )),
        action,
    };
    let next = |text: &str, turn: Option<&str>| {
        let turn = turn.map(str::to_owned);
        Some(NextAction {
            text: text.to_owned(),
            turn,
        })
    };
    let resume = || Action::go("Continue setup", "#");
    let amount = |label, count: &str| Amount {
        label,
        count: count.to_owned(),
        note: None,
    };
    vec![
        Tile {
            about: Some("Brings your projects, people and companies from Procore and keeps them up to date.".to_owned()),
            needs: vec![
                "A Procore subscription".to_owned(),
                "A Procore company admin".to_owned(),
            ],
            steps: vec![InProgress, NotStarted, NotStarted, NotStarted, NotStarted, NotStarted],
            next: next("Choose what to bring from Procore", Some("Your turn")),
            touched: None,
            ..tile(Signal::Idle, "Not connected", Action::go("Integrate with Procore", "#"))
        },
        Tile {
            steps: vec![Done, Done, Done, Done, NeedsAttention, NotStarted],
            next: next("Raise the app’s levels in Procore", None),
            waiting: vec![waiting()],
            ..tile(Signal::Needed, "Step 5 of 6 needs attention", resume())
        },
        Tile {
            steps: vec![Done, Done, Done, Done, Done, InProgress],
            next: next("We set up live updates and read your data", Some("Goes on by itself")),
            reading: Some("27,300 of 48,000 records, about 20 s left".to_owned()),
            ..tile(Signal::Running, "Setting up", resume())
        },
        Tile {
            amounts: vec![amount("Projects", "12"), amount("People", "1,240")],
            read_at: Some(shell.when(shell.now - TimeDelta::minutes(5))),
            ..tile(Signal::Done, "Connected", Action::go("View integration", "#"))
        },
    ]
}

fn waiting() -> WaitingFor {
    let nowhere = || "#".to_owned();
    WaitingFor {
        name: "Bo Lane".to_owned(),
        line: "Waiting for Bo Lane: opened 12:22, 2 of 3 fixed".to_owned(),
        actions: Some(WaitingActions {
            remind: nowhere(),
            copy_link: nowhere(),
            take_back: nowhere(),
        }),
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("Firm").sorts("#firm", None),
        Column::text("Step"),
        Column::text("Reason"),
        Column::text("Waiting on"),
        Column::number("Idle").sorts("#idle", Some(Sort::Descending)),
        Column::text("Due").sorts("#due", None),
        Column::text("Assignee"),
    ]
}

fn cases(shell: &Shell) -> Vec<Case> {
    let case =
        |firm, company, step, signal, reason, waiting_on, idle, due: Option<i64>, assignee| Case {
            firm,
            company,
            step,
            signal,
            reason,
            waiting_on,
            idle,
            due: due.map(|hours| shell.when(shell.now + TimeDelta::hours(hours))),
            assignee,
        };
    vec![
        case(
            "Harborline Builders",
            "112233",
            "3 Verify",
            Signal::Needed,
            "Key not recognised",
            "Firm",
            "9 days",
            Some(-20),
            "Jo Park",
        ),
        case(
            "Northgate Civil",
            "998",
            "6 Complete",
            Signal::Waiting,
            "Procore outage",
            "Procore",
            "40 min",
            None,
            "Nobody",
        ),
        case(
            "Atlas & Sons",
            "45001",
            "5 Permissions",
            Signal::Needed,
            "Level too low on Directory",
            "Their Procore admin",
            "4 days",
            Some(26),
            "Jo Park",
        ),
        case(
            "Redwood Concrete and Formwork Holdings",
            "No company yet",
            "1 Review",
            Signal::Idle,
            "Never started",
            "Firm",
            "21 days",
            None,
            "Nobody",
        ),
    ]
}
