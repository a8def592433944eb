//! Whole random histories, done twice: by `git merge` in a work tree and by our engine. Every merge
//! on the way must agree on the tree or on what is in conflict; the ways in which the two are known
//! to differ are counted, and docs/merging.md says why each is there.
//!
//! A history is made from its own seed, so that one that fails can be run alone:
//! `VARIORUM_HISTORIES=1 VARIORUM_HISTORY_SEED=123`.

use std::collections::{BTreeMap, BTreeSet};

use variorum_domain::id::{Oid, Time};
use variorum_git::graph::{CommitGraph, CommitRow};
use variorum_git::merge::{CommitMerge, Conflict, ConflictKind, MergeLabels, merge_commits};
use variorum_git::object::Kind;
use variorum_git::overlay::Overlay;
use variorum_git::tree::list_all;

use crate::generate::{Dice, Files, commit, files, tree, work};
use crate::repository::{Repository, TIME, overlay};

/// How many histories run unless `VARIORUM_HISTORIES` says otherwise; the figures in
/// docs/merging.md are from 1,000.
const HISTORIES: u64 = 60;
const FIRST_SEED: u64 = 1_000;
/// Histories that once showed a fault, of the engine or of this comparison.
const ONCE_FAULTY: [u64; 7] = [1_058, 1_255, 1_430, 1_842, 500_337, 500_452, 500_704];

/// A way in which one merge ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// Both merged to the same tree without a question.
    SameTree,
    /// Both stopped for the same paths, and agree on all others.
    SameConflicts,
    /// Git merged by itself; we propose the same tree, but ask somebody to look.
    AsksForALook,
    /// Git merged by itself; we ask somebody to look at a file for which we propose another of two
    /// directories, or at what is where a file and a directory had one name.
    AsksForALookElsewhere,
    /// Both stopped for the same paths; some of them, or some more, we only ask somebody to look at.
    SameConflictsAndALook,
    /// The same, and some of the files are in another of two directories.
    SameConflictsElsewhere,
    /// Both stopped, for other paths, where a file and a directory have one name.
    OthersAroundADirectory,
    /// Git merged by itself and we stopped, where a file and a directory have one name.
    StopsAtADirectory,
    /// Both stopped, for other paths, where a moved file also has a copy.
    OthersAroundACopy,
    /// Git merged by itself and we stopped, where a moved file also has a copy.
    StopsAtACopy,
    /// Anything else: a fault.
    Fault,
}

/// What `git merge` left in its work tree.
struct Theirs {
    clean: bool,
    /// What is settled, by path.
    settled: BTreeMap<String, Oid>,
    /// Where something is left to decide.
    open: BTreeSet<String>,
}

struct History {
    repository: Repository,
    writer: Overlay,
    graph: CommitGraph,
    clock: i64,
    known: usize,
}

impl History {
    fn new() -> Self {
        let repository = Repository::new();
        std::fs::create_dir(repository.path().join("work")).unwrap();
        Self {
            repository,
            writer: overlay(),
            graph: CommitGraph::new(),
            clock: TIME,
            known: 0,
        }
    }

    fn commit(&mut self, files: &Files, parents: &[Oid]) -> Oid {
        self.clock += 1;
        let tree = tree(&self.writer, files);
        let message = format!("commit {}\n", self.clock);
        let oid = commit(&self.writer, tree, parents, &message);
        let time = Time::from_seconds(TIME);
        let parents = parents.to_vec();
        self.graph.add(&CommitRow { oid, parents, time });
        oid
    }

    /// Hands what is new to `git`.
    fn hand_over(&mut self) {
        let objects = self.writer.new_objects();
        if objects.len() > self.known {
            self.known = objects.len();
            self.repository.write(&objects);
        }
    }

    fn in_work_tree(&self, arguments: &[&str]) -> std::process::Output {
        let all = [&["--work-tree=work"], arguments].concat();
        self.repository.run(&all, b"")
    }

    /// What `git merge` does with the two.
    fn merge_of_git(&self, ours: Oid, theirs: Oid) -> Theirs {
        let (ours, theirs) = (ours.to_string(), theirs.to_string());
        let checkout = ["checkout", "--quiet", "--detach", "--force", &ours];
        let output = self.in_work_tree(&checkout);
        assert!(output.status.success(), "{output:?}");
        let merge = ["merge", "--quiet", "--no-ff", "--no-edit", &theirs];
        let output = self.in_work_tree(&merge);
        let listed = self.in_work_tree(&["ls-files", "--stage", "-z"]).stdout;
        let listed = String::from_utf8(listed).unwrap();
        let (mut settled, mut open) = (BTreeMap::new(), BTreeSet::new());
        for line in listed.split_terminator('\0') {
            let (entry, path) = line.split_once('\t').unwrap();
            let words: Vec<&str> = entry.split(' ').collect();
            match words[2] {
                "0" => drop(settled.insert(path.to_owned(), words[1].parse().unwrap())),
                // Where the file was before both moved it there is nothing to decide.
                "1" => {}
                _ => drop(open.insert(path.to_owned())),
            }
        }
        let clean = output.status.success();
        assert!(clean || output.status.code() == Some(1), "{output:?}");
        Theirs {
            clean,
            settled,
            open,
        }
    }

    fn files_of(&self, tree: Oid) -> BTreeMap<String, Oid> {
        let listed = list_all(&self.writer, tree, "").unwrap();
        listed
            .into_iter()
            .map(|(path, entry)| (path, entry.oid))
            .collect()
    }

    /// Whether a file has the beginning of a conflict, as our engine marks it.
    fn has_markers(&self, blob: &Oid) -> bool {
        let bytes = self.writer.get_kind(blob, Kind::Blob).unwrap().bytes;
        let mark = "<".repeat(47);
        bytes
            .windows(mark.len())
            .any(|window| window == mark.as_bytes())
    }

    fn text_of(&self, tree: Oid) -> Files {
        let text = |oid: &Oid| {
            let bytes = self.writer.get_kind(oid, Kind::Blob).unwrap().bytes;
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let files = self.files_of(tree);
        files
            .iter()
            .map(|(path, oid)| (path.clone(), text(oid)))
            .collect()
    }
}

/// All paths that a conflict is about.
fn paths_of(conflict: &Conflict) -> impl Iterator<Item = &str> {
    let aside = conflict.moved_aside.as_ref();
    let paths = [&conflict.path, &conflict.ours_path, &conflict.theirs_path];
    paths.into_iter().chain(aside).map(String::as_str)
}

/// The places that hold a file which the conflicts are about.
fn places<'a>(
    conflicts: impl Iterator<Item = &'a Conflict>,
    proposed: &BTreeMap<String, Oid>,
) -> BTreeSet<&'a str> {
    conflicts
        .flat_map(paths_of)
        .filter(|path| proposed.contains_key(*path))
        .collect()
}

/// Both results, sorted out.
struct Compared<'a> {
    /// The places that are in conflict, or only to be looked at, by our engine.
    hard: BTreeSet<&'a str>,
    looks: BTreeSet<&'a str>,
    /// The places that Git left unmerged.
    open: BTreeSet<&'a str>,
    /// Where the results differ although neither shows the path to anybody.
    silent: Vec<&'a str>,
    /// Whether a side has a directory where another has, or had, a file.
    directory: bool,
    /// Whether a moved file could be either of two.
    copy: bool,
    same: bool,
}

impl<'a> Compared<'a> {
    fn new(
        conflicts: &'a [Conflict],
        proposed: &'a BTreeMap<String, Oid>,
        git: &'a Theirs,
    ) -> Self {
        let is_look = |conflict: &&Conflict| conflict.kind.is_review_only();
        let shown: BTreeSet<&str> = conflicts.iter().flat_map(paths_of).collect();
        let open: BTreeSet<&str> = git.open.iter().map(String::as_str).collect();
        let both: BTreeSet<&String> = proposed.keys().chain(git.settled.keys()).collect();
        let is_below = |path: &str| {
            let mut above = path.match_indices('/').map(|(slash, _)| &path[..slash]);
            above.any(|above| shown.contains(above))
        };
        let is_shown = |path: &str| open.contains(path) || shown.contains(path) || is_below(path);
        let silent = both
            .into_iter()
            .filter(|path| proposed.get(*path) != git.settled.get(*path))
            .filter(|path| !is_shown(path))
            .map(String::as_str)
            .collect();
        let directory = [
            ConflictKind::FileAndDirectory,
            ConflictKind::FileBecameDirectory,
        ];
        Self {
            hard: places(conflicts.iter().filter(|c| !is_look(c)), proposed),
            looks: places(conflicts.iter().filter(is_look), proposed),
            open,
            silent,
            directory: conflicts.iter().any(|c| directory.contains(&c.kind)),
            copy: conflicts.iter().any(|c| c.kind == ConflictKind::Other),
            same: *proposed == git.settled,
        }
    }

    fn ending(&self, clean: bool, is_clean: bool, is_hard: bool) -> Ending {
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let names = |paths: &BTreeSet<&str>| -> BTreeSet<Option<String>> {
            paths.iter().map(|path| name(path)).collect()
        };
        let shown: BTreeSet<&str> = self.hard.union(&self.looks).copied().collect();
        let more: Vec<&str> = self.hard.difference(&self.open).copied().collect();
        let fewer: Vec<&str> = self.open.difference(&self.hard).copied().collect();
        let (shown_names, open_names) = (names(&shown), names(&self.open));
        let is_elsewhere = fewer.iter().all(|path| shown_names.contains(&name(path)))
            && more.iter().all(|path| open_names.contains(&name(path)));
        let is_looked_at = |path: &&str| self.looks.contains(*path);
        match (clean, is_clean) {
            (true, true) if self.same => Ending::SameTree,
            (true, false) if is_hard && self.directory => Ending::StopsAtADirectory,
            (true, false) if is_hard && self.copy => Ending::StopsAtACopy,
            (true, false) if is_hard => Ending::Fault,
            (true, false) if self.same => Ending::AsksForALook,
            (true, false) => Ending::AsksForALookElsewhere,
            // What neither shows must be the same.
            (false, false) if !self.silent.is_empty() => Ending::Fault,
            (false, false) if more.is_empty() && fewer.is_empty() && self.looks.is_empty() => {
                Ending::SameConflicts
            }
            (false, false) if more.is_empty() && fewer.iter().all(is_looked_at) => {
                Ending::SameConflictsAndALook
            }
            (false, false) if is_elsewhere => Ending::SameConflictsElsewhere,
            (false, false) if self.directory => Ending::OthersAroundADirectory,
            (false, false) if self.copy => Ending::OthersAroundACopy,
            // Two clean results that differ, or one that Git would not have let pass.
            _ => Ending::Fault,
        }
    }
}

fn judge(history: &History, merge: &CommitMerge, git: &Theirs) -> Result<Ending, String> {
    let outcome = &merge.outcome;
    let proposed = history.files_of(outcome.partial_tree);
    let compared = Compared::new(&outcome.conflicts, &proposed, git);
    let is_hard = outcome.conflicts.iter().any(|c| !c.kind.is_review_only());
    let shown: BTreeSet<&str> = outcome.conflicts.iter().flat_map(paths_of).collect();
    let mut unseen = proposed.keys().filter(|path| !shown.contains(&path[..]));
    if let Some(path) = unseen.find(|path| history.has_markers(&proposed[*path])) {
        return Err(format!(
            "`{path}` has conflict markers, and no conflict names it"
        ));
    }
    let ending = compared.ending(git.clean, outcome.is_clean(), is_hard);
    if ending != Ending::Fault {
        return Ok(ending);
    }
    let found: Vec<_> = outcome
        .conflicts
        .iter()
        .map(|c| (c.kind, paths_of(c).collect::<Vec<_>>()))
        .collect();
    let both: BTreeSet<&String> = proposed.keys().chain(git.settled.keys()).collect();
    let differs = |path: &&String| proposed.get(*path) != git.settled.get(*path);
    let differing: Vec<_> = both.into_iter().filter(differs).collect();
    Err(format!(
        "git clean: {}, open: {:?}; ours: {found:#?}; differing: {differing:?}",
        git.clean, git.open
    ))
}

/// Runs one history; returns how its merges ended.
fn run(seed: u64) -> Vec<Result<Ending, String>> {
    let mut history = History::new();
    let mut dice = Dice(seed.wrapping_mul(0x9e37));
    let moves = dice.chance(70);
    let odd = moves && dice.chance(25);
    let count = 3 + dice.below(6);
    let base = files(&mut dice, count);
    let root = history.commit(&base, &[]);
    let mut branches = vec![(root, base); 2 + dice.below(2)];
    let mut endings = Vec::new();
    let steps = 6 + dice.below(8);
    for step in 0..steps {
        let at = dice.below(branches.len());
        let from = dice.below(branches.len());
        let last = step + 1 == steps;
        if !(last || dice.chance(45)) || at == from {
            let (tip, text) = branches[at].clone();
            let mut text = work(&mut dice, &text, moves);
            if odd && dice.chance(40) {
                upset(&mut dice, &mut text);
            }
            branches[at] = (history.commit(&text, &[tip]), text);
            continue;
        }
        let (ours, theirs) = (branches[at].0, branches[from].0);
        if history.graph.is_ancestor(&theirs, &ours) || history.graph.is_ancestor(&ours, &theirs) {
            continue;
        }
        history.hand_over();
        let git = history.merge_of_git(ours, theirs);
        let labels = MergeLabels {
            base: "base".into(),
            ours: "HEAD".into(),
            theirs: theirs.to_string(),
        };
        let merge = merge_commits(&history.writer, &history.graph, ours, theirs, &labels).unwrap();
        let ending = judge(&history, &merge, &git);
        endings.push(ending.map_err(|told| format!("history {seed}, step {step}: {told}")));
        let settled = settle(
            &history,
            &mut dice,
            &merge,
            [&branches[at].1, &branches[from].1],
        );
        let oid = history.commit(&settled, &[ours, theirs]);
        branches[at] = (oid, settled);
    }
    endings
}

/// What people do to a library now and then.
fn upset(dice: &mut Dice, files: &mut Files) {
    let paths: Vec<String> = files.keys().cloned().collect();
    if paths.is_empty() {
        return;
    }
    let (one, other) = (dice.pick(&paths).clone(), dice.pick(&paths).clone());
    let text = files[&one].clone();
    match dice.below(4) {
        // Two files swap their names.
        0 => {
            let second = files.insert(other, text).unwrap();
            files.insert(one, second);
        }
        // A file is split up into a folder of its name.
        1 => {
            files.remove(&one);
            files.insert(format!("{one}/inner.prompt"), text);
        }
        // A file is copied.
        2 => drop(files.insert(format!("copies/c{}.prompt", dice.below(3)), text)),
        // A folder goes.
        _ => {
            let folder = one
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_owned();
            if !folder.is_empty() {
                files.retain(|path, _| !path.starts_with(&format!("{folder}/")));
            }
        }
    }
}

/// What a person makes of a merge: one side of each file in conflict.
fn settle(history: &History, dice: &mut Dice, merge: &CommitMerge, sides: [&Files; 2]) -> Files {
    let mut settled = history.text_of(merge.outcome.partial_tree);
    for conflict in merge
        .outcome
        .conflicts
        .iter()
        .filter(|c| !c.kind.is_review_only())
    {
        let side = sides[dice.below(2)];
        for path in paths_of(conflict) {
            settled.remove(path);
            if let Some(text) = side.get(path) {
                settled.insert(path.to_owned(), text.clone());
            }
        }
    }
    // A file and a directory of one name cannot both stay.
    let paths: Vec<String> = settled.keys().cloned().collect();
    for path in paths {
        let below = format!("{path}/");
        if settled.keys().any(|other| other.starts_with(&below)) {
            settled.remove(&path);
        }
    }
    settled
}

fn number(name: &str, default: u64) -> u64 {
    let set = std::env::var_os(name);
    set.map_or(default, |text| text.to_str().unwrap().parse().unwrap())
}

#[test]
fn random_histories_merge_as_git_merges_them() {
    let count = number("VARIORUM_HISTORIES", HISTORIES);
    let first = number("VARIORUM_HISTORY_SEED", FIRST_SEED);
    let mut tally: BTreeMap<Ending, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for ending in (first..first + count).flat_map(run) {
        match ending {
            Ok(ending) => *tally.entry(ending).or_default() += 1,
            Err(told) => faults.push(told),
        }
    }
    // Not counted, because they are not picked at random.
    faults.extend(
        ONCE_FAULTY
            .into_iter()
            .flat_map(run)
            .filter_map(Result::err),
    );
    println!("{count} histories: {tally:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let of = |ending| tally.get(&ending).copied().unwrap_or_default();
    let (trees, conflicts) = (of(Ending::SameTree), of(Ending::SameConflicts));
    if count >= HISTORIES {
        let merges: usize = tally.values().sum();
        assert!(
            merges as u64 >= count,
            "hardly any history has a merge: {tally:?}"
        );
        assert!(
            trees * 5 > merges && conflicts * 5 > merges,
            "one-sided: {tally:?}"
        );
        assert!(
            (trees + conflicts) * 100 > merges * 85,
            "too many differ: {tally:?}"
        );
    }
}
