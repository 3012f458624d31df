//! Lists whose rows come and go while they are read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::json;

use crate::procore::testing::{Fake, json_with, list};
use crate::procore::*;

const PATH: &str = "/rest/v1.0/vendors";
/// When every reading begins.
const NOW: &str = "2026-03-02T09:00:00Z";

/// What happens in Procore between two requests: rows that go and rows that come, by position.
type Edit = (Vec<usize>, Vec<usize>);

/// A list of rows, the edits that are still to come, and whose rows tell when they changed.
struct Moving {
    rows: Vec<u32>,
    edits: Vec<Edit>,
    newest: u32,
    dated: bool,
}

impl Moving {
    fn edit(&mut self) {
        let (gone, new) = self.edits.pop().unwrap_or_default();
        for position in gone {
            if !self.rows.is_empty() {
                self.rows.remove(position % self.rows.len());
            }
        }
        for position in new {
            self.newest += 1;
            self.rows
                .insert(position % (self.rows.len() + 1), self.newest);
        }
    }

    fn row(&self, id: u32, first_new: u32) -> serde_json::Value {
        let changed = if id < first_new {
            "2026-01-01T00:00:00Z"
        } else {
            NOW
        };
        match self.dated {
            true => json!({"id": id.to_string(), "namespace": "ours", "updated_at": changed}),
            false => json!({"id": id.to_string(), "namespace": "ours"}),
        }
    }
}

/// Serves the list in pages of `size`, and edits it after each.
async fn serve(list: Arc<Mutex<Moving>>, size: usize, with_total: bool) -> Fake {
    let first_new = list.lock().unwrap().newest + 1;
    Fake::start(move |seen| {
        let page: usize = seen.query.get("page")?.parse().ok()?;
        let mut list = list.lock().unwrap();
        let shown = list.rows.iter().skip((page - 1) * size).take(size);
        let shown: Vec<_> = shown.map(|id| list.row(*id, first_new)).collect();
        let mut headers = vec![
            ("x-rate-limit-limit", "100000".to_owned()),
            ("x-rate-limit-remaining", "99999".to_owned()),
            ("x-rate-limit-reset", "10".to_owned()),
        ];
        if with_total {
            headers.push(("total", list.rows.len().to_string()));
        }
        list.edit();
        let enveloped = seen.path != PATH;
        let body = if enveloped {
            json!({ "data": shown })
        } else {
            json!(shown)
        };
        Some(json_with(body, &headers))
    })
    .await
}

/// Reads records as a sync does: three times at most, until the list is complete.
async fn records(api: &CompanyApi) -> Option<HashSet<String>> {
    let began: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
    let mut before = HashSet::new();
    for _ in 0..3 {
        let (mut request, mut tally, mut ids) = (list(PATH, 100), Tally::default(), HashSet::new());
        loop {
            let page = api.list_page(&request).await.unwrap();
            let old = |record: &RawRecord| record.updated_at.is_some_and(|at| at < began);
            tally.add_page(page.fresh, page.total, page.records.iter().all(old));
            ids.extend(page.records.iter().map(|record| record.id.to_string()));
            if page.cut_short {
                tally.cut_short();
            }
            match page.next {
                Some(next) => request.page = next,
                None => break,
            }
        }
        tally.end_part();
        if tally.gap(ids.len() as u64, before == ids).is_none() {
            return Some(ids);
        }
        before = ids;
    }
    None
}

fn edits(positions: std::ops::Range<usize>) -> impl Strategy<Value = Edit> {
    let some = || proptest::collection::vec(positions.clone(), 0..3);
    let paired =
        (positions.clone(), positions.clone()).prop_map(|(gone, new)| (vec![gone], vec![new]));
    prop_oneof![
        3 => Just(Edit::default()),
        2 => paired, // the total stays what it was
        1 => (some(), some()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Though rows come and go between two pages, a list that ends as complete holds every row that
    /// was there all the time.
    #[test]
    fn a_complete_list_lacks_no_row_that_was_always_there(
        length in 1u32..24,
        // Fewer rows come at a time than a page has: else the list looks like a page that repeats.
        size in 3usize..9,
        script in proptest::collection::vec(edits(0..24), 0..14),
        with_total: bool,
        dated: bool,
        hooks: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rows: Vec<u32> = (1..=length).collect();
            let moving = Moving { rows: rows.clone(), edits: script, newest: length, dated };
            let moving = Arc::new(Mutex::new(moving));
            let fake = serve(Arc::clone(&moving), size, with_total).await;
            let api = fake.api();
            let complete: Option<HashSet<String>> = match hooks {
                true => api.webhooks().hooks("ours").await.ok().map(|hooks| {
                    hooks.into_iter().map(|hook| hook.id).collect()
                }),
                false => records(&api).await,
            };
            // What the list still holds at the end and held at the start was there all the time.
            let left = moving.lock().unwrap().rows.clone();
            if let Some(complete) = complete {
                for id in left.into_iter().filter(|id| rows.contains(id)) {
                    assert!(complete.contains(&id.to_string()), "{id} is missing");
                }
            }
        });
    }
}

#[tokio::test]
async fn a_row_that_takes_the_place_of_a_deleted_one_hides_no_other() {
    for dated in [false, true] {
        let moving = Moving {
            rows: (1..=9).collect(),
            edits: vec![(vec![0], vec![8])],
            newest: 9,
            dated,
        };
        let fake = serve(Arc::new(Mutex::new(moving)), 3, true).await;
        let read = records(&fake.api()).await.unwrap();
        let expected: HashSet<String> = (2..=10).map(|id| id.to_string()).collect();
        assert_eq!(read, expected);
        // The second reading differs from the first, and the third confirms it.
        assert_eq!(fake.calls().len(), 3 * 3);
    }
}
