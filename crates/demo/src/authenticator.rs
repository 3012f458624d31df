//! The support person's authenticator app: support signs in with a second factor, and somebody who
//! tries the demo has none at hand.

use std::io::{BufRead, IsTerminal};
use std::{fs, thread};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret};

use concierge::app::App;
use concierge::clock::Clock;
use concierge::flows::Browser;
use concierge::flows::set_up_second_factor::{self, BeginProof, Confirmed, SecondFactorState};
use concierge::identity::Actor;

/// Codes that are tried: each holds for half a minute.
const TRIES: usize = 3;

/// Sets up a second factor for the person who acts; gives its key in base32, as it is typed into
/// an authenticator app. One whose key was lost is replaced.
pub(crate) async fn enrol(app: &App, actor: &Actor, password: &str) -> Result<String> {
    let browser = Browser::default();
    if let SecondFactorState::On { .. } = set_up_second_factor::look(app, actor).await? {
        let password = SecretString::from(password);
        set_up_second_factor::remove(app, actor, &password, &browser)
            .await
            .context(
                "The demo's support person has another password by now: --reset starts over",
            )?;
    }
    let enrolment =
        set_up_second_factor::begin(app, actor, &BeginProof::SigningIn, &browser).await?;
    let key = enrolment.secret.expose_secret().to_owned();
    for _ in 0..TRIES {
        // A code counts once. The one before is still good, and leaves the present one to sign in
        // with. It grows too old where a new one begins just now.
        let code = code(&key, app.clock.now() - TimeDelta::seconds(30))?;
        let confirmed = set_up_second_factor::confirm(app, actor, &code.into(), &browser).await?;
        if let Confirmed::On { .. } = confirmed {
            return Ok(key);
        }
    }
    bail!("Codes of our own were refused")
}

/// Prints the code of the moment for every line that is typed. It has a thread of its own, as
/// waiting for the terminal cannot be called off.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "answers in the terminal"
)]
pub(crate) fn answer(clock: Clock, key: String) {
    if !std::io::stdin().is_terminal() || !has_the_terminal() {
        return;
    }
    thread::spawn(move || {
        for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
            match code(&key, clock.now()) {
                Ok(code) => println!("  code for support: {code}"),
                Err(error) => eprintln!("concierge: {error:#}"),
            }
        }
    });
}

/// Whether the program is in the foreground: one in the background that reads from its terminal is
/// stopped by the system.
fn has_the_terminal() -> bool {
    // Behind the program's name in brackets: state, parent, group, session, terminal, and the group
    // in the foreground of that terminal.
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else {
        return false;
    };
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let fields: Vec<&str> = fields.split_whitespace().collect();
    matches!(fields.as_slice(), [_, _, group, _, _, foreground, ..] if group == foreground)
}

fn code(key: &str, at: DateTime<Utc>) -> Result<String> {
    let secret = Secret::try_from_base32(key).context("The support person's key is damaged")?;
    let totp = Builder::new()
        .with_secret(secret)
        .with_account_name("support")
        .build();
    let seconds = at.timestamp().try_into()?;
    Ok(totp
        .context("The support person's key is damaged")?
        .generate(seconds)
        .to_string())
}
