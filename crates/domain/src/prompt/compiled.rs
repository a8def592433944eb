//! A prompt made ready to be filled in: partials resolved, nothing borrowed, nothing to change.

use serde_json::{Map, Value, json};

use super::Resolver;
use super::closure::Closure;
use super::conversation::{Collector, MessageSink, deliver};
use super::diagnostic::Diagnostic;
use super::file::PromptFile;
use super::message::Message;
use super::pool::PartialPool;
use super::usage::Usage;
use crate::template::{self, Data, Operations, RenderBuffer, RenderError, canonical_text, lower};

/// A prompt with all its partials, ready to be filled in by many threads at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    operations: Operations,
    partials: Vec<Operations>,
    partial_names: Vec<String>,
    variables: Variables,
    defaults: Map<String, Value>,
    /// The value of `@metadata`, kept only where a text may ask for it: ten thousand live prompts
    /// would hold their front matter in memory for nothing.
    metadata: Option<Value>,
}

/// The variables of a prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    /// Those the input schema declares, in its order.
    pub declared: Vec<String>,
    /// Those that must be given, unless they have a default.
    pub required: Vec<String>,
    /// Those the text uses, partials included, by name.
    pub used: Vec<String>,
}

/// What else a prompt is filled in with.
#[derive(Debug, Clone, Copy, Default)]
pub struct RenderOptions<'a> {
    /// The conversation so far.
    pub history: &'a [Message],
    /// Values of `@name`, such as `@state`.
    pub context: Option<&'a Map<String, Value>>,
    /// Variables that count where none is given, before those of the front matter.
    pub defaults: Option<&'a Map<String, Value>>,
}

impl Compiled {
    /// Resolves all partials of `file`. Warnings do not stand in the way.
    pub fn new<'a>(file: &'a PromptFile, resolver: &Resolver<'a>) -> Result<Self, Vec<Diagnostic>> {
        let closure = Closure::collect(&file.path, file, resolver);
        let mut findings = closure.cycles();
        let mut lowered = Vec::with_capacity(closure.members.len());
        for member in &closure.members {
            let mut index = |name: &str| closure.position(name).map(|position| position - 1);
            let (operations, faults) = lower(&member.template, &mut index);
            let own = member.file.diagnostics.iter().cloned();
            let found = own.chain(faults.into_iter().map(Diagnostic::from));
            findings.extend(found.map(|finding| finding.at_path(&member.path)));
            lowered.push(operations);
        }
        findings.retain(Diagnostic::is_error);
        if !findings.is_empty() {
            return Err(findings);
        }
        let partials = lowered.split_off(1);
        let names = closure
            .members
            .iter()
            .skip(1)
            .map(|member| member.name.clone());
        Ok(Self {
            operations: lowered.pop().unwrap_or_default(),
            partials,
            partial_names: names.collect(),
            variables: variables(file, &closure),
            defaults: file.front_matter.input_default.clone(),
            metadata: closure
                .members
                .iter()
                .any(|member| member.file.source().contains("metadata"))
                .then(|| json!({ "prompt": prompt_metadata(file) })),
        })
    }

    /// Fills in the prompt.
    pub fn render(
        &self,
        variables: &Map<String, Value>,
        options: &RenderOptions<'_>,
    ) -> Result<Vec<Message>, RenderError> {
        let mut collector = Collector::default();
        self.render_into(
            variables,
            options,
            &mut RenderBuffer::default(),
            &mut collector,
        )?;
        Ok(collector.messages)
    }

    /// Fills in the prompt and hands each message to `sink`.
    pub fn render_text_messages(
        &self,
        variables: &Map<String, Value>,
        sink: &mut dyn MessageSink,
    ) -> Result<(), RenderError> {
        let options = RenderOptions::default();
        self.render_into(variables, &options, &mut RenderBuffer::default(), sink)
    }

    /// Fills in the prompt into a buffer that may be used again, and hands each message to
    /// `sink`. On an error the sink has seen nothing.
    pub fn render_into(
        &self,
        variables: &Map<String, Value>,
        options: &RenderOptions<'_>,
        buffer: &mut RenderBuffer,
        sink: &mut dyn MessageSink,
    ) -> Result<(), RenderError> {
        buffer.clear();
        let nothing = Map::new();
        let layers = [
            variables,
            options.defaults.unwrap_or(&nothing),
            &self.defaults,
        ];
        let is_given = |name: &str| layers.iter().any(|layer| layer.contains_key(name));
        if !self.variables.required.iter().all(|name| is_given(name)) {
            let required = self.variables.required.iter();
            let missing = required.filter(|name| !is_given(name)).cloned().collect();
            return Err(RenderError::MissingVariables(missing));
        }
        let data = Data {
            variables: &layers,
            context: options.context,
            metadata: self.metadata.as_ref(),
        };
        template::render(&self.operations, &self.partials, data, buffer)?;
        deliver(buffer, options.history, sink);
        Ok(())
    }

    /// Takes partials that another prompt has in memory already from there.
    pub fn share(&mut self, pool: &mut PartialPool) {
        for (name, partial) in self.partial_names.iter().zip(&mut self.partials) {
            pool.share(name, partial);
        }
    }

    /// The variables.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The names of all partials, those of partials included, in the order they are met.
    pub fn partials(&self) -> &[String] {
        &self.partial_names
    }

    /// One text that says everything the prompt does, partials written out: the same text means
    /// the same answers. For digests and for people, not to be read in again.
    pub fn canonical_text(&self) -> String {
        canonical_text(&self.operations, &self.partials)
    }
}

fn prompt_metadata(file: &PromptFile) -> Value {
    let mut metadata = file.metadata();
    metadata.remove("input");
    metadata.remove("raw");
    Value::Object(metadata)
}

fn variables(file: &PromptFile, closure: &Closure<'_>) -> Variables {
    let schema = file.front_matter.input_schema.as_ref();
    let properties = schema.and_then(|schema| schema["properties"].as_object());
    let required = schema.and_then(|schema| schema["required"].as_array());
    let names = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned);
    Variables {
        declared: properties
            .into_iter()
            .flat_map(Map::keys)
            .cloned()
            .collect(),
        required: names.collect(),
        used: Usage::of(file, closure).used.into_iter().collect(),
    }
}
