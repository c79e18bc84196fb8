//! The schemas of a configuration object: of its resource and of its data source.

use super::{
    Object,
    field::{Field, Wire},
    wire::{version_name, write_only_name},
};
use crate::pbs::{Key, Kind, Privilege};
use tf_plugin::{Attribute, Kind as SchemaKind, Schema};

/// The schema of the resource.
pub(super) fn resource(object: &Object) -> Schema {
    let Object { kind, doc, .. } = object;
    let attributes: Vec<_> = identity(kind)
        .into_iter()
        .chain(object.fields.iter().flat_map(|field| match field.wire {
            Wire::Secret { required } => secret(field, required),
            _ => vec![documented(field, kind)],
        }))
        .collect();
    let privileges = privileges(kind);
    let doc = match object.key().and_then(|key| key.since) {
        Some(version) => format!("{doc} Requires PBS {version} or later."),
        None => (*doc).to_owned(),
    };
    let doc = match kind.is_singleton() {
        true => format!("{doc}\n\nThis holds for each argument: {LEFT_ALONE}\n\n{privileges}"),
        false => format!("{doc}\n\n{privileges}"),
    };
    // Version 0 is the state of another provider's type with the same name, see `migrate`.
    Schema::new(doc, attributes).version(1)
}

/// The schema of the data source that reads one object.
pub(super) fn data_source(object: &Object) -> Schema {
    let Object { kind, .. } = object;
    let noun = kind.noun;
    let Privilege(privilege, path) = kind.privileges.read;
    let path = shown_path(path);
    let mut doc = match kind.key {
        Key::Property(_) => {
            let a_noun = kind.with_article();
            format!("Reads {a_noun}. If the {noun} does not exist, the data source fails.")
        }
        Key::Singleton(_) => format!("Reads the {noun}."),
    };
    for Field { attribute, .. } in object.fields.iter().filter(|field| field.is_secret()) {
        let name = &attribute.name;
        doc += &format!(" PBS does not return secrets, so `{name}` is not included.");
    }
    let more = object.also_reads.as_ref().map(|more| (more.attributes)()).unwrap_or_default();
    if !more.is_empty() {
        let names: Vec<_> = more.iter().map(|attribute| format!("`{}`", attribute.name)).collect();
        doc += &format!(
            " In addition to the configuration, the data source reads {}.",
            listed_owned(&names)
        );
    }
    doc += &format!(
        "\n\nPrivileges on PBS: `{privilege}` on `{path}` for the provider's user or token.{}",
        added(kind.more_read_privileges)
    );
    let read = |field: &Field| match field.attribute.identity {
        true => field.attribute.clone(),
        false => field.attribute.clone().only_computed(),
    };
    let fields = object.fields.iter().filter(|field| has_property(field));
    let fields = fields.map(|field| read_only(read(field), field.left_alone));
    Schema::new(doc, identity(kind).into_iter().chain(fields).chain(more).collect::<Vec<_>>())
}

/// The attribute for the data source. In the resource, the description is about an argument that a
/// configuration sets or omits. In the data source, it is about a value that is read. With
/// `is_nullable`, the function adds that the value can be null, because the description does not
/// say this.
fn read_only(mut attribute: Attribute, is_nullable: bool) -> Attribute {
    attribute.replaces = false;
    let doc = match attribute.doc.split_once(" Default: `") {
        Some((before, default)) => {
            let after = default.split_once("`.").map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => attribute.doc.replace("Default: none", "Null if there is none"),
    };
    let mut doc = doc.replace("If it is omitted,", "If it is null,");
    if is_nullable {
        doc += " Null if there is none.";
    }
    if let SchemaKind::Nested(_, inner) = &mut attribute.kind {
        *inner = inner.drain(..).map(|attribute| read_only(attribute, false)).collect();
    }
    attribute.with_doc(doc)
}

/// Whether PBS returns the value of the attribute.
pub(super) fn has_property(field: &Field) -> bool {
    !matches!(field.wire, Wire::Local | Wire::Secret { .. })
}

/// The attribute that identifies the only object of its kind.
fn identity(kind: &Kind) -> Option<Attribute> {
    let Key::Singleton(id) = kind.key else { return None };
    let doc = format!("Name of the node, always `{id}`.");
    Some(Attribute::string(SINGLETON, doc).computed().stable().identity())
}

/// The name of the attribute that identifies the only object of its kind.
pub(super) const SINGLETON: &str = "node";

/// The description of [`Field::left_alone`] for users.
const LEFT_ALONE: &str = "If the argument is omitted, the value on the server stays as it is. If \
    the argument is removed from the configuration, the value is removed from the server. \
    Exception: if the object was imported, and no apply has changed it since then, the value stays \
    on the server.";

/// The attribute of the resource, with [`Field::note`] in its description. If it has
/// [`Field::left_alone`], [`LEFT_ALONE`] is added, too. For a singleton, the description of the
/// type contains this text once, because it applies to all arguments.
fn documented(field: &Field, kind: &Kind) -> Attribute {
    let attribute = field.attribute.clone();
    let left_alone = if field.left_alone && !kind.is_singleton() { LEFT_ALONE } else { "" };
    let texts = [&attribute.doc, field.note, left_alone];
    let doc = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    attribute.with_doc(doc)
}

/// The three attributes of a secret, see [`Field::secret`].
fn secret(field: &Field, required: bool) -> Vec<Attribute> {
    let Attribute { name, doc, .. } = &field.attribute;
    let (write_only, version) = (write_only_name(field), version_name(field));
    let requirement = match required {
        true => format!(" A new object needs `{name}` or `{write_only}`."),
        false => " Default: none.".to_owned(),
    };
    let stored_doc = format!(
        "{doc} It is stored in the state in plain text. To keep it out of the state, use \
         `{write_only}`. PBS does not return it, so the provider does not notice if it is changed \
         on the server.{requirement}"
    );
    let write_only_doc = format!(
        "{doc} It is stored neither in the plan nor in the state. The provider sends it when the \
         object is created, and when `{version}` changes. Conflicts with `{name}` and requires \
         `{version}`."
    );
    let version_doc = format!(
        "Version of `{write_only}`, an arbitrary whole number of at least 0. When the version is \
         set for the first time or changes, the provider sends `{write_only}`, which must then be \
         set."
    );
    let attribute = || field.attribute.clone();
    vec![
        attribute().with_doc(stored_doc),
        attribute().with_name(write_only).with_doc(write_only_doc).blank_is_a_value().write_only(),
        Attribute::number(version, version_doc).integer(0..=i64::MAX),
    ]
}

/// The paragraph about the privileges on PBS.
fn privileges(kind: &Kind) -> String {
    let privileges = &kind.privileges;
    let operations: &[(Privilege, &str)] = match kind.is_singleton() {
        true => &[(privileges.read, "read"), (privileges.change, "change")],
        false => &[
            (privileges.read, "read"),
            (privileges.create, "create"),
            (privileges.change, "change"),
            (privileges.delete, "delete"),
        ],
    };
    let mut groups: Vec<(Privilege, Vec<&str>)> = Vec::new();
    for (privilege, verb) in operations {
        match groups.iter_mut().find(|(known, _)| known == privilege) {
            Some((_, verbs)) => verbs.push(verb),
            None => groups.push((*privilege, vec![verb])),
        }
    }
    let noun = kind.noun;
    let group = |(Privilege(name, path), verbs): (Privilege, Vec<&str>)| {
        format!("`{name}` on `{}` to {} the {noun}", shown_path(path), listed(&verbs))
    };
    let groups: Vec<_> = groups.into_iter().map(group).collect();
    let groups = listed_owned(&groups);
    let more = added(&kind.more_privileges());
    format!(
        "Privileges on PBS: {groups}. The provider's user or token needs these privileges.{more}"
    )
}

/// A single sentence as the next sentence of the paragraph, and several sentences as a list.
fn added(sentences: &[&str]) -> String {
    match sentences {
        [sentence] => format!(" {sentence}"),
        [] => String::new(),
        sentences => format!("\n\n- {}", sentences.join("\n- ")),
    }
}

/// An ACL path with names in capital letters in place of the properties, for example
/// `/remote/NAME`.
pub(super) fn shown_path(template: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'))
    {
        Some("store") => "DATASTORE".to_owned(),
        Some(name) => name.to_uppercase(),
        None => segment.to_owned(),
    };
    template.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Words as a list with "and" before the last.
fn listed(words: &[&str]) -> String {
    listed_owned(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

fn listed_owned(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first, last] => format!("{first} and {last}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}
