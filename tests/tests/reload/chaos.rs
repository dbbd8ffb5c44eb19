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

/// What a version of a document answers.
fn sound(id: &str, version: usize) -> String {
    format!(r#"{{"version":"{id} v{version}"}}"#)
}

/// Why an answer is not one that a published generation gives: the body of a version that was saved, or a problem that says
/// what is wrong with the file.
fn unsound(id: &str, status: u16, text: &str, saved: &HashSet<String>) -> Option<String> {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let file = format!("caps/{id}.yaml");
    let touched = !matches!(id, "a" | "b");
    let expected = match (status, body["code"].as_str()) {
        (200, None) => saved.contains(text) && text.starts_with(&format!(r#"{{"version":"{id} "#)),
        // A document that is renamed away is deleted, for as long as it is; so is one that is cut before what it exposes.
        (404, Some("no-capability" | "no-route")) => touched,
        // It came back in a state that cannot be served, and nothing older is left.
        (503, Some("failing-capability")) => touched && body["diagnostics"][0]["file"] == file,
        // It was cut inside its call.
        (501, Some("unresolved-call")) => touched && body["file"] == file,
        _ => false,
    };
    (!expected).then(|| format!("{id}: {status} {text}"))
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
    let first = ["a", "b"].map(|id| sound(id, 1)).into_iter().chain(touched.map(|id| sound(id, 0)));
    let saved = Arc::new(Mutex::new(first.collect::<HashSet<String>>()));
    let stop = Arc::new(AtomicBool::new(false));
    let bad = Arc::new(Mutex::new(Vec::<String>::new()));
    let asking: Vec<_> = ["a", "b", "c", "d", "e"]
        .into_iter()
        .map(|id| {
            let (stop, bad, saved, gateway) = (stop.clone(), bad.clone(), saved.clone(), site.gateway);
            std::thread::spawn(move || {
                let mut asked = 0_u32;
                while !stop.load(Ordering::Relaxed) {
                    let answer = Request::new("GET", &format!("/{id}/get")).send(gateway);
                    let problem = match answer {
                        Ok(answer) => unsound(id, answer.status(), &answer.text(), &saved.lock().unwrap()),
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
        let version = dice.below(4);
        let text = &good[at][version];
        let cut = dice.below(text.len());
        let deed = dice.below(6);
        if deed < 2 {
            // A document that is cut behind its route still answers.
            saved.lock().unwrap().insert(sound(touched[at], version));
        }
        let _ = match deed {
            0 => fs::write(&file, text),
            1 => fs::write(&file, &text[..cut]),
            2 => {
                // Bytes that no UTF-8 text has at these places: whatever they hit, the document is not sound.
                let mut bytes = text.clone().into_bytes();
                (0..20).for_each(|_| bytes[dice.below(text.len())] = u8::try_from(0xF8 + dice.below(8)).unwrap());
                fs::write(&file, bytes)
            }
            3 => fs::rename(&file, file.with_extension("away")),
            4 => fs::rename(file.with_extension("away"), &file),
            _ => fs::remove_file(&file),
        };
        std::thread::sleep(Duration::from_millis(u64::try_from(dice.below(150)).unwrap()));
    }
    for (id, versions) in touched.iter().zip(&good) {
        saved.lock().unwrap().insert(sound(id, 3));
        fs::write(site.path(&format!("caps/{id}.yaml")), &versions[3]).unwrap();
    }
    for id in touched {
        site.until(id, "v3");
    }
    stop.store(true, Ordering::Relaxed);
    let asked: u32 = asking.into_iter().map(|asking| asking.join().unwrap()).sum();
    let bad = bad.lock().unwrap();
    let kinds: HashSet<&String> = bad.iter().collect();
    assert!(kinds.is_empty(), "{kinds:#?} of {asked}");
    until("the end state equals the files", || (site.status()["inSync"] == true).then_some(()));
    assert!(asked > 100);
}
