//! One connection: a request, and the answer to it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use cloudabi::fs::Dir;
use cloudabi::io::{self, BufWriter, ErrorKind, Read as _, Write as _};
use cloudabi::net::Stream;
use cloudabi::poll::{Interest, poll};
use cloudabi::time::Duration;

use crate::request::{self, Request};
use crate::response::{self, Response};

/// No request that a browser makes of its own is longer.
const LONGEST_REQUEST: usize = 16 << 10;

/// Who says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers a request. Gives a line for the log.
pub fn serve(mut connection: Stream, pages: &Dir) -> String {
    let head = match read_head(&mut connection) {
        Ok(head) => head,
        Err(error) => return format!("- cannot read a request: {error}"),
    };
    let (response, what) = match request::parse(&head) {
        Ok(request) => (response::answer(&request, pages), format!("{} /{}", request.method, request.path)),
        Err(status) => (Response::plain(status), String::from("-")),
    };
    let status = response.status;
    match send(&mut connection, response, request::parse(&head).is_ok_and(Request::wants_body)) {
        Ok(bytes) => format!("{status} {bytes} {what}"),
        Err(error) => format!("{status} {what}: {error}"),
    }
}

/// Reads up to the empty line that ends a request's head.
fn read_head(connection: &mut Stream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() > LONGEST_REQUEST {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is too long"));
        }
        let events = poll(&[Interest::readable(connection, 0), Interest::after(PATIENCE, 1)])?;
        if events.iter().all(|event| event.token == 1) {
            return Err(io::Error::new(ErrorKind::TimedOut, "it does not come"));
        }
        match connection.read(&mut piece)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            length => head.extend_from_slice(&piece[..length]),
        }
    }
    Ok(head)
}

/// Sends an answer. Gives the number of bytes of its body.
fn send(connection: &mut Stream, response: Response, body: bool) -> io::Result<u64> {
    let mut output = BufWriter::new(connection);
    write!(
        output,
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        response.status, response.content_type, response.length
    )?;
    let mut sent = 0;
    if body {
        sent = match response.file {
            // What is appended meanwhile is not what was announced.
            Some(file) => io::copy(&mut file.take(response.length), &mut output)?,
            None => {
                output.write_all(response.text.as_bytes())?;
                response.length
            }
        };
    }
    output.flush()?;
    Ok(sent)
}
