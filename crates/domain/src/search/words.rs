//! How a text becomes words: folded to lower case, without accents, cut at everything else.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The longest word that is indexed; what is longer is cut.
const WORD_CHARS_MAX: usize = 40;

/// One word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as it is indexed.
    pub text: &'a str,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The words of a text, in order. They stand one after the other in one piece of memory: a search
/// looks through the words of every text it shows.
#[derive(Debug, Default)]
pub struct Words {
    folded: String,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    folded: (usize, usize),
}

impl Words {
    /// The words of a text. Signs of scripts that write no spaces are words of their own.
    pub fn of(text: &str) -> Self {
        let mut words = Self {
            folded: String::with_capacity(text.len()),
            places: Vec::with_capacity(text.len() / 6),
        };
        let mut open = None;
        for (start, sign) in text.char_indices() {
            let end = start + sign.len_utf8();
            if stands_alone(sign) {
                words.close(open.take());
                let begin = words.folded.len();
                words.folded.push(sign);
                words.close(Some((start, end, begin)));
            } else if sign.is_alphanumeric() || (open.is_some() && is_combining_mark(sign)) {
                let (start, _, begin) = open.unwrap_or((start, end, words.folded.len()));
                open = Some((start, end, begin));
                fold(sign, &mut words.folded);
            } else {
                words.close(open.take());
            }
        }
        words.close(open);
        words
    }

    /// Keeps a word: where it begins and ends, and where it begins in what is folded.
    fn close(&mut self, word: Option<(usize, usize, usize)>) {
        let Some((start, end, begin)) = word else {
            return;
        };
        let word = &self.folded[begin..];
        if word.is_empty() {
            return;
        }
        let cut = word.char_indices().nth(WORD_CHARS_MAX);
        let length = cut.map_or(word.len(), |(cut, _)| cut);
        self.places.push(Place {
            start,
            end,
            folded: (begin, begin + length),
        });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The words from one on.
    pub fn from(&self, first: usize) -> impl Iterator<Item = Word<'_>> {
        let places = self.places.get(first..).unwrap_or_default();
        places.iter().map(|place| Word {
            text: &self.folded[place.folded.0..place.folded.1],
            start: place.start,
            end: place.end,
        })
    }
}

/// The words of a text without their places.
pub fn word_texts(text: &str) -> Vec<String> {
    let words = Words::of(text);
    words.from(0).map(|word| word.text.to_owned()).collect()
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
    !sign.is_ascii()
        && matches!(sign,
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
        let places: Vec<&str> = Words::of(text)
            .from(0)
            .map(|word| &text[word.start..word.end])
            .collect();
        assert_eq!(places, ["Ein", "größeres", "Wort"]);
    }
}
