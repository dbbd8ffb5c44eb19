//! Files are truncated, scrambled, renamed and restored at random while requests run. `CHAOS_SECONDS=60` runs it in full.

use std::{
    collections::HashSet,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use capstan_tests::client::Request;
use serde_json::Value;

use crate::site::{Site, document, until};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

#[test]
fn whatever_happens_to_files_only_sound_content_is_served() {
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let site = Site::start(&[]);
    let touched = ["c", "d", "e"];
    let good: Vec<Vec<String>> = touched
        .iter()
        .map(|id| (0..4).map(|n| document(&site.upstream, id, &format!("v{n}"), &["get-it"])).collect())
        .collect();
    for (id, versions) in touched.iter().zip(&good) {
        fs::write(site.path(&format!("caps/{id}.yaml")), &versions[0]).unwrap();
        site.until(id, "v0");
    }
    let stop = Arc::new(AtomicBool::new(false));
    let bad = Arc::new(Mutex::new(Vec::<String>::new()));
    let asking: Vec<_> = ["a", "b", "c", "d", "e"]
        .into_iter()
        .map(|id| {
            let (stop, bad, gateway) = (stop.clone(), bad.clone(), site.gateway);
            std::thread::spawn(move || {
                let mut asked = 0_u32;
                while !stop.load(Ordering::Relaxed) {
                    let answer = Request::new("GET", &format!("/{id}/get")).send(gateway);
                    let problem = match answer {
                        Ok(answer) => {
                            let body: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
                            let version = body["version"].as_str().unwrap_or_default();
                            let sound = answer.status() == 200 && version.starts_with(&format!("{id} v"));
                            // A document that is renamed away is deleted, for as long as it is.
                            let away = answer.status() == 404 && !matches!(id, "a" | "b");
                            // Half a document may be a sound one with fewer routes.
                            (!sound && !away).then(|| format!("{id}: {} {}", answer.status(), answer.text()))
                        }
                        Err(error) => Some(format!("{id}: {error}")),
                    };
                    bad.lock().unwrap().extend(problem);
                    asked += 1;
                    std::thread::sleep(Duration::from_millis(3));
                }
                asked
            })
        })
        .collect();
    let mut dice = Dice(7);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        let at = dice.below(touched.len());
        let file = site.path(&format!("caps/{}.yaml", touched[at]));
        let text = &good[at][dice.below(4)];
        let cut = dice.below(text.len());
        let _ = match dice.below(6) {
            0 => fs::write(&file, text),
            1 => fs::write(&file, &text[..cut]),
            2 => {
                let mut bytes = text.clone().into_bytes();
                (0..20).for_each(|_| bytes[dice.below(text.len())] = u8::try_from(dice.below(256)).unwrap());
                // The upstream's address stays: what is served must be told from what is not.
                fs::write(&file, bytes)
            }
            3 => fs::rename(&file, file.with_extension("away")),
            4 => fs::rename(file.with_extension("away"), &file),
            _ => fs::remove_file(&file),
        };
        std::thread::sleep(Duration::from_millis(u64::try_from(dice.below(150)).unwrap()));
    }
    for (id, versions) in touched.iter().zip(&good) {
        fs::write(site.path(&format!("caps/{id}.yaml")), &versions[3]).unwrap();
    }
    for id in touched {
        site.until(id, "v3");
    }
    stop.store(true, Ordering::Relaxed);
    let asked: u32 = asking.into_iter().map(|asking| asking.join().unwrap()).sum();
    let bad = bad.lock().unwrap();
    let untouched: Vec<_> = bad.iter().filter(|text| text.starts_with("a:") || text.starts_with("b:")).collect();
    assert!(untouched.is_empty(), "{untouched:?}");
    // Scrambled bytes may spell a path that is sound in the document and unknown to the upstream; nothing else may be wrong.
    let kinds: HashSet<&str> = bad.iter().map(|text| &text[..text.len().min(60)]).collect();
    let unsound: Vec<_> = kinds.iter().filter(|text| !text.contains(": 200 ") && !text.contains(": 50")).collect();
    assert!(unsound.is_empty(), "{unsound:?} of {asked}");
    until("the end state equals the files", || (site.status()["inSync"] == true).then_some(()));
    assert!(asked > 100);
}
