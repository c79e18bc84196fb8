//! The notification target and the matcher that PBS has from the beginning. They can be changed,
//! and a deletion resets them (recorded).

use serde_json::{Value, json};

use crate::{
    kinds::{Kind, MATCHER, NOTIFICATIONS, SENDMAIL},
    sections::{Properties, Sections},
};

/// The target and the matcher with their kinds and names.
fn objects() -> [(&'static Kind, &'static str, Value); 2] {
    let target = json!({
        "comment": "Send mails to root@pam's email address",
        "mailto-user": ["root@pam"],
        "origin": "builtin",
    });
    let matcher = json!({
        "comment":
            "Route everything but successful prune job notifications to mail-to-root",
        "invert-match": true,
        "match-field": ["exact:type=prune"],
        "match-severity": ["info"],
        "mode": "all",
        "origin": "builtin",
        "target": ["mail-to-root"],
    });
    [(&SENDMAIL, "mail-to-root", target), (&MATCHER, "default-matcher", matcher)]
}

/// Adds the target and the matcher.
pub(crate) fn add(sections: &mut Sections) {
    for (kind, id, object) in objects() {
        sections.put(kind, id, object.as_object().cloned().unwrap_or_default());
    }
}

/// Marks a new notification target or matcher as one that a user has created.
pub(crate) fn mark_as_created(kind: &Kind, properties: &mut Properties) {
    if kind.file.name == NOTIFICATIONS.name {
        properties.insert("origin".into(), "user-created".into());
    }
}

/// Marks the object as changed if it is one of the two. It stays marked if its original values are
/// set again.
pub(crate) fn mark_as_modified(kind: &Kind, id: &str, properties: &mut Properties) {
    if objects().iter().any(|(known, name, _)| known.path == kind.path && *name == id) {
        properties.insert("origin".into(), "modified-builtin".into());
    }
}

/// Resets the object if it is one of the two. Returns whether it is.
pub(crate) fn reset(sections: &mut Sections, kind: &'static Kind, id: &str) -> bool {
    let object =
        objects().into_iter().find(|(known, name, _)| known.path == kind.path && *name == id);
    let Some((kind, id, object)) = object else { return false };
    sections.remove(kind.file, id);
    sections.put(kind, id, object.as_object().cloned().unwrap_or_default());
    true
}
