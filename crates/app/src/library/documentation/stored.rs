//! What a prompt says about itself, as a row of the listing keeps it.

use serde_json::{Map, Value, json};
use variorum_domain::documentation::{Dependency, Described, Documentation, Item, Position};
use variorum_domain::impact::EdgeKind;

/// As JSON.
pub(crate) fn encode(said: &Documentation) -> String {
    let places: Map<String, Value> = said
        .places
        .iter()
        .map(|(item, (line, column))| (item.name().to_owned(), json!([line, column])))
        .collect();
    json!({
        "intent": said.intent,
        "inputs": described(&said.inputs),
        "outputs": said.outputs,
        "format": said.format,
        "fields": described(&said.fields),
        "benchmarks": said.benchmarks,
        "kpis": said.kpis,
        "owner": said.owner,
        "uses": said.uses.iter().map(|one| json!([one.kind.name(), one.name, one.path])).collect::<Vec<_>>(),
        "places": places,
    })
    .to_string()
}

fn described(list: &[Described]) -> Value {
    let one = |one: &Described| json!([one.name, one.kind, one.text, one.required, one.at]);
    list.iter().map(one).collect()
}

/// From JSON; nothing where a row holds none, or what an older program wrote.
pub(crate) fn decode(text: &str) -> Option<Documentation> {
    let value: Value = serde_json::from_str(text).ok()?;
    let places = value["places"].as_object()?.iter();
    Some(Documentation {
        intent: text_of(&value["intent"]),
        inputs: described_of(&value["inputs"]),
        outputs: texts_of(&value["outputs"]),
        format: text_of(&value["format"]),
        fields: described_of(&value["fields"]),
        benchmarks: texts_of(&value["benchmarks"]),
        kpis: texts_of(&value["kpis"]),
        owner: text_of(&value["owner"]),
        uses: each(&value["uses"]).filter_map(dependency).collect(),
        places: places
            .filter_map(|(item, at)| Some((Item::from_name(item)?, position(at)?)))
            .collect(),
    })
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts_of(value: &Value) -> Vec<String> {
    each(value).map(text_of).collect()
}

fn described_of(value: &Value) -> Vec<Described> {
    let one = |one: &Value| Described {
        name: text_of(&one[0]),
        kind: text_of(&one[1]),
        text: text_of(&one[2]),
        required: one[3].as_bool().unwrap_or(false),
        at: position(&one[4]),
    };
    each(value).map(one).collect()
}

fn dependency(value: &Value) -> Option<Dependency> {
    Some(Dependency {
        kind: EdgeKind::from_name(value[0].as_str()?)?,
        name: text_of(&value[1]),
        path: value[2].as_str().map(str::to_owned),
    })
}

fn position(value: &Value) -> Option<Position> {
    let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
    Some((number(&value[0])?, number(&value[1])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::prompt::parse;

    #[test]
    fn what_is_kept_is_what_was_said() {
        let file = parse(
            "---\ndescription: It greets\ninput:\n  schema:\n    name?: string, who\noutput:\n  \
             format: json\n  schema:\n    line: string\nvariorum.owner: ann\nvariorum.kpis: [a]\n\
             variorum.benchmarks: [a 0.3]\n---\nHello {{name}} of {{town}}\n",
        );
        let uses = vec![
            Dependency {
                kind: EdgeKind::Includes,
                name: "voice".into(),
                path: None,
            },
            Dependency {
                kind: EdgeKind::Varies,
                name: "a.prompt".into(),
                path: Some("a.prompt".into()),
            },
        ];
        let said = Documentation::of(&file, uses);
        assert_eq!(said.inputs.len(), 2);
        assert_eq!(decode(&encode(&said)).as_ref(), Some(&said));
        assert_eq!(decode(""), None);
    }
}
