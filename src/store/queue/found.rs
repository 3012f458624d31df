//! The firms that a search finds.

use sqlx::PgConnection;

use super::super::StoreError;
use crate::identity::FirmId;
use crate::onboarding::search::{Search, Term, behind};

/// A search returns at most this many firms; a longer search finds fewer.
pub const MOST_FOUND: i64 = 200;

/// How many firms the leading term may find for the others to filter.
const MOST_TRIED: i64 = 2_000;

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub firms: Vec<FirmId>,
    /// There may be more.
    pub is_cut: bool,
}

/// Finds firms by the beginnings of the words of their names, of their people's and invited
/// people's addresses, and of their company's number.
///
/// The rarest term leads through the indexes, to a bounded number of firms; the other terms only
/// filter. So the cost of a search is bounded even with a million firms.
pub async fn find(conn: &mut PgConnection, search: &Search) -> Result<Found, StoreError> {
    let (lead, word) = match search.lead() {
        Some(term) => (term, term.lead_word()),
        None => match rarest(conn, search).await? {
            Some(found) => found,
            None => return Ok(Found::default()),
        },
    };
    let others = match search.is_one_word() {
        true => &[],
        false => search.terms(),
    };
    let most = if others.is_empty() {
        MOST_FOUND
    } else {
        MOST_TRIED
    };
    let terms: Vec<String> = others.iter().map(|it| it.text.clone()).collect();
    let words: Vec<String> = others.iter().map(|it| it.words.join(" ")).collect();
    let rows = sqlx::query!(
        r#"
        with near as materialized (
            (
                select firm_id from firm_word
                where word >= $1 and word < $2
                order by word limit $5
            )
            union
            (
                select firm_id from queue_line
                where company_id is not null
                  and company_id::text collate "C" >= $3 and company_id::text collate "C" < $4
                order by company_id::text collate "C" limit $5
            )
            union
            (
                select m.firm_id
                from (
                    select person_id from email_address
                    where address collate "C" >= $3 and address collate "C" < $4
                    order by address collate "C" limit $5
                ) e
                join membership m on m.person_id = e.person_id
                limit $5
            )
            union
            (
                select firm_id from person_link
                where address collate "C" >= $3 and address collate "C" < $4
                  and kind = 'invitation' and firm_id is not null
                  and used_at is null and ended_at is null
                order by address collate "C" limit $5
            )
        )
        select near.firm_id as "firm!: FirmId", (select count(*) from near) as "near!"
        from near
        where not exists (
            select from unnest($6::text[], $7::text[]) as term (text, words)
            where not exists (
                    select from queue_line l
                    where l.firm_id = near.firm_id and starts_with(l.company_id::text, term.text)
                )
                and not exists (
                    select from membership m
                    join email_address e on e.person_id = m.person_id
                    where m.firm_id = near.firm_id and starts_with(e.address, term.text)
                )
                and not exists (
                    select from person_link l
                    where l.firm_id = near.firm_id and starts_with(l.address, term.text)
                      and l.kind = 'invitation' and l.used_at is null and l.ended_at is null
                )
                and (term.words = '' or exists (
                    select from string_to_table(term.words, ' ') as part (word)
                    where not exists (
                        select from firm_word w
                        where w.firm_id = near.firm_id and starts_with(w.word, part.word)
                    )
                ))
        )
        limit $8
        "#,
        word,
        behind(word),
        lead.text,
        behind(&lead.text),
        most,
        &terms,
        &words,
        MOST_FOUND,
    )
    .fetch_all(conn)
    .await?;
    Ok(Found {
        is_cut: rows.first().is_some_and(|row| row.near >= most) || rows.len() as i64 >= MOST_FOUND,
        firms: rows.into_iter().map(|row| row.firm).collect(),
    })
}

/// The word that is the beginning of the fewest words of names, and its term.
async fn rarest<'a>(
    conn: &mut PgConnection,
    search: &'a Search,
) -> Result<Option<(&'a Term, &'a str)>, StoreError> {
    let all: Vec<(&Term, &str)> = search
        .terms()
        .iter()
        .flat_map(|term| term.words.iter().map(move |word| (term, word.as_str())))
        .collect();
    let words: Vec<String> = all.iter().map(|(_, word)| (*word).to_owned()).collect();
    let ends: Vec<String> = words.iter().map(|word| behind(word)).collect();
    let place = sqlx::query_scalar!(
        r#"
        select place as "place!"
        from unnest($1::text[], $2::text[]) with ordinality as asked (word, behind, place)
        cross join lateral (
            select count(*) as met
            from (
                select from firm_word w
                where w.word >= asked.word and w.word < asked.behind
                limit $3
            ) few
        ) names
        order by met, length(word) desc
        limit 1
        "#,
        &words,
        &ends,
        MOST_TRIED,
    )
    .fetch_optional(conn)
    .await?;
    let place = place.and_then(|place| usize::try_from(place - 1).ok());
    Ok(place.and_then(|place| all.get(place).copied()))
}
