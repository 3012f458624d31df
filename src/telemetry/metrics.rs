//! The metrics. Labels have few values: no firm, no person, no path.

use std::time::Duration;

use metrics::{
    SharedString, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

pub(crate) use metrics_exporter_prometheus::PrometheusHandle;

pub(crate) const REQUESTS: &str = "concierge_http_requests_total";
pub(crate) const REQUEST_SECONDS: &str = "concierge_http_request_seconds";
pub(crate) const DISPLACED: &str = "concierge_http_connections_displaced_total";
pub(crate) const PROCORE_CALLS: &str = "concierge_procore_calls_total";
pub(crate) const PROCORE_HELD_BACK: &str = "concierge_procore_calls_held_back_total";
pub(crate) const PROCORE_BLOCKED: &str = "concierge_procore_blocked_total";
pub(crate) const RATE_REMAINING: &str = "concierge_procore_rate_remaining_ratio";
pub(crate) const JOBS: &str = "concierge_jobs_total";
pub(crate) const EVENTS_WAITING: &str = "concierge_events_waiting";
pub(crate) const QUEUE_DEPTH: &str = "concierge_queue_jobs";
pub(crate) const QUEUE_AGE: &str = "concierge_queue_oldest_seconds";
pub(crate) const STALLED: &str = "concierge_onboardings_stalled";

const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

const PARTS: [f64; 6] = [0.0, 0.1, 0.25, 0.5, 0.75, 1.0];

/// Starts recording. Without it, every function here is a cheap no-op.
pub(crate) fn start() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_owned()), &BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(RATE_REMAINING.to_owned()), &PARTS)?
        .install_recorder()?;
    describe_counter!(REQUESTS, "Requests by method, route and status");
    describe_histogram!(REQUEST_SECONDS, "Time to answer, by route");
    describe_counter!(DISPLACED, "Connections that made room for others");
    describe_counter!(PROCORE_CALLS, "Calls to Procore by environment and outcome");
    describe_counter!(
        PROCORE_HELD_BACK,
        "Calls held back to stay within Procore's windows"
    );
    describe_counter!(
        PROCORE_BLOCKED,
        "Times that Procore asked us to leave a company alone"
    );
    describe_histogram!(
        RATE_REMAINING,
        "Part of a rate window that each answer left, 0 to 1"
    );
    describe_counter!(JOBS, "Jobs handled by kind and outcome");
    describe_gauge!(
        EVENTS_WAITING,
        "Events of deliveries that wait to be stored"
    );
    describe_gauge!(QUEUE_DEPTH, "Jobs that wait or run");
    describe_gauge!(
        QUEUE_AGE,
        "How long the oldest job that could run has waited"
    );
    describe_gauge!(
        STALLED,
        "Onboardings without progress for longer than they should"
    );
    Ok(handle)
}

/// Counts an answered request. `route` is the route's pattern, never the path itself.
pub(crate) fn request_answered(
    method: &'static str,
    route: SharedString,
    status: u16,
    took: Duration,
) {
    histogram!(REQUEST_SECONDS, "route" => route.clone()).record(took.as_secs_f64());
    counter!(REQUESTS, "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
}

/// Counts a connection that was ended because another one needed its place.
pub(crate) fn connection_displaced() {
    counter!(DISPLACED).increment(1);
}

/// Counts a call to Procore. `outcome` is `answered` or `unanswered`.
pub(crate) fn procore_called(environment: &str, outcome: &'static str) {
    let environment = environment.to_owned();
    counter!(PROCORE_CALLS, "environment" => environment, "outcome" => outcome).increment(1);
}

/// Counts a call that had to wait for a rate window.
pub(crate) fn procore_held_back(environment: &str) {
    counter!(PROCORE_HELD_BACK, "environment" => environment.to_owned()).increment(1);
}

/// Counts a job that was handled. `outcome` is `done` or `failed`.
pub(crate) fn job_handled(kind: &str, outcome: &'static str) {
    counter!(JOBS, "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
}

/// Records how many events wait to be stored by this process.
pub(crate) fn events_waiting(count: usize) {
    gauge!(EVENTS_WAITING).set(count as f64);
}

/// Records how many jobs there are and how long the oldest due one has waited.
pub(crate) fn queue(depth: u64, oldest: Duration) {
    gauge!(QUEUE_DEPTH).set(depth as f64);
    gauge!(QUEUE_AGE).set(oldest.as_secs_f64());
}

/// Records how much of a rate window a reply left.
pub(crate) fn rate_observed(environment: &str, remaining: u32, limit: u32) {
    let part = f64::from(remaining) / f64::from(limit.max(1));
    histogram!(RATE_REMAINING, "environment" => environment.to_owned()).record(part);
}

/// Counts a wait that Procore asked for.
pub(crate) fn procore_blocked(environment: &str) {
    counter!(PROCORE_BLOCKED, "environment" => environment.to_owned()).increment(1);
}

/// Records how many onboardings are stalled.
pub(crate) fn stalled(count: u64) {
    gauge!(STALLED).set(count as f64);
}
