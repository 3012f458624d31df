//! What the address of the queue says: view, search, filters, order and where the page begins.

use chrono::{DateTime, Datelike, Days, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::identity::PersonId;
use crate::onboarding::Stage;
use crate::onboarding::attention::WaitingOn;
use crate::onboarding::cause::Cause;
use crate::onboarding::search::Search;
use crate::store::queue::{self, Assignee, Filter, Found, Mark, Order, Page, SortBy, State};

/// As it stands in the address. What is not known there counts as not said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
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
pub struct Address {
    pub view: Option<View>,
    pub search: String,
    pub cause: Option<Cause>,
    pub stage: Option<Stage>,
    pub waiting_on: Option<WaitingOn>,
    pub assignee: Option<Who>,
    pub state: Option<State>,
    pub order: Option<Order>,
}

/// A saved view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Stalled,
    Mine,
    NeedsPerson,
    Completed,
}

/// Who looks after an onboarding, as an address says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Person(PersonId),
}

/// Longer than any search that finds something.
const LONGEST_SEARCH: usize = 200;

impl View {
    pub const ALL: [Self; 4] = [
        Self::Stalled,
        Self::Mine,
        Self::NeedsPerson,
        Self::Completed,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::Stalled => "Stalled",
            Self::Mine => "Mine",
            Self::NeedsPerson => "Needs a person",
            Self::Completed => "Completed this week",
        }
    }

    pub fn as_str(self) -> &'static str {
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

impl Asked {
    pub fn read(&self) -> Address {
        Address {
            view: View::from_address(&self.view),
            search: self.q.trim().chars().take(LONGEST_SEARCH).collect(),
            cause: Cause::from_stored(&self.reason),
            stage: Stage::from_stored(&self.step),
            waiting_on: WaitingOn::from_stored(&self.waiting),
            assignee: match self.assignee.as_str() {
                "nobody" => Some(Who::Nobody),
                id => id.parse().ok().map(Who::Person),
            },
            state: State::ALL.into_iter().find(|it| word(*it) == self.state),
            order: read_order(&self.sort),
        }
    }

    /// Which page, in an order.
    pub fn page(&self, order: Order) -> Page {
        let mark = |text: &str| Mark::parse(text, order.by);
        match (mark(&self.after), mark(&self.before)) {
            (Some(mark), _) => Page::After(mark),
            (None, Some(mark)) => Page::Before(mark),
            (None, None) => Page::First,
        }
    }
}

impl Address {
    /// Whether anything narrows the queue beside the view and the order.
    pub fn is_narrowed(&self) -> bool {
        let plain = Self {
            view: self.view,
            order: self.order,
            ..Self::default()
        };
        *self != plain
    }

    /// Whether it is over, or not, that is asked for; unless somebody says otherwise, what
    /// is open, and everything where somebody searches.
    pub fn state(&self) -> State {
        match (self.cause, self.view, self.state) {
            (Some(Cause::Connected), _, _) => State::Connected,
            (Some(Cause::Closed), _, _) => State::Closed,
            (Some(_), _, _) => State::Open,
            (None, Some(View::Stalled | View::NeedsPerson), _) => State::Open,
            (None, Some(View::Completed), None) => State::All,
            (None, _, Some(state)) => state,
            (None, _, None) if self.search.is_empty() => State::Open,
            (None, _, None) => State::All,
        }
    }

    /// The order in effect. Open and closed together have one order alone, unless a search or a
    /// week leaves few.
    pub fn order(&self) -> Order {
        let by_itself = self.view.map_or(Order::URGENCY, View::order);
        let is_wide = self.state() == State::All
            && self.search.is_empty()
            && self.view != Some(View::Completed);
        match self.order {
            Some(order) if order.by == SortBy::Urgency || !is_wide => order,
            Some(_) | None => by_itself,
        }
    }

    /// What there is to look for, if anything.
    pub fn search(&self) -> Option<Search> {
        Search::parse(&self.search)
    }

    /// The filter for whoever reads, at a moment.
    pub fn filter(
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
            cause: self.cause,
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
    pub fn href(&self, path: &str) -> String {
        self.href_with(path, None)
    }

    /// The page behind a mark, or before it: `("after", mark)`.
    pub fn href_with(&self, path: &str, place: Option<(&str, &Mark)>) -> String {
        let mut query = Serializer::new(String::new());
        let mut say = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        say("view", self.view.map_or("", View::as_str));
        say("q", &self.search);
        say("reason", self.cause.map_or("", Cause::as_str));
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
pub fn word(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Connected => "connected",
        State::Closed => "closed",
        State::All => "all",
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
pub fn write_order(order: Order) -> String {
    let found = ORDERS
        .iter()
        .find(|(_, by, descending)| (*by, *descending) == (order.by, order.descending));
    found.map_or("", |(name, _, _)| *name).to_owned()
}

/// When the week began for somebody in a time zone: Monday, at midnight.
pub fn week_began(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let midnight = monday.and_time(chrono::NaiveTime::MIN);
    // Where the clocks are put forward at midnight, the day begins an hour later.
    zone.from_local_datetime(&midnight)
        .earliest()
        .map_or_else(|| midnight.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        let mut asked = Asked::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let field = match &*name {
                "view" => &mut asked.view,
                "q" => &mut asked.q,
                "reason" => &mut asked.reason,
                "step" => &mut asked.step,
                "waiting" => &mut asked.waiting,
                "assignee" => &mut asked.assignee,
                "state" => &mut asked.state,
                "sort" => &mut asked.sort,
                "after" => &mut asked.after,
                "before" => &mut asked.before,
                other => panic!("{other}"),
            };
            *field = value.into_owned();
        }
        asked
    }

    #[test]
    fn an_address_is_written_as_it_was_read() {
        for query in [
            "",
            "view=stalled",
            "view=mine&q=acme+%26+sons&sort=-idle",
            "reason=level_too_low&step=permissions&waiting=procore_admin&assignee=nobody&state=open",
            "assignee=0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f&sort=firm",
            "q=%22%3E%3Cx-evil%3E",
        ] {
            let expected = match query {
                "" => "/support".to_owned(),
                query => format!("/support?{query}"),
            };
            assert_eq!(asked(query).read().href("/support"), expected);
        }
    }

    #[test]
    fn what_is_not_known_counts_as_not_said() {
        let address = asked(
            "view=x&reason=x&step=x&waiting=x&assignee=x&state=x&sort=x&after=x&before=1.2~x",
        );
        assert_eq!(address.read(), Address::default());
        assert_eq!(address.page(Order::URGENCY), Page::First);
        for mark in [
            "",
            "~",
            "2.5~",
            "-1~-1",
            "99999999999999999999.1~1",
            "a~b~c",
        ] {
            let address = asked(&format!("after={mark}"));
            for (_, by, descending) in ORDERS {
                let order = Order { by, descending };
                assert_eq!(address.page(order), Page::First, "{mark} {order:?}");
            }
        }
        let far = "after=2.9223372036854775807~0197f3a07c1e7b449d3f0a1b2c3d4e5f";
        assert_eq!(asked(far).page(Order::URGENCY), Page::First);
    }

    #[test]
    fn what_is_open_is_meant_unless_somebody_says_otherwise() {
        for (query, state) in [
            ("", State::Open),
            ("q=acme", State::All),
            ("q=acme&state=closed", State::Closed),
            ("state=all", State::All),
            ("reason=closed", State::Closed),
            ("reason=connected&state=open", State::Connected),
            ("reason=idle&state=closed", State::Open),
            ("view=stalled&state=closed", State::Open),
            ("view=mine&state=closed", State::Closed),
            ("view=completed", State::All),
        ] {
            assert_eq!(asked(query).read().state(), state, "{query}");
        }
    }

    #[test]
    fn everything_at_once_has_one_order() {
        for (query, by) in [
            ("", SortBy::Urgency),
            ("sort=firm", SortBy::Firm),
            ("sort=firm&state=all", SortBy::Urgency),
            ("sort=firm&state=all&q=acme", SortBy::Firm),
            ("view=completed", SortBy::Completion),
            ("view=completed&sort=firm", SortBy::Firm),
        ] {
            assert_eq!(asked(query).read().order().by, by, "{query}");
        }
    }

    #[test]
    fn a_week_begins_on_monday_at_midnight_where_the_reader_is() {
        for (now, zone, began) in [
            ("2026-03-04T09:00:00Z", Tz::UTC, "2026-03-02T00:00:00Z"),
            ("2026-03-02T00:00:00Z", Tz::UTC, "2026-03-02T00:00:00Z"),
            ("2026-03-01T23:59:59Z", Tz::UTC, "2026-02-23T00:00:00Z"),
            (
                "2026-03-02T03:00:00Z",
                Tz::America__New_York,
                "2026-02-23T05:00:00Z",
            ),
            (
                "2026-04-01T03:00:00Z",
                Tz::Europe__Berlin,
                "2026-03-29T22:00:00Z",
            ),
        ] {
            assert_eq!(
                week_began(now.parse().unwrap(), zone),
                began.parse::<DateTime<Utc>>().unwrap(),
                "{now} {zone}"
            );
        }
    }
}
