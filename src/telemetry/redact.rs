//! Keeps the secret parts of addresses out of logs.

use std::borrow::Cow;

use crate::paths;

/// Replaces a secret segment of a path.
const HIDDEN: &str = "{token}";

/// Segments of this length or more count as tokens anywhere: ours have 43 characters, ids 36.
const TOKEN_LIKE: usize = 40;

/// A path that may be logged: without the tokens that some of our addresses carry.
///
/// Takes the path alone; queries are never logged. A part with escapes is hidden as well, because
/// it may spell one of our words in another way, and then everything behind it.
pub(crate) fn loggable_path(path: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = path.split('/').collect();
    let words: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let token = paths::before_token().find_map(|before| {
        let mut rest = words.iter();
        let parts = before.split('/').filter(|part| !part.is_empty());
        let matches = parts.map(Some).all(|part| rest.next().copied() == part);
        rest.next().filter(|_| matches).copied()
    });
    let mut escaped = false;
    let shown: Vec<&str> = parts
        .iter()
        .map(|part| {
            escaped |= part.contains('%');
            let is_token = part.len() >= TOKEN_LIKE || token == Some(part);
            if is_token || (escaped && !part.is_empty()) {
                HIDDEN
            } else {
                part
            }
        })
        .collect();
    if shown == parts {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(shown.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_hidden_and_the_rest_is_kept() {
        let firm = "/firms/0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f/procore/setup/verify";
        let long = "a".repeat(43);
        let table = [
            ("/", "/"),
            (firm, firm),
            ("/sign-in", "/sign-in"),
            ("/reset", "/reset"),
            ("/reset/", "/reset/"),
            ("/reset/abc", "/reset/{token}"),
            ("/invitations/abc", "/invitations/{token}"),
            ("//invitations//abc", "//invitations//{token}"),
            ("/handover/abc/check", "/handover/{token}/check"),
            ("/webhooks/procore/abc", "/webhooks/procore/{token}"),
            ("/webhooks", "/webhooks"),
            (&format!("/anything/{long}/else"), "/anything/{token}/else"),
            ("/%69nvitations/abc", "/{token}/{token}"),
            ("", ""),
        ];
        for (path, shown) in table {
            assert_eq!(loggable_path(path), shown, "{path}");
        }
    }
}
