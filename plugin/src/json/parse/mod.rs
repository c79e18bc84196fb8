use super::Json;
use crate::value::{Error, Result};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The maximum depth of nested arrays and objects.
const MAX_DEPTH: usize = 64;

/// Parses JSON according to RFC 8259, with additional rules. The member names of an object must be
/// unique. Arrays and objects may be nested only up to [`MAX_DEPTH`]. Numbers have the limits of
/// [`Number`](crate::Number).
pub(super) fn parse(bytes: &[u8]) -> Result<Json> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::new(format!("invalid JSON: expected UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let mut parser = Parser { text, position: 0 };
    let json = parser.value(0)?;
    parser.skip_whitespace();
    match parser.rest() {
        "" => Ok(json),
        _ => Err(parser.expected("nothing after the value")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Offset of the next byte to parse. Always a character boundary.
    position: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Result<Json> {
        self.skip_whitespace();
        match self.peek() {
            Some(b'n') => self.literal("null", Json::Null),
            Some(b't') => self.literal("true", Json::Bool(true)),
            Some(b'f') => self.literal("false", Json::Bool(false)),
            Some(b'"') => self.string().map(|text| Json::String(Zeroizing::new(text))),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[' | b'{') if depth == MAX_DEPTH => {
                Err(self.expected("at most 64 levels of nesting"))
            }
            Some(b'[') => self.array(depth + 1),
            Some(b'{') => self.object(depth + 1),
            _ => Err(self.expected("a value")),
        }
    }

    fn literal(&mut self, literal: &str, json: Json) -> Result<Json> {
        if !self.rest().starts_with(literal) {
            return Err(self.expected("a value"));
        }
        self.position += literal.len();
        Ok(json)
    }

    fn number(&mut self) -> Result<Json> {
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let length = self.rest().find(|c| !is_part(c)).unwrap_or(self.rest().len());
        let number = self.rest()[..length].parse();
        let number =
            number.map_err(|_| self.expected("a decimal number of at most 4096 digits"))?;
        self.position += length;
        Ok(Json::Number(number))
    }

    fn array(&mut self, depth: usize) -> Result<Json> {
        let mut elements = Vec::new();
        self.position += 1;
        if self.skip_if(b']') {
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth)?);
            if self.skip_if(b']') {
                return Ok(Json::Array(elements));
            }
            self.require(b',', "`,` or `]`")?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        let mut members = BTreeMap::new();
        self.position += 1;
        if self.skip_if(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_whitespace();
            if self.peek() != Some(b'"') {
                return Err(self.expected("the name of a member"));
            }
            let name = self.string()?;
            self.require(b':', "`:`")?;
            if members.insert(name, self.value(depth)?).is_some() {
                return Err(self.expected("member names to be unique"));
            }
            if self.skip_if(b'}') {
                return Ok(Json::Object(members));
            }
            self.require(b',', "`,` or `}`")?;
        }
    }

    fn string(&mut self) -> Result<String> {
        self.position += 1;
        let length = self.rest().find(ends_plain_text).unwrap_or(self.rest().len());
        if self.rest()[length..].starts_with('"') {
            let text = self.rest()[..length].to_owned();
            self.position += length + 1;
            return Ok(text);
        }
        // Allocate the whole string at once, because growing it would leave copies of a secret in
        // memory.
        let mut text = Zeroizing::new(String::with_capacity(self.encoded_length()));
        loop {
            let length = self.rest().find(ends_plain_text).unwrap_or(self.rest().len());
            text.push_str(&self.rest()[..length]);
            self.position += length;
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(std::mem::take(&mut *text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.expected("control characters to be escaped")),
                None => return Err(self.expected("a closing quote")),
            }
        }
    }

    /// The number of bytes up to the closing quote. A decoded string is never longer than its
    /// encoded form.
    fn encoded_length(&self) -> usize {
        let mut escaped = false;
        let end = self.rest().bytes().position(|byte| {
            let is_end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            is_end
        });
        end.unwrap_or(0)
    }

    fn escape(&mut self) -> Result<char> {
        let letter = self.rest().as_bytes().get(1).copied();
        let char = match letter {
            Some(b'u') => return self.unicode_escape(),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.expected("an escape sequence")),
        };
        self.position += 2;
        Ok(char)
    }

    /// Parses `\uXXXX`, or two such sequences that form a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char> {
        let unit = |position: usize| {
            let digits = self.text.get(position..)?.strip_prefix("\\u")?.get(..4)?;
            let are_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
            u16::from_str_radix(digits, 16).ok().filter(|_| are_digits)
        };
        let units = [unit(self.position), unit(self.position + 6)];
        let first = char::decode_utf16(units.into_iter().map_while(|unit| unit)).next();
        let Some(Ok(char)) = first else { return Err(self.expected("an escape sequence")) };
        self.position += 6 * char.len_utf16();
        Ok(char)
    }

    /// Skips whitespace, and then `byte`. If another byte follows the whitespace, returns an error.
    /// `expected` describes `byte` in the message of the error.
    fn require(&mut self, byte: u8, expected: &str) -> Result<()> {
        if self.skip_if(byte) { Ok(()) } else { Err(self.expected(expected)) }
    }

    /// Skips whitespace. If `byte` follows the whitespace, skips `byte` and returns true.
    fn skip_if(&mut self, byte: u8) -> bool {
        self.skip_whitespace();
        let matches = self.peek() == Some(byte);
        self.position += usize::from(matches);
        matches
    }

    fn skip_whitespace(&mut self) {
        let rest = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.position = self.text.len() - rest.len();
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    /// The error at the current position. `expected` says what the parser accepts there.
    fn expected(&self, expected: &str) -> Error {
        Error::new(format!("invalid JSON: expected {expected} at byte {}", self.position))
    }
}

/// Whether `c` ends the part of a string that can be copied without decoding.
fn ends_plain_text(c: char) -> bool {
    matches!(c, '"' | '\\' | '\0'..='\x1f')
}

#[cfg(test)]
mod tests;
