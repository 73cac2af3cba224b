//! Every planted mistake must be found by the fuzz: each is given to a process of its own (some corrupt memory, some loop for ever), which runs
//! random programs until one behaves differently.

use super::{difference, handwritten, seed_of, seeded};
use jit::mutants::{ALL, Mutant, named, plant};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A mutant must be found by so many programs and seconds. Most need fewer than ten.
const PROGRAMS: u64 = 6000;
const SECONDS: u64 = 60;
const RUNS: u64 = 6;
/// Programs that have been run.
static DONE: AtomicU64 = AtomicU64::new(0);
/// What the process prints before and behind what it found.
const MARK: &str = "FOUND: ";

/// The process for one mutant: looks for a difference.
#[test]
#[ignore = "started by every_mutant_is_found"]
fn one_mutant() {
    let name = std::env::var("TANGLE_MUTANT").expect("TANGLE_MUTANT=name");
    plant(Some(named(&name).expect("a mutant's name")));
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::spawn(watch);
    let began = Instant::now();
    for i in 0..PROGRAMS {
        let p = seeded(i);
        for k in 0..if i < handwritten().len() as u64 { 4 * RUNS } else { RUNS } {
            if let Some(why) = difference(&p, seed_of(i, k)) {
                println!("{MARK}program {i}, run {k}: {why}");
                return;
            }
        }
        DONE.store(i + 1, Ordering::Relaxed);
        if began.elapsed().as_secs() > SECONDS {
            break;
        }
    }
}

/// Ends the process when a program does not end.
fn watch() {
    let mut last = 0;
    loop {
        std::thread::sleep(Duration::from_secs(5));
        let done = DONE.load(Ordering::Relaxed);
        if done == last {
            println!("{MARK}program {done} does not end");
            std::process::exit(0);
        }
        last = done;
    }
}

/// How a mutant was found.
fn find(m: Mutant) -> Option<String> {
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "mutants::one_mutant", "--ignored", "--nocapture"])
        .env("TANGLE_MUTANT", format!("{m:?}"))
        .output()
        .expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().find_map(|l| l.split_once(MARK)) {
        Some((_, what)) => Some(what.into()),
        None if output.status.success() => None,
        None => Some(format!("the process dies: {}", output.status)),
    }
}

#[test]
fn every_mutant_is_found() {
    let chosen = std::env::var("TANGLE_MUTANT").ok();
    let mut missed = vec![];
    for &(m, rule) in ALL {
        if chosen.as_ref().is_some_and(|c| *c != format!("{m:?}")) {
            continue;
        }
        let began = Instant::now();
        match find(m) {
            Some(what) => println!("{m:?} found after {:.1} s: {what}", began.elapsed().as_secs_f64()),
            None => missed.push(format!("{m:?}:{rule}")),
        }
    }
    assert!(missed.is_empty(), "the fuzz does not find\n{}", missed.join("\n"));
}
