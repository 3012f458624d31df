//! Pages of a list, with the `Link`, `Total` and `Per-Page` headers.

use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::answer::Answer;
use crate::call::Call;
use crate::world::World;

/// The called page of `rows`, with its headers; `envelope` makes the body of it.
pub(crate) fn page_of(
    world: &World,
    call: &Call<'_>,
    rows: &[Value],
    envelope: fn(Value) -> Answer,
) -> Answer {
    let (page, per_page) = call.page;
    let rest = rows.iter().skip((page - 1).saturating_mul(per_page));
    let answer = envelope(rest.take(per_page).cloned().collect());
    with_paging(world, call, call.page, rows.len(), answer)
}

/// Adds the paging headers to the answer that holds one page (number and size) of `total` rows.
pub(crate) fn with_paging(
    world: &World,
    call: &Call<'_>,
    (page, per_page): (usize, usize),
    total: usize,
    answer: Answer,
) -> Answer {
    let last = total.div_ceil(per_page).max(1);
    let address = format!("{}{}", world.address_for(call.request), call.request.path);
    let asked = call
        .request
        .query
        .iter()
        .filter(|(key, _)| key != "page" && key != "per_page");
    let link = |(number, relation): (usize, &str)| {
        let mut query = Serializer::new(String::new());
        query.append_pair("page", &number.to_string());
        query.append_pair("per_page", &per_page.to_string());
        query.extend_pairs(asked.clone());
        format!("<{address}?{}>; rel=\"{relation}\"", query.finish())
    };
    let next = (page < last).then_some((page + 1, "next"));
    let links = [Some((1, "first")), next, Some((last, "last"))]
        .into_iter()
        .flatten()
        .map(link);
    answer
        .with("link", links.collect::<Vec<_>>().join(", "))
        .with("total", total)
        .with("per-page", per_page)
}
