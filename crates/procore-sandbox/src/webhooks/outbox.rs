//! Deliveries: those that wait, in the order of their events, and those that are over.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Attempt, Delivery, DeliveryStatus};

/// Deliveries that are over and remembered; older ones are forgotten.
const REMEMBERED: usize = 2000;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outbox {
    waiting: VecDeque<Delivery>,
    over: VecDeque<Delivery>,
}

impl Outbox {
    pub(crate) fn push(&mut self, delivery: Delivery) {
        self.waiting.push_back(delivery);
    }

    /// Those neither delivered nor given up, oldest first.
    pub(crate) fn waiting(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.waiting.iter()
    }

    /// Every delivery that is remembered, oldest first.
    pub(crate) fn all(&self) -> Vec<&Delivery> {
        let mut all: Vec<_> = self.over.iter().chain(&self.waiting).collect();
        all.sort_by_key(|delivery| delivery.id);
        all
    }

    pub(crate) fn last_delivered(&self) -> Option<&Delivery> {
        self.over
            .iter()
            .rev()
            .find(|delivery| delivery.status == DeliveryStatus::Delivered)
    }

    /// Notes an attempt; a successful one ends the delivery.
    pub(crate) fn note(&mut self, id: i64, attempt: Attempt) {
        let Some(position) = self.waiting.iter().position(|delivery| delivery.id == id) else {
            return;
        };
        let success = attempt.success;
        let delivery = &mut self.waiting[position];
        delivery.attempts.push(attempt);
        delivery.status = DeliveryStatus::Retrying;
        if success {
            self.end(position, DeliveryStatus::Delivered);
        }
    }

    /// Gives up what waits for these hooks.
    pub(crate) fn discard(&mut self, is_meant: impl Fn(&Delivery) -> bool) {
        while let Some(position) = self.waiting.iter().position(&is_meant) {
            self.end(position, DeliveryStatus::Discarded);
        }
    }

    /// Lets these of what waits go out in this order, and nothing else; one that is named again gets
    /// its id of `fresh`.
    pub(crate) fn arrange(&mut self, ids: &[i64], fresh: Vec<i64>) {
        let before = std::mem::take(&mut self.waiting);
        for (id, fresh) in ids.iter().zip(fresh) {
            let named = before.iter().find(|delivery| delivery.id == *id);
            let mut delivery = match named {
                Some(named) => named.clone(),
                None => continue,
            };
            if self.waiting.iter().any(|known| known.id == *id) {
                delivery.id = fresh;
            }
            self.waiting.push_back(delivery);
        }
    }

    fn end(&mut self, position: usize, status: DeliveryStatus) {
        if let Some(mut delivery) = self.waiting.remove(position) {
            delivery.status = status;
            self.over.push_back(delivery);
        }
        if self.over.len() > REMEMBERED {
            self.over.pop_front();
        }
    }
}
