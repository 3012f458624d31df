//! Which hooks were lately delivered to, and by what they proved themselves
//! ([why](../../docs/adr/0300-an-address-is-remembered-and-asked-again.md)).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::identity::FirmId;
use crate::store::events::ProvenHook;
use crate::vault::same_bytes;

/// Hooks that are remembered; beyond that all are forgotten, which costs each one query.
const MOST_KNOWN: usize = 20_000;

/// The hooks that proved themselves, by firm and the hash of their address.
///
/// A hint, never a decision: what is stored is stored by a statement that asks the hook again, so a
/// hook that ended, or whose value changed, in whichever process, is found out there.
#[derive(Default)]
pub struct Endpoints(Mutex<HashMap<(FirmId, Vec<u8>), ProvenHook>>);

impl Endpoints {
    /// The hook at an address, if it was proven with the same value before.
    pub(crate) fn find(
        &self,
        firm_id: FirmId,
        endpoint_hash: &[u8],
        secret_hash: &[u8],
    ) -> Option<ProvenHook> {
        let known = self.known();
        let hook = known.get(&(firm_id, endpoint_hash.to_vec()))?;
        same_bytes(&hook.secret_hash, secret_hash).then(|| hook.clone())
    }

    /// Remembers a hook that just proved itself.
    pub(crate) fn remember(&self, hook: ProvenHook) {
        let mut known = self.known();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert((hook.firm_id, hook.endpoint_hash.clone()), hook);
    }

    pub(crate) fn forget(&self, closed: &ProvenHook) {
        let key = (closed.firm_id, closed.endpoint_hash.clone());
        self.known().remove(&key);
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn known(&self) -> MutexGuard<'_, HashMap<(FirmId, Vec<u8>), ProvenHook>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn hook(n: u128, endpoint: &[u8], secret: &[u8]) -> ProvenHook {
        ProvenHook {
            firm_id: Uuid::from_u128(n).into(),
            hook_id: Uuid::from_u128(n).into(),
            endpoint_hash: endpoint.to_vec(),
            secret_hash: secret.to_vec(),
        }
    }

    #[test]
    fn a_hook_is_found_by_its_address_and_value_until_it_is_forgotten() {
        let endpoints = Endpoints::default();
        let (one, other) = (hook(1, b"here", b"one"), hook(2, b"there", b"other"));
        endpoints.remember(one.clone());
        endpoints.remember(other.clone());
        let find = |hook: &ProvenHook, at: &[u8], secret: &[u8]| {
            endpoints.find(hook.firm_id, at, secret).is_some()
        };
        assert!(find(&one, b"here", b"one") && find(&other, b"there", b"other"));
        assert!(!find(&one, b"here", b"other"));
        assert!(!find(&other, b"here", b"one"), "another firm's address");
        endpoints.forget(&one);
        assert!(!find(&one, b"here", b"one") && find(&other, b"there", b"other"));
    }
}
