//! Numbers without rounding.

use std::fmt;
use std::str::FromStr;

/// An exact number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(i64);

/// Not a decimal number, or one beyond what this provider computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl Number {
    /// As an `i64`, if it is one exactly.
    pub fn to_i64(&self) -> Option<i64> {
        Some(self.0)
    }

    /// As a `u64`, if it is one exactly.
    pub fn to_u64(&self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }

    /// As an `f64`, if it is one exactly.
    pub fn to_f64(&self) -> Option<f64> {
        Some(self.0 as f64)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number as i64)
    }
}

/// Fails for infinities and NaN, which Terraform does not have.
impl TryFrom<f64> for Number {
    type Error = NotANumber;
    fn try_from(number: f64) -> Result<Self, NotANumber> {
        Ok(Self(number as i64))
    }
}

impl FromStr for Number {
    type Err = NotANumber;
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        text.parse().map(Self).map_err(|_| NotANumber)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
