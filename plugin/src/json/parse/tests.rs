use super::*;

fn text(json: &str) -> String {
    let Json::String(text) = parse(json.as_bytes()).unwrap() else { panic!("not a string") };
    text.to_string()
}

#[test]
fn every_kind_of_value_is_parsed() {
    let json =
        parse(b" { \"a\" : [ null , true,false, -1.50e2 ,\"x\" ] ,\"b\":{}, \"c\":[]}\r\n\t")
            .unwrap();
    assert_eq!(format!("{json:?}"), "object([[null, bool, bool, number, string], object([]), []])");
    let Json::Object(members) = json else { panic!("not an object") };
    let Json::Array(elements) = &members["a"] else { panic!("not an array") };
    assert_eq!(elements[3], Json::Number((-150_i64).into()));
    let text = Json::String(Zeroizing::new("x".to_owned()));
    assert_eq!(
        (&elements[1], &elements[2], &elements[4]),
        (&Json::Bool(true), &Json::Bool(false), &text)
    );
    assert_eq!(members.len(), 3);
}

#[test]
fn every_escape_sequence_is_decoded() {
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\tz""#), "a\"\\/\u{8}\u{c}\n\r\tz");
    assert_eq!(text(r#""\u00e9\u20AC\ud83d\ude00é😀\u0000""#), "é€😀é😀\0");
    assert_eq!(text(r#""\\""#), "\\");
    assert_eq!(text("\"\u{7f}\u{2028}\""), "\u{7f}\u{2028}");
}

#[test]
fn a_string_with_escapes_is_allocated_once() {
    let Json::String(text) = parse(br#""\u0041\n\\bcd""#).unwrap() else { panic!("not a string") };
    assert_eq!((text.as_str(), text.capacity()), ("A\n\\bcd", 13));
}

#[test]
fn invalid_json_is_rejected() {
    let texts = [
        "",
        " ",
        "nul",
        "nulls",
        "tru",
        "True",
        "'a'",
        "\"",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\n\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "]",
        "{",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{1:2}",
        "01",
        "1.",
        ".1",
        "+1",
        "-",
        "1e",
        "NaN",
        "1 2",
        "1,",
        "\u{feff}1",
        "\u{a0}1",
        "/**/1",
    ];
    for text in texts {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(parse(b"\"\xff\"").is_err());
}

#[test]
fn errors_state_the_offset() {
    let message = |json: &str| parse(json.as_bytes()).unwrap_err().to_string();
    assert_eq!(message("[1,\"marker\" 2]"), "invalid JSON: expected `,` or `]` at byte 12");
    assert_eq!(
        message("[1e5000]"),
        "invalid JSON: expected a decimal number of at most 4096 digits at byte 1"
    );
    assert_eq!(message("\"marker"), "invalid JSON: expected a closing quote at byte 7");
}

#[test]
fn nesting_beyond_the_limit_is_rejected() {
    let nested = |depth: usize| parse(("[".repeat(depth) + &"]".repeat(depth)).as_bytes());
    assert!(nested(MAX_DEPTH).is_ok());
    assert_eq!(
        nested(MAX_DEPTH + 1).unwrap_err().to_string(),
        "invalid JSON: expected at most 64 levels of nesting at byte 64"
    );
    assert!(parse("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
}
