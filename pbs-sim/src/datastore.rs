//! The content of datastores, limited to what the API shows: disk usage, namespaces, and backup
//! groups with their snapshots. The simulator stores no backup data, and accesses no directory.

mod garbage;
mod groups;

pub use self::garbage::Garbage;
pub use self::groups::{BackupFile, Group, Snapshot};
pub(crate) use self::groups::{first_line, time_text};

/// Maximum number of levels of a namespace. It is also the default of the parameter `max-depth`:
/// the number of levels below a namespace that a call covers.
pub(crate) const MAX_DEPTH: usize = 7;

/// The content of a datastore. [`World::objects`](crate::World::objects) contains the configuration
/// of the datastore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datastore {
    /// Total size in bytes.
    pub total: u64,
    /// Used space in bytes.
    pub used: u64,
    /// Available space in bytes.
    pub avail: u64,
    /// Namespaces other than the root namespace, for example `team` or `team/web`.
    pub namespaces: Vec<String>,
    /// Backup groups of all namespaces.
    pub groups: Vec<Group>,
    /// Number of operations that read from the datastore, for example restores.
    pub reads: u64,
    /// Number of operations that write to the datastore, for example backups.
    pub writes: u64,
    /// Statistics that the next garbage collection will report.
    pub garbage: Garbage,
    /// Statistics of the last successful garbage collection, and the id of its task. `None` if no
    /// garbage collection has succeeded.
    pub collected: Option<(Garbage, String)>,
}

/// What a path on the disk contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    /// An empty directory.
    Empty,
    /// A directory with files that do not belong to a datastore.
    NonEmpty,
    /// The directory of a datastore, or what is left of a deleted datastore.
    ChunkStore,
    /// A file.
    File,
}

impl Default for Datastore {
    /// A datastore without namespaces and groups. Its size is 200 GiB, of which 20 GiB are used.
    fn default() -> Self {
        let gib = 1 << 30;
        Self {
            total: 200 * gib,
            used: 20 * gib,
            avail: 180 * gib,
            namespaces: Vec::new(),
            groups: Vec::new(),
            reads: 0,
            writes: 0,
            garbage: Garbage::default(),
            collected: None,
        }
    }
}

impl Datastore {
    /// Whether the namespace exists. The empty name stands for the root namespace. All parents of
    /// an existing namespace exist.
    #[must_use]
    pub fn has_namespace(&self, namespace: &str) -> bool {
        let is_namespace_or_below = |existing: &String| {
            let rest = existing.strip_prefix(namespace);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        namespace.is_empty() || self.namespaces.iter().any(is_namespace_or_below)
    }

    /// Adds a backup group with one snapshot, and adds the namespace if it does not exist.
    ///
    /// An empty `namespace` means the root namespace.
    pub fn add_group(&mut self, namespace: &str, backup_type: &str, backup_id: &str, owner: &str) {
        let time = 1_795_168_800; // 2026-11-20T10:00:00Z
        let group = self.push_group(namespace, backup_type, backup_id, owner);
        group.snapshots.push(Snapshot::new(backup_type, time));
    }

    /// Adds a snapshot, and returns it so that a test can change it. If the group already has a
    /// snapshot of this time, replaces that snapshot. If the group does not exist, adds the group
    /// with the owner `root@pam`.
    ///
    /// `time` is the Unix time of the snapshot in seconds.
    pub fn add_snapshot(
        &mut self,
        namespace: &str,
        backup_type: &str,
        backup_id: &str,
        time: i64,
    ) -> &mut Snapshot {
        let is_wanted = |group: &Group| group.is(namespace, backup_type, backup_id);
        let group = match self.groups.iter().position(is_wanted) {
            Some(index) => &mut self.groups[index],
            None => self.push_group(namespace, backup_type, backup_id, "root@pam"),
        };
        group.snapshots.retain(|snapshot| snapshot.time != time);
        group.snapshots.push(Snapshot::new(backup_type, time));
        let last = group.snapshots.len() - 1;
        &mut group.snapshots[last]
    }

    /// Adds a group without snapshots, and adds the namespace if it does not exist.
    fn push_group(
        &mut self,
        namespace: &str,
        backup_type: &str,
        backup_id: &str,
        owner: &str,
    ) -> &mut Group {
        if !namespace.is_empty() && !self.namespaces.iter().any(|existing| existing == namespace) {
            self.namespaces.push(namespace.into());
        }
        self.groups.push(Group {
            namespace: namespace.into(),
            backup_type: backup_type.into(),
            backup_id: backup_id.into(),
            owner: owner.into(),
            notes: String::new(),
            snapshots: Vec::new(),
        });
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    /// The group of this namespace, type and id.
    #[must_use]
    pub fn group(&self, namespace: &str, backup_type: &str, backup_id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.is(namespace, backup_type, backup_id))
    }

    /// Mutable access to the group of this namespace, type and id.
    pub fn group_mut(
        &mut self,
        namespace: &str,
        backup_type: &str,
        backup_id: &str,
    ) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.is(namespace, backup_type, backup_id))
    }

    /// Removes the groups that have no snapshots.
    pub(crate) fn remove_empty_groups(&mut self) {
        self.groups.retain(|group| !group.snapshots.is_empty());
    }
}
