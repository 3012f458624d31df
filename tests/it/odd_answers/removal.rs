//! What is asked and deleted while a closed setup is removed: the list of webhooks, and each of ours.
//!
//! Whatever Procore answers, no webhook of ours is left behind, and nothing that opens Procore is
//! forgotten before.

use concierge::ledger::RunState;
use procore_sandbox::testing::Fail;

use super::webhooks::ELSEWHERE;
use super::writes::{PATH, answered, doubts, refused, unreadable};
use super::*;
use crate::close_case::{assert_forgotten, begin_again, close, count, parked, retry};
use crate::harness::site::{NAMESPACE, Site};

/// Rounds of a quarter of an hour for which a trouble is watched.
const ROUNDS: usize = 4;

/// Works until the removal is done, needs a person or has waited long; returns why it waited.
async fn go_on(site: &Site) -> String {
    let mut met = String::new();
    for _ in 0..ROUNDS {
        site.work().await;
        let entry = site.entry("remove_hooks").await;
        let code = entry.code.map(|code| code.to_string());
        met.push_str(&format!("{} {:?} ", code.unwrap_or_default(), entry.said));
        match site.run().await.state {
            RunState::Running | RunState::Waiting => site.advance(15 * 60).await,
            RunState::NeedsPerson | RunState::Done | RunState::Abandoned => break,
        }
    }
    met
}

/// What is wrong about the removal of a setup while Procore answers so.
async fn meet(site: &Site, ends: Ends) -> Result<(), String> {
    close(site).await.unwrap();
    let met = go_on(site).await;
    let is_done = site.run().await.state == RunState::Done;
    let is_right = match ends {
        Ends::Unnoticed => is_done && !met.contains("PC-"),
        Ends::Told(words) => is_done && met.contains(words),
        Ends::Held(words) => !is_done && met.contains(words),
    };
    if !is_right {
        return Err(format!("not {ends:?}, done {is_done}: {met}"));
    }
    site.sandbox.up().await;
    if !is_done {
        let kept = "select count(*) from credential where firm_id = $1 and secret is not null";
        if count(site, kept).await != 1 {
            return Err("forgotten too early".to_owned());
        }
        site.advance(60 * 60).await;
        if site.run().await.state == RunState::NeedsPerson {
            retry(site).await.unwrap();
        }
        if site.work_to_the_end().await != RunState::Done {
            return Err(format!("does not go on: {}", go_on(site).await));
        }
    }
    Ok(())
}

/// Closes a setup for each row, one firm after the other.
async fn hold(method: &str, rows: Vec<Row>) {
    let mut site = parked().await;
    close(&site).await.unwrap();
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    for _ in 0..5 {
        site.sandbox.create_hook(NAMESPACE, ELSEWHERE, &[]).await;
    }
    let mut wrong = Vec::new();
    for row in rows {
        begin_again(&mut site).await;
        for fail in row.fails {
            let fail = fail.on(PATH).method(method);
            site.sandbox.fail_next(fail).await;
        }
        if let Err(why) = meet(&site, row.ends).await {
            wrong.push(format!("{method}, {}: {why}", row.answer));
            break;
        }
        assert_forgotten(&site, row.answer).await;
        let left = site.sandbox.state().await.hooks;
        let ours = left.iter().filter(|it| it.destination_url != ELSEWHERE);
        if (ours.count(), left.len()) != (0, 5) {
            wrong.push(format!("{method}, {}: left {left:?}", row.answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn list_before_a_removal() {
    const UNKNOWN: Ends = Ends::Held("PC-UNEXPECTED");
    let mut rows = vec![odd_text("/data/0", "namespace")];
    rows.extend(pages(2));
    rows.extend(short_lists(2, UNKNOWN));
    let another = more("/data", another_hook());
    rows.push(Row::of("another app's", another, Ends::Unnoticed));
    rows.extend(no_answers(UNKNOWN));
    hold("GET", rows).await;
}

#[tokio::test]
async fn delete_at_a_removal() {
    let mut rows = doubts();
    // An answer without a body cannot be cut in half.
    rows.extend(unreadable(Ends::Unnoticed).into_iter().skip(1));
    rows.push(refused());
    rows.push(Row::new(
        "gone before",
        [Fail::status(404)],
        Ends::Unnoticed,
    ));
    rows.push(Row::new(
        "deleted by its own word, and still there",
        [Fail::status(204)],
        Ends::Unnoticed,
    ));
    rows.push(Row::of(
        "200 with a body",
        answered(200, "{}"),
        Ends::Unnoticed,
    ));
    hold("DELETE", rows).await;
}
