//! Numbers of bytes with a unit.

use crate::pbs::{Malformed, id::check_length, notation::notation_type};

const FORM: &str = "a number of bytes such as `500 MB` (decimal) or `10 MiB` (binary)";

notation_type! {
    /// A number of bytes: a decimal number and a unit, which is `B`, `KB`, `MB`, `GB`, `TB`, `PB`,
    /// `KiB`, `MiB`, `GiB`, `TiB` or `PiB`. The `B` can be omitted. Without a unit, the number is a
    /// number of bytes. `Display` writes the text as PBS stores it, for example `10 MiB` for
    /// `10MiB` (recorded). Two values are equal if they are the same number of whole bytes.
    ///
    /// PBS rounds the number to three decimal places (recorded). A number that would change is
    /// rejected. PBS also accepts numbers that it cannot use, or reads differently than they look
    /// (read in the source). These are rejected, too: `NaN`, infinite numbers, sizes of
    /// 2^64 bytes and more, `10i`, which PBS reads as 10 bytes, and numbers with an exponent, which
    /// look like a unit.
    HumanBytes, u64, parse
}

impl HumanBytes {
    /// The number of whole bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.meaning
    }
}

/// The prefixes of the units. The factor is 1000 or 1024 to the power of the position.
const PREFIXES: [&str; 6] = ["", "K", "M", "G", "T", "P"];

/// 2^64.
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
    let Some((power, is_binary)) = power(unit) else {
        let place = text.chars().count() - unit.chars().count() + 1;
        return Err(Malformed::character(FORM, place));
    };
    let number: f64 =
        number.parse().map_err(|_| Malformed::rule(FORM, "the number has several points"))?;
    // This is how PBS rounds (read in the source). It also changes numbers that have too
    // many digits for a floating-point number.
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
        return Err(Malformed::rule(FORM, "it must be less than 2^64 bytes"));
    }
    Ok((format!("{stored} {}{infix}B", PREFIXES[power]), bytes as u64))
}

/// Position of the unit's prefix in `PREFIXES`, and whether the unit is binary. As in PBS, the
/// letters can be upper or lower case, except for the `i` of a binary unit.
fn power(unit: &str) -> Option<(usize, bool)> {
    let prefix = unit.strip_suffix(['b', 'B']).unwrap_or(unit);
    let (prefix, is_binary) = match prefix.strip_suffix('i') {
        Some("") => return None,
        Some(prefix) => (prefix, true),
        None => (prefix, false),
    };
    let power = PREFIXES.iter().position(|known| known.eq_ignore_ascii_case(prefix))?;
    Some((power, is_binary))
}
