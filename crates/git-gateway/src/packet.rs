//! Packet lines, the form in which Git talks: four hexadecimal digits of length, then the content.

/// The packet that ends a section.
pub(crate) const FLUSH: &[u8] = b"0000";
/// The most content of one packet.
const CONTENT_BYTES_MAX: usize = 65_516;
/// The most content of one packet on a band, which takes a byte for itself.
const BAND_BYTES_MAX: usize = 65_515;

/// A packet that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Content.
    Line(&'a [u8]),
    /// The end of a section.
    Flush,
}

/// Reads the packet at the beginning of `bytes`, with its length; `Ok(None)` where it is not complete.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<(Packet<'_>, usize)>, &'static str> {
    let Some(digits) = bytes.get(..4) else {
        return Ok(None);
    };
    let length = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| usize::from_str_radix(text, 16).ok())
        .ok_or("a packet has no length")?;
    match length {
        0 => Ok(Some((Packet::Flush, 4))),
        1..=3 => Err("a packet of a kind that has no place here"),
        _ if length - 4 > CONTENT_BYTES_MAX => Err("a packet is too long"),
        _ => Ok(bytes
            .get(4..length)
            .map(|content| (Packet::Line(content), length))),
    }
}

/// Writes a packet.
pub(crate) fn line(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(format!("{:04x}", content.len() + 4).as_bytes());
    out.extend_from_slice(content);
}

/// Writes content on a band: 1 is for the program, 2 for the person.
pub(crate) fn band(out: &mut Vec<u8>, band: u8, content: &[u8]) {
    for piece in content.chunks(BAND_BYTES_MAX) {
        out.extend_from_slice(format!("{:04x}", piece.len() + 5).as_bytes());
        out.push(band);
        out.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_as_they_are_written() {
        let mut bytes = Vec::new();
        line(&mut bytes, b"hello\n");
        bytes.extend_from_slice(FLUSH);
        assert_eq!(bytes, b"000ahello\n0000");
        assert_eq!(read(&bytes), Ok(Some((Packet::Line(b"hello\n"), 10))));
        assert_eq!(read(&bytes[10..]), Ok(Some((Packet::Flush, 4))));
        assert_eq!(read(&bytes[..9]), Ok(None));
        assert_eq!(read(b"00"), Ok(None));
        for wrong in [&b"zzzz"[..], b"+00a", b"0001", b"fff5"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn long_content_goes_over_several_packets() {
        let mut out = Vec::new();
        band(&mut out, 2, &vec![b'x'; BAND_BYTES_MAX + 1]);
        assert!(out.starts_with(b"fff0\x02x"));
        assert!(out.ends_with(b"0006\x02x"));
    }
}
