//! `/admin/datastore/{store}/prune` and `prune-datastore`: deletion of old snapshots (recorded from
//! PBS 4.2.3).

use serde_json::{Map, Value};

use super::{
    Call, Route,
    datastore_access::{
        GroupName, PRUNE, Reach, acl_path, available_datastore, namespace_directory, not_found,
        relative_directory,
    },
    namespaces::is_within,
    object_of_present_fields, write,
};
use crate::{
    datastore::{Group, MAX_DEPTH, time_text},
    response::{ApiError, CallResult, Success},
    retention::{Mark, Retention},
    tasks::{NewTask, Progress, Work, exit_status},
    world::World,
};

pub(super) const ROUTES: &[Route] = &[
    write("POST", "/admin/datastore/{store}/prune", &[], prune_group),
    write("POST", "/admin/datastore/{store}/prune-datastore", &[], prune_datastore),
];

/// The options of a prune.
pub(super) struct Options {
    namespace: String,
    max_depth: Option<usize>,
    retention: Retention,
    is_dry_run: bool,
}

impl Options {
    /// The options in the parameters of a request or in the properties of a job.
    pub(super) fn of(properties: &Map<String, Value>) -> Self {
        let number = |name: &str| properties.get(name).and_then(Value::as_u64);
        let retention = Retention {
            last: number("keep-last"),
            hourly: number("keep-hourly"),
            daily: number("keep-daily"),
            weekly: number("keep-weekly"),
            monthly: number("keep-monthly"),
            yearly: number("keep-yearly"),
        };
        Self {
            namespace: properties.get("ns").and_then(Value::as_str).unwrap_or_default().into(),
            max_depth: number("max-depth").map(|depth| depth as usize),
            retention,
            is_dry_run: properties.get("dry-run") == Some(&Value::Bool(true)),
        }
    }

    /// The line of the log that names the options.
    fn log_line(&self) -> String {
        if !self.retention.has_positive_option() {
            return "No prune selection - keeping all files.".into();
        }
        let mut line = "retention options:".to_string();
        if !self.namespace.is_empty() {
            line += &format!(" --ns {}", self.namespace);
        }
        if let Some(depth) = self.max_depth {
            line += &format!(" --max-depth {depth}");
        }
        for (name, count) in self.retention.options() {
            if let Some(count) = count {
                line += &format!(" --{name} {count}");
            }
        }
        line
    }
}

/// The text for a datastore and a namespace in logs.
pub(super) fn location_text(store: &str, namespace: &str) -> String {
    match namespace {
        "" => format!("datastore '{store}', root namespace"),
        namespace => format!("datastore '{store}', namespace '{namespace}'"),
    }
}

/// Prunes one group. With `use-task`, the response contains the id of a task. Without `use-task`,
/// the response lists the snapshots, and says which snapshots are kept. In this case, PBS also
/// records a task, but the response does not contain the id of this task.
fn prune_group(call: &mut Call) -> CallResult {
    let name = GroupName::of(call);
    name.check(call, PRUNE, true)?;
    let options = Options::of(&call.args.all_except(&[]));
    let group = name.find(call).ok_or_else(not_found)?;
    let keeps_all = !options.retention.has_positive_option();
    let marks = options.retention.marks(&group.snapshots);
    let to_row = |(time, mark): &(i64, Mark)| -> Value {
        let namespace = Some(name.namespace.as_str()).filter(|ns| !ns.is_empty());
        object_of_present_fields([
            ("backup-type", Some(name.backup_type.as_str().into())),
            ("backup-id", Some(name.backup_id.as_str().into())),
            ("backup-time", Some((*time).into())),
            ("keep", Some((keeps_all || *mark != Mark::Remove).into())),
            ("protected", Some((*mark == Mark::Protected).into())),
            ("ns", namespace.filter(|_| options.is_dry_run).map(Value::from)),
        ])
        .into()
    };
    let rows: Value = marks.iter().map(to_row).collect();
    if options.is_dry_run {
        return Ok(Success::Data(rows));
    }
    let worker_id = format!("{}:{}:{}", name.store, name.namespace, name.text());
    let directory = name.directory(call);
    let work: Work = Box::new(move |progress| {
        let Progress { world, log, .. } = progress;
        log.push(options.log_line());
        if !keeps_all {
            let location = location_text(&name.store, &name.namespace);
            log.push(format!("Starting prune on {location} group \"{}\"", name.text()));
        }
        for (time, mark) in &marks {
            log.push(format!("{} {}", name.snapshot_text(*time), mark.text_in_group_log()));
            if *mark == Mark::Remove && !keeps_all {
                log.push(format!("removing backup snapshot \"{directory}/{}\"", time_text(*time)));
                remove(world, &name, *time);
            }
        }
        Ok(0)
    });
    let use_task = call.args.boolean("use-task") == Some(true);
    let task = NewTask {
        worker_type: "prune",
        worker_id: &worker_id,
        first_lines: &[],
        holds_locks: false,
        work,
    };
    if use_task {
        return Ok(Success::Data(call.start_task(task).into()));
    }
    let started_task = call.world.tasks.start(task, call.caller, call.now);
    let mut log = Vec::new();
    let mut progress = Progress { world: call.world, log: &mut log, upid: &started_task.upid };
    let result = (started_task.work)(&mut progress);
    call.world.tasks.end(&started_task.upid, &log, &exit_status(result), call.now);
    Ok(Success::Data(rows))
}

/// Deletes a snapshot if it still exists.
fn remove(world: &mut World, name: &GroupName, time: i64) {
    let Some(store) = world.datastores.get_mut(&name.store) else { return };
    if let Some(group) = store.group_mut(&name.namespace, &name.backup_type, &name.backup_id) {
        group.snapshots.retain(|snapshot| snapshot.time != time);
    }
    store.remove_empty_groups();
}

/// Starts to prune all groups of a namespace and of the namespaces below it. The log of the task
/// says which snapshots are kept.
fn prune_datastore(call: &mut Call) -> CallResult {
    let store = call.args.required_text("store").to_string();
    let options = Options::of(&call.args.all_except(&[]));
    if PRUNE.reach(call, &store, &options.namespace).is_none() {
        let path = acl_path(&store, &options.namespace);
        let text = format!("missing permissions '{}' on '{path}'", PRUNE.names());
        return Err(ApiError::bad_request(text));
    }
    available_datastore(call, true)?;
    let worker_id = format!("{store}:{}", options.namespace);
    let prune = Prune::new(call, &store, options);
    let work: Work = Box::new(move |progress| prune.carry_out(progress));
    let task = NewTask {
        worker_type: "prune",
        worker_id: &worker_id,
        first_lines: &[],
        holds_locks: false,
        work,
    };
    Ok(Success::Data(call.start_task(task).into()))
}

/// A prune of a whole datastore or namespace.
pub(super) struct Prune {
    store: String,
    /// Directory of the datastore, with a slash at its end.
    directory: String,
    options: Options,
    caller: String,
    /// The namespaces in which the caller may prune groups. The `Reach` says which groups of the
    /// namespace the caller may prune.
    namespaces: Vec<(String, Reach)>,
}

impl Prune {
    /// A prune of the groups that `call.caller` may prune.
    pub(super) fn new(call: &Call, store: &str, options: Options) -> Self {
        let content = call.world.datastores.get(store);
        let mut namespaces: Vec<&str> = vec![""];
        namespaces.extend(content.iter().flat_map(|store| &store.namespaces).map(String::as_str));
        namespaces.sort_unstable();
        let with_reach =
            |namespace: &str| Some((namespace.to_string(), PRUNE.reach(call, store, namespace)?));
        Self {
            store: store.into(),
            directory: namespace_directory(call, store, ""),
            options,
            caller: call.caller.into(),
            namespaces: namespaces.into_iter().filter_map(with_reach).collect(),
        }
    }

    /// Prunes the groups. Returns the number of warnings. If no `keep-…` option is greater than 0,
    /// PBS keeps all snapshots, and the task ends with one warning.
    pub(super) fn carry_out(self, progress: &mut Progress) -> Result<u32, String> {
        let Progress { world, log, .. } = progress;
        let Self { store, directory, options, caller, namespaces } = self;
        let top_namespace = &options.namespace;
        let depth = match options.max_depth {
            None | Some(MAX_DEPTH) => "down to full depth".into(),
            Some(0) => "non-recursive".into(),
            Some(depth) => format!("to depth {depth}"),
        };
        log.push(format!(
            "Starting datastore prune on {}, {depth}",
            location_text(&store, top_namespace)
        ));
        if options.is_dry_run {
            log.push("(dry test run)".into());
        }
        log.push(options.log_line());
        let max_depth = options.max_depth.unwrap_or(MAX_DEPTH);
        let content = world.datastores.get_mut(&store);
        let content = content.filter(|content| content.has_namespace(top_namespace));
        let content = content.ok_or("ENOENT: No such file or directory")?;
        for (namespace, reach) in &namespaces {
            if !is_within(namespace, top_namespace, max_depth) {
                continue;
            }
            let is_pruned = |group: &&mut Group| {
                group.namespace == *namespace && reach.includes(&caller, &group.owner)
            };
            let namespace_directory = format!("{directory}{}", relative_directory(namespace));
            for group in content.groups.iter_mut().filter(is_pruned) {
                log.push(format!("Pruning group {namespace}:\"{}\"", group.name()));
                prune(group, &options, &namespace_directory, log);
            }
        }
        content.remove_empty_groups();
        Ok(u32::from(!options.retention.has_positive_option()))
    }
}

/// Prunes one group. `directory` is the directory of its namespace, with a slash at its end.
fn prune(group: &mut Group, options: &Options, directory: &str, log: &mut Vec<String>) {
    let keeps_all = !options.retention.has_positive_option();
    let prefix = if options.is_dry_run { "would " } else { "" };
    for (time, mark) in options.retention.marks(&group.snapshots) {
        let snapshot = format!("{}/{}", group.name(), time_text(time));
        log.push(format!("{prefix}{} {snapshot}", mark.text_in_datastore_log()));
        if mark == Mark::Remove && !keeps_all && !options.is_dry_run {
            log.push(format!("removing backup snapshot \"{directory}{snapshot}\""));
            group.snapshots.retain(|snapshot| snapshot.time != time);
        }
    }
}
