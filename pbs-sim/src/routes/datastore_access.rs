//! What the calls below `/admin/datastore/{store}` have in common: the privileges on namespaces,
//! the owners of backup groups, and the maintenance mode (recorded from PBS 4.2.3).

use super::{
    Call,
    datastore_config::{check_tuning, maintenance_error},
};
use crate::{
    datastore::{Datastore, Group, Snapshot, time_text},
    id::user_of,
    kinds::DATASTORE,
    response::ApiError,
    sections::Section,
    tasks::Task,
};

/// The privileges that a call needs on a namespace. `|` separates alternative privileges. One of
/// them is sufficient.
#[derive(Clone, Copy)]
pub(super) struct RequiredPrivileges {
    /// Privileges with which a caller may work on all backup groups.
    for_all_groups: &'static str,
    /// Privileges with which a caller may work on the groups that it owns. Empty if the call always
    /// needs a privilege for all groups.
    for_own_groups: &'static str,
}

/// The privileges for reading groups, snapshots and notes.
pub(super) const READ: RequiredPrivileges =
    RequiredPrivileges { for_all_groups: "Datastore.Audit", for_own_groups: "Datastore.Backup" };
/// The privileges for listing the files of a snapshot.
pub(super) const READ_FILES: RequiredPrivileges = RequiredPrivileges {
    for_all_groups: "Datastore.Audit|Datastore.Read",
    for_own_groups: "Datastore.Backup",
};
/// The privileges for changing notes, owners and protections, and on the target namespace of a
/// group that is moved.
pub(super) const CHANGE: RequiredPrivileges =
    RequiredPrivileges { for_all_groups: "Datastore.Modify", for_own_groups: "Datastore.Backup" };
/// The privileges for deleting snapshots and groups, and on the source namespace of a group that is
/// moved.
pub(super) const PRUNE: RequiredPrivileges =
    RequiredPrivileges { for_all_groups: "Datastore.Modify", for_own_groups: "Datastore.Prune" };
/// The privileges for verifying snapshots.
pub(super) const VERIFY: RequiredPrivileges =
    RequiredPrivileges { for_all_groups: "Datastore.Verify", for_own_groups: "Datastore.Backup" };
/// The privileges for creating, deleting and moving namespaces.
pub(super) const CHANGE_NAMESPACES: RequiredPrivileges =
    RequiredPrivileges { for_all_groups: "Datastore.Modify", for_own_groups: "" };

/// The groups that a caller may work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    /// Only the groups that the caller owns.
    Own,
}

impl RequiredPrivileges {
    /// The privileges as PBS names them in errors.
    pub(super) fn names(self) -> String {
        match self.for_own_groups {
            "" => self.for_all_groups.into(),
            for_own_groups => format!("{}|{for_own_groups}", self.for_all_groups),
        }
    }

    /// The groups in the namespace that the caller may work on. `None` if the caller may not work
    /// on any group.
    pub(super) fn reach(self, call: &Call, store: &str, namespace: &str) -> Option<Reach> {
        let path = acl_path(store, namespace);
        let has_one_of = |privileges: &str| {
            privileges.split('|').any(|privilege| call.caller_has(privilege, &path))
        };
        match (has_one_of(self.for_all_groups), has_one_of(self.for_own_groups)) {
            (true, _) => Some(Reach::All),
            (false, true) => Some(Reach::Own),
            (false, false) => None,
        }
    }

    /// Like [`reach`](Self::reach), for a namespace in the datastore of the request.
    ///
    /// # Errors
    /// PBS's message with status 403 if the caller has none of the privileges. PBS sends this
    /// message without a delay.
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

/// The name of a backup group. The group does not have to exist.
pub(super) struct GroupName {
    pub(super) store: String,
    pub(super) namespace: String,
    pub(super) backup_type: String,
    pub(super) backup_id: String,
}

impl GroupName {
    /// The name in the parameters `store`, `ns`, `backup-type` and `backup-id` of a request.
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

    /// The group with this name. `None` if the group does not exist.
    pub(super) fn find<'a>(&self, call: &'a Call) -> Option<&'a Group> {
        let store = call.world.datastores.get(&self.store)?;
        store.group(&self.namespace, &self.backup_type, &self.backup_id)
    }

    /// Mutable access to the group, if the group exists.
    pub(super) fn find_mut<'a>(&self, call: &'a mut Call) -> Option<&'a mut Group> {
        let store = call.world.datastores.get_mut(&self.store)?;
        store.group_mut(&self.namespace, &self.backup_type, &self.backup_id)
    }

    /// Mutable access to the snapshot of this time, if the group has such a snapshot.
    pub(super) fn snapshot_mut<'a>(
        &self,
        call: &'a mut Call,
        time: i64,
    ) -> Option<&'a mut Snapshot> {
        self.find_mut(call)?.snapshot_mut(time)
    }

    /// Checks that the caller may work on the group, and that the datastore is available.
    /// `is_write` says whether the call changes the content of the datastore.
    ///
    /// # Errors
    /// PBS's message with status 403 if the caller has no privilege on the namespace, and with
    /// status 400 if the datastore is not available or if the caller does not own the group.
    pub(super) fn check(
        &self,
        call: &Call,
        privileges: RequiredPrivileges,
        is_write: bool,
    ) -> Result<(), ApiError> {
        let reach = privileges.check(call, &self.namespace)?;
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

    /// Checks that no running sync job writes into the namespace of the group.
    ///
    /// # Errors
    /// PBS's message with status 400 about a group whose lock PBS cannot take.
    pub(super) fn check_lock(&self, call: &Call) -> Result<(), ApiError> {
        let Self { store, namespace, backup_type, backup_id } = self;
        if !is_locked(call, store, namespace) {
            return Ok(());
        }
        let levels: Vec<&str> = namespace.split('/').filter(|level| !level.is_empty()).collect();
        let variant = match backup_type.as_str() {
            "vm" => "Vm",
            "ct" => "Ct",
            _ => "Host",
        };
        Err(ApiError::bad_request(format!(
            "while destroying group 'BackupGroup {{ store: {store:?}, ns: BackupNamespace {{ inner: {levels:?}, len: {} }}, group: BackupGroup {{ ty: {variant}, id: {backup_id:?} }} }}'",
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

/// Whether a running sync job holds the locks of the groups in the namespace.
pub(super) fn is_locked(call: &Call, store: &str, namespace: &str) -> bool {
    let is_sync_into_namespace = |task: &Task| {
        // The worker id of a sync job has the form `REMOTE:REMOTE_STORE:STORE:NAMESPACE:JOB`.
        let mut parts = task.worker_id.split(':').skip(2);
        task.exit_status.is_none()
            && task.worker_type == "syncjob"
            && parts.next() == Some(store)
            && parts.next() == Some(namespace)
    };
    call.world.tasks().iter().any(is_sync_into_namespace)
}

/// The directory of a namespace in a datastore, with a slash at its end.
pub(super) fn namespace_directory(call: &Call, store: &str, namespace: &str) -> String {
    let section = call.world.sections.get(&DATASTORE, store);
    let path = section.and_then(|store| store.text("path")).unwrap_or_default();
    format!("{path}/{}", relative_directory(namespace))
}

/// The directory of a namespace relative to the directory of its datastore, for example
/// `ns/team/ns/web/`. Empty for the root namespace.
pub(super) fn relative_directory(namespace: &str) -> String {
    let levels = namespace.split('/').filter(|level| !level.is_empty());
    levels.map(|level| format!("ns/{level}/")).collect()
}

/// The configuration of the datastore in the path of the request. `is_write` says whether the call
/// changes the content of the datastore.
///
/// # Errors
/// PBS's message with status 400 if the datastore does not exist, is not available or has invalid
/// settings.
pub(super) fn available_datastore<'a>(
    call: &'a Call,
    is_write: bool,
) -> Result<&'a Section, ApiError> {
    find_available_datastore(call, call.args.required_text("store"), is_write)
}

/// Like [`available_datastore`], for the datastore of this name.
pub(super) fn find_available_datastore<'a>(
    call: &'a Call,
    name: &str,
    is_write: bool,
) -> Result<&'a Section, ApiError> {
    let store = call.world.sections.get(&DATASTORE, name);
    let store = store.ok_or_else(|| no_such_datastore(name))?;
    if let Some(error) = maintenance_error(store, is_write) {
        return Err(error);
    }
    check_tuning(store.text("tuning").unwrap_or_default()).map_err(ApiError::bad_request)?;
    Ok(store)
}

/// The content of the available datastore in the path of the request. See [`available_datastore`].
pub(super) fn available_content<'a>(call: &'a Call) -> Result<&'a Datastore, ApiError> {
    let name = &available_datastore(call, false)?.id;
    call.world.datastores.get(name).ok_or_else(|| no_such_datastore(name))
}

/// Whether the caller has a privilege for reading or changing backups in the namespace, or in a
/// namespace below it. An empty `namespace` stands for the datastore itself.
pub(super) fn can_see_some_namespace(call: &Call, store: &str, namespace: &str) -> bool {
    let path = acl_path(store, namespace);
    can_see(call, store, namespace)
        || call.world.acl_cache.paths_and_parents().any(|acl_path| {
            let below = acl_path.strip_prefix(&path).and_then(|rest| rest.strip_prefix('/'));
            below.is_some() && has_backup_privilege(call, &acl_path)
        })
}

/// Whether the caller has a privilege for reading or changing backups in the namespace. An empty
/// `namespace` stands for the datastore itself.
pub(super) fn can_see(call: &Call, store: &str, namespace: &str) -> bool {
    has_backup_privilege(call, &acl_path(store, namespace))
}

/// Whether the caller has a privilege for reading or changing backups at this ACL path.
fn has_backup_privilege(call: &Call, path: &str) -> bool {
    ["Datastore.Audit", "Datastore.Backup", "Datastore.Read", "Datastore.Modify"]
        .iter()
        .any(|privilege| call.caller_has(privilege, path))
}

/// The ACL path of a namespace in a datastore. `namespace` is empty for the root namespace.
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

/// Whether the caller counts as the owner of a group with this owner. A user also counts as the
/// owner of the groups of its tokens.
pub(super) fn is_owner(caller: &str, owner: &str) -> bool {
    caller == owner || caller == user_of(owner)
}
