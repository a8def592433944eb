//! The first question after a start, page by page: nothing of it was ever asked, nothing is kept.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use variorum_app::analysis::{AskCohorts, AskRetention, AskSeries, cohorts, retention, series};
use variorum_app::attribution::{Question, attribute};
use variorum_app::columns;
use variorum_domain::analysis::Grain;
use variorum_domain::attribution::By;
use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::Rollout;

use super::analysis::ASKED_MS;
use super::company::{Company, prompt_id};
use super::figure::Figure;

/// A page that asks something of all events.
#[derive(Clone, Copy)]
enum Page {
    /// A KPI by day and channel.
    Kpi,
    /// The KPI that most events are about.
    BusyKpi,
    /// A KPI of one prompt, by version and hour.
    Prompt,
    /// A rollout by region and channel.
    Groups,
    /// Who comes back, by region.
    Retention,
    /// Credits by channel.
    Channels,
    /// Credits by version of the prompt.
    Versions,
    /// A rollout.
    Results,
}

impl Page {
    const ALL: [Self; 8] = [
        Self::Kpi,
        Self::BusyKpi,
        Self::Prompt,
        Self::Groups,
        Self::Retention,
        Self::Channels,
        Self::Versions,
        Self::Results,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Kpi => "series_by_channel",
            Self::BusyKpi => "series_of_most_events",
            Self::Prompt => "series_of_prompt_by_version",
            Self::Groups => "cohorts",
            Self::Retention => "retention",
            Self::Channels => "attribution_by_channel",
            Self::Versions => "attribution_by_version",
            Self::Results => "result_page",
        }
    }

    /// Asks; returns how much was found.
    async fn ask(self, company: &Company, rollout: RolloutNumber) -> Result<usize> {
        let Company { ctx, actor } = company;
        Ok(match self {
            Self::Kpi => series(ctx, actor, &by_day("order", Some("channel")))
                .await?
                .lines
                .len(),
            Self::BusyKpi => series(ctx, actor, &by_day("click", None))
                .await?
                .lines
                .len(),
            Self::Prompt => {
                let ask = AskSeries {
                    prompt: Some(prompt_id(7)),
                    by: Some("version".into()),
                    grain: Grain::Hour,
                    from: Some(ctx.clock.now().plus_seconds(-14 * 86_400)),
                    ..by_day("order", None)
                };
                series(ctx, actor, &ask).await?;
                1
            }
            Self::Groups => {
                let ask = AskCohorts {
                    rollout,
                    kpi: Some("order".into()),
                    by: vec!["region".into(), "channel".into()],
                };
                cohorts(ctx, actor, &ask).await?.table.cohorts.len()
            }
            Self::Retention => {
                let ask = AskRetention {
                    kpi: "order".into(),
                    prompt: None,
                    by: "region".into(),
                    weeks: 8,
                };
                retention(ctx, actor, &ask).await?.curves.len()
            }
            Self::Channels => credits(company, By::Channel).await?,
            Self::Versions => credits(company, By::Version).await?,
            Self::Results => {
                variorum_app::rollouts::get(ctx, actor, rollout).await?;
                1
            }
        })
    }
}

fn by_day(kpi: &str, by: Option<&str>) -> AskSeries {
    AskSeries {
        kpi: kpi.into(),
        prompt: None,
        by: by.map(str::to_owned),
        from: None,
        until: None,
        grain: Grain::Day,
    }
}

async fn credits(company: &Company, by: By) -> Result<usize> {
    let question = Question {
        kpi: Some("order".into()),
        by,
        ..Question::default()
    };
    let found = attribute(&company.ctx, &company.actor, &question).await?;
    Ok(found.credits.names.len())
}

/// Starts anew for every page and round, and asks once.
pub(super) async fn measure(
    company: &Company,
    folder: &Path,
    rollout: &Rollout,
    rounds: usize,
) -> Result<()> {
    let mut figures: Vec<Figure> = Page::ALL.iter().map(|_| Figure::default()).collect();
    for _ in 0..rounds {
        for (page, figure) in Page::ALL.into_iter().zip(&mut figures) {
            let anew = company.started_anew(folder).await?;
            columns::refresh(&anew.ctx).await?;
            let begun = Instant::now();
            let found = page.ask(&anew, rollout.number).await?;
            figure.round(begun.elapsed().as_secs_f64() * 1e3, ASKED_MS);
            ensure!(found > 0, "nothing was found for {}", page.name());
        }
    }
    for (page, figure) in Page::ALL.iter().zip(&figures) {
        figure.print(&format!("first_{}_ms_vs_asked", page.name()));
    }
    Ok(())
}
