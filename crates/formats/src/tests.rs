use std::io::Write as _;

use variorum_domain::intake::RawRow;

use super::*;

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

fn all(source: &mut dyn RowSource) -> Vec<RawRow> {
    let mut rows = Vec::new();
    loop {
        let next = source.next_rows(2).unwrap();
        if next.is_empty() {
            return rows;
        }
        rows.extend(next);
    }
}

/// Columns, then each row as `line: a|b|c` with `-` for nothing.
fn shown(bytes: &[u8], wanted: &[&str]) -> Vec<String> {
    let file = file(bytes);
    let mut source = open(file.path(), Format::of_bytes(bytes), wanted).unwrap();
    let rows = all(source.as_mut());
    source.rewind().unwrap();
    assert_eq!(all(source.as_mut()), rows, "the same again");
    let mut lines = vec![source.columns().join("|")];
    lines.extend(rows.into_iter().map(|row| match row.cells {
        Ok(cells) => {
            let cells: Vec<String> = cells
                .into_iter()
                .map(|cell| cell.unwrap_or("-".into()))
                .collect();
            format!("{}: {}", row.line, cells.join("|"))
        }
        Err(why) => format!("{}: {why}", row.line),
    }));
    lines
}

#[test]
fn csv_is_read_whatever_stands_between_its_values() {
    for (text, expected) in [
        (
            "a,b\n1,2\n3,\"x,\ny\"\n4,5\n",
            vec!["a|b", "2: 1|2", "3: 3|x,\ny", "5: 4|5"],
        ),
        (
            "\u{feff}a;b;c\r\n1,5;2;\r\n3;4;5\r\n",
            vec!["a|b|c", "2: 1,5|2|-", "3: 3|4|5"],
        ),
        ("a\tb\n1\t2\n", vec!["a|b", "2: 1|2"]),
        (
            "a,b\n1\n1,2\n",
            vec![
                "a|b",
                "2: the row has 1 values, the table has 2 columns",
                "3: 1|2",
            ],
        ),
        ("a,\n1,2", vec!["a|column 2", "2: 1|2"]),
    ] {
        assert_eq!(shown(text.as_bytes(), &[]), expected, "{text}");
    }
    assert_eq!(shown(b"a,b\n\xff,2\n", &[]), ["a|b", "2: `a` is not UTF-8"]);
}

#[test]
fn ndjson_is_read_by_names_and_pointers() {
    let text = "{\"id\":1,\"user\":{\"id\":\"u1\"}}\n\nnope\n{\"id\":\"x\",\"late\":true}\n";
    let lines = shown(text.as_bytes(), &["/user/id"]);
    assert_eq!(lines[0], "id|user|late|/user/id");
    assert_eq!(lines[1], "1: 1|{\"id\":\"u1\"}|-|u1");
    assert!(
        lines[2].starts_with("3: this is no JSON object"),
        "{lines:?}"
    );
    assert_eq!(lines[3], "4: x|-|true|-");
}

#[test]
fn what_is_no_table_is_refused_with_why() {
    let cases: [(&[u8], Format, &str); 5] = [
        (b"", Format::Csv, "empty"),
        (b"a,a\n1,2", Format::Csv, "two columns"),
        (b"PAR1 and nothing", Format::Parquet, "no Parquet"),
        (b"hello\n", Format::Ndjson, "no NDJSON"),
        (b"\xff\xfe,b\n", Format::Csv, "UTF-8"),
    ];
    for (bytes, format, said) in cases {
        let file = file(bytes);
        let error = open(file.path(), format, &[]).err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
    let wide: Vec<String> = (0..=UPLOAD_COLUMNS_MAX).map(|n| n.to_string()).collect();
    let file = file(wide.join(",").as_bytes());
    assert!(matches!(
        open(file.path(), Format::Csv, &[]),
        Err(FormatError::Columns(_))
    ));
}

#[test]
fn a_quote_that_is_never_closed_ends_somewhere() {
    let mut text = b"a,b\n1,2\n\"".to_vec();
    text.resize(ROW_BYTES_MAX * 3, b'x');
    let file = file(&text);
    let mut source = open(file.path(), Format::Csv, &[]).unwrap();
    assert_eq!(source.next_rows(1).unwrap().len(), 1);
    let error = source.next_rows(1).unwrap_err().to_string();
    assert!(error.contains("never closed"), "{error}");
}

const COLUMNS: &[Column] = &[
    Column {
        name: "name",
        kind: ColumnKind::Text,
    },
    Column {
        name: "time",
        kind: ColumnKind::Time,
    },
    Column {
        name: "n",
        kind: ColumnKind::Int,
    },
    Column {
        name: "value",
        kind: ColumnKind::Float,
    },
];

fn written(format: Format) -> Vec<u8> {
    let row = |name: &str, n: i64| {
        vec![
            Cell::Text(name.into()),
            Cell::Time(1_795_076_100_000_000 + n),
            Cell::Int(n),
            Cell::Decimal("12.50".into(), 12.5),
        ]
    };
    let mut encoder = Encoder::new(format, COLUMNS).unwrap();
    let mut bytes = encoder.rows(&[row("a,b", 1), row("ü", 2)]).unwrap();
    bytes.extend(encoder.rows(&[]).unwrap());
    let nothing = vec![Cell::Nothing, Cell::Nothing, Cell::Int(3), Cell::Nothing];
    bytes.extend(encoder.rows(&[nothing]).unwrap());
    bytes.extend(encoder.finish().unwrap());
    bytes
}

#[test]
fn what_is_written_is_read_again() {
    let csv = shown(&written(Format::Csv), &[]);
    let expected = [
        "name|time|n|value",
        "2: a,b|2026-11-19T08:15:00.000001Z|1|12.50",
        "3: ü|2026-11-19T08:15:00.000002Z|2|12.50",
        "4: -|-|3|-",
    ];
    assert_eq!(csv, expected);
    let parquet = shown(&written(Format::Parquet), &[]);
    let expected = [
        "name|time|n|value",
        "1: a,b|2026-11-19T08:15:00.000001Z|1|12.5",
        "2: ü|2026-11-19T08:15:00.000002Z|2|12.5",
        "3: -|-|3|-",
    ];
    assert_eq!(parquet, expected);
    let ndjson = shown(&written(Format::Ndjson), &[]);
    assert_eq!(ndjson[3], "3: -|-|3|-");
}

#[test]
fn a_table_without_rows_has_names() {
    let encoder = Encoder::new(Format::Csv, COLUMNS).unwrap();
    assert_eq!(encoder.finish().unwrap(), b"name,time,n,value\n");
    let parquet = Encoder::new(Format::Parquet, COLUMNS)
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!(shown(&parquet, &[]), ["name|time|n|value"]);
}
