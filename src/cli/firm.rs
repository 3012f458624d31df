//! `concierge firm`: taking in firms.

use anyhow::{Context, anyhow};
use serde::Serialize;

use super::output::Output;
use super::{Failure, connect};
use crate::flows::create_firm::{self, CreateFirmOutcome, NewFirm};
use crate::identity::Actor;

/// Take in firms
#[derive(Debug, clap::Subcommand)]
pub(crate) enum FirmCommand {
    Create(Create),
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
    }
}

async fn create(args: Create) -> Result<(), Failure> {
    let app = connect::connect(connect::configure()?).await?;
    let firm = NewFirm {
        name: args.name,
        external_reference: args.external_reference,
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
