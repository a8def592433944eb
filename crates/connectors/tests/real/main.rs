//! Messages over real sockets: to a mail server and a web server that fail at first.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod servers;

use std::sync::Arc;

use servers::{Certificate, body, header, mail_server, starttls_server, web_server};
use variorum_app::Context;
use variorum_app::escalation::{deliveries, list, raise, tick};
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::setup::{NewWorkspace, create_workspace};
use variorum_connectors::{Connectors, FindSecret, MailServer};
use variorum_domain::access::Actor;
use variorum_domain::escalation::{
    Alarm, Cause, Delivery, DeliveryState, IncidentState, SecretName, Urgency, Webhook,
    WebhookAddress, WebhookForm,
};
use variorum_domain::id::Time;
use variorum_domain::record::Note;
use variorum_domain::webhook::sign;
use variorum_ports::Notifier;
use variorum_ports::notifier::{Destination, Notification, NotifyError};
use variorum_store_sql::{SqlStore, SqliteEventLog};
use variorum_testkit::{FixedClock, SeededIds};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn secrets(url: String) -> FindSecret {
    Arc::new(move |name: &SecretName| match name {
        SecretName::Variable(name) if name == "VARIORUM_NOTIFY_URL" => Some(url.clone()),
        SecretName::File(name) if name == "key" => Some(KEY.to_owned()),
        _ => None,
    })
}

struct World {
    ctx: Context,
    clock: Arc<FixedClock>,
    admin: Actor,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new(connectors: Connectors, rules: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(FixedClock::START));
        let store = SqlStore::open_sqlite(dir.path()).await.unwrap();
        let log = SqliteEventLog::open(dir.path()).unwrap();
        let ids = Arc::new(SeededIds::new(7));
        let mut ctx = Context::new(Arc::new(store), Arc::new(log), clock.clone(), ids);
        ctx.notifier = Arc::new(connectors);
        let new = NewWorkspace {
            name: "acme".into(),
            title: "Acme".into(),
            sample: false,
            administrator: "Ann Lee".into(),
            email: "ann@acme.example".into(),
        };
        let admin = create_workspace(&ctx, &new).await.unwrap();
        let cmd = SaveVersion {
            note: Note {
                subject: "Rules".into(),
                ..Note::default()
            },
            files: [(
                "rules/escalation.yaml".to_owned(),
                Some(rules.as_bytes().to_vec()),
            )]
            .into_iter()
            .collect(),
            ..SaveVersion::default()
        };
        save_version(&ctx, &admin, cmd).await.unwrap();
        Self {
            ctx,
            clock,
            admin,
            _dir: dir,
        }
    }

    async fn raise(&self) {
        let alarm = Alarm {
            cause: Cause::GuardFired,
            urgency: Urgency::Critical,
            subject: "rollout:R-1".into(),
            title: "Bestellungen fielen um 20 % – jetzt ä".into(),
            text: "Look.\n.\nA line with one dot stands before this one.".into(),
            environment: None,
            path: None,
            kpi: None,
        };
        raise(&self.ctx, self.admin.workspace, alarm).await.unwrap();
    }

    async fn log(&self) -> Vec<Delivery> {
        tick(&self.ctx).await.unwrap();
        deliveries(&self.ctx, &self.admin, None, 50).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_taken_at_the_third_try_and_is_the_same_mail() {
    let (port, taken) = mail_server(&["451 4.3.0 busy", "421 4.3.2 closing"]);
    let url = format!("smtp://127.0.0.1:{port}");
    let user = Some(("variorum", "hunter2"));
    let mail = MailServer::new(&url, "Variorum <variorum@acme.example>", user).unwrap();
    let connectors = Connectors::new(Some(mail), secrets(String::new()), false);
    let rules =
        "ladders: [{id: all, steps: [{tell: [ann@acme.example], by: [email], minutes: 60}]}]";
    let world = World::new(connectors, rules).await;
    world.raise().await;
    for tries in 1..=3 {
        let log = world.log().await;
        assert_eq!(log[0].tries, tries, "{log:?}");
        assert!(!format!("{log:?}").contains("hunter2"));
        world.clock.advance(60);
    }
    let log = world.log().await;
    assert_eq!((log[0].state, log[0].tries), (DeliveryState::Sent, 3));
    let mails = taken.lock().unwrap();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(
        mail.contains(&format!("Message-ID: <{}@acme.example>", log[0].key)),
        "{mail}"
    );
    assert!(
        mail.contains("To: ann@acme.example") && mail.contains("AUTH PLAIN"),
        "{mail}"
    );
    assert!(
        mail.contains("Subject: [I-1]") || mail.contains("Subject: =?utf-8?"),
        "{mail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_for_good_is_given_up() {
    let (port, taken) = mail_server(&["550 5.1.1 no such user"]);
    let url = format!("smtp://127.0.0.1:{port}");
    let mail = MailServer::new(&url, "variorum@acme.example", None).unwrap();
    let connectors = Connectors::new(Some(mail), secrets(String::new()), false);
    let rules = "ladders: [{id: all, steps: [{tell: [x@acme.example], by: [email], minutes: 60}]}]";
    let world = World::new(connectors, rules).await;
    world.raise().await;
    let log = world.log().await;
    let first = log.last().unwrap();
    assert_eq!(first.state, DeliveryState::Failed);
    assert!(first.answer.contains("550"), "{}", first.answer);
    assert!(taken.lock().unwrap().is_empty());
    // That messages are not taken is an incident of its own; once, however that one fares.
    for _ in 0..3 {
        world.clock.advance(60);
        world.log().await;
    }
    let told = list(&world.ctx, &world.admin, false, None, 50)
        .await
        .unwrap();
    let causes: Vec<_> = told
        .iter()
        .map(|one| (one.alarm.cause, one.state))
        .collect();
    // The mail about it was taken, so it ended by itself; the guard still waits for somebody.
    assert_eq!(
        causes,
        [
            (Cause::ConnectorFailing, IncidentState::Resolved),
            (Cause::GuardFired, IncidentState::Open)
        ]
    );
    assert!(taken.lock().unwrap()[0].contains("are not taken"));
}

/// What became of a mail to a server of this certificate, or of none, with what the server took.
async fn sent_by_tls(
    certificate: Option<&Certificate>,
    authority: Option<&[u8]>,
) -> (Delivery, Vec<String>) {
    let (port, taken) = starttls_server(certificate);
    let url = format!("smtp://localhost:{port}?tls=required");
    let from = "variorum@acme.example";
    let mail = MailServer::trusting(&url, from, None, authority).unwrap();
    let connectors = Connectors::new(Some(mail), secrets(String::new()), false);
    let rules =
        "ladders: [{id: all, steps: [{tell: [ann@acme.example], by: [email], minutes: 60}]}]";
    let world = World::new(connectors, rules).await;
    world.raise().await;
    let log = world.log().await;
    let taken = taken.lock().unwrap().clone();
    (log.last().unwrap().clone(), taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_out_encrypted_after_starttls() {
    let certificate = Certificate::new();
    let authority = Some(certificate.pem.as_bytes());
    let (row, taken) = sent_by_tls(Some(&certificate), authority).await;
    assert_eq!(row.state, DeliveryState::Sent, "{}", row.answer);
    assert_eq!(taken.len(), 1);
    assert!(taken[0].contains(&row.key), "{}", taken[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_to_nobody_who_cannot_show_who_they_are() {
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let rows = [
        (Some(&certificate), None),
        (Some(&certificate), Some(other.pem.as_bytes())),
        // Nor to a server that offers no encryption where it is asked for.
        (None, Some(certificate.pem.as_bytes())),
    ];
    for (certificate, authority) in rows {
        let (row, taken) = sent_by_tls(certificate, authority).await;
        assert_ne!(row.state, DeliveryState::Sent);
        assert_eq!(taken, [""; 0], "nothing in the clear");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_anew_with_each_try_and_keeps_its_id() {
    let (port, taken) = web_server(&[503, 429]);
    let connectors = Connectors::new(None, secrets(format!("http://127.0.0.1:{port}/hook")), true);
    let rules = "webhooks: [{id: ops, url: \"env:VARIORUM_NOTIFY_URL\", secret: \"file:key\"}]\nladders: [{id: all, steps: [{tell: [\"webhook:ops\"], minutes: 60}]}]";
    let world = World::new(connectors, rules).await;
    world.raise().await;
    for _ in 0..3 {
        world.log().await;
        world.clock.advance(60);
    }
    let log = world.log().await;
    assert_eq!(
        (log[0].state, log[0].tries),
        (DeliveryState::Sent, 3),
        "{log:?}"
    );
    let requests = taken.lock().unwrap();
    assert_eq!(requests.len(), 3);
    let mut times = Vec::new();
    for request in requests.iter() {
        assert_eq!(header(request, "webhook-id"), log[0].key);
        let seconds: i64 = header(request, "webhook-timestamp").parse().unwrap();
        times.push(seconds);
        let expected = sign(KEY, &log[0].key, seconds, body(request).as_bytes());
        assert_eq!(header(request, "webhook-signature"), expected);
    }
    assert!(times.windows(2).all(|two| two[0] < two[1]));
    assert!(
        !format!("{log:?}").contains(&port.to_string()),
        "an address may be a secret"
    );
}

fn hook(url: &str, form: WebhookForm) -> Notification {
    Notification {
        key: "msg_1".into(),
        to: Destination::Webhook(Webhook {
            id: "ops".into(),
            url: WebhookAddress::Plain(url.into()),
            form,
            secret: None,
        }),
        incident: None,
        subject: "[TEST] Ladder".into(),
        text: "nothing is wrong".into(),
        at: Time(1_000_000),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_are_not_reached_unless_that_is_allowed() {
    let (port, taken) = web_server(&[]);
    let closed = Connectors::new(None, secrets(String::new()), false);
    let addresses = [
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
    ];
    for url in addresses {
        let answer = closed.notify(&hook(&url, WebhookForm::Slack)).await;
        assert!(
            matches!(answer, Err(NotifyError::Refused(_))),
            "{url}: {answer:?}"
        );
    }
    assert!(taken.lock().unwrap().is_empty(), "nobody knocked");
    let open = Connectors::new(None, secrets(String::new()), true);
    let url = format!("http://127.0.0.1:{port}/services/T/B/x");
    open.notify(&hook(&url, WebhookForm::Slack)).await.unwrap();
    let requests = taken.lock().unwrap();
    let text = body(&requests[0]);
    assert_eq!(text, "{\"text\":\"*[TEST] Ladder*\\nnothing is wrong\"}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_gone_is_for_good() {
    let (port, taken) = web_server(&[302, 410, 404, 500]);
    let open = Connectors::new(None, secrets(String::new()), true);
    let message = hook(&format!("http://127.0.0.1:{port}/"), WebhookForm::Slack);
    for _ in 0..3 {
        let answer = open.notify(&message).await;
        assert!(matches!(answer, Err(NotifyError::Refused(_))), "{answer:?}");
    }
    let answer = open.notify(&message).await;
    assert!(matches!(answer, Err(NotifyError::Failed(_))), "{answer:?}");
    assert_eq!(taken.lock().unwrap().len(), 4);
    let nowhere = hook("http://127.0.0.1:1/", WebhookForm::Slack);
    let answer = open.notify(&nowhere).await;
    assert!(matches!(answer, Err(NotifyError::Failed(_))), "{answer:?}");
}

#[tokio::test]
async fn a_server_without_mail_says_so() {
    let none = Connectors::new(None, secrets(String::new()), false);
    let message = Notification {
        to: Destination::Email("ann@acme.example".into()),
        ..hook("https://x.example", WebhookForm::Slack)
    };
    let answer = none.notify(&message).await;
    assert_eq!(
        answer,
        Err(NotifyError::NotSetUp(
            "e-mail is not set up on this server".into()
        ))
    );
    assert_eq!(none.means().mail_server, None);
}
