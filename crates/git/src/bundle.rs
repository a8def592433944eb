//! Bundles: a pack with the names of its tips, a whole library in one file.

use variorum_domain::id::Oid;

use crate::pack::{Pack, PackError, PackLimits};

/// The longest header that is read.
pub const BUNDLE_HEADER_BYTES_MAX: usize = 16 * 1024 * 1024;

const SIGNATURE_2: &str = "# v2 git bundle\n";
const SIGNATURE_3: &str = "# v3 git bundle\n";

/// A bundle that was read.
#[derive(Debug)]
pub struct Bundle<'a> {
    /// The refs with their full names.
    pub refs: Vec<(String, Oid)>,
    /// The commits that must be there already; none in the bundle of a whole library.
    pub prerequisites: Vec<Oid>,
    /// The objects.
    pub pack: Pack<'a>,
}

/// Reads a bundle of version 2, or of version 3 with SHA-1 ids. Its pack must not be thin: it
/// contains the bases of all its deltas.
pub fn read_bundle(bytes: &[u8], limits: PackLimits) -> Result<Bundle<'_>, PackError> {
    let wrong = PackError::Malformed;
    let is_3 = bytes.starts_with(SIGNATURE_3.as_bytes());
    if !is_3 && !bytes.starts_with(SIGNATURE_2.as_bytes()) {
        return Err(wrong("it does not begin like a bundle"));
    }
    let mut refs = Vec::new();
    let mut prerequisites = Vec::new();
    let mut at = SIGNATURE_2.len();
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.filter(|end| at + end < BUNDLE_HEADER_BYTES_MAX);
        let line = &rest[..end.ok_or(wrong("the header of the bundle does not end"))?];
        at += line.len() + 1;
        let line = std::str::from_utf8(line)
            .map_err(|_| wrong("the header of the bundle is not UTF-8"))?;
        if line.is_empty() {
            break;
        }
        if let Some(capability) = line.strip_prefix('@').filter(|_| is_3) {
            if capability != "object-format=sha1" {
                return Err(wrong("the bundle asks for an unknown capability"));
            }
        } else if let Some(prerequisite) = line.strip_prefix('-') {
            let id = prerequisite.split(' ').next().unwrap_or_default();
            prerequisites.push(
                id.parse()
                    .map_err(|_| wrong("a prerequisite is not an id"))?,
            );
        } else {
            let (id, name) = line.split_once(' ').ok_or(wrong("a ref has no name"))?;
            let id = id.parse().map_err(|_| wrong("a ref is not an id"))?;
            refs.push((name.to_owned(), id));
        }
    }
    let pack = Pack::parse(bytes.get(at..).unwrap_or(&[]), limits)?;
    Ok(Bundle {
        refs,
        prerequisites,
        pack,
    })
}

/// Writes the header of a bundle of a whole library; a pack follows it.
pub fn bundle_header(refs: &[(String, Oid)]) -> Vec<u8> {
    let mut header = SIGNATURE_2.as_bytes().to_vec();
    for (name, oid) in refs {
        header.extend_from_slice(format!("{oid} {name}\n").as_bytes());
    }
    header.push(b'\n');
    header
}
