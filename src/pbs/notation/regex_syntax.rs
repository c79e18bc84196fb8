//! The most frequent faults of regular expressions.
//!
//! PBS uses the Rust crate `regex` (read in the source), which is too large for the
//! provider's binary. The function [`check`] finds faults without this crate. It never rejects an
//! expression that the crate accepts.

/// Checks the parentheses, brackets, repetitions and escapes of a regular expression.
///
/// # Errors
/// Description of the first fault.
pub(super) fn check(regex: &str) -> Result<(), &'static str> {
    // The flag `x` allows comments, which can contain every character. After a hyphen, a bracket
    // can be the end of a range or the beginning of a class.
    if (regex.contains("(?") && regex.contains('x')) || regex.contains("-[") {
        return Ok(());
    }
    let mut groups = 0_usize;
    let mut can_repeat = false;
    let mut rest = regex;
    while let Some(c) = rest.chars().next() {
        let start = rest;
        rest = &rest[c.len_utf8()..];
        can_repeat = match c {
            '\\' => {
                rest = after_escape(rest)?;
                true
            }
            '[' => {
                rest = after_class(start)?;
                true
            }
            '(' => {
                groups += 1;
                if ["?=", "?!", "?<=", "?<!"].iter().any(|group| rest.starts_with(group)) {
                    return Err("the regular expression contains a look-around, \
                                which PBS does not support");
                }
                rest = rest.strip_prefix('?').unwrap_or(rest);
                false
            }
            ')' => {
                groups = groups
                    .checked_sub(1)
                    .ok_or("the regular expression contains a `)` without a `(`")?;
                true
            }
            '|' => false,
            '*' | '+' | '?' if !can_repeat => {
                return Err("the regular expression contains a `*`, `+` or `?` \
                            that repeats nothing");
            }
            _ => true,
        };
    }
    match groups {
        0 => Ok(()),
        _ => Err("the regular expression contains a `(` without a `)`"),
    }
}

/// The text after an escape. `rest` begins after the `\` of the escape.
fn after_escape(rest: &str) -> Result<&str, &'static str> {
    let mut chars = rest.chars();
    match chars.next() {
        None => Err("the regular expression ends with `\\`"),
        Some('1'..='9') => Err("the regular expression contains a back-reference, \
                                which PBS does not support"),
        Some(_) => Ok(chars.as_str()),
    }
}

/// The text after the class that begins with the first character, which is `[`.
fn after_class(class: &str) -> Result<&str, &'static str> {
    let mut depth = 0_usize;
    let mut rest = class;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => rest = after_escape(rest)?,
            '[' => {
                depth += 1;
                // A `]` at the beginning of a class belongs to the class.
                rest = rest.strip_prefix('^').unwrap_or(rest);
                rest = rest.strip_prefix(']').unwrap_or(rest);
            }
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(rest);
        }
    }
    Err("the regular expression contains a `[` without a `]`")
}
