//! Numbers: names, flags, addresses.

use super::tables::{Class, Value, Width};
use core::fmt::{self, Write as _};

/// Cuts a number to a width.
pub(super) fn truncate(bits: u64, width: Width) -> u64 {
    match width.bytes {
        0..8 => bits & ((1 << (8 * width.bytes)) - 1),
        _ => bits,
    }
}

/// A number as it is.
pub(super) fn plain(f: &mut fmt::Formatter<'_>, bits: u64, width: Width) -> fmt::Result {
    let bits = truncate(bits, width);
    if width.signed {
        let unused = 64 - 8 * u32::from(width.bytes.clamp(1, 8));
        return write!(f, "{}", ((bits << unused) as i64) >> unused);
    }
    write!(f, "{bits}")
}

/// An address.
pub(super) fn address(f: &mut fmt::Formatter<'_>, address: u64) -> fmt::Result {
    match address {
        0 => f.write_str("null"),
        _ => write!(f, "{address:#x}"),
    }
}

/// A number of a type with named values.
pub(super) fn named(
    f: &mut fmt::Formatter<'_>,
    bits: u64,
    class: Class,
    width: Width,
    values: &[Value],
) -> fmt::Result {
    let bits = truncate(bits, width);
    match class {
        Class::Bits => flags(f, bits, values),
        Class::Names => {
            let mut names = values.iter().filter(|value| value.value == bits);
            let Some(first) = names.next() else { return plain(f, bits, width) };
            f.write_str(first.name)?;
            // Two names for one number: which one is meant depends on the call.
            names.try_for_each(|other| write!(f, "/{}", other.name))
        }
    }
}

/// `creat|excl|0x40`. Of a large set with most of its flags, what it lacks: `all-(fd_sync|fd_tell)`.
fn flags(f: &mut fmt::Formatter<'_>, bits: u64, values: &[Value]) -> fmt::Result {
    let defined = values.iter().fold(0, |all, value| all | value.value);
    let absent = defined & !bits;
    if values.len() < 8 || absent.count_ones() * 3 > defined.count_ones() {
        return names(f, bits, values);
    }
    f.write_str("all")?;
    match absent.count_ones() {
        0 => {}
        1 => {
            f.write_char('-')?;
            names(f, absent, values)?;
        }
        _ => {
            f.write_str("-(")?;
            names(f, absent, values)?;
            f.write_char(')')?;
        }
    }
    match bits & !defined {
        0 => Ok(()),
        unknown => write!(f, "|{unknown:#x}"),
    }
}

fn names(f: &mut fmt::Formatter<'_>, bits: u64, values: &[Value]) -> fmt::Result {
    let mut left = bits;
    for value in values {
        if bits & value.value == value.value && left & value.value != 0 {
            if left != bits {
                f.write_char('|')?;
            }
            f.write_str(value.name)?;
            left &= !value.value;
        }
    }
    match (left, left == bits) {
        (0, false) => Ok(()),
        (0, true) => f.write_char('0'),
        (left, true) => write!(f, "{left:#x}"),
        (left, false) => write!(f, "|{left:#x}"),
    }
}

/// Bytes within quotes.
pub(super) fn escaped(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        match byte {
            b'"' => f.write_str("\\\"")?,
            b'\\' => f.write_str("\\\\")?,
            b'\n' => f.write_str("\\n")?,
            b'\r' => f.write_str("\\r")?,
            b'\t' => f.write_str("\\t")?,
            0 => f.write_str("\\0")?,
            b' '..=b'~' => f.write_char(char::from(*byte))?,
            _ => write!(f, "\\x{byte:02x}")?,
        }
    }
    Ok(())
}
