//! Line breaks for JSON.

/// Lists and objects that fit into this many columns (counted as bytes, without spaces) stand on one line.
const WIDTH: usize = 110;

/// Breaks compact JSON into lines: what fits stays together, everything else gets a line per element.
pub fn pretty(compact: &str) -> String {
    let marks = marks(compact.as_bytes());
    let mut out = String::with_capacity(compact.len() * 3 / 2);
    let mut depth = 0;
    let mut column = 0;
    // What is copied reaches up to here.
    let mut copied = 0;
    let mut next = 0;
    while let Some(&Mark { at, sign, end }) = marks.get(next) {
        next += 1;
        match sign {
            b'{' | b'[' => {
                let last = end.min(marks.len() - 1);
                let after = marks[last].at + 1;
                column += at - copied;
                out.push_str(&compact[copied..at]);
                if after - at + column <= WIDTH || after == at + 2 {
                    column += spaced(compact, at, after, &marks[next..last], &mut out);
                    copied = after;
                    next = last + 1;
                } else {
                    depth += 1;
                    out.push_str(&compact[at..=at]);
                    column = new_line(&mut out, depth);
                    copied = at + 1;
                }
            }
            b'}' | b']' => {
                out.push_str(&compact[copied..at]);
                depth -= 1;
                column = new_line(&mut out, depth);
                copied = at;
            }
            b',' => {
                out.push_str(&compact[copied..=at]);
                column = new_line(&mut out, depth);
                copied = at + 1;
            }
            _ => {
                out.push_str(&compact[copied..=at]);
                out.push(' ');
                column += at + 2 - copied;
                copied = at + 1;
            }
        }
    }
    out.push_str(&compact[copied..]);
    out.push('\n');
    out
}

/// A bracket, comma or colon outside of strings.
#[derive(Clone, Copy)]
struct Mark {
    /// Where it stands.
    at: usize,
    /// Which it is.
    sign: u8,
    /// For an opening bracket: the number of the mark that closes it.
    end: usize,
}

/// All brackets, commas and colons, in order.
fn marks(bytes: &[u8]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::with_capacity(bytes.len() / 8);
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(&sign) = bytes.get(at) {
        match sign {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => open.push(marks.len()),
            b'}' | b']' => {
                if let Some(opening) = open.pop() {
                    let end = marks.len();
                    marks[opening].end = end;
                }
            }
            b',' | b':' => {}
            _ => {
                at += 1;
                continue;
            }
        }
        marks.push(Mark { at, sign, end: usize::MAX });
        at += 1;
    }
    marks
}

/// The position after the string that begins here.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Adds a stretch of JSON on one line, with a space after each comma and colon. Gives its width.
fn spaced(compact: &str, start: usize, end: usize, marks: &[Mark], out: &mut String) -> usize {
    let (mut copied, mut spaces) = (start, 0);
    for mark in marks.iter().filter(|mark| matches!(mark.sign, b',' | b':')) {
        out.push_str(&compact[copied..=mark.at]);
        out.push(' ');
        spaces += 1;
        copied = mark.at + 1;
    }
    out.push_str(&compact[copied..end]);
    end - start + spaces
}

/// Begins a line at a depth, and gives the column.
fn new_line(out: &mut String, depth: usize) -> usize {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
    depth * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_things_stay_on_one_line() {
        assert_eq!(pretty(r#"{"a":[1,2],"b":"x:,{"}"#), "{\"a\": [1, 2], \"b\": \"x:,{\"}\n");
    }

    #[test]
    fn long_things_get_a_line_per_element() {
        let long = "y".repeat(WIDTH);
        let text = format!(r#"{{"a":"{long}","b":[],"c":{{"d":[true,null]}}}}"#);
        let wanted =
            format!("{{\n  \"a\": \"{long}\",\n  \"b\": [],\n  \"c\": {{\"d\": [true, null]}}\n}}\n");
        assert_eq!(pretty(&text), wanted);
    }

    #[test]
    fn what_is_said_does_not_change() {
        let text = r#"{"a\"]":[{"b":["\\",{"ü":-1.5e3}]},[[]],{}]}"#;
        let long = format!("[{text},{text},{text}]");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(read(&pretty(&long)), read(&long));
    }
}
