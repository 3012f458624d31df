//! `/support`: support's queue, a line per onboarding, in order of urgency.

mod address;
mod export;
mod row;
mod ticked;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use sqlx::PgConnection;

pub(super) use export::get as export;
pub(super) use ticked::post as ticked;

use crate::app::App;
use crate::identity::{DeskVerb, PersonId};
use crate::onboarding::Stage;
use crate::onboarding::situation::{SituationCode, WaitingOn};
use crate::paths;
use crate::store::people;
use crate::store::queue::{
    self, Counts, Filter, ListedLine, MOST_COUNTED, MOST_FOUND, Mark, Order, QueuePage, SortBy,
};
use crate::text::count::{Noun, counted, grouped};
use crate::text::pages;
use crate::text::queue as text;
use crate::web::access::SupportAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::support::case::{assign, snooze};
use crate::web::view::{Column, Notice, Pager, Shell, Sort};
use address::{Address, QueueQuery, View, Who, week_began, word, write_order};
use row::QueueRow;

/// Lines per page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "support/queue.html")]
struct Queue {
    shell: Shell,
    views: Vec<Tab>,
    situations: Vec<Tab>,
    address: Address,
    choices: Choices,
    /// The limit of a search that may have found more.
    cut: Option<String>,
    columns: Vec<Column>,
    rows: Vec<QueueRow>,
    pager: Pager,
    /// What is filled in for the ticked rows.
    form: FormState,
    /// Who can look after them, the reader first.
    assignees: Vec<(String, String)>,
    /// Where the ticked rows are sent.
    ticked: String,
    /// This page, which reads itself again.
    again: String,
    /// What an empty view says.
    empty: &'static str,
    here: &'static str,
    /// The order as the address has it, for the form.
    sort: String,
    /// The same page in order of urgency, if it is in another.
    urgent_first: Option<String>,
    everything: String,
    export: String,
}

/// A link at the top of the page.
struct Tab {
    label: &'static str,
    count: Option<String>,
    href: String,
    current: bool,
}

/// What the filters offer.
struct Choices {
    situations: Vec<FilterOption>,
    stages: Vec<FilterOption>,
    parties: Vec<FilterOption>,
    assignees: Vec<FilterOption>,
    states: Vec<FilterOption>,
}

struct FilterOption {
    value: String,
    label: String,
    chosen: bool,
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
    Query(asked): Query<QueueQuery>,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::SeeQueue)?;
    ok(&build(&app, &support, &asked, FormState::default(), None).await?)
}

/// The page, with what is filled in for the ticked rows; `notice` says what was not done to them.
async fn build(
    app: &App,
    support: &SupportAccess,
    asked: &QueueQuery,
    mut form: FormState,
    notice: Option<Notice>,
) -> Result<Queue, PageError> {
    let mut shell = support.shell(app);
    shell.flash = notice.or(shell.flash);
    let address = asked.read();
    let reader = support.session.person;
    let mut conn = app.queue_db.acquire().await?;
    let (filter, is_cut) = filter(&mut conn, app, &shell, &address, reader).await?;
    let place = asked.page(filter.order);
    let shown = read(&mut conn, &filter, &place).await?;
    let counts = queue::count(&mut conn, filter.idle_since).await?;
    let of_views = View::ALL.map(|view| {
        let week_began = week_began(shell.now, shell.zone);
        Address::of(view).filter(reader, filter.idle_since, week_began, None)
    });
    let of_views = queue::count_each(&mut conn, &of_views).await?;
    let staff = people::list_support_names(&mut conn).await?;
    drop(conn);

    form.propose("day", || snooze::proposed(&shell));
    form.propose("to", || reader.to_string());
    Ok(Queue {
        views: views(&address, counts.open(), &of_views),
        situations: situations(&address, &counts),
        choices: choices(&address, &staff),
        cut: is_cut.then(|| grouped(MOST_FOUND)),
        columns: columns(&address),
        pager: shown.pager(&address, filter.order),
        rows: shown
            .listed
            .into_iter()
            .map(|it| QueueRow::new(&shell, it, filter.idle_since, &staff))
            .collect(),
        form,
        assignees: assign::choices_of(&staff, Some(reader)),
        ticked: address.href(paths::SUPPORT_TICKED),
        again: match &place {
            QueuePage::First => address.href(paths::SUPPORT),
            QueuePage::After(mark) => address.href_with(paths::SUPPORT, Some(("after", mark))),
            QueuePage::Before(mark) => address.href_with(paths::SUPPORT, Some(("before", mark))),
        },
        empty: match address.view {
            Some(View::Mine) => text::NOTHING_MINE,
            Some(View::Stalled | View::NeedsPerson | View::Completed) | None => text::NOTHING_HERE,
        },
        here: paths::SUPPORT,
        sort: address.order.map_or(String::new(), write_order),
        urgent_first: urgent_first(&address),
        everything: Address {
            view: address.view,
            ..Address::default()
        }
        .href(paths::SUPPORT),
        export: address.href(paths::SUPPORT_EXPORT),
        address,
        shell,
    })
}

/// The filter that the address asks for, and whether the search was cut off.
async fn filter(
    conn: &mut PgConnection,
    app: &App,
    shell: &Shell,
    address: &Address,
    reader: PersonId,
) -> Result<(Filter, bool), PageError> {
    let found = match address.search() {
        Some(search) => Some(queue::find(conn, &search).await?),
        None => None,
    };
    let is_cut = found.as_ref().is_some_and(|found| found.is_cut);
    let idle_since = shell.now - app.config.stall_after;
    let week_began = week_began(shell.now, shell.zone);
    let filter = address.filter(reader, idle_since, week_began, found);
    Ok((filter, is_cut))
}

/// A page of the queue, and whether there are others.
struct ListedPage {
    listed: Vec<ListedLine>,
    has_previous: bool,
    has_next: bool,
}

async fn read(
    conn: &mut PgConnection,
    filter: &Filter,
    page: &QueuePage,
) -> Result<ListedPage, PageError> {
    // One row more than is shown tells whether there is a next page.
    let one_more = PAGE + 1;
    let mut listed = queue::list(conn, filter, page, one_more).await?;
    let more = listed.len() > PAGE as usize;
    Ok(match page {
        QueuePage::First | QueuePage::After(_) => {
            listed.truncate(PAGE as usize);
            ListedPage {
                listed,
                has_previous: matches!(page, QueuePage::After(_)),
                has_next: more,
            }
        }
        QueuePage::Before(_) if more => {
            listed.remove(0);
            ListedPage {
                listed,
                has_previous: true,
                has_next: true,
            }
        }
        // Back at the start: show a whole first page.
        QueuePage::Before(_) => Box::pin(read(conn, filter, &QueuePage::First)).await?,
    })
}

impl ListedPage {
    fn pager(&self, address: &Address, order: Order) -> Pager {
        let to = |name: &str, listed: Option<&ListedLine>| {
            let mark = listed.map(|it| Mark::of(it, order.by));
            address.href_with(paths::SUPPORT, mark.as_ref().map(|mark| (name, mark)))
        };
        let shown = self.listed.len();
        Pager {
            first: None,
            showing: match self.has_previous || self.has_next {
                true => text::onboardings_on_page(shown),
                false => counted(shown, Noun::Onboarding),
            },
            previous: self.has_previous.then(|| to("before", self.listed.first())),
            next: self.has_next.then(|| to("after", self.listed.last())),
        }
    }
}

/// The link back to the order of urgency.
fn urgent_first(address: &Address) -> Option<String> {
    let other = Address {
        order: None,
        ..address.clone()
    };
    (address.order() != other.order()).then(|| other.href(paths::SUPPORT))
}

/// The saved views, each with its count.
fn views(address: &Address, open: i64, counts: &[i64]) -> Vec<Tab> {
    let all = Tab {
        label: text::ALL_OPEN,
        count: Some(up_to_a_thousand(open)),
        href: paths::SUPPORT.to_owned(),
        current: address.view.is_none(),
    };
    let view = |(view, count): (View, &i64)| Tab {
        label: view.label(),
        count: Some(up_to_a_thousand(*count)),
        href: Address::of(view).href(paths::SUPPORT),
        current: address.view == Some(view),
    };
    let views = View::ALL.into_iter().zip(counts).map(view);
    [all].into_iter().chain(views).collect()
}

/// The situations that occur, each with its count.
fn situations(address: &Address, counts: &Counts) -> Vec<Tab> {
    let tab = |situation: SituationCode| {
        let current = address.situation == Some(situation);
        let count = counts.of(situation);
        (count > 0 || current).then(|| Tab {
            label: situation.label(),
            count: Some(up_to_a_thousand(count)),
            // A second click clears the filter.
            href: Address {
                situation: (!current).then_some(situation),
                ..Address::default()
            }
            .href(paths::SUPPORT),
            current,
        })
    };
    SituationCode::ALL.into_iter().filter_map(tab).collect()
}

fn up_to_a_thousand(count: i64) -> String {
    if count > MOST_COUNTED {
        text::more_than(MOST_COUNTED)
    } else {
        grouped(count.max(0))
    }
}

fn choices(address: &Address, staff: &[(PersonId, String)]) -> Choices {
    let choice = |value: &str, label: &str, chosen: bool| FilterOption {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen,
    };
    let nobody = choice(
        "nobody",
        text::NOBODY,
        address.assignee == Some(Who::Nobody),
    );
    let person = |(id, name): &(PersonId, String)| {
        let chosen = address.assignee == Some(Who::Person(*id));
        choice(&id.to_string(), name, chosen)
    };
    let states = [
        (queue::LineState::Open, text::OPEN),
        (queue::LineState::Connected, text::CONNECTED),
        (queue::LineState::Closed, text::CLOSED),
        (queue::LineState::All, text::ALL),
    ];
    Choices {
        situations: SituationCode::ALL
            .map(|it| choice(it.as_str(), it.label(), address.situation == Some(it)))
            .into(),
        stages: Stage::ALL
            .map(|it| choice(it.as_str(), &it.numbered(), address.stage == Some(it)))
            .into(),
        parties: WaitingOn::ALL
            .map(|it| choice(it.as_str(), it.label(), address.waiting_on == Some(it)))
            .into(),
        assignees: [nobody]
            .into_iter()
            .chain(staff.iter().map(person))
            .collect(),
        states: states
            .map(|(it, label)| choice(word(it), label, address.state == Some(it)))
            .into(),
    }
}

fn columns(address: &Address) -> Vec<Column> {
    let order = address.order();
    // The longer ago the last progress, the longer the idle time.
    let sorts = |column: Column, by: SortBy, falls_first: bool| {
        let is_current = order.by == by;
        let turned = Order {
            by,
            descending: is_current && !order.descending,
        };
        let shown = is_current.then_some(match order.descending != falls_first {
            true => Sort::Descending,
            false => Sort::Ascending,
        });
        let href = Address {
            order: Some(turned),
            ..address.clone()
        };
        // Without a choice of orders there is no link.
        if href.order() == turned {
            column.sorts(href.href(paths::SUPPORT), shown)
        } else {
            column
        }
    };
    vec![
        Column::text(text::SELECT),
        sorts(Column::text(pages::FIRM), SortBy::Firm, false),
        Column::text(pages::STEP),
        Column::text(pages::REASON),
        Column::text(pages::WAITING_ON),
        sorts(Column::text(pages::IDLE), SortBy::Progress, true),
        sorts(Column::text(pages::DUE), SortBy::Due, false),
        Column::text(pages::ASSIGNEE),
        sorts(Column::text(pages::LAST_CONTACT), SortBy::Contact, false),
    ]
}
