//! Reads the lists of a data set, a page and its place in one transaction.

use chrono::TimeDelta;
use serde_json::json;

use super::case::Case;
use super::doubt;
use super::failure::Halt;
use super::hands::Hands;
use super::run::Outcome;
use crate::catalog::{DataSet, Read};
use crate::procore::Error;
use crate::store::actions::{self, Entry, Progress};
use crate::sync::{Ask, Found, Next, Place, Reading, Refusal};
use crate::verdict::{self, ReasonCode};

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
    Reading::whole(
        case.run.firm_id,
        case.connection.id,
        case.connection.target.company_id,
        case.settings.choice(data_set),
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
    let mut ahead = None;
    loop {
        let (list, asked) = match ahead.take() {
            Some(asked) => asked,
            None => match next(hands, reading, &place).await? {
                Next::Ask(ask) => ask_for(hands, case, reading, ask).await?,
                Next::Over(over) => {
                    place = over;
                    break;
                }
            },
        };
        place = match asked {
            Ok(found) => match doubt::about(hands, case, list, &found).await? {
                Some(code) => {
                    tracing::info!(list = list.name, "A list is not to be believed: {code}");
                    let place = found.place.refused(Refusal::of(list, code));
                    keep(hands, entry, &place, None).await?;
                    place
                }
                None => {
                    let place = found.place.clone();
                    // The next page comes while this one is written: neither waits for the other.
                    match reading.page_at(&place) {
                        Some(ask) => {
                            hands.ready(list.name)?;
                            let (kept, asked) = tokio::join!(
                                keep(hands, entry, &place, Some(found)),
                                reading.ask(case.api()?, ask),
                            );
                            kept?;
                            hands.answered(list.name)?;
                            ahead = Some((list, asked));
                        }
                        None => keep(hands, entry, &place, Some(found)).await?,
                    }
                    place
                }
            },
            Err((error, ask)) => {
                let place = match refused(&error, list) {
                    Some(code) => {
                        tracing::info!(list = list.name, "Procore refused a list: {error}");
                        ask.refused(Refusal::of(list, code))
                    }
                    None => ask
                        .smaller()
                        .filter(|_| is_too_slow(&error, entry.attempts))
                        .ok_or_else(|| Halt::of(error, refusal(list)))?,
                };
                keep(hands, entry, &place, None).await?;
                place
            }
        };
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

async fn next(hands: &Hands<'_>, reading: &Reading, place: &Place) -> Result<Next, Halt> {
    let mut conn = hands.app.db.acquire().await?;
    Ok(reading.next(&mut conn, place).await?)
}

/// Asks for a page.
async fn ask_for(
    hands: &mut Hands<'_>,
    case: &Case,
    reading: &Reading,
    ask: Ask,
) -> Result<(&'static Read, Result<Found, (Error, Ask)>), Halt> {
    let list = ask.read;
    hands.ready(list.name)?;
    let asked = reading.ask(case.api()?, ask).await;
    hands.answered(list.name)?;
    Ok((list, asked))
}

/// Keeps a place, and the page that led there, in one transaction.
async fn keep(
    hands: &mut Hands<'_>,
    entry: &Entry,
    place: &Place,
    page: Option<Found>,
) -> Result<(), Halt> {
    let mut write = hands
        .begin(if page.is_some() { "page" } else { "place" })
        .await?;
    let (tx, now) = (&mut write.tx, hands.now());
    if let Some(page) = page {
        page.keep(tx, now).await?;
    }
    let progress = progress(place)?;
    actions::keep_progress(tx, &hands.held, entry.position, &progress, now).await?;
    hands.commit(write).await
}

fn progress(place: &Place) -> Result<Progress, Halt> {
    Ok(Progress {
        cursor: serde_json::to_value(place).map_err(anyhow::Error::from)?,
        records: place.rows() as i64,
        total: place.total().map(|total| total as i64),
    })
}

/// Why a list is left out, if that is what an answer means: the other lists go on.
fn refused(error: &Error, list: &Read) -> Option<ReasonCode> {
    refusal(list).reason(&error.meaning()?)
}

/// What a refusal of a list is a sign of.
fn refusal(list: &Read) -> verdict::Refusal {
    verdict::Refusal::of(list.needs.tool)
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
