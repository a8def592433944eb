//! The overlay in the shape in which the gix crates ask for objects. No gix type leaves this crate.

use std::io::Read;

use gix_hash::{ObjectId, oid};
use gix_object::{Data, Find, FindHeader, Header, Write};
use variorum_domain::id::Oid;

use crate::error::GitError;
use crate::object::Kind;
use crate::overlay::Overlay;
use crate::tree::Mode;

/// Lends an overlay to gix.
pub(crate) struct Foreign<'a>(pub(crate) &'a Overlay);

impl Find for Foreign<'_> {
    fn try_find<'b>(
        &self,
        id: &oid,
        buffer: &'b mut Vec<u8>,
    ) -> gix_error::Result<Option<Data<'b>>> {
        let found = self.0.find_or_miss(&from_gix(id));
        Ok(found.map(|object| {
            buffer.clear();
            buffer.extend_from_slice(&object.bytes);
            Data::new(buffer, kind_to_gix(object.kind), id.kind())
        }))
    }
}

impl FindHeader for Foreign<'_> {
    fn try_header(&self, id: &oid) -> gix_error::Result<Option<Header>> {
        let found = self.0.find_or_miss(&from_gix(id));
        Ok(found.map(|object| Header {
            kind: kind_to_gix(object.kind),
            size: object.bytes.len() as u64,
        }))
    }
}

impl Write for Foreign<'_> {
    fn write_buf(&self, kind: gix_object::Kind, from: &[u8]) -> gix_error::Result<ObjectId> {
        let written = self.0.put(kind_from_gix(kind), from);
        written
            .map(|oid| to_gix(&oid))
            .map_err(gix_error::Error::from_error)
    }

    fn write_buf_with_known_id(
        &self,
        kind: gix_object::Kind,
        from: &[u8],
        _: ObjectId,
    ) -> gix_error::Result<ObjectId> {
        self.write_buf(kind, from)
    }

    fn write_stream(
        &self,
        kind: gix_object::Kind,
        _: u64,
        from: &mut dyn Read,
    ) -> gix_error::Result<ObjectId> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)
            .map_err(gix_error::Error::from_error)?;
        self.write_buf(kind, &bytes)
    }

    fn write_stream_with_known_id(
        &self,
        kind: gix_object::Kind,
        size: u64,
        from: &mut dyn Read,
        _: ObjectId,
    ) -> gix_error::Result<ObjectId> {
        self.write_stream(kind, size, from)
    }
}

/// An id as gix has it. Only SHA-1 is compiled in, so its length always fits.
pub(crate) fn from_gix(id: &oid) -> Oid {
    Oid::from_bytes(id.as_bytes()).unwrap_or(Oid::ZERO)
}

pub(crate) fn to_gix(oid: &Oid) -> ObjectId {
    ObjectId::Sha1(oid.0)
}

pub(crate) fn mode_from_gix(mode: gix_object::tree::EntryMode) -> Option<Mode> {
    Mode::from_number(u32::from(mode.value()))
}

/// What gix failed for: objects that are to be loaded first, or its own reason.
pub(crate) fn error_from_gix(overlay: &Overlay, error: &gix_error::Error) -> GitError {
    let mut missed = overlay.take_missed();
    missed.sort_unstable();
    missed.dedup();
    // A merge asks in vain for null ids too, which stand for "nothing".
    missed.retain(|oid| *oid != Oid::ZERO && overlay.find(oid).is_none());
    if missed.is_empty() {
        GitError::Merge(error.to_string())
    } else {
        GitError::Missing(missed)
    }
}

fn kind_to_gix(kind: Kind) -> gix_object::Kind {
    match kind {
        Kind::Blob => gix_object::Kind::Blob,
        Kind::Tree => gix_object::Kind::Tree,
        Kind::Commit => gix_object::Kind::Commit,
        Kind::Tag => gix_object::Kind::Tag,
    }
}

fn kind_from_gix(kind: gix_object::Kind) -> Kind {
    match kind {
        gix_object::Kind::Blob => Kind::Blob,
        gix_object::Kind::Tree => Kind::Tree,
        gix_object::Kind::Commit => Kind::Commit,
        gix_object::Kind::Tag => Kind::Tag,
    }
}
