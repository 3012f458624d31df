//! What a browser got. Every page that it shows is held to what all pages have in common.

use std::collections::HashSet;
use std::sync::OnceLock;

use axum::http::{HeaderMap, header};
use scraper::{ElementRef, Html, Selector};

/// The most bytes of HTML before compression. The browser stories weigh whole pages as they are
/// transferred.
const LARGEST: usize = 80_000;

/// An answer, and the page in it.
pub(crate) struct Page {
    /// What was asked for, for messages.
    asked: String,
    pub status: u16,
    /// Where it leads instead of being a page.
    pub location: Option<String>,
    pub headers: HeaderMap,
    pub html: String,
    /// Read once it is asked for.
    document: OnceLock<Html>,
}

/// A form of a page.
pub(crate) struct Form {
    pub action: String,
    pub fields: Vec<Field>,
}

/// A field of a form, as the page came with it.
pub(crate) struct Field {
    pub name: String,
    pub value: String,
    pub hidden: bool,
}

impl Form {
    /// Whether sending it signs somebody out.
    pub(crate) fn ends_session(&self) -> bool {
        self.action.contains("/sign-out") || self.action.contains("/sessions/")
    }
}

impl Page {
    pub(super) fn new(asked: String, status: u16, headers: HeaderMap, html: String) -> Self {
        let location = headers
            .get(header::LOCATION)
            .map(|value| value.to_str().unwrap().to_owned());
        let page = Self {
            asked,
            status,
            location,
            headers,
            html,
            document: OnceLock::new(),
        };
        let kind = page.header("content-type").unwrap_or_default();
        if kind.starts_with("text/html") {
            page.hold_to_the_rules();
        }
        if kind.starts_with("text/csv") {
            let marked = page.html.starts_with('\u{feff}');
            assert!(marked, "{}: Excel takes it for UTF-8", page.asked);
        }
        page
    }

    fn document(&self) -> &Html {
        let read = || Html::parse_document(&self.html);
        self.document.get_or_init(read)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The title without the product's name.
    pub(crate) fn title(&self) -> String {
        let title = self.texts("title").concat();
        title
            .rsplit_once(" · ")
            .map_or(title.clone(), |(title, _)| title.to_owned())
    }

    pub(crate) fn h1(&self) -> String {
        self.texts("h1").concat()
    }

    /// Everything that can be read on the page.
    pub(crate) fn text(&self) -> String {
        self.texts("body").concat()
    }

    pub(crate) fn has_text(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// What stands at a refused field; empty if nothing.
    pub(crate) fn error_for(&self, field: &str) -> String {
        let at_field = self.texts(&format!("#{field}-error"));
        let message = at_field.concat();
        message.trim_start_matches("Error: ").to_owned()
    }

    /// What a field holds.
    pub(crate) fn value_of(&self, field: &str) -> String {
        let html = self.document();
        let select = selector(&format!("[name='{field}']"));
        let Some(element) = html.select(&select).next() else {
            panic!("{} has no field {field}", self.asked);
        };
        match element.value().name() {
            "textarea" => element.text().collect(),
            "select" => element
                .select(&selector("option[selected]"))
                .next()
                .and_then(|option| option.attr("value"))
                .unwrap_or_default()
                .to_owned(),
            _ => element.attr("value").unwrap_or_default().to_owned(),
        }
    }

    /// The values of all fields that a selector finds.
    pub(crate) fn values(&self, css: &str) -> Vec<String> {
        let html = self.document();
        html.select(&selector(css))
            .map(|field| field.attr("value").unwrap_or_default().to_owned())
            .collect()
    }

    /// Where the link with this name leads.
    pub(crate) fn link(&self, name: &str) -> Option<String> {
        let html = self.document();
        html.select(&selector("a[href]"))
            .find(|link| words(*link) == name)
            .and_then(|link| link.attr("href"))
            .map(str::to_owned)
    }

    /// Where a button with this name sends its form, unless it is disabled.
    pub(crate) fn button(&self, name: &str) -> Option<String> {
        let html = self.document();
        html.select(&selector("button:not([disabled])"))
            .filter(|button| words(*button) == name && !is_switched_off(*button))
            .find_map(|button| {
                let form = match button.attr("form") {
                    Some(id) => html.select(&selector(&format!("form#{id}"))).next(),
                    None => around(button, "form"),
                };
                let own = button.attr("formaction").map(str::to_owned);
                own.or_else(|| form.map(|form| self.action(form)))
            })
    }

    /// Every form that is sent by POST, with its fields.
    pub(crate) fn forms(&self) -> Vec<Form> {
        let html = self.document();
        html.select(&selector("form[method='post']"))
            .map(|form| Form {
                action: self.action(form),
                fields: form
                    .select(&selector("input[name], select[name], textarea[name]"))
                    .map(|field| Field {
                        name: field.attr("name").unwrap().to_owned(),
                        value: field.attr("value").unwrap_or_default().to_owned(),
                        hidden: field.attr("type") == Some("hidden"),
                    })
                    .collect(),
            })
            .collect()
    }

    /// Where a form is sent; the page's own address if it does not say.
    fn action(&self, form: ElementRef<'_>) -> String {
        match form.attr("action").unwrap_or_default() {
            "" => self.asked.split_once(' ').unwrap().1.to_owned(),
            action => action.to_owned(),
        }
    }

    /// The text of the element with this id.
    pub(crate) fn code(&self, id: &str) -> String {
        let text = self.texts(&format!("#{id}")).concat();
        assert!(
            !text.is_empty(),
            "{} shows no #{id}: {}",
            self.asked,
            self.text()
        );
        text
    }

    /// The texts of all elements that a selector finds.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        let html = self.document();
        html.select(&selector(css)).map(words).collect()
    }

    fn hold_to_the_rules(&self) {
        let asked = &self.asked;
        let html = self.document();
        let count = |css: &str| html.select(&selector(css)).count();

        let length = self.html.len();
        assert!(length <= LARGEST, "{asked}: {length} bytes of HTML");
        assert_eq!(count("h1"), 1, "{asked}: one h1");
        let text = |css: &str| html.select(&selector(css)).map(words).collect::<String>();
        let title = text("title");
        let title = title.rsplit_once(" · ").map_or(&*title, |(title, _)| title);
        let h1 = text("h1");
        let expected = if self.status == 422 {
            format!("Error: {h1}")
        } else {
            h1
        };
        assert_eq!(title, expected, "{asked}: the title begins with the h1");

        let mut ids = HashSet::new();
        for element in html.select(&selector("[id]")) {
            let id = element.attr("id").unwrap();
            assert!(
                ids.insert(id.to_owned()),
                "{asked}: the id {id} is there twice"
            );
        }
        let labelled: HashSet<&str> = html
            .select(&selector("label[for]"))
            .filter_map(|label| label.attr("for"))
            .collect();
        for field in html.select(&selector("input, select, textarea")) {
            if field.attr("type") == Some("hidden") {
                continue;
            }
            let id = field.attr("id").unwrap_or_default();
            let has_name = labelled.contains(id) || field.attr("aria-label").is_some();
            assert!(has_name, "{asked}: a label for {}", field.html());
        }
        for (css, why) in [
            ("[style]", "no inline style"),
            ("script:not([src])", "no inline script"),
            (
                "[onclick], [onload], [onsubmit], [onchange]",
                "no inline handler",
            ),
            ("input[type='password'][value]", "no secret is shown again"),
        ] {
            assert_eq!(count(css), 0, "{asked}: {why}");
        }
        if self.status == 422 {
            assert!(count(".summary-errors li") > 0, "{asked}: an error summary");
            for link in html.select(&selector(".summary-errors a[href]")) {
                let field = link.attr("href").unwrap().trim_start_matches('#');
                assert!(ids.contains(field), "{asked}: the summary leads to {field}");
            }
        }
        assert_eq!(
            self.header("cache-control"),
            Some("no-store"),
            "{asked}: kept by nobody"
        );
        let policy = self.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{asked}"
        );
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// The nearest element of this name around another.
fn around<'a>(element: ElementRef<'a>, name: &str) -> Option<ElementRef<'a>> {
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|it| it.value().name() == name)
}

/// Whether it stands in a set of fields that is disabled as a whole.
fn is_switched_off(element: ElementRef<'_>) -> bool {
    around(element, "fieldset").is_some_and(|set| set.attr("disabled").is_some())
}

/// The text of an element as it is read: single spaces, nothing around.
fn words(element: ElementRef<'_>) -> String {
    let text: Vec<&str> = element.text().collect();
    text.concat()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
