//! Whether a delivery was signed by who knows the secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::{DELIVERY_ID_BYTES_MAX, SIGNATURES_MAX, Scheme, TOLERANCE_SECONDS, key_of, mark};
use crate::id::{Digest, Time, unhex};

/// A delivery whose signature is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its id. Where the scheme signs none, it is made of the body, so that nobody who has once seen a
    /// delivery can send it again as another one.
    pub id: String,
    /// When it was sent, as the sender says; when it arrived, where the scheme does not tell.
    pub at: Time,
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealFault {
    /// A header is not there.
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    /// A header cannot be read.
    #[error("the header `{header}` cannot be read: {reason}")]
    Unreadable {
        /// Which one.
        header: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It was sent too long ago, or in the future.
    #[error(
        "it is stamped {seconds} seconds {side}; at most {TOLERANCE_SECONDS} are allowed, against deliveries that are sent again by others"
    )]
    OutOfTime {
        /// How far off it is.
        seconds: i64,
        /// `ago` or `in the future`.
        side: &'static str,
    },
    /// No signature fits.
    #[error(
        "no signature fits the body; is it the right secret, and does the body arrive unchanged?"
    )]
    Mismatch,
}

impl SealFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-header",
            Self::Unreadable { .. } => "bad-header",
            Self::OutOfTime { .. } => "out-of-time",
            Self::Mismatch => "bad-signature",
        }
    }
}

/// Holds a delivery against the secrets that count now. Signatures are compared in constant time.
pub fn verify<'h>(
    scheme: Scheme,
    secrets: &[&str],
    header: impl Fn(&'static str) -> Option<&'h str>,
    body: &[u8],
    now: Time,
) -> Result<Sealed, SealFault> {
    let needed = |name: &'static str| header(name).ok_or(SealFault::Missing(name));
    let unsigned_id = || Digest::of(body).to_string()[..32].to_owned();
    match scheme {
        Scheme::Standard => {
            let id = needed("webhook-id")?;
            let stamp = needed("webhook-timestamp")?;
            let given = needed("webhook-signature")?;
            must_be_id(id)?;
            let at = moment("webhook-timestamp", stamp, now)?;
            let listed = given.split_ascii_whitespace();
            let signatures =
                listed.filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
            let head = format!("{id}.{}.", at.seconds());
            let keys = secrets.iter().map(|secret| key_of(secret));
            fits(keys, signatures, &[head.as_bytes(), body])?;
            Ok(Sealed {
                id: id.to_owned(),
                at,
            })
        }
        Scheme::Stripe => {
            let name = "stripe-signature";
            let given = needed(name)?;
            let of = |key: &'static str| {
                let fields = given
                    .split(',')
                    .filter_map(|part| part.trim().split_once('='));
                fields
                    .filter(move |(known, _)| *known == key)
                    .map(|(_, value)| value)
            };
            let stamp = of("t").next().ok_or(SealFault::Unreadable {
                header: name,
                reason: "it tells no time",
            })?;
            let at = moment(name, stamp, now)?;
            let head = format!("{}.", at.seconds());
            fits(
                as_text(secrets),
                of("v1").filter_map(unhex),
                &[head.as_bytes(), body],
            )?;
            Ok(Sealed {
                id: unsigned_id(),
                at,
            })
        }
        Scheme::Hub => {
            let given = needed("x-hub-signature-256")?;
            let signature = given.trim().strip_prefix("sha256=").and_then(unhex);
            fits(as_text(secrets), signature.into_iter(), &[body])?;
            Ok(Sealed {
                id: unsigned_id(),
                at: now,
            })
        }
        Scheme::Shopify => {
            let given = needed("x-shopify-hmac-sha256")?;
            let signature = STANDARD.decode(given.trim()).ok();
            fits(as_text(secrets), signature.into_iter(), &[body])?;
            Ok(Sealed {
                id: unsigned_id(),
                at: now,
            })
        }
    }
}

/// Only the standard writes secrets as base64.
fn as_text<'s>(secrets: &'s [&str]) -> impl Iterator<Item = Vec<u8>> + 's {
    secrets.iter().map(|secret| secret.as_bytes().to_vec())
}

fn fits(
    keys: impl Iterator<Item = Vec<u8>>,
    signatures: impl Iterator<Item = Vec<u8>>,
    parts: &[&[u8]],
) -> Result<(), SealFault> {
    let signatures: Vec<Vec<u8>> = signatures.take(SIGNATURES_MAX).collect();
    for key in keys {
        for signature in &signatures {
            let mac = mark(&key, parts);
            // Constant in time, and false for another length.
            if mac.is_some_and(|mac| hmac::Mac::verify_slice(mac, signature).is_ok()) {
                return Ok(());
            }
        }
    }
    Err(SealFault::Mismatch)
}

fn must_be_id(id: &str) -> Result<(), SealFault> {
    let fine = !id.is_empty()
        && id.len() <= DELIVERY_ID_BYTES_MAX
        && id.bytes().all(|byte| byte.is_ascii_graphic());
    if fine {
        return Ok(());
    }
    Err(SealFault::Unreadable {
        header: "webhook-id",
        reason: "it must have 1 to 200 letters, digits and signs",
    })
}

/// A time in whole seconds since 1970 that is close to now.
fn moment(header: &'static str, text: &str, now: Time) -> Result<Time, SealFault> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|seconds| *seconds < i64::MAX / 1_000_000)
        .ok_or(SealFault::Unreadable {
            header,
            reason: "the time must be whole seconds since 1970",
        })?;
    let age = now.seconds() - seconds;
    if age.abs() > TOLERANCE_SECONDS {
        return Err(SealFault::OutOfTime {
            seconds: age.abs(),
            side: if age > 0 { "ago" } else { "in the future" },
        });
    }
    Ok(Time::from_seconds(seconds))
}
