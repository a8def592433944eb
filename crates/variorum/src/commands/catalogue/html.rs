//! Writing HTML: every text is escaped on its way in, and there is no other way in.

use std::fmt::Write as _;

/// A piece of HTML that is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds markup of ours.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escaped(text));
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        let _ = write!(self.0, "{number}");
        self
    }

    /// Adds another piece.
    pub(super) fn piece(&mut self, piece: &Self) -> &mut Self {
        self.0.push_str(&piece.0);
        self
    }

    /// Adds a text within an element, e.g. `h2`.
    pub(super) fn within(&mut self, element: &'static str, text: &str) -> &mut Self {
        self.raw("<").raw(element).raw(">").text(text);
        self.raw("</").raw(element).raw(">")
    }

    /// Adds a link.
    pub(super) fn link(&mut self, href: &str, text: &str) -> &mut Self {
        self.raw("<a href=\"").text(href).raw("\">");
        self.text(text).raw("</a>")
    }

    /// The HTML.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text as HTML shows it, in content and in attributes: nothing in it is markup, and signs that no
/// page may hold are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(sign),
            '\r' => {}
            sign if sign.is_control() || is_noncharacter(sign) => out.push('\u{fffd}'),
            sign => out.push(sign),
        }
    }
    out
}

fn is_noncharacter(sign: char) -> bool {
    let number = u32::from(sign);
    (0xfdd0..=0xfdef).contains(&number) || number & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut html = Html::new();
        html.within("p", "<script>alert('a' && \"b\")</script>\0\r\n");
        html.link("x\" onclick=\"a", "</a>");
        assert_eq!(
            html.as_str(),
            "<p>&lt;script&gt;alert(&#39;a&#39; &amp;&amp; &quot;b&quot;)&lt;/script&gt;\u{fffd}\n</p>\
             <a href=\"x&quot; onclick=&quot;a\">&lt;/a&gt;</a>"
        );
    }
}
