//! Members that a unit reads of answers nothing describes. Any of them may be there; of two that are nearly alike the one that the
//! document writes less often is doubted, and what the job behind an answer selects counts as written.

use capstan_plan::{Job, JobResult, PathStep, Polling, ProgressTotal, Selector, SlotId};

use super::{
    derived::Derived,
    given::{JobSlots, Read},
    problem::Problem,
};
use crate::{
    diagnostic::Code,
    source::Spanned,
    suggest::{Names, slip},
};

/// Notes what a job selects in the answers that the slots hold.
pub(super) fn hear(derived: &mut Derived<'_>, job: &Job, slots: JobSlots, output: SlotId) {
    let mut heard = |slot: SlotId, selector: &Selector| {
        let way = selector.steps().or_else(|| selector.each()).unwrap_or_default();
        derived.reads.extend(Read::along(slot, way, |_| None));
    };
    for (_, selector) in &job.handle {
        heard(slots.submit, selector);
    }
    let whole = matches!(&job.polling.result, JobResult::Value(all) if all.steps().is_some_and(<[PathStep]>::is_empty));
    for selector in polled(&job.polling) {
        heard(slots.poll, selector);
        if whole {
            heard(output, selector);
        }
    }
}

/// What is selected in the answers to the questions for a job.
fn polled(polling: &Polling) -> impl Iterator<Item = &Selector> {
    let progress = polling.progress.iter().flat_map(|progress| {
        let total = match &progress.total {
            Some(ProgressTotal::Selected(total)) => Some(total),
            Some(ProgressTotal::Number(_)) | None => None,
        };
        progress.value.iter().chain(&progress.message).chain(total)
    });
    let result = match &polling.result {
        JobResult::Value(value) => value,
        JobResult::Fetched { link, .. } => &link.address,
    };
    let details = polling.failure.iter().filter_map(|(_, failure)| failure.detail.as_ref());
    std::iter::once(&polling.status).chain(progress).chain(details).chain(std::iter::once(result))
}

/// Doubts the rarer of two members that are nearly alike; of two that are as rare the later one.
pub(super) fn doubt(derived: &mut Derived<'_>) {
    let mut reads = std::mem::take(&mut derived.reads);
    reads.sort_by_key(|read| read.span.map(|span| (span.file, span.start)));
    // One template may stand for several units, and be looked at more than once.
    reads.dedup_by(|one, other| one.span.is_some() && one.span == other.span && one.is_beside(other));
    let often = |read: &Read| {
        let same = reads.iter().filter(|other| other.is_beside(read) && other.field == read.field);
        let heard = same.clone().any(|other| other.span.is_none());
        if heard { usize::MAX } else { same.count() }
    };
    let found: Vec<Problem> = reads
        .iter()
        .enumerate()
        .filter_map(|(at, read)| {
            let (_, right) = reads.iter().enumerate().find(|(place, other)| {
                let alike = other.is_beside(read) && slip(&read.field, [&*other.field], Names::Used).is_some();
                let (here, there) = (often(read), often(other));
                alike && (here < there || here == there && *place < at)
            })?;
            let message = format!("the same answer is read as having `{}` elsewhere", right.field);
            let written = Spanned::new(&*read.field, read.span?);
            Some(Problem::slip(written, message, &right.field).coded(Code::UnresolvedStep).doubtful())
        })
        .collect();
    found.into_iter().for_each(|problem| derived.problem(problem));
}
