//! Tests of the conversion of the provider block and the environment to a configuration of the
//! client.

mod several_servers;

use super::*;
use crate::provider::Provider;
use std::env::VarError;
use tf_plugin::{Provider as _, Value};

const FINGERPRINT: &str = "64:d3:ff:3a:50:38:53:5a:9b:f7:50:3e:27:0c:1f:4a:\
                           5b:0e:3d:2c:1a:99:88:77:66:55:44:33:22:11:00:aa";

/// Converts the arguments and environment variables. Returns the result and the warnings.
fn config(
    arguments: &[(&str, Value)],
    variables: &[(&'static str, &'static str)],
) -> (Result<Config, Unusable>, Vec<Diagnostic>) {
    let value = Value::map(arguments.iter().map(|(name, value)| (*name, value.clone())));
    let variables: Vec<_> = variables.to_vec();
    let environment: Environment = Box::new(move |name| {
        let variable = variables.iter().find(|(variable, _)| *variable == name);
        variable.map(|(_, text)| (*text).to_owned()).ok_or(VarError::NotPresent)
    });
    let mut warnings = Vec::new();
    let schema = Provider::new(Box::new(|_| Err(VarError::NotPresent))).schema();
    let block = Block { config: View::new(&value, &schema), environment: &environment };
    (block.config(&mut warnings), warnings)
}

/// The configuration of the client. Panics if a value is invalid, or if the arguments and variables
/// are not sufficient for a client. Missing credentials are allowed, because some requests need no
/// credentials.
fn ready_config(arguments: &[(&str, Value)], variables: &[(&'static str, &'static str)]) -> Config {
    match config(arguments, variables).0 {
        Ok(config) => config,
        Err(Unusable::Missing(error) | Unusable::Unknown(error) | Unusable::Invalid(error)) => {
            panic!("{}", error.detail)
        }
    }
}

/// The error about an invalid value. Panics if the arguments and variables are valid or incomplete.
fn invalid_value(
    arguments: &[(&str, Value)],
    variables: &[(&'static str, &'static str)],
) -> Diagnostic {
    match config(arguments, variables).0 {
        Err(Unusable::Invalid(error)) => error,
        Err(Unusable::Missing(reason) | Unusable::Unknown(reason)) => {
            panic!("expected an invalid value: {}", reason.detail)
        }
        Ok(_) => panic!("expected an invalid value: all values are valid"),
    }
}

/// The reason why there is no client yet. Panics if the arguments and variables are sufficient for
/// a client, or if a value is invalid.
fn reason_not_ready(
    arguments: &[(&str, Value)],
    variables: &[(&'static str, &'static str)],
) -> String {
    match config(arguments, variables).0 {
        Err(Unusable::Missing(reason) | Unusable::Unknown(reason)) => reason.detail,
        Err(Unusable::Invalid(error)) => {
            panic!("expected a missing or unknown value: {}", error.detail)
        }
        Ok(_) => panic!("expected a missing or unknown value"),
    }
}

/// The credentials of a configuration as text, to compare them.
fn credentials(config: &Config) -> String {
    match &config.credentials {
        Credentials::ApiToken(token) => format!("token {}:{}", token.id, token.secret.expose()),
        Credentials::Password { user, password } => format!("login {user}:{}", password.expose()),
        Credentials::Ticket { ticket, csrf } => {
            format!("ticket {}:{:?}", ticket.expose(), csrf.as_ref().map(Secret::expose))
        }
        Credentials::Missing(reason) => format!("missing: {reason}"),
        Credentials::Unknown(reason) => format!("unknown: {reason}"),
    }
}

const ENDPOINT: (&str, &str) = ("PBS_ENDPOINT", "https://a:8007");

#[test]
fn an_argument_takes_precedence_over_its_variable() {
    let variables =
        [ENDPOINT, ("PBS_TIMEOUT", "7"), ("PBS_MAX_RETRIES", "0"), ("PBS_API_TOKEN", "e@pbs!e:s")];
    let from_environment = ready_config(&[], &variables);
    assert_eq!(from_environment.endpoint.to_string(), "https://a:8007");
    assert_eq!((from_environment.timeout.as_secs(), from_environment.max_retries), (7, 0));
    assert_eq!(credentials(&from_environment), "token e@pbs!e:s");
    let arguments = [
        ("endpoint", "https://b:443".into()),
        ("timeout", Value::from(9_i64)),
        ("max_retries", Value::from(2_i64)),
        ("api_token", "  b@pbs!b=s\n".into()),
    ];
    let from_block = ready_config(&arguments, &variables);
    assert_eq!(from_block.endpoint.to_string(), "https://b:443");
    assert_eq!((from_block.timeout.as_secs(), from_block.max_retries), (9, 2));
    assert_eq!(credentials(&from_block), "token b@pbs!b:s");
    let defaults = ready_config(&[], &[ENDPOINT, ("PBS_API_TOKEN", "e@pbs!e:s")]);
    assert_eq!((defaults.timeout.as_secs(), defaults.max_retries), (30, 4));
}

#[test]
fn credentials_in_the_block_take_precedence_over_all_credentials_in_the_environment() {
    let token = ("PBS_API_TOKEN", "e@pbs!e:s");
    let login = [("PBS_USERNAME", "u@pbs"), ("PBS_PASSWORD", "pass word ")];
    let ticket = [("PBS_AUTH_TICKET", "PBS:t"), ("PBS_CSRF_PREVENTION_TOKEN", "c")];
    for (arguments, variables, expected) in [
        (vec![], vec![ENDPOINT, token, login[0], login[1]], "token e@pbs!e:s"),
        (vec![], vec![ENDPOINT, login[0], login[1]], "login u@pbs:pass word "),
        (
            vec![],
            vec![ENDPOINT, ticket[0], ticket[1], login[0], login[1]],
            "ticket PBS:t:Some(\"c\")",
        ),
        (vec![], vec![ENDPOINT, ticket[0]], "ticket PBS:t:None"),
        // A password that was read from a file.
        (vec![], vec![ENDPOINT, login[0], ("PBS_PASSWORD", "p\n")], "login u@pbs:p"),
        // `PBS_PASSWORD` without `PBS_USERNAME` has no effect, because the variable can be set for
        // `proxmox-backup-client`.
        (vec![], vec![ENDPOINT, token, login[1]], "token e@pbs!e:s"),
        (vec![("username", "a@pbs")], vec![ENDPOINT, token, login[1]], "login a@pbs:pass word "),
        (vec![("auth_ticket", "PBS:a")], vec![ENDPOINT, token], "ticket PBS:a:None"),
        (
            vec![("api_token", "a@pbs!a:s"), ("username", "a@pbs")],
            vec![ENDPOINT, login[1]],
            "token a@pbs!a:s",
        ),
        (vec![("api_token", "")], vec![ENDPOINT, login[0], login[1]], "login u@pbs:pass word "),
        // The block sets only one of the two arguments of a credential. The environment sets the
        // other argument.
        (vec![("password", "b")], vec![ENDPOINT, token, login[0], login[1]], "login u@pbs:b"),
        (
            vec![("csrf_prevention_token", "b")],
            vec![ENDPOINT, token, ticket[0], ticket[1]],
            "ticket PBS:t:Some(\"b\")",
        ),
        (
            vec![("auth_ticket", "PBS:a")],
            vec![ENDPOINT, token, ticket[1]],
            "ticket PBS:a:Some(\"c\")",
        ),
    ] {
        let arguments: Vec<_> =
            arguments.into_iter().map(|(name, text)| (name, text.into())).collect();
        assert_eq!(credentials(&ready_config(&arguments, &variables)), expected);
    }
}

#[test]
fn the_position_of_a_fault_counts_from_the_beginning_of_the_value() {
    let token = ("PBS_API_TOKEN", "e@pbs!e:s");
    for (arguments, variables, expected) in [
        (vec![("api_token", "  a@pbs!a:s s")], vec![ENDPOINT], "character 12 "),
        (vec![("endpoint", " https://a b")], vec![token], "character 11 "),
        (vec![("username", "\ta b@pbs"), ("password", "p")], vec![ENDPOINT], "character 3 "),
        (vec![], vec![ENDPOINT, ("PBS_API_TOKEN", "\n a@pbs!a:s s")], "character 12 "),
        (vec![], vec![ENDPOINT, token, ("PBS_FINGERPRINT", "  64:x3")], "character 6 "),
    ] {
        let arguments: Vec<_> =
            arguments.into_iter().map(|(name, text)| (name, Value::from(text))).collect();
        let detail = invalid_value(&arguments, &variables).detail;
        assert!(detail.contains(expected), "{arguments:?} {variables:?}: {detail}");
    }
}

#[test]
fn the_reason_for_missing_credentials_names_the_missing_or_unknown_argument() {
    let text = credentials(&ready_config(&[], &[ENDPOINT]));
    assert!(text.starts_with("missing: ") && text.contains("`PBS_API_TOKEN`"), "{text}");
    let text = credentials(&ready_config(
        &[("api_token", Value::Unknown)],
        &[ENDPOINT, ("PBS_API_TOKEN", "e@pbs!e:s")],
    ));
    assert!(text.starts_with("unknown: ") && text.contains("`api_token`"), "{text}");
    let text = credentials(&ready_config(&[("username", "a@pbs".into())], &[ENDPOINT]));
    assert!(text.starts_with("missing: ") && text.contains("`password`"), "{text}");
    let text = credentials(&ready_config(
        &[("password", "secret".into())],
        &[ENDPOINT, ("PBS_API_TOKEN", "e@pbs!e:s")],
    ));
    assert!(text.starts_with("missing: ") && text.contains("`PBS_USERNAME`"), "{text}");
}

#[test]
fn the_reason_for_missing_credentials_says_that_one_kind_is_sufficient() {
    let text = credentials(&ready_config(&[], &[ENDPOINT]));
    assert!(text.contains("an API token is the only credential that you need"), "{text}");
    assert!(text.contains("one of these instead: `username` together with `password`"), "{text}");
}

#[test]
fn the_reason_for_not_being_ready_names_the_missing_or_unknown_argument() {
    assert!(reason_not_ready(&[], &[]).contains("`PBS_ENDPOINT`"));
    assert!(
        reason_not_ready(&[("endpoint", Value::Unknown)], &[ENDPOINT])
            .contains("`endpoint` is not known")
    );
    let arguments =
        ["fingerprint", "ca_certificate", "insecure", "http_headers", "timeout", "max_retries"];
    for argument in arguments {
        let text = reason_not_ready(&[(argument, Value::Unknown)], &[ENDPOINT]);
        assert!(text.contains(&format!("`{argument}` is not known")), "{text}");
    }
}

#[test]
fn the_verification_in_the_block_takes_precedence_over_the_environment() {
    let insecure = ("PBS_INSECURE", "1");
    let fingerprint = ("PBS_FINGERPRINT", FINGERPRINT);
    let ca = ("PBS_CA_CERTIFICATE", "/no/such/file");
    let file = tempfile::NamedTempFile::new().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
    std::fs::write(file.path(), pem).unwrap();
    let path = file.path().to_str().unwrap();
    let block_with = |name, value: &str| vec![(name, Value::from(value))];
    for (arguments, variables, expected) in [
        (vec![], vec![ENDPOINT], "System"),
        (vec![], vec![ENDPOINT, insecure], "Insecure"),
        (vec![], vec![ENDPOINT, ("PBS_INSECURE", "false")], "System"),
        (vec![("insecure", Value::from(false))], vec![ENDPOINT, insecure], "System"),
        (vec![("insecure", Value::from(false))], vec![ENDPOINT, fingerprint], "Fingerprint"),
        (vec![], vec![ENDPOINT, insecure, ca, fingerprint], "Fingerprint"),
        (block_with("fingerprint", FINGERPRINT), vec![ENDPOINT, insecure, ca], "Fingerprint"),
        (block_with("ca_certificate", path), vec![ENDPOINT, insecure, fingerprint], "Ca"),
        (block_with("fingerprint", ""), vec![ENDPOINT, insecure], "Insecure"),
    ] {
        let (config, warnings) = config(&arguments, &variables);
        let Ok(config) = config else { panic!("{arguments:?} {variables:?}") };
        let kind = match config.trust {
            Trust::System => "System",
            Trust::Insecure => "Insecure",
            Trust::Fingerprint(_) => "Fingerprint",
            Trust::Ca(_) => "Ca",
        };
        assert_eq!(kind, expected, "{arguments:?} {variables:?}");
        assert_eq!(warnings.len(), usize::from(expected == "Insecure"), "{expected}");
    }
    let unknown = [("ca_certificate", Value::Unknown)];
    assert!(reason_not_ready(&unknown, &[ENDPOINT, fingerprint]).contains("`ca_certificate`"));
}

#[test]
fn insecure_in_the_block_conflicts_with_variables_that_verify_the_certificate() {
    let insecure = [("insecure", Value::from(true))];
    for variable in ["PBS_FINGERPRINT", "PBS_CA_CERTIFICATE"] {
        let error = invalid_value(&insecure, &[ENDPOINT, (variable, FINGERPRINT)]);
        assert_eq!(error.summary.as_deref(), Some("Conflicting arguments"));
        assert_eq!(error.attribute.map(|path| path.to_string()).as_deref(), Some("insecure"));
        assert!(error.detail.contains(&format!("`{variable}`")), "{}", error.detail);
        assert!(error.detail.contains("`insecure = true` in the provider block"));
    }
}

#[test]
fn the_origins_are_the_arguments_and_variables_that_take_effect() {
    let variables = [
        ENDPOINT,
        ("PBS_FINGERPRINT", FINGERPRINT),
        ("PBS_PASSWORD", "p"),
        ("PBS_API_TOKEN", "e@pbs!e:s"),
    ];
    let origins = ready_config(&[("username", "u@pbs".into())], &variables).origins;
    assert_eq!(origins.credentials, ["username", "PBS_PASSWORD"]);
    let shown: Vec<_> = origins.variables.iter().map(|(argument, _)| *argument).collect();
    assert_eq!(shown, ["endpoint", "password", "fingerprint"]);
    assert!(origins.variables.iter().all(|(argument, variable)| {
        *variable == format!("PBS_{}", argument.to_ascii_uppercase())
    }));
}

#[test]
fn the_error_about_an_invalid_value_names_its_argument_or_variable_but_not_the_value() {
    for (arguments, variables, summary, attribute) in [
        (vec![], vec![("PBS_ENDPOINT", "http://MARKER")], "Invalid PBS_ENDPOINT", None),
        (vec![("endpoint", "ftp://MARKER")], vec![], "Invalid endpoint", Some("endpoint")),
        (vec![], vec![ENDPOINT, ("PBS_API_TOKEN", "MARKER")], "Invalid PBS_API_TOKEN", None),
        (vec![("api_token", "MARKER")], vec![ENDPOINT], "Invalid api_token", Some("api_token")),
        (
            vec![("fingerprint", "MARKER")],
            vec![ENDPOINT],
            "Invalid fingerprint",
            Some("fingerprint"),
        ),
        (
            vec![("ca_certificate", "/no/such/MARKER")],
            vec![ENDPOINT],
            "Invalid ca_certificate",
            Some("ca_certificate"),
        ),
        (vec![], vec![ENDPOINT, ("PBS_TIMEOUT", "MARKER")], "Invalid PBS_TIMEOUT", None),
        (vec![], vec![ENDPOINT, ("PBS_MAX_RETRIES", "21")], "Invalid PBS_MAX_RETRIES", None),
        (vec![], vec![ENDPOINT, ("PBS_INSECURE", "MARKER")], "Invalid PBS_INSECURE", None),
        (
            vec![("username", "u@pbs"), ("password", "MARKER\tMARKER")],
            vec![ENDPOINT],
            "Invalid password",
            Some("password"),
        ),
        (
            vec![("username", "MARKER"), ("password", "p")],
            vec![ENDPOINT],
            "Invalid username",
            Some("username"),
        ),
    ] {
        let arguments: Vec<_> =
            arguments.into_iter().map(|(name, text)| (name, text.into())).collect();
        let error = invalid_value(&arguments, &variables);
        assert_eq!(error.summary.as_deref(), Some(summary));
        assert_eq!(error.attribute.map(|path| path.to_string()).as_deref(), attribute, "{summary}");
        assert!(!error.detail.contains("MARKER"), "{}", error.detail);
    }
}

#[test]
fn upper_case_proxy_variables_take_precedence_over_lower_case_ones() {
    let variables = [ENDPOINT, ("https_proxy", "http://small:1"), ("NO_PROXY", "a,b")];
    let config = ready_config(&[], &variables);
    assert_eq!(config.proxy.https.as_deref(), Some("http://small:1"));
    assert_eq!(config.proxy.no_proxy.as_deref(), Some("a,b"));
    let config = ready_config(
        &[],
        &[ENDPOINT, ("https_proxy", "http://small:1"), ("HTTPS_PROXY", "http://big:1")],
    );
    assert_eq!(config.proxy.https.as_deref(), Some("http://big:1"));
}

#[test]
fn http_headers_are_taken_from_the_block_or_from_a_json_object_in_the_environment() {
    let variable = ("PBS_HTTP_HEADERS", r#"{"X-Environment": "secret", "X-Second": "2"}"#);
    let shown = |arguments: &[(&str, Value)]| {
        format!("{:?}", ready_config(arguments, &[ENDPOINT, variable]).http_headers)
    };
    assert_eq!(shown(&[]), "HttpHeaders(2)");
    let block = |headers: &[(&str, Value)]| [("http_headers", Value::map(headers.to_vec()))];
    assert_eq!(shown(&block(&[("X-Block", "secret".into())])), "HttpHeaders(1)");
    assert_eq!(shown(&block(&[("X-A", "1".into()), ("X-B", Value::Null)])), "HttpHeaders(1)");
    assert_eq!(shown(&block(&[])), "HttpHeaders(2)");
    assert_eq!(format!("{:?}", ready_config(&[], &[ENDPOINT]).http_headers), "HttpHeaders(0)");
    let text = reason_not_ready(&block(&[("X-A", Value::Unknown)]), &[ENDPOINT, variable]);
    assert!(text.contains("`http_headers` is not known"), "{text}");

    let error = invalid_value(&block(&[("Cookie", "MARKER".into())]), &[ENDPOINT]);
    assert_eq!(error.summary.as_deref(), Some("Invalid http_headers"));
    assert!(error.detail.contains("`cookie`") && error.attribute.is_some(), "{}", error.detail);
    for text in ["MARKER", "[]", r#"{"X": 1}"#, r#"{"X": null}"#, r#"{"Host": "MARKER"}"#] {
        let error = invalid_value(&[], &[ENDPOINT, ("PBS_HTTP_HEADERS", text)]);
        assert_eq!(error.summary.as_deref(), Some("Invalid PBS_HTTP_HEADERS"), "{text}");
        assert!(!error.detail.contains("MARKER"), "{}", error.detail);
    }
}
