//! Many triggers in one call.

use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Trigger, TriggerSpec, Webhooks, WireTrigger, segment};
use crate::procore::Error;
use crate::procore::answer::kept;
use crate::procore::lenient::{TextId, list};
use crate::procore::transport::Reply;
use crate::verdict::Said;

/// Triggers per call; version 1.0 took 500, version 2.0 gives no number.
const PER_CALL: usize = 100;

/// What became of triggers that were to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkCreated {
    pub created: Vec<Trigger>,
    pub refused: Vec<TriggerSpec>,
    /// What Procore said about the refused ones.
    pub said: Option<Said>,
}

/// What became of triggers that were to be deleted, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkDeleted {
    pub succeeded: Vec<String>,
    pub refused: Vec<String>,
    /// What Procore said about the refused ones.
    pub said: Option<Said>,
}

impl Webhooks {
    /// Creates triggers, a hundred per call. Some may fail while others succeed; ask only for
    /// those that are missing, as Procore does not say what a duplicate does.
    pub async fn create_triggers_bulk(
        &self,
        hook_id: &str,
        wanted: &[TriggerSpec],
    ) -> Result<BulkCreated, Error> {
        let mut outcome = BulkCreated::default();
        for wanted in wanted.chunks(PER_CALL) {
            let part = self.create_some(hook_id, wanted).await?;
            outcome.created.extend(part.created);
            outcome.refused.extend(part.refused);
            outcome.said = outcome.said.or(part.said);
        }
        Ok(outcome)
    }

    async fn create_some(
        &self,
        hook_id: &str,
        wanted: &[TriggerSpec],
    ) -> Result<BulkCreated, Error> {
        let body = wanted
            .iter()
            .map(|spec| json!({"resource_name": spec.resource, "event_type": spec.event}))
            .collect();
        let path = format!("/hooks/{}/triggers/bulk", segment(hook_id));
        let call = self
            .call("create webhook triggers", Method::POST, &path)
            .json(body);
        let reply = self.api.send(&call).await?;
        let items: Vec<Box<RawValue>> = self.data(&reply)?;
        let mut created = Vec::new();
        let mut refused = Vec::new();
        for item in items {
            match serde_json::from_str::<WireTrigger>(item.get()) {
                Ok(trigger) => created.push(Trigger::from(trigger)),
                Err(_) => refused.extend(serde_json::from_str::<Value>(item.get())),
            }
        }
        let missing_of = |created: &[Trigger]| -> Vec<TriggerSpec> {
            let made = |spec: &TriggerSpec| created.iter().any(|trigger| trigger.is(spec));
            wanted.iter().filter(|spec| !made(spec)).cloned().collect()
        };
        let mut missing = missing_of(&created);
        if !missing.is_empty() {
            // The shape of a failure in this list is not documented: the hook's own list decides.
            let held = self.triggers(hook_id).await?;
            let asked = |trigger: &Trigger| wanted.iter().any(|spec| trigger.is(spec));
            created = held.into_iter().filter(asked).collect();
            missing = missing_of(&created);
        }
        let said = (!missing.is_empty()).then(|| self.said(&reply, &refused));
        Ok(BulkCreated {
            created,
            refused: missing,
            said,
        })
    }

    /// Deletes triggers by id, a hundred per call.
    pub async fn delete_triggers_bulk(
        &self,
        hook_id: &str,
        ids: &[String],
    ) -> Result<BulkDeleted, Error> {
        #[derive(Deserialize)]
        struct Deleted {
            #[serde(default, deserialize_with = "list")]
            succeeded: Vec<TextId>,
            #[serde(default, deserialize_with = "list")]
            failed: Vec<Value>,
        }
        let path = format!("/hooks/{}/triggers/bulk", segment(hook_id));
        let mut outcome = BulkDeleted::default();
        for ids in ids.chunks(PER_CALL) {
            let call = self
                .call("delete webhook triggers", Method::DELETE, &path)
                .json(json!(ids));
            let reply = self.api.send(&call).await?;
            let answered = self.data::<Deleted>(&reply)?;
            let is_gone = |id: &String| answered.succeeded.iter().any(|gone| gone.0 == *id);
            let (succeeded, refused): (Vec<_>, Vec<_>) = ids.iter().cloned().partition(is_gone);
            if !refused.is_empty() && outcome.said.is_none() {
                outcome.said = Some(self.said(&reply, &answered.failed));
            }
            outcome.succeeded.extend(succeeded);
            outcome.refused.extend(refused);
        }
        Ok(outcome)
    }

    /// What Procore said about the refused items of a bulk, each sentence once.
    fn said(&self, reply: &Reply, refused: &[Value]) -> Said {
        let secrets = self.api.secrets();
        let mut sentences: Vec<String> = Vec::new();
        for item in refused.iter().filter(|item| item.is_object()) {
            let sentence = kept(&item.to_string(), &secrets);
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        Said {
            status: reply.status.as_u16(),
            text: kept(&sentences.join("; "), &secrets),
            request_id: reply.explained(&secrets).request_id,
            is_page: false,
        }
    }
}
