//! What comes of which arguments and variables.

use super::*;
use crate::provider::Provider;
use tf_plugin::{Provider as _, Value};

const FINGERPRINT: &str = "64:d3:ff:3a:50:38:53:5a:9b:f7:50:3e:27:0c:1f:4a:5b:0e:3d:2c:1a:99:88:77:66:55:44:33:22:11:00:aa";

/// The configuration for these arguments and variables, or what is said instead.
fn config(
    arguments: &[(&str, Value)],
    variables: &[(&'static str, &'static str)],
) -> (Result<Config, Unmade>, Vec<Diagnostic>) {
    let value = Value::map(arguments.iter().map(|(name, value)| (*name, value.clone())));
    let variables: Vec<_> = variables.to_vec();
    let environment: Environment = Box::new(move |name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, text)| (*text).to_owned()).ok_or(VarError::NotPresent)
    });
    let mut warnings = Vec::new();
    let schema = Provider::new(Box::new(|_| Err(VarError::NotPresent))).schema();
    let block = Block { config: View::new(&value, &schema), environment: &environment };
    (block.config(&mut warnings), warnings)
}

fn made(arguments: &[(&str, Value)], variables: &[(&'static str, &'static str)]) -> Config {
    match config(arguments, variables).0 {
        Ok(config) => config,
        Err(Unmade::NotReady(reason) | Unmade::Wrong(reason)) => panic!("{}", reason.detail),
    }
}

fn wrong(arguments: &[(&str, Value)], variables: &[(&'static str, &'static str)]) -> Diagnostic {
    match config(arguments, variables).0 {
        Err(Unmade::Wrong(reason)) => reason,
        Err(Unmade::NotReady(reason)) => panic!("only lacking: {}", reason.detail),
        Ok(_) => panic!("nothing is wrong"),
    }
}

fn lacking(arguments: &[(&str, Value)], variables: &[(&'static str, &'static str)]) -> String {
    match config(arguments, variables).0 {
        Err(Unmade::NotReady(reason)) => reason.detail,
        Err(Unmade::Wrong(reason)) => panic!("wrong: {}", reason.detail),
        Ok(_) => panic!("nothing is lacking"),
    }
}

/// The kind of credentials, and who they are of.
fn who(config: &Config) -> String {
    match &config.credentials {
        Credentials::ApiToken(token) => format!("token {}:{}", token.id, token.secret.expose()),
        Credentials::Password { user, password } => format!("login {user}:{}", password.expose()),
        Credentials::Ticket { ticket, csrf } => {
            format!("ticket {}:{:?}", ticket.expose(), csrf.as_ref().map(Secret::expose))
        }
        Credentials::Missing(reason) => format!("missing: {reason}"),
    }
}

const HERE: (&str, &str) = ("PBS_ENDPOINT", "https://a:8007");

#[test]
fn an_argument_goes_before_its_variable() {
    let variables =
        [HERE, ("PBS_TIMEOUT", "7"), ("PBS_MAX_RETRIES", "0"), ("PBS_API_TOKEN", "e@pbs!e:s")];
    let from_environment = made(&[], &variables);
    assert_eq!(from_environment.endpoint.to_string(), "https://a:8007");
    assert_eq!((from_environment.timeout.as_secs(), from_environment.max_retries), (7, 0));
    assert_eq!(who(&from_environment), "token e@pbs!e:s");
    let arguments = [
        ("endpoint", "https://b:443".into()),
        ("timeout", Value::from(9_i64)),
        ("max_retries", Value::from(2_i64)),
        ("api_token", "  b@pbs!b=s\n".into()),
    ];
    let from_block = made(&arguments, &variables);
    assert_eq!(from_block.endpoint.to_string(), "https://b:443");
    assert_eq!((from_block.timeout.as_secs(), from_block.max_retries), (9, 2));
    assert_eq!(who(&from_block), "token b@pbs!b:s");
    let neither = made(&[], &[HERE, ("PBS_API_TOKEN", "e@pbs!e:s")]);
    assert_eq!((neither.timeout.as_secs(), neither.max_retries), (30, 4));
}

#[test]
fn the_kind_of_credentials_is_the_first_that_has_an_argument_else_a_variable() {
    let token = ("PBS_API_TOKEN", "e@pbs!e:s");
    let login = [("PBS_USERNAME", "u@pbs"), ("PBS_PASSWORD", "pass word ")];
    let ticket = [("PBS_AUTH_TICKET", "PBS:t"), ("PBS_CSRF_PREVENTION_TOKEN", "c")];
    for (arguments, variables, wanted) in [
        (vec![], vec![HERE, token, login[0], login[1]], "token e@pbs!e:s"),
        (vec![], vec![HERE, login[0], login[1]], "login u@pbs:pass word "),
        (vec![], vec![HERE, ticket[0], ticket[1], login[0], login[1]], "ticket PBS:t:Some(\"c\")"),
        (vec![], vec![HERE, ticket[0]], "ticket PBS:t:None"),
        // The backup client owns PBS_PASSWORD: alone it changes nothing.
        (vec![], vec![HERE, token, login[1]], "token e@pbs!e:s"),
        (vec![("username", "a@pbs")], vec![HERE, token, login[1]], "login a@pbs:pass word "),
        (vec![("auth_ticket", "PBS:a")], vec![HERE, token], "ticket PBS:a:None"),
        (
            vec![("api_token", "a@pbs!a:s"), ("username", "a@pbs")],
            vec![HERE, login[1]],
            "token a@pbs!a:s",
        ),
        (vec![("api_token", "")], vec![HERE, login[0], login[1]], "login u@pbs:pass word "),
    ] {
        let arguments: Vec<_> =
            arguments.into_iter().map(|(name, text)| (name, text.into())).collect();
        assert_eq!(who(&made(&arguments, &variables)), wanted);
    }
}

#[test]
fn without_credentials_what_needs_none_still_works() {
    let told = who(&made(&[], &[HERE]));
    assert!(told.starts_with("missing: ") && told.contains("`PBS_API_TOKEN`"), "{told}");
    let told =
        who(&made(&[("api_token", Value::Unknown)], &[HERE, ("PBS_API_TOKEN", "e@pbs!e:s")]));
    assert!(told.starts_with("missing: ") && told.contains("`api_token`"), "{told}");
    let told = who(&made(&[("username", "a@pbs".into())], &[HERE]));
    assert!(told.starts_with("missing: ") && told.contains("`password`"), "{told}");
}

#[test]
fn what_is_lacking_is_named() {
    assert!(lacking(&[], &[]).contains("`PBS_ENDPOINT`"));
    assert!(lacking(&[("endpoint", Value::Unknown)], &[HERE]).contains("`endpoint` is not known"));
    for argument in ["fingerprint", "ca_certificate", "insecure", "timeout", "max_retries"] {
        let told = lacking(&[(argument, Value::Unknown)], &[HERE]);
        assert!(told.contains(&format!("`{argument}` is not known")), "{told}");
    }
}

#[test]
fn trust_goes_from_the_strictest_to_the_weakest() {
    let insecure = ("PBS_INSECURE", "1");
    for (arguments, variables, wanted) in [
        (vec![], vec![HERE], "System"),
        (vec![], vec![HERE, insecure], "Insecure"),
        (vec![], vec![HERE, ("PBS_INSECURE", "false")], "System"),
        (vec![("insecure", Value::from(false))], vec![HERE, insecure], "System"),
        (vec![], vec![HERE, insecure, ("PBS_FINGERPRINT", FINGERPRINT)], "Fingerprint"),
        (
            vec![("insecure", Value::from(true))],
            vec![HERE, ("PBS_FINGERPRINT", FINGERPRINT)],
            "Fingerprint",
        ),
        (vec![("fingerprint", FINGERPRINT.into())], vec![HERE, insecure], "Fingerprint"),
    ] {
        let (config, warnings) = config(&arguments, &variables);
        let Ok(config) = config else { panic!("{wanted}") };
        let kind = match config.trust {
            Trust::System => "System",
            Trust::Insecure => "Insecure",
            Trust::Fingerprint(_) => "Fingerprint",
            Trust::Ca(_) => "Ca",
        };
        assert_eq!(kind, wanted);
        assert_eq!(warnings.len(), usize::from(wanted == "Insecure"), "{wanted}");
    }
}

#[test]
fn what_is_wrong_names_where_it_stands_and_never_what() {
    for (arguments, variables, summary, attribute) in [
        (vec![], vec![("PBS_ENDPOINT", "http://MARKER")], "Invalid PBS_ENDPOINT", None),
        (vec![("endpoint", "ftp://MARKER")], vec![], "Invalid endpoint", Some("endpoint")),
        (vec![], vec![HERE, ("PBS_API_TOKEN", "MARKER")], "Invalid PBS_API_TOKEN", None),
        (vec![("api_token", "MARKER")], vec![HERE], "Invalid api_token", Some("api_token")),
        (vec![("fingerprint", "MARKER")], vec![HERE], "Invalid fingerprint", Some("fingerprint")),
        (
            vec![("ca_certificate", "/no/such/MARKER")],
            vec![HERE],
            "Invalid ca_certificate",
            Some("ca_certificate"),
        ),
        (vec![], vec![HERE, ("PBS_TIMEOUT", "MARKER")], "Invalid PBS_TIMEOUT", None),
        (vec![], vec![HERE, ("PBS_MAX_RETRIES", "21")], "Invalid PBS_MAX_RETRIES", None),
        (vec![], vec![HERE, ("PBS_INSECURE", "MARKER")], "Invalid PBS_INSECURE", None),
        (
            vec![("username", "MARKER"), ("password", "p")],
            vec![HERE],
            "Invalid username",
            Some("username"),
        ),
    ] {
        let arguments: Vec<_> =
            arguments.into_iter().map(|(name, text)| (name, text.into())).collect();
        let told = wrong(&arguments, &variables);
        assert_eq!(told.summary.as_deref(), Some(summary));
        assert_eq!(told.attribute.map(|path| path.to_string()).as_deref(), attribute, "{summary}");
        assert!(!told.detail.contains("MARKER"), "{}", told.detail);
    }
}

#[test]
fn proxies_come_from_the_environment_in_either_case() {
    let variables = [HERE, ("https_proxy", "http://small:1"), ("NO_PROXY", "a,b")];
    let config = made(&[], &variables);
    assert_eq!(config.proxy.https.as_deref(), Some("http://small:1"));
    assert_eq!(config.proxy.no_proxy.as_deref(), Some("a,b"));
    let config =
        made(&[], &[HERE, ("https_proxy", "http://small:1"), ("HTTPS_PROXY", "http://big:1")]);
    assert_eq!(config.proxy.https.as_deref(), Some("http://big:1"));
}
