//! Style sheets, scripts and images, embedded in the program and served under content-hashed names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use rust_embed::Embed;

use crate::app::App;
use crate::config::Branding;
use crate::paths;

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// The style sheet of every page, in the order in which its parts may refer to each other.
const STYLES: &[&str] = &[
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/rail.css",
    "css/form.css",
    "css/check.css",
    "css/sketch.css",
    "css/task.css",
    "css/parts.css",
    "css/table.css",
    "css/chart.css",
    "css/case.css",
    "css/print.css",
];

/// The script of every page. Each part is its own small module and needs no other.
const SCRIPTS: &[&str] = &[
    "js/live.js",
    "js/once.js",
    "js/secret.js",
    "js/copy.js",
    "js/focus.js",
    "js/switch.js",
    "js/zone.js",
    "js/keys.js",
    "js/tabs.js",
];

struct Asset {
    url: String,
    media_type: String,
    body: Cow<'static, [u8]>,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let styles = squeeze(&join(STYLES, "", ""));
    // A block gives each part a scope of its own.
    let scripts = without_remarks(&join(SCRIPTS, "{\n", "}\n"));
    let joined = [
        (
            "app.css".to_owned(),
            Asset::new("app.css", "text/css", styles.into_bytes()),
        ),
        (
            "app.js".to_owned(),
            Asset::new("app.js", "text/javascript", scripts.into_bytes()),
        ),
    ];
    let whole = Files::iter().filter_map(|name| {
        let file = Files::get(&name)?;
        let asset = Asset::new(&name, file.metadata.mimetype(), file.data);
        Some((name.into_owned(), asset))
    });
    whole.chain(joined).collect()
});

impl Asset {
    fn new(name: &str, media_type: &str, body: impl Into<Cow<'static, [u8]>>) -> Self {
        let body = body.into();
        Self {
            url: hashed(name, &body),
            media_type: media_type.to_owned(),
            body,
        }
    }
}

/// The file behind each address.
static BY_URL: LazyLock<HashMap<&'static str, &'static Asset>> = LazyLock::new(|| {
    ASSETS
        .values()
        .map(|asset| (asset.url.as_str(), asset))
        .collect()
});

/// The address of a file of `static/`, or of the joined `app.css` and `app.js`: `/static/app.3f2a9c01.css`.
///
/// An unknown name gives an address that answers 404.
pub(super) fn url(name: &str) -> &str {
    ASSETS.get(name).map_or(name, |asset| asset.url.as_str())
}

/// Serves everything under `/static`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::STATIC, get(serve))
        .route(paths::BRANDING, get(serve_branding))
}

/// The name changes with the content, so a cached copy never goes stale.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// An SVG of the operator's may hold styles, and does nothing even where somebody opens it alone.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The host's logo and the style sheet of its accent colour.
async fn serve_branding(State(app): State<App>, Path(name): Path<String>) -> Response {
    let Branding { logo, accent } = &app.config.branding;
    let kept = (header::CACHE_CONTROL, FOR_GOOD);
    match (logo, accent) {
        (Some(logo), _) if logo.name == name => (
            [
                (header::CONTENT_TYPE, logo.media_type),
                (header::CONTENT_SECURITY_POLICY, LOGO_POLICY),
                kept,
            ],
            logo.body.to_vec(),
        )
            .into_response(),
        (_, Some(accent)) if accent.name == name => (
            [(header::CONTENT_TYPE, "text/css; charset=utf-8"), kept],
            accent.css.clone(),
        )
            .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn serve(Path(path): Path<String>) -> Response {
    match BY_URL.get(format!("/static/{path}").as_str()) {
        Some(asset) => (
            [
                (header::CONTENT_TYPE, media_type(&asset.media_type)),
                (header::CACHE_CONTROL, FOR_GOOD.to_owned()),
            ],
            asset.body.as_ref(),
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn media_type(bare: &str) -> String {
    match bare {
        "text/css" | "text/javascript" | "image/svg+xml" => format!("{bare}; charset=utf-8"),
        other => other.to_owned(),
    }
}

fn join(names: &[&str], before: &str, after: &str) -> String {
    let files = names.iter().filter_map(|name| Files::get(name));
    files
        .map(|file| format!("{before}{}{after}", String::from_utf8_lossy(&file.data)))
        .collect()
}

/// Strips comments and indentation from a style sheet.
fn squeeze(css: &str) -> String {
    let mut parts = css.split("/*");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare.push_str(part.split_once("*/").map_or("", |(_, after)| after));
    }
    let lines = bare.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Strips lines that are comments from a script, and indentation.
fn without_remarks(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.fold(String::new(), |script, line| script + line + "\n")
}

fn hashed(name: &str, body: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, body);
    let hash: String = digest
        .as_ref()
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("/static/{stem}.{hash}.{extension}"),
        None => format!("/static/{name}.{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before compression. The browser tests measure whole pages as transferred.
    const JOINED: usize = 64_000;

    #[test]
    fn what_every_page_loads_leaves_room_for_the_page() {
        let joined = ["app.css", "app.js", "js/theme.js"];
        let bytes: usize = joined.iter().map(|name| ASSETS[*name].body.len()).sum();
        assert!(bytes <= JOINED, "{bytes} bytes");
    }

    #[test]
    fn every_part_of_the_joined_files_exists_and_none_is_forgotten() {
        for name in STYLES.iter().chain(SCRIPTS) {
            assert!(Files::get(name).is_some(), "{name} is listed and missing");
        }
        for name in Files::iter().filter(|name| name.ends_with(".css") || name.starts_with("js/")) {
            let joined = STYLES.contains(&&*name) || SCRIPTS.contains(&&*name);
            assert!(joined || name == "js/theme.js", "{name} is in no page");
        }
    }

    #[test]
    fn squeezing_takes_comments_and_indentation_only() {
        for (css, squeezed) in [
            ("a {\n  color: red;\n}\n", "a {\ncolor: red;\n}"),
            ("/* one */ a {} /* two\nlines */\n\nb {}", "a {}\nb {}"),
            ("a {} /* open", "a {}"),
            ("", ""),
        ] {
            assert_eq!(squeeze(css), squeezed);
        }
    }

    #[tokio::test]
    async fn a_file_is_served_for_good_under_its_hashed_name_only() {
        let address = url("app.css").trim_start_matches("/static/").to_owned();
        let found = serve(Path(address)).await;
        assert_eq!(found.status(), StatusCode::OK);
        assert_eq!(
            found.headers()[header::CONTENT_TYPE],
            "text/css; charset=utf-8"
        );
        assert_eq!(
            found.headers()[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );

        for missing in ["app.css", "app.00000000.css", "../Cargo.toml"] {
            assert_eq!(
                serve(Path(missing.to_owned())).await.status(),
                StatusCode::NOT_FOUND,
                "{missing}"
            );
        }
    }
}
