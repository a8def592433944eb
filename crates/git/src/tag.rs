//! Annotated tags, which name releases.

use variorum_domain::id::Oid;

use crate::error::GitError;
use crate::header;
use crate::object::Kind;
use crate::signature::Signature;

/// What an annotated tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagData {
    /// The tagged object.
    pub target: Oid,
    /// The kind of the tagged object.
    pub target_kind: Kind,
    /// The name, without `refs/tags/`.
    pub name: String,
    /// Who tagged and when; very old tags have none.
    pub tagger: Option<Signature>,
    /// The message, a signature at its end included.
    pub message: String,
}

/// A tag to be written; it has the same parts as one that was read.
pub type NewTag = TagData;

/// Reads an annotated tag.
pub fn parse_tag(bytes: &[u8]) -> Result<TagData, GitError> {
    let wrong = |reason: &str| GitError::malformed("tag", reason);
    let (headers, message) = header::split("tag", bytes)?;
    let mut headers = headers.into_iter().peekable();
    let mut next = |key: &str| {
        headers
            .next_if(|(found, _)| found == key)
            .map(|(_, value)| value)
    };
    let target = next("object").ok_or_else(|| wrong("there is no object"))?;
    let kind = next("type").ok_or_else(|| wrong("there is no type"))?;
    Ok(TagData {
        target: target
            .parse()
            .map_err(|_| wrong("the object is not an id"))?,
        target_kind: kind.parse()?,
        name: next("tag").ok_or_else(|| wrong("there is no name"))?,
        tagger: next("tagger")
            .as_deref()
            .map(Signature::parse)
            .transpose()?,
        message,
    })
}

/// Writes an annotated tag in Git's form.
pub fn encode_tag(tag: &NewTag) -> Result<Vec<u8>, GitError> {
    header::check_message("tag", &tag.message)?;
    // A name that looks like an option is taken by Git's store but by none of its commands.
    if tag.name.starts_with('-') || gix_validate::tag::name(tag.name.as_str().into()).is_err() {
        return Err(GitError::malformed("tag", "the name is not allowed"));
    }
    let mut out = Vec::with_capacity(256 + tag.message.len());
    header::push(&mut out, "object", &tag.target.to_string());
    header::push(&mut out, "type", tag.target_kind.as_str());
    header::push(&mut out, "tag", &tag.name);
    if let Some(tagger) = &tag.tagger {
        header::push(&mut out, "tagger", &tagger.encode()?);
    }
    out.push(b'\n');
    out.extend_from_slice(tag.message.as_bytes());
    Ok(out)
}
