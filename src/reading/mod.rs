//! What plans share that read: the lists of a data set, each page and its cursor in one transaction.

pub(crate) mod again;
pub(crate) mod catch_up;
mod doubt;

use serde_json::json;

use crate::catalog::{DataSet, Read};
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::ledger::ShortList;
use crate::procore::Error;
use crate::store::actions::{self, ActionEnd, Entry, Progress};
use crate::sync::{
    CLOCK_SKEW, Fetched, FetchedPage, ListReader, ListRefusal, NextRead, PageRequest, SyncCursor,
};
use crate::verdict::{self, ReasonCode};

/// Reads what a data set refers to.
pub(crate) async fn lookups(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
    data_set: DataSet,
) -> Result<ActionOutcome, Halt> {
    let reader = full_reader(context, data_set, |read| read.lookup);
    Ok(read(lease, context, entry, &reader).await?.outcome())
}

/// Reads a data set itself.
pub(crate) async fn data_set(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
    data_set: DataSet,
) -> Result<ActionOutcome, Halt> {
    let reader = full_reader(context, data_set, |read| !read.lookup);
    Ok(read(lease, context, entry, &reader).await?.outcome())
}

pub(crate) fn full_reader(
    context: &RunContext,
    data_set: DataSet,
    wanted: impl Fn(&Read) -> bool,
) -> ListReader {
    ListReader::whole(context.source(), context.settings.choice(data_set), wanted)
}

/// The result of reading lists to their end.
pub(crate) struct ReadLists {
    /// Lists that were skipped, each with its reason.
    pub refused: Vec<ListRefusal>,
    /// Lists that are not complete, though nothing was skipped.
    pub short: Vec<ShortList>,
    /// Records that are no longer there, or no longer shown.
    pub missed: u64,
}

impl ReadLists {
    /// What the ledger keeps: a data set with a refused list that it needs is partial, one with a list
    /// that is not complete is short.
    pub(crate) fn outcome(self) -> ActionOutcome {
        let mut needed = self.refused.iter().filter(|it| !it.can_be_done_without());
        let end = match needed.next() {
            Some(refusal) => ActionEnd::Partial(refusal.code),
            None if self.short.is_empty() => ActionEnd::Done,
            None => ActionEnd::Short,
        };
        let Self {
            refused,
            short,
            missed,
        } = self;
        let report = json!({ "refused": refused, "short": short, "missed": missed });
        ActionOutcome::done(report).ended(end)
    }
}

/// Reads every list of `reader` to its end, from where it stopped.
pub(crate) async fn read(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
    reader: &ListReader,
) -> Result<ReadLists, Halt> {
    let now = lease.now();
    let stored = entry.cursor.clone();
    let stored = stored.and_then(|cursor| serde_json::from_value::<SyncCursor>(cursor).ok());
    let mut cursor = stored.unwrap_or_else(|| SyncCursor::begin(now, now + CLOCK_SKEW));
    cursor.retry_refused(); // the firm may have fixed it since
    let mut ahead = None;
    loop {
        let (list, asked) = match ahead.take() {
            Some(asked) => asked,
            None => match next(lease, reader, &cursor).await? {
                NextRead::Page(request) => fetch(lease, context, reader, *request).await?,
                NextRead::Done(end) => {
                    cursor = *end;
                    break;
                }
            },
        };
        cursor = match asked {
            Ok(Fetched::Page(page)) => match doubt::about(lease, context, list, &page).await? {
                Some(code) => {
                    tracing::info!(list = list.name, "A list cannot be trusted: {code}");
                    let cursor = page.cursor.refused(ListRefusal::new(list, code, None));
                    keep(lease, entry, &cursor, None).await?;
                    cursor
                }
                None => {
                    let cursor = page.cursor.clone();
                    // Fetch the next page while this one is written.
                    match reader.page_request(&cursor) {
                        Some(request) => {
                            lease.ready(list.name)?;
                            let asked_at = lease.now();
                            let (kept, asked) = tokio::join!(
                                keep(lease, entry, &cursor, Some(page)),
                                reader.fetch(context.api()?, request, asked_at),
                            );
                            kept?;
                            lease.answered(list.name)?;
                            ahead = Some((list, asked));
                        }
                        None => keep(lease, entry, &cursor, Some(page)).await?,
                    }
                    cursor
                }
            },
            Ok(Fetched::Moved(cursor)) => {
                tracing::info!(
                    list = list.name,
                    "Procore has moved a list to its successor"
                );
                keep(lease, entry, &cursor, None).await?;
                *cursor
            }
            Err((error, request)) => {
                match refused(&error, list) {
                    Some(code) => {
                        tracing::info!(list = list.name, "Procore refused a list: {error}");
                        let cursor = request.refused(ListRefusal::new(list, code, error.said()));
                        keep(lease, entry, &cursor, None).await?;
                        cursor
                    }
                    // Only a page that comes is kept, and its size with it: in an outage pages of
                    // every size fail.
                    None => request
                        .smaller()
                        .filter(|_| error.may_be_too_large())
                        .ok_or_else(|| Halt::of(error, refusal(list)))?,
                }
            }
        };
    }

    let mut write = lease.begin("reading ended").await?;
    let (tx, now) = (&mut write.tx, lease.now());
    let missed = reader.mark_missed(tx, &cursor, now).await?;
    reader.note(tx, &cursor, now).await?;
    lease.commit(write).await?;
    Ok(ReadLists {
        short: cursor.short(),
        refused: cursor.refused,
        missed,
    })
}

async fn next(
    lease: &RunLease<'_>,
    reader: &ListReader,
    cursor: &SyncCursor,
) -> Result<NextRead, Halt> {
    let mut conn = lease.app.db.acquire().await?;
    Ok(reader.next(&mut conn, cursor, lease.now()).await?)
}

/// Fetches a page.
async fn fetch(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    reader: &ListReader,
    request: PageRequest,
) -> Result<(&'static Read, Result<Fetched, (Error, PageRequest)>), Halt> {
    let list = request.read;
    lease.ready(list.name)?;
    let asked = reader.fetch(context.api()?, request, lease.now()).await;
    lease.answered(list.name)?;
    Ok((list, asked))
}

/// Stores a cursor, and the page that led there, in one transaction.
async fn keep(
    lease: &mut RunLease<'_>,
    entry: &Entry,
    cursor: &SyncCursor,
    page: Option<Box<FetchedPage>>,
) -> Result<(), Halt> {
    let mut write = lease
        .begin(if page.is_some() { "page" } else { "place" })
        .await?;
    let (tx, now) = (&mut write.tx, lease.now());
    let changed = match page {
        Some(page) => page.keep(tx).await?,
        None => 0,
    };
    let progress = progress(cursor, changed)?;
    actions::keep_progress(tx, &lease.held, entry.position, &progress, now).await?;
    lease.commit(write).await
}

fn progress(cursor: &SyncCursor, changed: u64) -> Result<Progress, Halt> {
    Ok(Progress {
        cursor: serde_json::to_value(cursor).map_err(anyhow::Error::from)?,
        records: cursor.rows() as i64,
        total: cursor.total().map(|total| total as i64),
        changed,
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
