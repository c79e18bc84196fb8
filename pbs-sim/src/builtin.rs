//! The built-in objects, which exist on every PBS server: a notification target, a matcher, two
//! realms and an ACME plugin. Clients can change all built-in objects except the plugin. If a
//! client deletes the target or the matcher, PBS restores its original properties (recorded).

use serde_json::{Value, json};

use crate::{
    kinds::{ACME_PLUGIN, Kind, MATCHER, NOTIFICATIONS, PAM, PBS, SENDMAIL},
    sections::{Properties, Section, Sections},
};

/// Name and type of the built-in ACME plugin.
const STANDALONE: &str = "standalone";

/// The built-in target and the built-in matcher: their kinds, names and properties.
fn target_and_matcher() -> [(&'static Kind, &'static str, Value); 2] {
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

/// Adds all built-in objects.
pub(crate) fn add(sections: &mut Sections) {
    let pam = json!({
        "comment": "Linux PAM standard authentication",
        "default": true,
        "realm": "pam",
        "type": "pam",
    });
    let pbs = json!({
        "comment": "Proxmox Backup authentication server",
        "realm": "pbs",
        "type": "pbs",
    });
    let realms = [(&PAM, "pam", pam), (&PBS, "pbs", pbs)];
    let plugin = [(&ACME_PLUGIN, STANDALONE, json!({ "type": STANDALONE }))];
    for (kind, id, object) in target_and_matcher().into_iter().chain(realms).chain(plugin) {
        sections.put(kind, id, object.as_object().cloned().unwrap_or_default());
    }
}

/// Marks a new object as created by a user if it is a notification target or a matcher.
pub(crate) fn mark_as_created(kind: &Kind, properties: &mut Properties) {
    if kind.file.name == NOTIFICATIONS.name {
        properties.insert("origin".into(), "user-created".into());
    }
}

/// Marks an object as changed if it is the built-in target or matcher. The object stays marked even
/// if a client sets the original values again.
pub(crate) fn mark_as_modified(kind: &Kind, id: &str, properties: &mut Properties) {
    let built_in = target_and_matcher();
    if built_in.iter().any(|(its_kind, name, _)| its_kind.path == kind.path && *name == id) {
        properties.insert("origin".into(), "modified-builtin".into());
    }
}

/// Whether the section is the built-in ACME plugin. PBS never writes this section to the
/// configuration file, so the section does not affect the digest of the file.
pub(crate) fn is_unwritten(section: &Section) -> bool {
    section.kind.path == ACME_PLUGIN.path && section.id == STANDALONE
}

/// Handles the deletion of the built-in target, matcher or plugin, which PBS does not remove. The
/// target and the matcher get their original properties back, and the plugin does not change.
/// Returns whether the object is one of these three objects.
pub(crate) fn reset(sections: &mut Sections, kind: &'static Kind, id: &str) -> bool {
    if kind.path == ACME_PLUGIN.path && id == STANDALONE {
        return true;
    }
    let object = target_and_matcher()
        .into_iter()
        .find(|(its_kind, name, _)| its_kind.path == kind.path && *name == id);
    let Some((kind, id, object)) = object else { return false };
    sections.remove(kind.file, id);
    sections.put(kind, id, object.as_object().cloned().unwrap_or_default());
    true
}
