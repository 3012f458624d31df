//! A project of the company that is integrated.

use chrono::{DateTime, Utc};

text_enum! {
    /// How far the integration of a project is.
    pub enum ProjectState {
        /// It was asked for, and its turn has not come.
        Queued = "queued",
        /// A run is bringing it.
        Integrating = "integrating",
        /// Everything that was chosen has been read, and Procore announces changes.
        Integrated = "integrated",
        /// What was created for it in Procore is being removed.
        Removing = "removing",
    }
}

text_enum! {
    /// What is written about a new project that is integrated by itself.
    pub enum NewProjectNews {
        /// It was integrated.
        Integrated = "integrated",
        /// Integrating it stopped until somebody fixes something.
        Stopped = "stopped",
        /// It will be integrated once it is ready.
        Waiting = "waiting",
    }
}

text_enum! {
    /// How a project is, in one word: what the board is filtered by. The database derives it.
    pub enum ShownProject {
        /// Its tools have not been looked at.
        NotChecked = "not_checked",
        /// Nothing stands in the way of integrating it.
        Ready = "ready",
        /// Something does.
        NotReady = "not_ready",
        /// It is integrated, or is being integrated.
        Integrated = "integrated",
        /// It cannot be read: closed, deleted, or not shared with us any more.
        Unavailable = "unavailable",
    }
}

/// How it is known which projects of the company are not shared with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsharedSource {
    /// Procore named the projects that our own user is not in.
    OwnUser(DateTime<Utc>),
    /// Somebody who signed in with Procore sees them.
    Person,
    /// The firm said how many projects it has, so they have no names.
    OwnCount(i32),
    /// Nothing tells.
    Nobody,
}

text_enum! {
    /// What a look at an integrated project found instead of its tools.
    pub enum ProjectAway {
        /// Procore shows the project, and says that it is not active.
        Inactive = "inactive",
        /// Procore shows the project, and refuses everything in it.
        Refused = "refused",
        /// Procore does not show it.
        Hidden = "hidden",
    }
}

/// The likely reason why a project cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnavailableCause {
    /// It is not active, and nothing in it can be read.
    Closed,
    /// It is not active.
    Deactivated,
    /// It is shown, and nothing in it can be read.
    Refused,
    /// It is neither shown to us nor among those that are not shared with us.
    Deleted,
    /// It is among those that are not shared with us.
    NotPermitted,
    /// It is not shown to us, and nothing tells whether it is still there.
    NotShown,
}

/// What is known of a project that may be unavailable.
#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    /// Our copy says that it is not shown.
    pub is_hidden: bool,
    pub is_active: bool,
    /// The last look found its tools.
    pub has_tools: bool,
    pub away: Option<ProjectAway>,
    /// Procore named it among those that our user is not in.
    pub is_unshared: bool,
    /// Procore named those after it was hidden.
    pub is_asked_since: bool,
}

impl Sighting {
    /// Why the project cannot be read; `None` where nothing says that it cannot.
    pub fn cause(self) -> Option<UnavailableCause> {
        let is_hidden = self.is_hidden || self.away == Some(ProjectAway::Hidden);
        match self.away {
            // A single answer is newer than the list, which may leave closed ones out.
            Some(ProjectAway::Inactive) if self.has_tools => Some(UnavailableCause::Deactivated),
            Some(ProjectAway::Inactive) => Some(UnavailableCause::Closed),
            Some(ProjectAway::Refused) if !self.is_active => Some(UnavailableCause::Closed),
            Some(ProjectAway::Refused) => Some(UnavailableCause::Refused),
            Some(ProjectAway::Hidden) | None if is_hidden => Some(self.of_hidden()),
            Some(ProjectAway::Hidden) | None => {
                (!self.is_active).then_some(UnavailableCause::Deactivated)
            }
        }
    }

    fn of_hidden(self) -> UnavailableCause {
        match (self.is_unshared, self.is_asked_since) {
            (true, _) => UnavailableCause::NotPermitted,
            (false, true) => UnavailableCause::Deleted,
            (false, false) => UnavailableCause::NotShown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_follows_from_what_was_seen() {
        use UnavailableCause::{Closed, Deactivated, Deleted, NotPermitted, NotShown, Refused};
        let seen = |is_hidden, is_active, away| Sighting {
            is_hidden,
            is_active,
            has_tools: false,
            away,
            is_unshared: false,
            is_asked_since: false,
        };
        let all = [
            (seen(false, true, None), None),
            (seen(false, false, None), Some(Deactivated)),
            (
                seen(false, false, Some(ProjectAway::Inactive)),
                Some(Closed),
            ),
            (seen(true, true, Some(ProjectAway::Inactive)), Some(Closed)),
            (seen(false, false, Some(ProjectAway::Refused)), Some(Closed)),
            (seen(false, true, Some(ProjectAway::Refused)), Some(Refused)),
            (seen(false, true, Some(ProjectAway::Hidden)), Some(NotShown)),
            (seen(true, true, None), Some(NotShown)),
        ];
        for (seen, cause) in all {
            assert_eq!(seen.cause(), cause, "{seen:?}");
        }
        let with_tools = Sighting {
            has_tools: true,
            ..seen(true, true, Some(ProjectAway::Inactive))
        };
        assert_eq!(with_tools.cause(), Some(Deactivated));
        let hidden = seen(true, true, None);
        for (is_unshared, is_asked_since, cause) in [
            (true, true, NotPermitted),
            (true, false, NotPermitted),
            (false, true, Deleted),
        ] {
            let seen = Sighting {
                is_unshared,
                is_asked_since,
                ..hidden
            };
            assert_eq!(seen.cause(), Some(cause));
        }
    }
}
