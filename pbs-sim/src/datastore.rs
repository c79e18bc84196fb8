//! Datastores as far as the simulator has them: space, namespaces, backup groups and their owners.
//! There is no backup in them.

/// A datastore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datastore {
    /// Where it would lie on a real server.
    pub path: String,
    /// Free text.
    pub comment: Option<String>,
    /// Bytes in all.
    pub total: u64,
    /// Bytes in use.
    pub used: u64,
    /// Bytes that can still be used.
    pub avail: u64,
    /// Namespaces beside the root, such as `team` or `team/web`.
    pub namespaces: Vec<String>,
    /// Backup groups of all namespaces.
    pub groups: Vec<Group>,
}

/// A backup group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its namespace; empty for the root.
    pub namespace: String,
    /// `vm`, `ct` or `host`.
    pub backup_type: String,
    /// Such as `100`.
    pub backup_id: String,
    /// The user or token that it belongs to.
    pub owner: String,
    /// Number of snapshots.
    pub backup_count: u64,
    /// Seconds since 1970.
    pub last_backup: i64,
}

impl Datastore {
    pub(crate) fn new(name: &str) -> Self {
        let gib = 1 << 30;
        Self {
            path: format!("/mnt/datastore/{name}"),
            comment: None,
            total: 200 * gib,
            used: 20 * gib,
            avail: 180 * gib,
            namespaces: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Adds a group with one snapshot, and its namespace.
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
            last_backup: 1_795_168_800,
        });
    }
}
