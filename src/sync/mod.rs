//! Reads lists of Procore page by page and puts their records on our shelves.
//!
//! A [`Reading`] knows which lists, a [`Place`] where it goes on. Nothing is remembered between two
//! pages but the place, which the caller keeps in the same transaction as the page: a reading that
//! was killed goes on where its last page was kept. One page is in memory at a time.

mod body;
mod place;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::catalog::{Choice, Read};
use crate::identity::ConnectionId;
use crate::procore::{CompanyApi, Error, ListRequest, PageCursor, is_reduced};
use crate::store::StoreError;
use crate::store::records::{self, NewRecord, Shelf};

pub use body::mended;
pub use place::{Place, Refusal};

use place::At;

/// The smallest page that is worth asking for when Procore is too slow with larger ones.
const SMALLEST_PAGE: u32 = 100;

/// Lists to be read, in order.
#[derive(Debug, Clone)]
pub struct Reading {
    pub firm_id: Uuid,
    pub connection_id: ConnectionId,
    /// Procore's id of the company.
    pub company_id: i64,
    lists: Vec<(Choice, &'static Read)>,
    /// Only what changed since then.
    since: Option<DateTime<Utc>>,
}

/// What comes next in a reading.
#[derive(Debug)]
pub enum Next {
    /// A page has to be asked for.
    Ask(Ask),
    /// Every list is read to its end, or was refused: the place then.
    Over(Place),
}

/// One page to be asked for.
#[derive(Debug)]
pub struct Ask {
    pub read: &'static Read,
    shelf: Shelf,
    request: ListRequest,
    /// The place with this page as the one to go on with.
    place: Place,
}

/// One page that came.
#[derive(Debug)]
pub struct Found {
    shelf: Shelf,
    records: Vec<NewRecord>,
    /// Procore gave its smaller view, which it does instead of refusing.
    pub is_reduced: bool,
    /// A whole list is there, and nothing is in it.
    pub is_empty_list: bool,
    /// Where the reading goes on after it.
    pub place: Place,
}

impl Reading {
    /// Reads lists of the chosen data sets whole.
    pub fn whole(
        firm_id: Uuid,
        connection_id: ConnectionId,
        company_id: i64,
        choices: impl IntoIterator<Item = Choice>,
        wanted: impl Fn(&Read) -> bool,
    ) -> Self {
        let lists = choices
            .into_iter()
            .flat_map(|choice| {
                let reads = choice.reads().map(|read| (choice, read));
                reads.collect::<Vec<_>>()
            })
            .filter(|(_, read)| wanted(read))
            .collect();
        Self {
            firm_id,
            connection_id,
            company_id,
            lists,
            since: None,
        }
    }

    /// Reads only what changed since `since`, where Procore can be asked for that.
    pub fn changes(
        firm_id: Uuid,
        connection_id: ConnectionId,
        company_id: i64,
        choices: impl IntoIterator<Item = Choice>,
        since: DateTime<Utc>,
    ) -> Self {
        let reading = Self::whole(firm_id, connection_id, company_id, choices, |read| {
            read.updated_at
        });
        Self {
            since: Some(since),
            ..reading
        }
    }

    /// What to ask for at `place`. Looks up the parents of lists that exist once per parent.
    pub async fn next(&self, conn: &mut PgConnection, place: &Place) -> Result<Next, StoreError> {
        let mut place = place.clone();
        loop {
            if let Some(ask) = self.page_at(&place) {
                return Ok(Next::Ask(ask));
            }
            let at = place.at.take();
            let in_hand = at.and_then(|at| Some((self.list(&at.read)?, at)));
            match in_hand {
                Some(((choice, read), at)) => {
                    let parent = self.parent_after(conn, choice, read, at.parent).await?;
                    match (read.per, parent) {
                        (Some(_), Some(parent)) => place.at = Some(at.of_parent(parent)),
                        (Some(_) | None, _) => place.close(at),
                    }
                }
                None => {
                    let open = |(_, read): &&(Choice, &Read)| !place.is_through(read.name);
                    let Some(&(choice, read)) = self.lists.iter().find(open) else {
                        return Ok(Next::Over(place));
                    };
                    let parent = self.parent_after(conn, choice, read, None).await?;
                    let at = At::begin(read.name, parent);
                    match (read.per, parent) {
                        (Some(_), None) => place.close(at),
                        (Some(_), Some(_)) | (None, _) => place.at = Some(at),
                    }
                }
            }
        }
    }

    /// The page that `place` names; none at the end of a list, or of one parent's, where what was
    /// read so far decides what comes next.
    pub fn page_at(&self, place: &Place) -> Option<Ask> {
        let at = place.at.as_ref().filter(|at| at.page.is_some())?;
        let (choice, read) = self.list(&at.read)?;
        Some(Ask {
            read,
            shelf: self.shelf(choice, read),
            request: self.request(choice, read, at, place.until),
            place: place.clone(),
        })
    }

    /// Asks Procore for a page.
    pub async fn ask(&self, api: &CompanyApi, ask: Ask) -> Result<Found, (Error, Ask)> {
        let page = match api.list_page(&ask.request).await {
            Ok(page) => page,
            Err(error) => return Err((error, ask)),
        };
        let first = page.records.first();
        let is_reduced = first.is_some_and(|it| is_reduced(&it.body, ask.read.whole_has));
        let mut is_empty_list = false;
        let mut place = ask.place;
        if let Some(at) = &mut place.at {
            let whole = self.since.is_none() && at.parent.is_none() && at.rows == 0;
            is_empty_list = whole && page.records.is_empty();
            at.rows += page.records.len() as u64;
            at.steady &= at.total.is_none() || page.total.is_none() || at.total == page.total;
            at.total = page.total.or(at.total);
            at.page = page.next;
            if at.page.is_none() {
                at.end_of_parent();
            }
        }
        Ok(Found {
            shelf: ask.shelf,
            records: body::storable(page.records),
            is_reduced,
            is_empty_list,
            place,
        })
    }

    /// Marks what a whole reading did not meet any more. Does so only for kinds of which every list
    /// was read to its end without a change in between, the lists of inactive records included:
    /// a person who is missing among the active ones may merely be inactive.
    pub async fn mark_gone(
        &self,
        conn: &mut PgConnection,
        place: &Place,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut gone = 0;
        if self.since.is_some() {
            return Ok(gone);
        }
        let mut seen: Vec<&str> = Vec::new();
        for &(choice, read) in &self.lists {
            if seen.contains(&read.kind) {
                continue;
            }
            seen.push(read.kind);
            let every = choice.data_set.entry().reads.iter();
            let complete = every.filter(|other| other.kind == read.kind).all(|other| {
                let whole = choice.include_inactive
                    || !other.inactive_only && other.params.iter().all(|it| it.active == it.all);
                whole && place.is_trusted(other.name)
            });
            if complete {
                let shelf = self.shelf(choice, read);
                gone += records::mark_gone(conn, &shelf, place.began_at, now).await?;
            }
        }
        Ok(gone)
    }

    fn list(&self, name: &str) -> Option<(Choice, &'static Read)> {
        self.lists
            .iter()
            .find(|(_, read)| read.name == name)
            .copied()
    }

    fn shelf(&self, choice: Choice, read: &'static Read) -> Shelf {
        Shelf {
            firm_id: self.firm_id,
            connection_id: self.connection_id,
            data_set: choice.data_set,
            kind: read.kind,
            project_id: 0,
        }
    }

    /// The next record of the list that `read` exists once per record of.
    async fn parent_after(
        &self,
        conn: &mut PgConnection,
        choice: Choice,
        read: &Read,
        after: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let parents = read.per.and_then(|per| {
            let reads = choice.data_set.entry().reads;
            reads.iter().find(|parents| parents.name == per.read)
        });
        match parents {
            Some(parents) => records::next_id(conn, &self.shelf(choice, parents), after).await,
            None => Ok(None),
        }
    }

    fn request(
        &self,
        choice: Choice,
        read: &'static Read,
        at: &At,
        until: DateTime<Utc>,
    ) -> ListRequest {
        let mut query = read.query(self.company_id, choice.include_inactive);
        if let (Some(per), Some(parent)) = (read.per, at.parent) {
            query.push((per.param, parent.to_string()));
        }
        if let Some(since) = self.since {
            query.push(("filters[updated_at]", window(since, until)));
        }
        let largest = at.page_size.unwrap_or(read.page_size);
        ListRequest {
            action: read.name,
            path: read.path_for(self.company_id),
            query,
            page: at.page.clone().unwrap_or_else(PageCursor::first),
            per_page: read.paged.then_some(largest),
        }
    }
}

impl Ask {
    /// The place at which this list is left out with a reason; what was read of it stays.
    pub fn refused(self, refusal: Refusal) -> Place {
        self.place.refused(refusal)
    }

    /// The place at which this list begins again with smaller pages, for a Procore that takes too
    /// long over large ones; `None` if they cannot be smaller.
    pub fn smaller(&self) -> Option<Place> {
        let size = self.request.per_page? / 2;
        let mut place = self.place.clone();
        let at = place.at.as_mut()?;
        if size < SMALLEST_PAGE {
            return None;
        }
        at.restart(size);
        Some(place)
    }
}

impl Found {
    /// Puts the page's records on their shelf.
    pub async fn keep(self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), StoreError> {
        records::upsert(conn, &self.shelf, self.records, now).await
    }
}

/// A range of time as Procore's filters take it: three dots, both ends required.
fn window(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{}...{}", text(from), text(to))
}

#[cfg(test)]
mod tests;
