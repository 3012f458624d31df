//! `concierge healthcheck`: whether the server on this machine is alive, for container
//! platforms, as the image holds no other program that could ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Failure;
use crate::config;

/// Less than the three seconds that the image's health check gives.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ask the server on this machine whether it is alive; exit 1 if it is not
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where it listens, for example a worker's metrics address [default: CONCIERGE_LISTEN]
    #[arg(long)]
    address: Option<SocketAddr>,
}

pub(super) async fn main(args: Args) -> Result<(), Failure> {
    let listen = match args.address {
        Some(address) => address,
        None => config::listen_from_env()?,
    };
    let address = reachable(listen);
    let alive = timeout(PATIENCE, ask(address)).await;
    Ok(alive.with_context(|| format!("{address} does not answer in time"))??)
}

/// A server that listens on all addresses is asked on the loopback.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    listen
}

async fn ask(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("{address} does not answer"))?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(1_000).read_to_end(&mut answer).await?;
    match answer.starts_with(b"HTTP/1.1 200 ") {
        true => Ok(()),
        false => bail!("{address} does not say that it is well"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 500];
            let read = stream.read(&mut request).await.unwrap();
            assert!(request[..read].starts_with(b"GET /healthz "));
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        address
    }

    #[tokio::test]
    async fn only_a_200_is_good_health() {
        let well = answering("HTTP/1.1 200 OK\r\n\r\nok").await;
        assert!(ask(well).await.is_ok());
        let ill = answering("HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        assert!(ask(ill).await.is_err());
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_at_home() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.5:80", "10.0.0.5:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
