//! Base64, as `!!binary` has it: RFC 4648 section 4, broken into lines anywhere.

/// The bytes that the text stands for. `None` if it is no base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let written: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !written.len().is_multiple_of(4) {
        return None;
    }
    let padding = written.iter().rev().take_while(|&&byte| byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let digits = &written[..written.len() - padding];
    let mut bytes = Vec::with_capacity(written.len() / 4 * 3);
    for group in digits.chunks(4) {
        let mut bits = 0;
        for &digit in group {
            bits = bits << 6 | u32::from(value(digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let [_, content @ ..] = bits.to_be_bytes();
        let (used, unused) = content.split_at(group.len() - 1);
        // Bits that belong to no byte: something was cut off.
        if unused.iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(used);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn known_examples() {
        let cases: [(&str, &[u8]); 6] = [
            ("", b""),
            ("Zg==", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9v\n  YmE=\n", b"fooba"),
            ("+/+/", b"\xfb\xff\xbf"),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
        for text in ["Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm-v", "Zmé="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
