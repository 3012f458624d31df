//! What an operator may set. The only reader of the environment.

use chrono::TimeDelta;
use url::Url;

/// A configuration that has been read and found to be in order.
#[derive(Clone, Debug)]
pub struct Config {
    /// The product that the firm is connecting Procore to.
    pub product_name: String,
    /// External base address: links in mail, webhook destinations, origin check.
    pub public_url: Url,
    /// Shown as help on every page.
    pub support_contact: Option<String>,
    /// Sets our webhooks apart from those of every other installation.
    pub webhook_namespace: String,
    /// Idle time after which an onboarding counts as stalled.
    pub stall_after: TimeDelta,
    /// Whether this is `concierge demo`: mails are shown in clear, the style guide is served.
    pub demo: bool,
}
