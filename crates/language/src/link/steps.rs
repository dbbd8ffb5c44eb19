//! A list of steps, and the kinds of step that hold lists of their own. A step starts when everything it reads is there, so what it
//! waits for is found here, from the slots its templates read. A step that may refuse the call stands in the order of the text: it
//! waits for those before it, and those after it wait for it.

use capstan_plan::{Block, Branch, ForEach, JobCall, SlotId, Step, StepKind, Template};

use super::{
    context::Context,
    given::{JobSlots, Members, StepName},
    linking::Linking,
    reads::hear,
    step::{call, fail, lookup, poll, script, value},
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{ForEachDecl, IfDecl, StepDecl, StepDeclKind, ValueDecl},
};

/// Links steps in the order of the text; each sees the names of those before it.
pub(super) fn sequence<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &[StepDecl<'d>],
    sink: &mut Sink,
) -> Result<Vec<Step>, Defect> {
    let mut steps: Vec<Step> = Vec::with_capacity(declared.len());
    for declared in declared {
        let (mut kind, members) = step(context, linking, declared, sink)?;
        let slot = linking.derived.inputs.slot();
        let around = job_slots(context, linking, slot, &mut kind);
        let after = before(&kind, &steps);
        name_step(linking, declared, (slot, around, members), sink);
        let name = declared.name.map_or("", |n| n.value).into();
        steps.push(Step { name, slot, after, kind, origin: context.origins.at(declared.span) });
    }
    Ok(steps)
}

fn step<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &StepDecl<'d>,
    sink: &mut Sink,
) -> Result<(StepKind, Members), Defect> {
    let kind = match &declared.kind {
        StepDeclKind::Call { call, with } => {
            let (call, members) = call::step(context, linking, &declared.key_path, *call, with, sink)?;
            return Ok((StepKind::Call(Box::new(call)), members));
        }
        StepDeclKind::Lookup(decl) => StepKind::Lookup(Box::new(lookup::step(context, linking, decl, sink)?)),
        StepDeclKind::Script(decl) => StepKind::Script(Box::new(script::step(context, linking, declared, decl, sink)?)),
        StepDeclKind::Poll(decl) => {
            StepKind::Poll(Box::new(poll::step(context, linking, (&declared.key_path, declared.span), decl, sink)?))
        }
        StepDeclKind::If(decl) => StepKind::If(Box::new(choice(context, linking, decl, sink)?)),
        StepDeclKind::ForEach(decl) => StepKind::ForEach(Box::new(for_each(context, linking, decl, sink)?)),
        StepDeclKind::Parallel(steps) => StepKind::Parallel(Box::new(together(context, linking, steps, sink)?)),
        StepDeclKind::Set(decl) => StepKind::Set(Box::new(value::computed(context, linking, *decl, sink))),
        StepDeclKind::Fail(decl) => StepKind::Fail(Box::new(fail::step(context, linking, decl, sink))),
        StepDeclKind::Broken(defect) => return Err(defect.clone()),
    };
    let members = members(&kind);
    Ok((kind, members))
}

fn choice<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &IfDecl<'d>,
    sink: &mut Sink,
) -> Result<Branch, Defect> {
    Ok(Branch {
        condition: value::condition(context, linking, decl.condition, sink),
        then: block(context, linking, &decl.then, sink)?,
        otherwise: block(context, linking, &decl.otherwise, sink)?,
    })
}

/// The steps of a branch: its output is that of the last one.
fn block<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &[StepDecl<'d>],
    sink: &mut Sink,
) -> Result<Block, Defect> {
    let steps = inner(context, linking, declared, sink)?;
    let (value, slots) = (last(&steps), filled(&steps));
    Ok(Block::new(steps, value, slots))
}

/// Steps none of which waits for another.
fn together<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &[StepDecl<'d>],
    sink: &mut Sink,
) -> Result<Block, Defect> {
    let mut steps = inner(context, linking, declared, sink)?;
    steps.iter_mut().for_each(|step| step.after = Box::default());
    let slots = filled(&steps);
    Ok(Block::new(steps, None, slots))
}

fn last(steps: &[Step]) -> Option<Template> {
    steps.last().map(|step| Template::slot(step.slot))
}

fn for_each<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &ForEachDecl<'d>,
    sink: &mut Sink,
) -> Result<ForEach, Defect> {
    let items = value::list(context, linking, decl.items, sink);
    let item = linking.derived.inputs.slot();
    let names = linking.steps.clone();
    linking.steps.push(StepName::new(decl.name.map_or("item", |name| name.value), item));
    let steps = sequence(context, linking, &decl.steps, sink);
    let collected = |collect: ValueDecl<'d>| value::computed(context, linking, collect, sink);
    let collect = decl.collect.map(collected);
    linking.steps = names;
    let steps = steps?;
    let mut slots = filled(&steps);
    slots.push(item);
    let value = collect.or_else(|| last(&steps));
    let block = Block::new(steps, value, slots);
    Ok(ForEach { items, item, parallel: decl.parallel, keeps_errors: decl.keeps_errors, block })
}

/// Steps inside a step: nothing around them sees their names.
fn inner<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &[StepDecl<'d>],
    sink: &mut Sink,
) -> Result<Vec<Step>, Defect> {
    let names = linking.steps.clone();
    let steps = sequence(context, linking, declared, sink);
    linking.steps = names;
    steps
}

/// Gives the answers around the job of a call their slots.
fn job_slots(
    context: &Context<'_, '_>,
    linking: &mut Linking<'_>,
    slot: SlotId,
    kind: &mut StepKind,
) -> Option<JobSlots> {
    let StepKind::Call(call) = kind else { return None };
    let job = call.job.as_mut()?;
    let slots = JobSlots { submit: linking.derived.inputs.slot(), poll: linking.derived.inputs.slot() };
    *job = JobCall { submit: Some(slots.submit), poll: Some(slots.poll), ..*job };
    if let Some(job) = context.jobs.get(job.job) {
        hear(&mut linking.derived, job, slots, slot);
    }
    Some(slots)
}

/// Later templates call a step by its name.
fn name_step(
    linking: &mut Linking<'_>,
    declared: &StepDecl<'_>,
    (slot, job, members): (SlotId, Option<JobSlots>, Members),
    sink: &mut Sink,
) {
    let Some(name) = declared.name.map(|n| n.value).filter(|name| !name.is_empty()) else { return };
    let named = StepName { members, job, ..StepName::new(name, slot) };
    match linking.steps.iter_mut().find(|s| s.name == name) {
        Some(earlier) => {
            sink.warning(Code::DuplicateName, declared.span, format!("a second step is named `{name}`"))
                .help("the later one's output replaces the earlier one's");
            *earlier = named;
        }
        None => linking.steps.push(named),
    }
}

/// The members of the output of a step that is no call, where they are declared.
fn members(kind: &StepKind) -> Members {
    match kind {
        StepKind::Lookup(lookup) => Members::Declared(lookup.fields.iter().map(ToString::to_string).collect()),
        StepKind::Parallel(block) => Members::Declared(block.steps.iter().map(|step| step.name.to_string()).collect()),
        StepKind::Set(value) => match &**value {
            Template::Object(members) => Members::Declared(members.iter().map(|(name, _)| name.to_string()).collect()),
            _ => Members::Unknown,
        },
        // What a script returns is known to it alone.
        _ => Members::Unknown,
    }
}

/// Which of the earlier steps one of this kind waits for.
fn before(kind: &StepKind, earlier: &[Step]) -> Box<[usize]> {
    let mut read = Vec::new();
    kind.templates(&mut |t| t.slots(&mut read));
    let all = refuses(kind);
    let waits = |step: &Step| all || refuses(&step.kind) || own_slots(step).any(|slot| read.contains(&slot));
    earlier.iter().enumerate().filter(|(_, step)| waits(step)).map(|(at, _)| at).collect()
}

/// The slots a step fills itself.
fn own_slots(step: &Step) -> impl Iterator<Item = SlotId> {
    let job = match &step.kind {
        StepKind::Call(call) => call.job,
        _ => None,
    };
    std::iter::once(step.slot).chain(job.into_iter().flat_map(|job| job.submit.into_iter().chain(job.poll)))
}

/// Every slot steps fill, those inside them too.
fn filled(steps: &[Step]) -> Vec<SlotId> {
    let mut slots = Vec::new();
    for step in steps {
        slots.extend(own_slots(step));
        match &step.kind {
            StepKind::If(branch) => slots.extend(branch.then.slots.iter().chain(&branch.otherwise.slots)),
            StepKind::ForEach(each) => slots.extend(&each.block.slots),
            kind => slots.extend(kind.lists().into_iter().flat_map(filled)),
        }
    }
    slots
}

/// Whether a step may end the flow by the author's own words.
fn refuses(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Fail(_)) || kind.lists().into_iter().flatten().any(|step| refuses(&step.kind))
}
