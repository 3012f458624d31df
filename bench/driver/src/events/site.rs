//! Firms that are connected to companies of one simulated Procore.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::delivery::{Event, Numbers, Target, deliver};
use crate::admin::{Admin, FIRMS, at_review};
use crate::connect::{self, Company};
use crate::http::Connection;
use crate::place::Place;
use crate::server::{Server, free_address};

/// Setups that are walked through at a time.
const SETUPS: usize = 4;

pub struct Site<'a> {
    pub place: &'a Place,
    keys: &'a str,
    pub database: String,
    sandbox: Server,
    /// The product's address, which the webhooks name.
    address: SocketAddr,
    /// Records of each company.
    vendors: usize,
    pub targets: Vec<Target>,
}

impl<'a> Site<'a> {
    pub async fn open(place: &'a Place, keys: &'a str, vendors: usize) -> Result<Self> {
        Ok(Self {
            place,
            keys,
            database: place.copy("bench_events").await?,
            sandbox: Server::sandbox(place, "sandbox-events", 1).await?,
            address: free_address()?,
            vendors,
            targets: Vec::new(),
        })
    }

    pub async fn close(self) -> Result<()> {
        self.sandbox.stop().await?;
        self.place.drop("bench_events").await
    }

    /// Starts the product in a role.
    pub async fn serve(&self, name: &str, role: &str) -> Result<Server> {
        let (name, procore) = (format!("concierge-{name}"), self.sandbox.url());
        let (place, database) = (self.place, &self.database);
        let procore = Some(procore.as_str());
        Server::concierge_at(
            place,
            &name,
            database,
            self.keys,
            procore,
            self.address,
            role,
        )
        .await
    }

    /// Connects firms until there are so many.
    pub async fn connect_up_to(&mut self, firms: usize) -> Result<()> {
        ensure!(firms <= FIRMS / 2, "{} firms can be connected", FIRMS / 2);
        let server = self.serve("setups", "all").await?;
        let mut setups = JoinSet::new();
        for n in self.targets.len()..firms {
            if setups.len() == SETUPS
                && let Some(done) = setups.join_next().await
            {
                done??;
            }
            let company = self.make_company(n).await?;
            let (address, database) = (server.address, self.database.clone());
            setups.spawn(async move {
                let mut admin = Admin::open(address).await?;
                let mut db = PgConnection::connect(&database).await?;
                connect::up_to_complete(&mut admin, &mut db, at_review(n), &company).await?;
                connect::complete(&mut admin, &mut db, at_review(n)).await
            });
        }
        while let Some(done) = setups.join_next().await {
            done??;
        }
        server.stop().await?;
        self.targets = self.find_targets().await?;
        ensure!(
            self.targets.len() == firms,
            "{} firms are connected",
            self.targets.len()
        );
        // Postgres would look at its tables by itself within a minute, but automatic vacuum is off.
        let mut db = PgConnection::connect(&self.database).await?;
        db.execute("analyze").await?;
        Ok(())
    }

    async fn make_company(&self, n: usize) -> Result<Company> {
        let company = Company {
            id: 7_000_000 + n as i64,
            client_id: format!("bench-client-{n:032}"),
            client_secret: format!("bench-secret-{n:032}"),
            data: "vendors",
        };
        let sizes = json!({
            "projects": 1, "inactive_projects": 0, "users": 1, "inactive_users": 0,
            "vendors": self.vendors, "inactive_vendors": 0,
        });
        let made = json!({ "id": company.id, "name": "Harbor", "clients": [], "sizes": sizes });
        let client = json!({
            "client_id": company.client_id, "client_secret": company.client_secret,
            "companies": [company.id],
        });
        let mut conn = Connection::open(self.sandbox.address).await?;
        for (command, fields) in [("company", made), ("client", client)] {
            let path = format!("/__control/{command}");
            let answer = conn.post_json(&path, &fields.to_string()).await?;
            let said = String::from_utf8_lossy(&answer.body);
            ensure!(answer.status == 200, "{path}: {said}");
        }
        Ok(company)
    }

    async fn state(&self) -> Result<Value> {
        let mut conn = Connection::open(self.sandbox.address).await?;
        let answer = conn.get("/__control/state", "").await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Calls that Procore was asked so far.
    pub async fn calls(&self) -> Result<u64> {
        super::calls_of(&self.sandbox).await
    }

    async fn find_targets(&self) -> Result<Vec<Target>> {
        let mut db = PgConnection::connect(&self.database).await?;
        let state = self.state().await?;
        let mut targets = Vec::new();
        for hook in state["hooks"].as_array().context("no hooks")? {
            let company = hook["company_id"].as_i64().context("no company")?;
            let address = hook["destination_url"].as_str().context("no address")?;
            let (_, path) = address.split_once("/webhooks/").context("no path")?;
            let authorization = hook["authorization"].as_str().context("no value")?;
            let (firm, hook): (Uuid, Uuid) = sqlx::query_as(
                "select firm_id, hook_id from hook join connection using (firm_id, connection_id)
                 where company_id = $1",
            )
            .bind(company)
            .fetch_one(&mut db)
            .await?;
            let records = sqlx::query_scalar(
                "select procore_id from record where firm_id = $1 and kind = 'vendors'",
            )
            .bind(firm)
            .fetch_all(&mut db)
            .await?;
            targets.push(Target {
                firm,
                hook,
                company,
                path: format!("/webhooks/{path}"),
                authorization: authorization.to_owned(),
                records,
            });
        }
        Ok(targets)
    }

    /// New events of all firms in turns, each of another record as long as there are more.
    pub fn events(&self, numbers: &mut Numbers, count: usize) -> Vec<Event> {
        let firms = self.targets.len();
        (0..count)
            .map(|n| Event::new(numbers, &self.targets[n % firms], n / firms))
            .collect()
    }

    /// Delivers events one by one over so many connections; gives the CPU of the server and of
    /// Postgres per event, in microseconds.
    pub async fn deliver(
        &self,
        server: &Server,
        events: &[Event],
        at_once: usize,
    ) -> Result<[f64; 2]> {
        self.send(server, events, at_once, |event| event.target.path.clone())
            .await
    }

    /// The same to the floor, whose addresses name firm and hook.
    pub async fn insert_plainly(
        &self,
        floor: &Server,
        events: &[Event],
        at_once: usize,
    ) -> Result<[f64; 2]> {
        let path = |event: &Event| format!("/events/{}/{}", event.target.firm, event.target.hook);
        self.send(floor, events, at_once, path).await
    }

    /// The same to the floor, which reads each event and keeps nothing.
    pub async fn read_only(
        &self,
        floor: &Server,
        events: &[Event],
        at_once: usize,
    ) -> Result<[f64; 2]> {
        self.send(floor, events, at_once, |_| "/events".to_owned())
            .await
    }

    /// Inserts events straight into the database, so many with one statement that asks nothing; gives the CPU of
    /// Postgres per event, in microseconds.
    pub async fn insert_together(&self, events: &[Event], rows: usize) -> Result<f64> {
        let mut db = PgConnection::connect(&self.database).await?;
        let postgres = self.place.postgres_cpu()?;
        for events in events.chunks(rows) {
            let firms: Vec<Uuid> = events.iter().map(|it| it.target.firm).collect();
            let hooks: Vec<Uuid> = events.iter().map(|it| it.target.hook).collect();
            let ids: Vec<&str> = events.iter().map(|it| it.id.as_str()).collect();
            let bodies: Vec<&str> = events.iter().map(|it| it.body.as_str()).collect();
            sqlx::query(
                "insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
                 select firm, firm, hook, id, current_date, now(), now(), body::jsonb
                 from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as it (firm, hook, id, body)
                 on conflict do nothing",
            )
            .bind(firms)
            .bind(hooks)
            .bind(ids)
            .bind(bodies)
            .execute(&mut db)
            .await?;
        }
        let used = self.place.postgres_cpu()? - postgres;
        Ok(used.time().as_secs_f64() * 1e6 / events.len() as f64)
    }

    async fn send(
        &self,
        server: &Server,
        events: &[Event],
        at_once: usize,
        path: impl Fn(&Event) -> String,
    ) -> Result<[f64; 2]> {
        let (own, postgres) = (server.cpu()?, self.place.postgres_cpu()?);
        let mut workers = JoinSet::new();
        for worker in 0..at_once {
            let mine: Vec<(Target, String)> = events
                .iter()
                .skip(worker)
                .step_by(at_once)
                .map(|event| {
                    let path = path(event);
                    let to = Target {
                        path,
                        ..event.target.clone()
                    };
                    (to, event.body.clone())
                })
                .collect();
            let address = server.address;
            workers.spawn(async move {
                let mut conn = Connection::open(address).await?;
                for (to, body) in &mine {
                    deliver(&mut conn, to, body).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = workers.join_next().await {
            done??;
        }
        let used = [server.cpu()? - own, self.place.postgres_cpu()? - postgres];
        Ok(used.map(|cpu| cpu.time().as_secs_f64() * 1e6 / events.len() as f64))
    }

    /// Delivers events in lists, which is quick.
    pub async fn fill(&self, server: &Server, events: &[Event], per_list: usize) -> Result<()> {
        let mut conn = Connection::open(server.address).await?;
        for (n, target) in self.targets.iter().enumerate() {
            let mine = events.iter().skip(n).step_by(self.targets.len());
            let bodies: Vec<&str> = mine.map(|event| event.body.as_str()).collect();
            for list in bodies.chunks(per_list) {
                deliver(&mut conn, target, &format!("[{}]", list.join(","))).await?;
            }
        }
        Ok(())
    }
}
