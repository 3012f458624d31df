use super::*;

fn asked(query: &str) -> QueueQuery {
    let mut asked = QueueQuery::default();
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
    let address =
        asked("view=x&reason=x&step=x&waiting=x&assignee=x&state=x&sort=x&after=x&before=1.2~x");
    assert_eq!(address.read(), Address::default());
    assert_eq!(address.page(Order::URGENCY), QueuePage::First);
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
            assert_eq!(address.page(order), QueuePage::First, "{mark} {order:?}");
        }
    }
    let far = "after=2.9223372036854775807~0197f3a07c1e7b449d3f0a1b2c3d4e5f";
    assert_eq!(asked(far).page(Order::URGENCY), QueuePage::First);
}

#[test]
fn what_is_open_is_meant_unless_somebody_says_otherwise() {
    for (query, state) in [
        ("", LineState::Open),
        ("q=acme", LineState::All),
        ("q=acme&state=closed", LineState::Closed),
        ("state=all", LineState::All),
        ("reason=closed", LineState::Closed),
        ("reason=connected&state=open", LineState::Connected),
        ("reason=idle&state=closed", LineState::Open),
        ("view=stalled&state=closed", LineState::Open),
        ("view=mine&state=closed", LineState::Closed),
        ("view=completed", LineState::All),
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
