//! Signed webhooks: how a body is signed, and whether a signature is genuine.
//!
//! Standard Webhooks (HMAC with SHA-256 over id, time and body) both ways; for what comes in, also the
//! ways of tools from before there was a standard. It must not know what a body means.

#[cfg(test)]
mod tests;
mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

pub use verify::{SealFault, Sealed, verify};

/// How far the time of a delivery may lie from ours, either way.
pub const TOLERANCE_SECONDS: i64 = 300;
/// Signatures of one delivery that are looked at; a sender that changes its secret sends two.
pub const SIGNATURES_MAX: usize = 8;
/// Bytes of a delivery's id.
pub const DELIVERY_ID_BYTES_MAX: usize = 200;
/// Bytes of a secret, as it is written: less can be guessed, more is no secret but a file.
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=512;
/// How a secret of the standard begins; what follows is base64.
pub const SECRET_PREFIX: &str = "whsec_";

/// In which way a delivery is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// `x-hub-signature-256: sha256=…` over the body, as GitHub and others do.
    Hub,
    /// `stripe-signature: t=…,v1=…` over time and body.
    Stripe,
    /// `x-shopify-hmac-sha256` over the body.
    Shopify,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Hub, Self::Stripe, Self::Shopify];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Hub => "hub",
            Self::Stripe => "stripe",
            Self::Shopify => "shopify",
        }
    }

    /// The scheme of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What is wrong with a secret that somebody brings along; `None` where it will do.
pub fn secret_fault(scheme: Scheme, secret: &str) -> Option<&'static str> {
    if !SECRET_BYTES.contains(&secret.len()) {
        return Some("a secret has 16 to 512 characters");
    }
    if !secret
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    {
        return Some("a secret is one line of letters, digits and signs");
    }
    let is_base64 = |text: &str| STANDARD.decode(text).is_ok();
    let coded = secret.strip_prefix(SECRET_PREFIX);
    (scheme == Scheme::Standard && !coded.is_none_or(is_base64))
        .then_some("what stands behind `whsec_` must be base64; was it copied whole?")
}

/// The bytes of a secret: base64 behind the standard's prefix, else the text as it is.
fn key_of(secret: &str) -> Vec<u8> {
    let decoded = secret
        .strip_prefix(SECRET_PREFIX)
        .and_then(|text| STANDARD.decode(text).ok());
    decoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

/// The mark over some parts, ready to be written out or compared.
fn mark(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    // HMAC takes a key of any length, so there is always one.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

/// The signature of a body, as the header `webhook-signature` has it. A secret that begins with
/// `whsec_` is base64, any other is taken as it is.
pub fn sign(secret: &str, id: &str, seconds: i64, body: &[u8]) -> String {
    let head = format!("{id}.{seconds}.");
    let made = mark(&key_of(secret), &[head.as_bytes(), body]);
    let bytes = made.map(|mac| mac.finalize().into_bytes().to_vec());
    format!("v1,{}", STANDARD.encode(bytes.unwrap_or_default()))
}
