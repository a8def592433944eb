//! Partials that many prompts have in common, kept in memory once.

use std::collections::HashMap;

use crate::template::Operations;

/// Partials by name. One name stands for several where versions of a partial are in use at the same time,
/// or where partials it includes stand elsewhere in the table of their prompt.
#[derive(Debug, Default)]
pub struct PartialPool {
    by_name: HashMap<String, Vec<Operations>>,
}

impl PartialPool {
    /// Replaces a partial by an equal one that is held already, or holds it for those that come.
    pub(super) fn share(&mut self, name: &str, partial: &mut Operations) {
        let Some(known) = self.by_name.get_mut(name) else {
            self.by_name.insert(name.to_owned(), vec![partial.clone()]);
            return;
        };
        match known.iter().find(|one| *one == partial) {
            Some(same) => *partial = same.clone(),
            None => known.push(partial.clone()),
        }
    }

    /// Forgets what no prompt has any more.
    pub fn forget_unused(&mut self) {
        self.by_name.retain(|_, known| {
            known.retain(|one| !one.is_alone());
            !known.is_empty()
        });
    }

    /// How many partials are held.
    pub fn len(&self) -> usize {
        self.by_name.values().map(Vec::len).sum()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::PartialPool;
    use crate::prompt::{Compiled, parse};

    fn compiled(text: &str, partial: &str) -> Compiled {
        let (file, partial) = (parse(text), parse(partial));
        Compiled::new(&file, &|name| (name == "voice").then_some(&partial)).unwrap()
    }

    #[test]
    fn equal_partials_are_held_once_and_render_as_before() {
        let mut pool = PartialPool::default();
        let texts = [
            ("One {{> voice}}", "calm"),
            ("Two {{> voice}}", "calm"),
            ("Three {{> voice}}", "loud"),
        ];
        let mut prompts: Vec<Compiled> = texts.map(|(text, voice)| compiled(text, voice)).into();
        let before = prompts.clone();
        for prompt in &mut prompts {
            prompt.share(&mut pool);
        }
        assert_eq!(prompts, before);
        assert_eq!(pool.len(), 2);
        drop(before);
        prompts.pop();
        pool.forget_unused();
        assert_eq!(pool.len(), 1);
        drop(prompts);
        pool.forget_unused();
        assert!(pool.is_empty());
    }
}
