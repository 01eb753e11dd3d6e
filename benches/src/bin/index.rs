//! The CPU time of each kind of change of a mailbox, in seconds, as lines of fields between tabs:
//! `index [MESSAGES]`.

use benches::load::index::CHANGES;
use cpu_time::ThreadTime;

/// The fastest of so many runs counts.
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(160_000);
    for changes in CHANGES {
        let prepared = changes.prepare(count);
        let seconds = (0..ROUNDS).map(|_| {
            let before = ThreadTime::now();
            std::hint::black_box(prepared.run());
            before.elapsed().as_secs_f64()
        });
        println!("index\t{}\t{count}\t{:.4}", changes.name, seconds.fold(f64::INFINITY, f64::min));
    }
}
