//! Turns records as Procore sent them into rows for our table.

use std::collections::HashMap;

use crate::procore::RawRecord;
use crate::store::content_hash;
use crate::store::records::NewRecord;
use crate::store::unread::UnreadTexts;

/// The records of a page, each id once: the later of two wins.
pub(super) fn storable(records: Vec<RawRecord>) -> Vec<NewRecord> {
    let mut positions: HashMap<i64, usize> = HashMap::with_capacity(records.len());
    let mut kept: Vec<NewRecord> = Vec::with_capacity(records.len());
    for record in records {
        let body = String::from(Box::<str>::from(record.body));
        let new = NewRecord {
            procore_id: record.id,
            hash: content_hash(&body),
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

/// The rows of a page that are no records.
pub(super) fn unread(rows: Vec<String>) -> UnreadTexts {
    let mut texts = UnreadTexts::of_rows();
    for row in rows {
        texts.add(row, false);
    }
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

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
