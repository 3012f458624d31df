//! Finding a port that is free, and keeping it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Result, anyhow, bail};

/// How many ports after the wished one are tried.
const TRIES: u16 = 50;

/// The address that was asked for, with a real port where 0 was asked for; an error if it is taken.
pub(crate) fn exactly(wished: SocketAddr) -> Result<TcpListener> {
    match TcpListener::bind(wished) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "{wished} is taken by another program: stop that one, choose another port with --listen, \
             or leave --listen out to have a free one found"
        ),
        Err(error) => Err(anyhow!("Cannot listen on {wished}: {error}")),
    }
}

/// The port of the last time if it is free, else the wished one or the next free one after it.
pub(crate) fn near(wished: SocketAddr, last: Option<u16>) -> Result<TcpListener> {
    let next = (0..TRIES).filter_map(|step| wished.port().checked_add(step));
    let mut address = wished;
    for port in last.into_iter().chain(next) {
        address.set_port(port);
        match TcpListener::bind(address) {
            Ok(free) => return Ok(free),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(anyhow!("Cannot listen on {address}: {error}")),
        }
    }
    bail!(
        "No port from {} to {} is free: choose one with --listen",
        wished.port(),
        address.port()
    )
}

/// The same place for connections that are awaited.
pub(crate) fn accepting(listener: TcpListener) -> Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    Ok(tokio::net::TcpListener::from_std(listener)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over_unless_it_was_insisted_on() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap();

        let found = near(taken, None).unwrap().local_addr().unwrap();

        assert_ne!(found.port(), taken.port());
        assert!(exactly(taken).unwrap_err().to_string().contains("--listen"));
    }

    #[test]
    fn the_port_of_the_last_time_comes_first() {
        let free = exactly("127.0.0.1:0".parse().unwrap()).unwrap();
        let last = free.local_addr().unwrap();
        drop(free);

        let found = near("127.0.0.1:8080".parse().unwrap(), Some(last.port())).unwrap();

        assert_eq!(found.local_addr().unwrap(), last);
    }
}
