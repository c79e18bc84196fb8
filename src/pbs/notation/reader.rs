//! Reads a text from the left to the right, with backtracking.

use crate::pbs::Malformed;

/// A position in a text. The parsers try several alternatives. If none of them fits, the fault that
/// lies farthest to the right is reported, because the alternative that came so far is most likely
/// the intended one.
pub(super) struct Reader<'a> {
    form: &'static str,
    text: &'a str,
    index: usize,
    /// Index of the farthest fault, and its description.
    farthest: (usize, Option<&'static str>),
}

/// A number that must be less than `end`.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// The number at which the repetition `*/n` begins.
    pub(super) first: u32,
    pub(super) end: u32,
    /// Description of the fault that a number is too large.
    pub(super) too_large: &'static str,
}

pub(super) const HOUR: Unit = Unit { first: 0, end: 24, too_large: "an hour is greater than 23" };
pub(super) const MINUTE: Unit =
    Unit { first: 0, end: 60, too_large: "a minute or second is greater than 59" };

impl<'a> Reader<'a> {
    /// `form` describes the expected form of the whole text.
    pub(super) fn new(form: &'static str, text: &'a str) -> Self {
        Self { form, text, index: 0, farthest: (0, None) }
    }

    /// The part of the text that is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.index..]
    }

    pub(super) fn begins_with_a_letter(&self) -> bool {
        self.rest().starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// Skips `token`, or notes that it is missing.
    pub(super) fn skip(&mut self, token: &str) -> Option<()> {
        if self.rest().starts_with(token) {
            self.index += token.len();
            return Some(());
        }
        self.note(None);
        None
    }

    /// Skips spaces and tabs.
    pub(super) fn skip_spaces(&mut self) {
        self.take_while(|c| c == ' ' || c == '\t');
    }

    /// The letters at the current position. If there are none, the position is noted as a fault.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let word = self.take_while(|c| c.is_ascii_alphabetic());
        self.some_unless_empty(word)
    }

    /// Reads a number, which must be less than the end of the unit.
    pub(super) fn number(&mut self, unit: Unit) -> Option<u32> {
        let start = self.index;
        let digits = self.take_while(|c| c.is_ascii_digit());
        let digits = self.some_unless_empty(digits)?;
        let number = digits.parse().ok().filter(|number| *number < unit.end);
        if number.is_none() {
            self.index = start;
            return self.refuse(unit.too_large);
        }
        number
    }

    /// The result of `read`. If it is `None`, the position does not change.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.index;
        let result = read(self);
        if result.is_none() {
            self.index = start;
        }
        result
    }

    /// Notes a fault at the current position.
    pub(super) fn refuse<T>(&mut self, rule: &'static str) -> Option<T> {
        self.note(Some(rule));
        None
    }

    /// `value` if the whole text is read.
    ///
    /// # Errors
    /// `value` is `None`, or a part of the text is left.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Result<T, Malformed> {
        match value {
            Some(value) if self.rest().is_empty() => Ok(value),
            _ => {
                self.note(None);
                Err(self.fault())
            }
        }
    }

    fn fault(&self) -> Malformed {
        match self.farthest {
            _ if self.text.is_empty() => Malformed::empty(self.form),
            (_, Some(rule)) => Malformed::rule(self.form, rule),
            (index, None) if index == self.text.len() => {
                Malformed::rule(self.form, "the text is incomplete")
            }
            (index, None) => {
                Malformed::character(self.form, self.text[..index].chars().count() + 1)
            }
        }
    }

    fn note(&mut self, rule: Option<&'static str>) {
        let (index, known) = self.farthest;
        if self.index > index || (self.index == index && known.is_none()) {
            self.farthest = (self.index, rule);
        }
    }

    fn take_while(&mut self, allowed: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        self.index += length;
        &rest[..length]
    }

    fn some_unless_empty(&mut self, part: &'a str) -> Option<&'a str> {
        if part.is_empty() {
            self.note(None);
            return None;
        }
        Some(part)
    }
}
