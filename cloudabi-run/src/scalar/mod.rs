//! What a single value of the configuration means: YAML's core schema, binary data and timestamps.

mod base64;
mod integer;
mod timestamp;

use cloudabi_argdata::Value;

use crate::diagnostic::quoted;

/// What tags of YAML's own begin with: `!!int` is this and `int`.
pub const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// The tags of YAML's own that single values can have, without what they begin with.
pub const NAMES: [&str; 7] = ["binary", "bool", "float", "int", "null", "str", "timestamp"];

/// The value of a text without quotes and without a tag. What is nothing else is a string.
pub fn plain(text: &str) -> Result<Value, String> {
    if is_null(text) {
        Ok(Value::Null)
    } else if let Some(value) = boolean(text) {
        Ok(value.into())
    } else if integer::looks_like_one(text) {
        integer::parse(text).map(Value::Int)
    } else if let Some(value) = float(text) {
        Ok(value.into())
    } else {
        Ok(text.into())
    }
}

/// The value of a text with one of the tags [`NAMES`]. The error is a sentence. `None` for other tags.
pub fn tagged(name: &str, text: &str) -> Option<Result<Value, String>> {
    let known =
        |value: Option<Value>, what: &str| value.ok_or_else(|| format!("{} is not {what}", quoted(text)));
    Some(match name {
        "binary" => known(base64::decode(text).map(Value::Binary), "base64"),
        "bool" => known(boolean(text).map(Value::Bool), "`true` or `false`"),
        "float" => known(float(text).map(Value::Float), "a floating-point number"),
        "int" if integer::looks_like_one(text) => integer::parse(text).map(Value::Int),
        "int" => known(None, "an integer"),
        "null" => known(is_null(text).then_some(Value::Null), "`null`"),
        "str" => Ok(text.into()),
        "timestamp" => known(
            timestamp::parse(text).map(|time| Value::Timestamp(time.into())),
            "a timestamp such as `2026-11-24T12:00:00Z`",
        ),
        _ => return None,
    })
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(f64::NAN),
        _ => {}
    }
    // Rust reads more than YAML, such as `inf`; and `.` alone or before an exponent is no number.
    let numeric = unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    let mut start = unsigned.bytes();
    let digits_first = match start.next() {
        Some(b'.') => start.next().is_some_and(|b| b.is_ascii_digit()),
        Some(first) => first.is_ascii_digit(),
        None => false,
    };
    (numeric && digits_first).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_follow_the_core_schema() {
        let string = |text: &str| (text.to_owned(), Value::from(text));
        let mut cases: Vec<(String, Value)> =
            ["", "~", "null", "Null", "NULL"].map(|text| (text.to_owned(), Value::Null)).into();
        cases.extend(["true", "True", "TRUE"].map(|text| (text.to_owned(), Value::Bool(true))));
        cases.extend(["false", "False", "FALSE"].map(|text| (text.to_owned(), Value::Bool(false))));
        let integers = [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("-12", -12),
            ("0012", 12),
            ("0o17", 15),
            ("0xfF", 255),
            ("-9223372036854775808", i64::MIN),
        ];
        cases.extend(integers.map(|(text, value)| (text.to_owned(), value.into())));
        let floats = [
            ("1.5", 1.5),
            ("-1.", -1.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("+1.5E-1", 0.15),
            (".inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
        ];
        cases.extend(floats.map(|(text, value)| (text.to_owned(), value.into())));
        let strings = [
            "nULL",
            "tRUE",
            "yes",
            "on",
            "-",
            "+",
            ".",
            "e1",
            ".e1",
            "1e",
            "1.5.5",
            "0x",
            "0o8",
            "-0x1",
            "inf",
            "nan",
            "-.nan",
            "1_000",
            "0b1",
            "2026-11-24",
            "12:30",
            "<<",
            "1 2",
            "1-2",
        ];
        cases.extend(strings.map(string));
        for (text, value) in cases {
            assert_eq!(plain(&text), Ok(value), "{text}");
        }
        assert!(matches!(plain(".nan"), Ok(Value::Float(value)) if value.is_nan()));
    }

    #[test]
    fn tags_decide() {
        assert_eq!(tagged("str", "12"), Some(Ok("12".into())));
        assert_eq!(tagged("float", "12"), Some(Ok(12.0.into())));
        assert_eq!(tagged("int", "0x10"), Some(Ok(16.into())));
        assert_eq!(tagged("null", ""), Some(Ok(Value::Null)));
        assert_eq!(tagged("binary", "aGk="), Some(Ok(Value::Binary(b"hi".into()))));
        assert_eq!(
            tagged("timestamp", "1970-01-02"),
            Some(Ok(Value::Timestamp(86_400_000_000_000_i64.into())))
        );
        assert_eq!(tagged("set", ""), None);
        for (name, text) in
            [("bool", "yes"), ("int", "1.5"), ("float", "x"), ("null", "x"), ("timestamp", "x")]
        {
            assert!(matches!(tagged(name, text), Some(Err(_))), "{name} {text}");
        }
    }
}
