//! The privileges and roles of PBS 4.2.3 (recorded from `GET /access/roles`). There are no others:
//! PBS has no custom roles.

/// Privileges in the order in which PBS lists them.
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

/// A set of privileges: bit n stands for `PRIVILEGES[n]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Privileges(u32);

impl Privileges {
    pub(crate) const ALL: Self = Self((1 << PRIVILEGES.len()) - 1);

    pub(crate) fn of(names: &[&str]) -> Self {
        Self(
            (0..PRIVILEGES.len()).filter(|n| names.contains(&PRIVILEGES[*n])).map(|n| 1 << n).sum(),
        )
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.0 & Self::of(&[name]).0 != 0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        PRIVILEGES.into_iter().filter(move |name| self.has(name))
    }
}

pub(crate) struct Role {
    pub(crate) id: &'static str,
    pub(crate) comment: &'static str,
    pub(crate) privileges: &'static [&'static str],
}

pub(crate) fn find(id: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.id == id)
}

/// The ids of all roles, as the enumeration that parameters are checked against.
pub(crate) const IDS: [&str; ROLES.len()] = {
    let mut ids = [""; ROLES.len()];
    let mut n = 0;
    while n < ROLES.len() {
        ids[n] = ROLES[n].id;
        n += 1;
    }
    ids
};

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
