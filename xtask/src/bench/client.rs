//! A client for load: connections that are kept open, each asking again as soon as it is answered.
//!
//! It reads just enough of HTTP/1.1 for answers with a length, and treats both sides alike.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Threads that send; the server has the same cores.
const THREADS: usize = 2;
/// Connections of each thread.
const CONNECTIONS_PER_THREAD: usize = 32;
/// The largest head of an answer.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What a turn of load came to.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// How long each answer took, in microseconds.
    pub(super) latencies_us: Vec<u32>,
    /// Answers a second.
    pub(super) per_second: f64,
}

/// Sends the requests over and over for a while.
pub(super) fn load(to: SocketAddr, requests: &Arc<Vec<Vec<u8>>>, turn: Duration) -> Result<Load> {
    let begun = Instant::now();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let requests = requests.clone();
            std::thread::spawn(move || send_from_thread(to, &requests, thread, begun + turn))
        })
        .collect();
    let mut latencies_us = Vec::new();
    for thread in threads {
        let joined = thread
            .join()
            .map_err(|_| anyhow::anyhow!("a sender panicked"))?;
        latencies_us.extend(joined?);
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of answers")]
    let per_second = latencies_us.len() as f64 / begun.elapsed().as_secs_f64();
    Ok(Load {
        latencies_us,
        per_second,
    })
}

fn send_from_thread(
    to: SocketAddr,
    requests: &Arc<Vec<Vec<u8>>>,
    thread: usize,
    until: Instant,
) -> Result<Vec<u32>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for connection in 0..CONNECTIONS_PER_THREAD {
            let requests = requests.clone();
            // Connections begin at different places, so that not all ask for the same thing.
            let first = (thread * CONNECTIONS_PER_THREAD + connection) * 61;
            tasks.spawn(async move { send(to, &requests, first, until).await });
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            latencies.extend(done??);
        }
        Ok(latencies)
    })
}

async fn send(
    to: SocketAddr,
    requests: &[Vec<u8>],
    first: usize,
    until: Instant,
) -> Result<Vec<u32>> {
    let mut connection = Connection::open(to).await?;
    let mut latencies = Vec::with_capacity(16 * 1024);
    let mut begun = Instant::now();
    for request in requests.iter().cycle().skip(first % requests.len()) {
        connection.ask(request).await?;
        let now = Instant::now();
        latencies.push(u32::try_from((now - begun).as_micros()).unwrap_or(u32::MAX));
        if now >= until {
            break;
        }
        begun = now;
    }
    Ok(latencies)
}

/// One connection that is kept open.
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(super) async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(HEAD_BYTES_MAX),
        })
    }

    /// Sends a request and waits for its answer; anything but a success is an error.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let (head, length) = loop {
            if let Some(found) = head_of(&self.read)? {
                break found;
            }
            self.read_more().await?;
        };
        while self.read.len() < head + length {
            self.read_more().await?;
        }
        if !self.read.starts_with(b"HTTP/1.1 2") {
            bail!("not a good answer: {}", String::from_utf8_lossy(&self.read));
        }
        Ok(&self.read[head..head + length])
    }

    async fn read_more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.read).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// The length of an answer's head and of the body behind it, once the head is complete.
fn head_of(read: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else {
        if read.len() > HEAD_BYTES_MAX {
            bail!("an answer with a head of more than {HEAD_BYTES_MAX} bytes");
        }
        return Ok(None);
    };
    let head = std::str::from_utf8(&read[..end])?;
    let length = head.split("\r\n").skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse())
    });
    let length = length.context("an answer without a length")??;
    Ok(Some((end + 4, length)))
}

/// The bytes of a `POST`.
pub(super) fn post(host: SocketAddr, path: &str, kind: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The product's API over one connection, in JSON.
pub(super) struct Api {
    connection: Connection,
    host: SocketAddr,
    token: String,
}

impl Api {
    /// Connects.
    pub(super) async fn open(host: SocketAddr, token: &str) -> Result<Self> {
        Ok(Self {
            connection: Connection::open(host).await?,
            host,
            token: token.to_owned(),
        })
    }

    /// Asks for something.
    pub(super) async fn get(&mut self, path: &str) -> Result<serde_json::Value> {
        let (host, token) = (self.host, &self.token);
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
        self.ask(path, request.as_bytes()).await
    }

    /// Sends something.
    pub(super) async fn post(
        &mut self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<serde_json::Value> {
        let kind = "application/json";
        let request = post(self.host, path, kind, &self.token, &body.to_string());
        self.ask(path, &request).await
    }

    async fn ask(&mut self, path: &str, request: &[u8]) -> Result<serde_json::Value> {
        let answer = self.connection.ask(request).await;
        let answer = answer.with_context(|| format!("asking for `{path}`"))?;
        Ok(serde_json::from_slice(answer)?)
    }
}

/// The latency below which a share of all answers came; the row must be sorted.
pub(super) fn percentile(sorted: &[u32], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted
        .get(place)
        .map_or(f64::NAN, |latency| f64::from(*latency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: a\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(head_of(answer).unwrap(), Some((answer.len() - 5, 5)));
        assert_eq!(head_of(&answer[..40]).unwrap(), None);
        assert!(head_of(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles_are_places_in_the_row() {
        let row: Vec<u32> = (1..=100).collect();
        assert!((percentile(&row, 50) - 51.0).abs() < 1e-12);
        assert!((percentile(&row, 99) - 100.0).abs() < 1e-12);
        assert!(percentile(&[], 50).is_nan());
    }
}
