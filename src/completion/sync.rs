//! Reads the lists of a data set, each page and its cursor in one transaction.

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
use crate::sync::{FetchedPage, ListReader, NextRead, PageRequest, Refusal, SyncCursor};
use crate::verdict::{self, ReasonCode};

/// How far Procore's clock may be ahead of ours where changes are asked for.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Attempts without an answer after which we try smaller pages.
const TOO_SLOW_AFTER: i32 = 3;

/// Reads what a data set refers to.
pub(super) async fn lookups(
    hands: &mut Hands<'_>,
    case: &Case,
    entry: &Entry,
    data_set: DataSet,
) -> Result<Outcome, Halt> {
    let reader = full_reader(case, data_set, |read| read.lookup);
    Ok(outcome(read(hands, case, entry, &reader).await?))
}

/// Reads a data set itself.
pub(super) async fn data_set(
    hands: &mut Hands<'_>,
    case: &Case,
    entry: &Entry,
    data_set: DataSet,
) -> Result<Outcome, Halt> {
    let reader = full_reader(case, data_set, |read| !read.lookup);
    Ok(outcome(read(hands, case, entry, &reader).await?))
}

fn full_reader(case: &Case, data_set: DataSet, wanted: impl Fn(&Read) -> bool) -> ListReader {
    ListReader::whole(
        case.run.firm_id,
        case.connection.id,
        case.connection.target.company_id,
        case.settings.choice(data_set),
        wanted,
    )
}

/// The result of reading lists to their end.
pub(super) struct ReadLists {
    /// Lists that were skipped, each with its reason.
    pub refused: Vec<Refusal>,
    /// Records that are no longer there.
    pub gone: u64,
}

/// A data set with a refused list is partial.
fn outcome(read: ReadLists) -> Outcome {
    let first = read.refused.first().map(|refusal| refusal.code);
    let outcome = Outcome::done(json!({ "refused": read.refused, "gone": read.gone }));
    match first {
        Some(code) => outcome.partial(code),
        None => outcome,
    }
}

/// Reads every list of `reader` to its end, from where it stopped.
pub(super) async fn read(
    hands: &mut Hands<'_>,
    case: &Case,
    entry: &Entry,
    reader: &ListReader,
) -> Result<ReadLists, Halt> {
    let now = hands.now();
    let stored = entry.cursor.clone();
    let stored = stored.and_then(|cursor| serde_json::from_value::<SyncCursor>(cursor).ok());
    let mut cursor = stored.unwrap_or_else(|| SyncCursor::begin(now, now + SKEW));
    cursor.retry_refused(); // the firm may have fixed it since
    let mut ahead = None;
    loop {
        let (list, asked) = match ahead.take() {
            Some(asked) => asked,
            None => match next(hands, reader, &cursor).await? {
                NextRead::Page(request) => fetch(hands, case, reader, request).await?,
                NextRead::Done(end) => {
                    cursor = end;
                    break;
                }
            },
        };
        cursor = match asked {
            Ok(page) => match doubt::about(hands, case, list, &page).await? {
                Some(code) => {
                    tracing::info!(list = list.name, "A list cannot be trusted: {code}");
                    let cursor = page.cursor.refused(Refusal::new(list, code));
                    keep(hands, entry, &cursor, None).await?;
                    cursor
                }
                None => {
                    let cursor = page.cursor.clone();
                    // Fetch the next page while this one is written.
                    match reader.page_request(&cursor) {
                        Some(request) => {
                            hands.ready(list.name)?;
                            let (kept, asked) = tokio::join!(
                                keep(hands, entry, &cursor, Some(page)),
                                reader.fetch(case.api()?, request),
                            );
                            kept?;
                            hands.answered(list.name)?;
                            ahead = Some((list, asked));
                        }
                        None => keep(hands, entry, &cursor, Some(page)).await?,
                    }
                    cursor
                }
            },
            Err((error, request)) => {
                let cursor = match refused(&error, list) {
                    Some(code) => {
                        tracing::info!(list = list.name, "Procore refused a list: {error}");
                        request.refused(Refusal::new(list, code))
                    }
                    None => request
                        .smaller()
                        .filter(|_| is_too_slow(&error, entry.attempts))
                        .ok_or_else(|| Halt::of(error, refusal(list)))?,
                };
                keep(hands, entry, &cursor, None).await?;
                cursor
            }
        };
    }

    let mut write = hands.begin("reading ended").await?;
    let gone = reader
        .mark_gone(&mut write.tx, &cursor, hands.now())
        .await?;
    hands.commit(write).await?;
    Ok(ReadLists {
        refused: cursor.refused,
        gone,
    })
}

async fn next(
    hands: &Hands<'_>,
    reader: &ListReader,
    cursor: &SyncCursor,
) -> Result<NextRead, Halt> {
    let mut conn = hands.app.db.acquire().await?;
    Ok(reader.next(&mut conn, cursor).await?)
}

/// Fetches a page.
async fn fetch(
    hands: &mut Hands<'_>,
    case: &Case,
    reader: &ListReader,
    request: PageRequest,
) -> Result<(&'static Read, Result<FetchedPage, (Error, PageRequest)>), Halt> {
    let list = request.read;
    hands.ready(list.name)?;
    let asked = reader.fetch(case.api()?, request).await;
    hands.answered(list.name)?;
    Ok((list, asked))
}

/// Stores a cursor, and the page that led there, in one transaction.
async fn keep(
    hands: &mut Hands<'_>,
    entry: &Entry,
    cursor: &SyncCursor,
    page: Option<FetchedPage>,
) -> Result<(), Halt> {
    let mut write = hands
        .begin(if page.is_some() { "page" } else { "place" })
        .await?;
    let (tx, now) = (&mut write.tx, hands.now());
    if let Some(page) = page {
        page.keep(tx, now).await?;
    }
    let progress = progress(cursor)?;
    actions::keep_progress(tx, &hands.held, entry.position, &progress, now).await?;
    hands.commit(write).await
}

fn progress(cursor: &SyncCursor) -> Result<Progress, Halt> {
    Ok(Progress {
        cursor: serde_json::to_value(cursor).map_err(anyhow::Error::from)?,
        records: cursor.rows() as i64,
        total: cursor.total().map(|total| total as i64),
    })
}

/// Why a list is skipped, if that is what an error means; the other lists go on.
fn refused(error: &Error, list: &Read) -> Option<ReasonCode> {
    refusal(list).reason(&error.meaning()?)
}

/// What a refusal of this list means.
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
