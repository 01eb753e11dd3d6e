//! Our own figures for day-to-day work: `cargo bench -p benches -- --save-baseline before`, then
//! `-- --baseline before`. The program `report` makes the comparison with peers.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that fails should say so at once; the macros write public functions"
)]

use benches::{
    contest::{Loads, Size},
    load::pop3::{Form, list, mail, uidl},
    ours::{
        encode,
        imap::{self, Depth},
        pop3::{self, Ask},
    },
    source::READ,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn throughput(octets: usize) -> Throughput {
    Throughput::Bytes(octets as u64)
}

fn imap_machine(criterion: &mut Criterion) {
    let loads = Loads::new(Size::Quick);
    let mut group = criterion.benchmark_group("imap machine, 16 KiB reads");
    for load in loads.imap.iter().chain(&loads.bodies) {
        group.throughput(throughput(load.octets.len()));
        group.bench_function(load.name, |bencher| {
            bencher.iter(|| imap::machine(&load.octets, READ, Depth::Walk).unwrap());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("imap machine, octet by octet");
    for load in &loads.small {
        group.throughput(throughput(load.octets.len()));
        group.bench_function(load.name, |bencher| {
            bencher.iter(|| imap::machine(&load.octets, 1, Depth::Walk).unwrap());
        });
    }
    group.finish();
}

fn imap_encoder(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("imap encoder");
    for (name, command) in
        [("fetch of 10,000", encode::fetch(10_000)), ("append", encode::append())]
    {
        group.throughput(throughput(encode::octets(&command).unwrap().len()));
        group.bench_function(name, |bencher| {
            bencher.iter(|| encode::encode(&command).unwrap());
        });
    }
    group.finish();
}

fn pop3_machine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pop3 machine, 16 KiB reads");
    for (load, ask) in [
        (mail(4 << 20, Form::Answers), Ask::Retr),
        (list(20_000), Ask::List),
        (uidl(20_000), Ask::Uidl),
    ] {
        group.throughput(throughput(load.octets.len()));
        group.bench_function(load.name, |bencher| {
            bencher.iter(|| pop3::machine(&load.octets, READ, ask).unwrap());
        });
    }
    group.finish();
    let bodies = mail(4 << 20, Form::Bodies);
    let mut group = criterion.benchmark_group("pop3 decoder");
    group.throughput(throughput(bodies.octets.len()));
    group.bench_function("mail, 64 KiB reads", |bencher| {
        bencher.iter(|| pop3::decode(&bodies.octets, 64 << 10));
    });
    group.finish();
}

criterion_group!(loads, imap_machine, imap_encoder, pop3_machine);
criterion_main!(loads);
