//! The line about each thing that a security team asks about; `docs/LOGGING.md` lists the events.

use std::net::IpAddr;

use uuid::Uuid;

/// What a line says. The e-mail address of an account never stands there, but a hash of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SecurityEvent<'a> {
    /// A verb of the record as it is stored, so that names never change.
    pub event: &'static str,
    pub person: Option<Uuid>,
    pub firm: Option<Uuid>,
    pub account: Option<&'a str>,
    pub source: Option<IpAddr>,
}

impl SecurityEvent<'_> {
    pub(crate) fn log(self) {
        let event = self.event;
        tracing::info!(
            target: "concierge::security",
            event,
            person.id = self.person.map(display),
            firm.id = self.firm.map(display),
            account = self.account,
            source = self.source.map(display),
            "Security event {event}"
        );
    }
}
