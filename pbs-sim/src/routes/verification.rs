//! `/admin/datastore/{store}/verify`: verification of snapshots (recorded from PBS 4.2.3).

mod work;

use serde_json::{Map, Value};

pub(super) use self::work::Verification;
use super::{
    Call, Route,
    datastore_access::{GroupName, Reach, VERIFY, available_datastore, levels_directory},
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
    Snapshot(i64),
    Group,
    /// All groups of a namespace and of those below it, up to a number of levels.
    Namespace {
        max_depth: usize,
    },
}

/// When a verification skips a snapshot that was verified before.
#[derive(Clone, Copy)]
pub(super) struct Skipping {
    is_enabled: bool,
    /// Number of days after which the snapshot is verified again.
    outdated_after: Option<u64>,
    now: u64,
}

impl Skipping {
    /// The options in the parameters of a request or in the properties of a job.
    pub(super) fn of(properties: &Map<String, Value>, now: u64) -> Self {
        Self {
            is_enabled: properties.get("ignore-verified") != Some(&Value::Bool(false)),
            outdated_after: properties.get("outdated-after").and_then(Value::as_u64),
            now,
        }
    }

    /// Whether a snapshot is skipped if it was last verified at this time. A verification that
    /// found errors counts too.
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
    let has = |name| call.args.text(name).is_some();
    let time = call.args.integer("backup-time");
    let namespace = levels_directory(&name.namespace).trim_end_matches('/').to_string();
    let (worker_type, worker_id, target) = match (has("backup-type"), has("backup-id"), time) {
        (true, true, Some(time)) => {
            let id = format!("{}:{namespace}/{}/{time:08X}", name.store, name.text());
            ("verify_snapshot", id, Target::Snapshot(time))
        }
        (true, true, None) => {
            let id = format!("{}:{namespace}/{}", name.store, name.text());
            ("verify_group", id, Target::Group)
        }
        (false, false, None) => {
            let max_depth =
                call.args.integer("max-depth").map_or(MAX_DEPTH, |depth| depth as usize);
            let id = match namespace.as_str() {
                "" => name.store.clone(),
                namespace => format!("{}:{namespace}", name.store),
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
    let skipping = Skipping::of(&options, call.now);
    let verification = Verification::new(call, name, target, skipping, reach, &options);
    let work: Work = Box::new(move |progress| verification.carry_out(progress));
    let task =
        NewTask { worker_type, worker_id: &worker_id, first_lines: &[], holds_locks: false, work };
    Ok(Success::Data(call.start_task(task).into()))
}
