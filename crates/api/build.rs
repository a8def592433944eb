//! Makes sure that there is something to embed, so that the server can be built without Node.

use std::path::Path;

const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><title>Variorum</title></head>
<body>
<h1>Variorum runs, without its pages</h1>
<p>The server was built before the web part. Run <code>npm ci</code> and <code>npm run build</code>
in the folder <code>web</code>, build the server again, and reload this page.</p>
<p>The HTTP API works; it is described in <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>
</body>
</html>
";

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let index = folder.join("index.html");
    if !index.exists() {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(&index, PLACEHOLDER)?;
    }
    let mut out = std::io::stdout();
    std::io::Write::write_all(&mut out, b"cargo::rerun-if-changed=../../web/dist\n")
}
