//! `/support/overview`: how far firms come, how long that takes and what stops them, in a period.

mod period;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{Days, NaiveDate, TimeDelta};

use crate::app::App;
use crate::connection::AccessWay;
use crate::identity::DeskVerb;
use crate::onboarding::Stage;
use crate::onboarding::figures::medians;
use crate::onboarding::situation::SituationCode;
use crate::paths;
use crate::store::figures::{self, Completed, Narrowed, Started};
use crate::store::outages::{self, Outage};
use crate::text::connection::environment_label;
use crate::text::count::{Noun, counted, grouped};
use crate::text::health;
use crate::text::queue as text;
use crate::text::time::duration;
use crate::web::access::SupportAccess;
use crate::web::answer::{ok, refused};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Bars, Line, Nav, Notice, Shell, percent};
use period::{ChosenPeriod, PRESETS, PeriodQuery};

/// The medians of the steps are taken from at most this many onboardings, the latest ones.
const MOST_WALKS: i64 = 2_000;
/// At most this many reasons are drawn; the rest are rare.
const MOST_REASONS: usize = 8;
/// Longer periods are drawn week by week.
const MOST_DAYS: usize = 45;

/// The bars of the time to completion.
const LENGTHS: [TimeDelta; 6] = [
    TimeDelta::hours(1),
    TimeDelta::days(1),
    TimeDelta::days(3),
    TimeDelta::days(7),
    TimeDelta::days(30),
    TimeDelta::MAX,
];

#[derive(Template)]
#[template(path = "support/overview.html")]
struct Overview {
    shell: Shell,
    /// Where Procore does not answer now.
    outages: Vec<Notice>,
    form: FormState,
    presets: Nav,
    ways: Vec<(&'static str, &'static str)>,
    reasons: Vec<(&'static str, &'static str)>,
    here: &'static str,
    /// `None` while the period is invalid.
    figures: Option<Figures>,
}

struct Figures {
    period: String,
    started: String,
    connected: String,
    median: String,
    most: String,
    funnel: Bars,
    steps: Bars,
    reasons: Bars,
    lengths: Bars,
    line: Line,
    /// Set if the medians are taken from the latest onboardings only.
    sample: Option<String>,
    is_empty: bool,
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
    Query(asked): Query<PeriodQuery>,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::SeeNumbers)?;
    let shell = support.shell(&app);
    let mut conn = app.db.acquire().await?;
    let open = outages::list_open(&mut conn).await?;
    drop(conn);
    let narrowed = asked.narrowed();
    let mut overview = Overview {
        outages: open.iter().map(|it| notice(&shell, it)).collect(),
        form: FormState::default()
            .keep("from", asked.from.trim())
            .keep("to", asked.to.trim())
            .keep("way", narrowed.way.map_or("", AccessWay::as_str))
            .keep("reason", narrowed.met.map_or("", SituationCode::as_str)),
        ways: options(AccessWay::ALL.map(|it| (it.as_str(), text::way(it)))),
        reasons: options(SituationCode::ALL.map(|it| (it.as_str(), it.label()))),
        presets: presets(&asked, narrowed),
        here: paths::SUPPORT_OVERVIEW,
        figures: None,
        shell,
    };
    match asked.read(overview.shell.now, overview.shell.zone, &mut overview.form) {
        Some(chosen) => {
            overview.figures = Some(read(&app, &overview.shell, chosen, narrowed).await?);
            ok(&overview)
        }
        None => refused(&overview),
    }
}

/// Links to the presets, which keep what the figures are narrowed by.
fn presets(asked: &PeriodQuery, narrowed: Narrowed) -> Nav {
    let href = |days: u64| {
        let mut address = format!("{}?days={days}", paths::SUPPORT_OVERVIEW);
        if let Some(way) = narrowed.way {
            address += &format!("&way={}", way.as_str());
        }
        if let Some(met) = narrowed.met {
            address += &format!("&reason={}", met.as_str());
        }
        address
    };
    let links = PRESETS.map(|days| (text::last_days(days), href(days)));
    let here = asked.preset().map(href);
    Nav::new(text::PERIOD, &here.unwrap_or_default(), links)
}

fn options<const N: usize>(
    all: [(&'static str, &'static str); N],
) -> Vec<(&'static str, &'static str)> {
    [("", text::ANY)].into_iter().chain(all).collect()
}

async fn read(
    app: &App,
    shell: &Shell,
    chosen: ChosenPeriod,
    narrowed: Narrowed,
) -> Result<Figures, PageError> {
    let period = chosen.period;
    let idle_since = shell.now - app.config.stall_after;
    let mut conn = app.db.acquire().await?;
    let started = figures::started(&mut conn, period, narrowed, idle_since).await?;
    let lengths = &LENGTHS[..LENGTHS.len() - 1];
    let completed = figures::completed(&mut conn, period, narrowed, lengths).await?;
    let days = figures::completed_by_day(&mut conn, period, narrowed, shell.zone.name()).await?;
    let walks = figures::walks(&mut conn, period, narrowed, MOST_WALKS).await?;
    drop(conn);

    let all: i64 = started.iter().map(|it| it.count).sum();
    let in_words = |length: Option<TimeDelta>| length.map_or(text::NONE_YET.to_owned(), duration);
    Ok(Figures {
        started: grouped(all),
        connected: connected(&started, all),
        median: in_words(completed.median),
        most: in_words(completed.most),
        funnel: funnel(&started),
        steps: Bars::lengths(
            "steps",
            text::STEPS,
            medians(&walks)
                .into_iter()
                .map(|(phase, length, _)| (phase.label(), length)),
        ),
        reasons: reasons(&started),
        lengths: time_to_complete(&completed),
        line: over_time(&chosen, &days),
        sample: (all > MOST_WALKS).then(|| counted(MOST_WALKS, Noun::Onboarding)),
        is_empty: all == 0 && completed.count == 0,
        period: text::period(chosen.first, chosen.last),
    })
}

fn connected(started: &[Started], all: i64) -> String {
    let connected: i64 = started
        .iter()
        .filter(|it| it.completed)
        .map(|it| it.count)
        .sum();
    match all {
        0 => "0".to_owned(),
        _ => text::connected(
            connected,
            percent(connected.unsigned_abs(), all.unsigned_abs()),
        ),
    }
}

/// How many of those that started came to each step, and to the end.
fn funnel(started: &[Started]) -> Bars {
    let reached = |stage: Stage| {
        let came = started
            .iter()
            .filter(|it| it.furthest >= stage || it.completed);
        came.map(|it| it.count.unsigned_abs()).sum::<u64>()
    };
    let rows = Stage::ALL.map(|stage| (stage.reached(), reached(stage)));
    Bars::funnel("funnel", text::FUNNEL, rows)
}

/// Why those that started are not connected, the most common reason first.
fn reasons(started: &[Started]) -> Bars {
    let of = |situation: SituationCode| {
        let those = started.iter().filter(|it| it.situation == situation);
        those.map(|it| it.count.unsigned_abs()).sum::<u64>()
    };
    let mut rows: Vec<(&str, u64)> = SituationCode::ALL
        .into_iter()
        .filter(|situation| *situation != SituationCode::Connected)
        .map(|situation| (situation.label(), of(situation)))
        .filter(|(_, count)| *count > 0)
        .collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    rows.truncate(MOST_REASONS);
    Bars::new("reasons", text::REASONS, rows)
}

/// How many took how long, each counted once.
fn time_to_complete(completed: &Completed) -> Bars {
    let mut below = 0;
    let ends = completed.within.iter().copied().chain([completed.count]);
    let rows = text::WITHIN.into_iter().zip(ends).map(|(label, within)| {
        let here = within - below;
        below = within;
        (label, here.max(0).unsigned_abs())
    });
    Bars::new("lengths", text::LENGTHS, rows.collect::<Vec<_>>())
}

/// Connections by day, or by week where there are many days.
fn over_time(chosen: &ChosenPeriod, days: &[(NaiveDate, i64)]) -> Line {
    let all: Vec<NaiveDate> = chosen.days().collect();
    let width = if all.len() > MOST_DAYS { 7 } else { 1 };
    let points = all.chunks(width).map(|these| {
        let (first, last) = (these[0], these[these.len() - 1]);
        let inside = days.iter().filter(|(day, _)| (first..=last).contains(day));
        let count: i64 = inside.map(|(_, count)| *count).sum();
        (first.format("%-d %b").to_string(), count.unsigned_abs())
    });
    let texts = match width {
        1 => text::BY_DAY,
        _ => text::BY_WEEK,
    };
    Line::new("line", texts, points.collect::<Vec<_>>())
}

impl ChosenPeriod {
    /// The days of it, the last one included.
    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let last = self.last;
        self.first
            .iter_days()
            .take_while(move |day| *day <= last)
            .take(period::LONGEST_DAYS)
    }
}

impl PeriodQuery {
    /// The preset that is shown, if it is one.
    fn preset(&self) -> Option<u64> {
        if !self.from.trim().is_empty() || !self.to.trim().is_empty() {
            return None;
        }
        let days = self.days.parse().unwrap_or(period::USUAL);
        PRESETS
            .into_iter()
            .find(|it| *it == days)
            .or(Some(period::USUAL))
    }
}

/// The first day of a period of so many days that ends with `last`.
fn first_of(last: NaiveDate, days: u64) -> NaiveDate {
    last.checked_sub_days(Days::new(days.saturating_sub(1)))
        .unwrap_or(last)
}

fn notice(shell: &Shell, outage: &Outage) -> Notice {
    let environment = environment_label(&outage.environment);
    let since = shell.when(outage.since);
    Notice::waiting(health::outage(&environment, &since.exact()))
}
