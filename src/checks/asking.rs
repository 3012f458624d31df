//! Asks what a run needs, and writes each row as soon as the answers decide it.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::ask::Asker;
use super::taken::OpenRun;
use crate::app::App;
use crate::procore::Urgency;
use crate::store::checks;
use crate::verdict::{self, Answer, Answers, Facts, Foreseen, Question};

/// How long a worker asks before it concludes with what it has.
const PATIENCE: Duration = Duration::from_secs(60);

/// Questions asked at a time; Procore is to be met gently.
const AT_A_TIME: usize = 4;

impl OpenRun {
    /// Asks everything that the open rows need, writing each row as soon as it is decided.
    pub(crate) async fn ask_all(&mut self, app: &App) -> anyhow::Result<Answers> {
        let mut answers = Answers::default();
        let choices = self.choices().to_vec();
        let access = app.access(&self.connection, &self.access)?;
        let api = app.procore.company(access.clone(), Urgency::Waiting);
        let asker = Asker {
            app,
            access: &access,
            api: &api,
            choices: &choices,
        };
        self.reopen_neighbours();
        let mut questions = verdict::questions(&self.open_checks(), &choices);
        if self.keeps_levels() && !questions.contains(&Question::Manifest) {
            questions.push(Question::Manifest);
        }
        let mut written = Vec::new();

        let (token, said) = asker.ask(&Question::Token).await?;
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
        answers.record(Question::Token, token, said);
        // Whether the details belong elsewhere changes what the row about them says.
        if self.run.elsewhere.is_empty() {
            self.write_decided(app, &answers, &mut written).await?;
        }

        let until = Instant::now() + PATIENCE;
        // A company that refuses us refuses everything else, too.
        if take(&mut questions, &Question::Company) {
            self.ask_some(
                &asker,
                vec![Question::Company],
                until,
                &mut answers,
                &mut written,
            )
            .await?;
            match answers.get(&Question::Company) {
                Some(Answer::Accepted(Facts::Member { active: true, .. })) => {}
                Some(
                    Answer::Accepted(_)
                    | Answer::NotConnected
                    | Answer::Unauthorized
                    | Answer::Forbidden
                    | Answer::NotFound,
                ) if questions.contains(&Question::CompanyList) => {
                    let (answer, said) = asker.ask_other_companies().await?;
                    answers.record(Question::CompanyList, answer, said);
                    questions.clear();
                }
                Some(_) | None => questions.clear(),
            }
        }
        // The permission list tells what need not be tried.
        if take(&mut questions, &Question::Manifest) {
            let first = [Question::Manifest, Question::CompanyList];
            let first = first.into_iter();
            let first = first.filter(|it| *it == Question::Manifest || take(&mut questions, it));
            let first = first.collect();
            self.ask_some(&asker, first, until, &mut answers, &mut written)
                .await?;
            self.reopen_outdated(&answers);
            let all = verdict::questions(&self.open_checks(), &choices).into_iter();
            let new: Vec<_> = all
                .filter(|it| answers.get(it).is_none() && !questions.contains(it))
                .collect();
            questions.extend(new);
        }
        let mut open = Vec::new();
        for question in questions {
            match verdict::foresee(&question, &answers, &self.refused) {
                Foreseen::Nothing => open.push(question),
                Foreseen::ByManifest => {}
                Foreseen::AsBefore(list) => {
                    answers.record(question, list.answer(), list.said.clone());
                }
            }
        }
        self.ask_some(&asker, open, until, &mut answers, &mut written)
            .await?;
        Ok(answers)
    }

    /// Asks once where the company's own pages are, for links. No row depends on it.
    pub(super) async fn ask_web(
        &self,
        app: &App,
        answers: &Answers,
    ) -> anyhow::Result<Option<Url>> {
        let reached = matches!(
            answers.get(&Question::Company),
            Some(Answer::Accepted(Facts::Member { active: true, .. }))
        );
        if !reached || self.connection.company_web.is_some() {
            return Ok(None);
        }
        let access = app.access(&self.connection, &self.access)?;
        let usual = access.environment.web.scheme().to_owned();
        let api = app.procore.company(access, Urgency::Waiting);
        match api.company_base_url().await {
            // Only a page of the web, and no less protected than the usual ones, becomes a link.
            Ok(web) => Ok(Some(web).filter(|web| web.scheme() == usual)),
            Err(error) => {
                tracing::debug!("The company's zone could not be read: {error}");
                Ok(None)
            }
        }
    }

    /// Asks some questions side by side, and writes the rows that the answers decide.
    async fn ask_some(
        &self,
        asker: &Asker<'_>,
        questions: Vec<Question>,
        until: Instant,
        answers: &mut Answers,
        written: &mut Vec<i32>,
    ) -> anyhow::Result<()> {
        let mut asked = stream::iter(questions)
            .map(|question| async {
                let answer = asker.ask(&question).await;
                (question, answer)
            })
            .buffer_unordered(AT_A_TIME);
        while let Ok(Some((question, answer))) = timeout_at(until, asked.next()).await {
            let (answer, said) = answer?;
            let elsewhere = matches!(question, Question::TokenElsewhere(_));
            if answer == Answer::BadCredentials && !elsewhere {
                // The token was still good when it was asked for; the pair behind it is not.
                answers.record(Question::Token, Answer::BadCredentials, said.clone());
            }
            answers.record(question, answer, said);
            self.write_decided(asker.app, answers, written).await?;
        }
        Ok(())
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
                let mut conn = app.db.acquire_for_write().await?;
                let now = app.clock.now();
                checks::write_row(&mut conn, &self.run, position, &result, now).await?;
                conn.finish().await?;
                written.push(position);
            }
        }
        Ok(())
    }
}

/// Takes a question out of a list; returns whether it was there.
fn take(questions: &mut Vec<Question>, question: &Question) -> bool {
    let before = questions.len();
    questions.retain(|it| it != question);
    questions.len() < before
}
