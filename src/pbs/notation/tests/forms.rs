//! Tests of the meanings of texts, and of the errors about rejected texts. `schedules` contains
//! these tests for schedules and time frames.

use super::{assert_faults, assert_groups, fault, value};
use crate::pbs::notation::*;

#[test]
fn sizes_are_equal_if_they_are_the_same_number_of_bytes() {
    assert_groups::<HumanBytes>(&[
        &["0", "0 B", "0.000 TiB", "0.5"],
        &["1000", "1000 B", "1kb", "1 K", "1.000KB", "0.001 MB", "1000b", "01000", "1000 "],
        &["1024", "1KiB", "1 ki", "1kiB", "1.024 KB"],
        &["10MiB", "10 MiB", "10240KiB", "10485760"],
        &["10MB", "10m", "10\tM"],
        &["1.5 GiB", "1536 MiB"],
        &["2 TB", "2000GB"],
        &["3 PiB", "3072 TiB"],
        &["18446744073709549568"],
    ]);
    for (text, shown, bytes) in [
        ("10MiB", "10 MiB", 10 << 20),
        ("1.50mb", "1.5 MB", 1_500_000),
        ("1024KiB", "1024 KiB", 1 << 20),
        ("10k", "10 KB", 10_000),
        ("1.235p", "1.235 PB", 1_235_000_000_000_000),
        (".5ti", "0.5 TiB", 1 << 39),
        ("9007199254740992", "9007199254740992 B", 1 << 53),
    ] {
        let size: HumanBytes = value(text);
        assert_eq!((size.to_string().as_str(), size.bytes()), (shown, bytes), "{text}");
    }
    assert_faults::<HumanBytes>(&[
        ("", "the text is empty"),
        ("fast", "character 1 "),
        ("-1", "character 1 "),
        ("+1", "character 1 "),
        (" 10 MB", "character 1 "),
        ("10 MB ", "character 4 "),
        ("10 MIB", "character 4 "),
        ("10i", "character 3 "),
        ("10 EB", "character 4 "),
        ("1e3", "character 2 "),
        ("1.2.3 MB", "is not a decimal number"),
        (".", "is not a decimal number"),
        ("1.23456 MB", "at most 3 decimal places"),
        ("1.0001", "at most 3 decimal places"),
        ("18446744073709551616", "less than 2^64 bytes"),
        ("20000 PB", "less than 2^64 bytes"),
        (&"1".repeat(65), "65 characters, at most 64"),
    ]);
}

#[test]
fn a_property_string_is_read_changed_and_written() {
    let mut pairs = PropertyString::parse("message=m,offline", Some("type")).unwrap();
    assert_eq!((pairs.get("type"), pairs.get("message")), (Some("offline"), Some("m")));
    assert_eq!(pairs.to_string(), "offline,message=m");
    assert!(pairs == PropertyString::parse("type=offline,message=m", Some("type")).unwrap());
    pairs.set("type", "read-only");
    pairs.set("other", "a,b");
    assert_eq!(pairs.to_string(), "read-only,message=m,other=\"a,b\"");
    assert!(pairs.remove("message") && !pairs.remove("message"));
    assert_eq!(pairs.iter().collect::<Vec<_>>(), [("type", "read-only"), ("other", "a,b")]);
    assert_eq!(format!("{pairs:?}"), r#"{"type", "other"}"#);
    pairs.set("type", "");
    assert_eq!(pairs.to_string(), "type=,other=\"a,b\"");
    assert!(value::<PropertyString>("a=1,b=2") == value("b=2,a=1,"));
    assert!(value::<PropertyString>("a=1,b=2") != value("a=1"));
    assert!(value::<PropertyString>("a=1") != value("a=1,b=2"));
    assert!(value::<PropertyString>("a=1") != value("a=2"));
    assert!(value::<PropertyString>("").is_empty() && PropertyString::new(None).is_empty());
}

#[test]
fn the_values_of_a_property_string_can_be_quoted() {
    for (text, expected, shown) in [
        (r#"a="x, y",b=1"#, "x, y", r#"a="x, y",b=1"#),
        (r#"a="q\"\\\n",b=1"#, "q\"\\\n", r#"a="q\"\\\n",b=1"#),
        (r#"a="plain",b=1"#, "plain", "a=plain,b=1"),
        (r#"a=in"side,b=1"#, "in\"side", r#"a="in\"side",b=1"#),
        ("a=x=y,b=1", "x=y", "a=x=y,b=1"),
        ("a=,b=1", "", "a=,b=1"),
    ] {
        let pairs: PropertyString = value(text);
        assert_eq!((pairs.get("a"), pairs.get("b")), (Some(expected), Some("1")), "{text}");
        assert_eq!(pairs.to_string(), shown);
    }
    let pairs = PropertyString::parse(r#""x=y",b=1"#, Some("a")).unwrap();
    assert_eq!((pairs.get("a"), pairs.to_string().as_str()), (Some("x=y"), r#""x=y",b=1"#));
    assert_faults::<PropertyString>(&[
        ("rack 1", "a value has no key"),
        ("a=1,,b=2", "a value has no key"),
        ("a=1,a=2", "a key occurs twice"),
        ("a=1, b=2", "character 5 "),
        ("=1", "a key is empty"),
        (r#"a="1"#, "a quotation mark is missing"),
        (r#"a="1\"#, "after a `\\`, only"),
        (r#"a="1\t""#, "after a `\\`, only"),
        (r#"a="1"x"#, "a comma is missing after a quotation mark"),
    ]);
}

#[test]
fn hosts_are_equal_if_they_have_the_same_name_or_address() {
    assert_groups::<Host>(&[
        &["pbs.example.com", "PBS.Example.COM"],
        &["::1", "0:0:0:0:0:0:0:1", "::0.0.0.1"],
        &["2001:db8::A", "2001:0db8::a"],
        &["127.0.0.1"],
    ]);
    assert_groups::<HostPort>(&[
        &["[::1]:8089", "[0:0::1]:8089"],
        &["Example.com:80", "example.com:0080"],
        &["example.com:65535"],
    ]);
    assert_groups::<DnsName>(&[&["a.example", "A.example"], &["b"]]);
    assert_eq!(fault::<DnsAlias>("_acme-challenge.example.com"), None);
    assert_faults::<DnsName>(&[
        ("_a.example", "character 1 "),
        ("*.example.com", "character 1 "),
        ("a.example.", "the name must not end with `.`"),
    ]);
    assert_faults::<Host>(&[
        ("", "the text is empty"),
        ("https://x", "a scheme such as"),
        ("x:8007", "must not contain a port"),
        ("[::1]", "must not be in brackets"),
        ("::1::", "the IPv6 address is not valid"),
        ("a b", "character 2 "),
        ("a..b", "character 3 "),
        ("a-.b", "character 2 "),
        ("-a", "character 1 "),
        (".", "character 1 "),
        (&"x".repeat(64), "more than 63 characters between two dots"),
        (&format!("{}x", "x.".repeat(127)), "more than 253 characters"),
    ]);
    assert_eq!(fault::<Host>(&format!("{}x", "x.".repeat(126))), None);
    assert_faults::<HostPort>(&[
        ("", "the text is empty"),
        ("x", "the port is missing"),
        ("x:", "the port is missing"),
        (":80", "the host is missing"),
        ("::1:80", "must be in brackets"),
        ("[::1]", "a bracket or the port is missing"),
        ("[x]:80", "the IPv6 address is not valid"),
        ("x:0", "from 1 to 65535"),
        ("x:65536", "from 1 to 65535"),
        ("x:+80", "from 1 to 65535"),
        ("x:00080", "from 1 to 65535"),
    ]);
}

#[test]
fn proxies_are_equal_if_they_have_the_same_address_and_user() {
    assert_groups::<HttpProxy>(&[
        &["proxy", "http://proxy", "HTTP://PROXY:1080"],
        &["proxy:3128", "http://proxy:3128"],
        &["http://u:p@proxy:3128", "u:p@proxy:3128"],
        &["http://u:q@proxy:3128"],
        &["[::1]:80", "http://[0::1]:80"],
        &["[::1]"],
        &["my_proxy"],
    ]);
    assert_eq!(value::<HttpProxy>("http://u:p@proxy").to_string(), "http://u:p@proxy");
    let shown = format!("{:?}", value::<HttpProxy>("http://u:MARKER@proxy:3128"));
    assert!(!shown.contains("MARKER"), "{shown}");
    assert_faults::<HttpProxy>(&[
        ("", "the text is empty"),
        ("https://proxy", "the only possible scheme is `http`"),
        ("http://", "the host is missing"),
        ("http://proxy/", "the port must be the last part"),
        ("proxy:", "the port is missing"),
        ("proxy:99999", "from 1 to 65535"),
        ("::1:80", "must be in brackets"),
        ("[::1", "a bracket is missing"),
        ("a b", "character 2 "),
        ("http://u:p@a b", "character 13 "),
        ("http://u @proxy", "character 9 "),
        (&format!("http://{}", "x".repeat(122)), "129 characters, at most 128"),
    ]);
}

#[test]
fn networks_are_equal_if_they_have_the_same_addresses() {
    assert_groups::<Cidr>(&[
        &["10.0.0.0/8", "10.1.2.3/8", "10.0.0.0/08"],
        &["10.0.0.0/9"],
        &["0.0.0.0/0", "9.9.9.9/0"],
        &["::/0", "1::/0"],
        &["fd00::/8", "FD00:0::1/8"],
        &["10.0.0.1/32"],
        &["::1/128", "0::1/128"],
    ]);
    assert_faults::<Cidr>(&[
        ("", "the text is empty"),
        ("10.0.0.1", "the length of the prefix is missing"),
        ("10.0.0.0/", "the length of the prefix is missing"),
        ("10.0.0.0/33", "must be a number up to 32"),
        ("10.0.0.0/008", "must be a number up to 32"),
        ("fd00::/129", "must be a number up to 32"),
        ("fd00::/+8", "must be a number up to 32"),
        ("10.0.0/8", "the IP address is not valid"),
        ("[::1]/8", "the IP address is not valid"),
    ]);
}

#[test]
fn conditions_and_severities_are_equal_in_any_order() {
    assert_groups::<MatchField>(&[
        &["exact:type=gc,verify", "exact:type=verify,gc", "exact:type= gc , verify "],
        &["exact:type=gc"],
        &["exact:type="],
        &["regex:type=gc"],
        &["regex:type=gc,verify"],
        &["regex:hostname=^pbs.*$"],
    ]);
    assert_eq!(value::<MatchField>("exact:a= x, y").to_string(), "exact:a=x,y");
    assert_faults::<MatchField>(&[
        ("", "the text is empty"),
        ("type=gc", "must begin with `exact:` or `regex:`"),
        ("exact:type", "a `=` is missing"),
        ("exact:=x", "the field is missing"),
        ("exact:a b=x", "character 8 "),
        ("exact:a=x\n", "character 10 "),
        ("regex:a=x ", "ends with white space"),
        ("regex:a=(", "contains a `(` without a `)`"),
    ]);
    assert_groups::<GroupFilter>(&[
        &["type:vm"],
        &["exclude:type:vm"],
        &["group:host/web.example-1"],
        &["exclude:regex:^vm/1[0-9]{2}$"],
    ]);
    assert_faults::<GroupFilter>(&[
        ("", "the text is empty"),
        ("vm", "`type:`, `group:` or `regex:` is missing"),
        ("exclude:", "`type:`, `group:` or `regex:` is missing"),
        ("include:type:vm", "without `include:`"),
        ("type:VM", "must be `vm`, `ct` or `host`"),
        ("group:vm", "a `/` is missing"),
        ("exclude:group:vm/a b", "character 19 "),
        ("regex:^vm/1 ", "ends with white space"),
        ("regex:(", "contains a `(` without a `)`"),
    ]);
    assert_groups::<Severities>(&[
        &["warning,error", "error, warning", " error ,warning,error"],
        &["error"],
        &["info,notice,warning,error,unknown"],
    ]);
    assert_eq!(value::<Severities>(" error ,info").to_string(), "error,info");
    assert_faults::<Severities>(&[
        ("", "the text is empty"),
        ("error,", "the severity is missing"),
        ("fatal", "a severity is unknown"),
        ("Error", "a severity is unknown"),
    ]);
}

#[test]
fn paths_are_equal_if_only_superfluous_characters_differ() {
    assert_groups::<DirectoryPath>(&[
        &["/srv/a", "/srv/a/", "//srv/./a", "/srv//a/."],
        &["srv/a", "./srv/a"],
        &["/srv/b/../a"],
    ]);
    assert!(value::<DirectoryPath>("/a").is_absolute());
    assert!(!value::<DirectoryPath>("a").is_absolute());
    assert_faults::<DirectoryPath>(&[
        ("", "the text is empty"),
        ("/", "the root directory"),
        ("//./", "the root directory"),
        ("/a\nb", "character 3 "),
        ("/a ", "begins or ends with white space"),
        (&format!("/{}", "x".repeat(4096)), "4097 characters, at most 4096"),
    ]);
}

#[test]
fn texts_and_ids_are_checked() {
    assert_faults::<MaintenanceMessage>(&[("a, b", "character 2 "), (" a", "white space")]);
    assert_eq!(fault::<MaintenanceMessage>("back at \"8\""), None);
    assert_faults::<Line>(&[("a\tb", "character 2 "), ("a ", "white space")]);
    assert_eq!(fault::<Line>(&"x".repeat(5000)), None);
    assert_faults::<MailRecipient>(&[("x", "at least 2"), ("", "at least 2")]);
    assert_faults::<BackingDevice>(&[
        ("", "the text is empty"),
        ("sda1", "character 1 "),
        ("11111111-2222-3333-4444-55555555555", "the text is incomplete"),
        ("11111111-2222-3333-4444-5555555555555", "character 37 "),
        ("1111111g-2222-3333-4444-555555555555", "character 8 "),
        ("AAAAAAAA-2222-3333-4444-555555555555", "character 1 "),
    ]);
    assert_faults::<RemoteName>(&[
        ("ab", "the name of a remote (3 to 32 letters"),
        ("a b", "character 2 "),
        ("", "the text is empty"),
    ]);
    assert_faults::<AcmeAccountName>(&[("", "the text is empty"), ("a/b", "character 2 ")]);
    assert_eq!(fault::<AcmeAccountName>(&"x".repeat(100)), None);
}

#[test]
fn texts_are_encoded_in_base64_and_decoded() {
    for (text, encoded) in [("Only\nfor us", "T25seQpmb3IgdXM="), ("", ""), ("ü", "w7w=")] {
        assert_eq!(encode_base64(text), encoded);
        assert_eq!(decode_base64(encoded).as_deref(), Ok(text));
    }
    assert_eq!(decode_base64("eA").as_deref(), Ok("x"));
    for (text, expected) in [("c", "is not Base64"), ("!!!", "is not Base64"), ("/w==", "UTF-8")] {
        let shown = decode_base64(text).unwrap_err().to_string();
        assert!(shown.contains(expected), "{text}: {shown}");
    }
}
