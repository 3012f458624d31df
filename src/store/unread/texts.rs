//! What is kept of texts that cannot be read.

use std::collections::HashMap;

use super::MOST_EVENTS;
use crate::store::content_hash;

/// The longest text of a row that is kept.
const LONGEST_ROW: usize = 16 * 1024;
/// The longest text of a delivery that is kept.
const LONGEST_EVENT: usize = 256 * 1024;

/// A text that cannot be read, as it is kept.
#[derive(Debug)]
pub(crate) struct NewUnread {
    pub hash: [u8; 32],
    pub body: String,
    /// Whether more of it came than is kept.
    pub is_cut: bool,
    /// How often it came.
    pub times: i32,
}

/// Texts that cannot be read: each once, counted, and cut to what is kept.
#[derive(Debug)]
pub(crate) struct UnreadTexts {
    longest: usize,
    most: usize,
    positions: HashMap<[u8; 32], usize>,
    kept: Vec<NewUnread>,
}

impl UnreadTexts {
    /// Rows of a list.
    pub(crate) fn of_rows() -> Self {
        Self::new(LONGEST_ROW, usize::MAX)
    }

    /// What was delivered: no more than are kept of a hook.
    pub(crate) fn of_deliveries() -> Self {
        Self::new(LONGEST_EVENT, MOST_EVENTS)
    }

    fn new(longest: usize, most: usize) -> Self {
        Self {
            longest,
            most,
            positions: HashMap::new(),
            kept: Vec::new(),
        }
    }

    /// Adds a text without its secrets; `is_cut` if it is only the beginning of what came.
    pub(crate) fn add(&mut self, mut body: String, is_cut: bool) {
        let hash = content_hash(&body);
        if let Some(position) = self.positions.get(&hash) {
            self.kept[*position].times += 1;
        } else if self.kept.len() < self.most {
            self.positions.insert(hash, self.kept.len());
            let is_cut = is_cut || body.len() > self.longest;
            body.truncate(body.floor_char_boundary(self.longest));
            let times = 1;
            self.kept.push(NewUnread {
                hash,
                body,
                is_cut,
                times,
            });
        }
    }

    /// What is kept, in the order in which it came.
    pub(crate) fn kept(&self) -> &[NewUnread] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_counted_and_cut() {
        for (mut texts, longest) in [
            (UnreadTexts::of_rows(), LONGEST_ROW),
            (UnreadTexts::of_deliveries(), LONGEST_EVENT),
        ] {
            texts.add("{".to_owned(), false);
            texts.add("é".repeat(longest), false);
            texts.add("{".to_owned(), false);
            texts.add("[1,".to_owned(), true);
            let kept = texts.kept().iter();
            let kept: Vec<_> = kept
                .map(|text| (text.body.len(), text.times, text.is_cut))
                .collect();
            assert_eq!(kept, [(1, 2, false), (longest, 1, true), (3, 1, true)]);
        }
    }

    #[test]
    fn no_more_deliveries_are_taken_than_are_kept() {
        let mut texts = UnreadTexts::of_deliveries();
        for place in 0..2 * MOST_EVENTS {
            texts.add(place.to_string(), false);
        }
        assert_eq!(texts.kept().len(), MOST_EVENTS);
        texts.add("0".to_owned(), false);
        assert_eq!(texts.kept()[0].times, 2);
    }
}
