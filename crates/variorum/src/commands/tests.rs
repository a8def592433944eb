//! What can be said on the command line, against a table.

use clap::{CommandFactory as _, Parser as _};

use super::*;
use crate::args::{Cli, Command};

fn parse(line: &str) -> Result<RemoteCommand, String> {
    let words = std::iter::once("variorum").chain(line.split_whitespace());
    match Cli::try_parse_from(words) {
        Ok(Cli {
            command: Command::Remote(command),
            ..
        }) => Ok(command),
        Ok(other) => Err(format!("{other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn the_definition_of_the_commands_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_is_explained_with_an_example() {
    fn visit(command: &clap::Command, path: &str, missing: &mut Vec<String>) {
        let path = format!("{path} {}", command.get_name());
        let has_example = command
            .get_after_help()
            .is_some_and(|text| text.to_string().contains(&format!("Example:{path}")));
        if command.get_subcommands().next().is_none() && !has_example {
            missing.push(path.clone());
        }
        let undocumented = command
            .get_arguments()
            .filter(|arg| arg.get_help().is_none());
        missing.extend(undocumented.map(|arg| format!("{path} {}", arg.get_id())));
        command
            .get_subcommands()
            .for_each(|command| visit(command, &path, missing));
    }
    let ours = <RemoteCommand as clap::Subcommand>::augment_subcommands(clap::Command::new("x"));
    let mut missing = Vec::new();
    ours.get_subcommands()
        .for_each(|command| visit(command, " variorum", &mut missing));
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Lines as people write them, one command each.
const LINES: &str = "\
    whoami
    status --json
    impact email/welcome --kind prompt,workflow
    impact --draft campaign/autumn --all
    impact --change CH-42 --json
    stop-everything --reason mistake
    stop-everything --environment production --reason mistake --json
    stops list
    stops lift 1 --reason mended
    incidents list --open
    incidents show I-3
    incidents acknowledge 3 --note looking
    incidents snooze I-3 --until 2026-12-03T18:00:00Z --reason later
    incidents hand-over I-3 --to bob@acme.example --reason his
    incidents resolve I-3 --reason mended
    ladders show
    ladders test revenue
    ladders log
    on-call who --days 14
    prompts list --folder prompts/email --with-errors --all
    prompts list --includes partials/_voice --kind prompt
    prompts search welcome discount --limit 5
    prompts show email/welcome --version 4
    prompts source email/welcome --draft campaign/x
    prompts history email/welcome
    prompts compare email/welcome 4 v5
    prompts save a --file - --subject S --base c0ffee --hypothesis H
    prompts delete a --subject S
    prompts preview a.prompt --var a=b --var n:=1 --as prompts/a.prompt
    drafts list
    drafts create campaign/x --from main
    drafts show campaign/x
    drafts publish campaign/x --subject S --resolve a=b --resolve-deleted c
    drafts delete campaign/x --reason R
    drafts list --status closed --kind campaign
    draft close campaign/x --reason R
    draft reopen campaign/x
    draft restore campaign/x
    draft update campaign/x --resolve a=b
    draft extend experiment/x --ends never
    change open campaign/x --subject S --problem P --reviewer a@b
    change list --status open --owed
    change show CH-4
    change ask 4 a@b
    change review CH-4 --approve --meaning compliance
    change review CH-4 --request-changes --note N
    change comment CH-4 --text T --path a.prompt --line 3
    change suggest CH-4 --path a.prompt --line 3 --with -
    change reply 7 --text T
    change resolve 7
    change accept 7
    change merge CH-4
    change close CH-4 --reason R
    change reopen CH-4
    hotfix publish hotfix/x --reason R
    inbox --all --read 7
    records welcome --kpi click --campaign autumn
    log
    log --draft campaign/x --limit 3
    log c0ffee
    releases list
    releases create --note N --from c0ffee
    releases show 12 --manifest
    live
    go-live 12 --reason R
    roll-back --environment preview --reason R
    rollouts list --open
    rollouts watch R-4
    rollouts show 4
    rollouts plan --kpi click --lift -5% --daily 900 --coverage 50%
    rollouts advance 4
    rollouts finish 4 --reason R
    rollouts ask R-4 --finish --arm 2 --reason R
    rollouts ask R-4 --go-on --reason R
    rollouts confirm R-4
    rollouts decline R-4 --reason R
    rollouts roll-back 4 --reason R
    cohorts R-4 --by region,channel --kpi order
    kpi list
    kpi show order --prompt email/welcome --by version --from 2026-10-01 --hourly
    resolve email/welcome --unit u --vars-file v.json
    events send -
    events outcome --unit u --kpi revenue --value -1.5
    events exposure --unit u --rollout R-4 --arm treatment
    activity --target rollout:R-4
    people list
    people invite --name N --email e --role author --prefix prompts/ads/
    people change 4 --disable --reason R
    keys list
    keys add id.pub --title laptop
    keys remove 3 --reason R
    keys allowed-signers
    mirror list
    mirror add origin https://git.example.com/x.git --direction both --credential env:VARIORUM_MIRROR_X
    mirror show origin
    mirror sync origin --wait 5
    mirror remove origin --reason R
    tokens list
    tokens create --name N --role viewer --service --days 30
    tokens revoke 7";

#[test]
fn what_people_write_is_understood() {
    for line in LINES.lines() {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn a_rollout_is_started_as_it_is_written() {
    let line = "rollouts start --release 12 --title T --stage 10% --stage 100% \
        --guard first_order:decrease:0.05 --guard unsubscribe --alpha 0.02 \
        --pre-period-days 14 --not-worse-by unsubscribe:20% --not-worse-by first_order:1%";
    let Ok(RemoteCommand::Rollouts(rollouts::RolloutsCommand::Start(args))) = parse(line) else {
        panic!("{:?}", parse(line));
    };
    assert_eq!((args.release, args.stage), (12, vec![1_000, 10_000]));
    let guards = args
        .guard
        .iter()
        .map(|guard| (guard.kpi.as_str(), guard.margin));
    let expected = [("first_order", 0.05), ("unsubscribe", 0.0)];
    assert_eq!(guards.collect::<Vec<_>>(), expected);
    assert_eq!((args.alpha, args.pre_period_days), (Some(0.02), Some(14)));
    let margins = [
        ("unsubscribe".to_owned(), 0.2),
        ("first_order".to_owned(), 0.01),
    ];
    assert_eq!(args.not_worse_by, margins);
    let asks = parse("rollouts ask R-4 --go-live --arm 2 --reason known");
    let Ok(RemoteCommand::Rollouts(rollouts::RolloutsCommand::Ask(asks))) = asks else {
        panic!("{asks:?}");
    };
    assert_eq!(
        (asks.go_live, asks.finish, asks.arm),
        (true, false, Some(2))
    );
}

#[test]
fn what_is_wrong_is_said_with_how_to_write_it() {
    let start = "rollouts start --release 1 --title T";
    let rows = [
        (format!("{start} --stage 10"), "write a share like `10%`"),
        (
            format!("{start} --stage 120%"),
            "above 0% and at most at 100%",
        ),
        (
            format!("{start} --stage 1% --guard x:down"),
            "`decrease` or `increase`, not `down`",
        ),
        (
            format!("{start} --stage 1% --not-worse-by x:0%"),
            "write a share above 0",
        ),
        (
            format!("{start} --stage 1% --pre-period-days two"),
            "invalid value",
        ),
        (
            "rollouts ask R-4 --go-live --finish --reason r".to_owned(),
            "cannot be used with",
        ),
        (start.to_owned(), "--stage <SHARE>"),
        ("resolve p --var name".to_owned(), "has no `=`"),
        (
            "rollouts show four".to_owned(),
            "write a rollout like `12` or `R-12`",
        ),
        (
            "changes show four".to_owned(),
            "write a change like `42` or `CH-42`",
        ),
        ("hotfix publish hotfix/x".to_owned(), "--reason <TEXT>"),
        ("go-live 12".to_owned(), "--reason <TEXT>"),
        ("people change 4".to_owned(), "--role"),
        (
            "people change 4 --enable --disable".to_owned(),
            "cannot be used with",
        ),
        ("tokens create --name N --role boss".to_owned(), "publisher"),
        ("events exposure --unit u --rollout 4".to_owned(), "--arm"),
    ];
    for (line, message) in rows {
        let error = parse(&line).unwrap_err();
        assert!(error.contains(message), "{line}: {error}");
    }
}
