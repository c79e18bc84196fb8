use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn text(text: &str) -> Number {
    text.parse().unwrap()
}

fn float(float: f64) -> Number {
    float.try_into().unwrap()
}

#[test]
fn different_notations_of_a_number_are_equal() {
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
fn a_decimal_differs_from_the_nearest_float() {
    assert_ne!(text("0.1"), float(0.1));
    assert_eq!(text("0.1000000000000000055511151231257827021181583404541015625"), float(0.1));
    assert_ne!(text("9007199254740993"), float(9007199254740993.0));
    assert_ne!(text("18446744073709551617"), float(18446744073709551616.0));
    assert_ne!(text("1e300"), float(1e300));
}

#[test]
fn conversions_return_only_exact_results() {
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
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].iter().all(|&f| Number::try_from(f).is_err())
    );
}

#[test]
fn invalid_numbers_are_rejected() {
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
fn display_writes_every_digit() {
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
fn extreme_floats_are_exact() {
    for value in [f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX, f64::MIN, f64::EPSILON] {
        let number = float(value);
        assert_eq!(number.to_f64(), Some(value));
        assert_eq!(text(&number.to_string()), number);
    }
}

#[test]
fn numbers_are_ordered_by_value() {
    let texts = [
        "-1e99", "-2.5", "-2", "-0.1", "0", "1e-99", "0.1", "0.25", "1", "1.5", "10", "1e20",
        "1e99",
    ];
    let numbers = texts.map(text);
    assert!(numbers.is_sorted() && numbers.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(text("0.1") < float(0.1) && float(-0.1) < text("-0.1"));
}

proptest! {
    #[test]
    fn a_float_is_unchanged_after_formatting_and_parsing(bits: u64) {
        let float = f64::from_bits(bits);
        prop_assume!(float.is_finite());
        let number = Number::try_from(float).unwrap();
        prop_assert_eq!(number.to_f64(), Some(float));
        prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
    }

    #[test]
    fn a_decimal_is_unchanged_after_formatting_and_parsing(
        text in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?",
    ) {
        let number: Number = text.parse().unwrap();
        prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
    }

    #[test]
    fn a_decimal_near_the_limits_is_unchanged_after_formatting_and_parsing(
        length in 1..=4096_usize,
        exponent in -8192..=8192_i64,
        digit in 1..=9_u8,
    ) {
        let text = format!("-{}e{exponent}", digit.to_string().repeat(length));
        if let Ok(number) = text.parse::<Number>() {
            prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number.clone()));
            prop_assert!(number < 0_i64.into());
        }
    }

    #[test]
    fn floats_are_ordered_as_f64_orders_them(a: f64, b: f64) {
        prop_assume!(a.is_finite() && b.is_finite());
        let order = Number::try_from(a).unwrap().cmp(&Number::try_from(b).unwrap());
        prop_assert_eq!(order, a.partial_cmp(&b).unwrap());
    }

    #[test]
    fn parsing_arbitrary_text_never_panics(text: String) {
        let _ = text.parse::<Number>();
    }
}
