//! The head of a request: RFC 9112.

use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use crate::response::Status;

/// What somebody wants.
#[derive(Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET` or `HEAD`
    pub method: &'a str,
    /// Without what is behind a question mark, and without escapes.
    pub path: String,
}

impl Request<'_> {
    /// Whether more than the head of the answer is wanted.
    pub fn wants_body(self) -> bool {
        self.method == "GET"
    }
}

/// Takes the first line of a request apart.
pub fn parse(head: &[u8]) -> Result<Request<'_>, Status> {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = str::from_utf8(line).map_err(|_| Status::BadRequest)?;
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Status::BadRequest);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(Status::BadRequest);
    }
    if !matches!(method, "GET" | "HEAD") {
        return Err(Status::MethodNotAllowed);
    }
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix('/').ok_or(Status::BadRequest)?;
    Ok(Request { method, path: unescape(path).ok_or(Status::BadRequest)? })
}

/// Replaces `%41` by `A`.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, others) = rest.split_at_checked(2)?;
        let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = others;
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(line: &str) -> Result<String, Status> {
        parse(line.as_bytes()).map(|request| request.path)
    }

    #[test]
    fn paths() {
        assert_eq!(path("GET / HTTP/1.1\r\n\r\n"), Ok(String::new()));
        assert_eq!(path("HEAD /a/b.html?c HTTP/1.0\r\nHost: x\r\n\r\n"), Ok(String::from("a/b.html")));
        assert_eq!(path("GET /%41%20b HTTP/1.1\r\n\r\n"), Ok(String::from("A b")));
        // Nothing is made of this: the directory itself refuses it.
        assert_eq!(path("GET /../%2e%2e/x HTTP/1.1\r\n\r\n"), Ok(String::from("../../x")));
    }

    #[test]
    fn what_is_no_request() {
        let bad = [
            "",
            "GET /",
            "GET x HTTP/1.1",
            "GET /%4 HTTP/1.1",
            "GET /%+1 HTTP/1.1",
            "GET /%00 HTTP/1.1",
            "GET / x HTTP/1.1",
        ];
        for line in bad {
            assert_eq!(path(line), Err(Status::BadRequest), "{line}");
        }
        assert_eq!(path("POST / HTTP/1.1\r\n\r\n"), Err(Status::MethodNotAllowed));
    }
}
