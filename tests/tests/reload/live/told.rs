//! What the log tells of each save, and whether that names the mistake: by its line and column, by what was written, or by what had
//! been there.

use capstan_tests::mutate::Mutant;
use serde_json::Value;

/// What was told of each reload that was asked for, in order: errors and warnings alone.
pub(super) fn by_save(log: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut told = Vec::new();
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        if text("path") == "/config/reload" {
            all.push(std::mem::take(&mut told));
        } else if matches!(text("level"), "WARN" | "ERROR") && line["request_id"].is_null() {
            told.push(text("message").to_owned());
        }
    }
    all
}

/// Whether something that was told names the mistake.
pub(super) fn names(told: &[String], mutant: &Mutant) -> bool {
    let at = |offset: usize| {
        let before = &mutant.text[..offset];
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        format!(":{}:{}", before.matches('\n').count() + 1, column + 1)
    };
    let places = mutant.places.iter().flat_map(|place| place.start..=place.end.min(place.start + 40));
    let places: Vec<String> = places.filter(|at| mutant.text.is_char_boundary(*at)).map(at).collect();
    let written = mutant.places.iter().filter_map(|place| mutant.text.get(place.clone()));
    let words: Vec<&str> = written.chain(mutant.was.as_deref()).map(str::trim).filter(|word| word.len() > 1).collect();
    told.iter().any(|line| {
        let ends = |place: &String, rest: &str| rest[place.len()..].chars().next().is_none_or(|c| !c.is_ascii_digit());
        let placed = |place: &String| line.match_indices(place.as_str()).any(|(at, _)| ends(place, &line[at..]));
        places.iter().any(placed) || words.iter().any(|word| line.contains(word))
    })
}
