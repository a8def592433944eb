//! Filters as words of an index, so that one look-up answers words and filters together.

use crate::id::Digest;

/// By what a library can be narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    /// The workspace.
    Workspace,
    /// The workspace and the kind of the file, as `12 prompt`.
    Kind,
    /// A folder it lies in, at any depth.
    Folder,
    /// A channel.
    Channel,
    /// A brand.
    Brand,
    /// A region.
    Region,
    /// The owner.
    Owner,
    /// The category.
    Category,
    /// A tag.
    Tag,
    /// The status.
    Status,
}

/// The word under which a value is indexed. No text can contain it, nor a word that it begins with:
/// words of texts have no `=`.
pub fn facet_word(facet: Facet, value: &str) -> String {
    let letter = match facet {
        Facet::Workspace => return format!("=w{value}"),
        Facet::Kind => 'k',
        Facet::Folder => 'f',
        Facet::Channel => 'c',
        Facet::Brand => 'b',
        Facet::Region => 'r',
        Facet::Owner => 'o',
        Facet::Category => 'g',
        Facet::Tag => 't',
        Facet::Status => 's',
    };
    let digest = Digest::of(value.trim().to_lowercase().as_bytes()).to_string();
    format!("={letter}{}", &digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart_but_not_by_case() {
        let word = facet_word(Facet::Channel, "E-Mail");
        assert_eq!(word, facet_word(Facet::Channel, " e-mail "));
        assert_ne!(word, facet_word(Facet::Brand, "e-mail"));
        assert_ne!(word, facet_word(Facet::Channel, "email"));
        assert!(
            word.chars()
                .all(|sign| sign.is_ascii_alphanumeric() || sign == '=')
        );
        assert_eq!(facet_word(Facet::Workspace, "12"), "=w12");
    }
}
