//! The messages that a server is given: those of the corpora if present, else a few of ours.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Given;

pub(crate) fn given() -> Vec<Given> {
    match std::env::var_os("MAIL_CORPORA") {
        Some(folder) => corpora(Path::new(&folder)),
        None => own(),
    }
}

fn corpora(folder: &Path) -> Vec<Given> {
    let mut files = Vec::new();
    walk(folder, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no .eml file below {}", folder.display());
    files
        .into_iter()
        .map(|file| Given {
            name: file.strip_prefix(folder).unwrap().display().to_string(),
            bytes: fs::read(&file).unwrap(),
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            files.push(path);
        }
    }
}

/// Our own messages.
pub(crate) fn own() -> Vec<Given> {
    let long_line = format!("Subject: long\n\n{}\n", "x".repeat(70_000));
    let rows: [(&str, &[u8]); 8] = [
        ("plain", b"From: Ann <ann@example.org>\nSubject: plain\n\nhello\n"),
        ("crlf", b"From: ann@example.org\r\nSubject: with CRLF\r\n\r\nhello\r\n"),
        ("dots", b"From: ann@example.org\nSubject: dots\n\n.\n..\n...\n.a\n\n.\n"),
        ("encoded", b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nSubject: =?iso-8859-1?q?gr=FC=DFe?=\n\nhello\n"),
        ("8 bit", "From: Zo\u{eb} <zoe@example.org>\nSubject: caf\u{e9}\n\nna\u{ef}ve\n".as_bytes()),
        ("no end", b"From: ann@example.org\nSubject: no final line end\n\nlast"),
        ("no body", b"From: ann@example.org\nSubject: header only\n\n"),
        ("long line", long_line.as_bytes()),
    ];
    rows.into_iter()
        .map(|(name, bytes)| Given { name: name.into(), bytes: bytes.to_vec() })
        .collect()
}
