//! The recorded answers about operations that the simulator does not give. The test fails if a
//! number changes, so correct this list when the simulator gives more of these answers.

use crate::replay::LeftOut;

/// Calls that the simulator does not have. The list is empty, because the simulator has all calls
/// of this recording.
pub(super) const CALLS: LeftOut = &[];

const UNRECORDED_TASKS: &str = "the recorded list contains tasks of backups and of other \
                                requests that are not recorded";
const NO_TRANSFER: &str = "the simulator transfers no backups";
const SHORTENED: &str = "the recorded log is shortened";
const NO_CHUNKS: &str =
    "the simulator has no chunks, so its log of a garbage collection is shorter";
const NO_ANSWER: &str = "the client did not wait for the answer";
const LOCKED: &str = "the request is not sent, because it waited for a lock in vain";
const WORK_BEGUN: &str = "the simulator logs the work of a task only at its end";

/// Other answers that differ: the beginning of the names of the exchanges, the number of answers,
/// and the reason. An answer counts for the first row whose beginning fits the name of the
/// exchange.
pub(super) const CASES: LeftOut = &[
    ("01-setup/000-store-ops-a", 1, LOCKED),
    ("10-list/048-rrd", 1, "the times depend on the time of the request"),
    ("11-rights/080-reader-groups", 1, LOCKED),
    ("11-rights/159-backup-tasks", 1, UNRECORDED_TASKS),
    ("20-prune/049-ds-dry-no-keep-log", 1, SHORTENED),
    ("20-prune/053-ds-no-keep-log", 1, SHORTENED),
    ("30-gc/015-run-log", 1, NO_CHUNKS),
    ("30-gc/018-run-second-log", 1, NO_CHUNKS),
    ("40-verify/025-all-ignore-verified-false-log", 1, SHORTENED),
    ("40-verify/029-all-again-log", 1, SHORTENED),
    ("40-verify/089-reader-own2-status-last", 1, "the start of the task is not recorded"),
    ("31-gc2/001-", 1, "a task of the simulator cannot first hang and then end with a warning"),
    ("31-gc2/003-run-cutoff-log", 1, NO_CHUNKS),
    ("31-gc2/008-tasks-after", 1, UNRECORDED_TASKS),
    ("50-sync/039-groups-pulled", 1, NO_TRANSFER),
    ("50-sync/", 7, NO_TRANSFER),
    ("60-tasks/044-slow-log", 1, WORK_BEGUN),
    ("60-tasks/045-slow-log-limit", 1, WORK_BEGUN),
    ("60-tasks/046-slow-log-test-status", 1, WORK_BEGUN),
    ("60-tasks/080-slow-log-sysaud", 1, WORK_BEGUN),
    ("60-tasks/090-stopped-log", 1, WORK_BEGUN),
    ("60-tasks/", 13, UNRECORDED_TASKS),
    ("61-tasks/002-direct-pull-same-group-log", 1, NO_TRANSFER),
    ("61-tasks/018-status-colons-raw", 1, "the test does not translate this form of a task's id"),
    ("61-tasks/049-gc-dsadmin-log", 1, NO_CHUNKS),
    ("61-tasks/067-list-dsadmin", 1, UNRECORDED_TASKS),
    ("61-tasks/078-stop-verify-log", 1, WORK_BEGUN),
    ("61-tasks/083-stop-verify-log", 1, WORK_BEGUN),
    ("61-tasks/086-stop-garbage_collection-log", 1, WORK_BEGUN),
    ("75-removable-s3/020-", 1, "the log contains the random name of a directory"),
    ("80-maintenance/042-", 1, SHORTENED),
    ("85-client-gone/015-ns-delete", 1, NO_ANSWER),
    ("85-client-gone/016-ns-after", 1, NO_TRANSFER),
    ("85-client-gone/017-group-delete", 1, NO_ANSWER),
    ("85-client-gone/018-groups-after", 1, NO_TRANSFER),
    ("85-client-gone/038-", 1, "the start of the task that reads the snapshot is not recorded"),
    ("85-client-gone/041-", 1, "the start of the task that reads the snapshot is not recorded"),
    ("86-client-gone/000-verify-0", 1, NO_ANSWER),
    ("86-client-gone/004-verify-2", 1, NO_ANSWER),
    ("86-client-gone/008-verify-20", 1, NO_ANSWER),
    ("86-client-gone/013-gc2-waiting", 1, NO_ANSWER),
    ("86-client-gone/015-gc-after", 1, "the answer shows the task of a request that is not sent"),
    ("86-client-gone/018-sync-run2-waiting", 1, NO_ANSWER),
    ("86-client-gone/020-sync-after", 1, "the answer shows the task of a request that is not sent"),
    ("86-client-gone/042-stop3-log", 1, WORK_BEGUN),
    (
        "87-locks/002-acl-grant-0-probe",
        1,
        "the server used an older copy of the access control list",
    ),
    ("87-locks/003-acl-grant-0-effective", 1, NO_TRANSFER),
    ("87-locks/046-sync-stopped-log", 1, WORK_BEGUN),
    ("88-more/04", 4, NO_TRANSFER),
    ("89-more/008-store-filter-backup", 1, UNRECORDED_TASKS),
];
