//! `concierge firm`: taking in firms, and removing them.

use anyhow::{Context, anyhow};
use chrono::TimeDelta;
use serde::Serialize;

use super::output::Output;
use super::{Failure, connect};
use crate::catalog::{Choice, DataSet};
use crate::connection::{ProcoreTidying, Settings};
use crate::flows;
use crate::flows::create_firm::{self, CreateFirmOutcome, NewFirm, Prefill};
use crate::flows::remove_firm::{self, RemoveFirmOutcome};
use crate::flows::submit_credentials::CompanyId;
use crate::identity::{Actor, FirmId};
use crate::removal::clean_up;
use crate::store::removals::RemovalReceipt;

/// How long the workers leave the rest of a removal to the command that began it.
const OURS_FOR: TimeDelta = TimeDelta::minutes(2);

/// Take in firms, and remove them
#[derive(Debug, clap::Subcommand)]
pub(crate) enum FirmCommand {
    Create(Create),
    Remove(Remove),
}

/// Take in a firm, open its onboarding and print its id
///
/// The id stands in the addresses of the firm's pages and is what `concierge user` takes. Nobody
/// can act for the firm until somebody was invited or created.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// The firm's name, as its people know it
    #[arg(long, value_parser = super::one_line)]
    name: String,
    /// Your own product's id of the firm; no two firms may have the same
    #[arg(long, value_name = "REF", value_parser = super::one_line)]
    external_reference: Option<String>,
    /// The number of the firm's company in Procore; fills in the field of the second step
    #[arg(long, value_name = "ID", value_parser = company_id)]
    procore_company: Option<i64>,
    /// What the firm is likely to bring, as keys of data sets; ticks them at the first step
    #[arg(long, value_name = "KEY,KEY", value_delimiter = ',', value_parser = data_set)]
    data: Vec<DataSet>,
    #[command(flatten)]
    output: Output,
}

/// Remove a firm with every trace of it, and print a receipt
///
/// Deletes every row of the firm, its records and its people who act for no other firm, removes in
/// Procore what was created there, and has the token revoked. Nothing of it comes back, except from
/// a backup. If Procore does not answer or refuses, the rest is gone all the same: what opens
/// Procore is kept, sealed, for that alone and for 30 days at most, and the workers try again.
/// Running this again goes on where it was, and prints the receipt as it stands.
#[derive(Debug, clap::Args)]
pub(super) struct Remove {
    /// The firm's id
    #[arg(long)]
    id: FirmId,
    /// The firm's name, to show that it is the one that is meant
    #[arg(long, value_name = "NAME")]
    confirm: String,
    #[command(flatten)]
    output: Output,
}

/// The new firm.
#[derive(Serialize)]
struct Created {
    firm_id: String,
}

pub(super) async fn main(command: FirmCommand) -> Result<(), Failure> {
    match command {
        FirmCommand::Create(args) => create(args).await,
        FirmCommand::Remove(args) => remove(args).await,
    }
}

fn company_id(text: &str) -> Result<i64, String> {
    CompanyId::parse(text, &[])
        .map(CompanyId::get)
        .map_err(|error| error.to_string())
}

fn data_set(key: &str) -> Result<DataSet, String> {
    let of_company = DataSet::OF_COMPANY;
    let named = DataSet::from_key(key.trim()).filter(|set| of_company.contains(set));
    named.ok_or_else(|| {
        let keys: Vec<_> = of_company.iter().map(|set| set.key()).collect();
        format!("write one of {}", keys.join(", "))
    })
}

async fn create(args: Create) -> Result<(), Failure> {
    let app = connect::connect(connect::configure()?).await?;
    let firm = NewFirm {
        name: args.name,
        external_reference: args.external_reference,
        prefill: Prefill {
            company_id: args.procore_company,
            draft: Settings::new(args.data.into_iter().map(Choice::of)).ok(),
        },
    };
    let operator = Actor::System { firm: None };
    let created = create_firm::run(&app, &operator, &firm).await;
    match created.context("The firm was not taken in")? {
        CreateFirmOutcome::Created(id) => {
            let created = Created {
                firm_id: id.to_string(),
            };
            args.output
                .print(&created, |created| created.firm_id.clone())
        }
        CreateFirmOutcome::ReferenceTaken => Err(anyhow!(
            "Another firm has this external reference; the firm was not taken in"
        )
        .into()),
    }
}

async fn remove(args: Remove) -> Result<(), Failure> {
    let app = connect::connect(connect::configure()?).await?;
    let operator = Actor::System { firm: None };
    let removed = remove_firm::run(&app, &operator, args.id, &args.confirm, OURS_FOR).await;
    match removed {
        Ok(RemoveFirmOutcome::Removed(_)) => {}
        Ok(RemoveFirmOutcome::NotItsName) => {
            return Err(anyhow!("This is not the name of the firm; it was not removed").into());
        }
        Err(flows::Error::Missing) => return Err(anyhow!("There is no firm with this id").into()),
        Err(error) => return Err(anyhow!(error).context("The firm was not removed").into()),
    }
    let receipt = clean_up::run(&app, args.id).await.context(
        "The firm is removed; the rest of the work failed and is done by the workers, or by \
         running this again",
    )?;
    args.output.print(&receipt, in_words)
}

fn in_words(receipt: &RemovalReceipt) -> String {
    let RemovalReceipt {
        firm_id,
        removed_at,
        removed_by,
        rows,
        rows_gone_at: _,
        procore,
        webhooks_removed,
        access_kept_until,
    } = receipt;
    let mut text = format!(
        "Removed firm {firm_id} at {} by {removed_by}.\nDeleted rows:\n",
        removed_at.format("%F %T UTC")
    );
    for (table, amount) in rows.iter().filter(|(_, amount)| **amount > 0) {
        text.push_str(&format!("  {amount:>8}  {table}\n"));
    }
    let until = access_kept_until.map(|until| until.format("%F").to_string());
    text.push_str("In Procore: ");
    text.push_str(&match procore {
        ProcoreTidying::Nothing => "nothing had been created.".to_owned(),
        ProcoreTidying::Removed => format!("{webhooks_removed} webhooks removed."),
        ProcoreTidying::Pending => format!(
            "not everything is removed yet ({webhooks_removed} webhooks so far), since Procore does \
             not answer, refuses, or may still be at work. `concierge serve` tries again until {}. \
             Until then what opens Procore is kept, sealed, for this alone.",
            until.unwrap_or_default()
        ),
        ProcoreTidying::LeftBehind => format!(
            "{webhooks_removed} webhooks removed. Others may be left, which the firm removes itself \
             in Procore, under Company Admin, Webhooks."
        ),
    });
    text
}
