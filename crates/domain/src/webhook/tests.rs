//! Published examples of each scheme, and what somebody without the secret may try.

use proptest::prelude::*;

use super::*;
use crate::id::{Time, hex};

type Headers<'a> = Vec<(&'static str, &'a str)>;

fn check(
    scheme: Scheme,
    secrets: &[&str],
    headers: &Headers<'_>,
    body: &[u8],
    now: i64,
) -> Result<Sealed, SealFault> {
    let header = |name: &'static str| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    verify(scheme, secrets, header, body, Time::from_seconds(now))
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: i64 = 1_614_265_330;
const BODY: &[u8] = b"{\"test\": 2432232314}";
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn standard<'a>(id: &'a str, at: &'a str, signature: &'a str) -> Headers<'a> {
    vec![
        ("webhook-id", id),
        ("webhook-timestamp", at),
        ("webhook-signature", signature),
    ]
}

/// The example of the Standard Webhooks specification.
#[test]
fn the_published_example_is_signed_and_believed() {
    assert_eq!(sign(SECRET, ID, AT, BODY), SIGNATURE);
    let headers = standard(ID, "1614265330", SIGNATURE);
    let sealed = check(Scheme::Standard, &[SECRET], &headers, BODY, AT).unwrap();
    assert_eq!(
        (sealed.id.as_str(), sealed.at),
        (ID, Time::from_seconds(AT))
    );
}

/// The example of GitHub's documentation.
#[test]
fn the_published_example_of_a_hub_is_believed() {
    let headers = vec![(
        "x-hub-signature-256",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    )];
    let secret = "It's a Secret to Everybody";
    let sealed = check(Scheme::Hub, &[secret], &headers, b"Hello, World!", AT).unwrap();
    assert_eq!(sealed.id.len(), 32);
    for (secret, body) in [
        (secret, b"Hello, World?"),
        ("another secret", b"Hello, World!"),
    ] {
        assert_eq!(
            check(Scheme::Hub, &[secret], &headers, body, AT),
            Err(SealFault::Mismatch)
        );
    }
}

/// What becomes of a delivery: `fine`, or why it is not believed.
fn told(headers: &Headers<'_>, body: &[u8], now: i64) -> &'static str {
    let found = check(Scheme::Standard, &[SECRET], headers, body, now);
    found.map_or_else(|fault| fault.code(), |_| "fine")
}

#[test]
fn what_somebody_without_the_secret_tries_is_refused() {
    let at = "1614265330";
    let other = sign("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ID, AT, BODY);
    let raw = sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, AT, BODY);
    let cut = &SIGNATURE[..SIGNATURE.len() - 4];
    let asymmetric = SIGNATURE.replace("v1,", "v1a,");
    let many = format!("{}{SIGNATURE}", "v1,AAAA ".repeat(SIGNATURES_MAX));
    let long = "i".repeat(DELIVERY_ID_BYTES_MAX + 1);
    let far = "99999999999999999";
    let rows = [
        ("fine", ID, at, SIGNATURE, "fine"),
        ("another secret", ID, at, &other, "bad-signature"),
        ("base64 as it stands", ID, at, &raw, "bad-signature"),
        ("another id", "msg_2", at, SIGNATURE, "bad-signature"),
        ("newer", ID, "1614265331", SIGNATURE, "bad-signature"),
        ("stamp of words", ID, "now", SIGNATURE, "bad-header"),
        ("stamp below zero", ID, "-1", SIGNATURE, "bad-header"),
        ("stamp too large", ID, far, SIGNATURE, "bad-header"),
        ("of parts", ID, "1614265330.0", SIGNATURE, "bad-header"),
        ("empty signature", ID, at, "", "bad-signature"),
        ("half a signature", ID, at, cut, "bad-signature"),
        ("another kind", ID, at, &asymmetric, "bad-signature"),
        ("too many signatures", ID, at, &many, "bad-signature"),
        ("an id with a space", "a b", at, SIGNATURE, "bad-header"),
        ("an id that is a book", &long, at, SIGNATURE, "bad-header"),
    ];
    for (name, id, stamp, signature, expected) in rows {
        let headers = standard(id, stamp, signature);
        assert_eq!(told(&headers, BODY, AT), expected, "{name}");
    }
}

#[test]
fn a_body_or_a_moment_that_was_not_signed_is_refused() {
    let headers = standard(ID, "1614265330", SIGNATURE);
    let longer = [BODY, b" "].concat();
    let rows: [(&str, &[u8], i64, &str); 7] = [
        ("late", BODY, AT + 300, "fine"),
        ("ahead", BODY, AT - 300, "fine"),
        ("sent again later", BODY, AT + 301, "out-of-time"),
        ("from the future", BODY, AT - 301, "out-of-time"),
        ("another", b"{\"test\": 2432232315}", AT, "bad-signature"),
        ("a longer body", &longer, AT, "bad-signature"),
        ("no body", b"", AT, "bad-signature"),
    ];
    for (name, body, now, expected) in rows {
        assert_eq!(told(&headers, body, now), expected, "{name}");
    }
    for (name, missing) in [("id", 0), ("stamp", 1), ("signature", 2)] {
        let mut left: Headers<'_> = headers.clone();
        left.remove(missing);
        assert_eq!(told(&left, BODY, AT), "missing-header", "{name}");
    }
}

#[test]
fn while_a_secret_is_changed_both_are_believed_on_both_sides() {
    let new = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=";
    let both = format!("{} {SIGNATURE}", sign(new, ID, AT, BODY));
    let headers = standard(ID, "1614265330", &both);
    for secrets in [vec![SECRET], vec![new], vec![new, SECRET]] {
        assert!(check(Scheme::Standard, &secrets, &headers, BODY, AT).is_ok());
    }
    let old = standard(ID, "1614265330", SIGNATURE);
    assert!(check(Scheme::Standard, &[new, SECRET], &old, BODY, AT).is_ok());
    assert!(check(Scheme::Standard, &[new], &old, BODY, AT).is_err());
    assert!(check(Scheme::Standard, &[], &old, BODY, AT).is_err());
}

/// Stripe signs with the whole text of the secret, Shopify writes base64.
#[test]
fn schemes_from_before_the_standard_are_believed_and_attacked() {
    let hexed = |secret: &str, parts: &[&[u8]]| {
        hex(&mark(secret.as_bytes(), parts)
            .unwrap()
            .finalize()
            .into_bytes())
    };
    let secret = "whsec_test_secret_of_stripe";
    let fine = format!("t={AT},v1={},v0=00", hexed(secret, &[b"1614265330.", BODY]));
    let stripe = |value: &str, now: i64| {
        check(
            Scheme::Stripe,
            &[secret],
            &vec![("stripe-signature", value)],
            BODY,
            now,
        )
        .map_or_else(|fault| fault.code(), |_| "fine")
    };
    assert_eq!(stripe(&fine, AT), "fine");
    assert_eq!(stripe(&fine, AT + 301), "out-of-time");
    assert_eq!(stripe(&fine.replace("v1=", "v0="), AT), "bad-signature");
    assert_eq!(
        stripe(&fine.replace("t=1614265330", "t=1614265331"), AT),
        "bad-signature"
    );
    assert_eq!(stripe("v1=00", AT), "bad-header");
    let tag = STANDARD.encode(
        mark(b"shop secret", &[BODY])
            .unwrap()
            .finalize()
            .into_bytes(),
    );
    let shop = |body: &[u8]| {
        let headers = vec![("x-shopify-hmac-sha256", tag.as_str())];
        check(Scheme::Shopify, &["shop secret"], &headers, body, AT)
    };
    let (one, again) = (shop(BODY).unwrap(), shop(BODY).unwrap());
    assert_eq!(one.id, again.id, "the same body is the same delivery");
    assert_eq!(shop(b"{}"), Err(SealFault::Mismatch));
}

proptest! {
    /// Whatever is signed is believed, and no longer after any one byte of it was changed.
    #[test]
    fn one_changed_byte_is_enough(body in proptest::collection::vec(any::<u8>(), 1..200), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let signature = sign(SECRET, ID, AT, &body);
        let headers = standard(ID, "1614265330", &signature);
        prop_assert!(check(Scheme::Standard, &[SECRET], &headers, &body, AT).is_ok());
        let mut changed = body.clone();
        changed[place.index(body.len())] ^= 1 << bit;
        prop_assert_eq!(check(Scheme::Standard, &[SECRET], &headers, &changed, AT), Err(SealFault::Mismatch));
    }
}

#[test]
fn secrets_that_are_none_are_told() {
    let long = "s".repeat(513);
    let rows = [
        (Scheme::Standard, SECRET, true),
        (Scheme::Standard, "a secret of the old kind", true),
        (Scheme::Standard, "whsec_not*base64*at*all", false),
        (Scheme::Stripe, "whsec_not*base64*at*all", true),
        (Scheme::Hub, "short", false),
        (Scheme::Hub, "sixteen letters\n", false),
        (Scheme::Hub, long.as_str(), false),
    ];
    for (scheme, secret, fine) in rows {
        assert_eq!(secret_fault(scheme, secret).is_none(), fine, "{secret}");
    }
}
