//! The managed resources. A new resource needs its folder, a `mod` line and a line in [`register`].

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

/// The declarations of the configuration objects.
pub(crate) const OBJECTS: [fn() -> Object; 15] = [
    datastore::datastore,
    gotify_notification::gotify_notification,
    metrics_influxdb_http::metrics_influxdb_http,
    metrics_influxdb_udp::metrics_influxdb_udp,
    node_config::node_config,
    notification_matcher::notification_matcher,
    prune_job::prune_job,
    remote::remote,
    s3_endpoint::s3_endpoint,
    sendmail_notification::sendmail_notification,
    smtp_notification::smtp_notification,
    sync_job::sync_job,
    traffic_control_rule::traffic_control_rule,
    verify_job::verify_job,
    webhook_notification::webhook_notification,
];

/// Registers every managed resource. Each resource registers its list resource, its migration and
/// its data sources in its own `Resource::companions`.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    let offers =
        offers.resource::<acl::Acl>().resource::<api_token::ApiToken>().resource::<user::User>();
    OBJECTS.into_iter().fold(offers, object::register)
}
