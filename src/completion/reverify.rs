//! Checks the details and the permissions again before anything in Procore is changed.
//!
//! Days may pass between the second verification and *Complete integration*; and a run that waited
//! for a new key and secret proves here that they work before it uses them for good.

use serde_json::json;

use crate::engine::{ActionOutcome, Failure, Halt, RunContext, RunLease};
use crate::procore::Error;
use crate::store::claims::{self, Claim};
use crate::verdict::{self, ReasonCode, Refusal};

/// Does the action.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let me = lease.call("who we are", context.api()?.me()).await?;
    let me = me.map_err(|error| Halt::of(error, Refusal::COMPANY))?;
    if !me.is_active {
        return Err(needs(ReasonCode::NotInstalled));
    }
    let manifest = lease
        .call("our permissions", context.api()?.company_permissions())
        .await?;
    let manifest = match manifest {
        Ok(manifest) => Some(manifest),
        // A company without a manifest is no failure: the attempt to create the webhook decides.
        Err(
            Error::NotPermitted(_)
            | Error::NotVisible(_)
            | Error::Conflict(_)
            | Error::Validation(_)
            | Error::Unexpected(_),
        ) => None,
        Err(error) => return Err(Halt::of(error, Refusal::COMPANY)),
    };
    if let Some(cause) = verdict::webhooks(manifest.as_ref().into(), None).cause() {
        return Err(needs(cause.code));
    }

    let target = &context.connection.target;
    let mut write = lease.begin("reverified").await?;
    let claim = claims::claim(
        &mut write.tx,
        context.run.firm_id,
        &target.environment,
        target.company_id,
        lease.now(),
    )
    .await?;
    if claim == Claim::Taken {
        return Err(needs(ReasonCode::Taken));
    }
    lease.commit(write).await?;
    Ok(ActionOutcome::done(json!({})))
}

fn needs(code: ReasonCode) -> Halt {
    Failure::needs_person(code).into()
}
