//! Asks what a run needs, and writes each row as soon as the answers decide it.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::ask::Asker;
use super::taken::OpenRun;
use crate::app::App;
use crate::procore::Urgency;
use crate::store::checks;
use crate::verdict::{self, Answer, Answers, Check, Facts, Question};

/// How long a worker asks before it concludes with what it has.
const PATIENCE: Duration = Duration::from_secs(60);

/// Questions asked at a time; Procore is to be met gently.
const AT_A_TIME: usize = 4;

impl OpenRun {
    /// Asks everything that the open rows need, writing each row as soon as it is decided.
    pub async fn ask_all(&self, app: &App) -> anyhow::Result<Answers> {
        let mut answers = Answers::default();
        let access = app.access(&self.connection, &self.access)?;
        let api = app.procore.company(access.clone(), Urgency::Waiting);
        let asker = Asker {
            app,
            access: &access,
            api: &api,
            choices: self.choices(),
        };
        let open: Vec<Check> = self.open_rows().map(|(_, check)| check.clone()).collect();
        let mut questions = verdict::questions(&open, self.choices());
        let mut written = Vec::new();

        let token = asker.ask(&Question::Token).await?;
        questions.retain(|question| *question != Question::Token);
        if token == Answer::BadCredentials {
            questions = self
                .run
                .elsewhere
                .iter()
                .cloned()
                .map(Question::TokenElsewhere)
                .collect();
        } else if !matches!(token, Answer::Accepted(Facts::Token)) {
            questions.clear();
        }
        answers.record(Question::Token, token);
        // Whether the details belong elsewhere changes what the row about them says.
        if self.run.elsewhere.is_empty() {
            self.write_decided(app, &answers, &mut written).await?;
        }

        let mut asked = stream::iter(questions)
            .map(|question| async {
                let answer = asker.ask(&question).await;
                (question, answer)
            })
            .buffer_unordered(AT_A_TIME);
        let until = tokio::time::Instant::now() + PATIENCE;
        while let Ok(Some((question, answer))) = tokio::time::timeout_at(until, asked.next()).await
        {
            let answer = answer?;
            let elsewhere = matches!(question, Question::TokenElsewhere(_));
            if answer == Answer::BadCredentials && !elsewhere {
                // The token was still good when it was asked for; the pair behind it is not.
                answers.record(Question::Token, Answer::BadCredentials);
            }
            answers.record(question, answer);
            self.write_decided(app, &answers, &mut written).await?;
        }
        Ok(answers)
    }

    /// Writes the rows that the answers so far decide and that are not in `written` yet.
    async fn write_decided(
        &self,
        app: &App,
        answers: &Answers,
        written: &mut Vec<i32>,
    ) -> anyhow::Result<()> {
        for (position, check) in self.open_rows() {
            if written.contains(&position) {
                continue;
            }
            if let Some(result) = verdict::evaluate(check, answers, &self.context()) {
                let mut conn = app.db.acquire().await?;
                let now = app.clock.now();
                checks::write_row(&mut conn, &self.run, position, &result, now).await?;
                written.push(position);
            }
        }
        Ok(())
    }
}
