//! `concierge firm` and `concierge user`.

use crate::harness::db::TestDb;
use crate::harness::program::{Program, Ran, address_in, key};

const PASSWORD: &str = "seven green hard hats";

struct Installation {
    db: TestDb,
    keys: String,
}

impl Installation {
    async fn new() -> Self {
        Self {
            db: TestDb::create().await,
            keys: key("k1"),
        }
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new(args).configured(&self.db.serving_url(), &self.keys)
    }

    async fn run(&self, args: &[&str]) -> Ran {
        self.program(args)
            .input(&format!("{PASSWORD}\n"))
            .run()
            .await
    }

    async fn firm(&self) -> String {
        let ran = self
            .run(&["firm", "create", "--name", "Acme Builders"])
            .await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.trim().to_owned()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.db.pool())
            .await
            .unwrap()
    }
}

/// A browser that shows where it is sent.
fn client() -> reqwest::Client {
    let none = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(none).build().unwrap()
}

#[tokio::test]
async fn a_firm_is_taken_in_with_what_the_host_product_knows() {
    let here = Installation::new().await;
    let create = ["firm", "create", "--name", "Acme"];
    let known = [
        "--procore-company",
        "https://us02.procore.com/5358233/company/home",
        "--data",
        "users,projects",
    ];

    let ran = here.run(&[&create[..], &known].concat()).await;

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (company, draft): (Option<i64>, serde_json::Value) =
        sqlx::query_as("select known_company_id, draft from onboarding")
            .fetch_one(here.db.pool())
            .await
            .unwrap();
    assert_eq!(company, Some(5_358_233));
    let keys: Vec<_> = draft
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["data_set"])
        .collect();
    assert_eq!(keys, ["projects", "users"]);

    let wrong = ["--procore-company", "Acme"];
    let ran = here.run(&[&create[..], &wrong].concat()).await;
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    // What is nothing at all, and what is of projects.
    for wrong in ["ships", "rfis"] {
        let ran = here.run(&[&create[..], &["--data", wrong]].concat()).await;
        assert_eq!(ran.code, 2, "{wrong}");
        assert!(
            ran.stderr.contains("projects, users, vendors"),
            "{}",
            ran.stderr
        );
    }
}

#[tokio::test]
async fn a_firm_is_taken_in_with_its_onboarding_and_its_reference_is_its_own() {
    let here = Installation::new().await;
    let create = [
        "firm",
        "create",
        "--name",
        "Acme",
        "--external-reference",
        "crm-7",
        "--json",
    ];

    let first = here.run(&create).await;
    let again = here.run(&create).await;

    assert_eq!(first.code, 0, "{}", first.stderr);
    let id: uuid::Uuid = first.json()["firm_id"].as_str().unwrap().parse().unwrap();
    let opened: uuid::Uuid =
        sqlx::query_scalar("select firm_id from onboarding where stage = 'review'")
            .fetch_one(here.db.pool())
            .await
            .unwrap();
    assert_eq!(opened, id);
    assert_eq!(again.code, 1);
    assert!(
        again
            .stderr
            .contains("Another firm has this external reference"),
        "{}",
        again.stderr
    );
    assert_eq!(here.count("select count(*) from firm").await, 1);
    assert_eq!(here.run(&["firm", "create", "--name", " "]).await.code, 2);
}

#[tokio::test]
async fn a_person_is_created_with_the_password_from_standard_input() {
    let here = Installation::new().await;
    let firm = here.firm().await;
    let create = [
        "user",
        "create",
        "--email",
        "Ada@Acme.example",
        "--firm",
        &firm,
        "--password-stdin",
    ];

    let ran = here.run(&create).await;

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut server = here.program(&["serve", "--role", "web"]).start();
    let address = address_in(&server.says("Listening on").await);
    for (password, status) in [(PASSWORD, 303), ("seven red hard hats", 422)] {
        let form = [("email", "ada@acme.example"), ("password", password)];
        let signed_in = client()
            .post(format!("{address}/sign-in"))
            .form(&form)
            .send()
            .await;
        assert_eq!(signed_in.unwrap().status(), status);
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(PASSWORD), "{text}");
    }

    let again = here.run(&create).await;
    assert_eq!(again.code, 1);
    assert!(
        again.stderr.contains("Somebody has this address already"),
        "{}",
        again.stderr
    );
}

#[tokio::test]
async fn a_weak_password_or_none_is_refused() {
    let here = Installation::new().await;
    let create = [
        "user",
        "create",
        "--email",
        "a@b.example",
        "--support",
        "--password-stdin",
    ];
    for input in ["password\n", "\n", ""] {
        let ran = here.program(&create).input(input).run().await;
        assert_eq!(ran.code, 1, "{input:?}");
        assert!(ran.stderr.contains("password"), "{}", ran.stderr);
    }
    assert_eq!(here.count("select count(*) from person").await, 0);
}

#[tokio::test]
async fn an_invitation_is_printed_and_its_link_opens() {
    let here = Installation::new().await;
    let firm = here.firm().await;
    let mut server = here.program(&["serve", "--role", "web"]).start();
    let address = address_in(&server.says("Listening on").await);
    let invite = [
        "user",
        "invite",
        "--email",
        "ada@acme.example",
        "--firm",
        &firm,
        "--json",
    ];

    let ran = here
        .program(&invite)
        .env("CONCIERGE_PUBLIC_URL", &address)
        .run()
        .await;

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["mailed"], false);
    assert!(
        ran.stderr.contains("pass the link on yourself"),
        "{}",
        ran.stderr
    );
    let url = ran.json()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("{address}/invitations/")), "{url}");
    let page = reqwest::get(&url).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Acme Builders"));
}

#[tokio::test]
async fn who_may_do_what_is_said_exactly() {
    let here = Installation::new().await;
    let nowhere = uuid::Uuid::new_v4().to_string();
    let firm = here.firm().await;
    let table: &[(&[&str], i32, &str)] = &[
        (
            &["user", "invite", "--email", "a@b.example"],
            2,
            "--firm <ID>",
        ),
        (
            &["user", "invite", "--email", "a@b.example", "--firm", "7"],
            2,
            "--firm <ID>",
        ),
        (
            &[
                "user",
                "invite",
                "--email",
                "a@b.example",
                "--firm",
                &firm,
                "--support",
            ],
            2,
            "cannot be used with",
        ),
        (
            &[
                "user",
                "invite",
                "--email",
                "a@b.example",
                "--firm",
                &firm,
                "--lead",
            ],
            2,
            "cannot be used with",
        ),
        (
            &["user", "create", "--email", "a@b.example", "--support"],
            2,
            "--password-stdin",
        ),
        (
            &["user", "invite", "--email", "nobody", "--support"],
            1,
            "--email is not usable",
        ),
        (
            &[
                "user",
                "invite",
                "--email",
                "a@b.example",
                "--firm",
                &nowhere,
            ],
            1,
            "no firm with this id",
        ),
    ];
    for (args, code, text) in table {
        let ran = here.run(args).await;
        assert_eq!(ran.code, *code, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(text), "{args:?}: {}", ran.stderr);
    }
    let lead = here
        .run(&[
            "user",
            "invite",
            "--email",
            "a@b.example",
            "--support",
            "--lead",
        ])
        .await;
    assert_eq!(lead.code, 0, "{}", lead.stderr);
}

#[tokio::test]
async fn an_operator_keeps_a_person_out_and_lets_them_in_again() {
    let here = Installation::new().await;
    let firm = here.firm().await;
    let email = "ada@acme.example";
    let create = [
        "user",
        "create",
        "--email",
        email,
        "--firm",
        &firm,
        "--password-stdin",
    ];
    let created = here.run(&create).await;
    assert_eq!(created.code, 0, "{}", created.stderr);
    let disabled = "select count(*) from person where disabled_at is not null";
    for (command, expected) in [
        ("disable", 1),
        ("disable", 1),
        ("enable", 0),
        ("sign-out", 0),
        ("reset-factor", 0),
    ] {
        let ran = here.run(&["user", command, "--email", email]).await;
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        assert_eq!(ran.stdout, created.stdout, "whose it is");
        assert_eq!(here.count(disabled).await, expected, "{command}");
    }
    let told = "select count(*) from mail where kind = 'second_factor_off'";
    assert_eq!(here.count(told).await, 1);
    let nobody = here
        .run(&["user", "disable", "--email", "bo@acme.example"])
        .await;
    assert_eq!(nobody.code, 1);
    assert!(nobody.stderr.contains("Nobody has this address"));
}

#[tokio::test]
async fn a_firm_is_removed_by_its_id_and_name_and_the_receipt_is_printed_again() {
    let here = Installation::new().await;
    let firm = here.firm().await;
    let person = [
        "user",
        "create",
        "--email",
        "ada@acme.example",
        "--firm",
        &firm,
    ];
    let created = here
        .run(&[&person[..], &["--password-stdin"]].concat())
        .await;
    assert_eq!(created.code, 0, "{}", created.stderr);
    let remove = |name| ["firm", "remove", "--id", &firm, "--confirm", name, "--json"];

    let refused = here.run(&remove("Acme")).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("not the name of the firm"),
        "{}",
        refused.stderr
    );
    assert_eq!(here.count("select count(*) from firm").await, 1);

    let first = here.run(&remove("Acme Builders")).await;
    assert_eq!(first.code, 0, "{}", first.stderr);
    let receipt = first.json();
    assert_eq!(receipt["firm_id"], firm);
    assert_eq!(receipt["removed_by"], "operator");
    assert_eq!(receipt["procore"], "nothing");
    assert_eq!(receipt["rows"]["person"], 1);
    assert!(receipt["rows_gone_at"].is_string());
    assert_eq!(here.count("select count(*) from person").await, 0);
    assert_eq!(here.run(&remove("Acme Builders")).await.json(), receipt);

    let text = here.run(&remove("")[..6]).await.stdout;
    assert!(
        text.contains("In Procore: nothing had been created."),
        "{text}"
    );
    let missing = [
        "firm",
        "remove",
        "--id",
        &uuid::Uuid::nil().to_string(),
        "--confirm",
        "x",
    ];
    assert_eq!(here.run(&missing).await.code, 1);
}
