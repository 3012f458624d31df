//! Pages of a list, with the `Link`, `Total` and `Per-Page` headers.

use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::answer::Answer;
use crate::call::Call;
use crate::world::World;

/// The called page of `rows`, with its headers; `envelope` makes the body of it.
pub fn page_of(
    world: &World,
    call: &Call<'_>,
    rows: &[Value],
    envelope: fn(Value) -> Answer,
) -> Answer {
    let (page, per_page) = call.page;
    let cut = rows
        .iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .cloned();
    with_paging(
        world,
        call,
        call.page,
        rows.len(),
        envelope(Value::Array(cut.collect())),
    )
}

/// Adds the paging headers to the answer that holds one page (number and size) of `total` rows.
pub fn with_paging(
    world: &World,
    call: &Call<'_>,
    (page, per_page): (usize, usize),
    total: usize,
    answer: Answer,
) -> Answer {
    let last = total.div_ceil(per_page).max(1);
    let link = |number: usize, name: &str| {
        let mut query = Serializer::new(String::new());
        query.append_pair("page", &number.to_string());
        query.append_pair("per_page", &per_page.to_string());
        for (key, value) in &call.request.query {
            if key != "page" && key != "per_page" {
                query.append_pair(key, value);
            }
        }
        let base = world.address_for(call.request);
        let address = format!("{base}{}?{}", call.request.path, query.finish());
        format!("<{address}>; rel=\"{name}\"")
    };
    let mut links = vec![link(1, "first")];
    if page < last {
        links.push(link(page + 1, "next"));
    }
    links.push(link(last, "last"));
    answer
        .with("link", links.join(", "))
        .with("total", total)
        .with("per-page", per_page)
}
