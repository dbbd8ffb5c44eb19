//! Files that reach each other: the strongly connected components of the arrows (Tarjan).

use super::arrows::Arrows;

/// The cycles among files numbered below `count`, the largest first. A file in no cycle is in none of them.
#[must_use]
pub fn cycles(count: usize, arrows: &Arrows) -> Vec<Vec<usize>> {
    let mut next = vec![Vec::new(); count];
    arrows.keys().for_each(|(from, to)| next[*from].push(*to));
    let mut search = Search { next, index: vec![None; count], low: vec![0; count], ..Search::default() };
    for file in 0..count {
        if search.index[file].is_none() {
            search.visit(file);
        }
    }
    let mut found: Vec<_> = search.found.into_iter().filter(|files| files.len() > 1).collect();
    found.iter_mut().for_each(|files| files.sort_unstable());
    found.sort_by_key(|files| (usize::MAX - files.len(), files[0]));
    found
}

#[derive(Default)]
struct Search {
    next: Vec<Vec<usize>>,
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    seen: usize,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn visit(&mut self, file: usize) {
        self.index[file] = Some(self.seen);
        self.low[file] = self.seen;
        self.seen += 1;
        self.stack.push(file);
        for to in self.next[file].clone() {
            match self.index[to] {
                None => {
                    self.visit(to);
                    self.low[file] = self.low[file].min(self.low[to]);
                }
                Some(index) if self.stack.contains(&to) => self.low[file] = self.low[file].min(index),
                Some(_) => {}
            }
        }
        if Some(self.low[file]) == self.index[file] {
            let start = self.stack.iter().position(|known| *known == file).expect("it was pushed above");
            self.found.push(self.stack.split_off(start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_knots_and_a_chain() {
        let pairs = [(0, 1), (1, 0), (1, 2), (2, 3), (4, 5), (5, 6), (6, 4)];
        let arrows = pairs.into_iter().map(|pair| (pair, Default::default())).collect();
        assert_eq!(cycles(7, &arrows), [vec![4, 5, 6], vec![0, 1]]);
    }
}
