//! A mail server and a web server that speak enough of their protocols over real sockets, and refuse
//! as often as they are told to.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivatePkcs8KeyDer;

/// What was taken, each whole.
pub(crate) type Taken = Arc<Mutex<Vec<String>>>;

fn listen(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            serve(stream);
        }
    });
    port
}

/// A mail server: `codes` are the answers to the next messages, then all are taken.
pub(crate) fn mail_server(codes: &[&'static str]) -> (u16, Taken) {
    let taken = Taken::default();
    let kept = taken.clone();
    let codes = Mutex::new(VecDeque::from(codes.to_vec()));
    let port = listen(move |stream| {
        let mut out = stream.try_clone().unwrap();
        let mut say = move |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).is_ok();
        say("220 test ESMTP");
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let mut mail = String::new();
        while let Some(line) = lines.next() {
            let verb = line.to_ascii_uppercase();
            if verb.starts_with("EHLO") {
                say("250-test");
                say("250-AUTH PLAIN");
                say("250 8BITMIME");
            } else if verb.starts_with("DATA") {
                say("354 go on");
                for text in lines.by_ref().take_while(|text| text != ".") {
                    mail.push_str(&text);
                    mail.push('\n');
                }
                match codes.lock().unwrap().pop_front() {
                    Some(code) => {
                        say(code);
                    }
                    None => {
                        kept.lock().unwrap().push(std::mem::take(&mut mail));
                        say("250 2.0.0 taken");
                    }
                }
            } else if verb.starts_with("QUIT") {
                say("221 bye");
                return;
            } else if verb.starts_with("AUTH") {
                mail.push_str(&line);
                mail.push('\n');
                say("235 welcome");
            } else {
                mail.push_str(&line);
                mail.push('\n');
                say("250 ok");
            }
        }
    });
    (port, taken)
}

/// A certificate for `localhost` that vouches for itself.
pub(crate) struct Certificate {
    /// The certificate, as a mail client is told to trust it.
    pub(crate) pem: String,
    config: Arc<rustls::ServerConfig>,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        Self {
            pem: made.cert.pem(),
            config: Arc::new(config),
        }
    }
}

/// A mail server that takes mail only after `STARTTLS`; without a certificate it offers none and takes
/// mail as it comes.
pub(crate) fn starttls_server(certificate: Option<&Certificate>) -> (u16, Taken) {
    let taken = Taken::default();
    let kept = taken.clone();
    let config = certificate.map(|one| one.config.clone());
    let port = listen(move |stream| {
        let mut plain = BufReader::new(stream);
        if plain.get_mut().write_all(b"220 test ESMTP\r\n").is_err() {
            return;
        }
        let Some(config) = &config else {
            converse(&mut plain, "250 8BITMIME", Some(&kept));
            return;
        };
        if !converse(&mut plain, "250 STARTTLS", None) {
            return;
        }
        let session = rustls::ServerConnection::new(config.clone()).unwrap();
        let secret = rustls::StreamOwned::new(session, plain.into_inner());
        converse(&mut BufReader::new(secret), "250 8BITMIME", Some(&kept));
    });
    (port, taken)
}

/// Speaks with a client until it leaves, or asks for TLS: then `true`.
fn converse<S: Read + Write>(io: &mut BufReader<S>, offers: &str, taken: Option<&Taken>) -> bool {
    let say = |io: &mut BufReader<S>, line: &str| {
        let sent = io.get_mut().write_all(format!("{line}\r\n").as_bytes());
        sent.and_then(|()| io.get_mut().flush()).is_ok()
    };
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if io.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        let verb = line.to_ascii_uppercase();
        let answer = match verb.split_whitespace().next() {
            Some("EHLO") => format!("250-test\r\n{offers}"),
            Some("STARTTLS") if taken.is_none() => {
                say(io, "220 go on");
                return true;
            }
            Some("DATA") if taken.is_some() => {
                say(io, "354 go on");
                loop {
                    let mut text = String::new();
                    if io.read_line(&mut text).unwrap_or(0) == 0 || text == ".\r\n" {
                        break;
                    }
                    mail.push_str(&text);
                }
                if let Some(taken) = taken {
                    taken.lock().unwrap().push(std::mem::take(&mut mail));
                }
                "250 2.0.0 taken".to_owned()
            }
            Some("QUIT") => {
                say(io, "221 bye");
                return false;
            }
            Some("MAIL" | "RCPT") if taken.is_none() => "530 5.7.0 say STARTTLS first".to_owned(),
            _ => "250 ok".to_owned(),
        };
        if !say(io, &answer) {
            return false;
        }
    }
}

/// A web server: `statuses` are the answers to the next requests, then 200. Keeps every request.
pub(crate) fn web_server(statuses: &[u16]) -> (u16, Taken) {
    let taken = Taken::default();
    let kept = taken.clone();
    let statuses = Mutex::new(VecDeque::from(statuses.to_vec()));
    let port = listen(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut request = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(number) = lower.strip_prefix("content-length:") {
                length = number.trim().parse().unwrap_or(0);
            }
            request += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        request += "\r\n";
        request += &String::from_utf8_lossy(&body);
        kept.lock().unwrap().push(request);
        let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
        );
        let _sent = stream.write_all(answer.as_bytes());
    });
    (port, taken)
}

/// The value of a header of a request.
pub(crate) fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
    line.map_or("", |line| line[name.len() + 1..].trim())
}

/// The body of a request.
pub(crate) fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
