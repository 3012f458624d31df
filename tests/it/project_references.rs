//! The host product's references of projects: one by one, from a file, and as the host reads them.

use concierge::paths;

use crate::harness::app::{FirmAdmin, TestApp};
use crate::harness::page::Page;
use crate::projects_board::{connected, ids};

/// The fields that a form carries besides those of a person.
pub(crate) fn carried(page: &Page, action: &str) -> Vec<(String, String)> {
    let mut forms = page.forms().into_iter();
    let form = forms.find(|it| it.action.starts_with(action));
    let fields = form.expect("the form").fields.into_iter();
    let hidden = fields.filter(|it| it.hidden);
    hidden.map(|it| (it.name, it.value)).collect()
}

pub(crate) fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields.map(|(a, b)| (a.as_str(), b.as_str())).collect()
}

async fn references(admin: &FirmAdmin) -> Page {
    let page = admin.browser.get(&paths::references(admin.firm)).await;
    assert_eq!((page.status, page.h1().as_str()), (200, "References"));
    page
}

/// What a file leads to.
async fn upload(admin: &FirmAdmin, file: &[u8]) -> Page {
    let page = references(admin).await;
    let action = paths::upload_references(admin.firm);
    let fields = carried(&page, &action);
    let answer = admin
        .browser
        .upload(&action, &borrowed(&fields), file)
        .await;
    admin.browser.follow(answer).await
}

/// The page that *Save references* leads to.
async fn save(admin: &FirmAdmin, page: &Page) -> Page {
    let action = paths::compare_references(admin.firm);
    let fields = carried(page, &action);
    admin.browser.submit(&action, &borrowed(&fields)).await
}

/// Each project's reference, as the host product reads it.
async fn hosts(app: &TestApp) -> Vec<Option<String>> {
    sqlx::query_scalar("select reference from concierge_v1.project order by procore_id")
        .fetch_all(app.db())
        .await
        .unwrap()
}

async fn name_of(app: &TestApp, project: i64, name: &str, number: &str) {
    sqlx::query("update project set name = $2, number = $3 where project_id = $1")
        .bind(project)
        .bind(name)
        .bind(number)
        .execute(app.db())
        .await
        .unwrap();
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    let texts = texts.iter().map(|text| (*text).to_owned());
    texts
        .map(|it| Some(it).filter(|it| !it.is_empty()))
        .collect()
}

#[tokio::test]
async fn a_search_finds_names_numbers_and_references_in_any_case() {
    let (_sandbox, app, admin) = connected(3).await;
    let [first, second, third] = ids(&app).await[..] else {
        panic!("three projects")
    };
    name_of(&app, first, "École Élémentaire", "ÉC-1").await;
    name_of(&app, second, "Harbor Tower", "17").await;
    name_of(&app, third, "Airport", "18").await;
    sqlx::query("update project set reference = 'ÉTÉ_2' where project_id = $1")
        .bind(second)
        .execute(app.db())
        .await
        .unwrap();
    for (search, found) in [
        ("école éL", first),
        ("éC-1", first),
        ("été", second),
        ("ÉTÉ_2", second),
        ("AIRPORT", third),
    ] {
        let search: String = url::form_urlencoded::byte_serialize(search.as_bytes()).collect();
        let address = format!("{}?q={search}", paths::references(admin.firm));
        let page = admin.browser.get(&address).await;
        for project in [first, second, third] {
            let shown = page.html.contains(&format!("reference-{project}"));
            assert_eq!(shown, project == found, "{search}: {project}");
        }
    }
}

#[tokio::test]
async fn references_are_typed_in_the_table_and_on_a_projects_page() {
    let (_sandbox, app, admin) = connected(3).await;
    let [first, second, _] = ids(&app).await[..] else {
        panic!("three projects")
    };
    let change = "select max(change) from concierge_v1.change";
    let before: i64 = sqlx::query_scalar(change)
        .fetch_one(app.db())
        .await
        .unwrap();
    let board = admin.browser.get(&paths::projects(admin.firm)).await;
    let way = board.link("References").expect("the way there");
    assert_eq!(way, paths::references(admin.firm));
    let page = references(&admin).await;
    assert!(page.has_text("No project has one yet."));

    let mut fields = carried(&page, &way);
    fields.push((format!("reference-{first}"), "  A 17 ".to_owned()));
    fields.push((format!("reference-{second}"), "x".repeat(121)));
    let refused = admin.browser.post(&way, &borrowed(&fields)).await;
    assert_eq!(refused.status, 422);
    let field = format!("reference-{second}");
    assert_eq!(refused.error_for(&field), "Use at most 120 characters");
    assert_eq!(refused.value_of(&format!("reference-{first}")), "A 17");
    assert_eq!(hosts(&app).await, some(&["", "", ""]));

    fields.pop();
    let saved = admin.browser.submit(&way, &borrowed(&fields)).await;
    assert!(saved.has_text("Saved 1 reference."), "{}", saved.text());
    assert!(
        saved.has_text("1 of 3 projects have one.") && saved.has_text("Without a reference (2)")
    );
    let again = admin.browser.submit(&way, &borrowed(&fields)).await;
    assert!(again.has_text("Nothing was changed."));
    let after: i64 = sqlx::query_scalar(change)
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(after > before, "a follower reads the project again");

    // On the project's page, by a colleague; the table is an old page then.
    let of_project = paths::project(admin.firm, first);
    let page = admin.browser.get(&of_project).await;
    assert_eq!(page.value_of("reference"), "A 17");
    let action = paths::project_reference(admin.firm, first);
    let mut own = carried(&page, &action);
    own.push(("reference".to_owned(), "x".repeat(121)));
    let refused = admin.browser.post(&action, &borrowed(&own)).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.error_for("reference"), "Use at most 120 characters");
    own.pop();
    own.push(("reference".to_owned(), "B".to_owned()));
    let page = admin.browser.submit(&action, &borrowed(&own)).await;
    assert!(page.has_text("Saved 1 reference."));
    let mut old = carried(&saved, &way);
    old.push((format!("reference-{first}"), "C".to_owned()));
    let stale = admin.browser.post(&way, &borrowed(&old)).await;
    assert_eq!(stale.status, 409);
    assert_eq!(hosts(&app).await, some(&["B", "", ""]));

    let activity = paths::integration_page(admin.firm, "activity");
    let activity = admin.browser.get(&activity).await;
    assert!(activity.has_text("Changed references of projects"));
}

#[tokio::test]
async fn a_file_is_shown_before_it_is_saved_and_comes_back_as_it_was_written() {
    let (_sandbox, app, admin) = connected(4).await;
    let [tower, pier, depot, twin] = ids(&app).await[..] else {
        panic!("four projects")
    };
    name_of(&app, tower, "Harbor Tower", "1187").await;
    name_of(&app, pier, "=Pier; \"North\"", "").await;
    name_of(&app, depot, "Depot", "7").await;
    name_of(&app, twin, "Depot", "8").await;

    let file = "\u{feff}1187;\"=H;1\"\r\n\"=pier; \"\"north\"\"\";-2\r\nDEPOT;D\r\n99;N\r\n7;S\r\n 7 ;T\r\n8;\r\n";
    let page = upload(&admin, file.as_bytes()).await;
    assert_eq!(page.h1(), "What the file changes");
    for text in [
        "2 references will be saved. 1 row says what we have already.",
        "4 rows are left out",
        "Ambiguous: 2 projects are called this",
        "Not found: we know no such project",
        "Twice in the file: another row is about the same project",
    ] {
        assert!(page.has_text(text), "{text}: {}", page.text());
    }
    assert_eq!(hosts(&app).await, some(&["", "", "", ""]), "not saved yet");
    let done = save(&admin, &page).await;
    assert!(done.has_text("Saved 2 references."), "{}", done.text());
    assert_eq!(hosts(&app).await, some(&["=H;1", "-2", "", ""]));
    assert_eq!(save_status(&admin, &page).await, 409, "it is gone");

    let file = admin.browser.get(&paths::references_file(admin.firm)).await;
    let kind = file.header("content-type").unwrap();
    assert!(kind.starts_with("text/csv"));
    assert!(
        file.html.contains("\"'=Pier; \"\"North\"\"\",'-2\r\n"),
        "{}",
        file.html
    );
    let page = upload(&admin, file.html.as_bytes()).await;
    assert!(page.has_text("This file changes nothing. 4 rows say what we have already."));
}

async fn save_status(admin: &FirmAdmin, page: &Page) -> u16 {
    let action = paths::compare_references(admin.firm);
    let fields = carried(page, &action);
    admin.browser.post(&action, &borrowed(&fields)).await.status
}

#[tokio::test]
async fn what_the_page_showed_is_saved_or_nothing() {
    let (_sandbox, app, admin) = connected(2).await;
    let [first, second] = ids(&app).await[..] else {
        panic!("two projects")
    };
    name_of(&app, first, "East", "1").await;
    name_of(&app, second, "West", "2").await;
    let page = upload(&admin, b"1,A\n2,B\n").await;
    sqlx::query("update project set reference = 'B' where project_id = $1")
        .bind(second)
        .execute(app.db())
        .await
        .unwrap();
    let shown = save(&admin, &page).await;
    assert!(shown.has_text("Something changed since this page was shown"));
    assert!(shown.has_text("1 reference will be saved."));
    assert_eq!(hosts(&app).await, some(&["", "B"]));
    save(&admin, &shown).await;
    assert_eq!(hosts(&app).await, some(&["A", "B"]));

    // A row says what it has of a project, if anything.
    let rows = b"Procore ID,Number,Name,Reference\r\n7,,,A\r\n,,,B\r\n,,Nowhere,C\r\n";
    let page = upload(&admin, rows).await;
    assert_eq!(
        page.texts("tbody th"),
        ["Project 7", "No project named", "Nowhere"]
    );
    assert_eq!(page.texts("tbody td.num"), ["2", "3", "4"]);

    // A later file takes the place of one that another page shows.
    let old = upload(&admin, b"1,X\n").await;
    upload(&admin, b"1,Y\n").await;
    assert_eq!(save_status(&admin, &old).await, 409);
    app.advance(chrono::TimeDelta::days(2));
    app.run_jobs().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from reference_file")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(kept, 0, "nobody saved it");
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_with_what_to_do() {
    let (_sandbox, app, admin) = connected(1).await;
    let large = "1,x\n".repeat(300_000);
    for (file, told) in [
        (&b""[..], "Choose a CSV file"),
        (b"PK\x03\x04 a workbook", "This is an Excel workbook."),
        (
            b"M\xfcnster,1",
            "We cannot read the characters of this file.",
        ),
        (b"1;2;3\n", "Line 1 does not have two columns."),
        (large.as_bytes(), "This file is larger than 1 MB."),
    ] {
        let page = upload(&admin, file).await;
        assert_eq!(page.status, 422);
        assert!(
            page.error_for("file").starts_with(told),
            "{}",
            page.error_for("file")
        );
    }
    let many: String = (0..10_000).map(|row| format!("P-{row},{row}\n")).collect();
    let page = upload(&admin, many.as_bytes()).await;
    assert!(page.has_text("10,000 rows are left out") && page.has_text("Page 1 of 100"));
    let next = page.link("Next").expect("the rest is shown as well");
    let next = admin.browser.visit(&next).await;
    assert!(next.has_text("Page 2 of 100"), "{}", next.text());
    let more = format!("{many}P,1\n");
    let page = upload(&admin, more.as_bytes()).await;
    let told = "This file has more than 10,000 rows. Split it into several files";
    assert_eq!(page.error_for("file"), told);

    let stranger = app.firm_admin().await;
    for path in [
        paths::references(admin.firm),
        paths::references_file(admin.firm),
    ] {
        assert_eq!(stranger.browser.get(&path).await.status, 404);
    }
    let fields = [("onboarding", "x")];
    let path = paths::upload_references(admin.firm);
    assert_eq!(
        stranger
            .browser
            .upload(&path, &fields, b"1,2\n")
            .await
            .status,
        404
    );
}
