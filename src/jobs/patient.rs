//! The queue's way to the database, which takes its time where the database does not answer.
//!
//! The library asks again at once whatever went wrong: without a database it would try thousands of
//! times per second, and write a line about each.

use std::any::Any;
use std::time::Duration;

use graphile_worker::{
    BoxFuture, Database, DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction,
    NotificationStream,
};

/// How long a failure is held back before the library learns of it.
const PAUSE: Duration = Duration::from_secs(1);

/// A database of which failures come slowly; answers do not wait.
#[derive(Debug)]
pub(super) struct Patient(Database);

impl Patient {
    pub(super) fn around(database: impl Into<Database>) -> Database {
        Database::new(Self(database.into()))
    }
}

async fn patiently<T>(
    asked: impl Future<Output = Result<T, DbError>> + Send,
) -> Result<T, DbError> {
    let answer = asked.await;
    if answer.is_err() {
        tokio::time::sleep(PAUSE).await;
    }
    answer
}

impl DbExecutor for Patient {
    fn execute<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(patiently(self.0.execute(sql, params)))
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        Box::pin(patiently(self.0.fetch_all(sql, params)))
    }
}

impl DatabaseDriver for Patient {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn begin<'a>(&'a self) -> BoxFuture<'a, Result<DbTransaction, DbError>> {
        Box::pin(patiently(self.0.begin()))
    }

    fn listen<'a>(
        &'a self,
        channel: &'a str,
    ) -> BoxFuture<'a, Result<Option<NotificationStream>, DbError>> {
        Box::pin(patiently(self.0.listen(channel)))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// A database that is away, or answers.
    #[derive(Debug)]
    struct Fake {
        away: bool,
    }

    impl Fake {
        fn answer<T: Send + 'static>(&self, answer: T) -> BoxFuture<'static, Result<T, DbError>> {
            let answer = if self.away {
                Err(DbError::new("nobody is there"))
            } else {
                Ok(answer)
            };
            Box::pin(async move { answer })
        }
    }

    impl DbExecutor for Fake {
        fn execute<'a>(&'a self, _: &'a str, _: DbParams) -> BoxFuture<'a, Result<u64, DbError>> {
            self.answer(1)
        }

        fn fetch_all<'a>(
            &'a self,
            _: &'a str,
            _: DbParams,
        ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
            self.answer(Vec::new())
        }
    }

    impl DatabaseDriver for Fake {
        fn as_any(&self) -> &dyn Any {
            self
        }

        fn begin<'a>(&'a self) -> BoxFuture<'a, Result<DbTransaction, DbError>> {
            Box::pin(async { Err(DbError::new("not for this test")) })
        }

        fn listen<'a>(
            &'a self,
            _: &'a str,
        ) -> BoxFuture<'a, Result<Option<NotificationStream>, DbError>> {
            self.answer(None)
        }
    }

    /// How long ten questions in a row take.
    async fn ten(away: bool) -> Duration {
        let database = Patient::around(Database::new(Fake { away }));
        let began = Instant::now();
        for _ in 0..10 {
            let asked = database.fetch_all("select 1", DbParams::default()).await;
            assert_eq!(asked.is_err(), away);
        }
        began.elapsed()
    }

    // The clock stands still, and moves on by itself to whatever is waited for.
    #[tokio::test(start_paused = true)]
    async fn a_database_that_is_away_is_asked_once_a_second_and_no_more() {
        assert_eq!(ten(true).await, PAUSE * 10);
        assert_eq!(ten(false).await, Duration::ZERO);
    }
}
