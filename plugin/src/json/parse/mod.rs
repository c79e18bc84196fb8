use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::Json;
use crate::value::{Error, Result};

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 64;

/// Reads RFC 8259, stricter in one point: an object may not have two members of one name.
pub(super) fn parse(bytes: &[u8]) -> Result<Json> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::new(format!("expected JSON, with UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let mut parser = Parser { text, at: 0 };
    let json = parser.value(0)?;
    parser.skip_space();
    if parser.at == text.len() { Ok(json) } else { Err(parser.expected("nothing after the value")) }
}

struct Parser<'a> {
    text: &'a str,
    /// Always between two characters.
    at: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Result<Json> {
        self.skip_space();
        match self.peek() {
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'"') => self.string().map(|text| Json::String(Zeroizing::new(text))),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[' | b'{') if depth == MAX_DEPTH => Err(self.expected("at most 64 levels")),
            Some(b'[') => self.array(depth + 1),
            Some(b'{') => self.object(depth + 1),
            _ => Err(self.expected("a value")),
        }
    }

    fn word(&mut self, word: &str, json: Json) -> Result<Json> {
        if !self.rest().starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(json)
    }

    fn number(&mut self) -> Result<Json> {
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let length = self.rest().find(|c| !is_part(c)).unwrap_or(self.rest().len());
        let number = self.rest()[..length].parse();
        let number =
            number.map_err(|_| self.expected("a decimal number of at most 4096 digits"))?;
        self.at += length;
        Ok(Json::Number(number))
    }

    fn array(&mut self, depth: usize) -> Result<Json> {
        let mut elements = Vec::new();
        self.at += 1;
        if self.takes(b']') {
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth)?);
            if self.takes(b']') {
                return Ok(Json::Array(elements));
            }
            self.take(b',', "`,` or `]`")?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        let mut members = BTreeMap::new();
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("the name of a member"));
            }
            let name = self.string()?;
            self.take(b':', "`:`")?;
            if members.insert(name, self.value(depth)?).is_some() {
                return Err(self.expected("each member once before this"));
            }
            if self.takes(b'}') {
                return Ok(Json::Object(members));
            }
            self.take(b',', "`,` or `}`")?;
        }
    }

    fn string(&mut self) -> Result<String> {
        self.at += 1;
        let plain = self.rest().find(is_special).unwrap_or(self.rest().len());
        if self.rest()[plain..].starts_with('"') {
            let text = self.rest()[..plain].to_owned();
            self.at += plain + 1;
            return Ok(text);
        }
        // Room for all of it at once: growing would leave copies of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(self.length_to_quote()));
        loop {
            let plain = self.rest().find(is_special).unwrap_or(self.rest().len());
            text.push_str(&self.rest()[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(std::mem::take(&mut *text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.expected("control characters to be escaped")),
                None => return Err(self.expected("the string to end")),
            }
        }
    }

    /// The length of the string that begins here as it is written, which no decoded text exceeds.
    fn length_to_quote(&self) -> usize {
        let mut escaped = false;
        let end = self.rest().bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
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
        self.at += 2;
        Ok(char)
    }

    fn unicode_escape(&mut self) -> Result<char> {
        let unit = |at: usize| {
            let digits = self.text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
            let are_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
            u16::from_str_radix(digits, 16).ok().filter(|_| are_digits)
        };
        let units = [unit(self.at), unit(self.at + 6)];
        let first = char::decode_utf16(units.into_iter().map_while(|unit| unit)).next();
        let Some(Ok(char)) = first else { return Err(self.expected("an escape sequence")) };
        self.at += 6 * char.len_utf16();
        Ok(char)
    }

    fn take(&mut self, byte: u8, expected: &str) -> Result<()> {
        if self.takes(byte) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_space(&mut self) {
        let rest = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.text.len() - rest.len();
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &str) -> Error {
        Error::new(format!("expected JSON, with {what} at byte {}", self.at))
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '"' | '\\' | '\0'..='\x1f')
}

#[cfg(test)]
mod tests;
