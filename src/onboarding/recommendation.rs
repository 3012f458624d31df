//! What support is best advised to do at a case, by the reason that it stands still for.

use super::situation::{Kind, Situation, SituationCode};
use crate::verdict::ReasonCode;

/// Everything that support may do at a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupportAction {
    CheckAgain,
    CheckNow,
    Retry,
    Repair,
    SyncNow,
    SendLink,
    SendFixes,
    AssignToMe,
    Snooze,
    ViewAs,
    ActFor,
    ReopenStep,
    Close,
    Reopen,
}

impl SupportAction {
    /// Without a reason to prefer one: what is done most often, first.
    const USUAL: [Self; 14] = [
        Self::CheckAgain,
        Self::CheckNow,
        Self::Retry,
        Self::Repair,
        Self::AssignToMe,
        Self::Snooze,
        Self::SendFixes,
        Self::SyncNow,
        Self::SendLink,
        Self::ViewAs,
        Self::ActFor,
        Self::ReopenStep,
        Self::Reopen,
        Self::Close,
    ];
}

/// All actions, the best advised first. The first one that is possible is the recommended one.
pub fn recommended(situation: &Situation) -> [SupportAction; SupportAction::USUAL.len()] {
    let first = match situation.reason {
        Some(reason) if !is_over(situation.code) => by_reason(reason),
        Some(_) | None => by_situation(situation.code),
    };
    let mut order = SupportAction::USUAL;
    order.sort_by_key(|action| *action != first); // stable: the others stay as they are
    order
}

fn is_over(code: SituationCode) -> bool {
    match code.kind() {
        Kind::Closing | Kind::Over => true,
        Kind::Walking
        | Kind::Stopped
        | Kind::Approval
        | Kind::Waiting
        | Kind::Running
        | Kind::Incident => false,
    }
}

fn by_reason(reason: ReasonCode) -> SupportAction {
    match reason {
        // Somebody changes something in Procore, and has to know what.
        ReasonCode::NotInstalled
        | ReasonCode::Level(_)
        | ReasonCode::NoProjects
        | ReasonCode::ProjectTool
        | ReasonCode::Hidden
        | ReasonCode::WebhookLevel
        | ReasonCode::Excess
        | ReasonCode::AppUpdate => SupportAction::SendFixes,
        // The firm corrects what it entered, on our own page.
        ReasonCode::Credentials
        | ReasonCode::Environment
        | ReasonCode::Company
        | ReasonCode::NotYours => SupportAction::SendLink,
        ReasonCode::Hook => SupportAction::Repair,
        ReasonCode::Late => SupportAction::SyncNow,
        // It goes on by itself.
        ReasonCode::Unreachable
        | ReasonCode::Rate
        | ReasonCode::Busy
        | ReasonCode::PendingApproval => SupportAction::Snooze,
        // Ours to find out.
        ReasonCode::Taken | ReasonCode::Deliveries => SupportAction::AssignToMe,
        ReasonCode::Unexpected => SupportAction::CheckAgain,
    }
}

fn by_situation(code: SituationCode) -> SupportAction {
    match code.kind() {
        Kind::Walking if code == SituationCode::InProgress => SupportAction::ViewAs,
        Kind::Walking => SupportAction::SendLink,
        Kind::Stopped => SupportAction::CheckAgain,
        Kind::Incident => SupportAction::CheckNow,
        Kind::Approval | Kind::Waiting => SupportAction::Snooze,
        Kind::Running => SupportAction::ViewAs,
        // What Procore does not let us remove is tried again, or left behind.
        Kind::Closing => SupportAction::Retry,
        Kind::Over if code == SituationCode::Connected => SupportAction::ViewAs,
        Kind::Over => SupportAction::Reopen,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::SupportAction::*;
    use super::*;
    use crate::onboarding::situation::WaitingOn;

    fn of(code: SituationCode, reason: Option<ReasonCode>) -> SupportAction {
        let order = recommended(&Situation {
            code,
            reason,
            party: WaitingOn::Firm,
            since: DateTime::UNIX_EPOCH,
        });
        for action in SupportAction::USUAL {
            assert!(order.contains(&action), "{code:?} {reason:?}: {action:?}");
        }
        order[0]
    }

    #[test]
    fn every_reason_has_its_action() {
        for reason in ReasonCode::all() {
            let expected = match reason.to_string().as_str() {
                "PC-UNREACHABLE" | "PC-RATE" | "PC-BUSY" | "PC-PENDING-APPROVAL" => Snooze,
                "PC-CREDENTIALS" | "PC-ENVIRONMENT" | "PC-COMPANY" | "PC-NOT-YOURS" => SendLink,
                "PC-HOOK" => Repair,
                "PC-LATE" => SyncNow,
                "PC-TAKEN" | "PC-DELIVERIES" => AssignToMe,
                "PC-UNEXPECTED" => CheckAgain,
                "PC-NOT-INSTALLED" | "PC-NO-PROJECTS" | "PC-PROJECT-TOOL" | "PC-HIDDEN"
                | "PC-WEBHOOK-LEVEL" | "PC-EXCESS" | "PC-APP-UPDATE" => SendFixes,
                level if level.starts_with("PC-LEVEL:") => SendFixes,
                other => panic!("{other} has no recommended action"),
            };
            for code in [
                SituationCode::CompletionNeedsPerson,
                SituationCode::UnknownAnswer,
            ] {
                assert_eq!(of(code, Some(reason)), expected, "{reason}");
            }
            // Once it is over, what it stopped for before no longer matters.
            assert_eq!(of(SituationCode::Closed, Some(reason)), Reopen, "{reason}");
        }
    }

    #[test]
    fn without_a_reason_the_situation_tells() {
        for code in SituationCode::ALL {
            let expected = match code.as_str() {
                "never_started" | "idle" | "waiting_for_admin" => SendLink,
                "pending_approval" | "procore_outage" | "completion_waiting" => Snooze,
                "in_progress" | "completing" | "connected" | "connection_paused" => ViewAs,
                "closing" => Retry,
                "closed" => Reopen,
                "connection_broken" | "connection_degraded" => CheckNow,
                _ => CheckAgain,
            };
            assert_eq!(of(code, None), expected, "{code:?}");
        }
    }
}
