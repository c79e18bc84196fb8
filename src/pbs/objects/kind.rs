//! What the client needs to know about one kind of configuration object.

use crate::pbs::{Body, Error, snapshot::Area};

/// A kind of configuration object: the API paths of its objects, the messages of PBS about them,
/// and the privileges for them.
#[derive(Debug)]
pub struct Kind {
    /// What diagnostics call an object of this kind, for example "remote". Each kind has a
    /// different noun.
    pub noun: &'static str,
    /// The segments of the API path of the collection. For a singleton, the segments of the path of
    /// the object itself.
    pub path: &'static [&'static str],
    /// The property with the id of an object. For a singleton, the id of its only object.
    pub key: Key,
    /// The configuration file that contains the objects.
    pub file: ConfigFile,
    /// The path of the list, if it is not the path of the collection.
    pub list: Option<&'static [&'static str]>,
    /// The query of the list. Without it, PBS leaves objects out.
    pub list_query: &'static [(&'static str, &'static str)],
    /// The messages that report a missing object.
    pub missing: &'static [Sentence],
    /// The messages that report that an object exists already.
    pub exists: &'static [Sentence],
    /// The privilege with which the caller sees all objects. Without it, PBS leaves objects out of
    /// the list. `None` if PBS refuses the list instead.
    pub sees_all: Option<Privilege>,
    /// The privileges that the caller needs.
    pub privileges: Privileges,
    /// Sentences about the privileges to read an object that depend on the properties of the
    /// object, which `privileges` does not contain.
    pub more_read_privileges: &'static [&'static str],
    /// The same for the privileges to create, change or delete an object.
    pub more_write_privileges: &'static [&'static str],
    /// The beginning of the message (status 400) with which PBS refuses to read an object of
    /// another kind with the same id. PBS deletes such an object by the path of this kind, too (PBS
    /// 4.2.3, recorded), so the object must be read before it is deleted. `None` if no other kind
    /// has the same ids.
    pub other_kind: Option<&'static str>,
    /// Whether the client sends the writes one after another, because PBS does something slow while
    /// it holds the lock of the file. The flag is false for kinds with tasks, because the client
    /// always runs a task alone.
    pub writes_alone: bool,
    /// The types of the worker tasks that create and delete an object. `None` if PBS carries out
    /// these requests at once.
    pub tasks: Option<TaskTypes>,
}

impl Kind {
    /// The noun with its indefinite article, for example "a remote" or "an S3 endpoint".
    #[must_use]
    pub fn with_article(&self) -> String {
        let mut characters = self.noun.chars();
        let (first, second) = (characters.next(), characters.next());
        // An abbreviation is spelled out, so the name of its first letter counts.
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
    /// By this property.
    Property(&'static str),
    /// There is only one object, and this is its id.
    Singleton(&'static str),
}

/// A configuration file of PBS. The file has one lock and one digest, and a write of one object
/// makes the lists of all kinds in the file stale.
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

    /// The areas that the deletion of an object in this file can change. When PBS deletes a
    /// datastore, it can also delete the jobs of the datastore and the grants on it.
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
pub struct Sentence(pub u16, pub &'static str);

/// A privilege and the ACL path on which the caller needs it. In the path, `{name}` stands for the
/// value of the property `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privilege(pub &'static str, pub &'static str);

/// The privileges for the operations of a kind.
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
        self.list.unwrap_or(self.path)
    }

    /// Whether the error reports that the object does not exist.
    pub(super) fn reports_missing(&self, error: &Error, id: &str) -> bool {
        self.missing.iter().any(|sentence| sentence.is_in(error, id))
    }

    /// Whether the error reports that the object with the id is of another kind.
    #[must_use]
    pub fn reports_other_kind(&self, error: &Error) -> bool {
        let refusal = error.refusal().zip(self.other_kind);
        refusal
            .is_some_and(|((status, message), start)| status == 400 && message.starts_with(start))
    }

    /// The sentences about the privileges that depend on the properties of the object.
    pub(crate) fn more_privileges(&self) -> Vec<&'static str> {
        [self.more_read_privileges, self.more_write_privileges].concat()
    }

    /// Adds advice to an error: the missing privileges if PBS does not say which of them are
    /// missing, or what to do about an object of another kind.
    pub(super) fn explain(&self, error: Error, privilege: Privilege, path: &str) -> Error {
        if self.reports_other_kind(&error) {
            return error.with_advice(format!(
                ". Another client has replaced the {} by an object of another kind. If the \
                 configuration no longer needs the resource, remove it from the state with \
                 `terraform state rm`",
                self.noun
            ));
        }
        let is_denied = error.refusal() == Some((400, "permission check failed"));
        let more = self.more_privileges().join(" ");
        if !is_denied || more.is_empty() {
            return error;
        }
        error.with_advice(format!(
            ". The provider's user or token lacks `{}` on `{path}` or another privilege. {}",
            privilege.0,
            more.trim_end_matches('.')
        ))
    }

    /// Returns [`Error::AlreadyExists`] if the error reports that the object exists already.
    /// Returns every other error unchanged.
    pub(super) fn recognize_existing(&self, error: Error, id: &str) -> Error {
        let exists = self.exists.iter().any(|sentence| sentence.is_in(&error, id));
        match error {
            Error::Refused { request, message, .. } if exists => {
                Error::AlreadyExists { request, message }
            }
            other => other,
        }
    }
}

impl Sentence {
    fn is_in(self, error: &Error, id: &str) -> bool {
        let Self(status, message) = self;
        error.refusal().is_some_and(|refusal| refusal == (status, &message.replace("{id}", id)))
    }
}

impl Privilege {
    /// The ACL path for an object with this id. Properties other than the id come from `body`. A
    /// property that is not known is written in capital letters.
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
