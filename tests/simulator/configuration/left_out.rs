//! The recorded answers about configuration objects that the simulator does not give. The test
//! fails if a number changes, so correct this list when the simulator gives more of these answers.

use crate::replay::LeftOut;

/// Calls that the simulator does not have: the beginning of their paths, the number of recorded
/// requests, and the purpose of the calls. A request counts for the first row whose beginning fits
/// its path.
pub(super) const CALLS: LeftOut = &[
    ("/access/domains/", 4, "synchronization of a realm"),
    ("/admin/metrics", 5, "list of both kinds of metric servers"),
    ("/config/access/tfa", 7, "second factors"),
    ("/config/acme", 8, "certificates from an ACME server"),
    ("/config/changer", 15, "tape changers"),
    ("/config/drive", 14, "tape drives"),
    ("/config/tape-encryption-keys", 25, "encryption keys of tapes"),
    ("/config/notifications/matcher-field-values", 4, "values for the conditions of a matcher"),
    ("/config", 5, "lists of the calls below a path"),
    ("/nodes/localhost/certificates", 9, "certificates of the node, except their list"),
    ("/nodes/localhost/dns", 5, "name servers of the node"),
    ("/nodes/localhost/identity", 3, "identity of the node"),
    ("/nodes/localhost/subscription", 3, "subscription of the node"),
    ("/nodes/localhost/time", 4, "time of the node"),
    ("/tape", 2, "backups to tapes"),
];

/// Other answers that differ: the beginning of the names of the exchanges, the number of answers,
/// and the reason. An answer counts for the first row whose beginning fits the name of the
/// exchange.
pub(super) const CASES: LeftOut = &[
    ("00-setup/011-perm-audit", 1, "the server used an older copy of the access control list"),
    ("00-setup/013-perm-root", 1, "the server used an older copy of the access control list"),
    ("00-setup/158-empty-root-status-datastore-usage", 1, "disk usage of the recorded machine"),
    ("00-setup/159-empty-audit-status-datastore-usage", 1, "disk usage of the recorded machine"),
    ("10-datastore/007-admin-status", 1, "disk usage of the recorded machine"),
    ("10-datastore/157-", 1, "two tasks deleted the same directory at the same time"),
    ("10-datastore/161-", 1, "the recorded answer counts one more line of the log"),
    ("10-datastore/166-status-full-maintenance", 1, "disk usage of the recorded machine"),
    ("10-datastore/167-usage", 1, "disk usage of the recorded machine"),
    ("10-datastore/171-", 1, "the recorded answer counts one more line of the log"),
    ("11-datastore2/055-", 1, "the error contains the random name of a directory"),
    ("11-datastore2/175-", 1, "several tasks were started at the same time"),
    ("11-datastore2/185-parallel-delete-00", 1, "not sent, because it waited for a lock in vain"),
    ("11-datastore2/188-parallel-delete-03", 1, "not sent, because it waited for a lock in vain"),
    ("11-datastore2/190-parallel-delete-05", 1, "not sent, because it waited for a lock in vain"),
    ("11-datastore2/191-parallel-delete-06", 1, "not sent, because it waited for a lock in vain"),
    ("20-prune/322-", 1, "the backups in the datastore are not recorded"),
    ("20-prune/328-", 1, "the task still ran, which the recording shows only later"),
    ("21-verify/288-", 1, "the backups in the datastore are not recorded"),
    ("23-remote/267-", 1, "the backups in the datastore are not recorded"),
    ("24-sync/416-", 1, "the simulator transfers no backups"),
    ("40-influxdb-http/", 48, "the simulator does not connect to metric servers"),
    ("41-influxdb-http-reachable/", 3, "the simulator does not connect to metric servers"),
    ("42-influxdb-udp/", 3, "the simulator does not resolve the names of metric servers"),
    ("50-s3/", 2, "the simulator does not connect to S3 servers"),
    ("51-s3-datastore/", 42, "the simulator has no datastores on S3"),
    ("60-realm-ldap/", 96, "the simulator does not connect to directories"),
    ("61-realm-ad/", 38, "the simulator does not connect to directories"),
    ("62-realm-openid/276-auth-url", 1, "the simulator has no login with OpenID"),
    ("70-node-config/124-get-root-status", 1, "load of the recorded machine"),
    ("70-node-config/125-get-audit-status", 1, "load of the recorded machine"),
    ("70-node-config/139-tasks-list", 1, "the recorded list contains tasks of other folders"),
    ("80-tape/", 9, "the simulator lacks the rules of media pools and tape backup jobs"),
    ("85-encryption-keys/001-create", 1, "the key is random"),
    ("95-misc/", 7, "the simulator does not connect to metric servers"),
];
