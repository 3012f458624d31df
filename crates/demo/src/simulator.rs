//! The simulated Procore, in this process.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, Error, Result, anyhow};
use clap::Parser;
use procore_sandbox::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Options};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::details::Procore;
use crate::{folder, place};

const PORT: u16 = 8090;

/// A running simulator, which keeps its state in a folder.
pub(crate) struct Simulator {
    port: u16,
    url: Url,
    stop: CancellationToken,
    served: JoinHandle<Result<()>>,
}

impl Simulator {
    /// Starts it with the state and, if it is free, the port of the last time. With `redirect`, people may
    /// sign in to its app and are sent back there.
    pub(crate) fn start(
        home: &Path,
        last_port: Option<u16>,
        redirect: Option<Url>,
    ) -> Result<Self> {
        fs::create_dir_all(home).map_err(|error| folder::unwritable(home, error))?;
        let mut options = Options::try_parse_from([
            "procore-sandbox",
            // Someone who starts the setup again enters the same pair again, which Procore accepts.
            "--allow-token-refetch",
        ])?;
        options.redirect.extend(redirect.map(String::from));
        options.state = Some(home.join("state.json"));

        let listener = place::near((Ipv4Addr::LOCALHOST, PORT).into(), last_port)?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let served = tokio::spawn(procore_sandbox::serve(
            options,
            place::accepting(listener)?,
            stop.clone().cancelled_owned(),
        ));
        Ok(Self {
            port: address.port(),
            url: Url::parse(&format!("http://{address}"))?,
            stop,
            served,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn details(&self) -> Result<Procore> {
        Ok(Procore {
            url: self.url.clone(),
            control_url: self.url.join("__control")?,
            company_id: COMPANY_ID.to_string(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
        })
    }

    /// Waits until it has ended without being asked to.
    pub(crate) async fn ended(&mut self) -> Error {
        match flatten((&mut self.served).await) {
            Ok(()) => anyhow!("The simulated Procore ended"),
            Err(error) => error.context("The simulated Procore ended"),
        }
    }

    /// Stops it and waits until its state is saved. One that has ended already has said why.
    pub(crate) async fn stop(self) -> Result<()> {
        self.stop.cancel();
        if self.served.is_finished() {
            return Ok(());
        }
        flatten(self.served.await).context("The simulated Procore did not stop")
    }
}

fn flatten(served: Result<Result<()>, JoinError>) -> Result<()> {
    served.map_err(Error::from).flatten()
}
