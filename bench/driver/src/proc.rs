//! What Linux knows of a process: the CPU it used and the memory it holds.

use std::collections::HashSet;
use std::fs;
use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::task::JoinHandle;

/// Length of a tick of `/proc/{pid}/stat`: `USER_HZ` is 100 wherever Linux runs.
const TICK: Duration = Duration::from_millis(10);

/// How often the memory of a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// CPU time in ticks, user and system together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu(u64);

impl Cpu {
    /// What a process has used so far.
    pub fn of(pid: u32) -> Result<Self> {
        Ok(Self(Stat::of(pid)?.own))
    }

    /// What a Postgres has used so far: its first process, all processes that it started, and
    /// those of them that have ended since.
    pub fn of_postgres(first: u32) -> Result<Self> {
        let stat = Stat::of(first)?;
        let family = children(first)?;
        // One that ends in between is counted with the ended ones.
        let alive = family.into_iter().filter_map(|pid| Stat::of(pid).ok());
        Ok(Self(
            stat.own + stat.ended + alive.map(|stat| stat.own).sum::<u64>(),
        ))
    }

    pub fn time(self) -> Duration {
        TICK * u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::AddAssign for Cpu {
    fn add_assign(&mut self, more: Self) {
        self.0 += more.0;
    }
}

/// Memory of a process in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// What belongs to no file: the heap and the stacks.
    pub anonymous: u64,
    /// The most that was ever resident, pages of files such as the program itself included.
    pub most_resident: u64,
}

/// Notes the most anonymous memory that a process has from now on.
pub struct MemoryWatch {
    most: Arc<AtomicU64>,
    looking: JoinHandle<()>,
}

impl MemoryWatch {
    pub fn start(pid: u32) -> Self {
        let most = Arc::new(AtomicU64::default());
        let seen = most.clone();
        let looking = tokio::spawn(async move {
            while let Ok(memory) = Memory::of(pid) {
                seen.fetch_max(memory.anonymous, Ordering::Relaxed);
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        Self { most, looking }
    }

    /// The most so far, in KiB.
    pub fn most(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Memory {
    pub fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/status");
        let status = fs::read_to_string(&path).with_context(|| path.clone())?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let number = line.and_then(|line| line.split_whitespace().nth(1));
            number
                .and_then(|number| number.parse().ok())
                .with_context(|| format!("{path} has no {name}"))
        };
        Ok(Self {
            anonymous: field("RssAnon:")?,
            most_resident: field("VmHWM:")?,
        })
    }
}

struct Stat {
    parent: u32,
    /// Ticks of the process itself.
    own: u64,
    /// Ticks of its children that ended.
    ended: u64,
}

impl Stat {
    fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/stat");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        // The name of the program is in brackets and may contain anything.
        let behind = text.rsplit_once(')').map(|(_, behind)| behind);
        let fields: Vec<&str> = behind.unwrap_or_default().split_whitespace().collect();
        // `man proc_pid_stat` counts from 1 and has the state, our first, as the third.
        let field = |number: usize| -> Result<u64> {
            let text = fields.get(number - 3);
            let text = text.with_context(|| format!("{path} has no field {number}"))?;
            Ok(text.parse()?)
        };
        Ok(Self {
            parent: u32::try_from(field(4)?)?,
            own: field(14)? + field(15)?,
            ended: field(16)? + field(17)?,
        })
    }
}

fn children(parent: u32) -> Result<HashSet<u32>> {
    let mut found = HashSet::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if Stat::of(pid).is_ok_and(|stat| stat.parent == parent) {
            found.insert(pid);
        }
    }
    Ok(found)
}
