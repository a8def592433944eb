//! People, services and their tokens.

use variorum_domain::id::{ActorId, Time, TokenId};
use variorum_ports::Store;
use variorum_ports::rows::{ActorRow, TokenKind, TokenRow};

use super::{Checked, fresh, is_conflict};
use crate::build;

/// Actors are added, changed and listed oldest first.
pub async fn members(store: &dyn Store) -> Checked {
    let id = fresh(store, "members").await?;
    let other = fresh(store, "members").await?;
    let mut tx = store.begin(id).await?;
    let mut ann = build::actor(id, "Ann Lee");
    ann.id = tx.add_actor(&ann).await?;
    let mut bob = ActorRow {
        kind: "service".to_owned(),
        ..build::actor(id, "Bob \"β\" O'Neil")
    };
    bob.id = tx.add_actor(&bob).await?;
    let mut carol = build::actor(other, "Carol");
    carol.id = tx.add_actor(&carol).await?;
    "Bob".clone_into(&mut bob.name);
    bob.grants = vec![
        ("author".to_owned(), "prompts/ä \"x\"".to_owned()),
        ("viewer".to_owned(), String::new()),
    ];
    bob.disabled_at = Some(Time(5));
    tx.put_actor(&bob).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(tx.actor(ann.id).await?, Some(ann.clone()));
    assert_eq!(tx.actors(id).await?, [ann, bob.clone()]);
    assert_eq!(tx.actors(other).await?, [carol]);
    assert_eq!(tx.actor(ActorId(i64::MAX)).await?, None);
    drop(tx);

    let mut tx = store.begin(other).await?;
    bob.workspace = other;
    assert!(
        is_conflict(&tx.put_actor(&bob).await),
        "nobody moves to another workspace"
    );
    Ok(())
}

/// Tokens are found by hash, end once, and are listed while they live.
pub async fn tokens(store: &dyn Store) -> Checked {
    let id = fresh(store, "tokens").await?;
    let other = fresh(store, "tokens").await?;
    let mut tx = store.begin(id).await?;
    let actor = tx.add_actor(&build::actor(id, "Ann Lee")).await?;
    let mut first = build::token(id, actor, &format!("first {id}"));
    first.id = tx.add_token(&first).await?;
    let mut second = TokenRow {
        kind: TokenKind::SignIn,
        expires_at: Some(Time(9)),
        uses: "resolve,events".to_owned(),
        ..build::token(id, actor, &format!("second {id}"))
    };
    second.id = tx.add_token(&second).await?;
    assert!(
        is_conflict(&tx.add_token(&second).await),
        "hashes are unique"
    );
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(tx.token(first.id).await?, Some(first.clone()));
    assert_eq!(tx.token_by_hash(&second.hash).await?, Some(second.clone()));
    assert_eq!(tx.token_by_hash(b"none").await?, None);
    assert_eq!(tx.token(TokenId(i64::MAX)).await?, None);
    assert_eq!(tx.tokens(id).await?, [second.clone(), first.clone()]);
    assert_eq!(tx.tokens(other).await?, []);
    drop(tx);

    let end = async |at: i64| {
        let mut tx = store.begin(id).await?;
        let won = tx.end_token(second.id, Time(at)).await?;
        tx.commit().await?;
        Ok(won)
    };
    let (one, two) = futures::try_join!(end(1), end(2))?;
    assert!(one != two, "exactly one of two racing callers ends a token");
    let mut tx = store.read().await?;
    let ended = tx.token(second.id).await?.and_then(|token| token.ended_at);
    assert_eq!(
        ended,
        Some(Time(if one { 1 } else { 2 })),
        "the winner's time stays"
    );
    assert_eq!(
        tx.tokens(id).await?,
        [first],
        "what has ended is not listed"
    );
    Ok(())
}
