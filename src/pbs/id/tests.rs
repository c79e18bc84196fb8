use super::*;
use proptest::prelude::*;

/// The error with which the type rejects the text. `None` if the type accepts the text.
fn fault<T: std::str::FromStr<Err = Malformed>>(text: &str) -> Option<String> {
    text.parse::<T>().err().map(|error| error.to_string())
}

#[test]
fn exactly_the_user_ids_that_pbs_accepts_are_parsed() {
    for text in ["root@pam", "pve@pbs", "a.b-c_d@my-realm.1", "x@y@pbs", "ä!#%@pbs", "a=b@pbs"] {
        let id: UserId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(format!("{}@{}", id.name(), id.realm()), text);
    }
    let id: UserId = "x@y@pbs".parse().unwrap();
    assert_eq!((id.name(), id.realm()), ("x@y", "pbs"));
    assert!("root@pam".parse::<UserId>().unwrap().is_superuser());
    assert!(!"root@pbs".parse::<UserId>().unwrap().is_superuser());
    for (text, expected) in [
        ("", "the text is empty"),
        ("ghost", "the realm is missing"),
        ("ghost@", "the realm is missing"),
        ("@pbs", "the name of the user is missing"),
        (" a@pbs", "character 1 "),
        ("a@pbs ", "character 6 "),
        ("a b@pbs", "character 2 "),
        ("a:b@pbs", "character 2 "),
        ("ä/b@pbs", "character 2 "),
        ("a\u{7}@pbs", "character 2 "),
        ("a@.pbs", "character 3 "),
        ("a@pbs!token", "character 6 "),
        ("a\n@pbs", "character 2 "),
    ] {
        let shown = fault::<UserId>(text).unwrap();
        assert!(shown.contains(expected) && shown.contains("user@realm"), "{text:?}: {shown}");
    }
    assert!(fault::<UserId>(&format!("{}@pbs", "x".repeat(60))).is_none());
    let long = fault::<UserId>(&format!("{}@pbs", "x".repeat(61))).unwrap();
    assert!(long.contains("65 characters, at most 64"), "{long}");
}

/// Each of these names was sent to a real PBS when its responses were recorded.
#[test]
fn exactly_the_token_names_that_pbs_accepted_are_parsed() {
    for text in ["a", "ab", "_a", "a.b-c_d", "A1", "0", "Case"] {
        assert_eq!(text.parse::<TokenName>().unwrap().as_str(), text);
    }
    for text in [
        "", ".a", "-a", "a b", "a/b", "a!b", "a:b", "a@b", "ä", "a+b", "a,b", "a#b", "a%b", " a",
        "a ", "a\n", "a=b",
    ] {
        assert!(fault::<TokenName>(text).is_some(), "{text:?}");
    }
    assert!("case".parse::<TokenName>().unwrap() != "Case".parse().unwrap());
}

#[test]
fn a_token_id_has_at_most_64_characters() {
    let user: UserId = "fact@pbs".parse().unwrap();
    let name = |length: usize| "x".repeat(length).parse::<TokenName>().unwrap();
    assert!(TokenId::new(user.clone(), name(55)).is_ok());
    let shown = TokenId::new(user, name(56)).unwrap_err().to_string();
    assert!(shown.contains("65 characters, at most 64"), "{shown}");
    let shown = fault::<TokenId>(&format!("fact@pbs!{}", "x".repeat(56))).unwrap();
    assert!(shown.contains("65 characters, at most 64"), "{shown}");
}

#[test]
fn token_ids_and_auth_ids_are_split_into_user_and_token_name() {
    let token: TokenId = "pve@pbs!ci".parse().unwrap();
    assert_eq!((token.user().as_str(), token.name().as_str()), ("pve@pbs", "ci"));
    let token: TokenId = "a!b@x@pbs!ci".parse().unwrap();
    assert_eq!((token.user().as_str(), token.name().as_str()), ("a!b@x@pbs", "ci"));
    for (text, expected) in [
        ("pve@pbs", "the token name is missing"),
        ("pve@pbs!", "the token name is missing"),
        ("pve!ci", "the realm is missing"),
        ("!ci", "the user is missing"),
        ("pve@pbs!c i", "character 10 "),
        ("pve@pbs!a!b", "character 10 "),
        ("p ve@pbs!ci", "character 2 "),
    ] {
        let shown = fault::<TokenId>(text).unwrap();
        assert!(shown.contains(expected) && shown.contains("user@realm!name"), "{text:?}: {shown}");
    }
    assert!(matches!("pve@pbs".parse().unwrap(), AuthId::User(_)));
    let auth: AuthId = "pve@pbs!ci".parse().unwrap();
    assert_eq!(auth.token().unwrap().to_string(), "pve@pbs!ci");
    assert_eq!(auth.user().as_str(), "pve@pbs");
    let shown = fault::<AuthId>("nope").unwrap();
    assert!(shown.contains("`user@realm` or `user@realm!name`"), "{shown}");
}

#[test]
fn exactly_the_acl_paths_that_pbs_accepts_are_parsed() {
    for text in ["/", "/datastore", "/datastore/pbs-store/ns1/ns2", "/a.b/_c", "/bogus"] {
        assert_eq!(text.parse::<AclPath>().unwrap().as_str(), text);
    }
    for (text, expected) in [
        ("", "the text is empty"),
        ("datastore", "character 1 "),
        ("/datastore/", "the text must not end with `/`"),
        ("/datastore/store1/ns/", "the text must not end with `/`"),
        ("//datastore", "character 2 "),
        ("/a//b", "character 4 "),
        ("/datastore/a b", "character 13 "),
        ("/-a", "character 2 "),
        ("/.", "character 2 "),
        ("/a\n", "character 3 "),
        (" /a", "character 1 "),
    ] {
        let shown = fault::<AclPath>(text).unwrap();
        assert!(shown.contains(expected), "{text:?}: {shown}");
    }
    assert!(fault::<AclPath>(&format!("/{}", "x".repeat(127))).is_none());
    assert!(fault::<AclPath>(&format!("/{}", "x".repeat(128))).unwrap().contains("at most 128"));
}

#[test]
fn tree_is_known_for_the_paths_that_pbs_4_2_3_accepts() {
    let known = |text: &str| text.parse::<AclPath>().unwrap().tree_is_known();
    for text in [
        "/",
        "/access",
        "/access/acl",
        "/access/openid/x",
        "/datastore",
        "/datastore/s/1/2/3/4/5/6/7",
        "/remote/r1/store1",
        "/remote/r/s/1/2/3/4/5/6/7",
        "/system/network/interfaces/eth0",
        "/system/network/dns",
        "/system/services/x",
        "/system/s3-endpoint/x",
        "/system/tasks",
        "/tape/pool/x",
    ] {
        assert!(known(text), "{text}");
    }
    for text in [
        "/bogus",
        "/access/users/foo",
        "/datastore/pbs-store/1/2/3/4/5/6/7/8",
        "/remote/r/s/1/2/3/4/5/6/7/8",
        "/system/network/dns/x",
        "/tape/x",
        "/tape/pool/x/y",
        "/system/tasks/x",
    ] {
        assert!(!known(text), "{text}");
    }
}

#[test]
fn only_the_syntax_of_a_role_id_is_checked() {
    assert!(fault::<RoleId>("DatastoreBackup").is_none() && fault::<RoleId>("Future9").is_none());
    for text in ["", "Datastore Backup", "Admin,Audit", "Rôle", "Admin "] {
        assert!(fault::<RoleId>(text).is_some(), "{text:?}");
    }
}

#[test]
fn a_namespace_has_at_most_seven_levels() {
    assert!(fault::<Namespace>("a/b/c/d/e/f/g").is_none());
    assert!(fault::<Namespace>("a/b/c/d/e/f/g/h").unwrap().contains("more than 7"));
    assert!(fault::<Namespace>("a//b").unwrap().contains("character 3 "));
    assert!(fault::<Namespace>("a/b/").unwrap().contains("the text must not end with `/`"));
    assert!(fault::<Namespace>("/").unwrap().contains("character 1 "));
    assert!(fault::<Namespace>("").unwrap().contains("the text is empty"));
}

/// The test contains the lengths and characters that PBS accepts (read in the source of 4.2.3).
#[test]
fn a_datastore_name_has_3_to_32_characters() {
    for text in ["pbs-store", "abc", "_.-", &"x".repeat(32)] {
        assert_eq!(fault::<DatastoreName>(text), None, "{text}");
    }
    for (text, expected) in [
        ("ab", "2 characters, at least 3"),
        (&"x".repeat(33), "33 characters, at most 32"),
        ("a/b", "character 2 "),
        ("", "the text is empty"),
    ] {
        let shown = fault::<DatastoreName>(text).unwrap();
        assert!(shown.contains(expected), "{text:?}: {shown}");
    }
}

#[test]
fn serde_reads_and_writes_an_id_as_its_text() {
    let auth: AuthId = serde_json::from_str(r#""pve@pbs!ci""#).unwrap();
    assert_eq!(serde_json::to_string(&auth).unwrap(), r#""pve@pbs!ci""#);
}

#[test]
fn an_error_of_serde_does_not_show_an_invalid_id() {
    let shown = serde_json::from_str::<AuthId>(r#""MARKER MARKER""#).unwrap_err().to_string();
    assert!(!shown.contains("MARKER"), "{shown}");
}

proptest! {
    #[test]
    fn a_parsed_text_is_written_unchanged(text in "\\PC{0,70}|[a-z@!/._ -]{0,20}") {
        fn changes<T: std::str::FromStr + ToString>(text: &str) -> bool {
            text.parse::<T>().is_ok_and(|id| id.to_string() != text)
        }
        prop_assert!(!changes::<UserId>(&text) && !changes::<TokenName>(&text));
        prop_assert!(!changes::<TokenId>(&text) && !changes::<AuthId>(&text));
        prop_assert!(!changes::<AclPath>(&text) && !changes::<RoleId>(&text));
        if let Ok(AuthId::User(user)) = text.parse() {
            prop_assert!(!user.as_str().chars().any(char::is_whitespace));
            prop_assert!(text.parse::<TokenId>().is_err());
        }
    }

    #[test]
    fn an_invalid_text_is_never_shown(text in "MARKER[ -~]{0,40}") {
        let shown = [
            fault::<UserId>(&text),
            fault::<TokenId>(&text),
            fault::<AuthId>(&text),
            fault::<AclPath>(&text),
            text.parse::<crate::pbs::ApiToken>().err().map(|error| error.to_string()),
            text.parse::<crate::pbs::Endpoint>().err().map(|error| error.to_string()),
            text.parse::<crate::pbs::Fingerprint>().err().map(|error| error.to_string()),
        ];
        prop_assert!(shown.iter().flatten().all(|shown| !shown.contains("MARKER")));
    }
}
