//! `/version`: the version of the server.

use crate::pbs::{Client, Malformed, Result, http::Call};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A version of PBS, such as `4.2.3`. A later version is greater than an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Version {
    /// Major version: 4 in `4.2.3`.
    pub major: u32,
    /// Minor version: 2 in `4.2.3`.
    pub minor: u32,
    /// Release: 3 in `4.2.3`.
    pub release: u32,
}

impl Version {
    /// Whether the server can replace the secret of a token without deleting the token. PBS can do
    /// so since version 3.4.
    #[must_use]
    pub fn can_regenerate(self) -> bool {
        (self.major, self.minor) >= (3, 4)
    }

    /// Whether the server is newer than every version whose ACL paths the provider knows. The
    /// newest of these versions is 4.2.
    #[must_use]
    pub fn is_newer_than_known(self) -> bool {
        (self.major, self.minor) > (4, 2)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.release)
    }
}

/// Parses `4.2.3` and `4.2`. A `-`, `~` or `+` and the text after it are ignored.
impl FromStr for Version {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed =
            || Malformed::rule("a version such as `4.2.3`", "the text is not a version");
        let numeric = text.split(['-', '~', '+']).next().unwrap_or_default();
        let numbers: Vec<u32> = numeric
            .split('.')
            .map(|number| number.parse().map_err(|_| malformed()))
            .collect::<Result<_, _>>()?;
        match *numbers.as_slice() {
            [major, minor] => Ok(Self { major, minor, release: 0 }),
            [major, minor, release] => Ok(Self { major, minor, release }),
            _ => Err(malformed()),
        }
    }
}

impl Client {
    /// The version of the server. The client requests the version only once. Every authenticated
    /// user and token can read the version.
    ///
    /// # Errors
    /// The request fails.
    pub async fn version(&self) -> Result<Version> {
        #[derive(Deserialize)]
        struct Wire {
            version: String,
            release: String,
        }
        let fetch = || async {
            let response: Wire = self.send(Call::get(["version"])).await?;
            let version = format!("{}.{}", response.version, response.release);
            Ok(version.parse().or_else(|_| response.version.parse())?)
        };
        self.shared.version.get_or_try_init(fetch).await.copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_parsed_and_compared_by_number() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert_eq!(version("4.2.3"), Version { major: 4, minor: 2, release: 3 });
        assert_eq!(version("4.2"), version("4.2.0"));
        assert_eq!(version("4.2.3-1"), version("4.2.3"));
        assert!(version("3.10.0") > version("3.4.9") && version("4.0.0") > version("3.10.0"));
        assert!(version("3.4.0").can_regenerate() && version("4.0.0").can_regenerate());
        assert!(!version("3.3.9").can_regenerate() && !version("2.4.0").can_regenerate());
        assert!(version("4.3.0").is_newer_than_known() && version("5.0.0").is_newer_than_known());
        assert!(!version("4.2.9").is_newer_than_known() && !version("3.4.0").is_newer_than_known());
        for text in ["", "4", "MARKER", "4.x", "4.2.3.1", "4.-1"] {
            let shown = text.parse::<Version>().unwrap_err().to_string();
            assert!(!shown.contains("MARKER"), "{shown}");
        }
    }
}
