//! The one toolbox: `tidy` checks the house, `openapi` writes the API's description, `bench` measures.

#[cfg(feature = "bench")]
mod bench;
mod openapi;
mod output;
mod tidy;
mod tree;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// What can be asked for.
const USAGE: &str = "\
cargo xtask tidy                       checks walls, sizes, names and words
cargo xtask openapi [--check]          writes docs/openapi.json, or compares it
cargo xtask bench resolve|commit|events|guard|history|impact|scale|search|clone [--seconds N] [--rounds N]
                                       measures both sides and prints `name ours reference ratio`
cargo xtask bench acceptance [--reps N]
                                       simulates guards against the bar, and replays real tests";

#[cfg(feature = "bench")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(code) => code,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<ExitCode> {
    match words {
        ["tidy"] => tidy::run(),
        ["openapi"] => openapi::write(),
        ["openapi", "--check"] => openapi::check(),
        ["bench", rest @ ..] => run_bench(rest),
        #[cfg(feature = "bench")]
        ["serve-static", address, file] => bench::serve_static(address, file),
        #[cfg(feature = "bench")]
        ["serve-git", address, folder] => bench::serve_git(address, folder),
        [] | ["help" | "--help" | "-h"] => {
            output::line(USAGE);
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("there is no `{}`; there is:\n{USAGE}", words.join(" ")),
    }
}

#[cfg(feature = "bench")]
fn run_bench(words: &[&str]) -> Result<ExitCode> {
    bench::run(words)
}

/// Builds the product and itself for measuring, and goes on there.
#[cfg(not(feature = "bench"))]
fn run_bench(words: &[&str]) -> Result<ExitCode> {
    let both = [
        "--package",
        "variorum",
        "--package",
        "xtask",
        "--features",
        "xtask/bench",
    ];
    let built = tree::cargo()
        .args(["build", "--release"])
        .args(both)
        .status()?;
    if !built.success() {
        bail!("what is to be measured cannot be built");
    }
    let built = tree::target()?.join("release").join("xtask");
    let status = std::process::Command::new(built)
        .arg("bench")
        .args(words)
        .status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
