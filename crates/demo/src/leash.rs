//! Child programs that cannot outlive this process.
//!
//! A program started here runs under a small shell that also reads a pipe whose other end only this
//! process holds. When this process ends, in whatever way (`kill -9` included), the pipe closes and
//! the shell asks the program to stop. Stopping on purpose is the same act: the pipe is closed.

use std::{ffi::OsStr, io, process::ExitStatus};

use tokio::process::{Child, Command};

/// A running program that stops when this is dropped or this process ends.
///
/// Dropping does not wait for the end; [`Leash::stop`] does.
#[derive(Debug)]
pub(crate) struct Leash {
    shell: Child,
}

/// Runs its arguments. The program must not hold the pipe itself, and once it has ended nobody may be
/// signalled any more: its number may be reused. SIGINT makes Postgres drop its clients and shut down
/// cleanly ("fast").
const HOLD: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
{ cat <&3; kill -s INT "$program"; } >/dev/null 2>&1 3<&3 &
watch=$!
exec 3<&-
wait "$program"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
"#;

/// A command that runs `program` on a leash; the caller adds arguments, environment and outputs,
/// then hands it to [`Leash::start`].
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", HOLD, "leash"]).arg(program);
    command
}

impl Leash {
    /// Starts a command made by [`command`]. It gets a process group of its own, so that Ctrl-C
    /// in a terminal reaches this process alone and the order of stopping stays ours.
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        let shell = command
            .stdin(std::process::Stdio::piped())
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }

    /// Waits until the program has ended by itself.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        // `Child::wait` closes the child's input first, which here would mean "stop".
        let held = self.shell.stdin.take();
        let status = self.shell.wait().await;
        drop(held);
        status
    }

    /// How the program ended, if it has.
    pub(crate) fn try_ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.shell.try_wait()
    }

    /// Asks the program to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> io::Result<ExitStatus> {
        self.shell.wait().await
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, process::Stdio};

    use tokio::io::{AsyncBufReadExt, BufReader};

    use super::*;

    /// A program that says its number, then "stopped" when it is asked to stop.
    const TALKER: &str =
        r#"trap 'echo stopped; exit 3' INT; echo $$; while :; do sleep 0.02; done"#;

    fn talker() -> Command {
        // A shell starts background programs with SIGINT ignored, and one that is ignored from the
        // start cannot be trapped. Postgres installs its own handler.
        let mut command = command("env");
        command.args(["--default-signal=INT", "/bin/sh", "-c", TALKER]);
        command.stdout(Stdio::piped());
        command
    }

    #[tokio::test]
    async fn stopping_asks_the_program_and_gives_its_answer() {
        let mut leash = Leash::start(talker()).unwrap();
        let mut said = BufReader::new(leash.shell.stdout.take().unwrap()).lines();
        let number = said.next_line().await.unwrap().unwrap();

        let status = leash.stop().await.unwrap();

        assert_eq!(status.code(), Some(3));
        assert_eq!(said.next_line().await.unwrap().as_deref(), Some("stopped"));
        assert!(!Path::new("/proc").join(number).exists());
    }

    #[tokio::test]
    async fn dropping_stops_the_program_too() {
        let mut leash = Leash::start(talker()).unwrap();
        let mut said = BufReader::new(leash.shell.stdout.take().unwrap()).lines();
        said.next_line().await.unwrap();

        drop(leash);

        assert_eq!(said.next_line().await.unwrap().as_deref(), Some("stopped"));
        assert_eq!(
            said.next_line().await.unwrap(),
            None,
            "nobody holds its output any more"
        );
    }

    #[tokio::test]
    async fn a_program_that_ends_by_itself_is_noticed() {
        let mut command = command("/bin/sh");
        command.args(["-c", "exit 7"]);

        let status = Leash::start(command).unwrap().ended().await.unwrap();

        assert_eq!(status.code(), Some(7));
    }
}
