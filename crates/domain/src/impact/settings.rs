//! Which definitions of `library.yaml` a change touches.

use std::collections::{BTreeMap, BTreeSet};

use crate::library::Library;

/// The names in the graph of the KPIs, channels, brands, regions and categories that are defined
/// differently, added or gone.
pub fn changed_settings(before: &Library, after: &Library) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    differing("kpi", &before.kpis, &after.kpis, &mut names);
    differing("channel", &before.channels, &after.channels, &mut names);
    differing("brand", &before.brands, &after.brands, &mut names);
    differing("region", &before.regions, &after.regions, &mut names);
    let categories = |library: &Library| -> BTreeMap<String, _> {
        let each = library.categories.iter();
        each.map(|category| (category.path.clone(), category.clone()))
            .collect()
    };
    differing(
        "category",
        &categories(before),
        &categories(after),
        &mut names,
    );
    names
}

fn differing<T: PartialEq>(
    kind: &str,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    out: &mut BTreeSet<String>,
) {
    let ids = before.keys().chain(after.keys());
    let changed = ids.filter(|id| before.get(*id) != after.get(*id));
    out.extend(changed.map(|id| format!("{kind}:{id}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_defined_differently_counts() {
        let before = Library::parse("kpis: [{id: a}, {id: b}]\nbrands: {x: X}\n").unwrap();
        let after = Library::parse(
            "title: T\nkpis: [{id: a, direction: down}, {id: b}]\nbrands: {x: X}\nregions: {de: D}\n",
        );
        let changed = changed_settings(&before, &after.unwrap());
        assert_eq!(
            changed.into_iter().collect::<Vec<_>>(),
            ["kpi:a", "region:de"]
        );
    }
}
