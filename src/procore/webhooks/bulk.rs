//! Many triggers in one call.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{TextId, Trigger, TriggerSpec, Webhooks, WireTrigger, segment};
use crate::procore::Error;

/// Triggers per call; version 1.0 took 500, version 2.0 gives no number.
const PER_CALL: usize = 100;

/// What became of triggers that were to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkCreated {
    pub created: Vec<Trigger>,
    pub failed: Vec<FailedTrigger>,
}

/// A trigger that Procore did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTrigger {
    pub spec: TriggerSpec,
    /// Procore's words, where it gave some that could be assigned to this one.
    pub why: Option<String>,
}

/// What became of triggers that were to be deleted, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkDeleted {
    pub succeeded: Vec<String>,
    pub failed: Vec<String>,
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
            outcome.failed.extend(part.failed);
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
        let items: Vec<Value> = self.data(&reply)?;
        let mut created = Vec::new();
        let mut refused = Vec::new();
        for item in items {
            match WireTrigger::deserialize(&item) {
                Ok(trigger) => created.push(Trigger::from(trigger)),
                Err(_) => refused.push(item),
            }
        }
        if reply.status == StatusCode::MULTI_STATUS {
            // The shape of a failure in this list is not documented: the hook's own list decides.
            let held = self.triggers(hook_id).await?;
            let asked = |trigger: &Trigger| wanted.iter().any(|spec| trigger.is(spec));
            created = held.into_iter().filter(asked).collect();
        }
        let missing = |spec: &&TriggerSpec| !created.iter().any(|trigger| trigger.is(spec));
        let failed = wanted
            .iter()
            .filter(missing)
            .map(|spec| FailedTrigger {
                spec: spec.clone(),
                why: reason(&refused, spec),
            })
            .collect();
        Ok(BulkCreated { created, failed })
    }

    /// Deletes triggers by id, a hundred per call.
    pub async fn delete_triggers_bulk(
        &self,
        hook_id: &str,
        ids: &[String],
    ) -> Result<BulkDeleted, Error> {
        #[derive(Deserialize)]
        struct Deleted {
            #[serde(default)]
            succeeded: Vec<TextId>,
        }
        let path = format!("/hooks/{}/triggers/bulk", segment(hook_id));
        let mut outcome = BulkDeleted::default();
        for ids in ids.chunks(PER_CALL) {
            let call = self
                .call("delete webhook triggers", Method::DELETE, &path)
                .json(json!(ids));
            let reply = self.api.send(&call).await?;
            let gone = self.data::<Deleted>(&reply)?.succeeded;
            let (succeeded, failed): (Vec<_>, Vec<_>) = ids
                .iter()
                .cloned()
                .partition(|id| gone.iter().any(|gone| gone.0 == *id));
            outcome.succeeded.extend(succeeded);
            outcome.failed.extend(failed);
        }
        Ok(outcome)
    }
}

/// Procore's words about one trigger among the refused ones: those of the item that names it.
fn reason(refused: &[Value], spec: &TriggerSpec) -> Option<String> {
    let about = |item: &&Value| {
        let trigger = item.get("trigger").unwrap_or(item);
        let says = |name: &str| trigger.get(name).and_then(Value::as_str);
        says("resource_name").is_some_and(|name| name.eq_ignore_ascii_case(&spec.resource))
            && says("event_type").is_none_or(|event| spec.event == event.into())
    };
    let item = refused.iter().find(about)?;
    let text = crate::procore::answer::kept(&Value::to_string(item), &[]);
    Some(text).filter(|text| !text.is_empty())
}
