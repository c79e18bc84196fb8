//! The data sources. A new data source needs a file in this folder and a `mod` line below. If it
//! reads the objects of a managed resource, register it in `Resource::companions` of that resource.
//! If it does not, add a line to [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

pub(crate) mod acls;
pub(crate) mod api_token;
pub(crate) mod api_tokens;
mod backup_groups;
mod certificate;
mod datastore_status;
mod datastores;
mod job_status;
pub(crate) mod namespace;
pub(crate) mod namespaces;
mod permissions;
mod prune_preview;
mod remote_datastores;
mod remote_namespaces;
mod roles;
mod s3_buckets;
mod snapshots;
mod tasks;
mod token_check;
pub(crate) mod user;
pub(crate) mod users;
mod version;

/// Registers the data sources that do not belong to a managed resource.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers
        .data_source::<backup_groups::BackupGroups>()
        .data_source::<certificate::Certificate>()
        .data_source::<datastore_status::Status>()
        .data_source::<datastores::Datastores>()
        .data_source::<job_status::Status>()
        .data_source::<permissions::Permissions>()
        .data_source::<prune_preview::PrunePreview>()
        .data_source::<remote_datastores::RemoteDatastores>()
        .data_source::<remote_namespaces::RemoteNamespaces>()
        .data_source::<roles::Roles>()
        .data_source::<s3_buckets::S3Buckets>()
        .data_source::<snapshots::Snapshots>()
        .data_source::<tasks::Tasks>()
        .data_source::<token_check::TokenCheck>()
        .data_source::<version::Version>()
}
