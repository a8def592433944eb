//! Reading `rules/escalation.yaml`; every refusal has a line and a column.

use jiff::civil::DateTime;
use serde_json::Value;

use super::on_call::zone;
use super::{
    Calendar, Cause, Course, ESCALATION_FILE, Escalation, Ladder, OnCallOverride, Rotation, Route,
    SecretName, Step, Target, Urgency, Webhook, WebhookAddress, WebhookForm, When, is_address,
};
use crate::policy::{Globs, Reader, read_rules};
use crate::prompt::{Diagnostic, YamlNode, YamlValue, suggestion};

const KEYS: [&str; 5] = ["title", "description", "ladders", "calendars", "webhooks"];
const LADDER_KEYS: [&str; 5] = ["id", "title", "when", "steps", "repeat"];
const WHEN_KEYS: [&str; 5] = ["causes", "paths", "environments", "kpis", "urgency"];
const STEP_KEYS: [&str; 3] = ["tell", "by", "minutes"];
const CALENDAR_KEYS: [&str; 5] = ["id", "title", "zone", "rotations", "overrides"];
const ROTATION_KEYS: [&str; 5] = ["people", "starts", "days", "between", "weekdays"];
const OVERRIDE_KEYS: [&str; 3] = ["person", "from", "until"];
const WEBHOOK_KEYS: [&str; 4] = ["id", "url", "form", "secret"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The longest deadline of a step: a week.
const MINUTES_MAX: u32 = 10_080;
/// Most rounds after the first.
const REPEAT_MAX: u32 = 20;
/// The longest turn.
const TURN_DAYS_MAX: u32 = 365;

impl Escalation {
    /// Reads the file; what is not said is not there.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        read_rules(text, ESCALATION_FILE, Reader::escalation)
    }
}

impl Reader {
    fn escalation(&mut self, root: &YamlNode) -> Escalation {
        self.known_keys(root, &KEYS);
        let calendars = self.each(root, "calendars", Self::calendar);
        let webhooks = self.each(root, "webhooks", Self::webhook);
        let mut found = Escalation {
            ladders: Vec::new(),
            calendars,
            webhooks,
        };
        for (place, node) in self.items(root, "ladders").iter().enumerate() {
            let ladder = self.ladder(node, place, &found);
            if found.ladders.iter().any(|known| known.id == ladder.id) {
                self.fault(node, format!("two ladders have the id `{}`", ladder.id));
            }
            found.ladders.push(ladder);
        }
        self.unique(root, "calendars", found.calendars.iter().map(|one| &one.id));
        self.unique(root, "webhooks", found.webhooks.iter().map(|one| &one.id));
        found
    }

    fn each<T>(
        &mut self,
        root: &YamlNode,
        key: &str,
        read: impl Fn(&mut Self, &YamlNode) -> T,
    ) -> Vec<T> {
        let items = self.items(root, key).iter();
        items.map(|node| read(self, node)).collect()
    }

    fn unique<'i>(&mut self, root: &YamlNode, key: &str, ids: impl Iterator<Item = &'i String>) {
        let mut seen: Vec<&String> = Vec::new();
        for id in ids {
            if seen.contains(&id)
                && let Some(node) = root.get(key)
            {
                self.fault(node, format!("two of `{key}` have the id `{id}`"));
            }
            seen.push(id);
        }
    }

    /// The id of a thing that others name.
    fn id(&mut self, node: &YamlNode) -> String {
        let id = self.text(node, "id");
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || id.len() > 60 || !id.chars().all(letter) {
            let at = node.get("id").unwrap_or(node);
            self.fault(
                at,
                "it needs an `id` of lower-case letters, digits and `-`, at most 60",
            );
        }
        id
    }

    fn titled(&mut self, node: &YamlNode, id: &str) -> String {
        let title = self.text(node, "title");
        if title.is_empty() {
            id.to_owned()
        } else {
            title
        }
    }

    /// A whole number within limits, or what counts where none is given.
    fn within(
        &mut self,
        node: &YamlNode,
        key: &str,
        limits: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        let Some(value) = node.get(key) else {
            return default;
        };
        let number = match &value.value {
            YamlValue::Scalar(Value::Number(number)) => number.as_u64(),
            _ => None,
        };
        let number = number.and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| limits.contains(number)) {
            Some(number) => number,
            None => {
                let (low, high) = (limits.start(), limits.end());
                self.fault(
                    value,
                    format!("`{key}` must be a number from {low} to {high}"),
                );
                default
            }
        }
    }

    /// Names of a closed list, each read or found fault with.
    fn named<T>(
        &mut self,
        node: &YamlNode,
        key: &str,
        known: &[&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for (name, at) in self.texts(node, key) {
            match read(&name) {
                Some(value) => found.push(value),
                None => {
                    let near = suggestion(&name, known.iter().copied());
                    let hint = near.map_or_else(
                        || format!("one of {}", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.fault(at, format!("`{key}` knows no `{name}`; {hint}"));
                }
            }
        }
        found
    }

    fn ladder(&mut self, node: &YamlNode, place: usize, known: &Escalation) -> Ladder {
        self.known_keys(node, &LADDER_KEYS);
        let mut id = self.text(node, "id");
        if id.is_empty() {
            id = format!("ladder-{}", place + 1);
        }
        let title = self.titled(node, &id);
        let when = node.get("when").map(|node| self.when(node));
        let items = self.items(node, "steps").iter();
        let steps: Vec<Step> = items.map(|step| self.step(step, known)).collect();
        if steps.is_empty() {
            self.fault(
                node,
                format!("ladder `{id}` needs `steps`: whom to tell first"),
            );
        }
        Ladder {
            when: when.unwrap_or_default(),
            course: Course {
                steps,
                repeat: self.within(node, "repeat", 0..=REPEAT_MAX, 0),
            },
            id,
            title,
        }
    }

    fn when(&mut self, node: &YamlNode) -> When {
        self.known_keys(node, &WHEN_KEYS);
        let plain = |texts: Vec<(String, &YamlNode)>| {
            let texts = texts.into_iter().map(|(text, _)| text);
            texts.collect::<Vec<String>>()
        };
        let patterns = self.texts(node, "paths");
        let paths = if patterns.is_empty() {
            Globs::default()
        } else {
            self.globs(node, &patterns)
        };
        let causes = Cause::ALL.map(Cause::name);
        let urgency = node.get("urgency").and_then(|value| {
            let found = value.as_str().and_then(Urgency::from_name);
            if found.is_none() {
                let known = Urgency::ALL.map(Urgency::name).join("`, `");
                self.fault(value, format!("`urgency` must be one of `{known}`"));
            }
            found
        });
        When {
            causes: self.named(node, "causes", &causes, Cause::from_name),
            paths,
            environments: plain(self.texts(node, "environments")),
            kpis: plain(self.texts(node, "kpis")),
            urgency,
        }
    }

    fn step(&mut self, node: &YamlNode, known: &Escalation) -> Step {
        self.known_keys(node, &STEP_KEYS);
        let mut tell = Vec::new();
        for (text, at) in self.texts(node, "tell") {
            match Target::try_from(text) {
                Ok(Target::OnCall(id)) if known.calendar(&id).is_none() => {
                    self.fault(at, format!("there is no calendar `{id}` among `calendars`"));
                }
                Ok(Target::Webhook(id)) if known.webhook(&id).is_none() => {
                    self.fault(at, format!("there is no webhook `{id}` among `webhooks`"));
                }
                Ok(target) => tell.push(target),
                Err(message) => self.fault(at, message),
            }
        }
        if self.items(node, "tell").is_empty() {
            self.fault(node, "a step needs `tell`: a list of those who are told");
        }
        let ways = [Route::Inbox, Route::Email];
        let names = ways.map(Route::name);
        let read = |name: &str| ways.into_iter().find(|one| one.name() == name);
        let mut by = self.named(node, "by", &names, read);
        if node.get("by").is_none() {
            by.extend(ways);
        }
        Step {
            tell,
            by,
            minutes: self.within(node, "minutes", 1..=MINUTES_MAX, 15),
        }
    }

    fn calendar(&mut self, node: &YamlNode) -> Calendar {
        self.known_keys(node, &CALENDAR_KEYS);
        let id = self.id(node);
        let title = self.titled(node, &id);
        let mut name = self.text(node, "zone");
        if name.is_empty() {
            "UTC".clone_into(&mut name);
        }
        if zone(&name).is_none() {
            let at = node.get("zone").unwrap_or(node);
            let message = format!("nobody knows the zone `{name}`; write e.g. `Europe/Berlin`");
            self.fault(at, message);
        }
        Calendar {
            zone: name,
            rotations: self.each(node, "rotations", Self::rotation),
            overrides: self.each(node, "overrides", Self::steps_in),
            id,
            title,
        }
    }

    fn rotation(&mut self, node: &YamlNode) -> Rotation {
        self.known_keys(node, &ROTATION_KEYS);
        let mut people = Vec::new();
        for (address, at) in self.texts(node, "people") {
            if !is_address(&address) {
                self.fault(at, format!("`{address}` is not an e-mail address"));
            }
            people.push(address.to_lowercase());
        }
        if people.is_empty() {
            self.fault(node, "a rotation needs `people`: who takes turns");
        }
        let days = self.within(node, "days", 1..=TURN_DAYS_MAX, 7);
        let weekdays = self.named(node, "weekdays", &WEEKDAYS, |name| {
            let place = WEEKDAYS.iter().position(|day| *day == name)?;
            i8::try_from(place + 1).ok()
        });
        Rotation {
            people,
            starts: self.moment(node, "starts"),
            days: u16::try_from(days).unwrap_or(7),
            between: self.hours(node),
            weekdays,
        }
    }

    fn steps_in(&mut self, node: &YamlNode) -> OnCallOverride {
        self.known_keys(node, &OVERRIDE_KEYS);
        let person = self.text(node, "person").to_lowercase();
        if !is_address(&person) {
            self.fault(node, "an override needs `person`: an e-mail address");
        }
        let (from, until) = (self.moment(node, "from"), self.moment(node, "until"));
        if until <= from {
            self.fault(node, "`until` must be later than `from`");
        }
        OnCallOverride {
            person,
            from,
            until,
        }
    }

    /// A moment by the clock of the place.
    fn moment(&mut self, node: &YamlNode, key: &str) -> DateTime {
        let text = self.text(node, key);
        text.parse().unwrap_or_else(|_| {
            let at = node.get(key).unwrap_or(node);
            self.fault(
                at,
                format!("`{key}` must be a moment, e.g. `2026-11-02T09:00`"),
            );
            DateTime::ZERO
        })
    }

    /// The hours of a day, as `09:00-18:00`.
    fn hours(&mut self, node: &YamlNode) -> Option<(u16, u16)> {
        let value = node.get("between")?;
        let read = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let both = value.as_str().and_then(|text| {
            let (from, until) = text.split_once('-')?;
            Some((read(from)?, read(until)?))
        });
        let both = both.filter(|(from, until)| from != until);
        if both.is_none() {
            self.fault(value, "`between` must be hours, e.g. `\"09:00-18:00\"`");
        }
        both
    }

    fn webhook(&mut self, node: &YamlNode) -> Webhook {
        self.known_keys(node, &WEBHOOK_KEYS);
        let id = self.id(node);
        let text = self.text(node, "url");
        let url = match SecretName::parse(&text) {
            Some(name) => WebhookAddress::Secret(name),
            None => {
                if !(text.starts_with("https://") || text.starts_with("http://")) {
                    let at = node.get("url").unwrap_or(node);
                    self.fault(
                        at,
                        "`url` must begin with `https://`, or name a secret that does: \
                         `env:VARIORUM_NOTIFY_…` or `file:…`",
                    );
                }
                WebhookAddress::Plain(text)
            }
        };
        let form = match self.choice(node, "form", ["standard", "slack"]) {
            Some(1) => WebhookForm::Slack,
            _ => WebhookForm::Standard,
        };
        let secret = node.get("secret").and_then(|value| {
            let found = value.as_str().and_then(SecretName::parse);
            if found.is_none() {
                self.fault(
                    value,
                    "`secret` names a secret and never is one: `env:VARIORUM_NOTIFY_…` or `file:…`",
                );
            }
            found
        });
        if secret.is_none() && form == WebhookForm::Standard && node.get("secret").is_none() {
            self.fault(
                node,
                "a webhook of the form `standard` needs `secret` to be signed",
            );
        }
        Webhook {
            id,
            url,
            form,
            secret,
        }
    }
}
