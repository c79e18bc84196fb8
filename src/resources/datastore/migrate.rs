//! Converts the bucket of a datastore from the state of another provider.

use crate::pbs::notation::PropertyString;
use tf_plugin::Json;

/// The property with the bucket of a datastore on S3.
const BACKEND: &str = "backend";

/// The bucket, whose endpoint and name another provider keeps apart.
pub(super) fn backend(state: &Json) -> Option<(&'static str, String)> {
    let foreign = |name| match state.get(name) {
        Some(Json::String(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    let [client, bucket] = ["s3_client", "s3_bucket"].map(foreign);
    let mut pairs = PropertyString::new(None);
    for (key, value) in [("bucket", bucket?), ("client", client?), ("type", "s3")] {
        pairs.set(key, value);
    }
    Some((BACKEND, pairs.to_string()))
}
