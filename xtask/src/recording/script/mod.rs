//! The script of the recording: the order in which the requests of the fixture are sent, and the
//! changes of the server between them. The order matters, because the server keeps state. The
//! fixture file does not contain the order. The order was derived from the recorded digests, lists
//! and `acl.cfg` texts.

mod cases;

/// One step of the [`SCRIPT`].
pub enum Step {
    /// Sends the requests of these exchanges of a folder: `Exchanges("10-ticket", "ok-form
    /// ok-json")`.
    Exchanges(&'static str, &'static str),
    /// Makes these changes of the server. The requests of the changes are not in the fixture.
    Changes(&'static [Change]),
    /// Sets the time that recorded tickets contain, in seconds since 1970, to the time in the next
    /// recorded tickets.
    Clock(u64),
    /// Waits for this number of seconds.
    Wait(u64),
    /// Reads the digest of the current access control list from the server. In later requests, the
    /// digest replaces this recorded digest.
    AclDigest(&'static str),
}

/// A change of the server that is made between exchanges.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Sets the comment of a token.
    SetTokenComment {
        /// The token.
        id: &'static str,
        /// Its new comment.
        comment: &'static str,
    },
    /// Creates a user with the password from [`PASSWORDS`].
    CreateUser(&'static str),
    /// Disables a user.
    DisableUser(&'static str),
    /// Creates a token.
    CreateToken {
        /// The new token.
        id: &'static str,
        /// The token's secret in the first recording, if a recorded request uses it.
        secret: Option<&'static str>,
    },
    /// Replaces the secret of a token.
    RegenerateSecret {
        /// The token.
        id: &'static str,
        /// The new secret in the first recording.
        secret: &'static str,
    },
    /// Deletes a token and its ACL entries.
    DeleteToken(&'static str),
    /// Adds an ACL entry, or changes whether an existing one propagates.
    Grant {
        /// Path of the entry.
        path: &'static str,
        /// User or token.
        auth_id: &'static str,
        /// Role.
        role: &'static str,
        /// Whether the entry also applies to the paths below its path.
        propagate: bool,
    },
    /// Removes an existing ACL entry.
    Revoke {
        /// Path of the entry.
        path: &'static str,
        /// User or token.
        auth_id: &'static str,
        /// Role.
        role: &'static str,
    },
    /// Removes ACL entries. Keeps the entries with the role Admin on `/` for [`ADMINISTRATORS`].
    RevokeAllButAdministrators,
    /// Makes a user or token the owner of a backup group.
    OwnBackupGroup(BackupGroup, &'static str),
    /// Sets the size and the usage of the datastore, in bytes.
    SetDatastoreSpace {
        /// Size of the datastore's disk.
        total: u64,
        /// Used bytes of the disk.
        used: u64,
        /// Bytes of the disk that can still be used.
        available: u64,
    },
    /// Changes nothing, but checks a peculiarity of PBS. PBS refuses a token whose name is too
    /// long, and nevertheless stores a secret for this token.
    ExpectOrphanedSecrets {
        /// The user.
        user: &'static str,
        /// Lengths of the refused token names.
        name_lengths: &'static [usize],
    },
}

/// A backup group of the datastore [`DATASTORE`].
#[derive(Clone, Copy, Debug)]
pub struct BackupGroup {
    /// Namespace; empty for the root namespace.
    pub namespace: &'static str,
    /// `vm`, `ct` or `host`.
    pub backup_type: &'static str,
    /// Id, such as `100`.
    pub backup_id: &'static str,
}

use Change::{
    CreateToken, CreateUser, DeleteToken, DisableUser, ExpectOrphanedSecrets, Grant,
    OwnBackupGroup, RegenerateSecret, Revoke, RevokeAllButAdministrators, SetDatastoreSpace,
    SetTokenComment,
};
use Step::{AclDigest, Changes, Clock, Exchanges, Wait};

/// The users whose passwords the script needs, each with the password. The password is `None` if
/// the fixture contains `<password>` in place of it.
pub const PASSWORDS: [(&str, Option<&str>); 5] = [
    ("admin@pbs", None),
    ("misc@pbs", None),
    ("lowpriv@pbs", Some("Fact-Passw0rd!")),
    ("pwadm@pbs", Some("Pw-fact-1234!adm")),
    ("pw@pbs", Some("Pw-fact-1234!y")),
];

/// The id of the token with which most requests are sent. Recorded answers contain this id.
pub const ROOT_TOKEN: &str = "root@pam!tfroot";

/// The users and tokens with the role Admin on `/` throughout the script.
pub const ADMINISTRATORS: [&str; 2] = ["admin@pbs", ROOT_TOKEN];

/// The datastore of the recorded server.
pub const DATASTORE: &str = "pbs-store";

/// The backup groups of the recorded server.
pub const BACKUP_GROUPS: [BackupGroup; 3] = [
    BackupGroup { namespace: "", backup_type: "vm", backup_id: "100" },
    BackupGroup { namespace: "", backup_type: "host", backup_id: "web" },
    BackupGroup { namespace: "team", backup_type: "vm", backup_id: "100" },
];

/// Exchanges in which the simulator does not give the recorded answer, with the reason.
pub const LEFT_OUT: [(&str, &str); 1] =
    [("00-basics/gzip-deflate", "the simulator never compresses its answers")];

/// All steps of the script, in the order in which they are run.
pub const SCRIPT: &[Step] = &[
    Clock(0x6B04AC23),
    Changes(&[
        SetTokenComment { id: "root@pam!tfroot", comment: "root-equivalent test token" },
        CreateUser("admin@pbs"),
        grant("/", "admin@pbs", "Admin"),
    ]),
    Exchanges("00-basics", cases::BASICS),
    Exchanges("10-ticket", cases::TICKET),
    Wait(12),
    Exchanges("10-ticket", "renew-with-ticket-as-password"),
    Changes(&[DeleteToken("admin@pbs!viaticket")]),
    Exchanges("20-user", cases::USER),
    Exchanges("30-token", cases::TOKEN),
    Exchanges("31-token-update", cases::TOKEN_UPDATE),
    Exchanges(
        "32-token-delete",
        "\
        wrong-digest digest-in-form-body ok use-after-delete missing missing-user \
        own-token-with-itself-setup",
    ),
    Changes(&[RegenerateSecret {
        id: "fact@pbs!selfdel",
        secret: "d02bb233-e126-476c-8fe8-b7a9dcc7da73",
    }]),
    Exchanges("32-token-delete", "unprivileged-token-deletes-itself"),
    Changes(&[DeleteToken("fact@pbs!selfdel")]),
    Exchanges("33-token-names", cases::TOKEN_NAMES),
    Changes(&[ExpectOrphanedSecrets { user: "fact@pbs", name_lengths: &[56, 64, 65, 200, 1000] }]),
    Exchanges("34-token-comments", cases::TOKEN_COMMENTS),
    Clock(0x6B04AE0B),
    Changes(&[CreateUser("misc@pbs")]),
    Exchanges("35-token-misc", cases::TOKEN_MISC),
    Changes(&[CreateToken {
        id: "fact@pbs!t1",
        secret: Some("8f3dfef5-cf35-4aea-bc53-da82d765dc46"),
    }]),
    Exchanges("40-acl", cases::ACL_ADDING),
    Changes(&[grant_here_only(STORE, "fact@pbs", "DatastoreAdmin")]),
    Exchanges("40-acl", cases::ACL_MANY),
    Exchanges("40-acl", cases::ACL_REFUSED),
    Exchanges("40-acl", "path-namespace"),
    Changes(&[Revoke {
        path: "/datastore/pbs-store/ns1/ns2",
        auth_id: "fact@pbs!t1",
        role: "DatastoreReader",
    }]),
    Exchanges("40-acl", "path-nonexistent-datastore"),
    Changes(&[Revoke { path: "/datastore/doesnotexist", auth_id: "fact@pbs", role: "Audit" }]),
    AclDigest("ce4df6eaccee85292552ba77f8b81ce4ce37056a1004f626558a91fc3729153d"),
    Exchanges(
        "40-acl",
        "\
        right-digest stale-digest digest-is-of-whole-file root-pam-user-entry",
    ),
    Exchanges("40-acl", cases::ACL_FORMS),
    Clock(0x6B04AC6B),
    Changes(&[
        RevokeAllButAdministrators,
        CreateUser("lowpriv@pbs"),
        CreateToken { id: "lowpriv@pbs!lt", secret: Some("2734ad5a-4c9c-4c8a-934f-01f15354fdab") },
    ]),
    Exchanges(
        "50-permissions",
        "\
        token-no-acl-own token-no-acl-asked-by-root root-token-all unknown-authid \
        malformed-authid lowpriv-asks-about-other token-asks-about-its-user",
    ),
    Changes(&[grant(STORE, "fact@pbs!t1", "DatastoreAdmin")]),
    Exchanges("50-permissions", "token-has-acl-user-has-not"),
    Wait(6),
    Exchanges("50-permissions", "token-has-acl-user-has-not-6s"),
    Changes(&[grant(STORE, "fact@pbs", "DatastoreReader")]),
    Exchanges(
        "50-permissions",
        "\
        user-reader token-admin-user-reader token-admin-user-reader-path",
    ),
    Changes(&[grant_here_only(STORE, "fact@pbs", "DatastoreReader")]),
    Exchanges("50-permissions", "token-admin-user-reader-nopropagate"),
    Changes(&[
        Revoke { path: STORE, auth_id: "fact@pbs", role: "DatastoreReader" },
        grant("/", "fact@pbs", "Admin"),
    ]),
    Exchanges(
        "50-permissions",
        "\
        token-admin-user-Admin-root path-below path-unrelated path-invalid",
    ),
    Clock(0x6B04AC6B),
    Exchanges("60-authz", cases::AUTHZ),
    Changes(&[DisableUser("lowpriv@pbs")]),
    Exchanges(
        "60-authz",
        "\
        disabled-user-login disabled-user-ticket disabled-user-token",
    ),
    Changes(&[
        RevokeAllButAdministrators,
        CreateToken { id: "fact@pbs!t2", secret: None },
        grant("/", "fact@pbs!t1", "Audit"),
        grant("/datastore", "fact@pbs!t2", "Audit"),
        grant(STORE, "fact@pbs", "DatastoreAdmin"),
        grant(STORE, "fact@pbs!t1", "DatastoreAdmin"),
    ]),
    Exchanges(
        "70-cascade",
        "\
        before delete-token-t1 acl-after-token-delete recreate-token-t1 delete-user \
        token-after-user-delete acl-after-user-delete recreate-user perms-of-recreated-user \
        remove-orphan-entry delete-missing-user",
    ),
    Clock(0x6B04B901),
    Changes(&[CreateUser("pwadm@pbs"), grant("/", "pwadm@pbs", "Admin")]),
    Exchanges(
        "90-password",
        "\
        create-user-with-password-by-token create-user-password-too-short \
        create-pam-user-with-password change-by-token change-by-token-with-confirmation \
        change-other-by-login-without-confirmation change-other-by-login-wrong-confirmation \
        change-other-by-login-own-confirmation",
    ),
    Clock(0x6B04B907),
    Exchanges("90-password", "login-with-new login-with-old"),
    Clock(0x6B04B90A),
    Exchanges(
        "90-password",
        "\
        change-own-by-login change-missing-user update-user-ignores-password",
    ),
    Exchanges(
        "91-user-update",
        "\
        all-fields short-names get delete-fields enable-1-expire-0 get-after delete-enable \
        empty-strings bad-email missing no-params",
    ),
    Changes(&[
        CreateToken { id: "pw@pbs!old", secret: None },
        CreateToken { id: "pw@pbs!new", secret: None },
        OwnBackupGroup(BACKUP_GROUPS[0], "pw@pbs!old"),
        OwnBackupGroup(BACKUP_GROUPS[1], "pw@pbs!old"),
        OwnBackupGroup(BACKUP_GROUPS[2], "pw@pbs!old"),
    ]),
    Exchanges(
        "92-owner",
        "\
        groups groups-ns change change-ns change-again missing-group missing-owner \
        missing-store bad-type groups-after",
    ),
    Changes(&[SetDatastoreSpace {
        total: 270553174016,
        used: 18743578624,
        available: 78829170688,
    }]),
    Exchanges(
        "93-datastore",
        "\
        admin-list config-list config-get config-missing status status-missing namespaces",
    ),
    Changes(&[SetDatastoreSpace {
        total: 270553174016,
        used: 18743582720,
        available: 78829166592,
    }]),
    Exchanges("93-datastore", "usage certificates"),
];

const STORE: &str = "/datastore/pbs-store";

const fn grant(path: &'static str, auth_id: &'static str, role: &'static str) -> Change {
    Grant { path, auth_id, role, propagate: true }
}

const fn grant_here_only(path: &'static str, auth_id: &'static str, role: &'static str) -> Change {
    Grant { path, auth_id, role, propagate: false }
}
