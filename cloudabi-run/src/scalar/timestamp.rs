//! Points in time as text: <https://yaml.org/type/timestamp.html>.

/// Nanoseconds from 1970-01-01T00:00:00Z to a time such as `2001-12-14T21:59:43.1Z`,
/// `2001-12-14 21:59:43.1 -5:30` or `2001-12-14`. Without a zone it is UTC.
pub fn parse(text: &str) -> Option<i128> {
    let mut rest = text;
    let year = number(&mut rest, 4..=4)?;
    skip(&mut rest, "-")?;
    let month = number(&mut rest, 1..=2)?;
    skip(&mut rest, "-")?;
    let day = number(&mut rest, 1..=2)?;
    let days = days_from_epoch(year, month, day)?;
    let (time_of_day, zone) = if rest.is_empty() { (0, 0) } else { time(rest)? };
    Some((i128::from(days) * 86_400 - i128::from(zone)) * 1_000_000_000 + i128::from(time_of_day))
}

/// The time of day in nanoseconds, and the zone's distance from UTC in seconds.
fn time(mut rest: &str) -> Option<(i64, i64)> {
    rest = rest.strip_prefix(['T', 't']).or_else(|| {
        let time = rest.trim_start_matches([' ', '\t']);
        (time.len() < rest.len()).then_some(time)
    })?;
    let hour = number(&mut rest, 1..=2).filter(|&hour| hour < 24)?;
    skip(&mut rest, ":")?;
    let minute = number(&mut rest, 2..=2).filter(|&minute| minute < 60)?;
    skip(&mut rest, ":")?;
    // 60 is a leap second, which counts as the next minute's first one.
    let second = number(&mut rest, 2..=2).filter(|&second| second <= 60)?;
    let mut nanoseconds = 0;
    if skip(&mut rest, ".").is_some() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let mut fraction = rest[..digits].to_owned();
        fraction.extend(std::iter::repeat_n('0', 9_usize.saturating_sub(digits)));
        nanoseconds = fraction[..9].parse().ok()?;
        rest = &rest[digits..];
    }
    let time_of_day = ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nanoseconds;
    Some((time_of_day, zone(rest.trim_start_matches([' ', '\t']))?))
}

/// The distance from UTC in seconds.
fn zone(mut rest: &str) -> Option<i64> {
    let sign = match rest.bytes().next() {
        None => return Some(0),
        Some(b'Z') => return (rest.len() == 1).then_some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    rest = &rest[1..];
    let hours = number(&mut rest, 1..=2).filter(|&hours| hours < 24)?;
    let mut minutes = 0;
    if !rest.is_empty() {
        let _ = skip(&mut rest, ":");
        minutes = number(&mut rest, 2..=2).filter(|&minutes| minutes < 60)?;
    }
    rest.is_empty().then_some(sign * (hours * 60 + minutes) * 60)
}

/// Takes a number of so many digits off the front.
fn number(rest: &mut &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let length = rest.bytes().take(*digits.end()).take_while(u8::is_ascii_digit).count();
    if !digits.contains(&length) {
        return None;
    }
    let (number, after) = rest.split_at(length);
    *rest = after;
    number.parse().ok()
}

/// Takes this off the front.
fn skip(rest: &mut &str, what: &str) -> Option<()> {
    *rest = rest.strip_prefix(what)?;
    Some(())
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. `None` if there is no such day.
fn days_from_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month - 1).ok()?;
    if !(1..=*lengths.get(month)?).contains(&day) {
        return None;
    }
    // Leap days before this year; in years before 1, none.
    let before = year - 1;
    let leap_days = |years: i64| years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let days_of_years = (year - 1970) * 365 + leap_days(before) - leap_days(1969);
    Some(days_of_years + lengths[..month].iter().sum::<i64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn known_examples() {
        let cases = [
            ("1970-01-01", 0),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999999Z", -1),
            ("2001-12-15T02:59:43.1Z", 1_008_385_183_100_000_000),
            ("2001-12-14t21:59:43.10-05:00", 1_008_385_183_100_000_000),
            ("2001-12-14 21:59:43.10 -5", 1_008_385_183_100_000_000),
            ("2001-12-15 2:59:43.10", 1_008_385_183_100_000_000),
            ("2001-12-15T08:29:43.1+0530", 1_008_385_183_100_000_000),
            ("2000-02-29", 951_782_400_000_000_000),
            ("0000-01-01", -62_167_219_200_000_000_000),
            ("9999-12-31", 253_402_214_400_000_000_000),
            ("1970-01-01T00:00:00.0000000019Z", 1),
        ];
        for (text, nanoseconds) in cases {
            assert_eq!(parse(text), Some(nanoseconds), "{text}");
        }
        let wrong = [
            "",
            "x",
            "1970",
            "1970-1",
            "1970-13-01",
            "1970-00-01",
            "1970-02-29",
            "1900-02-29",
            "1970-01-01T",
            "1970-01-01T1:2:3",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:00ZZ",
            "1970-01-01T00:00:00+",
            "1970-01-01T00:00:00+1:2",
            "1970-01-01T00:00:00é",
            "70-01-01",
            "1970-01-01x",
            "1970-01-01 ",
        ];
        for text in wrong {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
