//! Connections: slow clients are cut off, a stop lets requests under way finish.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use variorum_api::ConnectionLimits;

const REQUEST: &[u8] = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    go_on: oneshot::Sender<()>,
    asked: oneshot::Receiver<()>,
    served: tokio::task::JoinHandle<()>,
}

/// A server whose one page answers when it is told to.
async fn run(limits: ConnectionLimits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let (go_on, gone_on) = oneshot::channel::<()>();
    let (ask, asked) = oneshot::channel::<()>();
    let once = std::sync::Arc::new(std::sync::Mutex::new(Some((ask, gone_on))));
    let router = Router::new().route(
        "/slow",
        get(move || {
            let (ask, gone_on) = once.lock().unwrap().take().unwrap();
            async move {
                ask.send(()).unwrap();
                gone_on.await.unwrap();
                "done"
            }
        }),
    );
    let served = tokio::spawn(variorum_api::serve(listener, router, limits, async {
        // Dropping the sender stops the server, too.
        drop(stopped.await);
    }));
    Running {
        address,
        stop,
        go_on,
        asked,
        served,
    }
}

#[tokio::test]
async fn headers_that_never_end_end_the_connection() {
    let limits = ConnectionLimits {
        header_wait: Duration::from_millis(50),
        ..ConnectionLimits::default()
    };
    let running = run(limits).await;
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[tokio::test]
async fn headers_without_measure_are_refused() {
    let limits = ConnectionLimits {
        header_bytes: 8_192,
        ..ConnectionLimits::default()
    };
    let running = run(limits).await;
    let mut client = TcpStream::connect(running.address).await.unwrap();
    let long = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "x".repeat(100_000)
    );
    // The server may hang up before all of it is sent.
    drop(client.write_all(long.as_bytes()).await);
    let mut answer = Vec::new();
    drop(client.read_to_end(&mut answer).await);
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_too_many_waits_for_a_place() {
    let limits = ConnectionLimits {
        connections: 1,
        ..ConnectionLimits::default()
    };
    let running = run(limits).await;
    let first = TcpStream::connect(running.address).await.unwrap();
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    drop(first);
    running.asked.await.unwrap();
    running.go_on.send(()).unwrap();
    let mut begin = [0; 12];
    second.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
}

#[tokio::test]
async fn a_stop_lets_a_request_finish_and_takes_no_more() {
    let running = run(ConnectionLimits::default()).await;
    let mut client = TcpStream::connect(running.address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    running.asked.await.unwrap();
    running.stop.send(()).unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!running.served.is_finished());
    running.go_on.send(()).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer).ends_with("done"));
    running.served.await.unwrap();
}
