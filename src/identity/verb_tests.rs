//! Every verb against every kind of actor.

use uuid::Uuid;

use super::*;

fn who() -> Who {
    Who {
        id: PersonId(Uuid::from_u128(7)),
        name: "Ada".into(),
        source: None,
    }
}

const FIRM: FirmId = FirmId(Uuid::from_u128(1));

fn support(place: Place) -> Actor {
    Actor::Support {
        role: SupportRole::Staff,
        place,
        who: who(),
    }
}

fn visit(access: Access) -> Actor {
    support(Place::Visit(Grant {
        id: GrantId::NIL,
        firm: FIRM,
        access,
    }))
}

fn colleague(task: Task) -> Actor {
    Actor::Colleague {
        firm: FIRM,
        hand_over: HandOverId::NIL,
        name: "Bo".into(),
        task,
        source: None,
    }
}

/// The columns of the table: `+` may, `-` is not theirs, `o` only looks, `s` secret.
fn actors() -> [Actor; 7] {
    [
        Actor::FirmAdmin {
            firm: FIRM,
            who: who(),
        },
        colleague(Task::EnterCredentials),
        colleague(Task::FixPermissions),
        support(Place::Case(FIRM)),
        visit(Access::View),
        visit(Access::Act),
        Actor::system_for(FIRM),
    ]
}

fn row(verb: Verb) -> &'static str {
    match verb {
        //                    admin, enters, fixes, case, view, act, system
        Verb::Look => "+---+++",
        Verb::ConfirmReview => "+---o++",
        Verb::MarkTask => "++--o++",
        Verb::SubmitCredentials => "++--os-",
        Verb::Verify => "++++o++",
        Verb::ConfirmVerification => "+---o++",
        Verb::SaveSettings => "+---o++",
        Verb::CheckPermissions => "+-++o++",
        Verb::ConfirmPermissions => "+---o++",
        Verb::StartCompletion => "+---o++",
        Verb::TryAgain => "+-+-o++",
        Verb::DropDataSet => "+---o++",
        Verb::StartAgain => "+---o++",
        Verb::HandOver => "+---o-+",
        Verb::ReportStuck => "+++-o+-",
        Verb::AnswerHandOver => "-++----",
        Verb::CheckNow | Verb::SyncNow | Verb::Reconnect => "+--+o++",
        Verb::ReplaceCredentials => "+---os-",
        Verb::ChangeIntegration => "+---o++",
        Verb::Pause => "+---o++",
        Verb::Disconnect => "+---o++",
        Verb::IntegrateProjects => "+---o++",
        Verb::InvitePerson => "+---o-+",
        Verb::RemoveMember => "+---o-+",
        Verb::RequireSecondFactor => "+---o-+",
        Verb::ResetSecondFactor => "+---o-+",
        Verb::Consent => "+------",
        Verb::StopReminders => "+---o++",
        Verb::SeeCase => "---+--+",
        Verb::WriteNote => "---+--+",
        Verb::Assign => "---+--+",
        Verb::Snooze => "---+--+",
        Verb::Retry => "---+--+",
        Verb::SendFreshLink => "---+--+",
        Verb::SendFixes => "---+--+",
        Verb::Remind => "---+--+",
        Verb::ReopenStep => "---+--+",
        Verb::CloseCase => "---+--+",
        Verb::ReopenCase => "---+--+",
        Verb::ViewAs => "---+--+",
        Verb::ActFor => "---+--+",
    }
}

#[test]
fn each_actor_may_do_what_the_table_says_and_nothing_else() {
    for verb in Verb::ALL {
        for (actor, mark) in actors().iter().zip(row(verb).chars()) {
            let expected = match mark {
                '+' => Ok(FIRM),
                '-' => Err(Denied::NotTheirs),
                'o' => Err(Denied::OnlyLooking),
                's' => Err(Denied::SecretsStayWithTheFirm),
                other => unreachable!("{other}"),
            };
            assert_eq!(actor.may(verb), expected, "{verb:?} by {actor:?}");
        }
    }
}

#[test]
fn the_list_of_verbs_holds_each_once() {
    let distinct: std::collections::HashSet<_> = Verb::ALL.into_iter().collect();
    assert_eq!(distinct.len(), Verb::ALL.len());
}

#[test]
fn nothing_is_done_to_a_firm_from_the_desk() {
    for verb in Verb::ALL {
        assert_eq!(
            support(Place::Desk).may(verb),
            Err(Denied::NoFirm),
            "{verb:?}"
        );
        assert_eq!(
            Actor::Account { who: who() }.may(verb),
            Err(Denied::NoFirm),
            "{verb:?}"
        );
        assert_eq!(
            Actor::System { firm: None }.may(verb),
            Err(Denied::NoFirm),
            "{verb:?}"
        );
    }
}

#[test]
fn only_leads_manage_support_people() {
    let lead = Actor::Support {
        role: SupportRole::Lead,
        place: Place::Desk,
        who: who(),
    };
    let staff = support(Place::Desk);
    for verb in [
        DeskVerb::SeeQueue,
        DeskVerb::SeeMail,
        DeskVerb::SendMailAgain,
        DeskVerb::SeeNumbers,
        DeskVerb::CreateFirm,
        DeskVerb::ManageSupport,
        DeskVerb::RemoveFirm,
        DeskVerb::SeeVendorApp,
    ] {
        let staff_may = !matches!(
            verb,
            DeskVerb::ManageSupport | DeskVerb::RemoveFirm | DeskVerb::SeeVendorApp
        );
        assert_eq!(lead.may_at_desk(verb), Ok(Some(who().id)), "{verb:?}");
        assert_eq!(staff.may_at_desk(verb).is_ok(), staff_may, "{verb:?}");
        assert_eq!(
            Actor::System { firm: None }.may_at_desk(verb),
            Ok(None),
            "{verb:?}"
        );
        assert_eq!(
            actors()[0].may_at_desk(verb),
            Err(Denied::NotTheirs),
            "{verb:?}"
        );
        assert_eq!(
            visit(Access::Act).may_at_desk(verb),
            Err(Denied::NotTheirs),
            "{verb:?}"
        );
    }
}
