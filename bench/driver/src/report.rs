//! What was measured, as Markdown, each figure beside what it should reach.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::sign_in::SignIns;
use crate::steps::{AT_ONCE, Ask, Side};
use crate::sync::Reading;

/// The most memory that the product may use under load, and what readings may be apart, in MiB.
const MOST_MEMORY: f64 = 20.0;
const MOST_APART: f64 = 16.0;
/// The most memory above idle while a thousand people sign in, in MiB.
const MOST_OF_SIGN_INS: f64 = 64.0;
/// The most that the product's start may take of the floor's.
const LONGEST_START: f64 = 1.5;
/// The least of a bare insert's records per second.
const SLOWEST_READING: f64 = 0.5;

/// How much is measured.
pub struct Extent {
    pub steps: bool,
    pub queue: bool,
    pub start: bool,
    pub sign_in: bool,
    pub sync: bool,
    pub events: bool,
    pub idle: bool,
    pub projects: bool,
    /// Firms that are connected, events that wait, and seconds of watching, for `events`.
    pub firms: usize,
    pub waiting: usize,
    pub seconds: usize,
    /// Projects that are integrated, for `projects`.
    pub project_count: usize,
    /// Rounds per question and side, and requests per round.
    pub rounds: usize,
    pub requests: usize,
    pub starts: usize,
    pub people: usize,
    pub readings: usize,
}

impl Extent {
    /// `--quick`, and the parts that are wanted: `steps`, `queue`, `start`, `sign-in`, `sync`,
    /// `events`, `idle`, `projects`; without any, all. `--firms=`, `--waiting=` and `--seconds=` say how much
    /// `events` measures, `--projects=` how many `projects` integrates.
    pub fn from_args() -> Result<Self> {
        let (mut quick, mut parts, mut sizes) = (false, Vec::new(), HashMap::new());
        for arg in std::env::args().skip(1) {
            match (arg.as_str(), arg.split_once('=')) {
                ("--quick", _) => quick = true,
                (
                    "steps" | "queue" | "start" | "sign-in" | "sync" | "events" | "idle"
                    | "projects",
                    _,
                ) => parts.push(arg),
                (
                    _,
                    Some((name @ ("--firms" | "--waiting" | "--seconds" | "--projects"), size)),
                ) => {
                    sizes.insert(name.to_owned(), size.parse()?);
                }
                (other, _) => bail!("there is no part called {other}"),
            }
        }
        let size = |name: &str, few: usize, many: usize| {
            let usual = if quick { few } else { many };
            sizes.get(name).copied().unwrap_or(usual)
        };
        let wanted = |part: &str| parts.is_empty() || parts.iter().any(|it| it == part);
        Ok(Self {
            steps: wanted("steps"),
            queue: wanted("queue"),
            start: wanted("start"),
            sign_in: wanted("sign-in"),
            sync: wanted("sync"),
            events: wanted("events"),
            idle: wanted("idle"),
            projects: wanted("projects"),
            firms: size("--firms", 20, 500),
            waiting: size("--waiting", 2_000, 100_000),
            seconds: size("--seconds", 10, 60),
            project_count: size("--projects", 40, 2_000),
            rounds: if quick { 2 } else { 8 },
            requests: if quick { 1_000 } else { 6_000 },
            starts: if quick { 3 } else { 15 },
            people: if quick { 200 } else { 1_000 },
            readings: if quick { 1 } else { 3 },
        })
    }
}

/// What else the machine is busy with.
pub fn surroundings() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    println!("Load averages {} on {cores} cores.\n", load.join(", "));
}

pub fn steps_head(review: usize, settings: usize) {
    println!("## Showing and saving a step\n");
    println!(
        "{AT_ONCE} people at once; review has {review} bytes of HTML and settings {settings}, \
         the floor's pages the same.\n"
    );
    println!(
        "| | | Requests/s | p50 | p99 | CPU per request | of it server | Postgres | to the floor |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
}

pub fn step(ask: Ask, sides: &[Side<'_>; 2]) {
    let ratio = sides[0].micros() / sides[1].micros();
    let mut ratios: Vec<f64> = sides[0]
        .rounds
        .iter()
        .zip(&sides[1].rounds)
        .map(|(own, floor)| own / floor)
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios.first(), ratios.last());
    for (side, name) in sides.iter().zip(["Concierge", "Floor"]) {
        let verdict = match name {
            "Concierge" => format!(
                "{ratio:.2} ({:.2}–{:.2}), target ≤ {}: {}",
                least.copied().unwrap_or_default(),
                most.copied().unwrap_or_default(),
                ask.target(),
                reached(ratio <= ask.target())
            ),
            _ => String::new(),
        };
        println!(
            "| {} | {name} | {:.0} | {} | {} | {:.0} µs | {:.0} µs | {:.0} µs | {verdict} |",
            ask.label(),
            side.per_second(),
            millis(side.within(0.5)),
            millis(side.within(0.99)),
            side.micros(),
            side.server_micros(),
            side.postgres_micros(),
        );
    }
}

pub fn memory(sides: &[Side<'_>; 2]) -> Result<()> {
    println!("\n## Memory after that load\n");
    println!("| | Heap and stacks at their peak | now | Peak with the program's own pages | |");
    println!("| --- | ---: | ---: | ---: | --- |");
    for (side, name) in sides.iter().zip(["Concierge", "Floor"]) {
        let (memory, most) = (side.server.memory()?, side.server.most_memory());
        let verdict = match name {
            "Concierge" => format!(
                "target < {MOST_MEMORY} MiB: {}",
                reached(mib(most) < MOST_MEMORY)
            ),
            _ => String::new(),
        };
        println!(
            "| {name} | {:.1} MiB | {:.1} MiB | {:.1} MiB | {verdict} |",
            mib(most),
            mib(memory.anonymous),
            mib(memory.most_resident)
        );
    }
    println!();
    Ok(())
}

pub fn start(times: &[Vec<Duration>; 2]) {
    let [own, floor] = [median(&times[0]), median(&times[1])];
    let ratio = own.as_secs_f64() / floor.as_secs_f64();
    println!("## From nothing to the first page\n");
    println!("| | Median of {} |", times[0].len());
    println!("| --- | ---: |");
    println!("| Concierge | {} |", millis(own));
    println!("| Floor | {} |", millis(floor));
    println!(
        "\n{ratio:.2} times the floor's, target ≤ {LONGEST_START}: {}.\n",
        reached(ratio <= LONGEST_START)
    );
}

pub fn sign_in(of: &SignIns) {
    let at = |part: f64| {
        let place = (part * of.times.len() as f64) as usize;
        of.times.get(place.min(of.times.len().saturating_sub(1)))
    };
    let above = mib(of.peak.saturating_sub(of.idle));
    println!("## Signing in\n");
    println!("| People, {AT_ONCE} at once | Sign-ins/s | p50 | p99 | Idle | Peak | above idle |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | --- |");
    println!(
        "| {} | {:.0} | {} | {} | {:.1} MiB | {:.1} MiB | {above:.1} MiB, target < {MOST_OF_SIGN_INS}: {} |\n",
        of.times.len(),
        of.times.len() as f64 / of.elapsed.as_secs_f64(),
        millis(at(0.5).copied().unwrap_or_default()),
        millis(at(0.99).copied().unwrap_or_default()),
        mib(of.idle),
        mib(of.peak),
        reached(above < MOST_OF_SIGN_INS),
    );
}

pub fn sync(readings: &[Vec<Reading>]) {
    println!("## Reading records from a simulated Procore\n");
    println!(
        "| Records | Calls for pages | Fewest | Peak memory | Records/s | Bare insert | of it | \
         CPU: Concierge | Postgres | simulated Procore |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |");
    for reading in readings.iter().flatten() {
        let part = reading.per_second() / reading.bare_per_second();
        println!(
            "| {} | {} | {} | {:.1} MiB | {:.0} | {:.0} | {part:.2}, target ≥ {SLOWEST_READING}: {} | {} | {} | {} |",
            reading.records,
            reading.calls,
            reading.fewest_calls,
            mib(reading.peak),
            reading.per_second(),
            reading.bare_per_second(),
            reached(part >= SLOWEST_READING),
            millis(reading.cpu[0]),
            millis(reading.cpu[1]),
            millis(reading.cpu[2]),
        );
    }
    let exact = readings
        .iter()
        .flatten()
        .all(|reading| reading.calls <= reading.fewest_calls + 1);
    let peaks: Vec<u64> = readings
        .iter()
        .map(|of_size| middle_peak(of_size))
        .collect();
    let apart = match peaks.as_slice() {
        [few, .., many] => mib(many.saturating_sub(*few)),
        _ => 0.0,
    };
    println!(
        "\nCalls are the fewest possible, give or take the last page: {}.",
        reached(exact)
    );
    println!(
        "Peak memory is {apart:.1} MiB apart, target ≤ {MOST_APART} MiB: {}.\n",
        reached(apart <= MOST_APART)
    );
}

fn middle_peak(readings: &[Reading]) -> u64 {
    let mut peaks: Vec<u64> = readings.iter().map(|reading| reading.peak).collect();
    peaks.sort_unstable();
    peaks.get(peaks.len() / 2).copied().unwrap_or_default()
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub fn reached(is: bool) -> &'static str {
    if is { "reached" } else { "**missed**" }
}

pub fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

pub fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
