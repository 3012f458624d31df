//! As much of HTTP/1.1 as it takes to ask our own servers over one connection that stays open.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let read = Vec::with_capacity(64 * 1024);
        Ok(Self { stream, read })
    }

    pub async fn get(&mut self, path: &str, cookie: &str) -> Result<Answer> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\naccept: text/html\r\n\r\n"
        );
        self.send(request.as_bytes()).await
    }

    pub async fn post(&mut self, path: &str, cookie: &str, form: &str) -> Result<Answer> {
        let kind = "application/x-www-form-urlencoded";
        self.post_as(
            kind,
            path,
            &format!("cookie: {cookie}\r\naccept: text/html"),
            form,
        )
        .await
    }

    pub async fn post_json(&mut self, path: &str, json: &str) -> Result<Answer> {
        self.post_as("application/json", path, "accept: */*", json)
            .await
    }

    /// Posts JSON with an `Authorization` value.
    pub async fn deliver(&mut self, path: &str, value: &str, json: &str) -> Result<Answer> {
        let header = format!("authorization: {value}");
        self.post_as("application/json", path, &header, json).await
    }

    async fn post_as(
        &mut self,
        kind: &str,
        path: &str,
        header: &str,
        body: &str,
    ) -> Result<Answer> {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{header}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.send(request.as_bytes()).await
    }

    async fn send(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let head = loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text =
            std::str::from_utf8(&self.read[..head]).context("an answer's head is no text")?;
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        let status = status.context("an answer has no status")?;
        let length = match header(text, "content-length") {
            Some(length) => length.parse()?,
            None if status == 303 || status == 204 => 0,
            None => bail!("an answer does not say how long it is:\n{text}"),
        };
        let location = header(text, "location").map(str::to_owned);
        while self.read.len() < head + length {
            self.more().await?;
        }
        Ok(Answer {
            status,
            location,
            body: self.read[head..head + length].to_vec(),
        })
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => bail!("the server closed the connection"),
            _ => Ok(()),
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
