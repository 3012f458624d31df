//! Reads the lists of a data set, a page and its place in one transaction.

use chrono::TimeDelta;
use serde_json::json;

use super::case::Case;
use super::doubt;
use super::hands::Hands;
use super::run::Outcome;
use super::setback::{Halt, Meaning};
use crate::catalog::{DataSet, Read};
use crate::onboarding::reason::ReasonCode;
use crate::procore::Error;
use crate::store::actions::{self, Entry, Progress};
use crate::sync::{Next, Place, Reading, Refusal};

/// How far Procore's clock may be ahead of ours where changes are asked for.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// After so many attempts without an answer the pages are taken to be too large.
const TOO_SLOW_AFTER: i32 = 3;

/// Reads what a data set refers to.
pub(super) async fn lookups(
    hands: &mut Hands<'_>,
    case: &Case,
    entry: &Entry,
    data_set: DataSet,
) -> Result<Outcome, Halt> {
    let reading = reading(case, data_set, |read| read.lookup);
    Ok(outcome(read(hands, case, entry, &reading).await?))
}

/// Reads a data set itself.
pub(super) async fn data_set(
    hands: &mut Hands<'_>,
    case: &Case,
    entry: &Entry,
    data_set: DataSet,
) -> Result<Outcome, Halt> {
    let reading = reading(case, data_set, |read| !read.lookup);
    Ok(outcome(read(hands, case, entry, &reading).await?))
}

fn reading(case: &Case, data_set: DataSet, wanted: impl Fn(&Read) -> bool) -> Reading {
    let integration = &case.integration;
    Reading::whole(
        integration.firm_id,
        integration.id,
        integration.company_id,
        integration.settings.choice(data_set),
        wanted,
    )
}

/// What became of a reading.
pub(super) struct Ended {
    /// Lists that were left out, each with its reason.
    pub refused: Vec<Refusal>,
    /// Records that are no longer there.
    pub gone: u64,
}

/// A data set of which a list was refused is partial.
fn outcome(read: Ended) -> Outcome {
    let first = read.refused.first().map(|refusal| refusal.code);
    let outcome = Outcome::done(json!({ "refused": read.refused, "gone": read.gone }));
    match first {
        Some(code) => outcome.partial(code),
        None => outcome,
    }
}

/// Reads every list of `reading` from where it stopped to its end.
pub(super) async fn read(
    hands: &mut Hands<'_>,
    case: &Case,
    entry: &Entry,
    reading: &Reading,
) -> Result<Ended, Halt> {
    let now = hands.now();
    let stored = entry.cursor.clone();
    let stored = stored.and_then(|cursor| serde_json::from_value::<Place>(cursor).ok());
    let mut place = stored.unwrap_or_else(|| Place::begin(now, now + SKEW));
    place.forgive(); // who tries again has mended it, or wants to know
    loop {
        let mut conn = hands.app.db.acquire().await?;
        let next = reading.next(&mut conn, &place).await?;
        drop(conn);
        let ask = match next {
            Next::Ask(ask) => ask,
            Next::Over(over) => {
                place = over;
                break;
            }
        };

        let list = ask.read;
        hands.ready(list.name).await?;
        let asked = reading.ask(case.api()?, ask).await;
        hands.answered(list.name)?;

        let mut write = None;
        place = match asked {
            Ok(found) => match doubt::about(hands, case, list, &found).await? {
                Some(code) => {
                    tracing::info!(list = list.name, "A list is not to be believed: {code}");
                    found.place.refused(Refusal::of(list, code))
                }
                None => {
                    let mut page = hands.begin("page").await?;
                    found.keep(&mut page.tx, hands.now()).await?;
                    write = Some(page);
                    found.place
                }
            },
            Err((error, ask)) => match refusal(&error, list) {
                Some(code) => {
                    tracing::info!(list = list.name, "Procore refused a list: {error}");
                    ask.refused(Refusal::of(list, code))
                }
                None if is_too_slow(&error, entry.attempts) && ask.smaller().is_some() => {
                    ask.smaller().unwrap_or(place)
                }
                None => return Err(Halt::of(error, meaning(list))),
            },
        };
        let mut write = match write {
            Some(write) => write,
            None => hands.begin("place").await?,
        };
        let progress = progress(&place)?;
        actions::keep_progress(
            &mut write.tx,
            &hands.held,
            entry.position,
            &progress,
            hands.now(),
        )
        .await?;
        hands.commit(write).await?;
    }

    let mut write = hands.begin("reading ended").await?;
    let gone = reading
        .mark_gone(&mut write.tx, &place, hands.now())
        .await?;
    hands.commit(write).await?;
    Ok(Ended {
        refused: place.refused,
        gone,
    })
}

fn progress(place: &Place) -> Result<Progress, Halt> {
    Ok(Progress {
        cursor: serde_json::to_value(place).map_err(anyhow::Error::from)?,
        records: place.rows() as i64,
        total: place.total().map(|total| total as i64),
    })
}

/// Why a list is left out, if that is what an answer means: the other lists go on.
fn refusal(error: &Error, list: &Read) -> Option<ReasonCode> {
    match error {
        Error::NotPermitted(_) => Some(meaning(list).not_permitted),
        Error::NotVisible(_) => Some(meaning(list).not_visible),
        Error::BadCredentials(_)
        | Error::TokenRejected(_)
        | Error::NotConnected(_)
        | Error::RateLimited { .. }
        | Error::Busy { .. }
        | Error::Unavailable { .. }
        | Error::Conflict(_)
        | Error::Validation(_)
        | Error::Unexpected(_)
        | Error::Ours { .. } => None,
    }
}

/// What a refusal of a list is a sign of.
fn meaning(list: &Read) -> Meaning {
    Meaning {
        not_permitted: ReasonCode::Level(list.needs.tool),
        not_visible: ReasonCode::Hidden,
    }
}

/// Whether smaller pages may help: Procore says so with 408, or does not answer again and again.
fn is_too_slow(error: &Error, attempts: i32) -> bool {
    match error {
        Error::Unavailable { answer, .. } => match answer.status {
            Some(408) => true,
            Some(_) => false,
            None => answer.is_timeout() && attempts >= TOO_SLOW_AFTER,
        },
        _ => false,
    }
}
