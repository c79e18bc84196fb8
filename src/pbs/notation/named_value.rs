//! The elements of a map, for example of the headers of a webhook. PBS stores such a map as an
//! array of property strings, one for each element.

use super::{PropertyString, decode_base64, encode_base64};
use crate::pbs::{Malformed, id::name_type};
use zeroize::Zeroizing;

name_type! {
    /// The name of a header or a secret of a webhook, which consists of letters, digits, `_` and
    /// `-`. PBS accepts every text as a name. But a template cannot refer to a secret whose name
    /// contains other characters, and HTTP allows only a few other characters in the name of a
    /// header.
    ElementName, check_name
}

fn check_name(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a name of letters, digits, `_` and `-`";
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match text.chars().position(|c| !is_allowed(c)) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if text.is_empty() => Err(Malformed::empty(FORM)),
        None => Ok(()),
    }
}

/// The property string for an element: `name=NAME,value=VALUE` with the value in Base64. `name`
/// must be a valid [`ElementName`].
#[must_use]
pub fn encode_named_value(name: &str, value: &str) -> Zeroizing<String> {
    let value = Zeroizing::new(encode_base64(value));
    Zeroizing::new(["name=", name, ",value=", value.as_str()].concat())
}

/// The name and the value of the element that a property string contains. `None` if the text is not
/// a property string with a name. If the property string contains no value, the value is empty,
/// because PBS does not return empty values (PBS 4.2.3, recorded). PBS also accepts values that are
/// not in Base64 (recorded). The function returns such a value unchanged.
#[must_use]
pub fn decode_named_value(text: &str) -> Option<(String, String)> {
    let pairs = PropertyString::parse(text, None).ok()?;
    let value = pairs.get("value").unwrap_or_default();
    let value = decode_base64(value).unwrap_or_else(|_| value.to_owned());
    Some((pairs.get("name")?.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_decoded_as_it_was_encoded() {
        for value in ["", "Bearer {{ secrets.token }}", "a,b=c", "ü\n"] {
            let text = encode_named_value("X-Header", value);
            let expected = ("X-Header".to_owned(), value.to_owned());
            assert_eq!(decode_named_value(&text), Some(expected));
        }
        assert_eq!(*encode_named_value("a", "secret"), "name=a,value=c2VjcmV0");
        assert_eq!(decode_named_value("name=a"), Some(("a".to_owned(), String::new())));
        assert_eq!(decode_named_value("value=%%,name=a"), Some(("a".to_owned(), "%%".to_owned())));
        assert_eq!(decode_named_value("value=YQ=="), None);
    }

    #[test]
    fn a_name_that_a_template_or_a_header_cannot_have_is_rejected() {
        assert!("Content-Type".parse::<ElementName>().is_ok());
        for text in ["", "a b", "a,b", "a=b", "a:b", "\"a\"", "a.b", "ü"] {
            assert!(text.parse::<ElementName>().is_err(), "{text}");
        }
    }
}
