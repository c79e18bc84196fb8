//! Sample objects, and the methods of the world with which tests read and change them.

use std::collections::BTreeMap;

use crate::world::World;

/// A sample object. `None` means that the configuration file does not have the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleObject {
    /// Comment.
    pub comment: Option<String>,
    /// Limit.
    pub limit: Option<i64>,
}

impl World {
    /// All sample objects by id.
    pub fn sample_objects(&self) -> &BTreeMap<String, SampleObject> {
        &self.sample_objects
    }

    /// Adds or replaces a sample object.
    pub fn put_sample_object(&mut self, id: &str, object: SampleObject) {
        self.sample_objects.insert(id.into(), object);
    }

    /// Deletes a sample object. Returns whether it existed.
    pub fn delete_sample_object(&mut self, id: &str) -> bool {
        self.sample_objects.remove(id).is_some()
    }
}
