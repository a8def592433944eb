//! What is live beside what a rollout in the shadow would give.

use variorum_domain::id::RolloutNumber;

use super::{Audience, Facts, Index, ServedPrompt};

impl Index {
    /// The rollout in whose shadow a request is, once it is answered.
    pub fn shadow(
        &self,
        environment: Option<&str>,
        unit: Option<&str>,
        facts: &Facts<'_>,
    ) -> Option<RolloutNumber> {
        let name = environment.unwrap_or(&self.default_environment);
        let shadow = self.environments.get(name)?.designs.shadow.as_ref()?;
        shadow.covers(unit, facts).then_some(shadow.number)
    }

    /// What is live and what a rollout in the shadow would give, as long as it runs.
    pub(crate) fn beside(
        &self,
        environment: Option<&str>,
        rollout: RolloutNumber,
        prompt: &str,
        audience: Audience<'_>,
    ) -> Option<(&ServedPrompt, Option<&ServedPrompt>)> {
        let name = environment.unwrap_or(&self.default_environment);
        let environment = self.environments.get(name)?;
        let shadow = environment.designs.shadow.as_ref();
        let shadow = shadow.filter(|shadow| shadow.number == rollout)?;
        let (old, _) = environment.control.prompt(prompt, audience, 0)?;
        let new = shadow.brought().next()?.prompt(prompt, audience, 0);
        Some((old, new.map(|(new, _)| new)))
    }
}
