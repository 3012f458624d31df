//! What the firm sees: its details, the results of its checks, its ledger. The rows are made by the
//! wizard's own code; of the key there is a fingerprint and the beginning of the client id.

use sqlx::PgConnection;

use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::{Connection, ShownProject};
use crate::help;
use crate::ledger::RunState;
use crate::onboarding::CheckPurpose;
use crate::onboarding::Stage;
use crate::procore::ClientId;
use crate::store::actions::Entry;
use crate::store::credentials;
use crate::store::onboardings::Stored;
use crate::store::project_runs;
use crate::store::projects;
use crate::store::readings;
use crate::store::runs::Run;
use crate::store::unread;
use crate::text::count::{could_not_be_read, deliveries_could_not_be_read, grouped};
use crate::text::{pages, plan, projects as words};
use crate::verdict::Said;
use crate::web::error::PageError;
use crate::web::view::{
    CheckRow, CheckState, FixCard, Incomplete, LedgerRow, Notice, Shell, When, XrayRow,
};
use crate::web::wizard::rows::{by_urgency, check_row, said_in_full, xray_row};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::{fixes, ledger};

/// Projects in need that the page names; the rest is on the firm's board.
const MOST_PROJECTS: i64 = 20;

/// The firm's side of a case.
pub(crate) struct FirmSide {
    pub company: Vec<(&'static str, String)>,
    pub key: Option<KeyView>,
    pub verify: Option<Checked<CheckRow>>,
    pub permissions: Option<Checked<XrayRow>>,
    /// What the permissions' rows that failed come to.
    pub card: Option<FixCard>,
    pub ledger: Option<Ledger>,
    /// Whether anything of it changes without a person.
    pub moves: bool,
    /// The lists that are not complete yet, by data set, and why they wait.
    pub incomplete: Vec<(&'static str, String)>,
    pub incomplete_code: Option<String>,
    /// How many projects there are in each state.
    pub projects: Vec<(&'static str, String)>,
    /// The integrated ones that need something.
    pub projects_in_need: Vec<InNeed>,
    /// What could not be read: rows by data set, and deliveries.
    pub unread: Vec<(&'static str, String)>,
}

/// A project that needs something.
pub(crate) struct InNeed {
    pub title: String,
    /// Its page, which is the firm's.
    pub why: String,
}

/// What support may see of the client id and secret.
pub(crate) struct KeyView {
    /// The first four characters of the client id.
    pub hint: String,
    pub fingerprint: String,
    pub entered_by: String,
    pub entered: When,
}

/// A run of checks.
pub(super) struct Checked<Row> {
    pub notice: Option<Notice>,
    pub by: String,
    pub at: When,
    /// Rows that need a look, and those that passed.
    pub open: Vec<Row>,
    pub passed: Vec<Row>,
    /// Whether the firm has to deal with it now.
    pub is_current: bool,
    /// Whether there is something to fix.
    pub has_failed: bool,
}

/// A completion.
pub(crate) struct Ledger {
    pub notice: Notice,
    pub rows: Vec<LedgerRow>,
}

/// The newest completion with its actions.
pub(crate) struct Completion {
    pub run: Run,
    pub entries: Vec<Entry>,
}

impl Completion {
    pub(super) async fn newest(app: &App, stored: &Stored) -> Result<Option<Self>, PageError> {
        let newest = ledger::newest(app, stored).await?;
        Ok(newest.map(|(run, entries)| Self { run, entries }))
    }

    fn moves(&self) -> bool {
        matches!(self.run.state, RunState::Running | RunState::Waiting)
    }
}

/// What could not be read of a connection, counted.
async fn unread_of(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Vec<(&'static str, String)>, PageError> {
    let (firm, id) = (connection.firm_id, connection.id);
    let rows = unread::count_by_kind(conn, firm, id).await?;
    let events = unread::count_events(conn, firm, id).await?;
    let rows = rows
        .iter()
        .map(|row| (row.data_set.label(), could_not_be_read(row.count)));
    let events = (events > 0).then(|| ("Webhook", deliveries_could_not_be_read(events)));
    Ok(rows.chain(events).collect())
}

/// The newest runs of a setup.
pub(super) struct Runs {
    verify: ShownChecks,
    permissions: ShownChecks,
    completion: Option<Completion>,
}

impl Runs {
    pub(super) async fn newest(app: &App, stored: &Stored) -> Result<Self, PageError> {
        Ok(Self {
            verify: ShownChecks::newest(app, stored, CheckPurpose::Verify).await?,
            permissions: ShownChecks::in_use(app, stored).await?,
            completion: Completion::newest(app, stored).await?,
        })
    }

    /// Whether one of them goes on by itself.
    pub(super) fn move_on(&self) -> bool {
        self.verify.progress().moves()
            || self.permissions.progress().moves()
            || self.completion.as_ref().is_some_and(Completion::moves)
    }
}

impl FirmSide {
    /// `runs` were read before `stored`.
    pub(super) async fn of(
        app: &App,
        shell: &Shell,
        stored: &Stored,
        runs: Runs,
    ) -> Result<Self, PageError> {
        let moves = runs.move_on();
        let Runs {
            verify,
            permissions,
            completion,
        } = runs;
        let mut conn = app.db.acquire().await?;
        let key = match &stored.connection {
            Some(it) => credentials::find_current(&mut conn, it.firm_id, it.id).await?,
            None => None,
        };
        let reading = match &stored.connection {
            Some(it) => readings::find(&mut conn, it.firm_id, it.id).await?,
            None => None,
        };
        let unread = match &stored.connection {
            Some(it) => unread_of(&mut conn, it).await?,
            None => Vec::new(),
        };
        let (mut projects, mut projects_in_need) = (Vec::new(), Vec::new());
        if let Some(connected) = stored.connection.as_ref().filter(|it| it.is_connected()) {
            projects = count_projects(&mut conn, connected).await?;
            let (first, line) = in_need(&mut conn, connected).await?;
            projects_in_need = first;
            projects.extend(line.map(|line| (words::NEED, line)));
        }
        drop(conn);
        let code = reading.as_ref().and_then(|reading| reading.code);
        let incomplete = Incomplete::new(shell, reading);
        let sets = DataSet::OF_COMPANY.into_iter();
        Ok(Self {
            incomplete: sets
                .flat_map(|set| {
                    incomplete
                        .of_set(set)
                        .into_iter()
                        .map(move |it| (set.label(), it))
                })
                .collect(),
            incomplete_code: code.map(|code| code.to_string()),
            projects,
            projects_in_need,
            unread,
            company: company(stored),
            key: key.map(|key| KeyView {
                hint: ClientId::trusted(key.client_id).hint(),
                fingerprint: key.fingerprint,
                entered_by: key.created_by,
                entered: shell.when(key.created_at),
            }),
            moves,
            verify: verify_rows(app, shell, stored, &verify),
            card: fixes::card(app, stored, &permissions)
                .as_ref()
                .map(FixCard::from),
            permissions: permission_rows(app, shell, stored, &permissions),
            ledger: completion.map(|completion| Ledger {
                notice: ledger_notice(shell, &completion),
                rows: ledger::rows(shell, &completion.entries)
                    .into_iter()
                    .zip(&completion.entries)
                    .map(|(row, entry)| LedgerRow {
                        said: ledger::said(entry).iter().map(Said::in_full).collect(),
                        ..row
                    })
                    .collect(),
            }),
        })
    }
}

/// How many projects are in each state.
async fn count_projects(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Vec<(&'static str, String)>, PageError> {
    let of = (connection.firm_id, connection.id);
    let counts = projects::count(conn, of).await?;
    let counts = ShownProject::ALL.iter().map(|it| (*it, counts.shown(*it)));
    let counts = counts.filter(|(_, count)| *count > 0);
    Ok(counts
        .map(|(state, count)| (words::shown(state), grouped(count)))
        .collect())
}

/// The first projects that need something, and how many do.
async fn in_need(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<(Vec<InNeed>, Option<String>), PageError> {
    let of = (connection.firm_id, connection.id);
    let (needs, count) = project_runs::list_in_need(conn, of, Some(MOST_PROJECTS)).await?;
    if needs.is_empty() {
        return Ok((Vec::new(), None));
    }
    let all = projects::count(conn, of).await?.integrated();
    let line = words::in_need(count, all);
    let shown = needs.into_iter().map(|it| InNeed {
        title: words::title(&it.number, &it.name, it.project_id),
        why: words::trouble(it.code),
    });
    Ok((shown.collect(), Some(line)))
}

fn company(stored: &Stored) -> Vec<(&'static str, String)> {
    let Some(target) = stored.target() else {
        return Vec::new();
    };
    let mut facts = vec![
        (pages::COMPANY_ID, target.company_id.to_string()),
        (
            pages::ENVIRONMENT,
            help::environment_label(&target.environment),
        ),
        (pages::ACCESS, target.access_way.label().to_owned()),
    ];
    if let Some(name) = stored.company_name() {
        facts.insert(0, (pages::PROCORE_COMPANY, name.to_owned()));
    }
    if let Some(settings) = stored.settings() {
        let sets = settings.choices().iter().map(|choice| choice.data_set);
        let sets: Vec<_> = sets.map(|set| set.label()).collect();
        facts.push((pages::CHOSEN_DATA, sets.join(", ")));
    }
    facts
}

fn verify_rows(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    shown: &ShownChecks,
) -> Option<Checked<CheckRow>> {
    let rows = shown.rows.iter().map(|checked| {
        let mut row = check_row(app, shell, stored, checked, shown.is_running());
        row.id = format!("verify-{}", row.id);
        row.kept = shown.is_kept(checked);
        row.said = said_in_full(checked);
        row
    });
    let is_current = matches!(stored.onboarding.stage, Stage::Verify | Stage::Settings);
    checked(shell, shown, rows.collect(), |row| row.state, is_current)
}

fn permission_rows(
    app: &App,
    shell: &Shell,
    stored: &Stored,
    shown: &ShownChecks,
) -> Option<Checked<XrayRow>> {
    let rows = shown.rows.iter().filter_map(|checked| {
        let mut row = xray_row(app, shell, stored, checked, shown.is_running())?;
        row.id = format!("permissions-{}", row.id);
        row.kept = shown.is_kept(checked);
        row.said = said_in_full(checked);
        Some(row)
    });
    let is_current = matches!(
        stored.onboarding.stage,
        Stage::Permissions | Stage::Complete
    );
    checked(shell, shown, rows.collect(), |row| row.state, is_current)
}

fn checked<Row>(
    shell: &Shell,
    shown: &ShownChecks,
    mut rows: Vec<Row>,
    state: impl Fn(&Row) -> CheckState,
    is_current: bool,
) -> Option<Checked<Row>> {
    let run = shown.run.as_ref()?;
    if shown.progress() == Progress::NotStarted {
        return None;
    }
    rows.sort_by_key(|row| by_urgency(state(row)));
    let (passed, open) = rows
        .into_iter()
        .partition(|row| state(row) == CheckState::Passed);
    Some(Checked {
        notice: shown.notice(shell),
        by: run.started_by.clone(),
        at: shell.when(run.started_at),
        open,
        passed,
        is_current,
        has_failed: shown.progress() == Progress::Failed,
    })
}

fn ledger_notice(shell: &Shell, completion: &Completion) -> Notice {
    match completion.run.finished_at {
        Some(at) => Notice::success(plan::ended(&shell.when(at).exact())),
        None => ledger::notice(shell, &completion.run, &completion.entries),
    }
}
