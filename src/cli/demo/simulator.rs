//! The simulated Procore beside us.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::time::Instant;
use url::Url;

use super::details::Procore;
use super::{folder, place};
use crate::config;
use crate::leash::{self, Leash, Stop};

const PROGRAM: &str = "procore-sandbox";
const PORT: u16 = 8090;
/// What the simulated Procore gives the demo firm; it opens nothing else.
const COMPANY_ID: &str = "5358233";
const CLIENT_ID: &str = "q2Wm8rT5yK1nC7vB4xZ9aS3dF6gH0jL-pQ_eRtYuIoP";
const CLIENT_SECRET: &str = "sandbox-secret-Zx8Nn2Vq5Lw7Kd3Jh6Rt9Yb4Mc1";

/// What it says once it accepts connections.
const LISTENING: &str = "procore-sandbox listening on";
const MOST_TRIES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(15);

/// A running `procore-sandbox`, which keeps its state in a folder and ends with this process.
pub struct Simulator {
    program: Leash,
    address: SocketAddr,
    url: Url,
    log: PathBuf,
}

impl Simulator {
    /// Starts it with the state of the last time, and waits until it answers.
    ///
    /// Another demo that starts at the same moment may take the port that was just found free, be it
    /// only to see whether it is: then it is tried once more.
    pub async fn start(home: &Path, last_port: Option<u16>) -> Result<Self> {
        fs::create_dir_all(home).map_err(|error| folder::unwritable(home, error))?;
        let mut tries = 0;
        loop {
            tries += 1;
            let address = free_address(last_port).await?;
            let mut started = Self::launch(home, address)?;
            match started.wait_until_it_listens().await {
                Ok(()) => return Ok(started),
                Err(_) if started.has_ended() && tries < MOST_TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn launch(home: &Path, address: SocketAddr) -> Result<Self> {
        let program = beside_us()?;
        let log = home.join("log");
        let output = File::create(&log).map_err(|error| folder::unwritable(&log, error))?;
        let errors = output
            .try_clone()
            .map_err(|error| folder::unwritable(&log, error))?;

        let mut command = leash::command(&program, Stop::Terminate);
        command.arg("--listen").arg(address.to_string());
        command.arg("--state").arg(home.join("state.json"));
        // Whoever starts the setup again enters the same pair again, and Procore does not mind.
        command.arg("--allow-token-refetch");
        command.args(["--company-id", COMPANY_ID, "--client-id", CLIENT_ID]);
        command
            .args(["--client-secret", CLIENT_SECRET])
            .stdout(output)
            .stderr(errors);
        let program = Leash::start(command).context("The simulated Procore cannot be run")?;

        let url = Url::parse(&format!("http://{address}")).context("An address has no form")?;
        Ok(Self {
            program,
            address,
            url,
            log,
        })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn details(&self) -> Result<Procore> {
        Ok(Procore {
            url: self.url.clone(),
            control_url: self.url.join("__control")?,
            company_id: COMPANY_ID.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
        })
    }

    /// Waits until it has ended without being asked to, and says what it said.
    pub async fn ended(&mut self) -> anyhow::Error {
        match self.program.ended().await {
            Ok(_) => anyhow!("The simulated Procore ended; it said:\n{}", self.said()),
            Err(error) => anyhow!(error).context("The simulated Procore cannot be watched"),
        }
    }

    /// Stops it and waits until its state is saved.
    pub async fn stop(self) -> Result<()> {
        let status = self
            .program
            .stop()
            .await
            .context("The simulated Procore did not stop")?;
        if status.success() {
            Ok(())
        } else {
            bail!("The simulated Procore stopped with {status}")
        }
    }

    /// Goes by what it says: at its address somebody else might answer.
    async fn wait_until_it_listens(&mut self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while !self.said().contains(LISTENING) {
            if self.program.try_ended()?.is_some() {
                bail!(
                    "The simulated Procore did not start; it said:\n{}",
                    self.said()
                );
            }
            if Instant::now() > until {
                bail!(
                    "The simulated Procore does not answer: see {}",
                    self.log.display()
                );
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.program.try_ended(), Ok(Some(_)))
    }

    fn said(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

/// The address of the last time, or a free one. A simulator whose demo was killed takes a moment to
/// save its state and end.
async fn free_address(last_port: Option<u16>) -> Result<SocketAddr> {
    let until = Instant::now() + Duration::from_secs(3);
    loop {
        let address = place::near((Ipv4Addr::LOCALHOST, PORT).into(), last_port)?;
        if last_port.is_none_or(|port| port == address.port()) || Instant::now() > until {
            return Ok(address);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// Both programs are built and installed together.
fn beside_us() -> Result<PathBuf> {
    let us = config::own_program().context("This program cannot find itself")?;
    let program = us.with_file_name(PROGRAM);
    if program.is_file() {
        return Ok(program);
    }
    bail!(
        "{} is missing: the demo needs it beside concierge. Build both with `cargo build --bins`, \
         or run scripts/demo",
        program.display()
    )
}
