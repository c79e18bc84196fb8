//! Access of tests to the configuration objects: datastores, jobs, remotes, notification targets,
//! traffic control rules, the settings of the node, and the objects of all other kinds.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    datastore::{Datastore, Directory},
    kinds::{DATASTORE, Kind, REALMS},
    world::World,
};

impl World {
    /// The object of this kind and id as the server stores it, with its id and its secrets. `None`
    /// if the object does not exist.
    ///
    /// `kind` is the path of the collection below `/config`, for example `prune` or
    /// `notifications/endpoints/gotify`. The settings of the node have the kind `node` and the id
    /// `localhost`.
    ///
    /// # Panics
    /// If the simulator has no objects of this kind.
    pub fn object(&self, kind: &str, id: &str) -> Option<Map<String, Value>> {
        self.sections.get(find(kind), id).map(|section| section.stored_object())
    }

    /// All objects of a kind by id. [`object`](Self::object) explains `kind`.
    ///
    /// # Panics
    /// If the simulator has no objects of this kind.
    pub fn objects(&self, kind: &str) -> BTreeMap<String, Map<String, Value>> {
        let sections = self.sections.of(find(kind));
        sections.map(|section| (section.id.clone(), section.stored_object())).collect()
    }

    /// Adds or replaces an object, without any check of its properties. [`object`](Self::object)
    /// explains `kind`.
    ///
    /// # Panics
    /// If the simulator has no objects of this kind, or if `object` is not a JSON object.
    pub fn put_object(&mut self, kind: &str, id: &str, object: Value) {
        let kind = find(kind);
        let Value::Object(mut properties) = object else { panic!("{object} is no JSON object") };
        properties.remove(kind.shown_key.unwrap_or(kind.key));
        if kind.path == DATASTORE.path {
            self.datastores.entry(id.into()).or_default();
        }
        self.sections.put(kind, id, properties);
    }

    /// Deletes an object. The content of a datastore is deleted with the datastore, but its jobs
    /// and ACL entries stay. Returns whether the object existed.
    ///
    /// # Panics
    /// If the simulator has no objects of this kind.
    pub fn delete_object(&mut self, kind: &str, id: &str) -> bool {
        let kind = find(kind);
        if kind.path == DATASTORE.path {
            self.datastores.remove(id);
            self.unmounted_datastores.remove(id);
        }
        self.sections.get(kind, id).is_some() && self.sections.remove(kind.file, id)
    }

    /// The content of all datastores by name. [`objects`](Self::objects) returns the configuration
    /// of the datastores.
    pub fn datastores(&self) -> &BTreeMap<String, Datastore> {
        &self.datastores
    }

    /// The content of a datastore that was deleted, but whose data was kept in this directory.
    #[must_use]
    pub fn content_of_directory(&self, path: &str) -> Option<&Datastore> {
        self.abandoned_content.get(&normalized_path(path))
    }

    /// Mutable access to the content of the datastore of this name. If the datastore does not
    /// exist, adds an empty datastore in `/mnt/datastore`.
    pub fn datastore_mut(&mut self, name: &str) -> &mut Datastore {
        if !self.datastores.contains_key(name) {
            let path = format!("/mnt/datastore/{name}");
            self.put_object(DATASTORE.path, name, json!({ "path": path }));
        }
        self.datastores.entry(name.into()).or_default()
    }

    /// Deletes a datastore with its content. Returns whether the datastore existed.
    pub fn delete_datastore(&mut self, name: &str) -> bool {
        self.delete_object(DATASTORE.path, name)
    }

    /// Sets the comment of a datastore. If `comment` is `None`, removes the comment. If the
    /// datastore does not exist, adds an empty datastore first.
    pub fn set_datastore_comment(&mut self, name: &str, comment: Option<&str>) {
        self.datastore_mut(name);
        let mut object = self.object(DATASTORE.path, name).unwrap_or_default();
        match comment {
            Some(comment) => drop(object.insert("comment".into(), comment.into())),
            None => drop(object.remove("comment")),
        }
        self.put_object(DATASTORE.path, name, object.into());
    }

    /// What the disk contains at an absolute path. `None` if the path does not exist. The
    /// directories of the existing datastores are chunk stores.
    pub fn directory(&self, path: &str) -> Option<Directory> {
        let path = normalized_path(path);
        let mut stores = self.sections.of(&DATASTORE).filter_map(|store| store.text("path"));
        if stores.any(|store| normalized_path(store) == path) {
            return Some(Directory::ChunkStore);
        }
        self.directories.get(&path).copied()
    }

    /// Sets what the disk contains at an absolute path. If `content` is `None`, removes the path
    /// from the disk.
    pub fn set_directory(&mut self, path: &str, content: Option<Directory>) {
        let path = normalized_path(path);
        match content {
            Some(content) => drop(self.directories.insert(path, content)),
            None => drop(self.directories.remove(&path)),
        }
    }

    /// Adds a removable device with a file system of this UUID.
    pub fn add_device(&mut self, uuid: &str) {
        self.devices.insert(uuid.into());
    }

    /// Whether a realm of this name exists in addition to `pam` and `pbs`.
    pub(crate) fn has_realm(&self, name: &str) -> bool {
        let mut realms = self.sections.in_file(&REALMS).iter();
        realms.any(|realm| realm.id == name && realm.kind.single_id.is_none())
    }
}

/// The kind of this path. See [`World::object`].
fn find(kind: &str) -> &'static Kind {
    Kind::find(kind).unwrap_or_else(|| panic!("there is no kind of object {kind:?}"))
}

/// The path without repeated slashes and without a slash at its end.
pub(crate) fn normalized_path(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.fold(String::new(), |path, segment| format!("{path}/{segment}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn an_object_is_returned_as_it_was_put_together_with_its_id() {
        let mut world = World::new(Random::new(Some(1)));
        let remote = json!({ "host": "pbs.example.com", "password": "secret" });
        world.put_object("remote", "office", remote.clone());
        let mut expected = remote.as_object().cloned().unwrap_or_default();
        expected.insert("name".into(), "office".into());
        assert!(world.object("remote", "office") == Some(expected));
        assert_eq!(world.objects("remote").len(), 1);
        assert!(world.delete_object("remote", "office"));
        assert!(!world.delete_object("remote", "office"));
    }

    #[test]
    fn a_datastore_and_its_content_are_added_and_deleted_together() {
        let mut world = World::new(Random::new(Some(1)));
        world.put_object("datastore", "tank", json!({ "path": "/srv//tank/" }));
        world.datastore_mut("tank").used = 7;
        assert_eq!(world.datastores()["tank"].used, 7);
        assert_eq!(world.directory("/srv/tank"), Some(Directory::ChunkStore));
        world.set_datastore_comment("pool", Some("new"));
        assert_eq!(world.object("datastore", "pool").unwrap()["path"], "/mnt/datastore/pool");
        assert!(world.delete_datastore("tank") && world.delete_datastore("pool"));
        assert!(world.objects("datastore").is_empty() && world.datastores().is_empty());
    }
}
