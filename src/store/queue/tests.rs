//! The SQL of filters: clauses that an index serves, and nothing that somebody typed.

use chrono::DateTime;

use super::*;
use crate::identity::PersonId;
use crate::onboarding::situation::SituationCode;

fn sql(filter: &Filter) -> String {
    let mut sql = sqlx::QueryBuilder::new("");
    filter.push(&mut sql);
    filter.order.push(&mut sql);
    sql.into_string()
}

#[test]
fn a_filter_becomes_the_clauses_of_its_index() {
    let open = Filter::open(DateTime::UNIX_EPOCH);
    let by = |by, descending| Order { by, descending };
    let cases = [
        (
            open.clone(),
            "urgency < 4 order by urgency, urgent_at, line_id",
        ),
        (
            Filter {
                situation: Some(SituationCode::KeyRejected),
                ..open.clone()
            },
            "true and situation = $1 order by urgency, urgent_at, line_id",
        ),
        (
            Filter {
                situation: Some(SituationCode::Idle),
                ..open.clone()
            },
            "true and situation = $1 and progress_at <= $2 order by urgency, urgent_at, line_id",
        ),
        (
            Filter {
                order: by(SortBy::Firm, true),
                assignee: Some(Assignee::Person(PersonId::NIL)),
                ..open.clone()
            },
            "is_open and assignee_id = $1 order by firm_key desc, line_id desc",
        ),
        (
            Filter {
                view: Some(View::CompletedSince(DateTime::UNIX_EPOCH)),
                state: LineState::All,
                order: by(SortBy::Completion, true),
                ..open.clone()
            },
            "true and completed_at >= $1 order by completed_at desc, line_id desc",
        ),
        (
            Filter {
                state: LineState::Closed,
                stage: Some(Stage::Verify),
                order: by(SortBy::Due, false),
                ..open.clone()
            },
            "not is_open and situation = 'closed' and stage = $1 \
             order by coalesce(due_at, 'infinity'), line_id",
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(sql(&filter), expected, "{filter:?}");
    }
}

#[test]
fn a_mark_goes_on_behind_its_row_in_either_direction() {
    let by = |by, descending| Order { by, descending };
    let id = "0197f3a07c1e7b449d3f0a1b2c3d4e5f";
    for (text, order, expected) in [
        (
            "2.1000",
            Order::URGENCY,
            " and (urgency, urgent_at, line_id) > ($1, $2, $3)",
        ),
        (
            "acme ~ sons",
            by(SortBy::Firm, true),
            " and (firm_key, line_id) < ($1, $2)",
        ),
        (
            "none",
            by(SortBy::Due, false),
            " and (coalesce(due_at, 'infinity'), line_id) > ('infinity'::timestamptz, $1)",
        ),
        (
            "none",
            by(SortBy::Contact, true),
            " and (coalesce(contacted_at, '-infinity'), line_id) < ('-infinity'::timestamptz, $1)",
        ),
        (
            "1000",
            by(SortBy::Progress, false),
            " and (progress_at, line_id) > ($1, $2)",
        ),
    ] {
        let text = format!("{text}~{id}");
        let mark = Mark::parse(&text, order.by).unwrap_or_else(|| panic!("{text} is a mark"));
        assert_eq!(mark.to_string(), text);
        let mut sql = sqlx::QueryBuilder::new("");
        mark.push(&mut sql, order);
        assert_eq!(sql.into_string(), expected);
    }
}
