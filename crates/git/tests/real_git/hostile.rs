//! Bytes from anybody: nothing may panic, whatever comes.

use proptest::prelude::*;
use variorum_git::bundle::read_bundle;
use variorum_git::check::check_object;
use variorum_git::commit::{parse_commit, split_signature};
use variorum_git::object::Kind;
use variorum_git::order::references;
use variorum_git::pack::{PackLimits, read_pack};
use variorum_git::tag::parse_tag;
use variorum_git::tree::parse_tree;

/// Bytes with a checksum that fits, so that more than the checksum is tried.
fn sealed(content: &[u8]) -> Vec<u8> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(content);
    [content, hasher.try_finalize().unwrap().as_slice()].concat()
}

fn header(count: u8) -> Vec<u8> {
    [&b"PACK\0\0\0\x02\0\0\0"[..], &[count]].concat()
}

proptest! {
    #[test]
    fn packs(
        count in 0_u8..6,
        entries in prop::collection::vec((0_u8..8, any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..6),
        cut in 0_usize..200,
    ) {
        let mut content = header(count);
        for (number, extra, body) in entries {
            let size = u8::try_from(body.len().min(15)).unwrap();
            content.push(number << 4 | size);
            match number {
                6 => content.push(extra & 0x7f),
                7 => content.extend_from_slice(&[extra; 20]),
                _ => {}
            }
            content.extend_from_slice(&variorum_git::zlib::deflate(&body[..usize::from(size)]));
        }
        drop(read_pack(&sealed(&content), PackLimits::default()));
        content.truncate(cut);
        drop(read_pack(&sealed(&content), PackLimits::default()));
    }

    #[test]
    fn random_packs_and_bundles(content in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(read_pack(&content, PackLimits::default()));
        drop(read_pack(&sealed(&[header(3), content.clone()].concat()), PackLimits::default()));
        for version in 2..4 {
            let start = format!("# v{version} git bundle\n");
            drop(read_bundle(&[start.as_bytes(), &content].concat(), PackLimits::default()));
        }
    }

    #[test]
    fn objects(content in prop::collection::vec(any::<u8>(), 0..200), text in "[a-z0-9 <>+\n-]{0,200}") {
        for bytes in [&content[..], text.as_bytes()] {
            for kind in [Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag] {
                check_object(kind, bytes);
                references(&variorum_git::object::Object::new(kind, bytes));
            }
            drop((parse_tree(bytes), parse_commit(bytes), parse_tag(bytes), split_signature(bytes)));
        }
    }
}
