//! Commits: written in Git's form and read for indexing. An imported commit is kept as its bytes;
//! what is read here is never written back.

use variorum_domain::id::Oid;

use crate::error::GitError;
use crate::header;
use crate::signature::Signature;

/// The header that carries a signature over the rest of the commit.
pub const SIGNATURE_HEADER: &str = "gpgsig";

/// What a commit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitData {
    /// The tree of the whole library.
    pub tree: Oid,
    /// The commits it follows.
    pub parents: Vec<Oid>,
    /// Who made the change.
    pub author: Signature,
    /// Who recorded it.
    pub committer: Signature,
    /// Further headers, such as `gpgsig` and `encoding`, with folded lines joined.
    pub extra_headers: Vec<(String, String)>,
    /// The message; bytes that are not UTF-8 are replaced.
    pub message: String,
}

impl CommitData {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.trim_start().lines().next().unwrap_or("")
    }
}

/// A commit to be written; it has the same parts as one that was read.
pub type NewCommit = CommitData;

/// Reads a commit.
pub fn parse_commit(bytes: &[u8]) -> Result<CommitData, GitError> {
    let wrong = |reason: &str| GitError::malformed("commit", reason);
    let (headers, message) = header::split("commit", bytes)?;
    let mut headers = headers.into_iter().peekable();
    let mut next = |key: &str| {
        headers
            .next_if(|(found, _)| found == key)
            .map(|(_, value)| value)
    };
    let tree = next("tree").ok_or_else(|| wrong("there is no tree"))?;
    let tree = tree.parse().map_err(|_| wrong("the tree is not an id"))?;
    let mut parents = Vec::new();
    while let Some(parent) = next("parent") {
        parents.push(parent.parse().map_err(|_| wrong("a parent is not an id"))?);
    }
    let author = next("author").ok_or_else(|| wrong("there is no author"))?;
    let committer = next("committer").ok_or_else(|| wrong("there is no committer"))?;
    Ok(CommitData {
        tree,
        parents,
        author: Signature::parse(&author)?,
        committer: Signature::parse(&committer)?,
        extra_headers: headers.collect(),
        message,
    })
}

/// Writes a commit in Git's form.
pub fn encode_commit(commit: &NewCommit) -> Result<Vec<u8>, GitError> {
    header::check_message("commit", &commit.message)?;
    let mut out = Vec::with_capacity(256 + commit.message.len());
    header::push(&mut out, "tree", &commit.tree.to_string());
    for parent in &commit.parents {
        header::push(&mut out, "parent", &parent.to_string());
    }
    header::push(&mut out, "author", &commit.author.encode()?);
    header::push(&mut out, "committer", &commit.committer.encode()?);
    for (key, value) in &commit.extra_headers {
        if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c == '\0') {
            return Err(GitError::malformed("commit", "a header has a bad key"));
        }
        header::push(&mut out, key, value);
    }
    out.push(b'\n');
    out.extend_from_slice(commit.message.as_bytes());
    Ok(out)
}

/// Splits a signed commit into its signature and the bytes that were signed.
pub fn split_signature(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut payload = Vec::with_capacity(bytes.len());
    let mut signature: Option<String> = None;
    let mut inside = false;
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        if line == b"\n" {
            break;
        }
        let text = line.strip_prefix(SIGNATURE_HEADER.as_bytes());
        if let Some(value) = text.and_then(|text| text.strip_prefix(b" ")) {
            inside = true;
            signature
                .get_or_insert_default()
                .push_str(&String::from_utf8_lossy(value));
        } else if let (true, Some(value)) = (inside, line.strip_prefix(b" ")) {
            signature
                .get_or_insert_default()
                .push_str(&String::from_utf8_lossy(value));
        } else {
            inside = false;
            payload.extend_from_slice(line);
        }
        rest = after;
    }
    payload.extend_from_slice(rest);
    signature.map(|signature| (signature, payload))
}
