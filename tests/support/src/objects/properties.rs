//! Comparison of the properties of an object.

use serde_json::{Map, Value as Json};

use super::{Line, Nesting, Properties, Row};

impl Row {
    /// The properties in a form in which equal objects are equal: the order of the elements of an
    /// array and of the parts of a property string has no meaning. A default that the server may
    /// store is left out.
    pub fn normalized(&self, properties: &Properties) -> Properties {
        let normalized = |(name, value): (&String, &Json)| {
            let nested = self.lines.iter().find(|line| is_property_of(line, name));
            (
                name.clone(),
                match (nested, value) {
                    (Some(line), Json::String(text)) => parts(line, text).into(),
                    _ => sorted(value),
                },
            )
        };
        let is_default = |name: &String, value: &Json| {
            let mut lines = self.lines.iter().filter(|line| line.is_cleared_by_default);
            lines.any(|line| line.property == name && line.default == *value)
        };
        let properties = properties.iter().filter(|(name, value)| !is_default(name, value));
        properties.map(normalized).collect()
    }
}

fn is_property_of(line: &Line, name: &str) -> bool {
    match line.nesting {
        None => false,
        Some(Nesting::Object) => line.property == name,
        Some(Nesting::List) => name.strip_prefix(line.property).is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        }),
    }
}

/// The keys and values of a property string. The values in the rows contain neither commas nor
/// quotation marks.
fn parts(line: &Line, text: &str) -> Map<String, Json> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((line.default_key.unwrap_or(""), part));
        (key.to_owned(), value.into())
    };
    text.split(',').map(pair).collect()
}

/// The value. If it is an array, its items are sorted.
pub(crate) fn sorted(value: &Json) -> Json {
    let Json::Array(items) = value else { return value.clone() };
    let mut items = items.clone();
    items.sort_by_key(Json::to_string);
    items.into()
}
