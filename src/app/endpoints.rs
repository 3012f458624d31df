//! Which hooks were lately delivered to, and by what they proved themselves
//! ([why](../../docs/adr/0300-an-address-is-remembered-and-asked-again.md)).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::identity::FirmId;
use crate::store::events::{CHANGING, ProvenHook};
use crate::vault::same_bytes;

/// Hooks that are remembered; beyond that all are forgotten, which costs each one query.
const MOST_KNOWN: usize = 20_000;

/// The hooks that proved themselves, by the hash of their address.
///
/// A hint, never a decision: what is stored is stored by a statement that looks whether any hook has
/// changed since, in whichever process, so one that ended, or whose value changed, is found out there.
#[derive(Default)]
pub struct Endpoints(Mutex<Known>);

#[derive(Default)]
struct Known {
    hooks: HashMap<Vec<u8>, Arc<ProvenHook>>,
    /// How often hooks had changed when these were proven.
    generation: i64,
}

impl Endpoints {
    /// The hook at an address, if it was proven with the same value before.
    pub(crate) fn find(
        &self,
        firm_id: FirmId,
        endpoint_hash: &[u8],
        secret_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Option<Arc<ProvenHook>> {
        let known = self.known();
        let hook = known.hooks.get(endpoint_hash)?;
        let is_taken = hook.firm_id == firm_id && hook.until.is_none_or(|until| now < until);
        (same_bytes(&hook.secret_hash, secret_hash) && is_taken).then(|| hook.clone())
    }

    /// Remembers a hook that just proved itself, and none from before or while hooks changed.
    pub(crate) fn remember(&self, hook: Arc<ProvenHook>) {
        if hook.generation == CHANGING {
            return;
        }
        let mut known = self.known();
        if hook.generation > known.generation {
            known.generation = hook.generation;
            known.hooks.clear();
        }
        if hook.generation < known.generation {
            return;
        }
        if known.hooks.len() >= MOST_KNOWN {
            known.hooks.clear();
        }
        known.hooks.insert(hook.endpoint_hash.clone(), hook);
    }

    /// Forgets a hook that may have changed, with all that were proven before that.
    pub(crate) fn forget(&self, hook: &ProvenHook) {
        let mut known = self.known();
        if known.generation == hook.generation {
            *known = Known::default();
        }
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn hook(n: u128, endpoint: &[u8], secret: &[u8]) -> ProvenHook {
        ProvenHook {
            firm_id: Uuid::from_u128(n).into(),
            connection_id: Uuid::from_u128(n).into(),
            hook_id: Uuid::from_u128(n).into(),
            endpoint_hash: endpoint.to_vec(),
            secret_hash: secret.to_vec(),
            until: None,
            generation: 1,
        }
    }

    fn is_known(endpoints: &Endpoints, hook: &ProvenHook, at: &[u8], secret: &[u8]) -> bool {
        let now = DateTime::UNIX_EPOCH;
        (endpoints.find(hook.firm_id, at, secret, now)).is_some()
    }

    #[test]
    fn a_hook_is_found_by_its_address_and_value_until_it_is_forgotten() {
        let endpoints = Endpoints::default();
        let (one, other) = (hook(1, b"here", b"one"), hook(2, b"there", b"other"));
        endpoints.remember(Arc::new(one.clone()));
        endpoints.remember(Arc::new(other.clone()));
        let find =
            |hook: &ProvenHook, at: &[u8], secret: &[u8]| is_known(&endpoints, hook, at, secret);
        assert!(find(&one, b"here", b"one") && find(&other, b"there", b"other"));
        assert!(!find(&one, b"here", b"other"));
        assert!(!find(&other, b"here", b"one"), "another firm's address");
        endpoints.forget(&one);
        assert!(!find(&one, b"here", b"one") && !find(&other, b"there", b"other"));
    }

    #[test]
    fn a_replaced_value_is_known_until_its_time_is_over() {
        let endpoints = Endpoints::default();
        let begin = DateTime::UNIX_EPOCH;
        let until = begin + TimeDelta::hours(12);
        let replaced = ProvenHook {
            until: Some(until),
            ..hook(1, b"here", b"one")
        };
        endpoints.remember(Arc::new(replaced.clone()));
        let find = |now| endpoints.find(replaced.firm_id, b"here", b"one", now);
        assert!(find(until - TimeDelta::seconds(1)).is_some());
        assert!(find(until).is_none());
    }

    #[test]
    fn none_is_known_from_before_hooks_changed() {
        let endpoints = Endpoints::default();
        let old = hook(1, b"here", b"one");
        let new = ProvenHook {
            generation: 2,
            ..hook(2, b"there", b"other")
        };
        endpoints.remember(Arc::new(old.clone()));
        endpoints.remember(Arc::new(new.clone()));
        endpoints.remember(Arc::new(old.clone())); // read before, remembered after
        assert!(!is_known(&endpoints, &old, b"here", b"one"));
        assert!(is_known(&endpoints, &new, b"there", b"other"));
    }

    #[test]
    fn none_is_known_from_while_hooks_changed() {
        let endpoints = Endpoints::default();
        let hook = ProvenHook {
            generation: CHANGING,
            ..hook(1, b"here", b"one")
        };
        endpoints.remember(Arc::new(hook.clone()));
        assert!(!is_known(&endpoints, &hook, b"here", b"one"));
    }
}
