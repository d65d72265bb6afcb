//! Reads one request, with limits.
//!
//! It never reads a second request: every reply ends its connection.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

const LONGEST_HEAD: u64 = 1 << 20;
const LONGEST_BODY: u64 = 1 << 26;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The first value of the header `name`.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Why no request was read.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The client hung up.
    Gone,
    /// What came is no HTTP.
    NotHttp,
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads a request to the end of its body.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Request, NoRequest> {
    let mut reader = BufReader::new(stream).take(LONGEST_HEAD);
    // Decided by the first byte: a TLS handshake need not have a line feed to wait for.
    let first = reader
        .fill_buf()
        .await?
        .first()
        .copied()
        .ok_or(NoRequest::Gone)?;
    if !first.is_ascii_uppercase() {
        return Err(NoRequest::NotHttp);
    }
    let line = read_line(&mut reader).await?;
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(_)) = (words.next(), words.next(), words.next()) else {
        return Err(NoRequest::NotHttp);
    };
    let (method, target) = (method.to_owned(), target.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(&mut reader).await?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or(NoRequest::NotHttp)?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    reader.set_limit(LONGEST_BODY);
    request.body = read_body(&request, &mut reader).await?;
    Ok(request)
}

async fn read_body(
    request: &Request,
    reader: &mut (impl AsyncBufRead + Unpin),
) -> Result<Vec<u8>, NoRequest> {
    let mut body = Vec::new();
    if request
        .header("Transfer-Encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    {
        loop {
            let line = read_line(reader).await?;
            let digits = line.split(';').next().unwrap_or("").trim();
            let size = u64::from_str_radix(digits, 16).map_err(|_| NoRequest::NotHttp)?;
            read_exactly(reader, size, &mut body).await?;
            read_line(reader).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    if let Some(length) = request.header("Content-Length") {
        let length = length.parse().map_err(|_| NoRequest::NotHttp)?;
        read_exactly(reader, length, &mut body).await?;
    }
    Ok(body)
}

async fn read_exactly(
    reader: &mut (impl AsyncBufRead + Unpin),
    size: u64,
    body: &mut Vec<u8>,
) -> Result<(), NoRequest> {
    let read = reader.take(size).read_to_end(body).await?;
    if u64::try_from(read).is_ok_and(|read| read == size) {
        Ok(())
    } else {
        Err(NoRequest::Gone)
    }
}

async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> Result<String, NoRequest> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).await?;
    if line.pop() != Some(b'\n') {
        return Err(NoRequest::Gone);
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{NoRequest, read};

    #[tokio::test]
    async fn a_request_is_read_to_the_end_of_its_body() {
        let text = "POST /a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n0\r\n\r\nrest";
        let mut bytes = text.as_bytes();
        let request = read(&mut bytes).await.expect("a request");
        assert_eq!(
            (request.method.as_str(), request.target.as_str()),
            ("POST", "/a?b")
        );
        assert_eq!(request.header("host"), Some("x"));
        assert_eq!(request.body, b"abc");
    }

    #[tokio::test]
    async fn what_is_no_request_is_told_from_silence() {
        assert!(matches!(
            read(&mut &b"\x16\x03\x01"[..]).await,
            Err(NoRequest::NotHttp)
        ));
        assert!(matches!(
            read(&mut &b"GET /\r\n\r\n"[..]).await,
            Err(NoRequest::NotHttp)
        ));
        assert!(matches!(read(&mut &b""[..]).await, Err(NoRequest::Gone)));
        assert!(matches!(
            read(&mut &b"GET / HTTP/1.1\r\nHo"[..]).await,
            Err(NoRequest::Gone)
        ));
        let short = b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab";
        assert!(matches!(read(&mut &short[..]).await, Err(NoRequest::Gone)));
    }
}
