//! The calls below `/config` for all kinds of configuration objects in the table of
//! [`kinds`](crate::kinds), and the settings of the node.

mod values;

use serde_json::{Map, Value, json};

use self::values::stored_value;
use super::{Call, Route, check_digest, get, in_random_order};
use crate::{
    builtin,
    config_checks::{Change, check_file},
    kinds::{Access, Kind, NODE, REALMS, Rule},
    response::{ApiError, CallResult, Success},
    sections::{Properties, Section},
};

pub(super) const ROUTES: &[Route] = &[get("/admin/traffic-control", list_traffic)];

/// What a call does with the objects of a kind.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    List,
    Create,
    Read,
    Update,
    Delete,
}

/// The kind and the operation of a call, if it is one for configuration objects.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Kind, Operation)> {
    if path == "/nodes/{node}/config" {
        return match method {
            "GET" => Some((&NODE, Operation::Read)),
            "PUT" => Some((&NODE, Operation::Update)),
            _ => None,
        };
    }
    let path = path.strip_prefix("/config/")?;
    if let Some(kind) = Kind::find(path) {
        return match method {
            "GET" => Some((kind, Operation::List)),
            "POST" => Some((kind, Operation::Create)),
            _ => None,
        };
    }
    let (collection, id) = path.rsplit_once('/')?;
    let kind = Kind::find(collection)?;
    let operation = match method {
        "GET" => Operation::Read,
        "PUT" => Operation::Update,
        "DELETE" => Operation::Delete,
        _ => return None,
    };
    (id == format!("{{{}}}", kind.key)).then_some((kind, operation))
}

/// Carries out a call for configuration objects.
pub(crate) fn handle(call: &mut Call, kind: &'static Kind, operation: Operation) -> CallResult {
    if let Operation::Create = operation {
        check_job_access(call, kind, &call.args.all_except(&[]), true)?;
    }
    check_file(call.world, kind)?;
    match operation {
        Operation::List => list(call, kind),
        Operation::Create => create(call, kind),
        Operation::Read => read(call, kind),
        Operation::Update => update(call, kind),
        Operation::Delete => delete(call, kind),
    }
}

/// The id in the request. The settings of the node have the same id for every node name, because
/// PBS does not check the name (recorded).
fn id_of(call: &Call, kind: &Kind) -> String {
    match kind.is_single {
        true => "localhost".into(),
        false => call.args.required_text(kind.key).into(),
    }
}

fn list(call: &mut Call, kind: &'static Kind) -> CallResult {
    let sections = call.world.sections.of(kind);
    let objects: Vec<Value> = sections
        .filter(|section| is_listed(call, section))
        .map(|section| section.shown().into())
        .collect();
    let objects = in_random_order(call, objects);
    Ok(match kind.has_list_digest {
        true => Success::WithDigest(objects, call.world.sections.digest(kind.file)),
        false => Success::Data(objects),
    })
}

/// The traffic control rules with their current rates. There is no traffic.
fn list_traffic(call: &mut Call) -> CallResult {
    let Some(kind) = Kind::find("traffic-control") else { return Ok(Success::Data(json!([]))) };
    check_file(call.world, kind)?;
    let rates = json!({ "cur-rate-in": 0, "cur-rate-out": 0 });
    let with_rates = |section: &Section| {
        let mut rule = section.shown();
        rule.extend(rates.as_object().cloned().unwrap_or_default());
        rule.into()
    };
    let rules: Vec<Value> = call.world.sections.of(kind).map(with_rates).collect();
    let rules = in_random_order(call, rules);
    Ok(Success::WithDigest(rules, call.world.sections.digest(kind.file)))
}

/// Whether the list contains the object for this caller.
fn is_listed(call: &Call, section: &Section) -> bool {
    match section.kind.access {
        Access::Everything => true,
        Access::Listed(privilege, template) => {
            let stored = section.stored();
            let segments = template.split('/').map(|segment| {
                let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                let value = name.and_then(|name| stored.get(name)).and_then(Value::as_str);
                value.unwrap_or(segment)
            });
            call.caller_has(privilege, &segments.collect::<Vec<_>>().join("/"))
        }
        Access::Job(read, _) => has_one(call, read, &job_path(&section.properties)),
    }
}

fn read(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    let section = find_section(call, kind, &id, kind.missing)?;
    let shown = section.map_or_else(Map::new, Section::shown);
    check_job_access(call, kind, &shown, false)?;
    Ok(Success::WithDigest(shown.into(), call.world.sections.digest(kind.file)))
}

fn create(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    let new = new_object(call, kind, &id)?;
    call.world.sections.put(kind, &id, new);
    Ok(Success::Data(Value::Null))
}

/// Checks the parameters of a creation. Returns the properties to store.
///
/// # Errors
/// PBS's message if the object exists or is not valid.
pub(super) fn new_object(
    call: &mut Call,
    kind: &'static Kind,
    id: &str,
) -> Result<Properties, ApiError> {
    let mut others = call.world.sections.in_file(kind.file).iter();
    if others.any(|section| section.id == id) {
        return Err(ApiError::bad_request(kind.exists.replace("{id}", id)));
    }
    let sent = call.args.all_except(&[kind.key, "origin"]);
    let mut new = Properties::new();
    for (name, value) in &sent {
        let value = stored_value(kind, name, value.clone(), false);
        if let Some(value) = value.filter(|_| !kind.has_rule(name, Rule::Ignored)) {
            new.insert(name.clone(), value);
        }
    }
    builtin::mark_as_created(kind, &mut new);
    let world = &*call.world;
    (kind.check)(&Change { world, id, old: None, new: &new, sent: &sent, deleted: &[] })?;
    keep_one_default_realm(call, kind, &new);
    Ok(new)
}

/// Changes an object. Properties that the client does not send keep their values. If the client
/// deletes and sends a property, the sent value is stored.
fn update(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    // The description has no pattern for the digest of the settings of the node.
    if call.args.text("digest").is_some_and(|digest| digest.len() % 2 == 1) {
        return Err(ApiError::bad_request("Odd number of digits"));
    }
    check_digest(call.args.text("digest"), || call.world.sections.digest(kind.file))?;
    let old = match find_section(call, kind, &id, kind.missing)? {
        Some(section) => section.properties.clone(),
        None => Properties::new(),
    };
    check_job_access(call, kind, &old, true)?;
    let sent = call.args.all_except(&[kind.key, "node", "delete", "digest"]);
    let deleted: Vec<String> = call.args.list("delete").into_iter().map(String::from).collect();
    let mut new = old.clone();
    new.retain(|name, _| !deleted.contains(name) && !kind.has_rule(name, Rule::ResetByUpdate));
    for (name, value) in &sent {
        let is_ignored = kind.has_rule(name, Rule::IgnoredOnUpdate)
            || (kind.has_rule(name, Rule::EmptyIgnoredOnUpdate) && value == "");
        if is_ignored {
            continue;
        }
        match stored_value(kind, name, value.clone(), true) {
            Some(value) => drop(new.insert(name.clone(), value)),
            None => drop(new.remove(name)),
        }
    }
    check_job_access(call, kind, &new, true)?;
    builtin::mark_as_modified(kind, &id, &mut new);
    let change = Change {
        world: call.world,
        id: &id,
        old: Some(&old),
        new: &new,
        sent: &sent,
        deleted: &deleted,
    };
    (kind.check)(&change)?;
    keep_one_default_realm(call, kind, &new);
    call.world.sections.put(kind, &id, new);
    Ok(Success::Data(Value::Null))
}

fn delete(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    let digest = call.args.owned_text("digest");
    let check_digest =
        |call: &Call| check_digest(digest.as_deref(), || call.world.sections.digest(kind.file));
    // For jobs on a datastore, PBS looks up the job first, because the privilege depends on it.
    if !matches!(kind.access, Access::Job(..)) {
        check_digest(call)?;
    }
    let mut sections = call.world.sections.in_file(kind.file).iter();
    let exists = |section: &&Section| {
        section.id == id && (section.kind.path == kind.path || kind.wrong_kind.is_some())
    };
    let section = sections.find(exists).ok_or_else(|| message(kind.missing_on_delete, &id))?;
    let old = section.properties.clone();
    check_job_access(call, kind, &old, true)?;
    check_digest(call)?;
    if builtin::reset(&mut call.world.sections, kind, &id) {
        return Ok(Success::Data(Value::Null));
    }
    let sent = Properties::new();
    let change = Change {
        world: call.world,
        id: &id,
        old: Some(&old),
        new: &old,
        sent: &sent,
        deleted: &[],
    };
    (kind.check_deletion)(&change)?;
    call.world.sections.remove(kind.file, &id);
    Ok(Success::Data(Value::Null))
}

/// The object of this id. `None` for settings that exist only once and that nobody has changed yet.
///
/// # Errors
/// PBS's message `missing` if there is no such object, or the message for an object of another kind
/// in the same file.
pub(super) fn find_section<'a>(
    call: &'a Call,
    kind: &'static Kind,
    id: &str,
    missing: (u16, &str),
) -> Result<Option<&'a Section>, ApiError> {
    let sections = &call.world.sections;
    if let Some(section) = sections.get(kind, id) {
        return Ok(Some(section));
    }
    if kind.is_single {
        return Ok(None);
    }
    let other = sections.in_file(kind.file).iter().find(|section| section.id == id);
    match (other, kind.wrong_kind) {
        (Some(other), Some(text)) => {
            let name = other.kind.path.rsplit('/').next().unwrap_or_default();
            Err(ApiError::bad_request(text.replace("{other}", name).replace("{id}", id)))
        }
        _ => Err(message(missing, id)),
    }
}

pub(super) fn message((status, text): (u16, &str), id: &str) -> ApiError {
    ApiError { status, ..ApiError::bad_request(text.replace("{id}", id)) }
}

/// Checks the privilege on the datastore of a job.
fn check_job_access(
    call: &Call,
    kind: &Kind,
    job: &Properties,
    is_write: bool,
) -> Result<(), ApiError> {
    let Access::Job(read, write) = kind.access else { return Ok(()) };
    let privilege = if is_write { write } else { read };
    let path = job_path(job);
    match has_one(call, privilege, &path) {
        true => Ok(()),
        false => {
            let text = format!("missing permissions '{privilege}' on '{path}'");
            Err(ApiError::bad_request(text))
        }
    }
}

/// Whether the caller has one of the privileges, which are separated by `|`.
fn has_one(call: &Call, privileges: &str, path: &str) -> bool {
    privileges.split('|').any(|privilege| call.caller_has(privilege, path))
}

/// ACL path of the datastore and namespace of a job.
fn job_path(job: &Properties) -> String {
    let text = |name| job.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("/datastore/{}/{}", text("store"), text("ns")).trim_end_matches('/').into()
}

/// Only one realm is the default. A realm that becomes the default takes the place of another one.
fn keep_one_default_realm(call: &mut Call, kind: &Kind, new: &Properties) {
    if kind.file.name != REALMS.name || new.get("default") != Some(&Value::Bool(true)) {
        return;
    }
    let realms: Vec<(&'static Kind, String, Properties)> = call
        .world
        .sections
        .in_file(&REALMS)
        .iter()
        .map(|realm| (realm.kind, realm.id.clone(), realm.properties.clone()))
        .collect();
    for (kind, id, mut properties) in realms {
        properties.remove("default");
        call.world.sections.put(kind, &id, properties);
    }
}
