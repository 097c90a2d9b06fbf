//! Line breaks for JSON.

/// Lists and objects that, without spaces, fit into this many columns stand on one line.
const WIDTH: usize = 110;

/// Breaks compact JSON into lines: what fits stays together, everything else gets a line per element.
pub fn pretty(compact: &str) -> String {
    let bytes = compact.as_bytes();
    let ends = ends(bytes);
    let mut out = String::with_capacity(compact.len() * 5 / 4);
    // Positions at which the broken brackets around the current place end.
    let mut open: Vec<usize> = Vec::new();
    let mut column = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = string_end(bytes, at);
                out.push_str(&compact[at..end]);
                column += compact[at..end].chars().count();
                at = end;
            }
            b'{' | b'[' => {
                let end = ends[at];
                if end - at + column <= WIDTH || end == at + 2 {
                    column += spaced(&compact[at..end], &mut out);
                    at = end;
                } else {
                    out.push(char::from(bytes[at]));
                    open.push(end);
                    column = new_line(&mut out, open.len());
                    at += 1;
                }
            }
            b'}' | b']' => {
                open.pop();
                new_line(&mut out, open.len());
                out.push(char::from(bytes[at]));
                column = open.len() * 2 + 1;
                at += 1;
            }
            b',' => {
                out.push(',');
                column = new_line(&mut out, open.len());
                at += 1;
            }
            b':' => {
                out.push_str(": ");
                column += 2;
                at += 1;
            }
            _ => {
                out.push(char::from(bytes[at]));
                column += 1;
                at += 1;
            }
        }
    }
    out.push('\n');
    out
}

/// For each opening bracket, the position after its closing one.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = vec![0; bytes.len()];
    let mut open = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at) - 1,
            b'{' | b'[' => open.push(at),
            b'}' | b']' => {
                if let Some(start) = open.pop() {
                    let start: usize = start;
                    ends[start] = at + 1;
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

/// Adds JSON on one line, with a space after each comma and colon, and gives its width.
fn spaced(compact: &str, out: &mut String) -> usize {
    let bytes = compact.as_bytes();
    let (mut at, mut width) = (0, 0);
    while at < bytes.len() {
        let end = if bytes[at] == b'"' { string_end(bytes, at) } else { at + 1 };
        out.push_str(&compact[at..end]);
        width += compact[at..end].chars().count();
        if matches!(bytes[at], b',' | b':') {
            out.push(' ');
            width += 1;
        }
        at = end;
    }
    width
}

/// Begins a line at a depth, and gives the column.
fn new_line(out: &mut String, depth: usize) -> usize {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
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
