//! Lists that Procore no longer has at their address because it moved them, as it announced.

use serde::Deserialize;

use crate::catalog::{DataSet, Ids, Read, SEGMENTS, company_path};
use crate::procore::{CompanyApi, Error, ListRequest, PageCursor};

/// The segment to which a list was moved; `None` where it has no successor, or was not moved.
///
/// A list that exists once per record of another may merely lack that record: it was moved only if
/// the other list was.
pub(crate) async fn segment_of(api: &CompanyApi, list: &Read) -> Result<Option<i64>, Error> {
    let Some(successor) = &list.successor else {
        return Ok(None);
    };
    let company = api.company_id().get();
    let ids = Ids::of_company(company);
    let mut lists = DataSet::OF_COMPANY.iter().flat_map(|set| set.entry().reads);
    if let Some(parents) = list
        .per
        .and_then(|per| lists.find(|it| it.name == per.read))
    {
        let (path, query) = (parents.path_for(ids), parents.query(ids, false));
        match first_rows(api, parents.plural, path, query, 1).await {
            Err(Error::NotVisible(_)) => {}
            other => return other.map(|_| None),
        }
    }
    #[derive(Deserialize)]
    struct Segment {
        #[serde(rename = "type")]
        kind: String,
    }
    let path = company_path(SEGMENTS, company);
    let segments = match first_rows(api, "segments", path, Vec::new(), 100).await {
        Err(Error::NotVisible(_) | Error::NotPermitted(_)) => return Ok(None),
        other => other?,
    };
    let found = segments.into_iter().find(|(_, body)| {
        serde_json::from_str(body).is_ok_and(|it: Segment| it.kind == successor.segment)
    });
    Ok(found.map(|(id, _)| id))
}

async fn first_rows(
    api: &CompanyApi,
    action: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    rows: u32,
) -> Result<Vec<(i64, String)>, Error> {
    let request = ListRequest {
        action,
        path,
        query,
        page: PageCursor::first(),
        per_page: Some(rows),
        grouped_in: None,
    };
    let page = api.list_page(&request).await?;
    let row = page.records.into_iter();
    Ok(row.map(|it| (it.id, it.body.get().to_owned())).collect())
}
