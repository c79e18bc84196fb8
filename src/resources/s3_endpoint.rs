//! `pbs_s3_endpoint`: a service with buckets for datastores.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        Client, Fingerprint, Property, kinds,
        notation::{PropertyString, S3AccessKey, S3EndpointId, S3Host, S3Region, S3SecretKey},
    },
};
use tf_plugin::{Diagnostic, Field as Planned};

/// The property of a datastore that contains its S3 endpoint and its bucket.
const BACKEND: &str = "backend";

pub(crate) fn s3_endpoint() -> Object {
    Object::new(
        "s3_endpoint",
        &kinds::S3_ENDPOINT,
        "Manages an S3 endpoint: the address and the access key of an object storage that is \
         compatible with Amazon S3. A `pbs_datastore` names the endpoint in its argument `s3`. PBS \
         does not connect to the storage when the endpoint is created or changed. To check the \
         endpoint, use the data source `pbs_s3_buckets` or the action `pbs_check_s3`.",
        [
            Field::text(
                "id",
                "id",
                "Id of the endpoint, 3 to 32 letters, digits, `_`, `.` and `-`.",
            )
            .parses::<S3EndpointId>()
            .key()
            .since("4.0.11"),
            Field::text(
                "endpoint",
                "endpoint",
                "Host name or IP address of the storage, without `https://`. `{{bucket}}` stands \
                 for the name of the bucket, and `{{region}}` stands for the region, for example \
                 `{{bucket}}.s3.{{region}}.amazonaws.com`. If `path_style` is `false`, the value \
                 must begin with `{{bucket}}.`, because PBS then expects the bucket in the host \
                 name.",
            )
            .parses::<S3Host>()
            .required(),
            Field::integer(
                "port",
                "port",
                "Port of the storage, 1 to 65535. If the argument is omitted, PBS uses 443.",
                1..=65535,
            ),
            Field::text(
                "region",
                "region",
                "Region, for example `eu-west-1`: 3 to 32 lower-case letters, digits, `_` and `-`. \
                 PBS 4.1 and later also accept 2 characters. If the argument is omitted, PBS uses \
                 `us-west-1`.",
            )
            .parses::<S3Region>(),
            Field::text(
                "fingerprint",
                "fingerprint",
                "SHA-256 fingerprint of the storage's certificate, 32 pairs of hexadecimal digits. \
                 If the argument is omitted, PBS trusts only certificates of known authorities.",
            )
            .parses::<Fingerprint>()
            .same::<Fingerprint>(),
            Field::text(
                "access_key",
                "access-key",
                "Access key. PBS shows the key to everyone who can read the endpoint.",
            )
            .parses::<S3AccessKey>()
            .required(),
            Field::secret("secret_key", "secret-key", "Secret key.")
                .parses::<S3SecretKey>()
                .required(),
            Field::flag(
                "path_style",
                "path-style",
                "Whether PBS writes the name of the bucket into the path of the URL. With `false`, \
                 PBS writes the name into the host name. MinIO and Ceph usually need `true`. \
                 Default: `false`.",
            )
            .default(false),
            Field::integer(
                "put_rate_limit",
                "put-rate-limit",
                "Highest number of upload requests per second. If the argument is omitted, there \
                 is no limit.",
                1..=i64::MAX,
            )
            .note(
                "PBS cannot change the limit of an existing endpoint, so a change replaces the \
                 endpoint. If a datastore uses the endpoint, the apply fails, because PBS does not \
                 delete an endpoint that is in use.",
            )
            .never_changed(),
            Field::set(
                "provider_quirks",
                "provider-quirks",
                "Deviations of the storage from S3. `skip-if-none-match-header` is for a storage \
                 that does not know the header `If-None-Match`. `delete-objects-via-delete-object` \
                 is for a storage that cannot delete several objects with one request. Default: \
                 none.",
            )
            .one_of(&["skip-if-none-match-header", "delete-objects-via-delete-object"])
            .choice_since("delete-objects-via-delete-object", "4.1.6"),
            limit(
                "rate_in",
                "rate-in",
                "Largest amount of data that PBS downloads per second, for example `10 MiB`. If \
                 the argument is omitted, the rate is not limited.",
            ),
            limit(
                "burst_in",
                "burst-in",
                "Amount of data that PBS downloads at full speed before `rate_in` applies, for \
                 example `20 MiB`. Default: none.",
            ),
            limit(
                "rate_out",
                "rate-out",
                "Largest amount of data that PBS uploads per second, for example `10 MiB`. If the \
                 argument is omitted, the rate is not limited.",
            ),
            limit(
                "burst_out",
                "burst-out",
                "Amount of data that PBS uploads at full speed before `rate_out` applies, for \
                 example `20 MiB`. Default: none.",
            ),
        ],
    )
    .ask(|pbs, change| Box::pin(ask(pbs, change)))
}

fn limit(name: &'static str, property: &'static str, doc: &'static str) -> Field {
    Field::bytes(name, property, doc).since("4.0.22")
}

/// Warns if the plan replaces an endpoint that a datastore uses. PBS does not delete an endpoint
/// that a datastore uses, and the new endpoint cannot have the same id before the old endpoint is
/// deleted.
async fn ask(pbs: &Client, change: &Change<'_>) -> Vec<Diagnostic> {
    let is_update = !change.is_creation() && !change.is_deletion();
    if !is_update || change.may_change("id") || !change.may_change("put_rate_limit") {
        return Vec::new();
    }
    let id = change.before::<String>("id").ok().and_then(Planned::known).unwrap_or_default();
    let Ok(datastores) = pbs.objects(&kinds::DATASTORE).await else { return Vec::new() };
    let uses_endpoint = |backend: &str| {
        let pairs = PropertyString::parse(backend, Some("type"));
        pairs.is_ok_and(|pairs| pairs.iter().any(|pair| pair == ("client", &id)))
    };
    let using_datastore = datastores.iter().find(|(_, datastore)| {
        datastore.get(BACKEND).and_then(Property::as_text).is_some_and(uses_endpoint)
    });
    let warning = using_datastore.map(|(name, _)| {
        Diagnostic::warning(
            "A datastore uses the S3 endpoint",
            format!(
                "PBS ignores a change of `put_rate_limit`, so the endpoint is replaced. But PBS \
                 does not delete the endpoint while the datastore {name} uses it. If the apply \
                 does not delete the datastore first, the apply fails. Undo the change, or create \
                 another endpoint with the new limit for the datastore."
            ),
        )
        .at("put_rate_limit")
    });
    warning.into_iter().collect()
}
