//! What is left behind by place, and the search in it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

#[derive(Default)]
pub(crate) struct WrittenText {
    places: BTreeMap<&'static str, String>,
}

impl WrittenText {
    pub(crate) fn add(&mut self, place: &'static str, text: &str) {
        let all = self.places.entry(place).or_default();
        all.push_str(text);
        all.push('\n');
    }

    /// Where the text stands.
    pub(crate) fn hits(&self, text: &str) -> Vec<&'static str> {
        self.hits_but(text, &[])
    }

    pub(crate) fn hits_but(&self, text: &str, meant: &[&str]) -> Vec<&'static str> {
        // In JSON, and in what Terraform quotes.
        let quoted = serde_json::to_string(text).expect("a text");
        let quoted = quoted.trim_matches('"');
        let places = self.places.iter().filter(|(place, _)| !meant.contains(place));
        let hit = places.filter(|(_, all)| all.contains(text) || all.contains(quoted));
        hit.map(|(place, _)| *place).collect()
    }

    /// What stands before the first hit, so that it can be found without being shown.
    pub(crate) fn around(&self, text: &str) -> String {
        let before = |all: &String| {
            let at = all.find(text)?;
            let start =
                (0..=at.saturating_sub(120)).rev().find(|start| all.is_char_boundary(*start));
            Some(all[start.unwrap_or_default()..at].to_owned())
        };
        self.places.values().find_map(before).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.places.values().map(String::len).sum()
    }
}

/// What `show -json` gives without the values that it marks as sensitive.
pub(crate) fn public(mut json: Json) -> Json {
    const MARKED: [(&str, &str); 3] = [
        ("values", "sensitive_values"),
        ("before", "before_sensitive"),
        ("after", "after_sensitive"),
    ];
    match &mut json {
        Json::Array(items) => items.iter_mut().for_each(|item| *item = public(item.take())),
        Json::Object(fields) => {
            for (values, marks) in MARKED {
                if let Some(marks) = fields.get(marks).cloned()
                    && let Some(values) = fields.get_mut(values)
                {
                    mask(values, &marks);
                }
            }
            if fields.get("sensitive") == Some(&Json::Bool(true)) && fields.contains_key("value") {
                fields.insert("value".to_owned(), Json::Null);
            }
            fields.values_mut().for_each(|field| *field = public(field.take()));
        }
        _ => {}
    }
    json
}

fn mask(value: &mut Json, marks: &Json) {
    match (value, marks) {
        (value, Json::Bool(true)) => *value = Json::Null,
        (Json::Object(fields), Json::Object(marks)) => {
            for (name, marks) in marks {
                fields.get_mut(name).into_iter().for_each(|field| mask(field, marks));
            }
        }
        (Json::Array(items), Json::Array(marks)) => {
            items.iter_mut().zip(marks).for_each(|(item, marks)| mask(item, marks));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_marked_is_taken_out() {
        let shown = json!({ "change": {
            "before": { "secret": "one", "comment": "seen" }, "before_sensitive": { "secret": true },
            "after": [{ "secret": "two" }, { "secret": "three" }], "after_sensitive": [{ "secret": true }, {}],
        }, "outputs": { "it": { "sensitive": true, "value": "four" }, "other": { "sensitive": false, "value": "five" } } });
        let text = public(shown).to_string();
        let found: Vec<_> = ["one", "two", "three", "four", "five", "seen"]
            .into_iter()
            .filter(|word| text.contains(word))
            .collect();
        assert_eq!(found, ["three", "five", "seen"]);
    }

    #[test]
    fn a_text_is_found_as_it_is_and_quoted() {
        let mut left = WrittenText::default();
        left.add("log", r#"{"a":"x\"y"}"#);
        left.add("output", "äxyz");
        assert_eq!(left.hits("x\"y"), ["log"]);
        assert_eq!(left.hits("xyz"), ["output"]);
        assert_eq!(left.hits_but("xyz", &["output"]), [""; 0]);
        assert_eq!(left.around("xyz"), "ä");
    }
}
