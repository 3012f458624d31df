//! What the setup promises before it reads, and what it says at its end.

use concierge::catalog::DataSet;
use concierge::connection::Settings;
use concierge::flows::create_firm::{self, CreateFirmOutcome, NewFirm, Prefill};
use concierge::identity::Actor;
use concierge::onboarding::Stage;
use concierge::paths;

use crate::harness::colleague::Colleague;
use crate::harness::page::Page;
use crate::harness::site::choices;
use crate::harness::walk::Walk;

const MAIN: &str = ".actions-main a.button";

/// Records of a kind that are in our copy.
async fn read(walk: &Walk, kind: &str) -> i64 {
    sqlx::query_scalar("select count(*) from record where kind = $1 and gone_at is null")
        .bind(kind)
        .fetch_one(walk.app.db())
        .await
        .unwrap()
}

/// What the plan says of a data set.
fn amount(plan: &Page, label: &str) -> String {
    let rows = plan.texts("table tr").into_iter();
    let mut rows = rows.filter(|row| row.trim_start().starts_with(label));
    rows.next()
        .unwrap_or_else(|| panic!("{label}: {}", plan.text()))
}

#[tokio::test]
async fn the_plan_says_about_what_is_read() {
    let walk = Walk::start().await;
    let sets = ["projects", "users", "departments", "cost_codes"];
    let plan = walk.up_to(Stage::Complete, &sets).await;
    walk.complete().await;
    for (label, kind) in [
        ("Projects", "projects"),
        ("People", "users"),
        ("Departments", "departments"),
    ] {
        let told = amount(&plan, label);
        let count = read(&walk, kind).await;
        let about = match count {
            1 => "About 1 record".to_owned(),
            _ => format!("About {count} records"),
        };
        assert!(told.contains(&about), "{about}: {told}");
    }
    // Their number is known once the lists are read that they are in.
    let told = amount(&plan, "Cost codes");
    assert!(told.contains("Amount not known yet"), "{told}");
    assert!(plan.has_text("and those of Cost codes, which Procore does not count beforehand"));
}

#[tokio::test]
async fn the_end_names_projects_what_follows_and_one_next_step() {
    let walk = Walk::start().await;
    let page = walk.connect(&["projects", "users"]).await;
    let count = read(&walk, "projects").await;
    assert!(page.has_text(&count.to_string()), "{}", page.text());
    let named: Vec<String> =
        sqlx::query_scalar("select body ->> 'name' from record where kind = 'projects'")
            .fetch_all(walk.app.db())
            .await
            .unwrap();
    let shown = page.text();
    let (_, among) = shown.split_once("Among your projects: ").unwrap();
    let (among, _) = among.split_once('.').unwrap();
    let of_ours = named.iter().filter(|name| among.contains(name.as_str()));
    assert_eq!(of_ours.count(), 3, "{among}");
    assert!(page.has_text("From now on"));
    assert!(page.has_text("Procore tells us when something changes in what you chose"));
    assert_eq!(page.texts(MAIN), ["Choose your first project"]);
    let board = paths::projects(walk.admin.firm);
    assert_eq!(page.link("Choose your first project"), Some(board));

    let walk = walk.another_firm().await;
    let (id, secret) = ("another-client", "another-secret");
    walk.sandbox.add_company(77, "Quay Works", &[]).await;
    walk.sandbox.add_client(id, secret, &[77]).await;
    walk.review(&["users"]).await;
    let details = [
        ("access_way", "own_app"),
        ("company_id", "77"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    walk.enter_details(&details).await;
    let page = walk.connect(&["users"]).await;
    assert_eq!(page.texts(MAIN), ["View integration"]);
}

#[tokio::test]
async fn what_it_takes_is_told_for_the_choice() {
    let walk = Walk::start().await;
    let page = walk.page(Stage::Review).await;
    let file = format!("{}/content/paths/own_app.toml", env!("CARGO_MANIFEST_DIR"));
    let path: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let tasks = path["tasks"].as_array().unwrap();
    let minutes = |projects: bool| -> i64 {
        let counted = tasks
            .iter()
            .filter(|it| projects || it.get("only_for").is_none());
        counted.map(|it| it["minutes"].as_integer().unwrap()).sum()
    };
    let (with, without) = (minutes(true), minutes(false));
    assert!(with > without && without > 0);
    let of = |class: &str| page.texts(class).join(" ");
    assert!(of(".if-projects").contains(&format!("about {with} minutes of clicks")));
    assert!(of(".unless-projects").contains(&format!("about {without} minutes of clicks")));
    assert!(of(".if-projects").contains("who chooses the projects to share"));
    assert!(page.has_text("who installs the app"), "{}", page.text());
}

#[tokio::test]
async fn what_the_host_product_knows_is_filled_in() {
    let walk = Walk::start().await;
    let draft: Settings = choices(&[DataSet::People, DataSet::Trades]);
    let new = NewFirm {
        name: "Known Works".to_owned(),
        external_reference: None,
        prefill: Prefill {
            company_id: Some(5_358_233),
            draft: Some(draft),
        },
    };
    let created = create_firm::run(&walk.app.app, &Actor::System { firm: None }, &new).await;
    let Ok(CreateFirmOutcome::Created(firm)) = created else {
        panic!("{created:?}");
    };
    let admin = walk.app.admin_of(firm).await;
    let walk = Walk { admin, ..walk };
    let review = walk.page(Stage::Review).await;
    let ticked = review.values("input[name='data'][checked]");
    assert_eq!(ticked, ["users", "trades"]);
    walk.press(
        &review,
        "Continue",
        &[("data", "users"), ("data", "trades")],
    )
    .await;
    let details = walk.page(Stage::Credentials).await;
    assert_eq!(details.value_of("company_id"), "5358233");
    let dana = Colleague::asked(&walk, Stage::Credentials, "dana@firm.example", &[]).await;
    assert_eq!(dana.page().await.value_of("company_id"), "5358233");
}
