//! Finding prompts among a hundred thousand, over HTTP: rare words and words that nearly every prompt
//! holds, alone and with filters, against what is promised.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use variorum_domain::id::{Digest, Oid, Time};
use variorum_ports::rows::LibraryRow;

use super::client::Api;
use super::company::Company;
use super::figure::{Figure, percentile};
use super::server::{Server, make_token};
use super::{Options, comment};

/// Prompts that are searched.
const PROMPTS: usize = 100_000;
/// Prompts put into the index in one transaction.
const PROMPTS_PER_ROUND: usize = 5_000;
/// Different words of all texts, and words of one text.
const WORDS: usize = 20_000;
const WORDS_PER_TEXT: usize = 150;
/// Calls of each kind in one round.
const CALLS_PER_ROUND: usize = 10;
/// What is promised.
const SEARCH_MS: f64 = 20.0;

const CHANNELS: [&str; 5] = ["email", "ads", "web", "sms", "voice"];

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let begun = Instant::now();
    runtime.block_on(fill(&data))?;
    comment(&format!(
        "{PROMPTS} prompts of {WORDS_PER_TEXT} words, {WORDS} different ones, the n-th as frequent as 1/n; \
         indexed in {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    let token = make_token(&data, "administrator")?;
    let server = Server::variorum(&data)?;
    let mut api = runtime.block_on(Api::open(server.address, &token))?;
    let calls = options.rounds * CALLS_PER_ROUND;
    for (name, promise, path) in questions() {
        let mut row = Vec::with_capacity(calls);
        let mut total = 0;
        for call in 0..calls {
            let path = path(call);
            let begun = Instant::now();
            let page = runtime.block_on(api.get(&path))?;
            row.push(begun.elapsed().as_secs_f64() * 1e3);
            total = page["total"].as_i64().unwrap_or(0);
        }
        for percent in [50, 99] {
            let figure = Figure::of(percentile(&row, percent), promise);
            figure.print(&format!("search_{name}_p{percent}_ms_vs_promise"));
        }
        comment(&format!("  the last one found {total}"));
    }
    let (now, peak) = server.memory_mb()?;
    comment(&format!("memory {now:.0} MB, peak {peak:.0} MB"));
    Ok(())
}

type Question = (&'static str, f64, fn(usize) -> String);

fn questions() -> [Question; 10] {
    [
        ("rare_word", SEARCH_MS, |call| {
            format!("/api/v1/search?q={}", word(5_000 + call))
        }),
        ("common_word", SEARCH_MS, |call| {
            format!("/api/v1/search?q={}", word(call % 5))
        }),
        ("three_words", SEARCH_MS, |call| {
            format!(
                "/api/v1/search?q={}+{}+{}",
                word(3),
                word(40 + call),
                word(400)
            )
        }),
        ("beginning_of_a_word", SEARCH_MS, |call| {
            format!("/api/v1/search?q={}", &word(100 + call)[..3])
        }),
        ("with_filters", SEARCH_MS, |call| {
            format!(
                "/api/v1/search?q={}&channel={}&brand=brand-{}&tag=tag-{}",
                word(call % 20),
                CHANNELS[call % 5],
                call % 20,
                call % 50
            )
        }),
        ("mistyped", SEARCH_MS, |call| {
            let word = word(5_000 + call);
            format!("/api/v1/search?q={}x{}", &word[..3], &word[3..])
        }),
        ("filters_alone", SEARCH_MS, |call| {
            format!(
                "/api/v1/search?channel={}&region=r{}",
                CHANNELS[call % 5],
                call % 7
            )
        }),
        ("with_facets", SEARCH_MS, |call| {
            format!("/api/v1/search?q={}&facets=true", word(300 + call))
        }),
        ("with_facets_of_a_common_word", SEARCH_MS, |call| {
            format!("/api/v1/search?q={}&facets=true", word(call % 5))
        }),
        ("facets_of_everything", SEARCH_MS, |_| {
            "/api/v1/search?facets=true".to_owned()
        }),
    ]
}

/// Puts rows into the index as a save does, without the files behind them.
async fn fill(data: &Path) -> Result<()> {
    let company = Company::found(data).await?;
    let workspace = company.actor.workspace;
    let mut dice = Dice(7);
    for first in (0..PROMPTS).step_by(PROMPTS_PER_ROUND) {
        let rows: Vec<LibraryRow> = (first..first + PROMPTS_PER_ROUND)
            .map(|number| row(number, &mut dice))
            .collect();
        let mut tx = company.ctx.store.begin(workspace).await?;
        tx.put_library_rows(workspace, &rows).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn row(number: usize, dice: &mut Dice) -> LibraryRow {
    let channel = CHANNELS[number % CHANNELS.len()];
    let folder = format!("prompts/{channel}/group-{}", number / 5 % 200);
    let id = format!("{channel}/group-{}/case-{number}", number / 5 % 200);
    let oid = Oid::from_bytes(&Digest::of(id.as_bytes()).as_bytes()[..20]).unwrap_or(Oid::ZERO);
    LibraryRow {
        path: format!("prompts/{id}.prompt"),
        id,
        folder,
        kind: "prompt".to_owned(),
        title: dice.text(4),
        intent: dice.text(12),
        channel: channel.to_owned(),
        brand: format!("brand-{}", number % 20),
        region: format!("r{}", number % 7),
        owner: format!("owner-{}", number % 30),
        tags: format!("[\"tag-{}\",\"tag-{}\"]", number % 50, number % 7),
        blob: oid,
        commit: oid,
        version: 1,
        updated_at: Time::from_seconds(1_793_491_200),
        updated_by: "Ann Lee".to_owned(),
        problems: "[]".to_owned(),
        errors: 0,
        status: String::new(),
        category: String::new(),
        expires_at: None,
        text: dice.text(WORDS_PER_TEXT),
        score: None,
        lacking: 0,
        documentation: String::new(),
    }
}

/// The n-th most frequent word: three syllables.
fn word(number: usize) -> String {
    const BEGINS: [&str; 20] = [
        "b", "br", "d", "f", "fl", "g", "h", "j", "k", "l", "m", "n", "p", "pl", "r", "s", "st",
        "t", "v", "w",
    ];
    const MIDDLES: [&str; 10] = ["a", "e", "i", "o", "u", "ai", "ea", "ou", "ie", "oo"];
    let syllable = |number: usize| format!("{}{}", BEGINS[number % 20], MIDDLES[number / 20 % 10]);
    let mixed = number * 7_919 % 8_000_000;
    format!(
        "{}{}{}",
        syllable(mixed),
        syllable(mixed / 200),
        syllable(mixed / 40_000)
    )
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn text(&mut self, words: usize) -> String {
        let words: Vec<String> = (0..words).map(|_| word(self.rank())).collect();
        words.join(" ")
    }

    /// A rank as frequent as its reciprocal.
    fn rank(&mut self) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "any fraction does")]
        let share = (self.0 >> 33) as f64 / f64::from(1_u32 << 31);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank below the number of words"
        )]
        let rank = (WORDS as f64).powf(share) as usize;
        rank.saturating_sub(1)
    }
}
