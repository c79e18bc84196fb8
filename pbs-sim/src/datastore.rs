//! The content of datastores, limited to what the API shows: disk usage, namespaces, and backup
//! groups with their owners. The simulator stores no backup data, and accesses no directory.

/// The content of a datastore. Its configuration is in
/// [`World::objects`](crate::World::objects).
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
}

/// What a path on the disk contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    /// An empty directory.
    Empty,
    /// A directory with files that do not belong to a datastore.
    NonEmpty,
    /// The directory of a datastore, or what is left of a deleted one.
    ChunkStore,
    /// A file.
    File,
}

/// A backup group: all snapshots of one virtual machine, container or host in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Namespace of the group; empty for the root namespace.
    pub namespace: String,
    /// Backup type: `vm`, `ct` or `host`.
    pub backup_type: String,
    /// Backup id, for example `100`.
    pub backup_id: String,
    /// Authentication id of the user or token that owns the group.
    pub owner: String,
    /// Number of snapshots in the group.
    pub backup_count: u64,
    /// Unix time of the newest snapshot, in seconds.
    pub last_backup: i64,
    /// Whether the group has protected snapshots, which a deletion of its namespace does not
    /// delete.
    pub is_protected: bool,
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
        }
    }
}

impl Datastore {
    /// Whether the namespace exists. The empty name stands for the root namespace.
    #[must_use]
    pub fn has_namespace(&self, namespace: &str) -> bool {
        let is_it_or_below = |known: &String| {
            let rest = known.strip_prefix(namespace);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        namespace.is_empty() || self.namespaces.iter().any(is_it_or_below)
    }

    /// Adds a backup group with one snapshot. If the namespace does not exist, adds the namespace
    /// too.
    ///
    /// An empty `namespace` means the root namespace.
    pub fn add_group(&mut self, namespace: &str, backup_type: &str, backup_id: &str, owner: &str) {
        if !namespace.is_empty() && !self.namespaces.iter().any(|known| known == namespace) {
            self.namespaces.push(namespace.into());
        }
        self.groups.push(Group {
            namespace: namespace.into(),
            backup_type: backup_type.into(),
            backup_id: backup_id.into(),
            owner: owner.into(),
            backup_count: 1,
            last_backup: 1_795_168_800, // 2026-11-20T10:00:00Z
            is_protected: false,
        });
    }
}
