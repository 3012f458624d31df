//! Starting the programs that are measured, and stopping them.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::http::Connection;
use crate::place::Place;
use crate::proc::{Cpu, Memory, MemoryWatch};

const PATIENCE: Duration = Duration::from_secs(60);
/// Calls per hour that no measurement reaches: the simulated Procore names no limit.
const NO_WINDOW: &str = "100000000";
const GLANCE: Duration = Duration::from_micros(500);

/// The vendor's own app in Procore.
pub struct VendorApp {
    pub client_id: &'static str,
    pub client_secret: &'static str,
}

/// A running program that answers requests. It ends when this is dropped.
pub struct Server {
    child: Child,
    pid: u32,
    log: PathBuf,
    memory: MemoryWatch,
    pub address: SocketAddr,
}

impl Server {
    /// The product as it comes: web server and worker in one process.
    pub async fn concierge(
        place: &Place,
        name: &str,
        database: &str,
        keys: &str,
        procore: Option<&str>,
    ) -> Result<Self> {
        let address = free_address()?;
        Self::concierge_at(place, name, database, keys, procore, address, "all").await
    }

    /// The product in one of its roles, at an address that stays the same.
    pub async fn concierge_at(
        place: &Place,
        name: &str,
        database: &str,
        keys: &str,
        procore: Option<&str>,
        address: SocketAddr,
        role: &str,
    ) -> Result<Self> {
        let command = serve(place, database, keys, procore, address, role);
        Self::start(place, name, command, address).await
    }

    /// The product where the vendor has an app of its own.
    pub async fn with_vendor_app(
        place: &Place,
        name: &str,
        database: &str,
        keys: &str,
        procore: &str,
        address: SocketAddr,
        app: &VendorApp,
    ) -> Result<Self> {
        let mut command = serve(place, database, keys, Some(procore), address, "all");
        command
            .env("PROCORE_APP_CLIENT_ID", app.client_id)
            .env("PROCORE_APP_CLIENT_SECRET", app.client_secret)
            .env("PROCORE_APP_VERSION_KEY", "bench");
        Self::start(place, &format!("concierge-{name}"), command, address).await
    }

    /// The floor, with pages of these sizes.
    pub async fn floor(
        place: &Place,
        name: &str,
        database: &str,
        review: usize,
        settings: usize,
    ) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&place.floor);
        command
            .env("DATABASE_URL", database)
            .env("FLOOR_LISTEN", address.to_string())
            .env("FLOOR_REVIEW_BYTES", review.to_string())
            .env("FLOOR_SETTINGS_BYTES", settings.to_string());
        Self::start(place, name, command, address).await
    }

    /// The floor, with a page of this size: the variable that tells it, and how many bytes.
    pub async fn floor_of(
        place: &Place,
        name: &str,
        database: &str,
        (page, bytes): (&str, usize),
    ) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&place.floor);
        command
            .env("DATABASE_URL", database)
            .env("FLOOR_LISTEN", address.to_string())
            .env(page, bytes.to_string());
        Self::start(place, name, command, address).await
    }

    /// A simulated Procore without rate windows, whose company has so many vendors.
    pub async fn sandbox(place: &Place, name: &str, vendors: usize) -> Result<Self> {
        let vendors = vendors.to_string();
        let flags = ["--vendors", &vendors, "--inactive-vendors", "0"];
        Self::sandbox_with(place, name, &flags).await
    }

    /// A simulated Procore without rate windows, with these flags.
    pub async fn sandbox_with(place: &Place, name: &str, flags: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&place.sandbox);
        command
            .args(["--listen", &address.to_string()])
            .args(["--hourly-limit", "0", "--spike-limit", "0"])
            .args(flags);
        Self::start(place, name, command, address).await
    }

    /// Starts the program and returns once it accepts connections.
    async fn start(
        place: &Place,
        name: &str,
        mut command: Command,
        address: SocketAddr,
    ) -> Result<Self> {
        let log = place.logs.join(format!("{name}.log"));
        let output = File::create(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true);
        let child = command
            .spawn()
            .with_context(|| format!("{name} could not be run"))?;
        let pid = child
            .id()
            .with_context(|| format!("{name} ended at once"))?;
        let mut server = Self {
            child,
            pid,
            log,
            memory: MemoryWatch::start(pid),
            address,
        };
        let until = Instant::now() + PATIENCE;
        while Connection::open(address).await.is_err() {
            if server.child.try_wait()?.is_some() || Instant::now() > until {
                bail!("{name} did not start:\n{}", server.said());
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(server)
    }

    pub fn cpu(&self) -> Result<Cpu> {
        Cpu::of(self.pid)
    }

    pub fn memory(&self) -> Result<Memory> {
        Memory::of(self.pid)
    }

    /// The most anonymous memory since it started, in KiB.
    pub fn most_memory(&self) -> u64 {
        self.memory.most()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the program wrote.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends the program and waits until it has ended.
    pub async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// The product's command line and surroundings.
fn serve(
    place: &Place,
    database: &str,
    keys: &str,
    procore: Option<&str>,
    address: SocketAddr,
    role: &str,
) -> Command {
    let mut command = Command::new(&place.concierge);
    command
        .args(["serve", "--role", role])
        .env("DATABASE_URL", database)
        .env("CONCIERGE_LISTEN", address.to_string())
        .env(
            "CONCIERGE_PUBLIC_URL",
            format!("http://localhost:{}", address.port()),
        )
        .env("CONCIERGE_ENCRYPTION_KEYS", keys)
        .env("PROCORE_WEBHOOK_NAMESPACE", "bench");
    if let Some(procore) = procore {
        for name in ["PROCORE_LOGIN_URL", "PROCORE_API_URL", "PROCORE_WEB_URL"] {
            command.env(name, procore);
        }
        command.env("PROCORE_HOURLY_CALLS", NO_WINDOW);
    }
    command
}

pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A new line for `CONCIERGE_ENCRYPTION_KEYS`.
pub async fn generate_keys(place: &Place) -> Result<String> {
    let output = Command::new(&place.concierge)
        .args(["keys", "generate"])
        .output()
        .await?;
    if !output.status.success() {
        bail!(
            "concierge keys generate failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Creates the product's schema in an empty database.
pub async fn migrate(place: &Place, database: &str, keys: &str) -> Result<()> {
    let output = Command::new(&place.concierge)
        .arg("migrate")
        .env("DATABASE_URL", database)
        .env("CONCIERGE_ENCRYPTION_KEYS", keys)
        .env("PROCORE_WEBHOOK_NAMESPACE", "bench")
        .output()
        .await?;
    if !output.status.success() {
        bail!(
            "concierge migrate failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
