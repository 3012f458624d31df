//! Many projects integrated with all data sets, from the plan's *Integrate* to the last record, against a
//! simulated Procore without rate windows: calls, CPU and memory for each project. Then once more, with a
//! process that is killed again and again: webhooks, triggers and records have to come to the same.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::admin::{Admin, Seen, at_review, firm_id};
use crate::connect::{self, Company};
use crate::events::calls_of;
use crate::http::Connection;
use crate::place::Place;
use crate::report::{mib, millis, reached};
use crate::server::{Server, free_address};

/// How often less the smaller number of projects is.
const TIMES_FEWER: usize = 10;
/// What a project may cost among many of what it costs among few.
const FLAT: f64 = 1.2;
/// How far apart the memory of few and of many may be, in MiB, as with readings.
const MOST_APART: f64 = 16.0;
/// How often the process is killed on the way, in the last measurement.
const KILLS: usize = 3;
/// How long no project may be finished before the measurement is given up.
const STANDSTILL: Duration = Duration::from_secs(120);
/// How many projects are there when Postgres looks at its tables for the first time.
const FIRST_ANALYSIS: i64 = 20;
const GLANCE: Duration = Duration::from_millis(100);

const SETS: [&str; 10] = [
    "project_people",
    "project_companies",
    "locations",
    "rfis",
    "submittals",
    "prime_contracts",
    "commitments",
    "change_events",
    "drawings",
    "meetings",
];

/// Other work that asks Procore, which would be counted along.
const OTHERS: &str = "delete from work where kind = any(array['watch_connection', 'watch_deliveries', \
                      'look_at_projects', 'reconcile', 'reconcile_projects'])";

struct Integrated {
    projects: usize,
    /// How often the process was killed on the way.
    kills: usize,
    records: i64,
    calls: u64,
    /// Calls for each project, as the plan told.
    told: u64,
    took: Duration,
    cpu: [Duration; 3],
    /// The most anonymous memory of the product, in KiB.
    peak: u64,
}

impl Integrated {
    fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e3 / self.projects as f64
    }

    fn cost(&self) -> f64 {
        self.each(self.cpu[0] + self.cpu[1])
    }

    fn calls_each(&self) -> f64 {
        self.calls as f64 / self.projects as f64
    }
}

/// Integrates few and many, and prints what each took.
pub async fn compare(place: &Place, keys: &str, projects: usize) -> Result<()> {
    println!("### Integrating\n");
    println!(
        "| Projects | Records | Time | Calls each | told | CPU each: Concierge | Postgres | simulated Procore | Peak memory |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let few = integrate(place, keys, (projects / TIMES_FEWER).max(1), 0).await?;
    let many = integrate(place, keys, projects, 0).await?;
    let killed = integrate(place, keys, projects, KILLS).await?;
    for it in [&few, &many, &killed] {
        let killed = match it.kills {
            0 => String::new(),
            kills => format!(", killed {kills} times"),
        };
        println!(
            "| {}{killed} | {} | {} | {:.2} | {} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} MiB |",
            it.projects,
            it.records,
            millis(it.took),
            it.calls_each(),
            it.told,
            it.each(it.cpu[0]),
            it.each(it.cpu[1]),
            it.each(it.cpu[2]),
            mib(it.peak),
        );
    }
    // One more than the fewest for each project and data set.
    let most = many.told + SETS.len() as u64;
    let ratio = many.cost() / few.cost();
    let apart = mib(many.peak.saturating_sub(few.peak));
    println!(
        "\nCalls: {:.2} for each project, target ≤ {most}: {}; {:.2} of what they are among few, target ≤ {FLAT}: {}.",
        many.calls_each(),
        reached(many.calls_each() <= most as f64),
        many.calls_each() / few.calls_each(),
        reached(many.calls_each() / few.calls_each() <= FLAT),
    );
    println!(
        "Killed {KILLS} times: {:.2} calls for each project, {} records instead of {}, one webhook in each project: {}.",
        killed.calls_each(),
        killed.records,
        many.records,
        reached(killed.records == many.records && killed.calls_each() <= most as f64),
    );
    println!(
        "CPU: {ratio:.2} of what a project costs among few, target ≤ {FLAT}: {}. Peak memory is {apart:.1} MiB apart, target ≤ {MOST_APART} MiB: {}.\n",
        reached(ratio <= FLAT),
        reached(apart <= MOST_APART)
    );
    Ok(())
}

async fn integrate(place: &Place, keys: &str, projects: usize, kills: usize) -> Result<Integrated> {
    let name = format!("bench_projects_{projects}");
    let database = place.copy(&name).await?;
    let count = projects.to_string();
    let flags = ["--projects", &count, "--inactive-projects", "0"];
    let sandbox =
        Server::sandbox_with(place, &format!("sandbox-projects-{projects}"), &flags).await?;
    let (procore, address) = (sandbox.url(), free_address()?);
    let serve = async |log: &str| {
        let log = format!("concierge-{log}-{projects}");
        let procore = Some(procore.as_str());
        Server::concierge_at(place, &log, &database, keys, procore, address, "all").await
    };
    let mut db = PgConnection::connect(&database).await?;
    let setup = serve("setup").await?;
    connect_company(&setup, &mut db, projects).await?;
    setup.stop().await?;

    // A new process, so that its memory is that of integrating.
    let mut server = serve("projects").await?;
    sqlx::query(OTHERS).execute(&mut db).await?;
    let calls = calls_of(&sandbox).await?;
    let cpu = |server: &Server| -> Result<[_; 3]> {
        Ok([server.cpu()?, place.postgres_cpu()?, sandbox.cpu()?])
    };
    let (mut before, began) = (cpu(&server)?, Instant::now());
    let told = begin(&server, &mut db).await?;
    let (mut spent, mut peak, mut next_analysis) = ([Duration::ZERO; 3], 0, FIRST_ANALYSIS);
    for part in 1..=kills + 1 {
        let integrated =
            until_integrated(&mut db, projects * part / (kills + 1), &mut next_analysis).await;
        integrated.with_context(|| format!("it said:\n{}", server.said()))?;
        let after = cpu(&server)?;
        for who in 0..spent.len() {
            spent[who] += (after[who] - before[who]).time();
        }
        peak = peak.max(server.most_memory());
        if part <= kills {
            server.stop().await?; // as by SIGKILL
            server = serve("projects").await?;
            before = cpu(&server)?;
        }
    }
    let took = began.elapsed();
    let calls = calls_of(&sandbox).await? - calls;
    let records: i64 = sqlx::query_scalar("select count(*) from record where project_id <> 0")
        .fetch_one(&mut db)
        .await?;
    ensure!(records > 0, "no record was kept");
    compare_hooks(&sandbox, &mut db, projects).await?;
    server.stop().await?;
    sandbox.stop().await?;
    db.close().await?;
    place.drop(&name).await?;
    Ok(Integrated {
        projects,
        kills,
        records,
        calls,
        told,
        took,
        cpu: spent,
        peak,
    })
}

/// Connects the company by the forms of the setup, until all its projects are known.
async fn connect_company(server: &Server, db: &mut PgConnection, projects: usize) -> Result<()> {
    let firm = at_review(0);
    let mut admin = Admin::open(server.address).await?;
    let company = Company {
        data: "projects",
        ..Company::first()
    };
    connect::up_to_complete(&mut admin, db, firm, &company).await?;
    connect::complete(&mut admin, db, firm).await?;
    let known: i64 = sqlx::query_scalar("select count(*) from project")
        .fetch_one(&mut *db)
        .await?;
    ensure!(known == projects as i64, "{known} projects are known");
    Ok(())
}

/// There is one webhook in each project, with the triggers that we know.
async fn compare_hooks(sandbox: &Server, db: &mut PgConnection, projects: usize) -> Result<()> {
    let mut conn = Connection::open(sandbox.address).await?;
    let state: Value = serde_json::from_slice(&conn.get("/__control/state", "").await?.body)?;
    let hooks = state["hooks"].as_array().into_iter().flatten();
    let mut theirs: Vec<(i64, Value)> = hooks
        .filter_map(|it| Some((it["project_id"].as_i64()?, it["triggers"].clone())))
        .collect();
    theirs.sort_by_key(|(project, _)| *project);
    let ours: Vec<(i64, Value)> = sqlx::query_as(
        "select project_id, triggers from hook
         where project_id <> 0 and removed_at is null and pending is null order by project_id",
    )
    .fetch_all(db)
    .await?;
    ensure!(ours.len() == projects, "{} webhooks are ours", ours.len());
    ensure!(ours == theirs, "Procore has other webhooks or triggers");
    Ok(())
}

/// Confirms the plan of all projects; gives how many calls it told for each.
async fn begin(server: &Server, db: &mut PgConnection) -> Result<u64> {
    let firm = at_review(0);
    let mut admin = Admin::open(server.address).await?;
    let path = format!("/firms/{}/procore/projects/plan", firm_id(firm));
    let mut chosen = form_urlencoded::Serializer::new(String::new());
    chosen.append_pair("all", "1");
    chosen.extend_pairs(SETS.iter().map(|set| ("data", *set)));
    let chosen = chosen.finish();
    let plan = admin.look(firm, &format!("{path}?{chosen}")).await?;
    let page = String::from_utf8(plan.body)?;
    let told = between(&page, "About ", " calls to Procore").context("no calls are told")?;
    let shown = between(&page, "name=\"shown\" value=\"", "\"").context("no plan is shown")?;
    let form = Seen::read(db, firm)
        .await?
        .form()
        .append_pair("shown", shown)
        .finish();
    admin
        .send(firm, &path, &format!("{form}&{chosen}"), "/projects")
        .await?;
    Ok(told.parse()?)
}

/// Waits until so many projects are integrated. Whenever their number has doubled, Postgres looks at what its
/// tables hold: it would do so by itself each minute, but automatic vacuum is off.
async fn until_integrated(
    db: &mut PgConnection,
    projects: usize,
    next_analysis: &mut i64,
) -> Result<()> {
    let (mut known, mut since) = (-1, Instant::now());
    loop {
        let done: i64 =
            sqlx::query_scalar("select count(*) from project where state = 'integrated'")
                .fetch_one(&mut *db)
                .await?;
        if done >= projects as i64 {
            return Ok(());
        }
        if done > known {
            (known, since) = (done, Instant::now());
        }
        if done >= *next_analysis {
            db.execute("analyze").await?;
            *next_analysis = 2 * done;
        }
        ensure!(since.elapsed() < STANDSTILL, "{done} of {projects}");
        tokio::time::sleep(GLANCE).await;
    }
}

fn between<'a>(page: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
