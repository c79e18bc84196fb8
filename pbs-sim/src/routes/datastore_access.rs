//! What the calls below `/admin/datastore/{store}` have in common: the privileges on namespaces,
//! the owners of backup groups, and the maintenance mode (recorded from PBS 4.2.3).

use super::{
    Call,
    datastore_config::{check_tuning, unavailable},
};
use crate::{
    datastore::{Datastore, Group, Snapshot, time_text},
    id::user_of,
    kinds::DATASTORE,
    response::ApiError,
    sections::Section,
    tasks::Task,
};

/// The privileges that a call needs on a namespace. Several privileges are separated by `|`, and
/// one of them is sufficient.
#[derive(Clone, Copy)]
pub(super) struct Right {
    /// Privileges for all backup groups.
    all: &'static str,
    /// Privileges for the groups that the caller owns. Empty if the call always needs a privilege
    /// for all groups.
    own: &'static str,
}

/// Reads groups, snapshots and notes.
pub(super) const READ: Right = Right { all: "Datastore.Audit", own: "Datastore.Backup" };
/// Lists the files of a snapshot.
pub(super) const READ_FILES: Right =
    Right { all: "Datastore.Audit|Datastore.Read", own: "Datastore.Backup" };
/// Changes notes, owners and protections, and moves groups into a namespace.
pub(super) const CHANGE: Right = Right { all: "Datastore.Modify", own: "Datastore.Backup" };
/// Deletes snapshots and groups, and moves groups.
pub(super) const PRUNE: Right = Right { all: "Datastore.Modify", own: "Datastore.Prune" };
/// Verifies snapshots.
pub(super) const VERIFY: Right = Right { all: "Datastore.Verify", own: "Datastore.Backup" };
/// Creates, deletes and moves namespaces.
pub(super) const CHANGE_NAMESPACES: Right = Right { all: "Datastore.Modify", own: "" };

/// The groups that a caller may work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    /// Only those that the caller owns.
    Own,
}

impl Right {
    /// The privileges as PBS names them in errors.
    pub(super) fn names(self) -> String {
        match self.own {
            "" => self.all.into(),
            own => format!("{}|{own}", self.all),
        }
    }

    /// The groups in the namespace that the caller may work on. `None` if it may work on none.
    pub(super) fn reach(self, call: &Call, store: &str, namespace: &str) -> Option<Reach> {
        let path = acl_path(store, namespace);
        let has_one = |privileges: &str| {
            privileges.split('|').any(|privilege| call.caller_has(privilege, &path))
        };
        match (has_one(self.all), has_one(self.own)) {
            (true, _) => Some(Reach::All),
            (false, true) => Some(Reach::Own),
            (false, false) => None,
        }
    }

    /// Like [`reach`](Self::reach), for the datastore of the request.
    ///
    /// # Errors
    /// PBS's message with status 403 if the caller has none of the privileges. PBS sends it without
    /// a delay.
    pub(super) fn check(self, call: &Call, namespace: &str) -> Result<Reach, ApiError> {
        let store = call.args.required_text("store");
        self.reach(call, store, namespace).ok_or_else(|| {
            let path = acl_path(store, namespace);
            let text = format!("permission check failed - missing {} on {path}", self.names());
            ApiError { text, ..ApiError::forbidden() }
        })
    }
}

impl Reach {
    /// Whether the caller may work on a group with this owner.
    pub(super) fn includes(self, caller: &str, owner: &str) -> bool {
        self == Self::All || is_owner(caller, owner)
    }
}

/// The backup group that a request names. It does not have to exist.
pub(super) struct GroupName {
    pub(super) store: String,
    pub(super) namespace: String,
    pub(super) backup_type: String,
    pub(super) backup_id: String,
}

impl GroupName {
    /// The group in the parameters `ns`, `backup-type` and `backup-id`.
    pub(super) fn of(call: &Call) -> Self {
        let text = |name| call.args.required_text(name).to_string();
        Self {
            store: text("store"),
            namespace: text("ns"),
            backup_type: text("backup-type"),
            backup_id: text("backup-id"),
        }
    }

    /// The name of a group of a datastore.
    pub(super) fn of_group(store: &str, group: &Group) -> Self {
        Self {
            store: store.into(),
            namespace: group.namespace.clone(),
            backup_type: group.backup_type.clone(),
            backup_id: group.backup_id.clone(),
        }
    }

    /// Type and id, for example `host/web`.
    pub(super) fn text(&self) -> String {
        format!("{}/{}", self.backup_type, self.backup_id)
    }

    /// The text that PBS uses for a snapshot of the group, for example
    /// `host/web/2026-11-20T10:00:00Z`.
    pub(super) fn snapshot_text(&self, time: i64) -> String {
        format!("{}/{}", self.text(), time_text(time))
    }

    /// The directory of the group.
    pub(super) fn directory(&self, call: &Call) -> String {
        format!("{}{}", namespace_directory(call, &self.store, &self.namespace), self.text())
    }

    /// The directory of a snapshot of the group.
    pub(super) fn snapshot_directory(&self, call: &Call, time: i64) -> String {
        format!("{}/{}", self.directory(call), time_text(time))
    }

    /// The group, if it exists.
    pub(super) fn find<'a>(&self, call: &'a Call) -> Option<&'a Group> {
        let store = call.world.datastores.get(&self.store)?;
        store.group(&self.namespace, &self.backup_type, &self.backup_id)
    }

    /// Like [`find`](Self::find), to change the group.
    pub(super) fn find_mut<'a>(&self, call: &'a mut Call) -> Option<&'a mut Group> {
        let store = call.world.datastores.get_mut(&self.store)?;
        store.group_mut(&self.namespace, &self.backup_type, &self.backup_id)
    }

    /// The snapshot of this time, to change it.
    pub(super) fn snapshot_mut<'a>(
        &self,
        call: &'a mut Call,
        time: i64,
    ) -> Option<&'a mut Snapshot> {
        self.find_mut(call)?.snapshot_mut(time)
    }

    /// Checks that the caller may work on the group, and that the datastore is available.
    ///
    /// # Errors
    /// PBS's message with status 403 if the caller has no privilege on the namespace, and with
    /// status 400 if the datastore is not available or if the caller does not own the group.
    pub(super) fn check(&self, call: &Call, right: Right, is_write: bool) -> Result<(), ApiError> {
        let reach = right.check(call, &self.namespace)?;
        available_datastore(call, is_write)?;
        match reach {
            Reach::All => Ok(()),
            Reach::Own => self.check_owner(call),
        }
    }

    /// Checks that the caller owns the group.
    ///
    /// # Errors
    /// PBS's message with status 400.
    pub(super) fn check_owner(&self, call: &Call) -> Result<(), ApiError> {
        let caller = call.caller;
        let owner = self.owner(call)?;
        match is_owner(caller, owner) {
            true => Ok(()),
            false => {
                let text = format!("backup owner check failed ({caller} != {owner})");
                Err(ApiError::bad_request(text))
            }
        }
    }

    /// Checks that no sync writes into the namespace of the group.
    ///
    /// # Errors
    /// PBS's message with status 400 about a group whose lock it cannot take.
    pub(super) fn check_lock(&self, call: &Call) -> Result<(), ApiError> {
        let Self { store, namespace, backup_type, backup_id } = self;
        if !is_locked(call, store, namespace) {
            return Ok(());
        }
        let levels: Vec<&str> = namespace.split('/').filter(|level| !level.is_empty()).collect();
        let kind = match backup_type.as_str() {
            "vm" => "Vm",
            "ct" => "Ct",
            _ => "Host",
        };
        Err(ApiError::bad_request(format!(
            "while destroying group 'BackupGroup {{ store: {store:?}, ns: BackupNamespace {{ inner: {levels:?}, len: {} }}, group: BackupGroup {{ ty: {kind}, id: {backup_id:?} }} }}'",
            namespace.len()
        )))
    }

    /// The owner of the group.
    ///
    /// # Errors
    /// PBS's message with status 400 if the group does not exist.
    pub(super) fn owner<'a>(&self, call: &'a Call) -> Result<&'a str, ApiError> {
        self.find(call).map(|group| group.owner.as_str()).ok_or_else(|| {
            ApiError::bad_request(format!(
                "unable to read \"{}/owner\" - No such file or directory (os error 2)",
                self.directory(call)
            ))
        })
    }
}

/// Whether a running sync holds the locks of the groups in the namespace.
pub(super) fn is_locked(call: &Call, store: &str, namespace: &str) -> bool {
    let writes_here = |task: &Task| {
        let mut parts = task.worker_id.split(':').skip(2);
        task.exit_status.is_none()
            && task.worker_type == "syncjob"
            && parts.next() == Some(store)
            && parts.next() == Some(namespace)
    };
    call.world.tasks().iter().any(writes_here)
}

/// The directory of a namespace in a datastore, with a slash at its end.
pub(super) fn namespace_directory(call: &Call, store: &str, namespace: &str) -> String {
    let section = call.world.sections.get(&DATASTORE, store);
    let path = section.and_then(|store| store.text("path")).unwrap_or_default();
    format!("{path}/{}", levels_directory(namespace))
}

/// The path of a namespace below the directory of its datastore, for example `ns/team/ns/web/`.
/// Empty for the root namespace.
pub(super) fn levels_directory(namespace: &str) -> String {
    let levels = namespace.split('/').filter(|level| !level.is_empty());
    levels.map(|level| format!("ns/{level}/")).collect()
}

/// The configuration of the datastore that the path names.
///
/// # Errors
/// PBS's message with status 400 if the datastore does not exist, is not available or has invalid
/// settings.
pub(super) fn available_datastore<'a>(
    call: &'a Call,
    is_write: bool,
) -> Result<&'a Section, ApiError> {
    find_available(call, call.args.required_text("store"), is_write)
}

/// Like [`available_datastore`], for the datastore of this name.
pub(super) fn find_available<'a>(
    call: &'a Call,
    name: &str,
    is_write: bool,
) -> Result<&'a Section, ApiError> {
    let store = call.world.sections.get(&DATASTORE, name);
    let store = store.ok_or_else(|| no_such_datastore(name))?;
    if let Some(error) = unavailable(store, is_write) {
        return Err(error);
    }
    check_tuning(store.text("tuning").unwrap_or_default()).map_err(ApiError::bad_request)?;
    Ok(store)
}

/// The content of the available datastore that the path names. See [`available_datastore`].
pub(super) fn available_content<'a>(call: &'a Call) -> Result<&'a Datastore, ApiError> {
    let name = &available_datastore(call, false)?.id;
    call.world.datastores.get(name).ok_or_else(|| no_such_datastore(name))
}

/// Whether the caller has one of the privileges for reading and changing backups in the namespace,
/// or in one below it.
pub(super) fn can_see_some_namespace(call: &Call, store: &str, namespace: &str) -> bool {
    let path = acl_path(store, namespace);
    can_see(call, store, namespace)
        || call.world.acl_cache.paths_and_parents().any(|other| {
            let below = other.strip_prefix(&path).and_then(|rest| rest.strip_prefix('/'));
            below.is_some() && has_backup_privilege(call, &other)
        })
}

/// Whether the caller has one of the privileges for reading and changing backups in the namespace.
/// An empty `namespace` stands for the datastore itself.
pub(super) fn can_see(call: &Call, store: &str, namespace: &str) -> bool {
    has_backup_privilege(call, &acl_path(store, namespace))
}

fn has_backup_privilege(call: &Call, path: &str) -> bool {
    ["Datastore.Audit", "Datastore.Backup", "Datastore.Read", "Datastore.Modify"]
        .iter()
        .any(|privilege| call.caller_has(privilege, path))
}

/// The ACL path of a namespace in a datastore. The text of the root namespace is empty.
pub(super) fn acl_path(store: &str, namespace: &str) -> String {
    format!("/datastore/{store}/{namespace}").trim_end_matches('/').into()
}

pub(super) fn no_such_datastore(store: &str) -> ApiError {
    ApiError::bad_request(format!("no such datastore '{store}'"))
}

/// PBS's error for a namespace, group or snapshot that does not exist.
pub(super) fn not_found() -> ApiError {
    ApiError::bad_request("ENOENT: No such file or directory")
}

/// Whether the caller counts as the owner. A user also counts as the owner of groups that belong
/// to its tokens.
pub(super) fn is_owner(caller: &str, owner: &str) -> bool {
    caller == owner || caller == user_of(owner)
}
