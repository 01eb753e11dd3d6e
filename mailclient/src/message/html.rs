//! The text of HTML, for messages that have nothing else.

/// The text of an HTML document: without tags, styles and scripts, its blocks on lines. Good for
/// reading and searching; it keeps no layout.
pub(super) fn text_of_html(html: &str) -> String {
    let mut text = Text::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push(before);
        rest = if from.starts_with('<') { text.tag(from) } else { text.entity(from) };
    }
    text.push(rest);
    let end = text.out.trim_end().len();
    text.out.truncate(end);
    if !text.out.is_empty() {
        text.out.push('\n');
    }
    text.out
}

#[derive(Default)]
struct Text {
    out: String,
    /// White space came that is not written yet.
    is_apart: bool,
    /// The empty line between paragraphs is due.
    is_paragraph: bool,
    preformatted: usize,
}

impl Text {
    fn push(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.out.push_str(text);
            return;
        }
        for char in text.chars() {
            if matches!(char, ' ' | '\t' | '\r' | '\n' | '\u{c}') {
                self.is_apart = true;
            } else {
                self.push_char(char);
            }
        }
    }

    fn push_char(&mut self, char: char) {
        if std::mem::take(&mut self.is_paragraph) && !self.out.is_empty() {
            self.out.push('\n');
        }
        if std::mem::take(&mut self.is_apart) && !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
        self.out.push(char);
    }

    fn end_line(&mut self) {
        self.is_apart = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Takes the tag or comment that begins here, and returns what follows. `<` alone is text.
    fn tag<'h>(&mut self, html: &'h str) -> &'h str {
        let after = html.get(1..).unwrap_or_default();
        if let Some(comment) = after.strip_prefix("!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let is_end = after.starts_with('/');
        let name = after.trim_start_matches('/');
        if !name.starts_with(|char: char| char.is_ascii_alphabetic() || matches!(char, '!' | '?')) {
            self.push("<");
            return after;
        }
        let length = name.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name.get(..length).unwrap_or_default().to_ascii_lowercase();
        let rest = after_tag(after);
        match name.as_str() {
            // The end tag of `head` is optional: what is in it is left out element by element.
            "script" | "style" | "title" if !is_end => return after_element(rest, &name),
            "br" => {
                self.is_apart = false;
                self.out.push('\n');
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table"
            | "blockquote" => {
                self.end_line();
                self.is_paragraph = true;
            }
            "pre" => {
                self.end_line();
                self.preformatted = if is_end {
                    self.preformatted.saturating_sub(1)
                } else {
                    self.preformatted + 1
                };
            }
            "li" if !is_end => {
                self.end_line();
                self.push("- ");
            }
            "div" | "tr" | "li" | "hr" | "dt" | "dd" | "section" | "article" => self.end_line(),
            "td" | "th" => self.is_apart = true,
            _ => {}
        }
        rest
    }

    /// Takes the character reference that begins here. `&` alone is text.
    fn entity<'h>(&mut self, html: &'h str) -> &'h str {
        let after = html.get(1..).unwrap_or_default();
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '#';
        let length = after.find(|char| !is_part(char)).unwrap_or(after.len());
        let name = after.get(..length).filter(|name| name.len() < 12);
        let Some(char) = name.and_then(character) else {
            self.push_char('&');
            return after;
        };
        // A space that does not break is no white space of HTML.
        self.push_char(if char == '\u{a0}' { ' ' } else { char });
        let rest = after.get(length..).unwrap_or_default();
        rest.strip_prefix(';').unwrap_or(rest)
    }
}

/// What follows the `>` of a tag; one in a quoted value of an attribute is not its end.
fn after_tag(html: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, char) in html.char_indices() {
        match (quote, char) {
            (None, '>') => return html.get(at + 1..).unwrap_or_default(),
            (None, '"' | '\'') if before == '=' => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
        if !char.is_whitespace() {
            before = char;
        }
    }
    ""
}

/// What follows `</name`, whose text is not shown.
fn after_element<'h>(html: &'h str, name: &str) -> &'h str {
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("</") {
        let found = after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if found {
            return after_tag(after);
        }
        rest = after;
    }
    ""
}

/// U+00A0 to U+00FF, in order.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg \
    macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 \
    iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave \
    Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc \
    Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc \
    euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave \
    uacute ucirc uuml yacute thorn yuml";

/// The character of a reference without its `&` and `;`.
fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // 128 to 159 mean Windows-1252 (HTML, "numeric character reference end state").
        let latin = u8::try_from(code).ok().filter(|code| (128..160).contains(code));
        let char = match latin {
            Some(code) => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[code]).0.chars().next()
            }
            None => char::from_u32(code),
        };
        return char.filter(|char| !char.is_control() || char.is_whitespace());
    }
    Some(match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "euro" => '\u{20ac}',
        "hellip" => '\u{2026}',
        "bull" => '\u{2022}',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "lsquo" => '\u{2018}',
        "rsquo" => '\u{2019}',
        "sbquo" => '\u{201a}',
        "ldquo" => '\u{201c}',
        "rdquo" => '\u{201d}',
        "bdquo" => '\u{201e}',
        "trade" => '\u{2122}',
        "rarr" => '\u{2192}',
        _ => {
            let place = LATIN_1.split(' ').position(|known| known == name)?;
            char::from_u32(0xa0 + u32::try_from(place).ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::text_of_html;

    #[test]
    fn html_becomes_text() {
        let rows = [
            ("", ""),
            ("plain", "plain\n"),
            ("<p>One <b>two</b>\n three</p><p>four", "One two three\n\nfour\n"),
            ("a<br>b<BR/>c", "a\nb\nc\n"),
            ("<div>a</div><div>b</div>", "a\nb\n"),
            ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc\n"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc\n"),
            (
                "<head><title>t</title></head><STYLE>p { a: '<b>' }</style>x<script>if (a</b) {}</Script >y",
                "xy\n",
            ),
            (
                "<head><title>t</title><body>after a head without an end",
                "after a head without an end\n",
            ),
            ("<HEAD/>x", "x\n"),
            ("a<!-- <p> -- > -->b", "ab\n"),
            ("<a href=\"x>y\">a</a> <i title='>'>b</i>", "a b\n"),
            ("<p>it's <a title=it's>a</a>", "it's a\n"),
            (
                "1 < 2 & 3 &unknown; &amp;lt; &#8364;&#x20AC;&euro;&eacute;&nbsp;&copy 2026",
                "1 < 2 & 3 &unknown; &lt; \u{20ac}\u{20ac}\u{20ac}\u{e9} \u{a9} 2026\n",
            ),
            ("&#150; &#27;[2J &#0; &#xd800;", "\u{2013} &#27;[2J &#0; &#xd800;\n"),
            ("<pre>a\n  b</pre>c", "a\n  b\nc\n"),
            ("<", "<\n"),
            ("<p", ""),
            ("a<!--", "a\n"),
            ("&", "&\n"),
            ("<style>never ends", ""),
            ("<?xml version=\"1.0\"?><!DOCTYPE html>a", "a\n"),
        ];
        for (html, expected) in rows {
            assert_eq!(text_of_html(html), expected, "{html}");
        }
    }

    #[test]
    fn the_text_of_hostile_html_is_little_work() {
        for piece in
            ["<", "<p", "<!--", "&", "&a", "<a b=\"", "</", "<style>", "<style></", "<pre>"]
        {
            let html = piece.repeat(100_000 / piece.len());
            assert!(text_of_html(&html).len() <= html.len() + 1);
        }
    }
}
