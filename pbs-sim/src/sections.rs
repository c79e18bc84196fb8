//! Configuration files that consist of sections: the jobs, remotes, notification targets and other
//! objects below `/config`. [`kinds`](crate::kinds) says what is special about each kind of object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    builtin,
    kinds::{ConfigFile, Kind, Rule},
    world::sha256_hex,
};

/// Properties of an object by name, without its id.
pub(crate) type Properties = Map<String, Value>;

/// One object in a configuration file.
pub(crate) struct Section {
    pub(crate) kind: &'static Kind,
    pub(crate) id: String,
    pub(crate) properties: Properties,
}

/// All configuration files, by name. A file keeps its sections in the order of their creation.
#[derive(Default)]
pub(crate) struct Sections(BTreeMap<&'static str, Vec<Section>>);

impl Sections {
    /// The sections of a file. The sections of one file can be of several kinds.
    pub(crate) fn in_file(&self, file: &ConfigFile) -> &[Section] {
        self.0.get(file.name).map_or(&[], Vec::as_slice)
    }

    /// The sections of a kind.
    pub(crate) fn of(&self, kind: &'static Kind) -> impl Iterator<Item = &Section> {
        self.in_file(kind.file).iter().filter(move |section| section.kind.path == kind.path)
    }

    /// The section of this kind and id. `None` if the section does not exist.
    pub(crate) fn get(&self, kind: &'static Kind, id: &str) -> Option<&Section> {
        self.of(kind).find(|section| section.id == id)
    }

    /// Adds a section at the end of its file, or replaces the properties of an existing section.
    pub(crate) fn put(&mut self, kind: &'static Kind, id: &str, properties: Properties) {
        let sections = self.0.entry(kind.file.name).or_default();
        let existing =
            sections.iter_mut().find(|section| section.kind.path == kind.path && section.id == id);
        match existing {
            Some(section) => section.properties = properties,
            None => sections.push(Section { kind, id: id.into(), properties }),
        }
    }

    /// Removes the section of this id from a file. Returns whether the section existed.
    pub(crate) fn remove(&mut self, file: &ConfigFile, id: &str) -> bool {
        self.remove_if(file, |section| section.id == id)
    }

    /// Removes all sections of a file for which `condition` is true. Returns whether a section was
    /// removed.
    pub(crate) fn remove_if(
        &mut self,
        file: &ConfigFile,
        condition: impl Fn(&Section) -> bool,
    ) -> bool {
        let Some(sections) = self.0.get_mut(file.name) else { return false };
        let count = sections.len();
        sections.retain(|section| !condition(section));
        sections.len() < count
    }

    /// A substitute for PBS's digest of a file. The substitute changes whenever the content of the
    /// file changes. Secrets that PBS keeps in another file do not affect it.
    pub(crate) fn digest(&self, file: &ConfigFile) -> String {
        let mut text = String::new();
        let written_sections =
            self.in_file(file).iter().filter(|section| !builtin::is_unwritten(section));
        for Section { kind, id, properties } in written_sections {
            let mut properties = properties.clone();
            properties.retain(|name, _| {
                !kind.is_in_private_file(name) && !kind.has_rule(name, Rule::HidesValues)
            });
            if !properties.is_empty() || kind.single_id.is_none() {
                text += &format!("{}: {id:?}\n{}\n", kind.path, Value::Object(properties));
            }
        }
        sha256_hex(&text)
    }
}

/// Removes the values from the lists whose values PBS never shows. The names in these lists stay.
fn hide_values(kind: &Kind, properties: &mut Properties) {
    let is_hidden = |name: &str| kind.has_rule(name, Rule::HidesValues);
    for (_, list) in properties.iter_mut().filter(|(name, _)| is_hidden(name)) {
        for element in list.as_array_mut().into_iter().flatten() {
            let name = element.as_str().and_then(|text| text.split(',').next());
            *element = name.into();
        }
    }
}

impl Section {
    /// The object with its id and its secrets.
    pub(crate) fn stored_object(&self) -> Properties {
        let mut object = self.properties.clone();
        if self.kind.single_id.is_none() {
            let key = self.kind.shown_key.unwrap_or(self.kind.key);
            object.insert(key.into(), self.id.as_str().into());
        }
        object
    }

    /// The object as the API shows it.
    pub(crate) fn shown_object(&self) -> Properties {
        let mut object = self.stored_object();
        object.retain(|name, _| !self.kind.is_secret(name));
        hide_values(self.kind, &mut object);
        object
    }

    /// The text of a property.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }
}
