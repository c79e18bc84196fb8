//! The schemas of a type of configuration objects: the schema of the resource, and the schema of
//! the data source that reads one object.

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
        true => format!(
            "{doc}\n\n\
             The following applies to each argument. {LEFT_ALONE}\n\n\
             {privileges}"
        ),
        false => format!("{doc}\n\n{privileges}"),
    };
    // The schema has version 1, because version 0 marks the states of another provider, whose types
    // have the same names, see `migrate`.
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
        doc += &format!(
            " The data source has no attribute `{name}`, because PBS does not return secrets."
        );
    }
    let more =
        object.data_source_attributes.as_ref().map(|more| (more.attributes)()).unwrap_or_default();
    if !more.is_empty() {
        let names: Vec<_> = more.iter().map(|attribute| format!("`{}`", attribute.name)).collect();
        doc += &format!(
            " In addition to the settings of the {noun}, the data source reads {}.",
            join_with_and(&names)
        );
    }
    doc += &format!(
        "\n\nPrivileges on PBS: `{privilege}` on `{path}` for the provider's user or token.{}",
        sentences_or_list(kind.read_privilege_notes)
    );
    let read = |field: &Field| match field.attribute.identity {
        true => field.attribute.clone(),
        false => field.attribute.clone().only_computed(),
    };
    let fields = object.fields.iter().filter(|field| has_property(field));
    let fields = fields.map(|field| read_only(read(field), field.left_alone));
    Schema::new(doc, identity(kind).into_iter().chain(fields).chain(more).collect::<Vec<_>>())
}

/// Converts an attribute of the resource to an attribute of the data source. The description in the
/// resource is about an argument that the configuration sets or omits. The description in the data
/// source is about a value that the data source reads. If `is_nullable` is true, the function adds
/// to the description that the value can be null.
fn read_only(mut attribute: Attribute, is_nullable: bool) -> Attribute {
    attribute.replaces = false;
    let doc = match attribute.doc.split_once(" Default: `") {
        Some((before, default)) => {
            let after = default.split_once("`.").map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => attribute.doc.replace("Default: none", "Null if the value is not set"),
    };
    let mut doc = doc.replace("If the argument is omitted,", "If the value is null,");
    if is_nullable {
        doc += " Null if the value is not set.";
    }
    if let SchemaKind::Nested(_, inner) = &mut attribute.kind {
        *inner = inner.drain(..).map(|attribute| read_only(attribute, false)).collect();
    }
    attribute.with_doc(doc)
}

/// Whether PBS returns a value for the attribute, so that the data source has the attribute.
pub(super) fn has_property(field: &Field) -> bool {
    !matches!(field.wire, Wire::Local | Wire::Secret { .. })
}

/// The attribute that identifies the only object of a singleton. `None` for every other kind.
fn identity(kind: &Kind) -> Option<Attribute> {
    let Key::Singleton(id) = kind.key else { return None };
    let doc = format!("Name of the node, always `{id}`.");
    Some(Attribute::string(SINGLETON, doc).computed().stable().identity())
}

/// The name of the attribute that identifies the only object of a singleton.
pub(super) const SINGLETON: &str = "node";

/// The sentences for users about attributes with [`Field::left_alone`].
const LEFT_ALONE: &str = "If the configuration has never contained the argument, the provider does \
                          not change the value on the server. If the argument is later removed \
                          from the configuration, the provider removes the value from the server. \
                          Exception: if the configuration only repeated the value on the server, \
                          for example after an import, and no apply has changed the object since \
                          then, the value stays on the server.";

/// The attribute of the resource, with the sentences of [`Field::note`] in its description. The
/// description of an attribute with [`Field::left_alone`] also contains [`LEFT_ALONE`], but not in
/// a singleton. All attributes of a singleton have [`Field::left_alone`], so the description of the
/// type contains [`LEFT_ALONE`] once.
fn documented(field: &Field, kind: &Kind) -> Attribute {
    let attribute = field.attribute.clone();
    let left_alone = if field.left_alone && !kind.is_singleton() { LEFT_ALONE } else { "" };
    let additions = [field.note, left_alone].into_iter().filter(|text| !text.is_empty());
    let additions: Vec<_> = additions.collect();
    if additions.is_empty() {
        return attribute;
    }
    let doc = format!("{} {}", attribute.doc, additions.join(" "));
    attribute.with_doc(doc)
}

/// The three attributes of a secret, see [`Field::secret`].
fn secret(field: &Field, required: bool) -> Vec<Attribute> {
    let Attribute { name, doc, .. } = &field.attribute;
    let (write_only, version) = (write_only_name(field), version_name(field));
    let requirement = match required {
        true => format!(" To create an object, set `{name}` or `{write_only}`."),
        false => " Default: none.".to_owned(),
    };
    let stored_doc = format!(
        "{doc} The value is stored in the state in plain text. To keep the value out of the state, \
         use `{write_only}`. PBS does not return the value, so the provider does not notice if the \
         value is changed in PBS.{requirement}"
    );
    let write_only_doc = format!(
        "{doc} The value is stored neither in the plan nor in the state. The provider sends the \
         value when the object is created, and when `{version}` changes. Conflicts with `{name}` \
         and requires `{version}`."
    );
    let version_doc = format!(
        "Version of `{write_only}`, an arbitrary whole number of at least 0. When the version is \
         set for the first time or changes, `{write_only}` must be set, and the provider sends it."
    );
    let attribute = || field.attribute.clone();
    vec![
        attribute().with_doc(stored_doc),
        attribute().with_name(write_only).with_doc(write_only_doc).blank_is_a_value().write_only(),
        Attribute::number(version, version_doc).integer(0..=i64::MAX),
    ]
}

/// The paragraph of the description about the privileges on PBS.
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
        format!("`{name}` on `{}` to {} the {noun}", shown_path(path), join_with_and(&verbs))
    };
    let groups: Vec<_> = groups.into_iter().map(group).collect();
    let groups = join_with_and(&groups);
    let more = sentences_or_list(&kind.privilege_notes());
    format!(
        "Privileges on PBS: {groups}. The provider's user or token needs these privileges.{more}"
    )
}

/// The sentences as the end of a paragraph. A single sentence continues the paragraph. Several
/// sentences form a list after the paragraph.
fn sentences_or_list(sentences: &[&str]) -> String {
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

/// The words as an enumeration, with commas and with "and" before the last word.
fn join_with_and(words: &[impl AsRef<str>]) -> String {
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    match &*words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, last] => format!("{first} and {last}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}
