//! `/admin/datastore/{store}/verify`: verification of snapshots (recorded from PBS 4.2.3).

mod work;

use serde_json::{Map, Value};

pub(super) use self::work::Verification;
use super::{
    Call, Route,
    datastore_access::{GroupName, Reach, VERIFY, available_datastore, relative_directory},
    write,
};
use crate::{
    datastore::MAX_DEPTH,
    response::{ApiError, CallResult, Success},
    tasks::{NewTask, Work},
};

pub(super) const ROUTES: &[Route] =
    &[write("POST", "/admin/datastore/{store}/verify", &[], verify)];

/// What a verification works on.
pub(super) enum Target {
    /// The snapshot of this Unix time.
    Snapshot(i64),
    Group,
    /// All groups of a namespace, and of the namespaces at most `max_depth` levels below it.
    Namespace {
        max_depth: usize,
    },
}

/// Decides whether a verification skips a snapshot that was already verified.
#[derive(Clone, Copy)]
pub(super) struct SkipRule {
    /// Whether the verification skips snapshots at all.
    is_enabled: bool,
    /// Number of days after which the snapshot is verified again.
    outdated_after: Option<u64>,
    /// Simulated Unix time in seconds.
    now: u64,
}

impl SkipRule {
    /// The rule in the parameters of a request or in the properties of a job.
    pub(super) fn of(properties: &Map<String, Value>, now: u64) -> Self {
        Self {
            is_enabled: properties.get("ignore-verified") != Some(&Value::Bool(false)),
            outdated_after: properties.get("outdated-after").and_then(Value::as_u64),
            now,
        }
    }

    /// Whether a snapshot is skipped if it was last verified at the time `verified_at`. The result
    /// of the last verification does not matter.
    fn skips(self, verified_at: u64) -> bool {
        let days = self.now.saturating_sub(verified_at) / (24 * 3600);
        self.is_enabled && self.outdated_after.is_none_or(|limit| days <= limit)
    }
}

/// Starts the verification of a snapshot, a group, or a namespace.
fn verify(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    let reach = VERIFY.check(call, &name.namespace)?;
    available_datastore(call, false)?;
    let has_type = call.args.text("backup-type").is_some();
    let has_id = call.args.text("backup-id").is_some();
    let time = call.args.integer("backup-time");
    let directory = relative_directory(&name.namespace).trim_end_matches('/').to_string();
    let (worker_type, worker_id, target) = match (has_type, has_id, time) {
        (true, true, Some(time)) => {
            let id = format!("{}:{directory}/{}/{time:08X}", name.store, name.text());
            ("verify_snapshot", id, Target::Snapshot(time))
        }
        (true, true, None) => {
            let id = format!("{}:{directory}/{}", name.store, name.text());
            ("verify_group", id, Target::Group)
        }
        (false, false, None) => {
            let max_depth =
                call.args.integer("max-depth").map_or(MAX_DEPTH, |depth| depth as usize);
            let id = match directory.as_str() {
                "" => name.store.clone(),
                directory => format!("{}:{directory}", name.store),
            };
            ("verify", id, Target::Namespace { max_depth })
        }
        _ => {
            let text = "parameters do not specify a backup group or snapshot";
            return Err(ApiError::bad_request(text));
        }
    };
    if reach == Reach::Own && !matches!(target, Target::Namespace { .. }) {
        name.check_owner(call)?;
    }
    let options = call.args.all_except(&[]);
    let skip_rule = SkipRule::of(&options, call.now);
    let verification = Verification::new(call, name, target, skip_rule, reach, &options);
    let work: Work = Box::new(move |progress| verification.carry_out(progress));
    let task =
        NewTask { worker_type, worker_id: &worker_id, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}
