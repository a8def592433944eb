//! The catalogue from the command line, and as a static site on the disk, against a server that runs.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use program::{Server, serve, told, variorum};

const LIBRARY: &str = "title: Acme & Sons\ncategories:\n  - {path: prompts/email/, title: E-mail, owner: mara@acme.example}\n";
const LETTER: &str = "---\nvariorum.title: Letter <b>\nvariorum.intent: Greet \"everybody\" & stay\nvariorum.outputs: One letter\nvariorum.benchmarks: [opens 0.3]\ninput:\n  schema:\n    name: string, who <script>alert(1)</script> is\n---\n{{> manner}}\nHello {{name}}\n<script>alert('text')</script>\n";

/// A server on a small library, from a folder.
fn library(dir: &Path) -> (Server, std::path::PathBuf) {
    let folder = dir.join("folder");
    for (path, text) in [
        ("library.yaml", LIBRARY),
        ("prompts/email/letter.prompt", LETTER),
        ("prompts/email/Über uns.prompt", "Hi {{town}}\n"),
        ("prompts/_manner.prompt", "Calm.\n"),
        ("prompts/loose.prompt", "Hi\n"),
    ] {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let data = dir.join("data");
    told(&data, &["import", folder.to_str().unwrap()]);
    (serve(&data, &[]), data)
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut next = vec![folder.to_path_buf()];
    while let Some(one) = next.pop() {
        for entry in fs::read_dir(one).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                next.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy();
                found.insert(name.into_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_catalogue_is_shown_and_written_as_a_site() {
    let dir = tempfile::tempdir().unwrap();
    let (server, data) = library(dir.path());
    let table = told(&data, &["catalogue"]);
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[1].starts_with("E-mail"), "{table}");
    assert!(rows[2].starts_with("Without a category"), "{table}");
    let entries = told(
        &data,
        &[
            "catalogue",
            "--entries",
            "--lacking",
            "benchmarks",
            "--json",
        ],
    );
    let entries: Value = serde_json::from_str(&entries).unwrap();
    assert_eq!(entries["total"], 2);
    let shown = told(&data, &["catalogue", "show", "email/letter"]);
    assert!(shown.contains("100 of 100"), "{shown}");

    let site = dir.path().join("site");
    let target = site.to_str().unwrap();
    told(&data, &["catalogue", "export", target]);
    let first = files(&site);
    told(&data, &["catalogue", "export", target]);
    assert_eq!(
        files(&site),
        first,
        "the same catalogue gives the same bytes"
    );
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            ".variorum-catalogue",
            "categories/prompts/email.html",
            "categories/~none.html",
            "index.html",
            "prompts/email/letter.html",
            "prompts/email/~C3~9Cber~20uns.html",
            "prompts/loose.html",
            "search-index.js",
            "search.js",
            "style.css",
        ]
    );
    let letter = &first["prompts/email/letter.html"];
    assert!(letter.contains("<h1>Letter &lt;b&gt;</h1>"));
    assert!(letter.contains("&lt;script&gt;alert(&#39;text&#39;)&lt;/script&gt;"));
    let is_page = |name: &str| Path::new(name).extension().is_some_and(|end| end == "html");
    for (name, text) in first.iter().filter(|(name, _)| is_page(name)) {
        let scripts = text.matches("<script").count();
        assert_eq!(scripts, if name == "index.html" { 2 } else { 0 }, "{name}");
        assert!(
            !text.contains("http:") && !text.contains("https:"),
            "{name}"
        );
        is_well_formed(name, text);
        leads_somewhere(&site, name, text);
    }

    fs::write(site.join("notes.txt"), "mine").unwrap();
    let refused = variorum(&data, &["catalogue", "export", target]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("notes.txt"));
    let foreign = variorum(&data, &["catalogue", "export", data.to_str().unwrap()]);
    assert_eq!(foreign.status.code(), Some(1));
    drop(server);
}

/// Every element that opens is closed in its turn.
fn is_well_formed(name: &str, text: &str) {
    const ALONE: [&str; 5] = ["!doctype", "meta", "link", "br", "input"];
    let mut open: Vec<&str> = Vec::new();
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let word = tag.split_whitespace().next().unwrap();
        if let Some(closed) = word.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}");
        } else if !ALONE.contains(&word) {
            open.push(word);
        }
    }
    assert!(open.is_empty(), "{name}: {open:?}");
}

/// Every link and file that a page names is there.
fn leads_somewhere(site: &Path, name: &str, text: &str) {
    let folder = site.join(name);
    let folder = folder.parent().unwrap();
    for attribute in ["href=\"", "src=\""] {
        for rest in text.split(attribute).skip(1) {
            let target = rest.split('"').next().unwrap();
            assert!(folder.join(target).is_file(), "{name} names {target}");
        }
    }
}
