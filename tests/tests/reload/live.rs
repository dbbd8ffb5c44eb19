//! Typical mistakes, saved into documents that are served and called: what worked goes on working, or the author was warned at WARN,
//! and what the author is told names the mistake. The documents are those of behaviour specs and shipped examples. `LIVE_EVERY=1`
//! makes every mistake instead of some, `LIVE_SECONDS` bounds it, and `LIVE_LIST=1` prints what broke a caller and what was not named.

#[path = "live/callers.rs"]
mod callers;
#[path = "live/scene.rs"]
mod scene;
#[path = "live/told.rs"]
mod told;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use capstan_language::{diagnostic::Sink, document, source::SourceSet};
use capstan_tests::mutate::{Mutant, changes::mutants};

use self::{
    callers::{Callers, Wrong},
    scene::Scene,
};
use crate::site::until;

/// What is edited: a bit of everything, two shipped capabilities with an OpenAPI document beside them, orchestrations, aggregates,
/// imports, nested outputs.
const SCENES: [&str; 9] = [
    "serving/edited-live",
    "flux/rest",
    "flux/tools",
    "examples/orders",
    "examples/tickets",
    "official/step-to-call",
    "defects/08-error-masking",
    "callers/documented-inputs",
    "defects/17-nested-outputs",
];

/// One save and what became of it.
struct Save {
    /// What is wrong with it; nothing when it is as it was.
    mutant: Option<Mutant>,
    /// What the reload came to.
    outcome: String,
}

/// What happened in all scenes.
#[derive(Default)]
struct Total {
    saves: usize,
    turned_down: usize,
    published: usize,
    told: usize,
    without_effect: usize,
    unnamed: Vec<String>,
    broke: BTreeMap<String, String>,
    asked: usize,
    wrong: usize,
    silent: Vec<String>,
}

#[test]
fn no_mistake_breaks_callers_without_a_warning() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let every = usize::try_from(number("LIVE_EVERY").unwrap_or(17)).unwrap();
    let share = Duration::from_secs(number("LIVE_SECONDS").unwrap_or(60)) / u32::try_from(SCENES.len()).unwrap();
    let mut total = Total::default();
    for name in SCENES {
        edit(name, every, share, &mut total);
    }
    total.print();
    let Total { silent, broke, unnamed, saves, asked, .. } = &total;
    assert!(silent.is_empty(), "{} wrong answers without a warning:\n{}", silent.len(), silent.join("\n"));
    let broke_unnamed: Vec<_> = broke.keys().filter(|what| unnamed.contains(what)).collect();
    assert!(broke_unnamed.is_empty(), "callers broke, and what was told names no mistake: {broke_unnamed:#?}");
    // Of what is turned down, the template and reference classes point at the use of a name and not at where it was mistyped.
    assert!(unnamed.len() * 50 <= *saves, "not named: {unnamed:#?}");
    assert!(*saves > 20 && *asked > 200, "{saves} saves, {asked} requests");
}

/// Makes mistakes in the documents of one spec while it is called.
fn edit(name: &str, every: usize, share: Duration, total: &mut Total) {
    let scene = Scene::of(&capstan_tests::root().join(format!("tests/specs/{name}.md")));
    let callers = Callers::begin(&scene.probes);
    // The first save is the start.
    let mut saves = vec![Save { mutant: None, outcome: "applied".to_owned() }];
    let end = Instant::now() + share;
    let mut made: Vec<(&Path, String, Mutant)> = Vec::new();
    for path in &scene.documents {
        let good = fs::read_to_string(scene.site.path(&path.display().to_string())).unwrap();
        let tree = document::load(&mut SourceSet::new(), "live.yaml", good.clone().into_bytes(), &mut Sink::new()).1;
        made.extend(mutants(&good, &tree.unwrap()).into_iter().map(|mutant| (path.as_path(), good.clone(), mutant)));
    }
    // Strides reach every class and every part of a document however early time is up.
    let strided = (0..every).flat_map(|from| made.iter().skip(from).step_by(every));
    for (path, good, mutant) in strided.take(made.len().div_ceil(every)).take_while(|_| Instant::now() < end) {
        for (text, mutant) in [(&mutant.text, Some(mutant)), (good, None)] {
            let outcome = callers.during(|| {
                fs::write(scene.site.path(&path.display().to_string()), text).unwrap();
                scene.site.control("POST", "/config/reload").1
            });
            let outcome = outcome["status"].as_str().unwrap_or_else(|| panic!("{outcome}")).to_owned();
            saves.push(Save { mutant: mutant.cloned(), outcome });
        }
    }
    let (asked, wrong) = callers.end();
    total.asked += asked;
    total.judge(name, &scene, &saves, &wrong);
}

impl Total {
    fn judge(&mut self, name: &str, scene: &Scene, saves: &[Save], wrong: &[Wrong]) {
        let told = until("the log is written", || {
            Some(told::by_save(&scene.site.capstan.log())).filter(|told| told.len() + 1 >= saves.len())
        });
        let told = |at: usize| at.checked_sub(1).and_then(|at| told.get(at)).map(Vec::as_slice).unwrap_or_default();
        let what = |at: usize| match &saves[at].mutant {
            Some(mutant) => format!("{name}: {}: {}", mutant.class.name(), mutant.what),
            None => format!("{name}: as it was"),
        };
        for (at, save) in saves.iter().enumerate() {
            let Some(mutant) = &save.mutant else { continue };
            self.saves += 1;
            match &*save.outcome {
                "rejected" => self.turned_down += 1,
                "applied" => self.published += 1,
                _ => self.without_effect += 1,
            }
            self.told += usize::from(save.outcome == "applied" && !told(at).is_empty());
            if !told(at).is_empty() && !told::names(told(at), mutant) {
                self.unnamed.push(what(at));
                if std::env::var_os("LIVE_LIST").is_some() {
                    println!("  not named: {}\n    {}", what(at), told(at).join("\n    "));
                }
            }
        }
        // What was published before stays until the next save has taken effect.
        let warned =
            |at: &usize| saves[*at].mutant.is_some() && saves[*at].outcome == "applied" && !told(*at).is_empty();
        for one in wrong {
            self.wrong += 1;
            let last = one.last.min(saves.len() - 1);
            match (one.first.saturating_sub(1)..=last).find(warned) {
                Some(at) => drop(self.broke.insert(what(at), one.what.clone())),
                None => {
                    let between: Vec<_> =
                        (one.first..=last).map(|at| format!("{} ({})", what(at), saves[at].outcome)).collect();
                    self.silent.push(format!("{}: {}", between.join(" then "), one.what));
                }
            }
        }
    }

    fn print(&self) {
        println!(
            "{} mistakes: {} turned down, {} published ({} with a warning, {} of them broke a caller), {} without effect; \
             {} told of without naming them; {} requests, {} wrong after a warning, {} without one",
            self.saves,
            self.turned_down,
            self.published,
            self.told,
            self.broke.len(),
            self.without_effect,
            self.unnamed.len(),
            self.asked,
            self.wrong - self.silent.len(),
            self.silent.len()
        );
        if std::env::var_os("LIVE_LIST").is_some() {
            self.broke.iter().for_each(|(what, answer)| println!("  {what}\n    {answer}"));
        }
    }
}
