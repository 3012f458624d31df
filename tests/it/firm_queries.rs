//! Every query on a table of a firm's names its firm, or stands here with the reason why it cannot.

use std::fs;

use crate::harness::db::TestDb;

/// Queries that name no firm, each by words of its own, and why.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    (
        "the queue of work belongs to the installation; its rows are known by kind and key",
        &[
            "update work set lease_until",
            "select exists (select from work where kind",
            "select due_at from work",
            "insert into work (kind, key, due_at)",
            "delete from work where kind",
            "from work where (lease_until is not null or due_at",
            "from work where kind = $1 and key = $2 and (lease_until",
            "with room as ( select * from unnest",
        ],
    ),
    (
        "the work on new events is put for the connections of all firms together",
        &["with lacking as materialized", "with recursive waiting as"],
    ),
    (
        "the outbox belongs to the installation; a mail is known by its id",
        &["update mail set", "from mail where mail_id = $1"],
    ),
    (
        "a link, an address or a session says who somebody is before their firm is known",
        &[
            "from person_link where token_hash = $1",
            "update person_link set used_at = $2 where link_id = $1",
            "update person_link set ended_at = $2 where kind = 'reset'",
            "update person_link set ended_at = $2 where link_id = $1 and kind = 'keep_factor'",
            "where m.person_id = p.person_id and f.second_factor_required",
            "from membership m join firm f on f.firm_id = m.firm_id where m.person_id = $1",
            "select max(s.at) from activity s where s.actor_id = m.person_id",
            "from activity where actor_id = $1 and (verb like 'account.%'",
        ],
    ),
    (
        "an invitation is a firm's or support's, so its firm may be null",
        &[
            "update person_link set ended_at = $5",
            "update person_link set ended_at = $3 where link_id = $1",
            "from person_link where kind = 'invitation' and address = $1",
            "from person_link where support_role is not null",
        ],
    ),
    (
        "what was counted of all firms is folded together",
        &["delete from project_change where change_id = any"],
    ),
    (
        "support's console spans all firms",
        &[
            "select furthest, situation",
            "(completed_at at time zone $3)::date",
            "from queue_tally where situation",
            "with near as materialized",
            "from firm_word w where w.word",
            "with took as",
            "with latest as materialized",
            "from queue_line join onboarding using (firm_id, onboarding_id) where archived_at is null",
            "where o.onboarding_id = any($1) and i.ended_at is null",
            "from onboarding o join firm f on f.firm_id = o.firm_id left join",
            "from vendor_install i left join company_claim",
        ],
    ),
    (
        "a support person who is removed loses what they had at every firm",
        &[
            "update queue_line set assignee_id = null",
            "update support_grant set ended_at = $2 where person_id = $1",
        ],
    ),
    (
        "a sweep looks for what is due at any firm, and names the firm in what it does then",
        &[
            "from hand_over where finished_at is null",
            "from queue_line where watch_at <= $1",
            "update support_grant g set ended_at = g.expires_at",
            "select firm_id, connection_id, paused_at from connection where state = 'connected'",
            "update project p set events_lost_at = $1 from connection c",
            "delete from unread_event where last_received_at",
            "update credential set state = 'refused', secret = null, retired_at = $2 where state",
            "delete from unread_record where last_seen_at",
            "delete from address_test where expires_at",
            "delete from reference_file where uploaded_at",
            "delete from procore_sign_in where expires_at",
            "delete from install_wait where ends_at",
            "from install_wait w join onboarding o using",
            "select from check_run join connection using (firm_id, connection_id)",
        ],
    ),
    (
        "what Procore sends back names no firm: the state is looked up by its hash",
        &["update procore_sign_in set returned_at = $2 where state_hash = $1"],
    ),
    (
        "a company is claimed by one firm of all",
        &["from company_claim where environment = $1"],
    ),
    (
        "an address in Procore names its firm itself",
        &["as address (owner, hash)"],
    ),
    (
        "Procore's token is asked for by its credential, whose firm this looks up",
        &["from credential where credential_id = $1"],
    ),
    (
        "the function is given the firm",
        &["from counting_check_run($1, $2, 'permissions')"],
    ),
];

/// The words of a statement; every other sign is one of its own.
fn words(sql: &str) -> Vec<&str> {
    let is_sign = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
    sql.split_inclusive(is_sign)
        .flat_map(|part| {
            let end = part.rfind(is_sign).unwrap_or(part.len());
            let (word, sign) = part.split_at(end);
            [word, sign.trim()]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a statement names the firm of every table of a firm's that it reads or writes.
fn names_its_firm(sql: &str, tables: &[String]) -> bool {
    let words = words(sql);
    let is_table = |word: &str| tables.iter().any(|table| table == word);
    let (mut used, mut named, mut given) = (0, 0, false);
    for (at, word) in words.iter().enumerate() {
        let next = |by: usize| words.get(at + by).copied().unwrap_or_default();
        let before = |by: usize| at.checked_sub(by).map_or("", |at| words[at]);
        match *word {
            "from" | "join" | "into" | "update" | "using" if is_table(next(1)) => {
                used += 1;
                let columns = words[at..].iter().take_while(|word| **word != ")");
                if *word == "into" && columns.into_iter().any(|word| *word == "firm_id") {
                    (named, given) = (named + 1, true);
                }
            }
            word if word.rsplit('.').next() == Some("firm_id") => {
                let is_equal = next(1) == "=";
                let is_shared = before(1) == "(" && before(2) == "using";
                named += usize::from(is_equal || is_shared);
                given |= is_equal && next(2).starts_with('$');
            }
            _ => {}
        }
    }
    used == 0 || (named >= used && given)
}

/// A statement on one line, without comments.
fn on_one_line(sql: &str) -> String {
    let lines = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or(line));
    let text: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    text.join(" ")
}

#[tokio::test]
async fn every_query_names_its_firm_or_says_why_not() {
    let db = TestDb::create().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select t::text from (select firm_tables(false) union all select firm_tables(true)) f (t)",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    let folder = format!("{}/.sqlx", env!("CARGO_MANIFEST_DIR"));
    let mut unnamed = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let described: serde_json::Value = serde_json::from_str(&text).unwrap();
        let sql = on_one_line(described["query"].as_str().unwrap());
        if !names_its_firm(&sql, &tables) {
            unnamed.push(sql);
        }
    }
    let excused: Vec<&str> = EXCEPTIONS
        .iter()
        .flat_map(|(_, words)| *words)
        .copied()
        .collect();
    let is_excused = |sql: &String| excused.iter().any(|words| sql.contains(words));
    let without_reason: Vec<&String> = unnamed.iter().filter(|sql| !is_excused(sql)).collect();
    assert!(
        without_reason.is_empty(),
        "name the firm: {without_reason:#?}"
    );
    for words in excused {
        let is_needed = unnamed.iter().any(|sql| sql.contains(words));
        assert!(is_needed, "nothing is excused by {words:?} any more");
    }
}

#[test]
fn a_query_that_names_no_firm_is_told_from_one_that_does() {
    let tables = ["hook".to_owned(), "run".to_owned()];
    for (sql, names) in [
        ("select * from hook where firm_id = $1", true),
        ("select * from hook where hook_id = $1", false),
        ("select firm_id from hook where hook_id = $1", false),
        (
            "select * from hook h join run r on r.firm_id = h.firm_id where h.firm_id = $1",
            true,
        ),
        (
            "select * from hook h join run r on r.run_id = h.hook_id where h.firm_id = $1",
            false,
        ),
        ("select * from hook join run using (firm_id, id)", false),
        ("insert into hook (hook_id, firm_id) values ($1, $2)", true),
        ("insert into hook (hook_id) values ($1)", false),
        ("select * from person where person_id = $1", true),
    ] {
        assert_eq!(names_its_firm(sql, &tables), names, "{sql}");
    }
}
