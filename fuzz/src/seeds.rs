//! Every target over its seeds, over mutations of them, and over random bytes.

use std::path::{Path, PathBuf};

use crate::{Octets, TARGETS};

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let data = std::fs::read(&path).unwrap();
            (path, data)
        })
        .collect()
}

#[test]
fn every_target_holds_on_its_seeds() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(seeds.len() >= 3, "{name} needs seeds");
        for (path, data) in seeds {
            println!("{}", path.display());
            target(&data);
        }
    }
}

#[test]
fn every_target_holds_on_mutations_of_its_seeds() {
    for (name, target) in TARGETS {
        for (number, (path, data)) in (0..).zip(seeds(name)) {
            for round in 0..150 {
                let mutated = Octets::new(number * 1000 + round).mutate(&data);
                println!("{} {round}: {}", path.display(), mutated.escape_ascii());
                target(&mutated);
            }
        }
    }
}

#[test]
fn every_target_holds_on_any_octets() {
    for (name, target) in TARGETS {
        for round in 0..400 {
            let mut octets = Octets::new(round);
            let length = octets.below(200);
            let data = octets.take(length);
            println!("{name} {round}: {}", data.escape_ascii());
            target(&data);
        }
    }
}

#[test]
fn every_target_has_a_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
    let mut programs: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    programs.sort();
    assert_eq!(programs, TARGETS.map(|(name, _)| name.to_owned()));
}
