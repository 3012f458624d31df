//! Invented results of checks and of long work.

use chrono::TimeDelta;
use concierge::identity::ActorKind;
use concierge::ledger::ActionState;
use concierge::web::view::{
    CheckRow, CheckState, LedgerRow, Remedy, RemedyStep, Shell, TimelineEntry, XrayRow,
};

pub(super) fn directory_remedy() -> Remedy {
    Remedy::new(
        "Give the app access to Directory",
        "A Procore company admin can do this.",
    )
    .step(
        RemedyStep::new("Open the app named **Concierge**.")
            .at("Company Admin > App Management > View"),
    )
    .step(
        RemedyStep::new("Set **Directory** to **Read Only** and save.")
            .at("Permissions")
            .copy("App Version Key", "4f0c1a7e-6a1d-4f57-9a30-2f6de8c1b922")
            .stuck("#stuck"),
    )
    .step(RemedyStep::new(
        "Come back to this page and press **Check again**.",
    ))
    .checked("Checked against Procore's documentation on 3 June 2026.")
}

pub(super) fn checks(shell: &Shell) -> Vec<CheckRow> {
    let at = shell.when(shell.now - TimeDelta::minutes(2));
    vec![
        CheckRow::new("answers", CheckState::Passed, "Procore answers")
            .answer("It answered in 0.4 seconds.")
            .at(at),
        CheckRow::new(
            "installed",
            CheckState::Failed,
            "App connected to company 112233",
        )
        .answer("The **Concierge** app is not installed in company 112233, or was disconnected.")
        .code("PC-NOT-INSTALLED")
        .at(at)
        .remedy(directory_remedy()),
        CheckRow::new("excess", CheckState::Warning, "Directory")
            .answer("More access than needed: the app is Admin on **Directory**.")
            .code("PC-EXCESS")
            .at(at)
            .remedy(
                Remedy::new(
                    "Lower the level on Directory",
                    "A Procore company admin can do this.",
                )
                .step(RemedyStep::new("Set **Directory** to **Read Only**.")),
            ),
        CheckRow::new("busy", CheckState::Waiting, "Company found")
            .answer("Procore asked us to slow down. We continue at 14:05.")
            .code("PC-RATE"),
        CheckRow::new("hooks", CheckState::Running, "Webhooks allowed"),
        CheckRow::new("write", CheckState::NotTested, "Webhooks can be created")
            .answer("Reading cannot prove this. It is tested when you complete."),
        CheckRow::new("later", CheckState::NotRun, "Projects are shared"),
    ]
}

pub(super) fn xray(shell: &Shell) -> Vec<XrayRow> {
    let row =
        |id: &str, state, tool: &str, needed_for: &str, found: Option<&str>, evidence: &str| {
            XrayRow {
                id: id.to_owned(),
                state,
                tool: tool.to_owned(),
                needed_for: needed_for.to_owned(),
                needed: "Read Only".to_owned(),
                found: found.map(str::to_owned),
                evidence: evidence.to_owned(),
                who: "A Procore company admin".to_owned(),
                said: None,
                code: None,
                at: Some(shell.when(shell.now - TimeDelta::minutes(2))),
                kept: state == CheckState::Passed,
                remedy: None,
            }
        };
    let mut failed = row(
        "x-directory",
        CheckState::Failed,
        "Directory",
        "People, Companies",
        Some("None"),
        "We tried to read it",
    );
    failed.code = Some("PC-LEVEL:directory".to_owned());
    failed.remedy = Some(directory_remedy());
    vec![
        failed,
        row(
            "x-admin",
            CheckState::Warning,
            "Admin",
            "Offices, Departments",
            Some("Admin"),
            "App's own list",
        ),
        row(
            "x-cost",
            CheckState::NotTested,
            "Cost Codes",
            "Cost codes",
            None,
            "Cannot be tested by reading",
        ),
        row(
            "x-projects",
            CheckState::Passed,
            "Projects",
            "Projects",
            Some("Read Only"),
            "App's own list, and we read it",
        ),
    ]
}

pub(super) fn ledger() -> Vec<LedgerRow> {
    vec![
        LedgerRow::new("Check the connection again", ActionState::Done).elapsed("2 s"),
        LedgerRow::new("Webhook", ActionState::Done)
            .records(24, Some(24))
            .elapsed("6 s"),
        LedgerRow::new("Companies", ActionState::Partial)
            .records(1_200, Some(3_412))
            .note("Procore stopped showing us **Directory**. We kept what we had read.")
            .code("PC-LEVEL:directory")
            .elapsed("41 s"),
        LedgerRow::new("People", ActionState::Running)
            .records(1_204, Some(3_550))
            .elapsed("1 min 12 s"),
        LedgerRow::new("Cost codes", ActionState::Waiting)
            .records(300, Some(9_000))
            .note("Until 14:05: Procore asked us to slow down")
            .elapsed("2 min"),
        LedgerRow::new("Trades", ActionState::NeedsPerson)
            .note("Procore did not recognise your client secret.")
            .code("PC-CREDENTIALS"),
        LedgerRow::new("Projects", ActionState::Pending),
    ]
}

pub(super) fn timeline(shell: &Shell) -> Vec<TimelineEntry> {
    let entry = |kind, who: &str, what: &str, minutes| {
        TimelineEntry::new(
            kind,
            who,
            what,
            shell.when(shell.now - TimeDelta::minutes(minutes)),
        )
    };
    let mut note = entry(ActorKind::Support, "Jo Park", "Wrote a note", 9);
    note.detail = Some("Called Ana. Their Procore admin is back on Thursday.".to_owned());
    note.internal = true;
    let mut from = entry(
        ActorKind::FirmAdmin,
        "Ana Ruiz",
        "Saved the Procore details (fingerprint `9f3c21`)",
        180,
    );
    from.from = Some("203.0.113.7".to_owned());
    vec![
        note,
        entry(
            ActorKind::Support,
            "Jo Park",
            "Looked at the firm's pages",
            30,
        ),
        entry(
            ActorKind::System,
            "Concierge",
            "Checked permissions: **9 of 11 passed**",
            95,
        ),
        entry(
            ActorKind::Colleague,
            "Sam Lee",
            "Opened the link to fix permissions",
            110,
        ),
        from,
    ]
}
