//! The kinds of configuration objects, as rows of a table: what is special about each kind, and the
//! messages of PBS. PBS's description of its API contains the properties with their limits. All
//! facts are recorded from PBS 4.2.3, unless a comment names another source.

mod rows;

use serde_json::Value;

use crate::{config_checks::Change, locks::Lock, response::ApiError, sections::Properties};

pub(crate) use self::rows::{
    ACME_PLUGIN, DATASTORE, ENCRYPTION_KEY, KINDS, MATCHER, NODE, NOTIFICATIONS, PAM, PBS, PRUNE,
    REALMS, REMOTE, S3_ENDPOINT, SENDMAIL, SYNC, VERIFY,
};

/// A configuration file and its lock.
pub(crate) struct ConfigFile {
    /// Name of the file in `/etc/proxmox-backup`.
    pub(crate) name: &'static str,
    pub(crate) lock: Lock,
}

/// A kind of configuration object.
pub(crate) struct Kind {
    /// Path of the collection below `/config`.
    pub(crate) path: &'static str,
    /// Name of the parameter with the id.
    pub(crate) key: &'static str,
    /// Name of the id in responses. `None` if it is `key`.
    pub(crate) shown_key: Option<&'static str>,
    pub(crate) file: &'static ConfigFile,
    /// The id of the only object if PBS has exactly one object of this kind. This object always
    /// exists.
    pub(crate) single_id: Option<&'static str>,
    /// PBS's message with status 400 if an object to create already exists. `{id}` stands for the
    /// id.
    pub(crate) exists: &'static str,
    /// PBS's status and message if an object to read or change does not exist.
    pub(crate) missing: (u16, &'static str),
    /// PBS's status and message if an object to delete does not exist.
    pub(crate) missing_on_delete: (u16, &'static str),
    /// PBS's message with status 400 if the id belongs to an object of another kind in the same
    /// file. `{other}` stands for that kind. `None` if PBS responds with `missing` in this case
    /// too.
    pub(crate) wrong_kind: Option<&'static str>,
    /// Privileges that the handler checks.
    pub(crate) access: Access,
    /// Whether the list has a digest.
    pub(crate) has_list_digest: bool,
    /// Whether the answer about one object has a digest.
    pub(crate) has_digest: bool,
    /// Properties with special rules. All others are stored as they are sent.
    pub(crate) rules: &'static [(&'static str, Rule)],
    /// Checks a new or changed object.
    pub(crate) check: fn(&Change) -> Result<(), ApiError>,
    /// Checks whether an object can be deleted.
    pub(crate) check_deletion: fn(&Change) -> Result<(), ApiError>,
}

/// What is special about a property.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The property is never shown.
    Secret,
    /// The property is never shown. PBS stores it in a private file, which does not affect the
    /// digest.
    PrivateSecret,
    /// The property is a list of names with values. The values are never shown, and PBS stores them
    /// in a private file. An element without a value keeps the stored value of the same name.
    HidesValues,
    /// The property is accepted and not stored.
    Ignored,
    /// A creation stores the property. A change accepts and ignores it.
    IgnoredOnUpdate,
    /// This value is not stored, because it is the default.
    Drops(bool),
    /// An empty text in a change removes the property.
    ClearedByEmpty,
    /// An empty text in a change is ignored.
    EmptyIgnoredOnUpdate,
    /// Every change of the object removes the property, unless the request sets it to true.
    ResetByUpdate,
}

/// Privileges that a handler checks in addition to the permission in the description.
pub(crate) enum Access {
    /// None. The list contains all objects.
    Everything,
    /// The list contains the objects for which the caller has a privilege at a path. In the path,
    /// `{name}` stands for the value of this property or for the id.
    Listed(&'static str, &'static str),
    /// Reading and listing need the first privilege, and writing the second one, on the datastore
    /// and namespace of the object. `A|B` means one of the two privileges.
    Job(&'static str, &'static str),
    /// A function decides.
    Decides(Decision),
}

/// Whether a caller may read or change an object. The arguments are whether the caller has a
/// privilege at a path, the properties of the object, and whether the object is to be changed.
pub(crate) type Decision = fn(&dyn Fn(&str, &str) -> bool, &Properties, bool) -> bool;

impl Kind {
    /// The kind whose collection has this path below `/config`.
    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.path == path)
    }

    pub(crate) fn is_secret(&self, property: &str) -> bool {
        self.has_rule(property, Rule::Secret) || self.is_in_private_file(property)
    }

    pub(crate) fn is_in_private_file(&self, property: &str) -> bool {
        self.has_rule(property, Rule::PrivateSecret)
    }

    pub(crate) fn has_rule(&self, property: &str, rule: Rule) -> bool {
        self.rules.iter().any(|(name, known)| *name == property && *known == rule)
    }

    /// Whether PBS does not store this value of the property.
    pub(crate) fn drops(&self, property: &str, value: &Value) -> bool {
        self.rules.iter().any(|(name, rule)| match rule {
            Rule::Drops(default) => *name == property && *value == Value::Bool(*default),
            _ => false,
        })
    }
}
