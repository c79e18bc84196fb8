//! The calls below `/config` for all kinds of configuration objects in the table of
//! [`kinds`](crate::kinds), and the calls for the settings of the node.

mod values;

use serde_json::{Map, Value, json};

use self::values::{keep_hidden_values, stored_value};
use super::{Call, Route, check_digest, get, in_random_order};
use crate::{
    builtin,
    config_checks::{Change, check_file, keep_replaced_key},
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

/// The kind and the operation of a call for configuration objects. `None` for any other call.
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
            "GET" if kind.single_id.is_some() => Some((kind, Operation::Read)),
            "PUT" if kind.single_id.is_some() => Some((kind, Operation::Update)),
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
        check_access(call, kind, &call.args.all_except(&[]), true)?;
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

/// The id of the object of a request. If PBS has only one object of the kind, the id does not
/// depend on the request. For example, PBS does not check the name of the node (recorded).
fn id_of(call: &Call, kind: &Kind) -> String {
    kind.single_id.unwrap_or_else(|| call.args.required_text(kind.key)).into()
}

fn list(call: &mut Call, kind: &'static Kind) -> CallResult {
    let sections = call.world.sections.of(kind);
    let objects: Vec<Value> = sections
        .filter(|section| is_listed(call, section))
        .map(|section| section.shown_object().into())
        .collect();
    let objects = in_random_order(call, objects);
    Ok(match kind.has_list_digest {
        true => Success::WithDigest(objects, call.world.sections.digest(kind.file)),
        false => Success::Data(objects),
    })
}

/// Lists the traffic control rules with their current rates. All rates are 0, because the simulator
/// has no traffic.
fn list_traffic(call: &mut Call) -> CallResult {
    let Some(kind) = Kind::find("traffic-control") else { return Ok(Success::Data(json!([]))) };
    check_file(call.world, kind)?;
    let rates = json!({ "cur-rate-in": 0, "cur-rate-out": 0 });
    let with_rates = |section: &Section| {
        let mut rule = section.shown_object();
        rule.extend(rates.as_object().cloned().unwrap_or_default());
        rule.into()
    };
    let rules: Vec<Value> = call.world.sections.of(kind).map(with_rates).collect();
    let rules = in_random_order(call, rules);
    Ok(Success::WithDigest(rules, call.world.sections.digest(kind.file)))
}

/// Whether the list of objects contains this object if the caller requests the list.
pub(super) fn is_listed(call: &Call, section: &Section) -> bool {
    match section.kind.access {
        Access::Everything => true,
        Access::Listed(privilege, template) => {
            let object = section.stored_object();
            let segments = template.split('/').map(|segment| {
                let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                let value = name.and_then(|name| object.get(name)).and_then(Value::as_str);
                value.unwrap_or(segment)
            });
            call.caller_has(privilege, &segments.collect::<Vec<_>>().join("/"))
        }
        Access::Job(read_privileges, _) => {
            has_one_of(call, read_privileges, &job_path(&section.properties))
        }
        Access::Decides(may_access) => {
            // The list contains only the sync jobs with the direction in the request. The default
            // is `pull`.
            let wanted_direction = call.args.text("sync-direction").unwrap_or("pull");
            let direction = section.text("sync-direction").unwrap_or("pull");
            let is_wanted = ["all", direction].contains(&wanted_direction);
            let has_privilege = |privilege: &str, path: &str| call.caller_has(privilege, path);
            is_wanted && may_access(&has_privilege, &section.properties, false)
        }
    }
}

fn read(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    let section = find_section(call, kind, &id)?;
    let object = section.map_or_else(Map::new, Section::shown_object);
    check_access(call, kind, &object, false)?;
    Ok(match kind.has_digest {
        true => Success::WithDigest(object.into(), call.world.sections.digest(kind.file)),
        false => Success::Data(object.into()),
    })
}

fn create(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    let new = new_object(call, kind, &id)?;
    call.world.job_runs.remove(&(kind.path, id.clone()));
    call.world.sections.put(kind, &id, new);
    Ok(Success::Data(Value::Null))
}

/// Checks the parameters of a creation. Returns the properties to store. If the new object becomes
/// the default realm, removes the property `default` from all other realms.
///
/// # Errors
/// PBS's message if the object exists or is not valid.
pub(super) fn new_object(
    call: &mut Call,
    kind: &'static Kind,
    id: &str,
) -> Result<Properties, ApiError> {
    let mut sections = call.world.sections.in_file(kind.file).iter();
    if sections.any(|section| section.id == id) {
        return Err(ApiError::bad_request(kind.exists.replace("{id}", id)));
    }
    let sent_properties = call.args.all_except(&[kind.key, "origin"]);
    let mut new = Properties::new();
    for (name, value) in &sent_properties {
        let value = stored_value(kind, name, value.clone(), false);
        if let Some(value) = value.filter(|_| !kind.has_rule(name, Rule::Ignored)) {
            new.insert(name.clone(), value);
        }
    }
    builtin::mark_as_created(kind, &mut new);
    let world = &*call.world;
    (kind.check)(&Change {
        world,
        id,
        old: None,
        new: &new,
        sent_properties: &sent_properties,
        deleted_names: &[],
    })?;
    keep_one_default_realm(call, kind, &new);
    Ok(new)
}

/// Changes an object. Properties that the client does not send keep their values. If the client
/// both deletes and sends a property, PBS stores the sent value.
fn update(call: &mut Call, kind: &'static Kind) -> CallResult {
    let id = id_of(call, kind);
    // In the call for the settings of the node, PBS's description has no pattern for the digest.
    // The digest can therefore have an odd length.
    if call.args.text("digest").is_some_and(|digest| digest.len() % 2 == 1) {
        return Err(ApiError::bad_request("Odd number of digits"));
    }
    check_digest(call.args.text("digest"), || call.world.sections.digest(kind.file))?;
    let old = match find_section(call, kind, &id)? {
        Some(section) => section.properties.clone(),
        None => Properties::new(),
    };
    check_access(call, kind, &old, true)?;
    let sent_properties = call.args.all_except(&[kind.key, "delete", "digest"]);
    let deleted_names: Vec<String> =
        call.args.list("delete").into_iter().map(String::from).collect();
    let mut new = old.clone();
    new.retain(|name, _| {
        !deleted_names.contains(name) && !kind.has_rule(name, Rule::ResetByUpdate)
    });
    for (name, value) in &sent_properties {
        let is_ignored = kind.has_rule(name, Rule::IgnoredOnUpdate)
            || (kind.has_rule(name, Rule::EmptyIgnoredOnUpdate) && value == "")
            || (kind.has_rule(name, Rule::ResetByUpdate) && value == false);
        if is_ignored {
            continue;
        }
        match stored_value(kind, name, value.clone(), true) {
            Some(value) => drop(new.insert(name.clone(), value)),
            None => drop(new.remove(name)),
        }
    }
    keep_hidden_values(kind, &old, &mut new)?;
    keep_replaced_key(&old, &mut new);
    check_access(call, kind, &new, true)?;
    builtin::mark_as_modified(kind, &id, &mut new);
    let change = Change {
        world: call.world,
        id: &id,
        old: Some(&old),
        new: &new,
        sent_properties: &sent_properties,
        deleted_names: &deleted_names,
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
    // For jobs on a datastore, PBS checks the digest after the privilege. The path of the privilege
    // depends on the job.
    if !matches!(kind.access, Access::Job(..)) {
        check_digest(call)?;
    }
    let mut sections = call.world.sections.in_file(kind.file).iter();
    // In some files, a call for one kind also deletes an object of another kind with this id
    // (recorded).
    let exists = |section: &&Section| {
        let any_kind_fits = kind.wrong_kind.is_some() && section.kind.single_id.is_none();
        section.id == id && (section.kind.path == kind.path || any_kind_fits)
    };
    let section = sections.find(exists).ok_or_else(|| object_error(kind.missing_on_delete, &id))?;
    let old = section.properties.clone();
    check_access(call, kind, &old, true)?;
    check_digest(call)?;
    if builtin::reset(&mut call.world.sections, kind, &id) {
        return Ok(Success::Data(Value::Null));
    }
    let sent_properties = Properties::new();
    let change = Change {
        world: call.world,
        id: &id,
        old: Some(&old),
        new: &old,
        sent_properties: &sent_properties,
        deleted_names: &[],
    };
    (kind.check_deletion)(&change)?;
    call.world.sections.remove(kind.file, &id);
    Ok(Success::Data(Value::Null))
}

/// The object of this kind and id. `None` if PBS has exactly one object of this kind, and nobody
/// has changed this object yet.
///
/// # Errors
/// PBS's message if there is no such object, or if the object is of another kind in the same file.
fn find_section<'a>(
    call: &'a Call,
    kind: &'static Kind,
    id: &str,
) -> Result<Option<&'a Section>, ApiError> {
    let sections = &call.world.sections;
    if let Some(section) = sections.get(kind, id) {
        return Ok(Some(section));
    }
    if kind.single_id.is_some() {
        return Ok(None);
    }
    let other_section = sections.in_file(kind.file).iter().find(|section| section.id == id);
    match (other_section, kind.wrong_kind) {
        (Some(section), Some(text)) => {
            let name = section.kind.path.rsplit('/').next().unwrap_or_default();
            Err(ApiError::bad_request(text.replace("{other}", name).replace("{id}", id)))
        }
        _ => Err(object_error(kind.missing, id)),
    }
}

/// The error with this status and message about an object. `{id}` in the message stands for the id.
pub(super) fn object_error((status, text): (u16, &str), id: &str) -> ApiError {
    ApiError { status, ..ApiError::bad_request(text.replace("{id}", id)) }
}

/// Checks the privileges in [`Kind::access`], which PBS checks in the handler of the call.
pub(super) fn check_access(
    call: &Call,
    kind: &Kind,
    object: &Properties,
    is_write: bool,
) -> Result<(), ApiError> {
    match kind.access {
        Access::Everything | Access::Listed(..) => Ok(()),
        Access::Job(read_privileges, write_privileges) => {
            let privileges = if is_write { write_privileges } else { read_privileges };
            let path = job_path(object);
            match has_one_of(call, privileges, &path) {
                true => Ok(()),
                false => {
                    let text = format!("missing permissions '{privileges}' on '{path}'");
                    Err(ApiError::bad_request(text))
                }
            }
        }
        Access::Decides(may_access) => {
            let has_privilege = |privilege: &str, path: &str| call.caller_has(privilege, path);
            match may_access(&has_privilege, object, is_write) {
                true => Ok(()),
                false => Err(ApiError::bad_request("permission check failed")),
            }
        }
    }
}

/// Whether the caller has at least one of the privileges at the path. `|` separates the privileges.
fn has_one_of(call: &Call, privileges: &str, path: &str) -> bool {
    privileges.split('|').any(|privilege| call.caller_has(privilege, path))
}

/// ACL path of the datastore and namespace of a job.
fn job_path(job: &Properties) -> String {
    let text = |name| job.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("/datastore/{}/{}", text("store"), text("ns")).trim_end_matches('/').into()
}

/// If the new properties of a realm make it the default realm, removes the property `default` from
/// all stored realms, because only one realm can be the default. The caller of this function stores
/// the new properties afterwards.
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
