//! Made-up libraries: the same ones in every run.

use std::collections::BTreeMap;

use variorum_domain::id::Oid;
use variorum_git::commit::{CommitData, encode_commit};
use variorum_git::object::Kind;
use variorum_git::overlay::Overlay;
use variorum_git::tree::{Edit, Mode, edit};

use crate::repository::{author, committer};

/// A small generator of numbers (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.below(list.len());
        &list[index]
    }
}

/// Files with their content.
pub(crate) type Files = BTreeMap<String, String>;

pub(crate) fn lines(dice: &mut Dice, count: usize) -> String {
    (0..count).map(|_| line(dice)).collect()
}

fn line(dice: &mut Dice) -> String {
    const WORDS: &[&str] = &[
        "offer", "subject", "brand", "tone", "customer", "Größe", "=======", "{{name}}",
    ];
    let count = 1 + dice.below(4);
    let words: Vec<&str> = (0..count).map(|_| *dice.pick(WORDS)).collect();
    format!("{} {}\n", words.join(" "), dice.below(1000))
}

pub(crate) fn files(dice: &mut Dice, count: usize) -> Files {
    let mut files = Files::new();
    for n in 0..count {
        let folder = dice.pick(&["", "email/", "email/de/", "ads/", "ads/autumn/"]);
        let size = 8 + dice.below(20);
        files.insert(format!("{folder}p{n}.prompt"), lines(dice, size));
    }
    files
}

/// Changes some lines of a text.
pub(crate) fn rework(dice: &mut Dice, text: &str) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..=dice.below(2) {
        let at = dice.below(lines.len().max(1));
        match dice.below(4) {
            0 => lines.insert(at, line(dice)),
            1 if lines.len() > 4 => drop(lines.remove(at)),
            _ if at < lines.len() => lines[at] = line(dice),
            _ => lines.push(line(dice)),
        }
    }
    if dice.chance(5)
        && let Some(last) = lines.last_mut()
    {
        *last = last.trim_end().to_owned();
    }
    lines.concat()
}

/// What one person does to a library between two commits.
pub(crate) fn work(dice: &mut Dice, files: &Files, moves: bool) -> Files {
    let mut files = files.clone();
    for _ in 0..=dice.below(3) {
        let paths: Vec<String> = files.keys().cloned().collect();
        if paths.is_empty() {
            break;
        }
        let path = dice.pick(&paths).clone();
        match dice.below(if moves { 8 } else { 6 }) {
            0..=3 => {
                let text = rework(dice, &files[&path]);
                files.insert(path, text);
            }
            4 => {
                let text = lines(dice, 12);
                files.insert(format!("email/new{}.prompt", dice.below(4)), text);
            }
            5 => drop(files.remove(&path)),
            6 => {
                let text = files.remove(&path).unwrap();
                let text = if dice.chance(50) {
                    rework(dice, &text)
                } else {
                    text
                };
                files.insert(format!("moved/m{}.prompt", dice.below(5)), text);
            }
            _ => move_folder(dice, &mut files, &path),
        }
    }
    files
}

fn move_folder(dice: &mut Dice, files: &mut Files, path: &str) {
    let Some((folder, _)) = path.rsplit_once('/') else {
        return;
    };
    let from = format!("{folder}/");
    let to = format!("f{}/", dice.below(3));
    let all = std::mem::take(files);
    for (path, text) in all {
        let path = path
            .strip_prefix(&from)
            .map_or(path.clone(), |rest| format!("{to}{rest}"));
        files.insert(path, text);
    }
}

/// Writes a library into an overlay.
pub(crate) fn tree(overlay: &Overlay, files: &Files) -> Oid {
    let edits: Vec<(String, Edit)> = files
        .iter()
        .map(|(path, text)| {
            let oid = overlay.put(Kind::Blob, text.as_bytes()).unwrap();
            (
                path.clone(),
                Edit::Upsert {
                    mode: Mode::File,
                    oid,
                },
            )
        })
        .collect();
    edit(overlay, None, &edits).unwrap()
}

pub(crate) fn commit(overlay: &Overlay, tree: Oid, parents: &[Oid], message: &str) -> Oid {
    let commit = CommitData {
        tree,
        parents: parents.to_vec(),
        author: author(),
        committer: committer(),
        extra_headers: Vec::new(),
        message: message.to_owned(),
    };
    overlay
        .put(Kind::Commit, encode_commit(&commit).unwrap())
        .unwrap()
}
