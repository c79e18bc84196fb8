//! Backup groups, their snapshots, and the files of these snapshots.

use jiff::Timestamp;

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
    /// Notes of the group. Empty if the group has no notes.
    pub notes: String,
    /// The snapshots, in any order. PBS has no groups without snapshots.
    pub snapshots: Vec<Snapshot>,
}

/// A snapshot: one backup of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Unix time of the backup, in seconds.
    pub time: i64,
    /// Whether PBS refuses to delete the snapshot.
    pub is_protected: bool,
    /// Result of the last verification: `ok` or `failed`. `None` if the snapshot was never
    /// verified.
    pub verification: Option<String>,
    /// Id of the task of the last verification.
    pub verified_by: Option<String>,
    /// Whether the next verification finds an error.
    pub is_corrupt: bool,
    /// Notes of the snapshot. Empty if the snapshot has no notes. PBS shows the first line of the
    /// notes as the comment.
    pub notes: String,
    /// Fingerprint of the encryption key. `None` if the snapshot is neither encrypted nor signed.
    pub fingerprint: Option<String>,
    /// The files of the snapshot. Empty if the snapshot is unfinished, for example because the
    /// backup still runs.
    pub files: Vec<BackupFile>,
}

/// A file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    /// Name, for example `root.pxar.didx`.
    pub name: String,
    /// `none`, `encrypt` or `sign-only`.
    pub crypt_mode: String,
    /// Size of the content, in bytes.
    pub size: u64,
}

impl Group {
    /// Number of snapshots.
    #[must_use]
    pub fn backup_count(&self) -> u64 {
        self.snapshots.len() as u64
    }

    /// Unix time of the newest snapshot, in seconds. 0 if the group has no snapshots.
    #[must_use]
    pub fn last_backup(&self) -> i64 {
        self.newest().map_or(0, |snapshot| snapshot.time)
    }

    /// The snapshot of this time.
    #[must_use]
    pub fn snapshot(&self, time: i64) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.time == time)
    }

    /// Mutable access to the snapshot of this time.
    pub fn snapshot_mut(&mut self, time: i64) -> Option<&mut Snapshot> {
        self.snapshots.iter_mut().find(|snapshot| snapshot.time == time)
    }

    /// The newest snapshot.
    pub(crate) fn newest(&self) -> Option<&Snapshot> {
        self.snapshots.iter().max_by_key(|snapshot| snapshot.time)
    }

    /// Whether the group has this namespace, type and id.
    pub(crate) fn is(&self, namespace: &str, backup_type: &str, backup_id: &str) -> bool {
        let wanted = [namespace, backup_type, backup_id];
        [&self.namespace, &self.backup_type, &self.backup_id] == wanted
    }

    /// Type and id, for example `host/web`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.backup_type, self.backup_id)
    }

    /// Deletes all snapshots that are not protected. Returns the number of deleted snapshots and
    /// the number of protected snapshots.
    pub(crate) fn delete_unprotected_snapshots(&mut self) -> (u64, u64) {
        let count = self.backup_count();
        self.snapshots.retain(|snapshot| snapshot.is_protected);
        (count - self.backup_count(), self.backup_count())
    }
}

impl Snapshot {
    /// A snapshot with the files that a client makes for this backup type. The snapshot is not
    /// protected, and was never verified.
    #[must_use]
    pub fn new(backup_type: &str, time: i64) -> Self {
        let data = match backup_type {
            "vm" => [("drive-scsi0.img.fidx", 1 << 30), ("qemu-server.conf.blob", 400)].to_vec(),
            "ct" => [("root.pxar.didx", 1 << 28), ("pct.conf.blob", 300)].to_vec(),
            _ => [("root.pxar.didx", 1 << 28), ("catalog.pcat1.didx", 1 << 16)].to_vec(),
        };
        let manifest = ("index.json.blob", 371);
        let files = data.into_iter().chain([manifest]).map(|(name, size)| BackupFile {
            name: name.into(),
            crypt_mode: "none".into(),
            size,
        });
        Self { files: files.collect(), ..Self::unfinished(time) }
    }

    /// A snapshot without files, for example because the backup still runs.
    #[must_use]
    pub fn unfinished(time: i64) -> Self {
        Self {
            time,
            is_protected: false,
            verification: None,
            verified_by: None,
            is_corrupt: false,
            notes: String::new(),
            fingerprint: None,
            files: Vec::new(),
        }
    }

    /// Size of all files in bytes. `None` if the snapshot is unfinished.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        let is_finished = !self.files.is_empty();
        is_finished.then(|| self.files.iter().map(|file| file.size).sum())
    }
}

/// A time in the form that PBS uses in the names of snapshots, for example `2026-11-20T10:00:00Z`.
pub(crate) fn time_text(time: i64) -> String {
    let time = Timestamp::from_second(time).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The first line of notes, including its line break. PBS shows this line as the comment. `None` if
/// there are no notes.
pub(crate) fn first_line(notes: &str) -> Option<&str> {
    notes.split_inclusive('\n').next()
}
