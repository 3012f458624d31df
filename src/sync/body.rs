//! Turns records as Procore sent them into rows for our table.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};

use crate::procore::RawRecord;
use crate::store::records::NewRecord;
use crate::store::unread::NewUnread;

/// The longest text of an unread row that is kept.
const LONGEST_UNREAD: usize = 16 * 1024;

/// The records of a page, each id once: the later of two wins.
pub(super) fn storable(records: Vec<RawRecord>) -> Vec<NewRecord> {
    let mut positions: HashMap<i64, usize> = HashMap::with_capacity(records.len());
    let mut kept: Vec<NewRecord> = Vec::with_capacity(records.len());
    for record in records {
        let body = String::from(Box::<str>::from(record.body));
        let new = NewRecord {
            procore_id: record.id,
            hash: hash(&body),
            body,
            updated_at: record.updated_at,
        };
        match positions.get(&record.id) {
            Some(position) => kept[*position] = new,
            None => {
                positions.insert(record.id, kept.len());
                kept.push(new);
            }
        }
    }
    kept
}

/// The rows of a page that are no records, the same ones counted, and cut to what is kept.
pub(super) fn unread(rows: Vec<String>) -> Vec<NewUnread> {
    let mut positions: HashMap<[u8; 32], usize> = HashMap::new();
    let mut kept: Vec<NewUnread> = Vec::with_capacity(rows.len());
    for mut body in rows {
        let hash = hash(&body);
        match positions.get(&hash) {
            Some(position) => kept[*position].times += 1,
            None => {
                positions.insert(hash, kept.len());
                body.truncate(body.floor_char_boundary(LONGEST_UNREAD));
                let times = 1;
                kept.push(NewUnread { hash, body, times });
            }
        }
    }
    kept
}

fn hash(body: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, body.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn an_unread_row_is_kept_once_counted_and_cut() {
        let long = "é".repeat(LONGEST_UNREAD);
        let kept = unread(vec!["{".to_owned(), long, "{".to_owned()]);
        let lengths: Vec<_> = kept.iter().map(|row| (row.body.len(), row.times)).collect();
        assert_eq!(lengths, [(1, 2), (LONGEST_UNREAD, 1)]);
    }

    #[test]
    fn a_repeated_id_is_stored_once() {
        let raw = |id, body: &str| RawRecord {
            id,
            updated_at: None,
            body: RawValue::from_string(body.to_owned()).unwrap(),
        };
        let kept = storable(vec![raw(1, "1"), raw(2, "2"), raw(1, "3")]);
        let bodies: Vec<_> = kept.iter().map(|record| record.body.as_str()).collect();
        assert_eq!(bodies, ["3", "2"]);
    }
}
