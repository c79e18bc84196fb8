//! Stores everything that Terraform and the provider have written, and searches it for secrets. The
//! written text is stored by place, for example `log` or `state`.

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

    /// The names of the places in which this text occurs.
    pub(crate) fn places_of(&self, text: &str) -> Vec<&'static str> {
        self.places_except(text, &[])
    }

    /// Like [`Self::places_of`], without the places in `except`.
    pub(crate) fn places_except(&self, text: &str, except: &[&str]) -> Vec<&'static str> {
        // JSON and Terraform's quoted strings contain the text with escapes.
        let quoted = serde_json::to_string(text).expect("a text");
        let quoted = quoted.trim_matches('"');
        let places = self.places.iter().filter(|(place, _)| !except.contains(place));
        let places = places.filter(|(_, all)| all.contains(text) || all.contains(quoted));
        places.map(|(place, _)| *place).collect()
    }

    /// About 120 bytes before the first occurrence of the text. A failing test prints them instead
    /// of the secret, so that a person can find the place.
    pub(crate) fn text_before(&self, text: &str) -> String {
        let before = |all: &String| {
            let position = all.find(text)?;
            let start =
                (0..=position.saturating_sub(120)).rev().find(|start| all.is_char_boundary(*start));
            Some(all[start.unwrap_or_default()..position].to_owned())
        };
        self.places.values().find_map(before).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.places.values().map(String::len).sum()
    }
}

/// The output of `terraform show -json` without the values that Terraform marks as sensitive.
pub(crate) fn without_sensitive_values(mut json: Json) -> Json {
    const MARKED: [(&str, &str); 3] = [
        ("values", "sensitive_values"),
        ("before", "before_sensitive"),
        ("after", "after_sensitive"),
    ];
    match &mut json {
        Json::Array(items) => {
            items.iter_mut().for_each(|item| *item = without_sensitive_values(item.take()))
        }
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
            // Terraform shows the values of sensitive variables in the JSON form of a plan.
            fields.remove("variables");
            fields.values_mut().for_each(|field| *field = without_sensitive_values(field.take()));
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
    fn only_values_marked_as_sensitive_are_removed() {
        let shown = json!({ "change": {
            "before": { "secret": "one", "comment": "public" }, "before_sensitive": { "secret": true },
            "after": [{ "secret": "two" }, { "secret": "three" }], "after_sensitive": [{ "secret": true }, {}],
        }, "outputs": { "it": { "sensitive": true, "value": "four" }, "other": { "sensitive": false, "value": "five" } } });
        let text = without_sensitive_values(shown).to_string();
        let remaining: Vec<_> = ["one", "two", "three", "four", "five", "public"]
            .into_iter()
            .filter(|word| text.contains(word))
            .collect();
        assert_eq!(remaining, ["three", "five", "public"]);
    }

    #[test]
    fn a_text_is_found_with_and_without_quoting() {
        let mut written = WrittenText::default();
        written.add("log", r#"{"a":"x\"y"}"#);
        written.add("output", "äxyz");
        assert_eq!(written.places_of("x\"y"), ["log"]);
        assert_eq!(written.places_of("xyz"), ["output"]);
        assert_eq!(written.places_except("xyz", &["output"]), [""; 0]);
        assert_eq!(written.text_before("xyz"), "ä");
    }
}
