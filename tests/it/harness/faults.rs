//! Workers that end in the middle.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use concierge::engine::{FaultInjector, FaultPoint};

/// Ends a worker at a point, counted from 0, as a crash would.
pub(crate) struct EndAt {
    point: usize,
    seen: Mutex<Vec<FaultPoint>>,
}

impl EndAt {
    pub(crate) fn new(point: usize) -> Arc<Self> {
        Arc::new(Self {
            point,
            seen: Mutex::default(),
        })
    }

    /// The points that came, the one that ended it included.
    pub(crate) fn seen(&self) -> Vec<FaultPoint> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.seen.lock().unwrap().len() > self.point
    }
}

impl FaultInjector for EndAt {
    fn at(&self, point: FaultPoint) -> ControlFlow<()> {
        let mut seen = self.seen.lock().unwrap();
        seen.push(point);
        if seen.len() > self.point {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
