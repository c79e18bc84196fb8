//! Names and ids of the objects in the configuration.
//!
//! All these names and ids have the same form, but their minimum and maximum lengths differ (PBS
//! 4.2.3, API description).

use crate::pbs::id::{check_name, check_plain, name_type};

/// Defines a type `$name` for texts with `$least` to `$most` characters. Errors call such a text
/// `$what`.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $least:literal to $most:literal;)*) => {$(
        name_type! {
            $(#[$doc])*
            $name,
            |text: &str| {
                const FORM: &str = concat!(
                    $what, " (", $least, " to ", $most, " letters, digits, `_`, `.` and `-`)"
                );
                check_name(FORM, text, $least, $most)
            }
        }
    )*};
}

names! {
    /// The id of a prune, verify, sync or tape backup job. Jobs of different kinds can have the
    /// same id.
    JobId, "the id of a job", 3 to 32;
    /// The name of a remote.
    RemoteName, "the name of a remote", 3 to 32;
    /// The id of an S3 endpoint.
    S3EndpointId, "the id of an S3 endpoint", 3 to 32;
    /// The name of a notification target or matcher. A target and a matcher cannot have the same
    /// name.
    EntityName, "the name of a notification target or matcher", 2 to 32;
    /// The name of a metric server.
    MetricServerName, "the name of a metric server", 3 to 32;
    /// The name of a traffic control rule.
    TrafficRuleName, "the name of a traffic control rule", 3 to 32;
    /// The name of an authentication realm.
    RealmName, "the name of a realm", 2 to 32;
    /// The id of an ACME DNS plugin.
    AcmePluginId, "the id of an ACME plugin", 1 to 32;
    /// The id of an encryption key.
    EncryptionKeyId, "the id of an encryption key", 3 to 32;
    /// The name of a tape drive.
    TapeDriveName, "the name of a tape drive", 3 to 32;
    /// The name of a tape changer.
    ChangerName, "the name of a tape changer", 3 to 32;
    /// The name of a media pool.
    MediaPoolName, "the name of a media pool", 2 to 32;
}

name_type! {
    /// The name of an ACME account. PBS does not limit its length.
    AcmeAccountName,
    |text: &str| {
        check_plain("the name of an ACME account (letters, digits, `_`, `.` and `-`)", text, 0)
    }
}
