//! Numbers of bytes with a unit.

use crate::pbs::{Malformed, id::check_length, notation::notation_type};

const FORM: &str = "a number of bytes such as `500 MB` (decimal) or `10 MiB` (binary)";

notation_type! {
    /// A number of bytes: a decimal number and a unit, which is `B`, `KB`, `MB`, `GB`, `TB`, `PB`,
    /// `KiB`, `MiB`, `GiB`, `TiB` or `PiB`. The `B` can be omitted. Without a unit, the number is a
    /// number of bytes. `Display` writes the text as PBS stores it, for example `10 MiB` for
    /// `10MiB` (recorded). Two values are equal if they are the same number of whole bytes.
    ///
    /// This type rejects some texts that PBS accepts (read in the source):
    ///
    /// - numbers with more than three decimal places. PBS would round these numbers (recorded).
    /// - `NaN`, infinite numbers, and numbers of 2^64 bytes or more. PBS cannot use these numbers.
    /// - `10i`. PBS would read this text as 10 bytes.
    /// - numbers with an exponent, because the `e` of an exponent looks like a unit.
    HumanBytes, u64, parse
}

impl HumanBytes {
    /// The number of whole bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.meaning
    }
}

/// The prefixes of the units. The position of a prefix is the exponent of its factor: the prefix at
/// position n stands for 1000^n in decimal units, and for 1024^n in binary units.
const PREFIXES: [&str; 6] = ["", "K", "M", "G", "T", "P"];

/// The smallest number of bytes that is too large: 2^64.
const TOO_MANY: f64 = 18_446_744_073_709_551_616.0;

fn parse(text: &str) -> Result<(String, u64), Malformed> {
    check_length(FORM, text, 0, 64)?;
    let length = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(length);
    if number.is_empty() {
        return Err(match text {
            "" => Malformed::empty(FORM),
            _ => Malformed::character(FORM, 1),
        });
    }
    let unit = rest.trim_start();
    let Some((power, is_binary)) = parse_unit(unit) else {
        let place = text.chars().count() - unit.chars().count() + 1;
        return Err(Malformed::character(FORM, place));
    };
    let number: f64 =
        number.parse().map_err(|_| Malformed::rule(FORM, "the number is not a decimal number"))?;
    // The next line rounds the number as PBS does (read in the source). A number that has too many
    // digits for a floating-point number also changes.
    let stored = (number * 1000.0).round() / 1000.0;
    if stored.to_bits() != number.to_bits() {
        return Err(Malformed::rule(
            FORM,
            "PBS would round the number. Write at most 3 decimal places, or use a smaller unit",
        ));
    }
    let (base, infix) = if is_binary { (1024.0, "i") } else { (1000.0, "") };
    let bytes = stored * f64::powi(base, power as i32);
    if bytes >= TOO_MANY {
        return Err(Malformed::rule(FORM, "the number must be less than 2^64 bytes"));
    }
    Ok((format!("{stored} {}{infix}B", PREFIXES[power]), bytes as u64))
}

/// The position of the unit's prefix in `PREFIXES`, and whether the unit is binary. `None` if the
/// text is not a unit. As in PBS, all letters can be upper or lower case, except for the `i` of a
/// binary unit.
fn parse_unit(unit: &str) -> Option<(usize, bool)> {
    let prefix = unit.strip_suffix(['b', 'B']).unwrap_or(unit);
    let (prefix, is_binary) = match prefix.strip_suffix('i') {
        Some("") => return None,
        Some(prefix) => (prefix, true),
        None => (prefix, false),
    };
    let power = PREFIXES.iter().position(|known| known.eq_ignore_ascii_case(prefix))?;
    Some((power, is_binary))
}
