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

#[test]
fn what_somebody_without_the_secret_tries_is_refused() {
    let at = "1614265330";
    let other = sign("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ID, AT, BODY);
    let raw = sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, AT, BODY);
    let cut = &SIGNATURE[..SIGNATURE.len() - 4];
    let asymmetric = SIGNATURE.replace("v1,", "v1a,");
    let many = format!("{}{SIGNATURE}", "v1,AAAA ".repeat(SIGNATURES_MAX));
    let long = "i".repeat(DELIVERY_ID_BYTES_MAX + 1);
    let rows: Vec<(&str, Headers<'_>, &[u8], i64, &str)> = vec![
        ("fine", standard(ID, at, SIGNATURE), BODY, AT, "fine"),
        (
            "fine, late",
            standard(ID, at, SIGNATURE),
            BODY,
            AT + 300,
            "fine",
        ),
        (
            "fine, ahead",
            standard(ID, at, SIGNATURE),
            BODY,
            AT - 300,
            "fine",
        ),
        (
            "another secret",
            standard(ID, at, &other),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "base64 as it stands",
            standard(ID, at, &raw),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "another body",
            standard(ID, at, SIGNATURE),
            b"{\"test\": 2432232315}",
            AT,
            "bad-signature",
        ),
        (
            "a longer body",
            standard(ID, at, SIGNATURE),
            b"{\"test\": 2432232314} ",
            AT,
            "bad-signature",
        ),
        (
            "no body",
            standard(ID, at, SIGNATURE),
            b"",
            AT,
            "bad-signature",
        ),
        (
            "another id",
            standard("msg_2", at, SIGNATURE),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "a newer stamp",
            standard(ID, "1614265331", SIGNATURE),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "sent again later",
            standard(ID, at, SIGNATURE),
            BODY,
            AT + 301,
            "out-of-time",
        ),
        (
            "from the future",
            standard(ID, at, SIGNATURE),
            BODY,
            AT - 301,
            "out-of-time",
        ),
        (
            "stamp of words",
            standard(ID, "now", SIGNATURE),
            BODY,
            AT,
            "bad-header",
        ),
        (
            "stamp below zero",
            standard(ID, "-1", SIGNATURE),
            BODY,
            AT,
            "bad-header",
        ),
        (
            "stamp too large",
            standard(ID, "99999999999999999", SIGNATURE),
            BODY,
            AT,
            "bad-header",
        ),
        (
            "stamp of parts",
            standard(ID, "1614265330.0", SIGNATURE),
            BODY,
            AT,
            "bad-header",
        ),
        (
            "no stamp",
            standard(ID, at, SIGNATURE)[..1].to_vec(),
            BODY,
            AT,
            "missing-header",
        ),
        (
            "no id",
            standard(ID, at, SIGNATURE)[1..].to_vec(),
            BODY,
            AT,
            "missing-header",
        ),
        (
            "no signature",
            standard(ID, at, SIGNATURE)[..2].to_vec(),
            BODY,
            AT,
            "missing-header",
        ),
        (
            "empty signature",
            standard(ID, at, ""),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "half a signature",
            standard(ID, at, cut),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "another kind",
            standard(ID, at, &asymmetric),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "too many signatures",
            standard(ID, at, &many),
            BODY,
            AT,
            "bad-signature",
        ),
        (
            "an id with a space",
            standard("a b", at, SIGNATURE),
            BODY,
            AT,
            "bad-header",
        ),
        (
            "an id that is a book",
            standard(&long, at, SIGNATURE),
            BODY,
            AT,
            "bad-header",
        ),
    ];
    for (name, headers, body, now, expected) in rows {
        let found = check(Scheme::Standard, &[SECRET], &headers, body, now);
        let found = found.map_or_else(|fault| fault.code(), |_| "fine");
        assert_eq!(found, expected, "{name}");
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
