//! How C writes the value of a constant.

use crate::model::{NumberClass, NumberType, Primitive};

/// A literal that the preprocessor can compare, of the type that C gives it without a suffix: an existing program may
/// rely on that. There is a suffix where the number would otherwise be negative by accident, or where its complement
/// would not be as wide as the type: a hexadecimal literal of 32 bits is an `unsigned int`.
pub fn literal(number: &NumberType, value: u64) -> String {
    let bytes = number.repr.size().w64;
    if number.repr.is_signed() {
        return signed(sign_extended(value, bytes), bytes);
    }
    let is_wide = number.repr == Primitive::U64;
    let is_hexadecimal = match number.class {
        NumberClass::Flags => true,
        NumberClass::Opaque => value > 9,
        _ => false,
    };
    if is_hexadecimal {
        let is_unsigned_int = value > i32::MAX as u64 && value <= u64::from(u32::MAX);
        let suffix = if is_wide && is_unsigned_int { "ULL" } else { "" };
        return format!("0x{value:0width$x}{suffix}", width = bytes as usize * 2);
    }
    match is_wide {
        true if value > i64::MAX as u64 => format!("{value}ULL"),
        // A decimal number that `int` does not hold would be `long`, which is wider in some places.
        false if value > i32::MAX as u64 => format!("{value}U"),
        _ => value.to_string(),
    }
}

fn sign_extended(value: u64, bytes: u64) -> i64 {
    let unused = 64 - 8 * bytes as u32;
    ((value << unused) as i64) >> unused
}

fn signed(value: i64, bytes: u64) -> String {
    let suffix = if bytes == 8 { "LL" } else { "" };
    let lowest = if bytes == 8 { i64::MIN } else { i64::from(i32::MIN) };
    if value == lowest {
        // C has no negative literals, and the positive counterpart does not fit.
        format!("(-{}{suffix} - 1)", -(value + 1))
    } else if value < 0 {
        format!("(-{}{suffix})", -value)
    } else {
        format!("{value}{suffix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(class: NumberClass, repr: Primitive, value: u64, expect: &str) {
        let number = NumberType { class, repr, c_prefix: None, values: Vec::new(), host_mapped: false };
        assert_eq!(literal(&number, value), expect);
    }

    #[test]
    fn flags_are_as_wide_as_their_type() {
        check(NumberClass::Flags, Primitive::U8, 4, "0x04");
        check(NumberClass::Flags, Primitive::U16, 0x10, "0x0010");
        check(NumberClass::Flags, Primitive::U32, 0x8000_0000, "0x80000000");
        check(NumberClass::Flags, Primitive::U64, 1, "0x0000000000000001");
        check(NumberClass::Flags, Primitive::U64, 0x4000_0000, "0x0000000040000000");
        check(NumberClass::Flags, Primitive::U64, 0x8000_0000, "0x0000000080000000ULL");
        check(NumberClass::Flags, Primitive::U64, 0xffff_ffff, "0x00000000ffffffffULL");
        check(NumberClass::Flags, Primitive::U64, 0x1_0000_0000, "0x0000000100000000");
    }

    #[test]
    fn enumerations_are_decimal() {
        check(NumberClass::Enum, Primitive::U8, 200, "200");
        check(NumberClass::Enum, Primitive::U32, 2_147_483_648, "2147483648U");
        check(NumberClass::Enum, Primitive::U64, 3, "3");
        check(NumberClass::Enum, Primitive::U64, 1 << 63, "9223372036854775808ULL");
    }

    #[test]
    fn identifiers_are_hexadecimal_beyond_one_digit() {
        check(NumberClass::Opaque, Primitive::U32, 0xffff_ffff, "0xffffffff");
        check(NumberClass::Opaque, Primitive::U64, 0, "0");
    }

    #[test]
    fn negative_numbers_keep_their_sign() {
        check(NumberClass::Enum, Primitive::I8, 0xff, "(-1)");
        check(NumberClass::Enum, Primitive::I8, 0x80, "(-128)");
        check(NumberClass::Enum, Primitive::I32, 0x8000_0000, "(-2147483647 - 1)");
        check(NumberClass::Alias, Primitive::I64, 1 << 63, "(-9223372036854775807LL - 1)");
        check(NumberClass::Alias, Primitive::I64, 7, "7LL");
    }
}
