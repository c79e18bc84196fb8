//! Adapts a description to a version between two described versions.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{ApiCall, Description};
use crate::settings::Version;

/// The first version with each call, parameter or value that did not exist in PBS 3.4.8.
///
/// The keys of this map have one of these forms:
/// - `METHOD PATH` for a call.
/// - `METHOD PATH PARAMETER` for a parameter. If the parameter is a property string,
///   `PARAMETER.KEY` stands for a key in it.
/// - `METHOD PATH PARAMETER=VALUE` for a value, and `METHOD PATH PARAMETER[]=VALUE` for an element
///   of a list. Entries with `PARAMETER.KEY=VALUE` have no effect, because PBS does not check this
///   value when it stores a property string.
static SINCE: LazyLock<BTreeMap<String, Version>> = LazyLock::new(|| {
    let text = include_str!("../../../tests/fixtures/pbs-api-since.json");
    let texts: BTreeMap<String, String> =
        serde_json::from_str(text).expect("the embedded file is valid");
    let parse = |text: String| text.parse().expect("the embedded versions are valid");
    texts.into_iter().map(|(key, version)| (key, parse(version))).collect()
});

/// Parameters of the calls for tokens that PBS 3.4 has introduced (from PBS's source), each with
/// the method of its call. The description of 3.4.8 contains them, but versions before 3.4 do not
/// have them.
const SINCE_3_4: [(&str, &str); 2] = [("PUT", "regenerate"), ("PUT", "delete")];

/// Changes the description of the version `base` into the description of `version`. `next` is the
/// description of the first described version after `base`. It contains everything that the
/// versions between these two have introduced.
pub(super) fn adjust(
    description: &mut Description,
    base: Version,
    next: Option<Description>,
    version: Version,
) {
    if version < Version(3, 4, 0) {
        let path = "/access/users/{userid}/token/{token-name}".to_string();
        for (method, parameter) in SINCE_3_4 {
            if let Some(call) = description.calls.get_mut(&(path.clone(), method.into())) {
                call.params.remove(parameter);
            }
        }
    }
    let Some(next) = next else { return };
    let introduced = SINCE.iter().filter(|(_, since)| (base < **since) && (**since <= version));
    for (key, _) in introduced {
        let mut parts = key.splitn(3, ' ');
        let (Some(method), Some(path)) = (parts.next(), parts.next()) else { continue };
        let Some(newer_call) = next.call(method, path) else { continue };
        let id = (path.to_string(), method.to_string());
        let Some(parameter) = parts.next() else {
            description.calls.insert(id, without_newer_params(newer_call, version));
            continue;
        };
        let Some(call) = description.calls.get_mut(&id) else { continue };
        match parameter.split_once('=') {
            Some((name, value)) => {
                if let Some(schema) = call.params.get_mut(name.trim_end_matches("[]")) {
                    schema.add_choice(value);
                }
            }
            None => {
                let (name, key) = parameter.split_once('.').unwrap_or((parameter, ""));
                let Some(newer_schema) = newer_call.params.get(name) else { continue };
                match call.params.get_mut(name) {
                    Some(schema) => schema.add_key(key, newer_schema),
                    None => drop(call.params.insert(name.into(), newer_schema.clone())),
                }
            }
        }
    }
}

/// The call without the parameters that are newer than `version`.
fn without_newer_params(call: &ApiCall, version: Version) -> ApiCall {
    let mut call = call.clone();
    let key = |name: &str| format!("{} {} {name}", call.method, call.path);
    let exists = |name: &str| SINCE.get(&key(name)).is_none_or(|since| *since <= version);
    let newer_params: Vec<String> =
        call.params.keys().filter(|name| !exists(name)).cloned().collect();
    for name in newer_params {
        call.params.remove(&name);
    }
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(version: Version, method: &str, path: &str, parameter: &str) -> bool {
        let description = Description::of(version);
        description.call(method, path).is_some_and(|call| call.params.contains_key(parameter))
    }

    #[test]
    fn a_parameter_exists_from_the_version_that_introduced_it() {
        let remote = ("POST", "/config/remote", "use-node-proxy");
        let token = ("PUT", "/access/users/{userid}/token/{token-name}", "regenerate");
        let keys = ("DELETE", "/config/encryption-keys/{id}", "id");
        for ((method, path, parameter), without, with) in [
            (remote, Version(4, 1, 5), Version(4, 1, 6)),
            (token, Version(3, 3, 7), Version(3, 4, 0)),
            (keys, Version(4, 1, 8), Version(4, 1, 9)),
        ] {
            assert!(!has(without, method, path, parameter), "{path} in {without}");
            assert!(has(with, method, path, parameter), "{path} in {with}");
        }
    }

    #[test]
    fn a_key_of_a_property_string_exists_from_the_version_that_introduced_it() {
        let tuning = "default-verification-readers=2";
        for (version, is_known) in [(Version(4, 0, 21), false), (Version(4, 0, 22), true)] {
            let description = Description::of(version);
            for (method, path) in [("POST", ""), ("PUT", "/{name}")] {
                let path = format!("/config/datastore{path}");
                let call = description.call(method, &path).expect("the call exists");
                let value = call.params["tuning"].value_from_text("tuning", tuning);
                assert_eq!(value.is_ok(), is_known, "{method} {path} in {version}: {value:?}");
            }
        }
    }

    #[test]
    fn every_introduced_call_is_in_the_newest_description() {
        let newest = Description::of(Version::default());
        for key in SINCE.keys() {
            let mut parts = key.splitn(3, ' ');
            let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(newest.call(method, path).is_some(), "{key}: no such call");
        }
    }
}
