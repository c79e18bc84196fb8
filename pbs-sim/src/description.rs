//! PBS's description of its own API. For every call, the description contains the parameters with
//! their limits, and the privileges that a caller needs.
//!
//! The simulator reads the descriptions that four versions of PBS print
//! (`tests/fixtures/pbs-*/api.json`). Another file (`tests/fixtures/pbs-api-since.json`) names the
//! exact version that introduced a call, a parameter or a value. With this file, the simulator can
//! also imitate the versions between the described versions.

mod checks;
mod permission;
mod property_string;
mod schema;
mod since;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;

pub(crate) use self::{
    checks::{check_daily_duration, normalized_byte_size},
    property_string::unquoted_parts,
    schema::Schema,
};

use self::permission::Permission;
use crate::settings::Version;

/// Names and values of the parameters in the path of a request.
pub(crate) type PathParams = Vec<(String, String)>;

/// One call of the API: a method and a path.
#[derive(Clone, Deserialize)]
pub(crate) struct ApiCall {
    pub(crate) method: String,
    /// Path without `/api2/json`. A segment of the form `{name}` matches any text, which becomes
    /// the value of the parameter `name`.
    pub(crate) path: String,
    /// Parameters by name, including those in the path.
    pub(crate) params: BTreeMap<String, Schema>,
    /// Whether the call accepts parameters that `params` does not contain.
    #[serde(default, rename = "additional")]
    pub(crate) allows_additional_params: bool,
    /// Who is allowed to make the call. `None` means that only `root@pam` is allowed. The tokens of
    /// `root@pam` are not allowed either.
    permission: Option<Permission>,
}

/// All calls of one version of PBS.
pub(crate) struct Description {
    /// Calls by path and method.
    calls: BTreeMap<(String, String), ApiCall>,
}

/// The described versions with the text of their descriptions, oldest first.
const DESCRIBED_VERSIONS: [(Version, &str); 4] = [
    (Version(3, 4, 8), include_str!("../../tests/fixtures/pbs-3.4.8/api.json")),
    (Version(4, 0, 11), include_str!("../../tests/fixtures/pbs-4.0.11/api.json")),
    (Version(4, 1, 0), include_str!("../../tests/fixtures/pbs-4.1.0/api.json")),
    (Version(4, 2, 3), include_str!("../../tests/fixtures/pbs-4.2.3/api.json")),
];

/// Descriptions of calls that PBS does not have. The list is usually empty. While a developer tries
/// out the example object that `cargo xtask new-resource` creates, the list contains the
/// description of the calls for the example object.
const EXAMPLES: &[&str] = &[];

/// The descriptions that this process has read so far. Reading a description takes some
/// milliseconds, and a test process can start hundreds of simulators.
static DESCRIPTIONS: Mutex<BTreeMap<Version, Arc<Description>>> = Mutex::new(BTreeMap::new());

/// The described version with this major and minor number.
pub(crate) fn described_version(major: u32, minor: u32) -> Option<Version> {
    let versions = DESCRIBED_VERSIONS.iter().map(|(version, _)| *version);
    versions.into_iter().find(|version| (version.0, version.1) == (major, minor))
}

impl Description {
    /// The description of a version. The first call of this function for a version reads the
    /// description. The simulator calls this function when it receives a request, and not when it
    /// starts, so that it starts fast.
    pub(crate) fn of(version: Version) -> Arc<Self> {
        let mut descriptions = DESCRIPTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        descriptions.entry(version).or_insert_with(|| Arc::new(Self::read(version))).clone()
    }

    /// Reads the newest description that is not newer than `version`, and adds everything that
    /// later versions up to `version` have introduced. A version before 3.4.8 gets the description
    /// of 3.4.8. For a version before 3.4, removes the parameters that PBS 3.4 has introduced.
    fn read(version: Version) -> Self {
        let first_newer = DESCRIBED_VERSIONS.iter().position(|(newer, _)| *newer > version);
        let base = first_newer.unwrap_or(DESCRIBED_VERSIONS.len()).saturating_sub(1);
        let (base_version, text) = DESCRIBED_VERSIONS[base];
        let mut description = Self::parse(text);
        if base_version != version {
            let next = DESCRIBED_VERSIONS.get(base + 1).map(|(_, text)| Self::parse(text));
            since::adjust(&mut description, base_version, next, version);
        }
        EXAMPLES.iter().for_each(|text| description.calls.extend(Self::parse(text).calls));
        description
    }

    fn parse(text: &str) -> Self {
        let calls: Vec<ApiCall> =
            serde_json::from_str(text).expect("the embedded descriptions are valid");
        let keyed = calls.into_iter().map(|call| ((call.path.clone(), call.method.clone()), call));
        Self { calls: keyed.collect() }
    }

    /// The call with this method and exactly this path template.
    pub(crate) fn call(&self, method: &str, path: &str) -> Option<&ApiCall> {
        self.calls.get(&(path.to_string(), method.to_string()))
    }

    /// Finds the call for a method and the decoded segments of a path without `/api2/json`. Returns
    /// the call and the parameters in the path.
    pub(crate) fn find(&self, method: &str, segments: &[String]) -> Option<(&ApiCall, PathParams)> {
        // The first segment of a path template is never a placeholder. Most calls have another
        // first segment than this path, so a comparison of the first segments excludes them at
        // once. At most one of the remaining calls matches all segments, because no path of PBS
        // matches two templates of the same method.
        let start = format!("/{}", segments.first().map_or("", String::as_str));
        let calls = self.calls.values().filter(|call| call.path.starts_with(&start));
        let mut calls = calls.filter(|call| call.method == method);
        calls.find_map(|call| Some((call, match_path(&call.path, segments)?)))
    }
}

/// The parameters in the path if the segments match the template. `None` if they do not match.
fn match_path(template: &str, segments: &[String]) -> Option<PathParams> {
    let mut params = PathParams::new();
    let mut expected = template.split('/').filter(|segment| !segment.is_empty());
    for segment in segments {
        let expected = expected.next()?;
        match placeholder_name(expected) {
            Some(name) => params.push((name.into(), segment.clone())),
            None if expected == segment => {}
            None => return None,
        }
    }
    expected.next().is_none().then_some(params)
}

/// The text between the braces if the segment has the form `{name}`. `None` for any other segment.
fn placeholder_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl ApiCall {
    /// Whether everyone is allowed to make the call, even without credentials.
    pub(crate) fn is_public(&self) -> bool {
        self.permission.as_ref().is_some_and(Permission::is_public)
    }

    /// Whether `caller` is allowed to make the call. `has_privilege` says whether the caller has a
    /// privilege at an ACL path. The handlers of some calls check further conditions.
    pub(crate) fn allows(
        &self,
        caller: &str,
        path_params: &PathParams,
        has_privilege: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        match &self.permission {
            None => caller == "root@pam",
            Some(permission) => permission.allows(caller, path_params, has_privilege),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        path.split('/').filter(|segment| !segment.is_empty()).map(String::from).collect()
    }

    #[test]
    fn every_pattern_of_every_description_can_be_compiled() {
        for (version, text) in DESCRIBED_VERSIONS {
            let description = Description::parse(text);
            assert!(description.calls.len() > 300, "{version}");
            for call in description.calls.values() {
                call.params.values().for_each(Schema::compile_patterns);
            }
        }
    }

    #[test]
    fn a_call_is_found_by_its_method_and_its_path() {
        let description = Description::of(Version(4, 2, 3));
        let (call, params) = description.find("GET", &segments("config/prune/daily")).unwrap();
        assert_eq!(call.path, "/config/prune/{id}");
        assert_eq!(params, [("id".to_string(), "daily".to_string())]);
        assert!(description.find("PATCH", &segments("config/prune/daily")).is_none());
        assert!(description.find("GET", &segments("config/prune/daily/x")).is_none());
        assert_eq!(description.find("GET", &[]).unwrap().0.path, "/");
    }
}
