//! Integers of any size as text.

use cloudabi_argdata::Integer;

/// More digits than this are refused: reading them takes time that grows with the square of their number.
const MAX_DIGITS: usize = 10_000;

/// Whether the text is an integer in YAML's core schema: decimal with or without a sign, `0o17`, `0xff`.
pub fn looks_like_one(text: &str) -> bool {
    let (_, base, digits) = parts(text);
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base))
}

/// The integer that the text looks like.
pub fn parse(text: &str) -> Result<Integer, String> {
    let (negative, base, digits) = parts(text);
    if digits.len() > MAX_DIGITS {
        return Err(format!("an integer of {} digits; at most {MAX_DIGITS} are possible", digits.len()));
    }
    // Little-endian, in base 2^32.
    let mut words: Vec<u32> = Vec::new();
    for digit in digits.chars().filter_map(|digit| digit.to_digit(base)) {
        let mut carry = u64::from(digit);
        for word in &mut words {
            let product = u64::from(*word) * u64::from(base) + carry;
            (*word, carry) = (product as u32, product >> 32);
        }
        if carry != 0 {
            words.push(carry as u32);
        }
    }
    let magnitude: Vec<u8> = words.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
    Ok(Integer::from_magnitude(negative, &magnitude))
}

/// Whether there is a minus sign, the base, and the digits.
fn parts(text: &str) -> (bool, u32, &str) {
    if let Some(digits) = text.strip_prefix("0x") {
        (false, 16, digits)
    } else if let Some(digits) = text.strip_prefix("0o") {
        (false, 8, digits)
    } else {
        (text.starts_with('-'), 10, text.strip_prefix(['-', '+']).unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_of_any_size() {
        let power = format!("0x1{}", "0".repeat(50));
        let mut bytes = vec![0; 26];
        bytes[0] = 1;
        assert_eq!(parse(&power).expect("not too long").to_be_bytes(), bytes);
        assert!(parse(&"9".repeat(MAX_DIGITS)).is_ok());
        assert!(parse(&"9".repeat(MAX_DIGITS + 1)).is_err());
    }

    proptest! {
        #[test]
        fn integers_keep_their_value(value: i128) {
            prop_assert_eq!(parse(&value.to_string()), Ok(value.into()));
            let positive = value & i128::MAX;
            prop_assert_eq!(parse(&format!("0x{positive:x}")), Ok(positive.into()));
            prop_assert_eq!(parse(&format!("0o{positive:o}")), Ok(positive.into()));
        }
    }
}
