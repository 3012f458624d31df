//! Where a request really comes from, and how it travelled.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Extensions, HeaderMap, header};

use super::cookie;
use crate::app::App;
use crate::config::ProxyHeader;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// What browsers send over https and to this machine alone.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The client's address: the peer's, or the one that a trusted proxy forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub Option<IpAddr>);

/// Whether the page was opened over plain http although our address is https. The browser then drops
/// the session's cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainHttp(pub bool);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

impl ClientAddress {
    pub(super) fn of(parts: &Parts, app: &App) -> Self {
        Self(peer(&parts.extensions).map(|peer| {
            let trusted = |address| app.config.trusts_proxy(address);
            client(peer, &parts.headers, app.config.proxy_header, trusted)
        }))
    }
}

impl FromRequestParts<App> for PlainHttp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = peer(&parts.extensions);
        let behind_ours = peer.is_some_and(|peer| app.config.trusts_proxy(peer));
        Ok(Self(
            cookie::is_https(app) && is_plain_http(&parts.headers, behind_ours),
        ))
    }
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip())
}

/// The host that was asked for: what a trusted proxy says that it was, or `Host`.
pub(super) fn requested_host<'a>(request: &'a Request, app: &App) -> Option<&'a str> {
    let headers = request.headers();
    let behind_ours = peer(request.extensions()).is_some_and(|peer| app.config.trusts_proxy(peer));
    let forwarded = behind_ours
        .then(|| forwarded_host(headers, app.config.proxy_header))
        .flatten();
    let authority = request.uri().authority().map(Authority::as_str);
    let host = headers.get(header::HOST);
    let host = host.map(|host| host.to_str().unwrap_or_default());
    forwarded.or(authority).or(host)
}

/// What the last proxy wrote; elements before it may be a client's own. Where nobody said which header
/// proxies set, and both are given and disagree, neither is believed.
fn forwarded_host(headers: &HeaderMap, set_by_proxies: Option<ProxyHeader>) -> Option<&str> {
    let usual = || list(headers, FORWARDED_HOST).last().copied();
    let standard = || parameter(list(headers, header::FORWARDED.as_str()).last()?, "host");
    match set_by_proxies {
        Some(ProxyHeader::XForwardedFor) => usual(),
        Some(ProxyHeader::Forwarded) => standard(),
        None => match (usual(), standard()) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => one.or(other),
        },
    }
}

/// Walks back from the peer through the forwarded addresses while each hop is a trusted proxy. What
/// an untrusted client claims about itself is ignored: the header that proxies do not set may be the
/// client's. Where nobody said which one they set, and both are given and disagree, neither is believed.
fn client(
    peer: IpAddr,
    headers: &HeaderMap,
    set_by_proxies: Option<ProxyHeader>,
    trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let peer = peer.to_canonical();
    let believed = |header| set_by_proxies.is_none_or(|set| set == header);
    let hops = list(headers, FORWARDED_FOR);
    let usual = walk_back(peer, hops.iter().map(|hop| address(hop)), &trusted)
        .filter(|_| believed(ProxyHeader::XForwardedFor));
    let hops = list(headers, header::FORWARDED.as_str());
    let standard = hops.iter().map(|hop| address(parameter(hop, "for")?));
    let standard = walk_back(peer, standard, &trusted).filter(|_| believed(ProxyHeader::Forwarded));
    match (usual, standard) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(found), _) | (None, Some(found)) => found,
        (None, None) => peer,
    }
}

/// `None` without any hop. One that cannot be read ends the walk.
fn walk_back(
    peer: IpAddr,
    hops: impl DoubleEndedIterator<Item = Option<IpAddr>> + ExactSizeIterator,
    trusted: impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    let mut believed = (hops.len() > 0).then_some(peer)?;
    for hop in hops.rev() {
        match hop {
            Some(address) if trusted(believed) => believed = address,
            Some(_) | None => break,
        }
    }
    Some(believed)
}

/// Whether a request came over plain http, as far as it shows. What a proxy says about it counts
/// even if we do not know the proxy, since no more than a remark depends on it.
fn is_plain_http(headers: &HeaderMap, behind_ours: bool) -> bool {
    let usual = list(headers, FORWARDED_PROTO).last().copied();
    let hops = list(headers, header::FORWARDED.as_str());
    let standard = hops.last().and_then(|hop| parameter(hop, "proto"));
    match usual.or(standard) {
        Some(scheme) => scheme.eq_ignore_ascii_case("http"),
        None => {
            let signs = [FORWARDED_FOR, header::VIA.as_str(), SEC_FETCH_SITE];
            !behind_ours && hops.is_empty() && !signs.iter().any(|name| headers.contains_key(*name))
        }
    }
}

/// The elements of a header that is a list, over all its lines. One that is no text is empty: the
/// proxy may have appended its own to a line that a client began.
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter();
    lines
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(|element| std::str::from_utf8(element).unwrap_or_default().trim())
        .collect()
}

/// A parameter of an element of `Forwarded`, without quotes.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = value.trim().trim_matches('"');
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

/// Reads an address in any usual form: quoted, with a port, in brackets, with a zone.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let host = match (text.strip_prefix('['), text.split_once(':')) {
        (Some(bracketed), _) => bracketed.split_once(']')?.0,
        (None, Some((host, port))) if !port.contains(':') => host,
        (None, _) => text,
    };
    let (host, _zone) = host.split_once('%').unwrap_or((host, ""));
    host.parse::<IpAddr>().ok().map(|it| it.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect()
    }

    fn found(peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        found_in(None, peer, lines)
    }

    fn found_in(
        set_by_proxies: Option<ProxyHeader>,
        peer: &str,
        lines: &[(&'static str, &'static str)],
    ) -> String {
        let mut all = HeaderMap::new();
        for (name, value) in lines {
            all.append(*name, HeaderValue::from_static(value));
        }
        let ours = |address: IpAddr| address.to_string().starts_with("10.");
        client(peer.parse().unwrap(), &all, set_by_proxies, ours).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        const USUAL: &str = FORWARDED_FOR;
        for (peer, forwarded, expected) in [
            ("203.0.113.9", &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, nonsense"], "10.0.0.1"),
            ("::ffff:203.0.113.9", &[], "203.0.113.9"),
        ] {
            let lines: Vec<_> = forwarded.iter().map(|value| (USUAL, *value)).collect();
            assert_eq!(found(peer, &lines), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn addresses_are_read_in_every_usual_form() {
        for (usual, standard, expected) in [
            ("198.51.100.1:4711", "for=198.51.100.1", "198.51.100.1"),
            ("[2001:db8::1]", "for=\"[2001:db8::1]\"", "2001:db8::1"),
            (
                "[2001:db8::1]:443",
                "For=\"[2001:db8::1]:4711\";proto=https",
                "2001:db8::1",
            ),
            (
                "2001:db8::1",
                "proto=http; by=10.0.0.1; for=\"2001:db8::1\"",
                "2001:db8::1",
            ),
            (
                "\"198.51.100.1:80\"",
                "for=\"198.51.100.1:80\"",
                "198.51.100.1",
            ),
            ("fe80::1%eth0", "for=\"[fe80::1%25eth0]\"", "fe80::1"),
            (
                "::ffff:198.51.100.1",
                "for=\"[::ffff:198.51.100.1]:1\"",
                "198.51.100.1",
            ),
            (
                "1.1.1.1, 198.51.100.1:80, 10.0.0.2",
                "for=1.1.1.1, for=198.51.100.1,for=10.0.0.2",
                "198.51.100.1",
            ),
            ("unknown", "for=unknown", "10.0.0.1"),
            ("_hidden", "for=_hidden", "10.0.0.1"),
            ("", "proto=https", "10.0.0.1"),
            ("[2001:db8::1", "for=\"[2001:db8::1\"", "10.0.0.1"),
        ] {
            assert_eq!(
                found("10.0.0.1", &[(FORWARDED_FOR, usual)]),
                expected,
                "{usual}"
            );
            assert_eq!(
                found("10.0.0.1", &[("forwarded", standard)]),
                expected,
                "{standard}"
            );
        }
    }

    #[test]
    fn headers_that_disagree_are_not_believed() {
        let forged = [
            (FORWARDED_FOR, "198.51.100.1"),
            ("forwarded", "for=192.0.2.7"),
        ];
        assert_eq!(found("10.0.0.1", &forged), "10.0.0.1");
        let same = [
            (FORWARDED_FOR, "198.51.100.1"),
            ("forwarded", "for=198.51.100.1"),
        ];
        assert_eq!(found("10.0.0.1", &same), "198.51.100.1");
    }

    #[test]
    fn a_client_chooses_no_address_in_the_header_that_its_proxy_does_not_set() {
        let both = [
            (FORWARDED_FOR, "198.51.100.1"),
            ("forwarded", "for=192.0.2.7"),
        ];
        for (set, lines, expected) in [
            (ProxyHeader::XForwardedFor, &both[..], "198.51.100.1"),
            (ProxyHeader::Forwarded, &both, "192.0.2.7"),
            (ProxyHeader::XForwardedFor, &both[1..], "10.0.0.1"),
            (ProxyHeader::Forwarded, &both[..1], "10.0.0.1"),
        ] {
            let found = found_in(Some(set), "10.0.0.1", lines);
            assert_eq!(found, expected, "{set:?} {lines:?}");
        }
    }

    #[test]
    fn plain_http_is_recognised_and_never_guessed_behind_a_proxy() {
        for (lines, behind_ours, expected) in [
            (&[][..], false, true),
            (&[], true, false),
            (&[(SEC_FETCH_SITE, "none")], false, false),
            (&[(FORWARDED_FOR, "198.51.100.1")], false, false),
            (&[("via", "1.1 proxy")], false, false),
            (&[(FORWARDED_PROTO, "https")], true, false),
            (&[(FORWARDED_PROTO, "http")], true, true),
            (&[(FORWARDED_PROTO, "https, http")], true, true),
            (
                &[("forwarded", "for=198.51.100.1;proto=https")],
                true,
                false,
            ),
            (&[("forwarded", "for=198.51.100.1;proto=HTTP")], true, true),
            (&[("forwarded", "for=198.51.100.1")], false, false),
        ] {
            assert_eq!(
                is_plain_http(&headers(lines), behind_ours),
                expected,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_hop_that_is_no_text_hides_none_that_a_proxy_appended() {
        let trusted = |address: IpAddr| address == IpAddr::from([10, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        let line = header::HeaderValue::from_bytes(b"\xE9, 198.51.100.1").unwrap();
        headers.insert(FORWARDED_FOR, line);
        let peer = IpAddr::from([10, 0, 0, 1]);
        assert_eq!(
            client(peer, &headers, None, trusted),
            IpAddr::from([198, 51, 100, 1])
        );
        let forged = header::HeaderValue::from_static("for=192.0.2.7");
        headers.insert(header::FORWARDED, forged);
        assert_eq!(client(peer, &headers, None, trusted), peer);
    }
}
