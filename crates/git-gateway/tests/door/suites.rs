//! Push: suites that what is pushed reaches.

use crate::world::{World, commit, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_makes_a_case_fail_is_refused_with_the_case() {
    let world = World::with_library().await;
    let copy = world.copy("copy").await;
    commit(&copy, "prompts/hello.prompt", "Hello {{name}}.\n", "Greet").await;
    let suite = "prompts: [hello]\ntests:\n  - description: By name\n    vars: {name: Ann}\n    \
        assert: [{type: contains, value: Hello Ann}]\n";
    commit(&copy, "suites/hello.test.yaml", suite, "Test it").await;
    git(&copy, &["push"]).await.must();
    commit(&copy, "prompts/hello.prompt", "Hello.\n", "Name nobody").await;
    let refused = git(&copy, &["push"]).await;
    refused.must_refuse("`suites/hello.test.yaml`: “By name”: `contains` expected to contain");
    refused.must_refuse("what the case expects");
    commit(
        &copy,
        "prompts/hello.prompt",
        "Hello {{name}}!\n",
        "Name them",
    )
    .await;
    git(&copy, &["push"]).await.must();
}
