//! Converts the bucket of a datastore from the state of another provider.

use crate::pbs::notation::PropertyString;
use tf_plugin::Json;

/// The property of a datastore that contains its S3 endpoint and its bucket.
const BACKEND: &str = "backend";

/// Combines the endpoint and the name of the bucket, which are two attributes in the state of the
/// other provider, into the property [`BACKEND`]. `None` if one of the attributes is missing or
/// empty.
pub(super) fn backend(state: &Json) -> Option<(&'static str, String)> {
    let text = |name| match state.get(name) {
        Some(Json::String(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    let [client, bucket] = ["s3_client", "s3_bucket"].map(text);
    let mut pairs = PropertyString::new(None);
    for (key, value) in [("bucket", bucket?), ("client", client?), ("type", "s3")] {
        pairs.set(key, value);
    }
    Some((BACKEND, pairs.to_string()))
}
