//! The privileges of the authenticated user or token.

use terraform_provider_pbs::pbs::Grant;

use crate::{client, client_as, entry, simulator};

/// A role that was granted without propagation gives no privilege below the path.
#[tokio::test]
async fn a_privilege_below_a_path_has_to_propagate() {
    let sim = simulator();
    let admin = client(&sim);
    let token = client_as(&sim, "one@pbs!ci");
    for (propagate, expected) in [(false, false), (true, true)] {
        for subject in ["one@pbs", "one@pbs!ci"] {
            let grant = entry("/datastore", subject, "DatastoreBackup");
            admin.put_grant(&Grant { propagate, ..grant }).await.unwrap();
        }
        admin.wait_until_effective(&"one@pbs!ci".parse().unwrap()).await.unwrap();
        let is_granted = token.has_privilege("Datastore.Backup", "/datastore").await.unwrap();
        assert!(is_granted, "propagate {propagate}");
        let privileges = ["Datastore.Audit", "Datastore.Backup"];
        let is_granted = token.has_one_of_below(&privileges, "/datastore").await.unwrap();
        assert_eq!(is_granted, expected, "propagate {propagate}");
        assert!(!token.has_one_of_below(&privileges[..1], "/datastore").await.unwrap());
    }
}
