//! The host product's own look: its logo and its accent colour.

use std::fmt::Write;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What every page of the product carries of the host's look.
#[derive(Clone, Debug, Default)]
pub struct Branding {
    pub logo: Option<Logo>,
    pub accent: Option<Accent>,
}

/// An image of the operator's, shown as an image alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// Its file name, which changes with its content.
    pub name: String,
    pub media_type: &'static str,
    pub body: Arc<[u8]>,
}

/// The largest logo. A first view of a page has 40 kB for everything, and the heaviest takes 26 without it.
const LARGEST_LOGO: usize = 12 * 1024;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Logo {
    /// Reads the file at `path`.
    pub(super) fn read(path: &str) -> Result<Self, String> {
        let body = fs::read(path)
            .map_err(|error| format!("names the file {path}, which cannot be read: {error}"))?;
        Self::new(body).map_err(|wrong| format!("names the file {path}, which {wrong}"))
    }

    fn new(body: Vec<u8>) -> Result<Self, &'static str> {
        if body.len() > LARGEST_LOGO {
            return Err("is larger than 12 kB");
        }
        let (media_type, extension) = if body.starts_with(PNG) {
            ("image/png", "png")
        } else {
            let text = std::str::from_utf8(&body).map_err(|_| "is neither SVG nor PNG")?;
            let lower = text.to_ascii_lowercase();
            if !lower.contains("<svg") {
                return Err("is neither SVG nor PNG");
            }
            if lower.contains("<script") || lower.contains("<!entity") {
                return Err("is an SVG with a script or an entity");
            }
            ("image/svg+xml", "svg")
        };
        Ok(Self {
            name: named("logo", extension, &body),
            media_type,
            body: body.into(),
        })
    }
}

/// The accent colour, with what follows from it in light and in dark.
#[derive(Clone, Debug, PartialEq)]
pub struct Accent {
    /// As it was given.
    pub colour: String,
    /// The file name of its style sheet, which changes with its content.
    pub name: String,
    /// Replaces the colours of `tokens.css`.
    pub css: String,
    /// The lowest contrast of text in this colour on a page.
    pub contrast: f64,
}

type Rgb = [u8; 3];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/// What text stands on, as `tokens.css` says it.
const LIGHT_GROUNDS: [Rgb; 3] = [WHITE, [0xf8, 0xf6, 0xf3], [0xf0, 0xed, 0xe8]];
const DARK_GROUNDS: [Rgb; 3] = [[0x21, 0x1f, 0x1c], [0x19, 0x17, 0x15], [0x2a, 0x27, 0x24]];
/// What WCAG 2.2 asks of text.
const READABLE: f64 = 4.5;

impl Accent {
    /// Reads `#rrggbb` and refuses a colour that cannot be read as text on a page.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let light = rgb(text).ok_or_else(|| format!("is {text:?}, which is not #rrggbb"))?;
        let light_soft = mix(light, WHITE, 0.9);
        let contrast = lowest(light, &LIGHT_GROUNDS).min(contrast(light, light_soft));
        if contrast < READABLE {
            return Err(format!(
                "is {text}, which has a contrast of {contrast:.1} to 1 on our pages, and text needs {READABLE} to 1"
            ));
        }
        let dark = (0..=20)
            .map(|step| mix(light, WHITE, f64::from(step) / 20.0))
            .find(|colour| lowest(*colour, &DARK_GROUNDS) >= READABLE + 1.5)
            .unwrap_or(WHITE);
        let [_, dark_ground, _] = DARK_GROUNDS;
        let pairs = [
            ("accent", light, dark),
            (
                "accent-strong",
                mix(light, BLACK, 0.3),
                mix(dark, WHITE, 0.4),
            ),
            ("accent-soft", light_soft, mix(dark, dark_ground, 0.86)),
            (
                "accent-line",
                mix(light, WHITE, 0.55),
                mix(dark, dark_ground, 0.55),
            ),
            ("on-accent", WHITE, dark_ground),
            ("focus", light, mix(dark, WHITE, 0.4)),
        ];
        let mut css = String::from(":root {\n");
        for (name, light, dark) in pairs {
            let [light, dark] = [light, dark].map(hex);
            // Writing to a string cannot fail.
            let _ = writeln!(css, "--{name}: light-dark({light}, {dark});");
        }
        css.push_str("}\n");
        Ok(Self {
            colour: text.to_owned(),
            name: named("accent", "css", css.as_bytes()),
            css,
            contrast,
        })
    }
}

fn named(stem: &str, extension: &str, body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("{stem}.{:016x}.{extension}", hasher.finish())
}

fn rgb(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#')?;
    let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// `share` of `other` in a colour.
fn mix(colour: Rgb, other: Rgb, share: f64) -> Rgb {
    std::array::from_fn(|at| {
        let (from, to) = (f64::from(colour[at]), f64::from(other[at]));
        (from + (to - from) * share).round() as u8
    })
}

fn lowest(text: Rgb, grounds: &[Rgb]) -> f64 {
    let contrasts = grounds.iter().map(|ground| contrast(text, *ground));
    contrasts.fold(f64::INFINITY, f64::min)
}

/// The contrast of WCAG 2.2, from 1 to 21.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Rgb) -> f64 {
    let [red, green, blue] = colour.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_cannot_be_read_is_refused() {
        for (text, wrong) in [
            ("teal", "is \"teal\", which is not #rrggbb"),
            ("#0d5c5", "is \"#0d5c5\", which is not #rrggbb"),
            ("#+d5c5a", "is \"#+d5c5a\", which is not #rrggbb"),
            (
                "#ff8800",
                "is #ff8800, which has a contrast of 2.0 to 1 on our pages, and text needs 4.5 to 1",
            ),
        ] {
            assert_eq!(Accent::parse(text).unwrap_err(), wrong);
        }
    }

    #[test]
    fn what_follows_from_a_colour_can_be_read_in_light_and_in_dark() {
        for text in ["#0d5c5a", "#0b3d91", "#7a1f1f", "#000000", "#4a4a00"] {
            let accent = Accent::parse(text).unwrap();
            let colours = |name: &str| {
                let (_, rest) = accent
                    .css
                    .split_once(&format!("--{name}: light-dark("))
                    .unwrap();
                let (light, rest) = rest.split_once(", ").unwrap();
                let (dark, _) = rest.split_once(')').unwrap();
                [light, dark].map(|it| rgb(it).unwrap())
            };
            assert_eq!(hex(colours("accent")[0]), text);
            for text in ["accent", "accent-strong", "focus"] {
                let [light, dark] = colours(text);
                assert!(lowest(light, &LIGHT_GROUNDS) >= READABLE, "{text}");
                assert!(lowest(dark, &DARK_GROUNDS) >= READABLE, "{text}");
            }
            for (text, ground) in [
                ("on-accent", "accent"),
                ("on-accent", "accent-strong"),
                ("accent", "accent-soft"),
            ] {
                let pairs = colours(text).into_iter().zip(colours(ground));
                for (text_colour, ground_colour) in pairs {
                    let contrast = contrast(text_colour, ground_colour);
                    assert!(contrast >= READABLE, "{text} on {ground}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let tokens = include_str!("../../static/css/tokens.css");
        for (light, dark) in LIGHT_GROUNDS.into_iter().zip(DARK_GROUNDS) {
            let pair = format!("light-dark({}, {})", hex(light), hex(dark));
            assert!(tokens.contains(&pair), "{pair}");
        }
    }

    #[test]
    fn a_logo_is_a_small_image_without_scripts() {
        let svg = |inside: &str| format!("<?xml version=\"1.0\"?><svg>{inside}</svg>").into_bytes();
        let png = |length: usize| [PNG, &vec![0; length]].concat();
        for (body, wrong) in [
            (b"GIF89a".to_vec(), "is neither SVG nor PNG"),
            (vec![0xff, 0xfe], "is neither SVG nor PNG"),
            (
                svg("<SCRIPT>alert(1)</SCRIPT>"),
                "is an SVG with a script or an entity",
            ),
            (png(LARGEST_LOGO), "is larger than 12 kB"),
        ] {
            assert_eq!(Logo::new(body).unwrap_err(), wrong);
        }
        assert_eq!(Logo::new(png(10)).unwrap().media_type, "image/png");
        let [one, other] = ["<g/>", "<path/>"].map(|inside| Logo::new(svg(inside)).unwrap());
        assert_eq!(one.media_type, "image/svg+xml");
        assert_ne!(one.name, other.name, "a kept copy never goes stale");
    }
}
