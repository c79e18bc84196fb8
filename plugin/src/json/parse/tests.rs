use super::*;

fn text(json: &str) -> String {
    parse(json.as_bytes()).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn reads_every_kind() {
    let json =
        parse(b" { \"a\" : [ null , true,false, -1.50e2 ,\"x\" ] ,\"b\":{}, \"c\":[]}\r\n\t")
            .unwrap();
    assert_eq!(format!("{json:?}"), "object([[null, bool, bool, number, string], object([]), []])");
    let a = json.get("a").unwrap().as_array().unwrap();
    assert_eq!(a[3].as_number(), Some(&(-150_i64).into()));
    assert_eq!(
        (a[1].as_bool(), a[2].as_bool(), a[4].as_str()),
        (Some(true), Some(false), Some("x"))
    );
    assert_eq!(json.as_object().map(BTreeMap::len), Some(3));
}

#[test]
fn reads_every_escape() {
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\tz""#), "a\"\\/\u{8}\u{c}\n\r\tz");
    assert_eq!(text(r#""\u00e9\u20AC\ud83d\ude00é😀\u0000""#), "é€😀é😀\0");
    assert_eq!(text(r#""\\""#), "\\");
    assert_eq!(text("\"\u{7f}\u{2028}\""), "\u{7f}\u{2028}");
}

#[test]
fn makes_room_once() {
    let Json::String(text) = parse(br#""\u0041\n\\bcd""#).unwrap() else { panic!("not a string") };
    assert_eq!((text.as_str(), text.capacity()), ("A\n\\bcd", 13));
}

#[test]
fn refuses_everything_else() {
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
fn says_where() {
    let message = |json: &str| parse(json.as_bytes()).unwrap_err().to_string();
    assert_eq!(message("[1,\"marker\" 2]"), "expected JSON, with `,` or `]` at byte 12");
    assert_eq!(
        message("[1e5000]"),
        "expected JSON, with a decimal number of at most 4096 digits at byte 1"
    );
    assert_eq!(message("\"marker"), "expected JSON, with the string to end at byte 7");
}

#[test]
fn nests_so_far_and_no_further() {
    let nested = |depth: usize| parse(("[".repeat(depth) + &"]".repeat(depth)).as_bytes());
    assert!(nested(MAX_DEPTH).is_ok());
    assert_eq!(
        nested(MAX_DEPTH + 1).unwrap_err().to_string(),
        "expected JSON, with at most 64 levels at byte 64"
    );
    assert!(parse("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
}
