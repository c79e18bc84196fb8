use super::*;
use crate::pbs::Secret;

fn refusal(status: u16, body: &str) -> Error {
    refused("GET /version".to_owned(), status, body, &[])
}

#[test]
fn an_error_response_is_shown_on_one_line_with_a_remedy_if_there_is_one() {
    for (status, body, expected) in [
        (401, "authentication failed", "401 authentication failed. Check the token or ticket"),
        (401, "permission check failed.", ". Check the user name, the password"),
        (401, "missing password", "use `username` and `password`"),
        (404, "Path '/api2/json/version' not found.", "Check that `endpoint` is the address of"),
        (404, "<html>404 Not Found</html>", "does not send such a response"),
        (502, "<!DOCTYPE html><p>MARKER", "(an HTML page"),
        (401, "<html>Sign in</html>", "requires HTTP headers, set `http_headers`"),
        (301, "", "Set `endpoint` to the final address"),
        (400, "no such user.\n", "GET /version: 400 no such user"),
        (400, "failed:\n- 'a': x\n- 'b': y", "failed: - 'a': x - 'b': y"),
    ] {
        let shown = refusal(status, body).to_string();
        assert!(shown.starts_with("GET /version: "), "{shown}");
        assert!(shown.contains(expected), "{body}: {shown}");
        assert!(!shown.contains("MARKER") && !shown.contains('\n'), "{shown}");
    }
    assert!(refusal(400, &"x".repeat(10_000)).to_string().len() < 500);
}

/// A diagnostic continues the text of an error with a full stop and another sentence.
#[test]
fn no_error_has_a_full_stop_at_its_end_or_two_full_stops() {
    for status in [400, 401, 403, 404, 429, 500] {
        for body in [
            "permission check failed.",
            "no such user.",
            "token 'x' for user 'u@pbs' already exists.",
            "Path '/api2/json/x' not found.",
            "unable to parse acl config \"x\", line 1 - wrong number of items.",
            "",
        ] {
            let error = refusal(status, body);
            let exists = Error::AlreadyExists { request: "POST /x".into(), message: body.into() };
            for error in [
                error.clone(),
                error.clone().into_login_error(),
                error.with_missing_privilege("Sys.Audit", "/", None),
                exists,
            ] {
                let shown = error.to_string();
                assert!(!shown.ends_with('.') && !shown.contains(".."), "{shown}");
            }
        }
    }
}

#[test]
fn a_secret_in_the_body_of_an_error_response_is_redacted() {
    let secret = Secret::new("MARKER-SECRET");
    let body = "bad header MARKER-SECRET";
    let shown = refused("GET /".into(), 400, body, &[secret]).to_string();
    assert!(shown.contains("bad header (secret)"), "{shown}");
}

#[test]
fn response_lost_is_true_if_the_server_might_have_carried_out_the_request() {
    for (error, lost) in [
        (refusal(400, "x"), false),
        (refusal(403, "x"), false),
        (refusal(429, "x"), false),
        (refusal(500, "x"), true),
        (refusal(502, "x"), true),
        (refusal(503, "x"), true),
        (refusal(504, "x"), true),
        (Error::ResponseLost { request: String::new(), cause: String::new() }, true),
        (Error::Connect { request: String::new(), cause: String::new(), transient: true }, false),
        (Error::Stopped { request: String::new() }, false),
    ] {
        assert_eq!(error.response_lost(), lost, "{error:?}");
    }
}

#[test]
fn only_the_two_recorded_messages_with_status_400_are_lock_timeouts() {
    let recorded = "Unable to acquire lock \"/etc/proxmox-backup/.acl.lck\" - Interrupted \
                    system call (os error 4)";
    assert!(refusal(400, recorded).is_lock_timeout());
    assert!(refusal(400, "x - Interrupted system call (os error 4)").is_lock_timeout());
    assert!(!refusal(403, recorded).is_lock_timeout());
    assert!(!refusal(400, "no such user 'Unable-to-acquire-lock@pbs'").is_lock_timeout());
}

#[test]
fn a_response_that_cannot_be_understood_is_not_quoted() {
    use crate::pbs::{Token, TokenId, UserId};
    fn decoding_error<T: serde::de::DeserializeOwned>(body: &str) -> Option<String> {
        let error = serde_json::from_str::<T>(body).err()?;
        Some(not_understood("GET /x".to_owned(), body.as_bytes(), &error).to_string())
    }
    for body in [
        r#""MARKER""#,
        r#"{"MARKER": 1}"#,
        r#"["MARKER, expected MARKER"]"#,
        r#"{"tokenid": "MARKER"}"#,
        r#"{"tokenid": "a@pbs!MARKER MARKER"}"#,
        r#"{"tokenid": "a@pbs!x", "expire": "MARKER"}"#,
        r#"{"tokenid": "a@pbs!x", "enable": "MARKER, expected MARKER"}"#,
        r#"{"MARKER"#,
        "MARKER",
    ] {
        let shown = [
            decoding_error::<Token>(body),
            decoding_error::<TokenId>(body),
            decoding_error::<UserId>(body),
            decoding_error::<u64>(body),
            decoding_error::<std::collections::BTreeMap<String, Secret>>(body),
        ];
        assert!(shown.iter().flatten().count() >= 4, "{body}");
        for message in shown.into_iter().flatten() {
            assert!(!message.contains("MARKER"), "{message}");
        }
    }
    assert_eq!(
        decoding_error::<u64>(r#""MARKER""#).unwrap(),
        "GET /x: the response cannot be understood: expected u64 (line 1, column 8)"
    );
}
