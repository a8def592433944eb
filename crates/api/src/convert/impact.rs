//! What is reached, broken, and going on elsewhere.

use variorum_api_types::impact as wire;
use variorum_app::impact::{Collision, CollisionKind, Impact, Node, Row};
use variorum_domain::impact::contract::Breach;
use variorum_domain::impact::{Key, Place, Thing};
use variorum_domain::prompt::Severity;

use super::place;
use crate::problem::{Failure, sentence};

/// The whole answer.
pub(crate) fn impact(found: Impact) -> wire::Impact {
    let counts = found.counts.iter().map(|count| wire::ImpactCount {
        kind: count.thing.name().to_owned(),
        changed: count.changed,
        reached: count.reached,
    });
    let edges = found.graphic.edges.into_iter();
    let edges = edges.map(|(from, to, kind)| wire::ImpactEdge {
        id: format!("{from}|{}|{to}", kind.name()),
        from,
        to,
        kind: kind.name().to_owned(),
        phrase: kind.phrase().to_owned(),
    });
    wire::Impact {
        of: wire::ImpactSubject {
            kind: found.of.kind.to_owned(),
            id: found.of.id,
            title: found.of.title,
        },
        counts: counts.collect(),
        hidden: found.hidden,
        items: found.rows.into_iter().map(row).collect(),
        next: found.next.as_ref().map(Key::to_text),
        graph: wire::ImpactGraph {
            nodes: found.graphic.nodes.into_iter().map(node).collect(),
            edges: edges.collect(),
            left_out: found.graphic.left_out,
        },
        breaches: found.broken.breaches.iter().map(breach).collect(),
        breaches_unnamed: found.broken.unnamed,
        files_unread: found.broken.unread,
        collisions: found.collisions.into_iter().map(collision).collect(),
    }
}

fn node(node: Node) -> wire::ImpactNode {
    wire::ImpactNode {
        id: node.id,
        kind: node.thing.name().to_owned(),
        name: node.name,
        title: node.title,
        how: node.how.name().to_owned(),
        layer: node.layer,
        hidden: node.hidden,
    }
}

fn row(row: Row) -> wire::ImpactRow {
    let why = row.why.into_iter();
    wire::ImpactRow {
        node: node(row.node),
        reason: sentence(&row.reason),
        why: why
            .map(|(id, name, edge)| wire::ImpactStep {
                id,
                name,
                edge: edge.map(|kind| kind.name().to_owned()),
            })
            .collect(),
    }
}

/// A contract that is broken.
pub(crate) fn breach(breach: &Breach) -> wire::Breach {
    let severity = match breach.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    wire::Breach {
        severity: severity.to_owned(),
        code: breach.code.to_owned(),
        message: sentence(&breach.message),
        next: sentence(&breach.next),
        provider: at(&breach.provider),
        dependant: at(&breach.dependant),
        subject: breach.subject.clone(),
        renamed_to: breach.renamed_to.clone(),
    }
}

fn at(found: &Place) -> wire::Place {
    wire::Place {
        path: found.path.clone(),
        line: place(found.line),
        column: place(found.column),
    }
}

fn collision(found: Collision) -> wire::Collision {
    let (kind, number) = match found.kind {
        CollisionKind::Rollout(number) => ("rollout", number.0),
        CollisionKind::Change(number) => ("change", number.0),
    };
    wire::Collision {
        kind: kind.to_owned(),
        number,
        title: found.title,
        paths: found.paths,
        count: found.count,
        message: sentence(&found.message),
        next: sentence(&found.next),
    }
}

/// Kinds, separated by commas.
pub(crate) fn kinds(text: Option<&str>) -> Result<Vec<Thing>, Failure> {
    let names = text.unwrap_or_default().split(',').map(str::trim);
    let kind = |name: &str| {
        Thing::from_name(name).ok_or_else(|| {
            let known = Thing::ALL.map(Thing::name).join(", ");
            Failure::invalid(
                &format!("there is no kind `{name}`"),
                &format!("Use one or more of {known}."),
            )
        })
    };
    names.filter(|name| !name.is_empty()).map(kind).collect()
}
