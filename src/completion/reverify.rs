//! Checks the details and the permissions once more before anything in Procore is changed.
//!
//! Between the second verification and *Complete integration* may lie days; and a run that waited
//! for a new key and secret proves here that they work before it uses them for good.

use serde_json::json;

use super::case::Case;
use super::hands::Hands;
use super::run::Outcome;
use super::setback::{Halt, Meaning, Setback};
use crate::procore::{Error, Level};
use crate::store::claims::{self, Claim};
use crate::store::integrations;
use crate::verdict::ReasonCode;

/// What a refusal means where we ask who we are in a company that let us in before.
const SHUT_OUT: Meaning = Meaning {
    not_permitted: ReasonCode::NotInstalled,
    not_visible: ReasonCode::NotInstalled,
};

/// Does the action.
pub(super) async fn act(hands: &mut Hands<'_>, case: &Case) -> Result<Outcome, Halt> {
    let me = hands.call("who we are", case.api()?.me()).await?;
    let me = me.map_err(|error| Halt::of(error, SHUT_OUT))?;
    if me.is_active == Some(false) {
        return Err(needs(ReasonCode::NotInstalled));
    }
    let manifest = hands
        .call("our permissions", case.api()?.company_permissions())
        .await?;
    match manifest {
        Ok(manifest) => {
            let level = manifest.webhooks().map(|tool| &tool.level);
            if level.and_then(|level| level.reaches(&Level::Standard)) == Some(false) {
                return Err(needs(ReasonCode::WebhookLevel));
            }
        }
        // A company without a manifest is no failure: the attempt to create the webhook decides.
        Err(
            Error::NotPermitted(_)
            | Error::NotVisible(_)
            | Error::Conflict(_)
            | Error::Validation(_)
            | Error::Unexpected(_),
        ) => {}
        Err(error) => return Err(Halt::of(error, SHUT_OUT)),
    }

    let integration = &case.integration;
    let mut write = hands.begin("reverified").await?;
    let claim = claims::claim(
        &mut write.tx,
        integration.firm_id,
        &integration.environment,
        integration.company_id,
        hands.now(),
    )
    .await?;
    if claim == Claim::Taken {
        return Err(needs(ReasonCode::Taken));
    }
    let (firm_id, id) = (integration.firm_id, integration.id);
    integrations::use_credential(&mut write.tx, firm_id, id, case.credential_id()?).await?;
    hands.commit(write).await?;
    Ok(Outcome::done(json!({})))
}

fn needs(code: ReasonCode) -> Halt {
    Halt::Setback(Setback::NeedsPerson(code))
}
