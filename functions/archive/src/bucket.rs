//! Writes to the archive's bucket.

use crate::Object;
use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    config::{Builder, timeout::TimeoutConfig},
};
use shared::aws::outline;
use std::time::Duration;

/// How long an object may take, with the SDK's own retries: less than Lambda gives the function.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The archive's bucket.
#[derive(Debug)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// That of this name, for whom this is the configuration of.
    pub fn new(name: String, aws: &SdkConfig) -> Self {
        let config = Builder::from(aws).timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build());
        Self { client: Client::from_conf(config.build()), name }
    }

    /// Writes an object, in place of any other of its key.
    ///
    /// # Errors
    /// When S3 does not take it: why, in a word.
    pub async fn write(&self, Object { key, lines }: Object) -> Result<(), String> {
        let put = self.client.put_object().bucket(&self.name).key(key).content_type("application/jsonl");
        put.body(lines.into_bytes().into()).send().await.map(drop).map_err(|error| outline(&error))
    }
}
