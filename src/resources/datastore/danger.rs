//! The dangers of destroying and replacing a datastore: lost backups, and jobs and grants that are
//! deleted or stay behind.

use crate::{
    object::Change,
    pbs::{Client, DatastoreName, Property, Record, kinds},
    shared::text::counted,
};
use tf_plugin::{Diagnostic, Field as Planned, Result, Value};

/// The property of a job that contains the name of the job's datastore.
const STORE: &str = "store";

/// The attributes whose change replaces the datastore.
const REPLACING_ATTRIBUTES: [&str; 4] = ["name", "path", "backing_device", "s3"];

/// The first attribute whose change replaces the datastore. `None` if the change does not replace
/// the datastore.
fn replacing_attribute(change: &Change<'_>) -> Option<&'static str> {
    let is_update = !change.is_creation() && !change.is_deletion();
    REPLACING_ATTRIBUTES.into_iter().find(|name| is_update && change.may_change(name))
}

/// Warns if the plan replaces the datastore, because the new datastore is empty.
pub(super) fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let Some(attribute) = replacing_attribute(change) else { return Ok(()) };
    let keeps_place = !REPLACING_ATTRIBUTES[1..].iter().any(|name| change.may_change(name));
    let data = match change.before::<bool>("destroy_data")? {
        Planned::Known(true) => {
            "All backups of the present datastore are deleted, because `destroy_data` is `true`."
        }
        _ if keeps_place => {
            "The backups stay in the same place. The new datastore therefore cannot be created \
             there unless `reuse_datastore = true` is set. The new datastore then takes over the \
             backups."
        }
        _ => {
            "The backups of the present datastore stay where they are, but PBS no longer shows \
             them. To use the backups again, create a datastore in the old place with \
             `reuse_datastore = true`."
        }
    };
    diagnostics.push(
        Diagnostic::warning(
            "The datastore is replaced by an empty one",
            format!(
                "PBS cannot move a datastore, so a change of `{attribute}` deletes the datastore and \
                 creates a new one. {data}"
            ),
        )
        .at(attribute),
    );
    Ok(())
}

/// Warns if the plan destroys or replaces the datastore. The warning says how much data the
/// datastore contains, whether the data stays, and which jobs and grants refer to the datastore. If
/// a request fails, the warning leaves out the information that only this request can provide.
pub(super) async fn ask(pbs: &Client, change: &Change<'_>) -> Vec<Diagnostic> {
    let name = change.before::<String>("name").ok().and_then(Planned::known);
    let is_destroyed = change.is_deletion() || replacing_attribute(change).is_some();
    let (Some(name), true) = (name, is_destroyed) else { return Vec::new() };
    let flag = |attribute| change.before::<bool>(attribute).ok().and_then(Planned::known);
    let mut text = match flag("destroy_data") {
        Some(true) => {
            "All backups in the datastore are deleted, and cannot be restored.".to_owned()
        }
        _ => {
            "The backups stay in the directory or bucket, and the server no longer knows them. To \
              use the backups again, create a datastore in the same place with `reuse_datastore = \
              true`."
                .to_owned()
        }
    };
    text += &amount(pbs, &name).await.unwrap_or_default();
    let references = references(pbs, &name).await;
    let deletes_jobs = flag("keep_job_configs") == Some(false);
    if deletes_jobs {
        text += "\n\nBecause `keep_job_configs` is `false`, PBS also deletes all prune, verify, \
                 sync and tape backup jobs of the datastore, and all grants on the datastore and \
                 on its namespaces.";
    }
    if !references.is_empty() {
        let heading = match deletes_jobs {
            true => {
                "PBS deletes these jobs and grants. The list does not contain tape backup jobs:"
            }
            false => {
                "Because `keep_job_configs` is `true`, these jobs and grants stay on the server, \
                 unless this plan itself destroys them:"
            }
        };
        text += &format!("\n\n{heading}\n\n  {}", references.join("\n  "));
    }
    let copying_jobs = jobs_that_copy_from(pbs, &name).await;
    if !copying_jobs.is_empty() {
        text += &format!(
            "\n\nThese sync jobs copy from the datastore, and fail without it:\n\n  {}",
            copying_jobs.join("\n  ")
        );
    }
    vec![Diagnostic::warning(format!("The datastore {name} is going to be deleted"), text)]
}

/// Sentences that say how much data the datastore contains. `None` if a request fails.
async fn amount(pbs: &Client, name: &str) -> Option<String> {
    let (status, content) = pbs.datastore_content(&name.parse().ok()?).await.ok()?;
    const GIB: u64 = 1 << 30;
    let usage = match status {
        // A caller that is not allowed to see the usage is possibly not allowed to see all groups.
        None => "The provider's user or token possibly does not see all groups.".to_owned(),
        Some(status) => {
            let used = match status.used / GIB {
                0 => "less than 1 GiB".to_owned(),
                used => format!("{used} GiB"),
            };
            format!(
                "On the file system of the datastore, {used} are in use. This number can include \
                 data that does not belong to the datastore."
            )
        }
    };
    Some(format!(
        " The datastore contains {} with {}. {usage}",
        counted(content.groups, "backup group"),
        counted(content.snapshots, "snapshot")
    ))
}

/// The jobs and grants that refer to the datastore.
async fn references(pbs: &Client, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for kind in [&kinds::PRUNE_JOB, &kinds::SYNC_JOB, &kinds::VERIFY_JOB] {
        let Ok(jobs) = pbs.objects(kind).await else { continue };
        let of_datastore = jobs.iter().filter(|(_, job)| text(job, STORE) == Some(name));
        found.extend(of_datastore.map(|(id, _)| format!("{} {id}", kind.noun)));
    }
    if let Ok(Some(grants)) = pbs.all_grants().await {
        let path = format!("/datastore/{name}");
        let prefix = format!("{path}/");
        let on_datastore = grants.iter().filter(|grant| {
            let grant_path = grant.path.to_string();
            grant_path == path || grant_path.starts_with(&prefix)
        });
        found.extend(on_datastore.map(|grant| {
            format!("grant of {} to {} on {}", grant.role, grant.auth_id, grant.path)
        }));
    }
    found
}

/// The sync jobs of this server that copy from the datastore to another datastore of this server.
/// PBS never deletes these jobs together with the datastore (PBS 4.2.3, recorded).
async fn jobs_that_copy_from(pbs: &Client, name: &str) -> Vec<String> {
    let Ok(jobs) = pbs.objects(&kinds::SYNC_JOB).await else { return Vec::new() };
    let is_source =
        |job: &Record| text(job, "remote").is_none() && text(job, "remote-store") == Some(name);
    jobs.iter().filter(|(_, job)| is_source(job)).map(|(id, _)| id.clone()).collect()
}

/// The text of a property. `None` if the object does not have the property.
fn text<'a>(object: &'a Record, property: &str) -> Option<&'a str> {
    object.get(property).and_then(Property::as_text)
}

/// Refuses the deletion of a datastore that is in use. PBS would accept the request, but the task
/// of the deletion would fail and leave the datastore in the maintenance mode `delete`. This mode
/// cannot be undone (PBS 4.2.3, recorded).
pub(super) async fn refuse_while_in_use(pbs: &Client, state: &Value) -> Result<()> {
    let name = state.get("name").and_then(Value::as_str).unwrap_or_default();
    let Ok(store) = name.parse::<DatastoreName>() else { return Ok(()) };
    // The caller may be allowed to delete the datastore, but not to read the number of operations.
    // An error of this request is therefore ignored.
    let Ok(operations) = pbs.active_operations(&store).await else { return Ok(()) };
    if operations.read == 0 && operations.write == 0 {
        return Ok(());
    }
    Err(Diagnostic::error(
        format!("The datastore {name} is in use"),
        format!(
            "The datastore was not deleted. On the server, {} operations read from the datastore, \
             and {} operations write to the datastore. Wait for the end of these operations, and \
             run the apply again.",
            operations.read, operations.write
        ),
    ))
}
