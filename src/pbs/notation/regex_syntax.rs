//! A check for the most frequent faults of regular expressions.
//!
//! PBS uses the Rust crate `regex` (read in the source), which is too large for the provider's
//! binary. The function [`check`] finds frequent faults without this crate. It never rejects an
//! expression that the crate accepts.

/// Checks the parentheses, brackets, repetitions and escapes of a regular expression.
///
/// # Errors
/// Returns the description of the first fault.
pub(super) fn check(regex: &str) -> Result<(), &'static str> {
    // Two sorts of expressions are not checked. With the flag `x`, an expression can contain
    // comments, in which every character is allowed. After a `-`, a `[` can be the end of a range
    // or the beginning of a class.
    if (regex.contains("(?") && regex.contains('x')) || regex.contains("-[") {
        return Ok(());
    }
    let mut open_groups = 0_usize;
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
                open_groups += 1;
                if ["?=", "?!", "?<=", "?<!"].iter().any(|start| rest.starts_with(start)) {
                    return Err("the regular expression contains a look-around, \
                                which PBS does not support");
                }
                rest = rest.strip_prefix('?').unwrap_or(rest);
                false
            }
            ')' => {
                open_groups = open_groups
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
    match open_groups {
        0 => Ok(()),
        _ => Err("the regular expression contains a `(` without a `)`"),
    }
}

/// Returns the text after an escape sequence. `rest` begins after the `\` of the escape sequence.
fn after_escape(rest: &str) -> Result<&str, &'static str> {
    let mut chars = rest.chars();
    match chars.next() {
        None => Err("the regular expression ends with `\\`"),
        Some('1'..='9') => Err("the regular expression contains a back-reference, \
                                which PBS does not support"),
        Some(_) => Ok(chars.as_str()),
    }
}

/// Returns the text after a class such as `[a-z]`. The first character of `text` is the `[` at the
/// beginning of the class.
fn after_class(text: &str) -> Result<&str, &'static str> {
    // The number of classes that contain the current character, because a class can contain others.
    let mut depth = 0_usize;
    let mut rest = text;
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
