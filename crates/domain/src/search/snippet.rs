//! Which passage of a text shows why it was found, and where in it the query stands.

use super::query::Query;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The piece.
    pub text: String,
    /// Whether it is what was looked for.
    pub hit: bool,
}

/// A whole text, cut where the query stands in it.
pub fn mark(text: &str, query: &Query) -> Vec<Piece> {
    cut(text, &query.matches(text))
}

/// The passage of about `chars` characters with the most hits, cut where they stand; the beginning
/// of the text where there are none. Line breaks become spaces.
pub fn snippet(text: &str, query: &Query, chars: usize) -> Vec<Piece> {
    let flat: String = text
        .chars()
        .map(|sign| {
            if sign.is_whitespace() || sign.is_control() {
                ' '
            } else {
                sign
            }
        })
        .collect();
    let hits = query.matches(&flat);
    let first = densest(&hits, chars);
    let from = hits
        .get(first)
        .map_or(0, |hit| before(&flat, hit.0, chars / 4));
    let to = flat[from..]
        .char_indices()
        .nth(chars)
        .map_or(flat.len(), |(at, _)| word_end(&flat, from + at));
    let mut pieces = Vec::new();
    let inside: Vec<(usize, usize)> = hits
        .into_iter()
        .filter(|hit| hit.0 >= from && hit.1 <= to)
        .map(|hit| (hit.0 - from, hit.1 - from))
        .collect();
    if from > 0 {
        pieces.push(plain("…"));
    }
    pieces.extend(cut(&flat[from..to], &inside));
    if to < flat.trim_end().len() {
        pieces.push(plain("…"));
    }
    pieces
}

/// The first hit of the window of so many bytes that holds the most.
fn densest(hits: &[(usize, usize)], length: usize) -> usize {
    let within = |first: usize| {
        let rest = hits[first..].iter();
        rest.take_while(|hit| hit.1 <= hits[first].0 + length)
            .count()
    };
    // Among equals the earliest; only so many are tried, as texts are long and people impatient.
    (0..hits.len().min(200))
        .rev()
        .max_by_key(|first| within(*first))
        .unwrap_or(0)
}

/// So many characters before a place, at the beginning of a word.
fn before(text: &str, place: usize, chars: usize) -> usize {
    let back = text[..place]
        .char_indices()
        .rev()
        .nth(chars.saturating_sub(1));
    let Some((at, _)) = back else { return 0 };
    match text[at..place].find(' ') {
        Some(space) => at + space + 1,
        None => at,
    }
}

/// The end of the word at a place, unless it is far.
fn word_end(text: &str, place: usize) -> usize {
    match text[place..].find(' ') {
        Some(space) if space < 24 => place + space,
        _ => place,
    }
}

fn cut(text: &str, hits: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(hits.len() * 2 + 1);
    let mut at = 0;
    for (from, to) in hits {
        if *from > at {
            pieces.push(plain(&text[at..*from]));
        }
        pieces.push(Piece {
            text: text[*from..*to].to_owned(),
            hit: true,
        });
        at = *to;
    }
    if at < text.len() {
        pieces.push(plain(&text[at..]));
    }
    pieces
}

fn plain(text: &str) -> Piece {
    Piece {
        text: text.to_owned(),
        hit: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(pieces: &[Piece]) -> String {
        let show = |piece: &Piece| {
            if piece.hit {
                format!("[{}]", piece.text)
            } else {
                piece.text.clone()
            }
        };
        pieces.iter().map(show).collect()
    }

    #[test]
    fn passages_are_cut_around_their_hits() {
        let text = "Nothing here for a long while, then at last\na warm welcome to all who are welcome here today and after";
        assert_eq!(
            shown(&snippet(text, &Query::parse("welcome"), 40)),
            "…a warm [welcome] to all who are [welcome] here…"
        );
        assert_eq!(
            shown(&snippet(text, &Query::parse("zebra"), 12)),
            "Nothing here…"
        );
        assert_eq!(
            shown(&mark("A Warm text", &Query::parse("warm"))),
            "A [Warm] text"
        );
        assert_eq!(shown(&snippet("", &Query::parse("x"), 10)), "");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_invented(text in "\\PC{0,120}", query in "\\PC{0,20}", chars in 0_usize..80) {
            let query = Query::parse(&query);
            let whole: String = mark(&text, &query).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(&whole, &text);
            let passage: String = snippet(&text, &query, chars).into_iter().map(|piece| piece.text).collect();
            let flat: String = text.chars().map(|sign| if sign.is_whitespace() || sign.is_control() { ' ' } else { sign }).collect();
            let inner = passage.strip_prefix('…').filter(|_| !flat.starts_with(&passage)).unwrap_or(&passage);
            let inner = if flat.contains(inner) { inner } else { inner.strip_suffix('…').unwrap_or(inner) };
            prop_assert!(flat.contains(inner), "{} in {}", inner, flat);
        }
    }
}
