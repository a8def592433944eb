//! The pages of the static site. The same catalogue always gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use variorum_api_types::catalogue::{
    Catalogue, CatalogueDetail, CatalogueLink, CategoryScore, DocumentedValue,
};

use super::super::layout;
use super::html::Html;
use super::name_of;

const STYLE: &str = include_str!("site.css");
const SEARCH: &str = include_str!("search.js");

/// What the site tells.
pub(super) struct Site {
    /// The title of the library.
    pub(super) title: String,
    /// The categories.
    pub(super) catalogue: Catalogue,
    /// The prompts, by path.
    pub(super) entries: Vec<CatalogueDetail>,
    /// The ids of those prompts.
    pub(super) ids: BTreeSet<String>,
}

/// Every file of the site, by its path.
pub(super) fn lay_out(site: &Site) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    files.insert("style.css".to_owned(), STYLE.to_owned());
    files.insert("search.js".to_owned(), SEARCH.to_owned());
    files.insert("search-index.js".to_owned(), search_index(site));
    files.insert("index.html".to_owned(), index(site));
    for category in &site.catalogue.categories {
        files.insert(category_file(&category.path), category_page(site, category));
    }
    for entry in &site.entries {
        files.insert(prompt_file(id_of(entry)), prompt_page(site, entry));
    }
    files
}

fn id_of(entry: &CatalogueDetail) -> &str {
    &entry.entry.prompt.id
}

/// A path as it stands on any disk and in any address: letters, digits and `-_.` stay, all else is
/// written as `~` and its number, so that different paths stay different.
fn file_path(path: &str) -> String {
    let part = |part: &str| -> String {
        let sign = |(place, byte): (usize, u8)| {
            let stays = byte.is_ascii_alphanumeric()
                || b"-_".contains(&byte)
                || (byte == b'.' && place > 0);
            if stays {
                char::from(byte).to_string()
            } else {
                format!("~{byte:02X}")
            }
        };
        part.bytes().enumerate().map(sign).collect()
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    let (last, folders) = parts
        .split_last()
        .map_or(("", &[][..]), |(last, folders)| (last.as_str(), folders));
    // A folder that ends as a page does could have the name of one.
    let folders = folders
        .iter()
        .map(|folder| match folder.strip_suffix(".html") {
            Some(stem) => format!("{stem}~2Ehtml/"),
            None => format!("{folder}/"),
        });
    folders.collect::<String>() + last
}

fn prompt_file(id: &str) -> String {
    format!("prompts/{}.html", file_path(id))
}

fn category_file(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "categories/~none.html".to_owned(),
        path => format!("categories/{}.html", file_path(path)),
    }
}

/// How a page gets to the top of the site.
fn up(file: &str) -> String {
    "../".repeat(file.matches('/').count())
}

fn search_index(site: &Site) -> String {
    let one = |entry: &CatalogueDetail| {
        let prompt = &entry.entry.prompt;
        json!({
            "title": prompt.title,
            "id": prompt.id,
            "href": prompt_file(&prompt.id),
            "intent": entry.entry.documentation.intent,
            "owner": entry.entry.documentation.owner,
            "category": entry.entry.category_title,
        })
    };
    let all: Vec<String> = site
        .entries
        .iter()
        .map(|entry| one(entry).to_string())
        .collect();
    format!("window.variorumCatalogue = [\n{}\n];\n", all.join(",\n"))
}

/// A whole page.
fn page(site: &Site, file: &str, title: &str, body: &Html) -> String {
    let up = up(file);
    let mut html = Html::new();
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    html.text(title);
    if title != site.title {
        html.raw(" · ").text(&site.title);
    }
    html.raw("</title>\n<link rel=\"stylesheet\" href=\"");
    html.text(&up).raw("style.css\">\n");
    if file == "index.html" {
        html.raw("<script src=\"search-index.js\" defer></script>\n");
        html.raw("<script src=\"search.js\" defer></script>\n");
    }
    html.raw("</head>\n<body>\n").piece(body);
    html.raw("</body>\n</html>\n");
    html.as_str().to_owned()
}

fn title_of(site: &Site) -> &str {
    match site.title.as_str() {
        "" => "Prompt catalogue",
        title => title,
    }
}

fn meter(html: &mut Html, score: i64) {
    html.raw("<meter min=\"0\" max=\"100\" value=\"")
        .number(score);
    html.raw("\">")
        .number(score)
        .raw(" of 100</meter> ")
        .number(score);
}

fn index(site: &Site) -> String {
    let mut html = Html::new();
    html.raw("<main>\n").within("h1", title_of(site));
    let all = &site.catalogue.all;
    html.raw("\n<p class=\"intent\">").number(all.prompts);
    html.raw(" prompts, documented to ")
        .number(all.score)
        .raw(" of 100.</p>\n");
    html.raw("<form id=\"search\" hidden>\n<label for=\"words\">Find a prompt</label>\n");
    html.raw("<input id=\"words\" type=\"search\" autocomplete=\"off\">\n");
    html.raw(
        "<p id=\"count\" class=\"quiet\" role=\"status\"></p>\n<ul id=\"found\"></ul>\n</form>\n",
    );
    html.raw("<h2>Categories</h2>\n<div class=\"wide\">\n<table>\n<thead><tr><th scope=\"col\">Category</th><th scope=\"col\">Prompts</th><th scope=\"col\">Score</th><th scope=\"col\">Whole</th><th scope=\"col\">Owner</th></tr></thead>\n<tbody>\n");
    for category in &site.catalogue.categories {
        html.raw("<tr><td>")
            .link(&category_file(&category.path), name_of(category));
        html.raw("</td><td class=\"number\">")
            .number(category.prompts);
        html.raw("</td><td class=\"number\">");
        meter(&mut html, category.score);
        html.raw("</td><td class=\"number\">").number(category.full);
        html.raw("</td><td>")
            .text(&category.owner)
            .raw("</td></tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n</main>\n");
    page(site, "index.html", title_of(site), &html)
}

fn category_page(site: &Site, category: &CategoryScore) -> String {
    let file = category_file(&category.path);
    let up = up(&file);
    let mut html = Html::new();
    html.raw("<nav>")
        .link(&format!("{up}index.html"), title_of(site));
    html.raw("</nav>\n<main>\n").within("h1", name_of(category));
    html.raw("\n<p class=\"intent\">").number(category.prompts);
    html.raw(" prompts, documented to ").number(category.score);
    html.raw(" of 100.</p>\n<dl>\n");
    fact(&mut html, "Owner", &category.owner);
    fact(&mut html, "Custodian", &category.custodian);
    fact(&mut html, "Path", &category.path);
    html.raw("</dl>\n<h2>Prompts</h2>\n<div class=\"wide\">\n<table>\n<thead><tr><th scope=\"col\">Prompt</th><th scope=\"col\">Intent</th><th scope=\"col\">Score</th></tr></thead>\n<tbody>\n");
    let own = |entry: &&CatalogueDetail| entry.entry.prompt.category == category.path;
    for entry in site.entries.iter().filter(own) {
        let said = &entry.entry.documentation;
        let href = format!("{up}{}", prompt_file(id_of(entry)));
        html.raw("<tr><td>").link(&href, &entry.entry.prompt.title);
        html.raw("<br><span class=\"id\">").text(id_of(entry));
        html.raw("</span></td><td>").text(&said.intent);
        html.raw("</td><td class=\"number\">");
        meter(&mut html, said.score.into());
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n</main>\n");
    page(site, &file, name_of(category), &html)
}

/// A line of a list of facts; nothing where there is nothing to say.
fn fact(html: &mut Html, name: &'static str, text: &str) {
    if !text.trim().is_empty() {
        html.within("dt", name).within("dd", text).raw("\n");
    }
}

fn prompt_page(site: &Site, detail: &CatalogueDetail) -> String {
    let file = prompt_file(id_of(detail));
    let up = up(&file);
    let (prompt, said) = (&detail.entry.prompt, &detail.entry.documentation);
    let mut html = Html::new();
    html.raw("<nav>")
        .link(&format!("{up}index.html"), title_of(site));
    let category = site.catalogue.categories.iter();
    for category in category.filter(|one| one.path == prompt.category) {
        let href = format!("{up}{}", category_file(&category.path));
        html.raw(" / ").link(&href, name_of(category));
    }
    html.raw("</nav>\n<main>\n").within("h1", &prompt.title);
    html.raw("\n<p class=\"id\">")
        .text(&prompt.id)
        .raw("</p>\n");
    if !said.intent.is_empty() {
        html.raw("<p class=\"intent\">")
            .text(&said.intent)
            .raw("</p>\n");
    }
    html.raw("<dl>\n<dt>Documented</dt><dd>");
    meter(&mut html, said.score.into());
    html.raw(" of 100</dd>\n");
    fact(&mut html, "Owner", &said.owner);
    fact(&mut html, "Live", &live(detail));
    fact(&mut html, "Channel", &prompt.channel);
    fact(&mut html, "Brand", &prompt.brand);
    fact(&mut html, "Region", &prompt.region);
    fact(&mut html, "Version", &prompt.version.to_string());
    let changed = format!(
        "{} by {}",
        layout::moment(&prompt.updated_at),
        prompt.updated_by
    );
    fact(&mut html, "Last changed", &changed);
    html.raw("</dl>\n");
    missing(&mut html, detail);
    html.raw("<h2>Inputs</h2>\n");
    values(&mut html, &said.inputs, "It takes no variables.");
    html.raw("<h2>Outputs</h2>\n");
    outputs(&mut html, detail);
    html.raw("<h2>Benchmarks</h2>\n<dl>\n");
    fact(&mut html, "Figures", &said.benchmarks.join("; "));
    fact(&mut html, "KPIs", &said.kpis.join(", "));
    fact(&mut html, "Suites", &said.suites.join(", "));
    html.raw("</dl>\n");
    links(&mut html, "Builds on", &detail.entry.uses, site, &up);
    links(&mut html, "Used by", &detail.entry.used_by, site, &up);
    changes(&mut html, detail);
    html.raw("<h2>Text</h2>\n<pre>")
        .text(&detail.source)
        .raw("</pre>\n</main>\n");
    page(site, &file, &prompt.title, &html)
}

fn live(detail: &CatalogueDetail) -> String {
    let live = detail.entry.prompt.live.iter();
    let told = live.map(|live| match live.candidate {
        Some(candidate) => format!(
            "{}: version {}, trying version {candidate}",
            live.environment, live.version
        ),
        None => format!("{}: version {}", live.environment, live.version),
    });
    told.collect::<Vec<_>>().join("; ")
}

fn missing(html: &mut Html, detail: &CatalogueDetail) {
    let missing = &detail.entry.documentation.missing;
    if missing.is_empty() {
        return;
    }
    html.raw("<h2>Missing</h2>\n<ul class=\"lacks\">\n");
    for lack in missing {
        html.raw("<li>").text(&lack.message);
        html.raw(" <span>").text(&lack.next).raw("</span></li>\n");
    }
    html.raw("</ul>\n");
}

fn values(html: &mut Html, values: &[DocumentedValue], none: &str) {
    if values.is_empty() {
        html.raw("<p class=\"quiet\">").text(none).raw("</p>\n");
        return;
    }
    html.raw("<div class=\"wide\">\n<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Type</th><th scope=\"col\">Holds</th><th scope=\"col\">Needed</th></tr></thead>\n<tbody>\n");
    for value in values {
        html.raw("<tr>").within("td", &value.name);
        html.within("td", &value.kind)
            .within("td", &value.description);
        html.within("td", if value.required { "yes" } else { "no" });
        html.raw("</tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n");
}

fn outputs(html: &mut Html, detail: &CatalogueDetail) {
    let said = &detail.entry.documentation;
    html.raw("<dl>\n");
    fact(html, "Yields", &said.outputs.join("; "));
    fact(html, "Form", &said.output_format);
    html.raw("</dl>\n");
    if !said.output_fields.is_empty() {
        values(html, &said.output_fields, "");
    }
}

/// Links to other entries lead to their pages; what has no page is named.
fn links(html: &mut Html, heading: &'static str, links: &[CatalogueLink], site: &Site, up: &str) {
    if links.is_empty() {
        return;
    }
    html.within("h2", heading).raw("\n<ul>\n");
    for link in links {
        html.raw("<li>");
        if site.ids.contains(&link.id) {
            html.link(&format!("{up}{}", prompt_file(&link.id)), &link.title);
        } else {
            html.text(&link.title);
        }
        html.raw(" <span class=\"quiet\">").text(&link.kind);
        html.raw("</span> <span class=\"id\">").text(&link.path);
        html.raw("</span></li>\n");
    }
    html.raw("</ul>\n");
}

fn changes(html: &mut Html, detail: &CatalogueDetail) {
    if detail.changes.is_empty() {
        return;
    }
    html.raw("<h2>Latest changes</h2>\n<ol reversed>\n");
    for change in &detail.changes {
        html.raw("<li value=\"").number(change.version).raw("\">");
        html.within("strong", &change.subject);
        html.raw(" <span class=\"quiet\">")
            .text(&layout::moment(&change.at));
        html.raw(", ").text(&change.author).raw("</span>");
        for (name, text) in [
            ("Problem: ", &change.problem),
            ("Expected: ", &change.hypothesis),
        ] {
            if !text.is_empty() {
                html.raw("<br>").text(name).text(text);
            }
        }
        html.raw("</li>\n");
    }
    html.raw("</ol>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_paths_have_different_files() {
        let ids = [
            "email/welcome",
            "email/welcome.de",
            "email~/welcome",
            "email/Über uns",
            ".hidden/a",
            "a",
            "a.html/b",
            "a~2Ehtml/b",
            "a?b#c",
        ];
        let files: BTreeSet<String> = ids.iter().map(|id| prompt_file(id)).collect();
        assert_eq!(files.len(), ids.len());
        assert_eq!(
            prompt_file("email/welcome.de"),
            "prompts/email/welcome.de.html"
        );
        assert_eq!(prompt_file("a.html/b"), "prompts/a~2Ehtml/b.html");
        assert_eq!(prompt_file("../x"), "prompts/~2E./x.html");
        assert_eq!(
            category_file("prompts/email/"),
            "categories/prompts/email.html"
        );
        assert_eq!(up("prompts/email/welcome.html"), "../../");
    }
}
