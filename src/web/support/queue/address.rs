//! What the address of the queue says: view, search, filters, order and where the page begins.

use chrono::{DateTime, Datelike, Days, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::identity::PersonId;
use crate::onboarding::Stage;
use crate::onboarding::search::Search;
use crate::onboarding::situation::{SituationCode, WaitingOn};
use crate::store::queue::{
    self, Assignee, Filter, Found, LineState, Mark, Order, QueuePage, SortBy,
};
use crate::text::queue as text;

/// As it stands in the address. What is not known there counts as not said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct QueueQuery {
    view: String,
    q: String,
    reason: String,
    step: String,
    waiting: String,
    assignee: String,
    state: String,
    sort: String,
    after: String,
    before: String,
}

/// The same, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub view: Option<View>,
    pub search: String,
    pub situation: Option<SituationCode>,
    pub stage: Option<Stage>,
    pub waiting_on: Option<WaitingOn>,
    pub assignee: Option<Who>,
    pub state: Option<LineState>,
    pub order: Option<Order>,
}

/// A saved view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Stalled,
    Mine,
    NeedsPerson,
    Completed,
}

/// Who looks after an onboarding, as an address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    Person(PersonId),
}

/// Longer than any search that finds something.
const LONGEST_SEARCH: usize = 200;

impl View {
    pub(crate) const ALL: [Self; 4] = [
        Self::Stalled,
        Self::Mine,
        Self::NeedsPerson,
        Self::Completed,
    ];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Stalled => text::STALLED,
            Self::Mine => text::MINE,
            Self::NeedsPerson => text::NEEDS_PERSON,
            Self::Completed => text::COMPLETED,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Mine => "mine",
            Self::NeedsPerson => "needs-person",
            Self::Completed => "completed",
        }
    }

    fn from_address(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.as_str() == text)
    }

    fn order(self) -> Order {
        match self {
            Self::Stalled | Self::Mine | Self::NeedsPerson => Order::URGENCY,
            Self::Completed => Order {
                by: SortBy::Completion,
                descending: true,
            },
        }
    }
}

impl QueueQuery {
    pub(crate) fn read(&self) -> Address {
        Address {
            view: View::from_address(&self.view),
            search: self.q.trim().chars().take(LONGEST_SEARCH).collect(),
            situation: SituationCode::from_stored(&self.reason),
            stage: Stage::from_stored(&self.step),
            waiting_on: WaitingOn::from_stored(&self.waiting),
            assignee: match self.assignee.as_str() {
                "nobody" => Some(Who::Nobody),
                id => id.parse().ok().map(Who::Person),
            },
            state: LineState::ALL
                .into_iter()
                .find(|it| word(*it) == self.state),
            order: read_order(&self.sort),
        }
    }

    /// Which page, in an order.
    pub(crate) fn page(&self, order: Order) -> QueuePage {
        let mark = |text: &str| Mark::parse(text, order.by);
        match (mark(&self.after), mark(&self.before)) {
            (Some(mark), _) => QueuePage::After(mark),
            (None, Some(mark)) => QueuePage::Before(mark),
            (None, None) => QueuePage::First,
        }
    }
}

impl Address {
    /// A saved view as it is.
    pub(super) fn of(view: View) -> Self {
        Self {
            view: Some(view),
            ..Self::default()
        }
    }

    /// Whether anything narrows the queue beside the view and the order.
    pub(crate) fn is_narrowed(&self) -> bool {
        let plain = Self {
            view: self.view,
            order: self.order,
            ..Self::default()
        };
        *self != plain
    }

    /// Whether it is over, or not, that is asked for; unless somebody says otherwise, what
    /// is open, and everything where somebody searches.
    pub(crate) fn state(&self) -> LineState {
        match (self.situation, self.view, self.state) {
            (Some(SituationCode::Connected), _, _) => LineState::Connected,
            (Some(SituationCode::Closed), _, _) => LineState::Closed,
            (Some(_), _, _) => LineState::Open,
            (None, Some(View::Stalled | View::NeedsPerson), _) => LineState::Open,
            (None, Some(View::Completed), None) => LineState::All,
            (None, _, Some(state)) => state,
            (None, _, None) if self.search.is_empty() => LineState::Open,
            (None, _, None) => LineState::All,
        }
    }

    /// The order in effect. Open and closed together have one order alone, unless a search or a
    /// week leaves few.
    pub(crate) fn order(&self) -> Order {
        let by_itself = self.view.map_or(Order::URGENCY, View::order);
        let is_wide = self.state() == LineState::All
            && self.search.is_empty()
            && self.view != Some(View::Completed);
        match self.order {
            Some(order) if order.by == SortBy::Urgency || !is_wide => order,
            Some(_) | None => by_itself,
        }
    }

    /// What there is to look for, if anything.
    pub(crate) fn search(&self) -> Option<Search> {
        Search::parse(&self.search)
    }

    /// The filter for the signed-in person, at a time.
    pub(crate) fn filter(
        &self,
        reader: PersonId,
        idle_since: DateTime<Utc>,
        week_began: DateTime<Utc>,
        found: Option<Found>,
    ) -> Filter {
        let view = self.view.and_then(|view| match view {
            View::Stalled => Some(queue::View::Stalled),
            View::NeedsPerson => Some(queue::View::NeedsPerson),
            View::Completed => Some(queue::View::CompletedSince(week_began)),
            View::Mine => None,
        });
        let assignee = match (self.view, self.assignee) {
            (Some(View::Mine), _) => Some(Assignee::Person(reader)),
            (_, Some(Who::Nobody)) => Some(Assignee::Nobody),
            (_, Some(Who::Person(person))) => Some(Assignee::Person(person)),
            (_, None) => None,
        };
        Filter {
            state: self.state(),
            view,
            situation: self.situation,
            stage: self.stage,
            waiting_on: self.waiting_on,
            assignee,
            // A search for nothing but punctuation finds nothing.
            firms: match found {
                Some(found) => Some(found.firms),
                None if self.search.is_empty() => None,
                None => Some(Vec::new()),
            },
            idle_since,
            order: self.order(),
        }
    }

    /// The address at `path`.
    pub(crate) fn href(&self, path: &str) -> String {
        self.href_with(path, None)
    }

    /// The page behind a mark, or before it: `("after", mark)`.
    pub(crate) fn href_with(&self, path: &str, place: Option<(&str, &Mark)>) -> String {
        let mut query = Serializer::new(String::new());
        let mut say = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        say("view", self.view.map_or("", View::as_str));
        say("q", &self.search);
        say("reason", self.situation.map_or("", SituationCode::as_str));
        say("step", self.stage.map_or("", Stage::as_str));
        say("waiting", self.waiting_on.map_or("", WaitingOn::as_str));
        match self.assignee {
            None => {}
            Some(Who::Nobody) => say("assignee", "nobody"),
            Some(Who::Person(person)) => say("assignee", &person.to_string()),
        }
        say("state", self.state.map_or("", word));
        say("sort", &self.order.map_or(String::new(), write_order));
        if let Some((name, mark)) = place {
            say(name, &mark.to_string());
        }
        let query = query.finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }
}

/// The word for a state in an address.
pub(super) fn word(state: LineState) -> &'static str {
    match state {
        LineState::Open => "open",
        LineState::Connected => "connected",
        LineState::Closed => "closed",
        LineState::All => "all",
    }
}

/// Columns that can be sorted by, by their name in an address; the longest idle comes first when
/// idle time falls.
const ORDERS: [(&str, SortBy, bool); 10] = [
    ("urgency", SortBy::Urgency, false),
    ("-urgency", SortBy::Urgency, true),
    ("firm", SortBy::Firm, false),
    ("-firm", SortBy::Firm, true),
    ("-idle", SortBy::Progress, false),
    ("idle", SortBy::Progress, true),
    ("due", SortBy::Due, false),
    ("-due", SortBy::Due, true),
    ("contact", SortBy::Contact, false),
    ("-contact", SortBy::Contact, true),
];

fn read_order(text: &str) -> Option<Order> {
    let (_, by, descending) = *ORDERS.iter().find(|(name, _, _)| *name == text)?;
    Some(Order { by, descending })
}

/// The order as an address says it.
pub(crate) fn write_order(order: Order) -> String {
    let found = ORDERS
        .iter()
        .find(|(_, by, descending)| (*by, *descending) == (order.by, order.descending));
    found.map_or("", |(name, _, _)| *name).to_owned()
}

/// When the week began for somebody in a time zone: Monday, at midnight.
pub(crate) fn week_began(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let midnight = monday.and_time(chrono::NaiveTime::MIN);
    // Where the clocks are put forward at midnight, the day begins an hour later.
    zone.from_local_datetime(&midnight)
        .earliest()
        .map_or_else(|| midnight.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
