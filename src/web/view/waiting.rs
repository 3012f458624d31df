//! A colleague for whom the setup waits.

/// Whom the setup waits for, how far they are, and what the firm can do about it.
#[derive(Debug, Clone)]
pub struct WaitingFor {
    pub name: String,
    /// `Waiting for Bo Lane: opened 12:22, 2 of 3 fixed`.
    pub line: String,
    /// Where *Remind*, *Copy link* and *Take back* are sent, for those who may.
    pub actions: Option<WaitingActions>,
}

/// Where the buttons of a hand-over are sent.
#[derive(Debug, Clone)]
pub struct WaitingActions {
    pub remind: String,
    pub copy_link: String,
    pub take_back: String,
}
