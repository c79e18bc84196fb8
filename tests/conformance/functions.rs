//! Calls the provider's functions directly. Parsing a composed value returns its parts. No argument
//! makes a function panic. No error quotes an argument.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};
use test_support::in_process::{Variables, provider};
use tf_plugin::{FunctionError, Number, Provider as _, Value};

fn call(name: &str, arguments: impl IntoIterator<Item = Value>) -> Result<Value, FunctionError> {
    let functions = provider(Variables::new()).offers().functions;
    let function =
        functions.iter().find(|item| item.name() == name).expect("the provider has the function");
    function.call(arguments.into_iter().collect())
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn number(number: u16) -> Value {
    Value::Number(Number::from(i64::from(number)))
}

/// The fields of a result as strings, with `None` for null.
fn fields<const N: usize>(result: &Value, names: [&str; N]) -> [Option<String>; N] {
    names.map(|name| match result.get(name).expect("the result has this field") {
        Value::Null => None,
        Value::Number(number) => Some(number.to_string()),
        value => Some(value.as_str().expect("a string").to_owned()),
    })
}

/// The id of a user. The name of the user may contain almost every character.
fn user() -> impl Strategy<Value = String> {
    ("[^\\s\\pC:/]{1,20}", select(&["pam", "pbs", "my-realm.2"][..]))
        .prop_map(|(name, realm)| format!("{name}@{realm}"))
        .prop_filter("a longer id leaves no room for a token name", |id| id.chars().count() <= 40)
}

fn token_name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_][A-Za-z0-9._-]{1,15}"
}

fn server() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,10}(\\.[a-z0-9-]{1,10}){0,3}",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
    ]
}

fn datastore() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_][A-Za-z0-9._-]{2,15}"
}

/// The name of every function of the provider, and the number of arguments of a valid call.
const ARGUMENTS: [(&str, usize); 6] = [
    ("acl_path", 3),
    ("api_token", 2),
    ("parse_auth_id", 1),
    ("parse_repository", 1),
    ("repository", 3),
    ("token_id", 2),
];

#[test]
fn the_table_of_arguments_contains_every_function() {
    let offers = provider(Variables::new()).offers();
    let functions = offers.functions.iter().map(|item| item.name());
    let called: BTreeSet<_> = ARGUMENTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        called,
        functions.collect(),
        "each function of the provider needs an entry in ARGUMENTS in \
         tests/conformance/functions.rs (left: entries, right: functions)"
    );
}

/// The position of a character in an error is its position in the argument, and not in the joined
/// text. The error says that an argument is empty, or names the missing part.
#[test]
fn an_error_describes_the_fault_in_the_argument() {
    for (function, arguments, faulty, expected) in [
        ("acl_path", &["datastore", "a b"][..], 1, "character 2 is not allowed"),
        ("acl_path", &["datastore", "/store1"], 1, "character 1 is not allowed"),
        ("acl_path", &["datastore", "team/w eb"], 1, "character 7 is not allowed"),
        ("acl_path", &["datastore", "team/"], 1, "must not end with `/`"),
        ("acl_path", &["datastore", ""], 1, "segment is empty"),
        ("acl_path", &[&"a".repeat(130)], 0, "the path has 131 characters, at most 128"),
        ("token_id", &["backup@pbs", "c i"], 1, "character 2 is not allowed"),
        ("token_id", &["backup@pbs", ""], 1, "the text is empty"),
        ("token_id", &["backup", "ci"], 0, "the realm is missing"),
        ("token_id", &["", "ci"], 0, "the text is empty"),
        ("api_token", &["backup@pbs", "secret"], 0, "the token name is missing"),
        ("api_token", &["backup@pbs!ci", ""], 1, "the text is empty"),
        ("api_token", &["backup@pbs!ci", "sec ret"], 1, "character 4 is not allowed"),
        ("api_token", &["backup@pbs!ci", "backup@pbs!ci:secret"], 1, "contains the id of a token"),
        ("parse_auth_id", &[""], 0, "the text is empty"),
        ("parse_auth_id", &["backup"], 0, "the realm is missing"),
        ("parse_auth_id", &["backup@pbs!"], 0, "the token name is missing"),
        ("parse_auth_id", &["backup@pbs!c i"], 0, "character 13 is not allowed"),
        ("parse_repository", &[""], 0, "the text is empty"),
        ("parse_repository", &["host:"], 0, "the datastore is missing"),
        ("parse_repository", &[":store1"], 0, "the server is missing"),
        ("parse_repository", &["@host:store1"], 0, "the user or token is missing"),
        ("parse_repository", &["a@pbs@h_st:st ore"], 0, "character 14 is not allowed"),
        ("parse_repository", &["a@pbs@h st:store"], 0, "character 8 is not allowed"),
        ("parse_repository", &[":a b1"], 0, "character 3 is not allowed"),
        ("parse_repository", &["host:ab"], 0, "the datastore has 2 characters"),
        ("parse_repository", &["ab"], 0, "the datastore has 2 characters"),
        ("repository", &["a@pbs", "", "store1"], 1, "the text is empty"),
        ("repository", &["a@pbs", "host", "sto re"], 2, "character 4 is not allowed"),
    ] {
        let error = call(function, arguments.iter().copied().map(text)).unwrap_err();
        let shown = &error.text;
        assert!(shown.contains(expected), "{function} {arguments:?}: {shown}");
        assert_eq!(error.argument, Some(faulty), "{function} {arguments:?}: {shown}");
    }
}

proptest! {
    #[test]
    fn parsing_a_token_id_returns_its_parts(user in user(), name in token_name()) {
        let id = call("token_id", [text(&user), text(&name)]).unwrap();
        prop_assert_eq!(id.as_str().unwrap(), format!("{user}!{name}"));
        let parsed = call("parse_auth_id", [id]).unwrap();
        let realm = user.rsplit_once('@').unwrap().1.to_owned();
        prop_assert_eq!(
            fields(&parsed, ["user_id", "token_name", "realm"]),
            [Some(user), Some(name), Some(realm)]
        );
    }

    #[test]
    fn parsing_a_repository_returns_its_parts(
        user in user(),
        token in proptest::option::of(token_name()),
        server in server(),
        port in proptest::option::of(1_u16..),
        datastore in datastore(),
    ) {
        let auth_id = token.map_or(user.clone(), |token| format!("{user}!{token}"));
        let mut arguments = vec![text(&auth_id), text(&server), text(&datastore)];
        arguments.extend(port.map(number));
        let repository = call("repository", arguments).unwrap();
        let parsed = call("parse_repository", [repository]).unwrap();
        prop_assert_eq!(
            fields(&parsed, ["auth_id", "server", "port", "datastore"]),
            [Some(auth_id), Some(server), port.map(|port| port.to_string()), Some(datastore)]
        );
    }

    #[test]
    fn an_acl_path_has_the_given_segments(segments in vec("[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", 0..7)) {
        let path = call("acl_path", segments.iter().map(|segment| text(segment))).unwrap();
        let path = path.as_str().unwrap();
        let parsed: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        prop_assert_eq!(parsed, segments);
        prop_assert!(path == "/" || !path.ends_with('/'));
    }

    #[test]
    fn an_api_token_has_the_given_id_and_secret(
        user in user(),
        name in token_name(),
        // The function refuses a secret that contains the id of a token, so the secret has no `@`.
        secret in "[!-?A-~]{1,40}",
    ) {
        let id = format!("{user}!{name}");
        let joined = call("api_token", [text(&id), text(&secret)]).unwrap();
        prop_assert_eq!(joined.as_str().unwrap(), format!("{id}:{secret}"));
    }

    /// If any argument is an invalid text, the error names this argument and does not quote the
    /// text.
    #[test]
    fn the_error_names_an_invalid_argument_and_does_not_quote_it(
        wrong in ".{0,30}",
        (name, count) in select(&ARGUMENTS[..]),
        place in 0_usize..3,
    ) {
        let marked = format!("MARKER{wrong}\u{1}");
        let place = place % count;
        let valid = |index: usize| match (name, index) {
            ("acl_path", _) => text("datastore"),
            ("api_token" | "parse_auth_id", 0) => text("a@pbs!t"),
            ("repository" | "token_id", 0) => text("a@pbs"),
            _ => text("fine"),
        };
        let arguments: Vec<_> =
            (0..count).map(|index| if index == place { text(&marked) } else { valid(index) }).collect();
        let error = call(name, arguments).expect_err("no name contains a control character");
        prop_assert_eq!(error.argument, Some(place), "{}: {}", name, error.text);
        prop_assert!(!error.text.contains("MARKER"), "{}", error.text);
        prop_assert!(error.text.ends_with('.'), "{}", error.text);
    }
}

#[test]
fn the_error_names_the_invalid_argument() {
    let valid = || vec![text("a@pbs!t"), text("host"), text("store1")];
    let with_ports = |ports: &[Value]| [valid(), ports.to_vec()].concat();
    for (name, arguments, place) in [
        ("token_id", vec![text("a"), text("t")], 0),
        ("token_id", vec![text("a@pbs"), text("")], 1),
        // Each argument is valid, but the arguments together form an id that is too long. The error
        // names the last argument.
        ("token_id", vec![text(&format!("{}@pbs", "a".repeat(40))), text(&"t".repeat(20))], 1),
        ("acl_path", vec![text("a"), text("b"), text("")], 2),
        ("acl_path", vec![text("/a")], 0),
        ("acl_path", vec![text(&"a".repeat(100)), text(&"b".repeat(30))], 1),
        ("api_token", vec![text("a@pbs"), text("s")], 0),
        ("api_token", vec![text("a@pbs!t"), text("two\nlines")], 1),
        ("repository", with_ports(&[number(0)]), 3),
        ("repository", with_ports(&[number(1), number(2)]), 4),
    ] {
        let error = call(name, arguments).unwrap_err();
        assert_eq!(error.argument, Some(place), "{name}: {}", error.text);
    }
    assert!(call("repository", with_ports(&[number(8007)])).is_ok());
    assert_eq!(call("acl_path", []).unwrap().as_str(), Some("/"));
}

#[test]
fn an_ipv6_address_is_written_in_one_pair_of_brackets() {
    for server in ["2001:db8::1", "[2001:db8::1]"] {
        let repository = call("repository", [text("a@pbs"), text(server), text("store1")]).unwrap();
        assert_eq!(repository.as_str(), Some("a@pbs@[2001:db8::1]:store1"));
    }
}
