//! Tests that the provider has a resource for each collection of configuration objects of PBS, or
//! that this file contains the reason why not.

use super::*;
use crate::pbs::kinds;

/// The paths of the collections for which the provider has no resource, each with the reason.
/// `later` means that the resource is planned.
const WITHOUT_RESOURCE: &[(&str, &str)] = &[
    ("/config/access/ad", "later"),
    ("/config/access/ldap", "later"),
    ("/config/access/openid", "later"),
    ("/config/acme/account", "later"),
    ("/config/acme/plugins", "later"),
    ("/config/changer", "later"),
    ("/config/drive", "later"),
    ("/config/encryption-keys", "later"),
    ("/config/media-pool", "later"),
    ("/config/tape-backup-job", "later"),
    ("/config/tape-encryption-keys", "later"),
];

#[test]
fn every_collection_has_a_resource_or_a_reason() {
    let with_resource: BTreeSet<_> = kinds::ALL.iter().map(|kind| path(kind)).collect();
    let without_resource: BTreeSet<_> =
        WITHOUT_RESOURCE.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert!(
        with_resource.is_disjoint(&without_resource),
        "a collection has a resource and is in WITHOUT_RESOURCE"
    );
    let mut collections = BTreeSet::new();
    for description in descriptions() {
        let calls: Vec<_> = description.calls().collect();
        // A collection has a call that creates an object, and calls below its path that read,
        // change or delete one object.
        let creations = calls.iter().filter(|(method, path)| {
            let below = format!("{path}/{{");
            *method == "POST"
                && path.starts_with("/config/")
                && !path.contains('{')
                && calls.iter().any(|(_, other)| other.starts_with(&below))
        });
        collections.extend(creations.map(|(_, path)| (*path).to_owned()));
    }
    let known: BTreeSet<_> = with_resource.union(&without_resource).cloned().collect();
    let missing: Vec<_> = collections.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "add resources for {missing:?}, or add them to WITHOUT_RESOURCE with a reason"
    );
    let stale: Vec<_> = without_resource.difference(&collections).collect();
    assert!(stale.is_empty(), "{stale:?} are in no description");
}

#[test]
fn every_declaration_has_a_kind_of_its_own() {
    let mut used: Vec<_> = objects().iter().map(|object| object.kind.noun).collect();
    let mut all: Vec<_> = kinds::ALL.iter().map(|kind| kind.noun).collect();
    used.sort_unstable();
    all.sort_unstable();
    assert_eq!(used, all, "each kind in kinds::ALL needs a declaration in OBJECTS");
}
