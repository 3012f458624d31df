//! A device in words, as far as its browser tells.

use super::pages;

/// `Firefox on Windows`: enough to recognise one's own device.
pub(crate) fn in_words(user_agent: Option<&str>) -> String {
    let Some(text) = user_agent else {
        return pages::device(None, None);
    };
    // The order matters: most browsers also name those that they imitate.
    let browser = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let system = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| text.contains(mark))
            .map(|(_, name)| *name)
    };
    pages::device(find(&browser), find(&system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_devices_are_recognised() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        for (user_agent, words) in [
            (Some(edge), "Edge on Windows"),
            (Some(iphone), "Safari on iPhone"),
            (Some("curl/8.0"), "Unknown device"),
            (None, "Unknown device"),
        ] {
            assert_eq!(in_words(user_agent), words);
        }
    }
}
