//! Line breaks for JSON.

/// Lists and objects that fit into this many columns (counted as bytes, without spaces) stand on one line.
const WIDTH: usize = 110;

/// Breaks compact JSON into lines: what fits stays together, everything else gets a line per element.
pub fn pretty(compact: &str) -> String {
    let bytes = compact.as_bytes();
    let ends = ends(bytes);
    // Brackets opened so far, which index `ends`.
    let mut opened = 0;
    let mut out = String::with_capacity(compact.len() * 3 / 2);
    let mut depth = 0;
    let mut column = 0;
    // What is copied reaches up to here.
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'{' | b'[' => {
                column += at - copied;
                let end = ends[opened];
                if end - at + column <= WIDTH || end == at + 2 {
                    out.push_str(&compact[copied..at]);
                    let (brackets, added) = spaced(compact, at, end, &mut out);
                    opened += brackets;
                    column += added;
                    copied = end;
                    at = end;
                } else {
                    opened += 1;
                    depth += 1;
                    at += 1;
                    out.push_str(&compact[copied..at]);
                    column = new_line(&mut out, depth);
                    copied = at;
                }
            }
            b'}' | b']' => {
                out.push_str(&compact[copied..at]);
                depth -= 1;
                column = new_line(&mut out, depth);
                copied = at;
                at += 1;
            }
            b',' => {
                at += 1;
                out.push_str(&compact[copied..at]);
                column = new_line(&mut out, depth);
                copied = at;
            }
            b':' => {
                at += 1;
                out.push_str(&compact[copied..at]);
                out.push(' ');
                column += at - copied + 1;
                copied = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&compact[copied..]);
    out.push('\n');
    out
}

/// For each opening bracket, in order, the position after its closing one.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at) - 1,
            b'{' | b'[' => {
                open.push(ends.len());
                ends.push(0);
            }
            b'}' | b']' => {
                if let Some(bracket) = open.pop() {
                    let bracket: usize = bracket;
                    ends[bracket] = at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    ends
}

/// The position after the string that begins here.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Adds a stretch of JSON on one line, with a space after each comma and colon. Gives the number of brackets opened
/// in it, and its width.
fn spaced(compact: &str, start: usize, end: usize, out: &mut String) -> (usize, usize) {
    let bytes = compact.as_bytes();
    let (mut at, mut copied, mut brackets, mut spaces) = (start, start, 0, 0);
    while at < end {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => brackets += 1,
            b',' | b':' => {
                out.push_str(&compact[copied..=at]);
                out.push(' ');
                spaces += 1;
                copied = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    out.push_str(&compact[copied..end]);
    (brackets, end - start + spaces)
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
