//! Stops, incidents, ladders and messages.

use variorum_api_types::escalation as wire;
use variorum_app::escalation::{CalendarView, Rules, TestedLadder};
use variorum_domain::escalation::{
    Cause, Delivery, Incident, Ladder, Route, Shift, Step, Target, Urgency, Webhook,
};
use variorum_domain::stop::Stop;

use super::diagnostic;
use crate::time::format;

pub(crate) fn stop(stop: Stop) -> wire::Stop {
    let holds = stop.lifted.is_none();
    let lifted = stop.lifted;
    wire::Stop {
        number: stop.number,
        environment: stop.environment,
        reason: stop.reason,
        at: format(stop.at),
        by: stop.by_name,
        ended: stop.ended.iter().map(|number| number.0).collect(),
        holds,
        lifted_at: lifted.as_ref().map(|one| format(one.at)),
        lifted_by: lifted.as_ref().map(|one| one.by.clone()),
        lift_reason: lifted.map(|one| one.reason),
    }
}

pub(crate) fn incident(one: &Incident) -> wire::Incident {
    let alarm = &one.alarm;
    wire::Incident {
        number: one.number.0,
        state: one.state.name().to_owned(),
        cause: alarm.cause.name().to_owned(),
        urgency: alarm.urgency.name().to_owned(),
        subject: alarm.subject.clone(),
        title: alarm.title.clone(),
        text: alarm.text.clone(),
        environment: alarm.environment.clone(),
        path: alarm.path.clone(),
        kpi: alarm.kpi.clone(),
        ladder: one.ladder.clone(),
        ladder_title: one.ladder_title.clone(),
        round: one.round,
        steps: one.course.steps.len(),
        told: one.step,
        next_at: one.next_at().map(format),
        holder: one.holder.as_ref().map(|who| who.name.clone()),
        snoozed_until: one.snoozed_until.map(format),
        opened_at: format(one.opened_at),
        times: one.times,
        last_at: format(one.last_at),
        resolved_at: one.resolved_at.map(format),
    }
}

pub(crate) fn detail(one: &Incident, told: Vec<Delivery>) -> wire::IncidentDetail {
    let lines = one.lines.iter().map(|line| wire::IncidentLine {
        at: format(line.at),
        who: line.who.clone(),
        text: line.text.clone(),
    });
    wire::IncidentDetail {
        incident: incident(one),
        steps: one.course.steps.iter().map(step).collect(),
        lines: lines.collect(),
        deliveries: told.into_iter().map(delivery).collect(),
    }
}

fn names<T: Copy>(values: &[T], name: impl Fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|one| name(*one).to_owned()).collect()
}

fn step(step: &Step) -> wire::LadderStep {
    wire::LadderStep {
        tell: step.tell.iter().map(Target::to_string).collect(),
        by: names(&step.by, Route::name),
        minutes: step.minutes,
    }
}

fn ladder(one: &Ladder) -> wire::Ladder {
    wire::Ladder {
        id: one.id.clone(),
        title: one.title.clone(),
        causes: names(&one.when.causes, Cause::name),
        paths: one.when.paths.texts().map(str::to_owned).collect(),
        environments: one.when.environments.clone(),
        kpis: one.when.kpis.clone(),
        urgency: one.when.urgency.map(Urgency::name).map(str::to_owned),
        steps: one.course.steps.iter().map(step).collect(),
        repeat: one.course.repeat,
    }
}

fn webhook(one: &Webhook) -> wire::Webhook {
    wire::Webhook {
        id: one.id.clone(),
        url: one.url.to_string(),
        form: one.form.name().to_owned(),
        secret: one.secret.as_ref().map(ToString::to_string),
    }
}

pub(crate) fn rules(found: &Rules) -> wire::EscalationRules {
    let fallback = Ladder::fallback();
    let ladders = found.rules.ladders.iter().chain([&fallback]);
    wire::EscalationRules {
        ladders: ladders.map(ladder).collect(),
        webhooks: found.rules.webhooks.iter().map(webhook).collect(),
        problems: found.problems.iter().map(diagnostic).collect(),
        means: wire::SendingMeans {
            mail_server: found.means.mail_server.clone(),
            mail_from: found.means.mail_from.clone(),
            private_addresses: found.means.private_addresses,
        },
    }
}

pub(crate) fn tested(found: TestedLadder) -> wire::TestedLadder {
    let steps = found.steps.into_iter();
    let steps = steps.map(|(told, nobody)| wire::TestedStep { told, nobody });
    wire::TestedLadder {
        steps: steps.collect(),
    }
}

pub(crate) fn calendar(view: CalendarView) -> wire::OnCallCalendar {
    let calendar = view.calendar;
    let shift = |one: &Shift| wire::Shift {
        from: format(one.from),
        until: format(one.until),
        from_local: calendar.local(one.from),
        until_local: calendar.local(one.until),
        people: one.people.clone(),
    };
    wire::OnCallCalendar {
        shifts: view.shifts.iter().map(shift).collect(),
        now: view.now,
        id: calendar.id.clone(),
        title: calendar.title.clone(),
        zone: calendar.zone.clone(),
    }
}

pub(crate) fn delivery(one: Delivery) -> wire::Delivery {
    wire::Delivery {
        number: one.number,
        key: one.key,
        incident: one.incident.map(|number| number.0),
        ladder: one.ladder,
        route: one.route.name().to_owned(),
        to: one.to,
        subject: one.subject,
        state: one.state.name().to_owned(),
        tries: one.tries,
        answer: one.answer,
        made_at: format(one.made_at),
        sent_at: one.sent_at.map(format),
        next_at: one.next_at.map(format),
    }
}
