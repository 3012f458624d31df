//! The ids of all rows of a list, which some lists give in one answer.

use std::collections::BTreeSet;

use super::client::CompanyApi;
use super::error::Error;
use super::lenient::Id;
use super::page_cursor::PageCursor;
use super::pages::ListRequest;

impl CompanyApi {
    /// Reads the `ids` view of a list: complete, or [`Error::Unexpected`].
    pub(crate) async fn ids(
        &self,
        action: &'static str,
        path: String,
        query: Vec<(&'static str, String)>,
    ) -> Result<BTreeSet<i64>, Error> {
        let list = ListRequest {
            action,
            path,
            query,
            page: PageCursor::first(),
            per_page: None,
            grouped_in: None,
        };
        let ids: Vec<Id> = self.read_all(list, 1).await?;
        Ok(ids.into_iter().map(|Id(id)| id).collect())
    }
}
