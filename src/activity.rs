//! What the record can say: everything that was done, and who may read it.

text_enum! {
    /// What was done, in the past tense, as the table `activity` spells it; what the timeline says for
    /// it is in `text::activity`.
    pub enum ActivityVerb {
        // The firm and its people.
        FirmCreated = "firm.created",
        PersonCreated = "person.created",
        PersonRemoved = "person.removed",
        FirmSecondFactorRequired = "firm.second_factor_required",
        FirmSecondFactorOptional = "firm.second_factor_optional",
        InvitationSent = "invitation.sent",
        InvitationRevoked = "invitation.revoked",
        InvitationAccepted = "invitation.accepted",

        // The setup.
        SetupReviewed = "setup.reviewed",
        SetupTaskMarked = "setup.task_marked",
        SetupDetailsEntered = "setup.details_entered",
        SetupCompanyConfirmed = "setup.company_confirmed",
        SetupSettingsSaved = "setup.settings_saved",
        SetupPermissionsConfirmed = "setup.permissions_confirmed",
        SetupStartedAgain = "setup.started_again",
        VerificationStarted = "verification.started",
        VerificationPassed = "verification.passed",
        VerificationFailed = "verification.failed",
        VerificationWaiting = "verification.waiting",
        PermissionsStarted = "permissions.started",
        PermissionsPassed = "permissions.passed",
        PermissionsFailed = "permissions.failed",
        PermissionsWaiting = "permissions.waiting",
        CompletionStarted = "completion.started",
        CompletionRetried = "completion.retried",
        CompletionDataSetLeftOut = "completion.data_set_left_out",
        CompletionNeedsPerson = "completion.needs_person",
        CompletionDone = "completion.done",
        ReadingShort = "reading.short",
        ReadingCompleted = "reading.completed",
        GapRepaired = "copy.gap_repaired",
        WebhookForeignFound = "webhook.foreign_found",
        WebhookTriggersMissing = "webhook.triggers_missing",
        SetupOpened = "setup.opened",
        SetupClosed = "setup.closed",
        SetupReopened = "setup.reopened",
        SetupStepReopened = "setup.step_reopened",
        SetupStalled = "setup.stalled",
        SetupEscalated = "setup.escalated",
        RemovalDone = "removal.done",
        RemovalNeedsPerson = "removal.needs_person",
        RemovalRetried = "removal.retried",
        RemovalGivenUp = "removal.given_up",

        // The connection after that.
        IncidentBegan = "incident.began",
        IncidentEnded = "incident.ended",
        ConnectionCheckAsked = "connection.check_asked",
        WebhookRepairAsked = "webhook.repair_asked",
        WebhookRepaired = "webhook.repaired",
        SettingsChangeStarted = "settings.change_started",
        SettingsChangeRetried = "settings.change_retried",
        SettingsChangeNeedsPerson = "settings.change_needs_person",
        SettingsChanged = "settings.changed",
        DeliveriesCompared = "webhook.deliveries_compared",
        AddressTested = "webhook.address_tested",

        // A task handed over to a colleague.
        HandOverSent = "handover.sent",
        HandOverSentAgain = "handover.sent_again",
        HandOverReminded = "handover.reminded",
        HandOverLinkCopied = "handover.link_copied",
        HandOverRenewed = "handover.renewed",
        HandOverOpened = "handover.opened",
        HandOverDone = "handover.done",
        HandOverCannot = "handover.cannot",
        HandOverRevoked = "handover.revoked",
        HandOverPasses = "handover.passes",
        HandOverExpired = "handover.expired",
        HelpNotFound = "help.not_found",

        // Reminders.
        ReminderSent = "reminder.sent",
        RemindersStopped = "reminders.stopped",
        RemindersResumed = "reminders.resumed",

        // Support.
        ConsentGiven = "consent.given",
        ConsentWithdrawn = "consent.withdrawn",
        ConsentAsked = "consent.asked",
        ConsentRecorded = "consent.recorded",
        ConsentConfirmed = "consent.confirmed",
        VisitBegun = "visit.begun",
        VisitEnded = "visit.ended",
        VisitActingBegun = "visit.acting_begun",
        VisitActingEnded = "visit.acting_ended",
        CaseClosed = "case.closed",
        CaseReopened = "case.reopened",
        CaseStepReopened = "case.step_reopened",
        CaseViewedAs = "case.viewed_as",
        CaseActedFor = "case.acted_for",
        CaseConsentAsked = "case.consent_asked",
        CaseConsentRecorded = "case.consent_recorded",
        CaseConsentConfirmed = "case.consent_confirmed",
        SupportStepLinkSent = "support.step_link_sent",
        SupportResetLinkSent = "support.reset_link_sent",
        SupportFixesSent = "support.fixes_sent",
        CaseAssigned = "case.assigned",
        CaseCheckedAgain = "case.checked_again",
        CaseRetried = "case.retried",
        CaseLinkSent = "case.link_sent",
        CaseFixesSent = "case.fixes_sent",
        CaseSnoozed = "case.snoozed",
        CaseReminded = "case.reminded",
        SupportRemoved = "support.removed",
        MailSentAgain = "mail.sent_again",
        QueueExported = "queue.exported",
        AccessRefused = "access.refused",

        // Keys.
        KeyUsed = "key.used",
        KeysRotated = "keys.rotated",

        // Somebody's own account.
        AccountSignedIn = "account.signed_in",
        AccountCodeAsked = "account.code_asked",
        AccountSignInFailed = "account.sign_in_failed",
        AccountSignInThrottled = "account.sign_in_throttled",
        AccountCodeFailed = "account.code_failed",
        AccountCodeThrottled = "account.code_throttled",
        AccountPasswordFailed = "account.password_failed",
        AccountSignedOut = "account.signed_out",
        AccountSignedOutEverywhere = "account.signed_out_everywhere",
        AccountSessionEnded = "account.session_ended",
        AccountRecoveryCodeUsed = "account.recovery_code_used",
        AccountPasswordChanged = "account.password_changed",
        AccountPasswordReset = "account.password_reset",
        AccountProfileChanged = "account.profile_changed",
        AccountSecondFactorOn = "account.second_factor_on",
        AccountSecondFactorOff = "account.second_factor_off",
        AccountSecondFactorReset = "account.second_factor_reset",
        AccountFactorResetAsked = "account.factor_reset_asked",
        AccountFactorResetStopped = "account.factor_reset_stopped",
        AccountDisabled = "account.disabled",
        AccountEnabled = "account.enabled",
        AccountSessionsEnded = "account.sessions_ended",
    }
}

text_enum! {
    /// Who may read an entry.
    pub enum Audience {
        /// The firm, and support.
        Firm = "firm",
        /// Support only.
        Staff = "staff",
    }
}
