//! Reads one record that Procore announced.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::changed::Changed;
use super::{body, moved};
use crate::catalog::{Ids, Read, Single};
use crate::procore::{Answer, CompanyApi, Error, ListRequest, OneRecord, PageCursor, is_reduced};
use crate::store::StoreError;
use crate::store::records::{self, NewRecord, RecordSet};
use crate::store::{single_records, unread};

/// How many lists a new record is looked for in, where the record does not say to which it belongs.
const MOST_PARENTS: usize = 10;

/// What Procore showed of one record.
#[derive(Debug)]
pub(crate) enum Shown {
    Record(Box<NewRecord>),
    /// What belongs to it, all there is ([`Single::Parts`]).
    Parts {
        records: Vec<NewRecord>,
        /// Rows that cannot be read, as they came.
        unread: Vec<String>,
    },
    /// What changed of its kind: the event names it by an id that its list does not know.
    Changed(Changed),
    /// It is there and cannot be read; as it came.
    Unreadable(String),
    /// Not there, or hidden from us.
    Nothing,
    /// The records of this kind have moved to where they cannot be read one by one.
    Elsewhere,
}

/// The records in whose lists a record may be, each worth a call.
pub(crate) async fn parents(
    conn: &mut PgConnection,
    set: &RecordSet,
    read: &Read,
    id: i64,
) -> Result<Vec<Option<i64>>, StoreError> {
    let Some(per) = read.per else {
        return Ok(vec![None]);
    };
    if let Some(own) = single_records::find_parent(conn, set, id, per.param).await? {
        return Ok(vec![Some(own)]);
    }
    let reads = set.data_set.entry().reads.iter();
    let Some(list) = reads.clone().find(|it| it.name == per.read) else {
        return Ok(Vec::new());
    };
    let of_parents = RecordSet {
        kind: list.kind,
        ..*set
    };
    let (mut parents, mut after) = (Vec::new(), None);
    while parents.len() < MOST_PARENTS {
        match records::next_id(conn, &of_parents, after).await? {
            Some(parent) => parents.push(Some(parent)),
            None => break,
        }
        after = parents.last().copied().flatten();
    }
    Ok(parents)
}

/// Asks Procore for one record.
pub(crate) async fn read(
    api: &CompanyApi,
    ids: Ids,
    read: &Read,
    id: i64,
    parents: &[Option<i64>],
) -> Result<Shown, Error> {
    for parent in parents {
        let (path, query) = read.single_request(ids, id, *parent);
        let shown = match read.single {
            Single::ById | Single::ByIdWithoutView => {
                match api.record(read.plural, &path, query).await {
                    Ok(shown) => shown,
                    Err(Error::NotVisible(_)) => continue,
                    Err(error) => return Err(error),
                }
            }
            Single::Parts(_) => return parts(api, read, path, query).await,
            Single::Filter(_) => match filtered(api, read, path, query, id).await? {
                Some(shown) => shown,
                None => continue,
            },
        };
        return Ok(match shown {
            OneRecord::Read(record) if is_reduced(&record.body, read.whole_has) => {
                // The reduced view would replace what is known.
                let why = "a reduced view instead of the record";
                return Err(Error::NotPermitted(Answer::none(read.plural, why)));
            }
            OneRecord::Read(record) => match body::storable(vec![record]).pop() {
                Some(record) => Shown::Record(Box::new(record)),
                None => Shown::Nothing,
            },
            OneRecord::Unreadable(body) => Shown::Unreadable(body),
        });
    }
    Ok(Shown::Nothing)
}

/// Whether the list of a record that is not shown has moved.
pub(crate) async fn has_moved(api: &CompanyApi, read: &Read) -> Result<bool, Error> {
    Ok(moved::segment_of(api, read).await?.is_some())
}

/// Everything that belongs to what was announced, however many pages.
pub(super) async fn parts(
    api: &CompanyApi,
    read: &Read,
    path: String,
    query: Vec<(&'static str, String)>,
) -> Result<Shown, Error> {
    let mut request = ListRequest {
        action: read.plural,
        path,
        query,
        page: PageCursor::first(),
        per_page: Some(read.page_size),
        grouped_in: read.grouped_in,
    };
    let (mut records, mut unread) = (Vec::new(), Vec::new());
    loop {
        let page = match api.list_page(&request).await {
            Err(Error::NotVisible(_)) => return Ok(Shown::Nothing),
            page => page?,
        };
        unread.extend(page.unread);
        records.extend(page.records);
        match page.next {
            Some(next) => request.page = next,
            None => break,
        }
    }
    let records = body::storable(records);
    Ok(match records.is_empty() && unread.is_empty() {
        true => Shown::Nothing,
        false => Shown::Parts { records, unread },
    })
}

async fn filtered(
    api: &CompanyApi,
    read: &Read,
    path: String,
    query: Vec<(&'static str, String)>,
    id: i64,
) -> Result<Option<OneRecord>, Error> {
    let request = ListRequest {
        action: read.plural,
        path,
        query,
        page: PageCursor::first(),
        per_page: Some(read.page_size),
        grouped_in: read.grouped_in,
    };
    let page = api.list_page(&request).await?;
    let found = page.records.into_iter().find(|record| record.id == id);
    let found = found.map(OneRecord::Read);
    Ok(found.or_else(|| page.unread.into_iter().next().map(OneRecord::Unreadable)))
}

/// Keeps what came and cannot be read, for support.
pub(crate) async fn keep_unreadable(
    conn: &mut PgConnection,
    set: &RecordSet,
    row: String,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    unread::keep_records(conn, set, body::unread(vec![row]).kept(), now).await
}
