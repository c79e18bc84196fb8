//! Numbers without rounding, as in Terraform. For example, the decimal number 0.1 differs from the
//! nearest floating point number.
//!
//! Each number is stored in its canonical form, without losing a digit. Equal numbers have the same
//! canonical form.

mod decimal;

use decimal::Decimal;
use std::{cmp::Ordering, fmt, str::FromStr};

/// An exact number with at most 4096 significant digits. Equality, order and hash depend only on
/// the mathematical value.
///
/// `Display` writes every digit, in a form that is valid JSON and that `FromStr` can parse.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Form);

/// The error for a text that is not a decimal number or exceeds a limit, and for a float that is
/// not finite. A number has at most 4096 significant digits. The first significant digit is at most
/// 4096 places away from the decimal point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

/// The canonical form of a number: the first of these variants that represents it exactly.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Signed(i64),
    Unsigned(u64),
    /// The bits of a finite `f64`.
    Float(u64),
    /// The canonical text that [`Decimal`] writes.
    Decimal(Box<str>),
}

impl Number {
    /// This number as an `i64`, or `None` if an `i64` cannot represent it exactly.
    pub fn to_i64(&self) -> Option<i64> {
        if let Form::Signed(integer) = self.0 { Some(integer) } else { None }
    }

    /// This number as a `u64`, or `None` if a `u64` cannot represent it exactly.
    pub fn to_u64(&self) -> Option<u64> {
        match self.0 {
            Form::Signed(integer) => integer.try_into().ok(),
            Form::Unsigned(integer) => Some(integer),
            Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    /// This number as an `f64`, or `None` if an `f64` cannot represent it exactly.
    pub fn to_f64(&self) -> Option<f64> {
        match self.0 {
            Form::Float(bits) => Some(f64::from_bits(bits)),
            Form::Decimal(_) => None,
            Form::Signed(_) | Form::Unsigned(_) => {
                let integer = self.to_integer()?;
                let float = integer as f64;
                (float as i128 == integer).then_some(float)
            }
        }
    }

    fn from_integer(integer: i128) -> Option<Self> {
        let signed = i64::try_from(integer).map(Form::Signed);
        signed.or_else(|_| u64::try_from(integer).map(Form::Unsigned)).ok().map(Self)
    }

    fn to_integer(&self) -> Option<i128> {
        match self.0 {
            Form::Signed(integer) => Some(integer.into()),
            Form::Unsigned(integer) => Some(integer.into()),
            Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    fn to_decimal(&self) -> Decimal {
        match &self.0 {
            Form::Signed(integer) => Decimal::parse(&integer.to_string()),
            Form::Unsigned(integer) => Decimal::parse(&integer.to_string()),
            Form::Float(bits) => Some(Decimal::from_float(f64::from_bits(*bits))),
            Form::Decimal(text) => Decimal::parse(text),
        }
        .expect("every form of a number is a decimal number")
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Form::Signed(number))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).map_or(Form::Unsigned(number), Form::Signed))
    }
}

/// Converts a float without rounding. Returns an error for infinities and NaN, which are not
/// numbers in Terraform.
impl TryFrom<f64> for Number {
    type Error = NotANumber;

    fn try_from(number: f64) -> Result<Self, NotANumber> {
        if !number.is_finite() {
            return Err(NotANumber);
        }
        let integer = if number.fract() == 0.0 { Self::from_integer(number as i128) } else { None };
        Ok(integer.unwrap_or(Self(Form::Float(number.to_bits()))))
    }
}

/// Parses a number in the syntax of JSON.
impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let decimal = Decimal::parse(text).ok_or(NotANumber)?;
        if let Some(number) = decimal.to_integer().and_then(Self::from_integer) {
            return Ok(number);
        }
        Ok(Self(match decimal.to_float() {
            Some(float) => Form::Float(float.to_bits()),
            None => Form::Decimal(decimal.to_string().into()),
        }))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.to_integer(), other.to_integer()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ if self == other => Ordering::Equal,
            _ => self.to_decimal().cmp(&other.to_decimal()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Signed(integer) => integer.fmt(f),
            Form::Unsigned(integer) => integer.fmt(f),
            Form::Float(bits) => Decimal::from_float(f64::from_bits(*bits)).fmt(f),
            Form::Decimal(text) => text.fmt(f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a decimal number of at most 4096 digits")
    }
}

impl std::error::Error for NotANumber {}

#[cfg(test)]
mod tests;
