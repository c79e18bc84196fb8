//! Garbage collection of datastores (recorded from PBS 4.2.3).

use serde_json::{Value, json};

use crate::datastore::Datastore;

/// The numbers of the last garbage collection. Zeros if there was none.
pub(super) fn last_result(store: &Datastore) -> Value {
    let (garbage, upid) = store.collected.clone().unzip();
    let is_new = garbage.is_none();
    let garbage = garbage.unwrap_or_default();
    let mut fields = json!({
        "disk-bytes": garbage.disk_bytes,
        "disk-chunks": garbage.disk_chunks,
        "index-data-bytes": garbage.index_data_bytes,
        "index-file-count": garbage.index_file_count,
        "pending-bytes": garbage.pending_bytes,
        "pending-chunks": garbage.pending_chunks,
        "removed-bad": garbage.removed_bad,
        "removed-bytes": garbage.removed_bytes,
        "removed-chunks": garbage.removed_chunks,
        "still-bad": garbage.still_bad,
        "upid": upid,
    });
    if !is_new {
        fields["cache-stats"] =
            json!({ "hits": garbage.cache_hits, "misses": garbage.cache_misses });
    }
    fields
}
