//! What tells one text that Procore sent from another.

use aws_lc_rs::digest::{SHA256, digest};

/// The hash under which a record, or a text that cannot be read, is known.
pub(crate) fn content_hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}
