//! One record by itself.

use serde_json::value::RawValue;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::hidden::without_secrets;
use super::pages::RawRecord;

/// What came for one record.
#[derive(Debug)]
pub(crate) enum OneRecord {
    Read(RawRecord),
    /// It is there and cannot be stored, or has no id: as it was sent, without secrets.
    Unreadable(String),
}

impl CompanyApi {
    /// Reads one record. One that is not there, or hidden from us, is [`Error::NotVisible`].
    pub(crate) async fn record(
        &self,
        action: &'static str,
        path: &str,
        query: Vec<(&'static str, String)>,
    ) -> Result<OneRecord, Error> {
        let call = Call::get(action, path).query(query);
        let body: Box<RawValue> = self.read_json(&call).await?;
        Ok(match RawRecord::read(body) {
            Ok(record) => OneRecord::Read(record),
            Err(body) => OneRecord::Unreadable(without_secrets(body.get(), &self.secrets())),
        })
    }
}
