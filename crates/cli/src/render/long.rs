//! Steps that hold steps, ask until something is over, compute or refuse.

use capstan_plan::{Block, PollSource, Polling, Step, StepKind};
use serde_json::{Value, json};

use super::template::Names;

/// Shows a step.
type Shown = fn(&Names<'_>, &Step) -> Value;

/// What such a step does; nothing of any other.
pub(super) fn step(names: &Names<'_>, kind: &StepKind, shown: Shown) -> Value {
    let list = |steps: &[Step]| -> Value { steps.iter().map(|step| shown(names, step)).collect() };
    let block = |block: &Block| json!({"steps": list(&block.steps), "gives": block.value.as_ref().map(|it| names.value("", it))});
    match kind {
        StepKind::Poll(polling) => json!({"poll": self::polling(names, polling)}),
        StepKind::If(branch) => {
            let (then, otherwise) = (block(&branch.then), block(&branch.otherwise));
            json!({"if": names.text(&branch.condition), "then": then, "else": otherwise})
        }
        StepKind::ForEach(each) => {
            let inside = block(&each.block);
            let on_error = if each.keeps_errors { "keep" } else { "stop" };
            json!({"forEach": names.text(&each.items), "parallel": each.parallel, "onError": on_error, "do": inside})
        }
        StepKind::Parallel(block) => json!({"parallel": list(&block.steps)}),
        StepKind::Set(value) => json!({"set": names.value("", value)}),
        StepKind::Fail(refusal) => {
            let text = |template: &Option<_>| template.as_ref().map(|it| names.text(it));
            json!({"fail": refusal.status, "title": text(&refusal.title), "detail": text(&refusal.detail)})
        }
        StepKind::Call(_) | StepKind::Lookup(_) | StepKind::Script(_) => Value::Null,
    }
}

fn polling(names: &Names<'_>, polling: &Polling) -> Value {
    let ask = match &polling.source {
        PollSource::Url(link) => names.text(&link.address),
        PollSource::Call(call) => call.request.name.to_string(),
    };
    json!({
        "ask": ask,
        "status": polling.status.text(),
        "pending": polling.pending,
        "success": polling.success,
        "timeoutMs": polling.timeout_ms,
    })
}
