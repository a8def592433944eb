//! How a text becomes words: folded to lower case, without accents, cut at everything else.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The longest word that is indexed; what is longer is cut.
const WORD_CHARS_MAX: usize = 40;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word as it is indexed.
    pub text: String,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The words of a text, in order. Signs of scripts that write no spaces are words of their own.
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut open: Option<Word> = None;
    for (start, sign) in text.char_indices() {
        let end = start + sign.len_utf8();
        if stands_alone(sign) {
            found.extend(open.take());
            let text = sign.to_string();
            found.push(Word { text, start, end });
        } else if sign.is_alphanumeric() || (open.is_some() && is_combining_mark(sign)) {
            let word = open.get_or_insert_with(|| Word {
                text: String::new(),
                start,
                end,
            });
            word.end = end;
            fold(sign, &mut word.text);
        } else {
            found.extend(open.take());
        }
    }
    found.extend(open);
    found.retain(|word| !word.text.is_empty());
    for word in &mut found {
        if let Some((cut, _)) = word.text.char_indices().nth(WORD_CHARS_MAX) {
            word.text.truncate(cut);
        }
    }
    found
}

/// The words of a text without their places.
pub fn word_texts(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).collect()
}

/// Adds a sign in lower case and without its accents.
fn fold(sign: char, into: &mut String) {
    if sign.is_ascii() {
        into.push(sign.to_ascii_lowercase());
        return;
    }
    for lower in sign.to_lowercase() {
        match lower {
            'ß' => into.push_str("ss"),
            'æ' => into.push_str("ae"),
            'œ' => into.push_str("oe"),
            'ø' => into.push('o'),
            'ł' => into.push('l'),
            'đ' => into.push('d'),
            'ı' => into.push('i'),
            _ => into.extend(
                std::iter::once(lower)
                    .nfkd()
                    .filter(|part| {
                        // Accents go; the vowel signs of other scripts are part of the word.
                        !matches!(part, '\u{300}'..='\u{36F}')
                            && (part.is_alphanumeric() || is_combining_mark(*part))
                    })
                    .flat_map(char::to_lowercase),
            ),
        }
    }
}

/// Whether a sign is a word by itself: Han, kana, Thai, Lao, Khmer and Burmese write no spaces.
fn stands_alone(sign: char) -> bool {
    matches!(sign,
        '\u{0E01}'..='\u{0EDF}'
        | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17DD}'
        | '\u{3041}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_words() {
        let rows: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("  --  ", &[]),
            ("Welcome, {{first_name}}!", &["welcome", "first", "name"]),
            ("email/win-back_v2", &["email", "win", "back", "v2"]),
            ("GRÖSSE größe Groesse", &["grosse", "grosse", "groesse"]),
            ("o\u{308}l Öl", &["ol", "ol"]),
            ("Ærø Łódź İstanbul", &["aero", "lodz", "istanbul"]),
            ("日本語text", &["日", "本", "語", "text"]),
            ("100% Привет", &["100", "привет"]),
        ];
        for (text, expected) in rows {
            assert_eq!(word_texts(text), expected, "{text}");
        }
        assert_eq!(word_texts(&"x".repeat(500)), ["x".repeat(WORD_CHARS_MAX)]);
    }

    #[test]
    fn words_know_their_places() {
        let text = "Ein größeres Wort";
        let places: Vec<&str> = words(text)
            .iter()
            .map(|word| &text[word.start..word.end])
            .collect();
        assert_eq!(places, ["Ein", "größeres", "Wort"]);
    }
}
