//! Texts that PBS stores in Base64. A text in Base64 is a single line, even if the original text
//! has several lines.

use crate::pbs::{Malformed, id::name_type};
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Encodes with padding, and decodes texts with and without padding. PBS may have stored a text
/// without padding, because PBS does not check whether a text is valid Base64 (recorded).
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Encodes the text in Base64.
#[must_use]
pub fn encode_base64(text: &str) -> String {
    ENGINE.encode(text)
}

/// Decodes a text from Base64.
///
/// # Errors
/// The text is not Base64, or the decoded bytes are not UTF-8.
pub fn decode_base64(text: &str) -> Result<String, Malformed> {
    const FORM: &str = "a text in Base64";
    let bytes = ENGINE.decode(text).map_err(|_| Malformed::rule(FORM, "the text is not Base64"))?;
    String::from_utf8(bytes).map_err(|_| Malformed::rule(FORM, "the decoded bytes are not UTF-8"))
}

name_type! {
    /// The text that users must accept before they log in. The text can have several lines.
    ///
    /// PBS stores the text in Base64, and accepts at most 65536 characters of Base64 (API
    /// description).
    ConsentText, check_consent_text
}

fn check_consent_text(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "a text of at most 49152 bytes";
    // Base64 uses four characters for three bytes.
    match text.len().div_ceil(3) * 4 > 65_536 {
        true => Err(Malformed::rule(FORM, "the text is too long")),
        false => Ok(()),
    }
}
