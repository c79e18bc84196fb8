//! The kinds of configuration objects, as rows of a table: what is special about each kind, and the
//! messages of PBS. The properties and their limits are not part of the table, because PBS's
//! description of its API contains them. All facts are recorded from PBS 4.2.3, unless a comment
//! names another source.

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
    /// Name of the id in responses. `None` if this name is the same as `key`.
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
    /// file. `{other}` stands for the kind of the existing object. `None` if PBS responds with
    /// `missing` in this case.
    pub(crate) wrong_kind: Option<&'static str>,
    /// Privileges that the handler checks.
    pub(crate) access: Access,
    /// Whether the response with the list of all objects has a digest.
    pub(crate) has_list_digest: bool,
    /// Whether the response with one object has a digest.
    pub(crate) has_digest: bool,
    /// Properties with special rules. All other properties are stored as the client sends them.
    pub(crate) rules: &'static [(&'static str, Rule)],
    /// Checks a new or changed object.
    pub(crate) check: fn(&Change) -> Result<(), ApiError>,
    /// Checks whether an object can be deleted.
    pub(crate) check_deletion: fn(&Change) -> Result<(), ApiError>,
}

/// A special rule for a property.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The property is never shown.
    Secret,
    /// The property is never shown. PBS stores it in a private file, which does not affect the
    /// digest.
    PrivateSecret,
    /// The property is a list of names with values. The values are never shown, and PBS stores them
    /// in a private file. A sent element without a value keeps the value that is stored for its
    /// name.
    HidesValues,
    /// The property is accepted and not stored.
    Ignored,
    /// A creation stores the property. A change accepts and ignores it.
    IgnoredOnUpdate,
    /// PBS does not store this value, because it is the default of the property.
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
    /// The handler checks no further privileges. The list contains all objects.
    Everything,
    /// The list contains only the objects for which the caller has a privilege at a path. The
    /// fields are the privilege and the path. In the path, a name in braces stands for the value of
    /// the property with this name, or for the id.
    Listed(&'static str, &'static str),
    /// To read or list an object, the caller needs the first privilege on the datastore and
    /// namespace of the object. To write the object, the caller needs the second privilege there.
    /// `A|B` means that one of the two privileges is sufficient.
    Job(&'static str, &'static str),
    /// The function decides whether the caller may read or write an object.
    Decides(Decision),
}

/// A function that returns whether a caller may read or change an object. Its first argument is a
/// function that says whether the caller has a privilege at an ACL path. The second argument is the
/// properties of the object. The third argument says whether the caller wants to change the object.
pub(crate) type Decision = fn(&dyn Fn(&str, &str) -> bool, &Properties, bool) -> bool;

impl Kind {
    /// The kind whose collection has this path below `/config`.
    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.path == path)
    }

    /// Whether PBS never shows the property.
    pub(crate) fn is_secret(&self, property: &str) -> bool {
        self.has_rule(property, Rule::Secret) || self.is_in_private_file(property)
    }

    /// Whether PBS stores the property in a private file, which does not affect the digest.
    pub(crate) fn is_in_private_file(&self, property: &str) -> bool {
        self.has_rule(property, Rule::PrivateSecret)
    }

    /// Whether this kind has the rule for the property.
    pub(crate) fn has_rule(&self, property: &str, rule: Rule) -> bool {
        self.rules.iter().any(|(name, its_rule)| *name == property && *its_rule == rule)
    }

    /// Whether PBS does not store this value of the property.
    pub(crate) fn drops(&self, property: &str, value: &Value) -> bool {
        self.rules.iter().any(|(name, rule)| match rule {
            Rule::Drops(default) => *name == property && *value == Value::Bool(*default),
            _ => false,
        })
    }
}
