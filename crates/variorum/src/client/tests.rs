//! The client against a socket that answers one request, and its addresses against a table.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::json;
use variorum_api_types::library::ListPrompts;

use super::*;

fn left(url: &str) -> impl FnOnce() -> Option<CliFile> {
    let file = CliFile {
        url: url.to_owned(),
        token: "left".to_owned(),
    };
    move || Some(file)
}

fn connection(url: String) -> Connection {
    Connection {
        database: None,
        data: None,
        url: Some(url),
        token: Some("secret".to_owned()),
    }
}

/// Answers one request with `answer` and hands back what was asked.
fn serve_once(status: &str, body: &str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        let mut buffer = [0; 4096];
        while !is_whole(&asked) {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the request ended early");
            asked.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(asked).unwrap()
    });
    (url, asked)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

#[test]
fn names_are_encoded_as_one_part() {
    let rows = [
        ("email/welcome", "email%2Fwelcome"),
        ("campaign/autumn 26", "campaign%2Fautumn%2026"),
        ("a?b#c%d", "a%3Fb%23c%25d"),
        ("..", ".."),
        ("grün", "gr%C3%BCn"),
        ("plain-._~9", "plain-._~9"),
    ];
    for (name, expected) in rows {
        assert_eq!(encoded(name), expected);
    }
    assert_eq!(
        encoded_path(&["prompts", "a/b", "versions"]),
        "prompts/a%2Fb/versions"
    );
}

#[test]
fn a_query_holds_only_what_is_given() {
    assert_eq!(query_of(&ListPrompts::default()).unwrap(), "");
    let query = ListPrompts {
        q: Some("summer & sale".to_owned()),
        with_errors: Some(true),
        limit: Some(5),
        ..ListPrompts::default()
    };
    assert_eq!(
        query_of(&query).unwrap(),
        "?q=summer%20%26%20sale&with_errors=true&limit=5"
    );
}

#[test]
fn what_is_said_comes_before_what_a_server_left() {
    let found = |url, token| {
        let address = Address::find(url, token, left("http://127.0.0.1:9999/")).unwrap();
        (address.url, address.token)
    };
    let here = "http://127.0.0.1:9999".to_owned();
    assert_eq!(found(None, None), (here.clone(), "left".into()));
    assert_eq!(found(None, Some("mine")), (here.clone(), "mine".into()));
    assert_eq!(found(Some("127.0.0.1:9999"), None), (here, "left".into()));
    assert_eq!(
        found(Some("http://x.example/"), Some(" t ")),
        ("http://x.example".into(), "t".into())
    );
}

#[test]
fn a_token_is_never_sent_to_another_server() {
    let error = Address::find(Some("http://x.example"), None, left(DEFAULT_URL)).unwrap_err();
    assert_eq!(error.message, "there is no token for `http://x.example`");
    assert_eq!((error.exit, error.code), (1, "no-token"));
    let error = Address::find(None, Some(""), || None).unwrap_err();
    assert_eq!(
        error.message,
        "there is no token for `http://127.0.0.1:4870`"
    );
    assert!(error.hint.unwrap().contains("VARIORUM_TOKEN"));
}

#[test]
fn a_request_carries_token_query_and_body() {
    let (url, asked) = serve_once("200 OK", r#"{"z":1,"a":[2]}"#);
    let client = Client::new(&connection(url)).unwrap();
    let answer = client
        .post(
            &["drafts", "campaign/x", "publish"],
            &json!({"subject": "S"}),
        )
        .unwrap();
    assert_eq!(answer.json().to_string(), r#"{"z":1,"a":[2]}"#);
    let asked = asked.join().unwrap();
    assert!(
        asked.starts_with("POST /api/v1/drafts/campaign%2Fx/publish HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked
            .to_lowercase()
            .contains("authorization: bearer secret\r\n"),
        "{asked}"
    );
    assert!(
        asked
            .to_lowercase()
            .contains("content-type: application/json\r\n"),
        "{asked}"
    );
    assert!(asked.ends_with(r#"{"subject":"S"}"#), "{asked}");
}

#[test]
fn an_empty_answer_is_fine_and_a_redirect_is_not_followed() {
    let (url, asked) = serve_once("204 No Content", "");
    let client = Client::new(&connection(url)).unwrap();
    let why = Reason {
        reason: "lost".to_owned(),
    };
    assert_eq!(
        client.delete(&["tokens", "4"], &why).unwrap().json(),
        &Value::Null
    );
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("DELETE /api/v1/tokens/4 "), "{asked}");
    assert!(asked.ends_with(r#"{"reason":"lost"}"#), "{asked}");
    let (url, asked) = serve_once("302 Found", "");
    let client = Client::new(&connection(url)).unwrap();
    let error = client.get(&["session"]).unwrap_err();
    assert_eq!(
        error.message,
        "the server answered with status 302 and gave no reason"
    );
    drop(asked.join().unwrap());
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = Client::new(&connection(format!("http://{free}"))).unwrap();
    let error = client.get(&["session"]).unwrap_err();
    assert_eq!(
        error.message,
        format!("no server answers at `http://{free}`")
    );
    assert_eq!((error.exit, error.code), (1, "no-server"));
    assert!(error.hint.unwrap().contains("variorum serve"));
}

#[test]
fn an_answer_of_another_shape_is_told_apart_from_the_callers_faults() {
    let (url, asked) = serve_once("200 OK", "<html></html>");
    let client = Client::new(&connection(url)).unwrap();
    let error = client.get(&["session"]).unwrap_err();
    assert!(
        error.message.starts_with("the server's answer is not JSON"),
        "{}",
        error.message
    );
    assert_eq!(error.exit, 70);
    drop(asked.join().unwrap());
}
