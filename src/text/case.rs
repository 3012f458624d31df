//! What support's actions at a case will do, as their pages say it.

/// What *Retry* does.
pub(crate) const RETRIES: [&str; 3] = [
    "What failed is tried again, and the plan goes on from there. What is done stays done.",
    "Where somebody had to fix something, access to Procore is checked first.",
    "The firm sees that it goes on, and that you had it tried again.",
];

/// What it does besides where Procore, or our own count of calls, named a time.
pub(crate) const RETRIES_EARLY: &str = "It would go on by itself at the time shown. Retrying earlier uses up calls that the people of this firm may need, and Procore may refuse it and ask for another wait.";
