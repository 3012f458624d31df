//! How a connection is once its setup is done: concluded from its state and from what looks found,
//! never by what may itself be what fails.

use super::{Connection, ConnectionState};
use crate::verdict::ReasonCode;

text_enum! {
    /// How a connection is. The word stands on the page.
    pub enum Health {
        /// Nothing is wrong that we know of.
        Healthy = "healthy",
        /// Something is wrong, and the rest goes on.
        Degraded = "degraded",
        /// Nothing can be read.
        Broken = "broken",
        /// The firm wants nothing read for now.
        Paused = "paused",
        /// It has ended.
        Disconnected = "disconnected",
    }
}

impl Health {
    /// Concludes it from what stands open; `None` before its setup is done.
    pub fn of(connection: &Connection, open: &[ReasonCode]) -> Option<Self> {
        match connection.state {
            ConnectionState::SettingUp => None,
            ConnectionState::Removing | ConnectionState::Disconnected => Some(Self::Disconnected),
            ConnectionState::Connected if connection.pause.is_some() => Some(Self::Paused),
            ConnectionState::Connected => Some(match worst(open) {
                Some(reason) if reason.stops_everything() => Self::Broken,
                Some(_) => Self::Degraded,
                None => Self::Healthy,
            }),
        }
    }
}

impl Health {
    /// Whether anything can be read.
    pub(crate) fn can_sync(self) -> bool {
        match self {
            Self::Healthy | Self::Degraded => true,
            Self::Broken | Self::Paused | Self::Disconnected => false,
        }
    }
}

/// What to name first: what stops everything, then in the order of the published list.
pub(crate) fn worst(open: &[ReasonCode]) -> Option<ReasonCode> {
    let order = |reason: &ReasonCode| (!reason.stops_everything(), *reason);
    open.iter().copied().min_by_key(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Tool;
    use crate::connection::{AccessWay, Target};
    use crate::identity::{ConnectionId, FirmId};
    use chrono::DateTime;

    fn connection(state: ConnectionState) -> Connection {
        let target = Target {
            environment: "production".into(),
            company_id: 1,
            access_way: AccessWay::OwnApp,
        };
        let (id, firm) = (ConnectionId::NIL, FirmId::NIL);
        let opened = Connection::open(id, firm, target, DateTime::UNIX_EPOCH);
        Connection { state, ..opened }
    }

    #[test]
    fn nothing_readable_is_broken_and_anything_else_degraded() {
        use ConnectionState::{Connected, Disconnected, Removing, SettingUp};
        let level = ReasonCode::Level(Tool::Directory);
        for (state, open, health) in [
            (SettingUp, vec![level], None),
            (Connected, vec![], Some(Health::Healthy)),
            (Connected, vec![level], Some(Health::Degraded)),
            (Connected, vec![ReasonCode::Hook], Some(Health::Degraded)),
            (
                Connected,
                vec![level, ReasonCode::NotInstalled],
                Some(Health::Broken),
            ),
            (Removing, vec![level], Some(Health::Disconnected)),
            (Disconnected, vec![], Some(Health::Disconnected)),
        ] {
            let mut connection = connection(state);
            let of = Health::of(&connection, &open);
            assert_eq!(of, health, "{state:?} {open:?}");
            if connection.pause("Dana", DateTime::UNIX_EPOCH) == Ok(true) {
                let paused = health.map(|_| Health::Paused);
                assert_eq!(Health::of(&connection, &open), paused, "{state:?} {open:?}");
            }
        }
    }

    #[test]
    fn what_stops_everything_is_named_first() {
        let level = ReasonCode::Level(Tool::Directory);
        let open = [ReasonCode::Hook, level, ReasonCode::NotInstalled];
        assert_eq!(worst(&open), Some(ReasonCode::NotInstalled));
        assert_eq!(worst(&open[..2]), Some(level));
        assert_eq!(worst(&[]), None);
    }
}
