//! Statistics of a garbage collection.

/// The statistics that a garbage collection reports. By default, all values are 0, as for an empty
/// datastore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Garbage {
    /// Size of all chunks on the disk, in bytes.
    pub disk_bytes: u64,
    /// Number of chunks on the disk.
    pub disk_chunks: u64,
    /// Size of the data to which the index files refer, in bytes.
    pub index_data_bytes: u64,
    /// Number of index files.
    pub index_file_count: u64,
    /// Size of the chunks that a later collection will remove, in bytes.
    pub pending_bytes: u64,
    /// Number of chunks that a later collection will remove.
    pub pending_chunks: u64,
    /// Number of corrupt chunks that were removed.
    pub removed_bad: u64,
    /// Size of the removed chunks, in bytes.
    pub removed_bytes: u64,
    /// Number of removed chunks.
    pub removed_chunks: u64,
    /// Number of corrupt chunks that are left.
    pub still_bad: u64,
    /// Number of hits in the cache of chunks.
    pub cache_hits: u64,
    /// Number of misses in the cache of chunks.
    pub cache_misses: u64,
}
