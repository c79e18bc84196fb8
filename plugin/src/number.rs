//! Numbers without rounding, as Terraform has them: 0.1 written in decimal is not the binary
//! fraction nearest to it.
//!
//! Whatever form a number comes in, it is kept in one canonical form, so that equal means the
//! same and nothing is lost.

mod decimal;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use decimal::Decimal;

/// An exact number of any size and precision. Equality, order and hash go by what it means.
///
/// `Display` writes every digit, in a form that JSON and `FromStr` read.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Form);

/// Not a decimal number, or one with more than 4096 digits or as many places from the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

/// The first of these that holds the number exactly.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Signed(i64),
    Unsigned(u64),
    /// The bits of a finite `f64`.
    Float(u64),
    /// As `Decimal` writes itself.
    Decimal(Box<str>),
}

impl Number {
    /// As an `i64`, if it is one exactly.
    pub fn to_i64(&self) -> Option<i64> {
        if let Form::Signed(integer) = self.0 { Some(integer) } else { None }
    }

    /// As a `u64`, if it is one exactly.
    pub fn to_u64(&self) -> Option<u64> {
        match self.0 {
            Form::Signed(integer) => integer.try_into().ok(),
            Form::Unsigned(integer) => Some(integer),
            Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    /// As an `f64`, if it is one exactly.
    pub fn to_f64(&self) -> Option<f64> {
        match self.0 {
            Form::Float(bits) => Some(f64::from_bits(bits)),
            Form::Decimal(_) => None,
            Form::Signed(_) | Form::Unsigned(_) => {
                let integer = self.integer()?;
                let float = integer as f64;
                (float as i128 == integer).then_some(float)
            }
        }
    }

    fn from_integer(integer: i128) -> Option<Self> {
        let signed = i64::try_from(integer).map(Form::Signed);
        signed.or_else(|_| u64::try_from(integer).map(Form::Unsigned)).ok().map(Self)
    }

    fn integer(&self) -> Option<i128> {
        match self.0 {
            Form::Signed(integer) => Some(integer.into()),
            Form::Unsigned(integer) => Some(integer.into()),
            Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    fn decimal(&self) -> Decimal {
        match &self.0 {
            Form::Signed(integer) => Decimal::parse(&integer.to_string()),
            Form::Unsigned(integer) => Decimal::parse(&integer.to_string()),
            Form::Float(bits) => Some(Decimal::of_float(f64::from_bits(*bits))),
            Form::Decimal(text) => Decimal::parse(text),
        }
        .expect("written by Decimal itself or by an integer")
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

/// Takes the exact binary value; fails for infinities and NaN, which Terraform does not compute with.
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

/// Takes what JSON calls a number.
impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let decimal = Decimal::parse(text).ok_or(NotANumber)?;
        if let Some(number) = decimal.integer().and_then(Self::from_integer) {
            return Ok(number);
        }
        Ok(Self(match decimal.float() {
            Some(float) => Form::Float(float.to_bits()),
            None => Form::Decimal(decimal.to_string().into()),
        }))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.integer(), other.integer()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ if self == other => Ordering::Equal,
            _ => self.decimal().cmp(&other.decimal()),
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
            Form::Float(bits) => Decimal::of_float(f64::from_bits(*bits)).fmt(f),
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
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Number {
        text.parse().unwrap()
    }

    fn float(float: f64) -> Number {
        float.try_into().unwrap()
    }

    #[test]
    fn forms_of_one_number_are_equal() {
        let ones = [
            1_i64.into(),
            1_u64.into(),
            float(1.0),
            text("1"),
            text("1.0"),
            text("1e0"),
            text("0.01E+2"),
        ];
        assert_eq!(HashSet::<Number>::from(ones).len(), 1);
        assert_eq!(float(-0.0), text("-0"));
        assert_eq!(text("0e-9"), 0_i64.into());
        assert_eq!(float(0.5), text("0.50"));
        assert_eq!(float(18446744073709551616.0), text("18446744073709551616"));
        assert_eq!(text("18446744073709551615"), u64::MAX.into());
        assert_eq!(text("-9223372036854775808"), i64::MIN.into());
        assert_eq!(text("1e4000"), text("10e3999"));
        assert_eq!(text("1e100"), text(&format!("1{}", "0".repeat(100))));
    }

    #[test]
    fn near_is_not_equal() {
        assert_ne!(text("0.1"), float(0.1));
        assert_eq!(text("0.1000000000000000055511151231257827021181583404541015625"), float(0.1));
        assert_ne!(text("9007199254740993"), float(9007199254740993.0));
        assert_ne!(text("18446744073709551617"), float(18446744073709551616.0));
        assert_ne!(text("1e300"), float(1e300));
    }

    #[test]
    fn converts_only_what_fits_exactly() {
        assert_eq!(text("-5.0").to_i64(), Some(-5));
        assert_eq!(text("-5").to_u64(), None);
        assert_eq!(text("9223372036854775808").to_i64(), None);
        assert_eq!(text("9223372036854775808").to_u64(), Some(1 << 63));
        assert_eq!(text("1.5").to_i64(), None);
        assert_eq!(text("1.5").to_f64(), Some(1.5));
        assert_eq!(text("0.1").to_f64(), None);
        assert_eq!(text("9007199254740992").to_f64(), Some(9007199254740992.0));
        assert_eq!(text("9007199254740993").to_f64(), None);
        assert_eq!(Number::from(i64::MAX).to_f64(), None);
        assert_eq!(Number::from(u64::MAX).to_f64(), None);
        assert!(
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
                .iter()
                .all(|&f| Number::try_from(f).is_err())
        );
    }

    #[test]
    fn refuses_everything_else() {
        let texts = [
            "",
            "-",
            "+1",
            "01",
            "-01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x10",
            "1_000",
            " 1",
            "1 ",
            "Inf",
            "NaN",
            "1,5",
            "١",
            "1e4096",
            "1e-4098",
            "1e99999999999999999999",
            "1.5.5",
            "1e5e5",
            "--1",
        ];
        for text in texts {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text}");
        }
        assert!("1".repeat(4096).parse::<Number>().is_ok());
        assert!("1".repeat(4097).parse::<Number>().is_err());
    }

    #[test]
    fn shows_every_digit() {
        for (number, shown) in [
            (text("0.10"), "0.1"),
            (text("-12.340e1"), "-123.4"),
            (float(0.1), "0.1000000000000000055511151231257827021181583404541015625"),
            (text("1e40"), "10000000000000000000000000000000000000000"),
            (text("1.25e45"), "1.25e45"),
            (text("1e-7"), "0.0000001"),
            (text("-1e-30"), "-1e-30"),
            (text("0.0"), "0"),
        ] {
            assert_eq!(number.to_string(), shown);
        }
    }

    #[test]
    fn every_float_is_kept_exactly() {
        for extreme in [f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX, f64::MIN, f64::EPSILON] {
            let number = float(extreme);
            assert_eq!(number.to_f64(), Some(extreme));
            assert_eq!(text(&number.to_string()), number);
        }
    }

    #[test]
    fn orders_by_size() {
        let ascending = [
            "-1e99", "-2.5", "-2", "-0.1", "0", "1e-99", "0.1", "0.25", "1", "1.5", "10", "1e20",
            "1e99",
        ];
        let numbers = ascending.map(text);
        assert!(numbers.is_sorted() && numbers.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(text("0.1") < float(0.1) && float(-0.1) < text("-0.1"));
    }

    proptest! {
        #[test]
        fn floats_survive_text(bits: u64) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            let number = Number::try_from(float).unwrap();
            prop_assert_eq!(number.to_f64(), Some(float));
            prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
        }

        #[test]
        fn texts_survive_text(text in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?") {
            let number: Number = text.parse().unwrap();
            prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
        }

        #[test]
        fn the_largest_texts_survive_too(length in 1..=4096_usize, exponent in -8192..=8192_i64, digit in 1..=9_u8) {
            let text = format!("-{}e{exponent}", digit.to_string().repeat(length));
            if let Ok(number) = text.parse::<Number>() {
                prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number.clone()));
                prop_assert!(number < 0_i64.into());
            }
        }

        #[test]
        fn order_is_that_of_floats(a: f64, b: f64) {
            prop_assume!(a.is_finite() && b.is_finite());
            prop_assert_eq!(Number::try_from(a).unwrap().cmp(&Number::try_from(b).unwrap()), a.partial_cmp(&b).unwrap());
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Number>();
        }
    }
}
