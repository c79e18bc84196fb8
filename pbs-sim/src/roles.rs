//! Privileges and roles of PBS 4.2.3, as `GET /access/roles` returns them (recorded). The list of
//! roles is complete, because PBS has no custom roles.

/// Names of all privileges, in the order in which PBS lists them.
pub(crate) const PRIVILEGES: [&str; 23] = [
    "Sys.Audit",
    "Sys.Modify",
    "Sys.PowerManagement",
    "Datastore.Audit",
    "Datastore.Allocate",
    "Datastore.Modify",
    "Datastore.Read",
    "Datastore.Verify",
    "Datastore.Backup",
    "Datastore.Prune",
    "Permissions.Modify",
    "Remote.Audit",
    "Remote.Modify",
    "Remote.Read",
    "Remote.DatastoreBackup",
    "Remote.DatastoreModify",
    "Remote.DatastorePrune",
    "Sys.Console",
    "Tape.Audit",
    "Tape.Modify",
    "Tape.Write",
    "Tape.Read",
    "Realm.Allocate",
];

/// A set of privileges. Bit `n` stands for `PRIVILEGES[n]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Privileges(u32);

impl Privileges {
    /// The set of all privileges, which `root@pam` has.
    pub(crate) const ALL: Self = Self((1 << PRIVILEGES.len()) - 1);

    /// The set of the named privileges. Unknown names are ignored.
    pub(crate) fn of(names: &[&str]) -> Self {
        Self(
            (0..PRIVILEGES.len()).filter(|n| names.contains(&PRIVILEGES[*n])).map(|n| 1 << n).sum(),
        )
    }

    /// Whether the set contains the named privilege.
    pub(crate) fn has(self, name: &str) -> bool {
        self.0 & Self::of(&[name]).0 != 0
    }

    /// The privileges that are in both sets.
    pub(crate) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The privileges that are in at least one of the sets.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names of the privileges, in PBS's order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        PRIVILEGES.into_iter().filter(move |name| self.has(name))
    }
}

/// A role: a named set of privileges that an ACL entry grants.
pub(crate) struct Role {
    /// Id that ACL entries refer to, for example `DatastoreBackup`.
    pub(crate) id: &'static str,
    /// Description, as PBS shows it.
    pub(crate) comment: &'static str,
    /// Names of the privileges that the role contains.
    pub(crate) privileges: &'static [&'static str],
}

/// The role with this id, if PBS has one.
pub(crate) fn find_role(id: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.id == id)
}

/// All roles.
pub(crate) const ROLES: [Role; 18] = [
    Role { id: "Admin", comment: "Administrator", privileges: &PRIVILEGES },
    Role { id: "Audit", comment: "Auditor", privileges: &["Sys.Audit", "Datastore.Audit"] },
    Role {
        id: "DatastoreAdmin",
        comment: "Datastore Administrator",
        privileges: &[
            "Datastore.Audit",
            "Datastore.Modify",
            "Datastore.Read",
            "Datastore.Verify",
            "Datastore.Backup",
            "Datastore.Prune",
        ],
    },
    Role { id: "DatastoreAudit", comment: "Datastore Auditor", privileges: &["Datastore.Audit"] },
    Role {
        id: "DatastoreBackup",
        comment: "Datastore Backup (backup and restore owned backups)",
        privileges: &["Datastore.Backup"],
    },
    Role {
        id: "DatastorePowerUser",
        comment: "Datastore PowerUser (backup, restore and prune owned backup)",
        privileges: &["Datastore.Backup", "Datastore.Prune"],
    },
    Role {
        id: "DatastoreReader",
        comment: "Datastore Reader (inspect datastore content and do restores)",
        privileges: &["Datastore.Audit", "Datastore.Read", "Datastore.Verify"],
    },
    Role { id: "NoAccess", comment: "Disable Access", privileges: &[] },
    Role {
        id: "RemoteAdmin",
        comment: "Remote Administrator",
        privileges: &["Remote.Audit", "Remote.Modify", "Remote.Read"],
    },
    Role { id: "RemoteAudit", comment: "Remote Auditor", privileges: &["Remote.Audit"] },
    Role {
        id: "RemoteDatastoreAdmin",
        comment: "Remote Datastore Admin",
        privileges: &[
            "Remote.Audit",
            "Remote.DatastoreBackup",
            "Remote.DatastoreModify",
            "Remote.DatastorePrune",
        ],
    },
    Role {
        id: "RemoteDatastorePowerUser",
        comment: "Remote Datastore Prune",
        privileges: &["Remote.Audit", "Remote.DatastoreBackup", "Remote.DatastorePrune"],
    },
    Role {
        id: "RemoteSyncOperator",
        comment: "Synchronization Operator",
        privileges: &["Remote.Audit", "Remote.Read"],
    },
    Role {
        id: "RemoteSyncPushOperator",
        comment: "Synchronisation Operator (push direction)",
        privileges: &["Remote.Audit", "Remote.DatastoreBackup"],
    },
    Role {
        id: "TapeAdmin",
        comment: "Tape Administrator",
        privileges: &["Tape.Audit", "Tape.Modify", "Tape.Write", "Tape.Read"],
    },
    Role { id: "TapeAudit", comment: "Tape Auditor", privileges: &["Tape.Audit"] },
    Role {
        id: "TapeOperator",
        comment: "Tape Operator",
        privileges: &["Tape.Audit", "Tape.Write", "Tape.Read"],
    },
    Role { id: "TapeReader", comment: "Tape Reader", privileges: &["Tape.Audit", "Tape.Read"] },
];
