//! Where a request really comes from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::App;

/// The client's address: the peer's, or the one that a trusted proxy forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

impl ClientAddress {
    pub fn of(parts: &Parts, app: &App) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(peer.map(|ConnectInfo(peer)| {
            client(peer.ip(), &parts.headers, |address| {
                app.config.trusts_proxy(address)
            })
        }))
    }
}

/// Walks back from the peer through the forwarded addresses while each hop is a trusted proxy. What
/// an untrusted client claims about itself is ignored.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut believed = peer.to_canonical();
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.iter().rev() {
        if !trusted(believed) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(address) => believed = address.to_canonical(),
            Err(_) => break,
        }
    }
    believed
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn found(peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let ours = |address: IpAddr| address.to_string().starts_with("10.");
        client(peer.parse().unwrap(), &headers, ours).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        assert_eq!(found("203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(found("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(found("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            found("10.0.0.1", &["1.1.1.1, 198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            found("10.0.0.1", &["198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            found("10.0.0.1", &["198.51.100.1", "10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(found("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(found("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }
}
