//! Never wrong in silence: typical mistakes in the shipped examples and in the capabilities of the behaviour specs are errors, or at
//! least warnings. The ceilings only ever fall; `cargo run -p capstan-tests --bin mutate -- capabilities --list silent` shows what
//! there is left.

use capstan_tests::mutate::{
    Class,
    report::{Choice, figures, run, table},
    subject::Subject,
};

/// The most mistakes of a class, in thousandths, that may pass without a word, and with a warning only; and the fewest diagnostics
/// that point at the mistake, and that name what was meant. What is left of templates and `with` goes into an answer that nothing
/// describes, a job's among them: a name inside it can be anything.
const CEILINGS: [(Class, [usize; 4]); 9] = [
    (Class::Key, [0, 1, 1000, 990]),
    (Class::Word, [0, 0, 1000, 990]),
    (Class::Reference, [0, 0, 990, 990]),
    (Class::Template, [30, 45, 965, 980]),
    (Class::With, [10, 15, 970, 985]),
    (Class::Selector, [0, 0, 1000, 0]),
    (Class::Required, [3, 15, 990, 990]),
    (Class::Type, [0, 2, 995, 0]),
    (Class::Move, [0, 5, 1000, 990]),
];

/// The fewest mistakes of a class, in thousandths, of which one finding is made and no cascade.
const ALONE: [(Class, usize); 6] = [
    (Class::Key, 990),
    (Class::Word, 990),
    (Class::Selector, 1000),
    (Class::Required, 800),
    (Class::Type, 900),
    (Class::Move, 700),
];

#[test]
fn mistakes_do_not_pass_in_silence() {
    let root = capstan_tests::root();
    let (shipped, examples) =
        run(&Subject::below(&root.join("capabilities")), &Choice { every: 2, ..Choice::default() });
    let specs = Choice { every: 9, ..Choice::default() };
    let (specs, mut trials) = run(&Subject::below(&root.join("tests/specs")), &specs);
    trials.extend(examples);
    assert!(shipped > 20 && specs > 50, "{shipped} examples and {specs} documents of specs were clean enough to try");
    let found = figures(&trials);
    let share = |part: usize, whole: usize| (part * 1000).checked_div(whole).unwrap_or_default();
    let mut wrong = Vec::new();
    for (class, [silent, warned, placed, named]) in CEILINGS {
        let one = found.get(&class).copied().unwrap_or_default();
        assert!(one.all > 15, "only {} mistakes of the class {}", one.all, class.name());
        let said = one.errors + one.warnings;
        let checks = [
            ("silent", share(one.silent, one.all), silent, false),
            ("warned of only", share(one.warnings, one.all), warned, false),
            ("at the right place", share(one.placed, said), placed, true),
            ("with what was meant", share(one.named, one.nameable), named, true),
        ];
        for (what, is, bound, least) in checks {
            if least && is < bound && (one.nameable > 0 || what != "with what was meant") || !least && is > bound {
                wrong.push(format!("{}: {is} of 1000 are {what}, not {bound}", class.name()));
            }
        }
    }
    for (class, least) in ALONE {
        let one = found.get(&class).copied().unwrap_or_default();
        let is = share(one.alone, one.errors + one.warnings);
        if is < least {
            wrong.push(format!("{}: {is} of 1000 are one finding, not {least}", class.name()));
        }
    }
    assert!(wrong.is_empty(), "{}\n\n{}", wrong.join("\n"), table(&found));
}
