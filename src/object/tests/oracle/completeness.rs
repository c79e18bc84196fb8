//! Every collection of configuration objects that PBS has is offered, or the reason is given.

use super::*;
use crate::pbs::kinds;

/// The paths of collections that no resource offers, with the reason. `later` means that a resource
/// is planned.
const NOT_OFFERED: &[(&str, &str)] = &[
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
fn every_collection_of_the_configuration_is_offered_or_has_a_reason() {
    let offered: BTreeSet<_> = kinds::ALL.iter().map(|kind| path(kind)).collect();
    let excused: BTreeSet<_> = NOT_OFFERED.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert!(offered.is_disjoint(&excused), "a collection is offered and excused");
    let mut collections = BTreeSet::new();
    for description in descriptions() {
        let calls: Vec<_> = description.calls().collect();
        // A collection has a call that creates an object, and calls for one object below it.
        let creates = calls.iter().filter(|(method, path)| {
            let below = format!("{path}/{{");
            *method == "POST"
                && path.starts_with("/config/")
                && !path.contains('{')
                && calls.iter().any(|(_, other)| other.starts_with(&below))
        });
        collections.extend(creates.map(|(_, path)| (*path).to_owned()));
    }
    let known: BTreeSet<_> = offered.union(&excused).cloned().collect();
    let missing: Vec<_> = collections.difference(&known).collect();
    assert!(missing.is_empty(), "offer {missing:?}, or add them to NOT_OFFERED with a reason");
    let stale: Vec<_> = excused.difference(&collections).collect();
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
