//! How results are laid out as text: tables, labelled lines, wrapped sentences, numbers and times.
//! Pure: values in, lines out.

/// The width every text keeps to.
pub(crate) const WIDTH: usize = 100;
/// A column is not made narrower than this, so that something of it can be read.
const COLUMN_MIN: usize = 8;
/// The last column gives way first, but only down to this.
const LAST_COLUMN_MIN: usize = 20;
/// What stands between two columns.
const GAP: &str = "  ";

/// Rows under their headings, no wider than [`WIDTH`]; what does not fit is cut.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let cell = |row: &[String], column: usize| row.get(column).map_or(0, |text| chars(text));
    let mut widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| {
            rows.iter()
                .map(|row| cell(row, column))
                .max()
                .unwrap_or(0)
                .max(chars(heading))
        })
        .collect();
    shrink(&mut widths);
    let numeric: Vec<bool> = (0..headings.len())
        .map(|column| is_numeric(rows, column))
        .collect();
    let heading: Vec<String> = headings.iter().map(ToString::to_string).collect();
    std::iter::once(&heading)
        .chain(rows)
        .map(|row| line(row, &widths, &numeric))
        .collect()
}

fn line(row: &[String], widths: &[usize], numeric: &[bool]) -> String {
    let cells = widths
        .iter()
        .zip(numeric)
        .enumerate()
        .map(|(column, (width, numeric))| {
            let text = cut(row.get(column).map_or("", String::as_str), *width);
            let space = " ".repeat(width - chars(&text));
            if *numeric {
                space + &text
            } else {
                text + &space
            }
        });
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}

/// Makes columns narrower until they fit: the last one first, since it holds words that may break
/// off, and the first one last, since it names the thing.
fn shrink(widths: &mut [usize]) {
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(WIDTH);
    let mut narrow = |width: &mut usize, least: usize| {
        let less = width.saturating_sub(least).min(excess);
        *width -= less;
        excess -= less;
    };
    let [first, middle @ .., last] = widths else {
        // A table has at least two columns; a single one is left as it is.
        return;
    };
    narrow(last, LAST_COLUMN_MIN);
    let mut by_width: Vec<&mut usize> = middle.iter_mut().collect();
    by_width.sort_unstable_by(|one, other| other.cmp(one));
    for width in by_width {
        narrow(width, COLUMN_MIN);
    }
    narrow(last, COLUMN_MIN);
    narrow(first, COLUMN_MIN);
}

fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let mut cells = rows
        .iter()
        .filter_map(|row| row.get(column))
        .filter(|text| !text.is_empty());
    let digits = |text: &String| {
        text.starts_with(|letter: char| letter.is_ascii_digit())
            && text
                .chars()
                .all(|letter| letter.is_ascii_digit() || " .,%".contains(letter))
    };
    cells.clone().next().is_some() && cells.all(digits)
}

/// Labels with their values below each other; what is empty is left out.
pub(crate) fn labelled(pairs: &[(&str, String)]) -> Vec<String> {
    let given = || pairs.iter().filter(|(_, value)| !value.is_empty());
    let width = given().map(|(label, _)| chars(label)).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (label, value) in given() {
        let indent = width + GAP.len();
        for (number, text) in wrap(value, WIDTH - indent).into_iter().enumerate() {
            let label = if number == 0 { *label } else { "" };
            let space = " ".repeat(indent - chars(label));
            lines.push(format!("{label}{space}{text}"));
        }
    }
    lines
}

/// A text broken at blanks; its own line breaks stay.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut current = String::new();
        for word in paragraph.split_whitespace() {
            if !current.is_empty() && chars(&current) + 1 + chars(word) > width {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// A text broken at blanks and set in from the left.
pub(crate) fn indented(text: &str, indent: usize) -> Vec<String> {
    let space = " ".repeat(indent);
    let set_in = |line: &String| format!("{space}{line}").trim_end().to_owned();
    wrap(text, WIDTH - indent).iter().map(set_in).collect()
}

/// The first line of a text, cut to `width`.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let first = text.lines().next().unwrap_or_default();
    let is_whole = chars(first) <= width && first.len() == text.trim_end().len();
    if is_whole {
        return first.to_owned();
    }
    let kept: String = first.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// `2026-11-23 07:06` from an RFC 3339 time; always UTC, as the server's times are.
pub(crate) fn moment(at: &str) -> String {
    match (at.get(..10), at.get(11..16)) {
        (Some(day), Some(time)) if at.as_bytes()[10] == b'T' => format!("{day} {time}"),
        _ => at.to_owned(),
    }
}

/// `10 %` or `2.5 %` from basis points.
pub(crate) fn share(basis_points: u32) -> String {
    let (whole, part) = (basis_points / 100, basis_points % 100);
    match part {
        0 => format!("{whole} %"),
        part if part % 10 == 0 => format!("{whole}.{} %", part / 10),
        part => format!("{whole}.{part:02} %"),
    }
}

/// `8,120`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut result = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}

/// `1 prompt`, `2 prompts`.
pub(crate) fn plural(number: u64, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {one}{ending}", grouped(number))
}

/// The first digits of a commit, enough for a person to tell commits apart.
pub(crate) fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let rows = [
            row(&["email/welcome", "9", "Welcome"]),
            row(&["ads/x", "12", ""]),
        ];
        assert_eq!(
            table(&["Prompt", "Version", "Title"], &rows),
            [
                "Prompt         Version  Title",
                "email/welcome        9  Welcome",
                "ads/x               12"
            ]
        );
    }

    #[test]
    fn a_table_fits_the_width_whatever_it_holds() {
        let rows = [
            row(&["short", &"a".repeat(300), &"ü".repeat(80)]),
            row(&["x\ny", "b", ""]),
        ];
        let lines = table(&["One", "Two", "Three"], &rows);
        assert!(
            lines.iter().all(|line| line.chars().count() <= WIDTH),
            "{lines:?}"
        );
        assert!(
            lines[1].starts_with("short  aaa") && lines[1].contains("a…  ü"),
            "{}",
            lines[1]
        );
        assert!(lines[2].starts_with("x…"), "{}", lines[2]);
    }

    #[test]
    fn labels_line_up_and_long_values_hang() {
        let long = "word ".repeat(30);
        let lines = labelled(&[
            ("Model", "m".into()),
            ("Owner", String::new()),
            ("What for", long),
        ]);
        assert_eq!(lines[0], "Model     m");
        assert!(lines[1].starts_with("What for  word word"), "{}", lines[1]);
        assert!(lines[2].starts_with("          word"), "{}", lines[2]);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn numbers_and_times_are_short() {
        assert_eq!(moment("2026-11-23T07:06:54.000001Z"), "2026-11-23 07:06");
        assert_eq!(moment("yesterday, perhaps"), "yesterday, perhaps");
        let shares = [
            (10_000, "100 %"),
            (1_000, "10 %"),
            (250, "2.5 %"),
            (5, "0.05 %"),
            (0, "0 %"),
        ];
        for (basis_points, text) in shares {
            assert_eq!(share(basis_points), text);
        }
        let numbers = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (number, text) in numbers {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(plural(1, "event"), "1 event");
        assert_eq!(cut("one\ntwo", 10), "one…");
        assert_eq!(cut("0123456789", 5), "0123…");
    }
}
