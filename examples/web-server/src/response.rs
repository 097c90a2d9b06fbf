//! Answers.

use core::fmt;

use cloudabi::fs::{Dir, File};
use cloudabi::io::{self, ErrorKind};

use crate::request::Request;

/// How a request went: RFC 9110, 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    BadRequest,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    InternalServerError,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Ok => "200 OK",
            Status::BadRequest => "400 Bad Request",
            Status::Forbidden => "403 Forbidden",
            Status::NotFound => "404 Not Found",
            Status::MethodNotAllowed => "405 Method Not Allowed",
            Status::InternalServerError => "500 Internal Server Error",
        })
    }
}

/// What is sent back: a file, or a few words.
#[derive(Debug)]
pub struct Response {
    pub status: Status,
    pub content_type: &'static str,
    pub length: u64,
    pub file: Option<File>,
    pub text: &'static str,
}

impl Response {
    /// A few words.
    pub fn plain(status: Status) -> Self {
        let text = match status {
            Status::Ok => "",
            Status::BadRequest => "This is no request that this server understands.\n",
            Status::Forbidden | Status::NotFound => "There is no such page.\n",
            Status::MethodNotAllowed => "This server knows GET and HEAD.\n",
            Status::InternalServerError => "The page cannot be read.\n",
        };
        let content_type = "text/plain; charset=utf-8";
        Response { status, content_type, length: text.len() as u64, file: None, text }
    }
}

/// Finds the page that is asked for.
pub fn answer(request: &Request<'_>, pages: &Dir) -> Response {
    match open(&request.path, pages) {
        Ok((file, length, content_type)) => {
            Response { status: Status::Ok, content_type, length, file: Some(file), text: "" }
        }
        Err(error) => Response::plain(match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Status::NotFound,
            // It leads out of the directory, or may not be read.
            ErrorKind::NotCapable | ErrorKind::PermissionDenied => Status::Forbidden,
            _ => Status::InternalServerError,
        }),
    }
}

fn open(path: &str, pages: &Dir) -> io::Result<(File, u64, &'static str)> {
    let index =
        alloc::format!("{path}{}index.html", if path.is_empty() || path.ends_with('/') { "" } else { "/" });
    let is_directory = path.is_empty() || pages.metadata(path)?.is_dir();
    let path = if is_directory { &index } else { path };
    let file = pages.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ErrorKind::NotFound.into());
    }
    Ok((file, metadata.len(), content_type(path)))
}

/// What a file is, by the end of its name.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}
