//! The type [`Kind`], which describes one kind of configuration object to the client.

use crate::pbs::{Body, Error, snapshot::Area};

/// A kind of configuration object, for example remotes: the API paths of its objects, PBS's error
/// messages about the objects, and the privileges that their operations need.
#[derive(Debug)]
pub struct Kind {
    /// The noun for an object of this kind in diagnostics, for example "remote". Each kind has a
    /// different noun.
    pub noun: &'static str,
    /// The segments of the API path of the collection. For a singleton, the segments of the API
    /// path of its only object.
    pub path: &'static [&'static str],
    /// The property that contains the id of an object. For a singleton, the id of its only object.
    pub key: Key,
    /// The configuration file that contains the objects.
    pub file: ConfigFile,
    /// The segments of the API path of the list. `None` if the list has the path of the collection.
    pub list_path: Option<&'static [&'static str]>,
    /// The query of the request for the list. Without this query, PBS would omit some objects.
    pub list_query: &'static [(&'static str, &'static str)],
    /// The errors with which PBS reports that an object does not exist.
    pub missing_messages: &'static [ErrorMessage],
    /// The errors with which PBS reports that a new object has the id of an existing object.
    pub exists_messages: &'static [ErrorMessage],
    /// The privilege with which the list contains all objects. If the caller lacks this privilege,
    /// PBS omits objects from the list. `None` if PBS never omits objects, but refuses to list them
    /// if the caller lacks the privilege to read them.
    pub see_all_privilege: Option<Privilege>,
    /// The privilege that the caller needs for each operation.
    pub privileges: Privileges,
    /// Whole sentences for users about privileges that the caller needs to read an object with
    /// certain properties. The field `privileges` does not contain these privileges.
    pub read_privilege_notes: &'static [&'static str],
    /// Whole sentences for users about privileges that the caller needs to create, change or delete
    /// an object with certain properties.
    pub write_privilege_notes: &'static [&'static str],
    /// If this kind shares its set of ids with another kind, the path of this kind can contain the
    /// id of an object of the other kind. PBS refuses to read the object by this path, with status
    /// 400 and a message that begins with this text. But PBS deletes the object by this path (PBS
    /// 4.2.3, recorded), so the client must read an object before the deletion. `None` if the kind
    /// does not share its ids.
    pub other_kind_message: Option<&'static str>,
    /// Whether the client sends the writes to objects of this kind one after another, because PBS
    /// holds the lock of the configuration file for a long time. The flag is false for kinds with
    /// worker tasks, because the client never runs two tasks on one file at the same time.
    pub writes_alone: bool,
    /// The types of the worker tasks that create and delete an object. `None` if PBS creates and
    /// deletes an object before it responds.
    pub task_types: Option<TaskTypes>,
}

impl Kind {
    /// The noun with its indefinite article, for example "a remote" or "an S3 endpoint".
    #[must_use]
    pub fn with_article(&self) -> String {
        let mut characters = self.noun.chars();
        let (first, second) = (characters.next(), characters.next());
        // An abbreviation is read letter by letter, so the article depends on the name of its first
        // letter.
        let vowels = match second {
            Some(second) if !second.is_lowercase() => "AEFHILMNORSX",
            _ => "AEIOUaeiou",
        };
        let article = if first.is_some_and(|first| vowels.contains(first)) { "an" } else { "a" };
        format!("{article} {}", self.noun)
    }
}

/// How an object is identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// By the value of the property with this name.
    Property(&'static str),
    /// The kind has only one object, and this is the id of the object.
    Singleton(&'static str),
}

/// A configuration file of PBS. Each file has one lock and one digest. After a write of one object,
/// the client reads the lists of all kinds in the file again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigFile {
    /// `datastore.cfg`
    Datastores,
    /// `metricserver.cfg`
    MetricServers,
    /// `node.cfg`
    Node,
    /// `notifications.cfg`
    Notifications,
    /// `prune.cfg`
    PruneJobs,
    /// `remote.cfg`
    Remotes,
    /// `s3.cfg`
    S3Endpoints,
    /// `sync.cfg`
    SyncJobs,
    /// `traffic-control.cfg`
    TrafficControl,
    /// `verification.cfg`
    VerifyJobs,
}

impl ConfigFile {
    /// Number of files. The last variant has the highest number.
    pub(in crate::pbs) const COUNT: usize = Self::VerifyJobs as usize + 1;

    /// The parts of the configuration that the deletion of an object in this file can change. When
    /// PBS deletes a datastore, PBS can also delete the jobs of the datastore and the grants on the
    /// datastore.
    pub(super) fn changed_by_deletion(self) -> Vec<Area> {
        let jobs = match self {
            Self::Datastores => &[Self::PruneJobs, Self::SyncJobs, Self::VerifyJobs][..],
            _ => &[],
        };
        let files = [self].into_iter().chain(jobs.iter().copied()).map(Area::File);
        files.chain((self == Self::Datastores).then_some(Area::Acl)).collect()
    }
}

/// The status and the message of an error response. `{id}` stands for the id of the object.
#[derive(Clone, Copy, Debug)]
pub struct ErrorMessage(pub u16, pub &'static str);

/// A privilege and the ACL path on which the caller needs it. In the path, `{name}` stands for the
/// value of the property `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privilege(pub &'static str, pub &'static str);

/// The privilege for each operation on an object of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Privileges {
    /// To read an object.
    pub read: Privilege,
    /// To create an object.
    pub create: Privilege,
    /// To change an object.
    pub change: Privilege,
    /// To delete an object.
    pub delete: Privilege,
}

/// The types of the worker tasks of a kind.
#[derive(Clone, Copy, Debug)]
pub struct TaskTypes {
    /// The task that creates an object.
    pub create: &'static str,
    /// The task that deletes an object.
    pub delete: &'static str,
}

impl Kind {
    /// Whether there is only one object of this kind, which always exists.
    #[must_use]
    pub fn is_singleton(&self) -> bool {
        matches!(self.key, Key::Singleton(_))
    }

    /// The path of one object.
    pub(super) fn item<'a>(&'a self, id: &'a str) -> Vec<&'a str> {
        match self.key {
            Key::Property(_) => self.path.iter().copied().chain([id]).collect(),
            Key::Singleton(_) => self.path.to_vec(),
        }
    }

    /// The path of the list of all objects.
    pub(super) fn collection(&self) -> &'static [&'static str] {
        self.list_path.unwrap_or(self.path)
    }

    /// Whether the error reports that the object with this id does not exist.
    pub(super) fn reports_missing(&self, error: &Error, id: &str) -> bool {
        self.missing_messages.iter().any(|message| message.is_in(error, id))
    }

    /// Whether the error reports that an object of another kind has the id, see
    /// [`other_kind_message`](Self::other_kind_message).
    #[must_use]
    pub fn reports_other_kind(&self, error: &Error) -> bool {
        let refusal = error.refusal().zip(self.other_kind_message);
        refusal
            .is_some_and(|((status, message), start)| status == 400 && message.starts_with(start))
    }

    /// The sentences for users about all privileges that depend on the properties of the object.
    pub(crate) fn privilege_notes(&self) -> Vec<&'static str> {
        [self.read_privilege_notes, self.write_privilege_notes].concat()
    }

    /// Adds advice to two errors. If PBS reports missing privileges without their names, the advice
    /// names the possible privileges, beginning with `privilege` on `path`. If an object of another
    /// kind has the id, the advice says what the user can do. Returns every other error unchanged.
    pub(super) fn explain(&self, error: Error, privilege: Privilege, path: &str) -> Error {
        if self.reports_other_kind(&error) {
            return error.with_advice(format!(
                ". Another client has replaced the {} by an object of another kind. If the \
                 configuration no longer needs the resource, remove the resource from the state \
                 with `terraform state rm`",
                self.noun
            ));
        }
        let is_denied = error.refusal() == Some((400, "permission check failed"));
        let notes = self.privilege_notes().join(" ");
        if !is_denied || notes.is_empty() {
            return error;
        }
        error.with_advice(format!(
            ". The provider's user or token lacks `{}` on `{path}`, or one of the privileges in \
             the following sentences. {}",
            privilege.0,
            notes.trim_end_matches('.')
        ))
    }

    /// Returns [`Error::AlreadyExists`] if the error reports that an object with this id exists
    /// already. Returns every other error unchanged.
    pub(super) fn recognize_existing(&self, error: Error, id: &str) -> Error {
        let exists = self.exists_messages.iter().any(|message| message.is_in(&error, id));
        match error {
            Error::Refused { request, message, .. } if exists => {
                Error::AlreadyExists { request, message }
            }
            other => other,
        }
    }
}

impl ErrorMessage {
    /// Whether the error has this status and this message about the object `id`.
    fn is_in(self, error: &Error, id: &str) -> bool {
        let Self(status, message) = self;
        error.refusal().is_some_and(|refusal| refusal == (status, &message.replace("{id}", id)))
    }
}

impl Privilege {
    /// The ACL path for the object `id`. Each `{name}` in the path is replaced by the property
    /// `name`. If `name` is not the property with the id, the value comes from `body`. If `body`
    /// does not contain the property, the path contains the name in capital letters.
    pub(super) fn path_for(self, key: Key, id: &str, body: Option<&Body>) -> String {
        let Self(_, template) = self;
        let fill = |segment: &'static str| {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            match (name, body.and_then(|body| body.text(name?))) {
                (None, _) => segment.to_owned(),
                (Some(name), _) if key == Key::Property(name) => id.to_owned(),
                (_, Some(text)) => text.to_owned(),
                (Some(name), None) => name.to_uppercase(),
            }
        };
        template.split('/').map(fill).collect::<Vec<_>>().join("/")
    }
}
