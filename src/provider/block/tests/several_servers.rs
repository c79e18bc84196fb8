//! Tests of the conversion if `PBS_ENDPOINT` and `endpoint` in the provider block are different
//! servers.

use super::*;

/// [`ENDPOINT`], and variables that belong to the server with this endpoint.
const VARIABLES_OF_ONE_SERVER: [(&str, &str); 4] = [
    ENDPOINT,
    ("PBS_API_TOKEN", "e@pbs!e:s"),
    ("PBS_FINGERPRINT", FINGERPRINT),
    ("PBS_HTTP_HEADERS", r#"{"X-Environment": "secret"}"#),
];

#[test]
fn a_block_for_another_server_ignores_credentials_trust_and_headers_in_the_environment() {
    let used_settings = |config: &Config| {
        let is_token = matches!(config.credentials, Credentials::ApiToken(_));
        let is_pinned = matches!(config.trust, Trust::Fingerprint(_));
        (is_token, is_pinned, format!("{:?}", config.http_headers))
    };
    let all_used = (true, true, "HttpHeaders(1)".to_owned());
    let none_used = (false, false, "HttpHeaders(0)".to_owned());
    for (endpoint, expected) in [
        ("", &all_used),
        ("https://a", &all_used),
        ("https://A:8007/api2/json", &all_used),
        ("https://b:8007", &none_used),
        ("https://a:443", &none_used),
        ("https://a:8007/b", &none_used),
    ] {
        let config = ready_config(&[("endpoint", endpoint.into())], &VARIABLES_OF_ONE_SERVER);
        assert_eq!(used_settings(&config), *expected, "{endpoint}");
    }
    // Without `PBS_ENDPOINT`, the provider uses the variables for every server.
    let block = [("endpoint", Value::from("https://b"))];
    assert_eq!(used_settings(&ready_config(&block, &VARIABLES_OF_ONE_SERVER[1..])), all_used);
    // `PBS_TIMEOUT` does not belong to a server, so the provider uses the variable. `PBS_INSECURE`
    // belongs to the server in `PBS_ENDPOINT`.
    let config = ready_config(&block, &[ENDPOINT, ("PBS_TIMEOUT", "7"), ("PBS_INSECURE", "1")]);
    assert_eq!(config.timeout.as_secs(), 7);
    assert!(matches!(config.trust, Trust::System));
}

#[test]
fn every_variable_of_a_credential_is_ignored_for_the_endpoint_of_another_server() {
    let variables = [
        ENDPOINT,
        ("PBS_PASSWORD", "MARKER"),
        ("PBS_USERNAME", "MARKER@pbs"),
        ("PBS_AUTH_TICKET", "PBS:MARKER"),
        ("PBS_CSRF_PREVENTION_TOKEN", "MARKER"),
    ];
    for (argument, text) in [
        ("username", "u@pbs"),
        ("password", "p"),
        ("auth_ticket", "PBS:t"),
        ("csrf_prevention_token", "c"),
        // No credential in the block.
        ("timeout", ""),
    ] {
        let mut arguments = vec![("endpoint", Value::from("https://b"))];
        arguments.extend((!text.is_empty()).then(|| (argument, text.into())));
        let shown = credentials(&ready_config(&arguments, &variables));
        assert!(!shown.contains("MARKER"), "{argument}: {shown}");
        if let Some(reason) = shown.strip_prefix("missing: ") {
            let names = ["https://a:8007", "https://b:8007", "in this provider block"];
            assert!(names.iter().all(|name| reason.contains(name)), "{argument}: {reason}");
            assert!(!reason.contains("in the environment."), "{argument}: {reason}");
        }
    }
    let block = [("endpoint", Value::from("https://b"))];
    let error =
        invalid_value(&block, &[("PBS_ENDPOINT", "MARKER"), ("PBS_API_TOKEN", "e@pbs!e:s")]);
    assert_eq!(error.summary.as_deref(), Some("Invalid PBS_ENDPOINT"));
    let complete = [block[0].clone(), ("api_token", "b@pbs!b:s".into())];
    assert_eq!(
        credentials(&ready_config(&complete, &[("PBS_ENDPOINT", "MARKER")])),
        "token b@pbs!b:s"
    );
}

#[test]
fn an_error_that_advises_to_set_an_argument_explains_that_its_variable_is_not_used() {
    let origins =
        ready_config(&[("endpoint", "https://b".into())], &VARIABLES_OF_ONE_SERVER).origins;
    for (text, variable) in [
        ("set `fingerprint`", "`PBS_FINGERPRINT`"),
        ("set `ca_certificate`", "`PBS_FINGERPRINT`"),
        ("set `http_headers`", "`PBS_HTTP_HEADERS`"),
    ] {
        let explained = origins.explain_in(text);
        for expected in [text, variable, "https://a:8007", "https://b:8007"] {
            assert!(explained.contains(expected), "{text}: {explained}");
        }
        assert_eq!(origins.explain_in(&explained), explained, "the note is repeated");
    }
    assert_eq!(origins.explain_in("check `endpoint`"), "check `endpoint`");
    // If the block sets the certificate and the headers, the unused variables cannot be the cause
    // of an error.
    let block = [
        ("endpoint", Value::from("https://b")),
        ("fingerprint", FINGERPRINT.into()),
        ("http_headers", Value::map([("X-Block", "secret".into())])),
    ];
    assert!(ready_config(&block, &VARIABLES_OF_ONE_SERVER).origins.unused.is_empty());
    let origins =
        ready_config(&[("endpoint", "https://a".into())], &VARIABLES_OF_ONE_SERVER).origins;
    assert_eq!(origins.explain_in("set `http_headers`"), "set `http_headers`");
}
