//! Prints the OpenAPI description.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write as _;
    std::io::stdout().write_all(variorum_api::openapi::text()?.as_bytes())?;
    Ok(())
}
