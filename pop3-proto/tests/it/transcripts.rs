//! Every file in `tests/transcripts`, replayed whole, octet by octet, in sevens and cut at random.
//!
//! `WRITE_TRANSCRIPTS=1` writes the `=` lines of a new file; read them before they are committed.

use std::{collections::BTreeSet, fs, path::PathBuf};

use crate::support::transcript::{Cut, Transcript};

fn files() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    // APOP is a feature.
    files.retain(|(_, text)| cfg!(feature = "apop") || !text.contains("\n! apop"));
    files
}

fn transcripts() -> Vec<Transcript> {
    let name = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files()
        .iter()
        .map(|(path, text)| Transcript::parse(&name(path), &text.replace("\n! apop", "")))
        .collect()
}

#[test]
fn f1_every_transcript_whole() {
    if std::env::var_os("WRITE_TRANSCRIPTS").is_some() {
        for (path, text) in files() {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            fs::write(
                &path,
                Transcript::parse(&name, &text.replace("\n! apop", "")).rewrite(&text),
            )
            .unwrap();
        }
    }
    let all = transcripts();
    assert!(all.len() >= 40, "{} transcripts", all.len());
    for transcript in all {
        transcript.play(Cut::Whole);
    }
}

#[test]
fn f2_every_transcript_octet_by_octet() {
    for transcript in transcripts() {
        transcript.play(Cut::Every(1));
        transcript.play(Cut::Every(2));
        transcript.play(Cut::Every(7));
    }
}

#[test]
fn f1_every_transcript_cut_at_random() {
    for transcript in transcripts() {
        for seed in 1..200 {
            transcript.play(Cut::Random(seed * 0x9e37_79b9));
        }
    }
}

/// The first line says whose behaviour it is and where the rule stands.
#[test]
fn every_transcript_names_server_and_section() {
    for transcript in transcripts() {
        let Transcript { name, header, .. } = &transcript;
        assert!(header.starts_with("# "), "{name}: {header}");
        assert!(header.contains("RFC ") && header.contains("section"), "{name}: {header}");
        assert!(!transcript.server_octets().is_empty(), "{name}");
    }
}

/// Every deviation of real servers that is known has a transcript.
#[test]
fn d1_to_d40_each_have_a_transcript() {
    let mut seen = BTreeSet::new();
    for transcript in transcripts() {
        for word in transcript.header.split([' ', ',', '.', ':', ';']) {
            if let Some(number) =
                word.strip_prefix('D').and_then(|digits| digits.parse::<u32>().ok())
            {
                seen.insert(number);
            }
        }
    }
    let missing: Vec<_> = (1..=40).filter(|number| !seen.contains(number)).collect();
    assert_eq!(missing, [0_u32; 0]);
}
