//! The figures: one line a class, and what was silent.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
};

use capstan_language::{diagnostic::Sink, document, source::SourceSet};

use super::{
    Class, Mutant,
    changes::mutants,
    subject::Subject,
    verdict::{Loud, Verdict, usual, verdict},
};

/// One mistake and what became of it.
pub struct Trial {
    /// The document's name.
    pub document: String,
    /// The mistake.
    pub mutant: Mutant,
    /// The verdict.
    pub verdict: Verdict,
}

/// What is tried.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// One class alone.
    pub class: Option<Class>,
    /// Documents of which something is to be said already, too.
    pub any: bool,
    /// Every how many of the mistakes; 0 and 1 mean each.
    pub every: usize,
}

/// The figures of a class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Mistakes made.
    pub all: usize,
    /// Of them, refused.
    pub errors: usize,
    /// Of them, warned of.
    pub warnings: usize,
    /// Of them, passed without a word.
    pub silent: usize,
    /// Of those said anything of, how many at the right line and column.
    pub placed: usize,
    /// Of those, how many are one finding.
    pub alone: usize,
    /// How many have something to name.
    pub nameable: usize,
    /// Of them, how many name it.
    pub named: usize,
}

/// Makes all mistakes in all documents and judges them, on as many threads as there are processors.
#[must_use]
pub fn run(subjects: &[Subject], choice: &Choice) -> (usize, Vec<Trial>) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut trials = Vec::new();
        let mut documents = 0;
        while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(found) = one(subject, choice) else { continue };
            documents += 1;
            trials.extend(found);
        }
        (documents, trials)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started.into_iter().map(|thread| thread.join().expect("a trial does not panic")).collect()
    });
    let documents = parts.iter().map(|(documents, _)| documents).sum();
    let mut trials: Vec<_> = parts.into_iter().flat_map(|(_, trials)| trials).collect();
    trials.sort_by(|a, b| (a.mutant.class, &a.document).cmp(&(b.mutant.class, &b.document)));
    (documents, trials)
}

fn one(subject: &Subject, choice: &Choice) -> Option<Vec<Trial>> {
    let usual = usual(subject, choice.any)?;
    let (_, document) =
        document::load(&mut SourceSet::new(), &subject.name, subject.text.clone().into_bytes(), &mut Sink::new());
    let made = mutants(&subject.text, &document?);
    let wanted = made.into_iter().filter(|mutant| choice.class.is_none_or(|class| class == mutant.class));
    let trials = wanted.step_by(choice.every.max(1)).map(|mutant| {
        let verdict = verdict(subject, &usual, &mutant);
        Trial { document: subject.name.clone(), mutant, verdict }
    });
    // To drop what is the default anyway, or to call something else that means the same, is no mistake: the very same plan comes of
    // it. A key or a word that nobody reads is one all the same: its author meant something.
    let meant = [Class::Required, Class::Reference, Class::Template, Class::With];
    let same = |trial: &Trial| meant.contains(&trial.mutant.class) && !trial.verdict.changed;
    Some(trials.filter(|trial| trial.verdict.loud != Loud::Silent || !same(trial)).collect())
}

/// The figures of each class.
#[must_use]
pub fn figures(trials: &[Trial]) -> BTreeMap<Class, Figures> {
    let mut found: BTreeMap<Class, Figures> = BTreeMap::new();
    for trial in trials {
        let figures = found.entry(trial.mutant.class).or_default();
        figures.all += 1;
        match trial.verdict.loud {
            Loud::Error => figures.errors += 1,
            Loud::Warning => figures.warnings += 1,
            Loud::Silent => figures.silent += 1,
        }
        if trial.verdict.loud != Loud::Silent {
            figures.placed += usize::from(trial.verdict.place);
            figures.alone += usize::from(trial.verdict.alone);
            figures.nameable += usize::from(trial.verdict.fix.is_some());
            figures.named += usize::from(trial.verdict.fix == Some(true));
        }
    }
    found
}

/// The figures as a table.
#[must_use]
pub fn table(figures: &BTreeMap<Class, Figures>) -> String {
    let mut out = String::from(
        "| class | mistakes | error | warning only | silent | place right | fix named | one finding |\n|---|---|---|---|---|---|---|---|\n",
    );
    let share = |part: usize, whole: usize| match whole {
        0 => "-".to_owned(),
        _ => {
            let thousandths = part * 1000 / whole;
            format!("{}.{} %", thousandths / 10, thousandths % 10)
        }
    };
    let mut sum = Figures::default();
    for one in figures.values() {
        sum.all += one.all;
        sum.errors += one.errors;
        sum.warnings += one.warnings;
        sum.silent += one.silent;
        sum.placed += one.placed;
        sum.alone += one.alone;
        sum.nameable += one.nameable;
        sum.named += one.named;
    }
    let rows = figures.iter().map(|(class, one)| (class.name(), *one)).chain([("all", sum)]);
    for (name, one) in rows {
        let said = one.errors + one.warnings;
        writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            one.all,
            share(one.errors, one.all),
            share(one.warnings, one.all),
            share(one.silent, one.all),
            share(one.placed, said),
            share(one.named, one.nameable),
            share(one.alone, said),
        )
        .expect("text can be written");
    }
    out
}
