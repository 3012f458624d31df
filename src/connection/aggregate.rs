//! The connection and what can be done to it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use url::Url;

use super::access::Target;
use super::settings::Settings;
use crate::identity::{ConnectionId, FirmId};

text_enum! {
    /// What a connection is.
    pub enum ConnectionState {
        /// Its first completion is not done.
        SettingUp = "setting_up",
        /// Everything that was chosen has been read, and Procore announces changes.
        Connected = "connected",
        /// What it created in Procore is being removed.
        Removing = "removing",
        /// It has ended, and its secret is wiped.
        Disconnected = "disconnected",
    }
}

/// The connection has ended, or is about to: nothing about it changes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This connection has ended")]
pub struct Ended;

/// The firm wants nothing read for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub since: DateTime<Utc>,
    /// Who paused it.
    pub by: String,
}

/// A firm's connection to one Procore company, from the first saved details on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub firm_id: FirmId,
    pub target: Target,
    /// The company's name as Procore told it; set once the company was found.
    pub company_name: Option<String>,
    /// Procore's pages in the company's own zone; set once Procore told them.
    pub company_web: Option<Url>,
    /// What it brings; set once the settings were saved.
    pub settings: Option<Settings>,
    pub state: ConnectionState,
    /// Set while it is paused: beside its state, since what is paused may also be broken.
    pub pause: Option<Pause>,
    pub created_at: DateTime<Utc>,
    pub connected_at: Option<DateTime<Utc>>,
    pub last_sync_at: Option<DateTime<Utc>>,
}

impl Connection {
    /// A new connection to the company that a firm entered.
    pub fn open(id: ConnectionId, firm_id: FirmId, target: Target, now: DateTime<Utc>) -> Self {
        Self {
            id,
            firm_id,
            target,
            company_name: None,
            company_web: None,
            settings: None,
            state: ConnectionState::SettingUp,
            pause: None,
            created_at: now,
            connected_at: None,
            last_sync_at: None,
        }
    }

    /// Leads to `target` from now on. Another company has another name, which is not known yet.
    pub(crate) fn lead_to(&mut self, target: Target) -> Result<(), Ended> {
        self.check_live()?;
        if !self.target.is_same_company(&target) {
            self.company_name = None;
            self.company_web = None;
        }
        self.target = target;
        Ok(())
    }

    /// Records what Procore calls the company.
    pub fn name_company(&mut self, name: &str) -> Result<(), Ended> {
        self.check_live()?;
        self.company_name = Some(name.to_owned());
        Ok(())
    }

    /// Records where Procore's zone shows the company.
    pub(crate) fn place_company(&mut self, web: Url) -> Result<(), Ended> {
        self.check_live()?;
        self.company_web = Some(web);
        Ok(())
    }

    /// Where its people open the company in a browser.
    pub(crate) fn company_home(&self) -> Option<Url> {
        let mut home = self.company_web.clone()?;
        home.set_path(&format!("{}/company/home", self.target.company_id));
        Some(home)
    }

    /// Brings what `settings` say from now on. Returns whether that is another choice than before.
    pub fn choose(&mut self, settings: Settings) -> Result<bool, Ended> {
        self.check_live()?;
        let changed = self.settings.as_ref() != Some(&settings);
        self.settings = Some(settings);
        Ok(changed)
    }

    /// Records that everything that was chosen has been read.
    pub fn connect(&mut self, now: DateTime<Utc>) -> Result<(), Ended> {
        self.check_live()?;
        self.state = ConnectionState::Connected;
        self.connected_at.get_or_insert(now);
        self.last_sync_at = Some(now);
        Ok(())
    }

    /// Whether its setup is done and it has not ended.
    pub(crate) fn is_connected(&self) -> bool {
        match self.state {
            ConnectionState::Connected => true,
            ConnectionState::SettingUp
            | ConnectionState::Removing
            | ConnectionState::Disconnected => false,
        }
    }

    /// Whether it is over, or being removed.
    pub(crate) fn has_ended(&self) -> bool {
        self.check_live().is_err()
    }

    /// Whether our copy follows Procore: it is connected and not paused.
    pub(crate) fn is_active(&self) -> bool {
        self.is_connected() && self.pause.is_none()
    }

    /// Reads and applies nothing from now on. Returns whether that is new.
    pub(crate) fn pause(&mut self, by: &str, now: DateTime<Utc>) -> Result<bool, Ended> {
        self.check_live()?;
        let is_new = self.pause.is_none();
        self.pause.get_or_insert_with(|| Pause {
            since: now,
            by: by.to_owned(),
        });
        Ok(is_new)
    }

    /// Goes on after a pause. Returns the pause that ends, if there was one.
    pub(crate) fn resume(&mut self) -> Result<Option<Pause>, Ended> {
        self.check_live()?;
        Ok(self.pause.take())
    }

    /// Whether `typed` is the company's name, by which an admin confirms that it is meant. Where Procore
    /// told none, it is the number of the company.
    pub(crate) fn is_named(&self, typed: &str) -> bool {
        let words = |name: &str| {
            name.to_lowercase()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        words(typed) == words(&self.shown_name())
    }

    /// The company's name, or its number where Procore told none.
    pub(crate) fn shown_name(&self) -> Cow<'_, str> {
        match &self.company_name {
            Some(name) => Cow::from(name),
            None => Cow::from(self.target.company_id.to_string()),
        }
    }

    /// Begins to remove what it created in Procore.
    pub(crate) fn begin_removal(&mut self) -> Result<(), Ended> {
        self.check_live()?;
        self.state = ConnectionState::Removing;
        Ok(())
    }

    /// Ends it: what was to be removed in Procore is.
    pub(crate) fn disconnect(&mut self) {
        self.state = ConnectionState::Disconnected;
    }

    /// Sets it up again, with company and settings as they were; its secret was wiped.
    pub fn reopen(&mut self) {
        self.state = ConnectionState::SettingUp;
        self.pause = None;
        self.connected_at = None;
    }

    fn check_live(&self) -> Result<(), Ended> {
        match self.state {
            ConnectionState::SettingUp | ConnectionState::Connected => Ok(()),
            ConnectionState::Removing | ConnectionState::Disconnected => Err(Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::AccessWay;
    use super::*;
    use ConnectionState::{Connected, Disconnected, Removing, SettingUp};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn target(company_id: i64) -> Target {
        Target {
            environment: "production".into(),
            company_id,
            access_way: AccessWay::OwnApp,
        }
    }

    fn at(state: ConnectionState) -> Connection {
        let (id, firm) = (ConnectionId::NIL, FirmId::NIL);
        let mut connection = Connection::open(id, firm, target(1), NOW);
        connection.state = state;
        connection
    }

    #[test]
    fn every_verb_against_every_state() {
        type VerbOf = fn(&mut Connection) -> Result<(), Ended>;
        let table: [(VerbOf, [Result<ConnectionState, Ended>; 4]); 9] = [
            (
                |it| it.lead_to(target(2)),
                [Ok(SettingUp), Ok(Connected), Err(Ended), Err(Ended)],
            ),
            (
                |it| it.name_company("Harbor Builders"),
                [Ok(SettingUp), Ok(Connected), Err(Ended), Err(Ended)],
            ),
            (
                |it| it.choose(Settings::suggested()).map(drop),
                [Ok(SettingUp), Ok(Connected), Err(Ended), Err(Ended)],
            ),
            (
                |it| it.connect(NOW),
                [Ok(Connected), Ok(Connected), Err(Ended), Err(Ended)],
            ),
            (
                |it| it.pause("Dana", NOW).map(drop),
                [Ok(SettingUp), Ok(Connected), Err(Ended), Err(Ended)],
            ),
            (
                |it| it.resume().map(drop),
                [Ok(SettingUp), Ok(Connected), Err(Ended), Err(Ended)],
            ),
            (
                |it| it.begin_removal(),
                [Ok(Removing), Ok(Removing), Err(Ended), Err(Ended)],
            ),
            (
                |it| {
                    it.disconnect();
                    Ok(())
                },
                [Ok(Disconnected); 4],
            ),
            (
                |it| {
                    it.reopen();
                    Ok(())
                },
                [Ok(SettingUp); 4],
            ),
        ];
        for (place, (verb, expected)) in table.into_iter().enumerate() {
            for (state, expected) in ConnectionState::ALL.into_iter().zip(expected) {
                let mut connection = at(state);
                let result = verb(&mut connection).map(|()| connection.state);
                assert_eq!(result, expected, "verb {place} from {state:?}");
                if result.is_err() {
                    assert_eq!(connection, at(state), "a refused verb changes nothing");
                }
            }
        }
    }

    #[test]
    fn a_pause_is_one_until_it_ends() {
        let mut connection = at(Connected);
        assert_eq!(connection.pause("Dana", NOW), Ok(true));
        let later = NOW + chrono::TimeDelta::hours(1);
        assert_eq!(connection.pause("Kim", later), Ok(false));
        assert!(connection.is_connected() && !connection.is_active());
        let pause = connection.resume().unwrap().unwrap();
        assert_eq!((pause.since, pause.by.as_str()), (NOW, "Dana"));
        assert!(connection.is_active());
        assert_eq!(connection.resume(), Ok(None));
    }

    #[test]
    fn another_company_forgets_the_name_of_the_first() {
        let mut connection = at(SettingUp);
        connection.name_company("Harbor Builders").unwrap();
        let other_way = Target {
            access_way: AccessWay::LegacyAccount,
            ..target(1)
        };
        connection.lead_to(other_way).unwrap();
        assert_eq!(connection.company_name.as_deref(), Some("Harbor Builders"));
        connection.lead_to(target(2)).unwrap();
        assert_eq!(connection.company_name, None);
    }

    #[test]
    fn says_whether_a_choice_is_another_one() {
        let mut connection = at(SettingUp);
        assert_eq!(connection.choose(Settings::suggested()), Ok(true));
        assert_eq!(connection.choose(Settings::suggested()), Ok(false));
    }
}
