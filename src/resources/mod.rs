//! The managed resources. A new configuration object needs a file or folder, a `mod` line and a
//! line in [`OBJECTS`]. Any other new resource needs a folder, a `mod` line and a line in
//! [`register`].

use crate::{
    object::{self, Object},
    pbs::Client,
};
use tf_plugin::Offers;

mod acl;
mod api_token;
mod datastore;
mod gotify_notification;
mod metrics_influxdb_http;
mod metrics_influxdb_udp;
mod namespace;
mod node_config;
mod notification_matcher;
mod prune_job;
mod remote;
mod s3_endpoint;
mod sendmail_notification;
mod smtp_notification;
mod sync_job;
mod traffic_control_rule;
mod user;
mod verify_job;
mod webhook_notification;

/// A function that declares a configuration object, and the name of the data source that reads the
/// ids of all objects of this type. `None` if [`object::register`] registers no such data source.
type Declaration = (fn() -> Object, Option<&'static str>);

/// The declarations of the configuration objects. The datastore has `None`, because the module
/// `data_sources` registers the data source `pbs_datastores`. The node configuration has `None`,
/// because each server has only one.
pub(crate) const OBJECTS: [Declaration; 15] = [
    (datastore::datastore, None),
    (gotify_notification::gotify_notification, Some("gotify_notifications")),
    (metrics_influxdb_http::metrics_influxdb_http, Some("metrics_influxdb_http_servers")),
    (metrics_influxdb_udp::metrics_influxdb_udp, Some("metrics_influxdb_udp_servers")),
    (node_config::node_config, None),
    (notification_matcher::notification_matcher, Some("notification_matchers")),
    (prune_job::prune_job, Some("prune_jobs")),
    (remote::remote, Some("remotes")),
    (s3_endpoint::s3_endpoint, Some("s3_endpoints")),
    (sendmail_notification::sendmail_notification, Some("sendmail_notifications")),
    (smtp_notification::smtp_notification, Some("smtp_notifications")),
    (sync_job::sync_job, Some("sync_jobs")),
    (traffic_control_rule::traffic_control_rule, Some("traffic_control_rules")),
    (verify_job::verify_job, Some("verify_jobs")),
    (webhook_notification::webhook_notification, Some("webhook_notifications")),
];

/// Registers every managed resource. Each resource registers its list resource, its migration and
/// its data sources in its own `Resource::companions`.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    let offers = offers
        .resource::<acl::Acl>()
        .resource::<api_token::ApiToken>()
        .resource::<namespace::Namespace>()
        .resource::<user::User>();
    let register = |offers, (declare, plural)| object::register(offers, declare, plural);
    OBJECTS.into_iter().fold(offers, register)
}
