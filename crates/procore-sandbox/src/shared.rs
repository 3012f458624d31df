//! What handlers, the dispatcher and the saver share: the world behind one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::guard;
use crate::world::World;

pub(crate) struct Shared {
    world: Mutex<World>,
    /// There may be something to deliver.
    pub deliver: Notify,
    /// An attempt to deliver has ended.
    pub delivered: Notify,
    /// Slowness has ended: what is held up may go on.
    pub slow_ended: Notify,
    /// There may be something to save.
    pub save: Notify,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            deliver: Notify::new(),
            delivered: Notify::new(),
            slow_ended: Notify::new(),
            save: Notify::new(),
        }
    }

    /// A handler that panicked leaves the world as it stood: others may go on with it.
    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.lock();
        guard::run_late_requests(&mut world);
        work(&mut world)
    }

    /// Wakes the dispatcher and the saver, and what was held up by slowness that is no more.
    pub(crate) fn notify_changed(&self) {
        self.deliver.notify_one();
        self.save.notify_one();
        if self.with_world(|world| world.faults.slow.is_none()) {
            self.slow_ended.notify_waiters();
        }
    }
}
