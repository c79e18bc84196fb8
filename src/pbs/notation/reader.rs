//! A reader for the parsers of schedules and time frames.

use crate::pbs::Malformed;

/// A text and the position up to which it has been read.
///
/// A parser can try several alternatives at the same position. If none of them matches the text,
/// the reader reports the fault that lies farthest to the right, because the alternative that
/// matched the longest part of the text is probably the intended one.
pub(super) struct Reader<'a> {
    /// Description of the expected form of the whole text.
    form: &'static str,
    text: &'a str,
    /// Index of the first byte that has not been read.
    index: usize,
    /// Index of the fault that lies farthest to the right, and its description. Without a
    /// description, the fault is that the character at this index is not allowed.
    farthest: (usize, Option<&'static str>),
}

/// The limits of a number, for example of an hour.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// The first number that the repetition `*/n` contains.
    pub(super) first: u32,
    /// The number must be less than this number.
    pub(super) end: u32,
    /// Description of the fault that the number is too large.
    pub(super) too_large: &'static str,
}

pub(super) const HOUR: Unit = Unit { first: 0, end: 24, too_large: "an hour is greater than 23" };
pub(super) const MINUTE: Unit =
    Unit { first: 0, end: 60, too_large: "a minute or second is greater than 59" };

impl<'a> Reader<'a> {
    /// A reader at the beginning of the text. `form` describes the expected form of the whole text.
    pub(super) fn new(form: &'static str, text: &'a str) -> Self {
        Self { form, text, index: 0, farthest: (0, None) }
    }

    /// The part of the text that has not been read.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.index..]
    }

    /// Whether the part of the text that has not been read begins with a letter.
    pub(super) fn begins_with_a_letter(&self) -> bool {
        self.rest().starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// Reads `token`. If the text does not continue with `token`, notes a fault and returns `None`.
    pub(super) fn skip(&mut self, token: &str) -> Option<()> {
        if self.rest().starts_with(token) {
            self.index += token.len();
            return Some(());
        }
        self.note(None);
        None
    }

    /// Reads all spaces and tabs at the current position.
    pub(super) fn skip_spaces(&mut self) {
        self.take_while(|c| c == ' ' || c == '\t');
    }

    /// Reads all letters at the current position. If there is no letter, notes a fault and returns
    /// `None`.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let word = self.take_while(|c| c.is_ascii_alphabetic());
        self.note_if_empty(word)
    }

    /// Reads a number. If there is no number, or the number is too large for the unit, notes a
    /// fault and returns `None`.
    pub(super) fn number(&mut self, unit: Unit) -> Option<u32> {
        let start = self.index;
        let digits = self.take_while(|c| c.is_ascii_digit());
        let digits = self.note_if_empty(digits)?;
        let number = digits.parse().ok().filter(|number| *number < unit.end);
        if number.is_none() {
            self.index = start;
            return self.refuse(unit.too_large);
        }
        number
    }

    /// Tries an alternative. Returns the result of `read`. If the result is `None`, returns to the
    /// position before `read`.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.index;
        let result = read(self);
        if result.is_none() {
            self.index = start;
        }
        result
    }

    /// Notes a fault with this description at the current position. Always returns `None`.
    pub(super) fn refuse<T>(&mut self, fault: &'static str) -> Option<T> {
        self.note(Some(fault));
        None
    }

    /// Returns `value` after the whole text has been read.
    ///
    /// # Errors
    /// `value` is `None`, or a part of the text has not been read.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Result<T, Malformed> {
        match value {
            Some(value) if self.rest().is_empty() => Ok(value),
            _ => {
                self.note(None);
                Err(self.farthest_fault())
            }
        }
    }

    /// The error for the fault that lies farthest to the right.
    fn farthest_fault(&self) -> Malformed {
        match self.farthest {
            _ if self.text.is_empty() => Malformed::empty(self.form),
            (_, Some(fault)) => Malformed::rule(self.form, fault),
            (index, None) if index == self.text.len() => {
                Malformed::rule(self.form, "the text is incomplete")
            }
            (index, None) => {
                Malformed::character(self.form, self.text[..index].chars().count() + 1)
            }
        }
    }

    /// Notes a fault at the current position, unless a fault farther to the right is known.
    fn note(&mut self, fault: Option<&'static str>) {
        let (index, known_fault) = self.farthest;
        if self.index > index || (self.index == index && known_fault.is_none()) {
            self.farthest = (self.index, fault);
        }
    }

    /// Reads all characters up to the first character that is not allowed.
    fn take_while(&mut self, is_allowed: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !is_allowed(c)).unwrap_or(rest.len());
        self.index += length;
        &rest[..length]
    }

    /// Returns `part`. If `part` is empty, notes a fault and returns `None`.
    fn note_if_empty(&mut self, part: &'a str) -> Option<&'a str> {
        if part.is_empty() {
            self.note(None);
            return None;
        }
        Some(part)
    }
}
