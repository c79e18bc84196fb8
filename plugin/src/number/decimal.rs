use std::{cmp::Ordering, fmt};

/// The maximum number of significant digits, and the maximum distance of the first significant
/// digit from the decimal point. Terraform's numbers of 512 bits need far fewer digits. With this
/// limit, parsing and comparing are cheap for every input.
const MAX_DIGITS: usize = 4096;

/// The maximum length of a text that is parsed. `Display` never writes a longer text. This is also
/// the maximum absolute value of an exponent.
const MAX_TEXT: usize = 2 * MAX_DIGITS;

/// The number ±0.DIGITS × 10^`point`. `digits` has neither leading nor trailing zeros. Zero has no
/// digits, no sign and `point` 0.
#[derive(PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    /// Parses a number in the syntax of JSON. Returns `None` if the syntax is wrong or a limit is
    /// exceeded.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let fraction_is_well_formed = fraction.is_none_or(all_digits);
        if !all_digits(whole)
            || (whole.len() > 1 && whole.starts_with('0'))
            || !fraction_is_well_formed
        {
            return None;
        }
        let digits = [whole, fraction.unwrap_or_default()].concat();
        let without_leading_zeros = digits.trim_start_matches('0');
        let leading_zeros = digits.len() - without_leading_zeros.len();
        let significant_digits = without_leading_zeros.trim_end_matches('0');
        if significant_digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), point: 0 });
        }
        let point = whole.len() as i64 - leading_zeros as i64 + exponent;
        let is_bounded =
            significant_digits.len() <= MAX_DIGITS && point.unsigned_abs() <= MAX_DIGITS as u64;
        is_bounded.then(|| Self { negative, digits: significant_digits.to_owned(), point })
    }

    /// The exact decimal expansion of a finite float.
    pub(super) fn from_float(float: f64) -> Self {
        // Formatting is exact if there are enough decimal places. A binary fraction needs as many
        // decimal places as it has binary places.
        let text = format!("{float:.0$}", binary_places(float));
        Self::parse(&text)
            .expect("a finite float has at most 309 digits before the point and 1074 after it")
    }

    /// This number as an integer, or `None` if it is not an integer or has more than 20 digits.
    pub(super) fn to_integer(&self) -> Option<i128> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = usize::try_from(self.point - self.digits.len() as i64)
            .ok()
            .filter(|_| self.point <= 20)?;
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}{:0<zeros$}", self.digits, "").parse().ok()
    }

    /// The float with exactly this value, or `None` if there is no such float.
    pub(super) fn to_float(&self) -> Option<f64> {
        let float: f64 = self.to_string().parse().ok().filter(|float: &f64| float.is_finite())?;
        let places = usize::try_from(self.digits.len() as i64 - self.point).unwrap_or(0);
        (places == binary_places(float) && *self == Self::from_float(float)).then_some(float)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |decimal: &Self| match (decimal.digits.is_empty(), decimal.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude =
            || self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits));
        sign(self)
            .cmp(&sign(other))
            .then_with(|| if self.negative { magnitude().reverse() } else { magnitude() })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Writes the canonical text of this number. An exponent replaces long runs of zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let digits = &self.digits;
        let length = digits.len() as i64;
        match self.point {
            _ if digits.is_empty() => f.write_str("0"),
            point @ -20..=0 => write!(f, "0.{:0<1$}{digits}", "", point.unsigned_abs() as usize),
            point if 0 < point && point < length => {
                let (whole, fraction) = digits.split_at(point as usize);
                write!(f, "{whole}.{fraction}")
            }
            point if 0 < point && point <= length.max(41) => {
                write!(f, "{digits:0<0$}", point as usize)
            }
            point => {
                let (first, rest) = digits.split_at(1);
                let dot = if rest.is_empty() { "" } else { "." };
                write!(f, "{first}{dot}{rest}e{}", point - 1)
            }
        }
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The value of an exponent. `None` if the syntax is wrong or the limit [`MAX_TEXT`] is exceeded.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let magnitude: i64 = Some(digits).filter(|digits| all_digits(digits))?.parse().ok()?;
    let exponent = if text.starts_with('-') { -magnitude } else { magnitude };
    (magnitude <= MAX_TEXT as i64).then_some(exponent)
}

/// The number of binary places after the point of a finite float.
fn binary_places(float: f64) -> usize {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = float.to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let exponent = (bits >> FRACTION_BITS & 0x7ff) as i64;
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << FRACTION_BITS };
    if mantissa == 0 {
        return 0;
    }
    // The float is mantissa × 2^(exponent - 1075), where a stored exponent of 0 counts as 1. The
    // lowest bit that is set in the mantissa has the value 2^`lowest_power`.
    let lowest_power = exponent.max(1) - 1075 + i64::from(mantissa.trailing_zeros());
    usize::try_from(-lowest_power).unwrap_or(0)
}
