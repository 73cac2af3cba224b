//! Measures one run of a command: CPU time and peak memory, as the system accounts for the process and its children.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run took and gave.
#[derive(Clone, Debug)]
pub struct Run {
    /// User and system time, in seconds.
    pub cpu: f64,
    /// Wall-clock time, in seconds.
    pub wall: f64,
    /// Peak resident set, in bytes. The runner's own few megabytes are the least it can be: the system counts from before `exec`.
    pub memory: u64,
    pub end: End,
    pub stdout: String,
    pub stderr: String,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Exit(i32),
    Signal(i32),
    Timeout,
}

/// Runs the command to its end, or kills it after `timeout`. Output goes through files in `scratch`.
///
/// # Errors
/// If it cannot be started.
pub fn run(command: &mut Command, timeout: Duration, scratch: &Path) -> io::Result<Run> {
    let (out, err) = (scratch.join("stdout"), scratch.join("stderr"));
    command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?);
    let began = Instant::now();
    let child = command.spawn()?;
    let pid = child.id() as libc::pid_t;
    let mut timed_out = false;
    let (status, usage) = loop {
        let mut status = 0;
        // SAFETY: all zeros is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: `pid` is our child, which nobody else waits for; the pointers are to locals.
        match unsafe { libc::wait4(pid, &mut status, libc::WNOHANG, &mut usage) } {
            0 => {
                if began.elapsed() > timeout && !timed_out {
                    timed_out = true;
                    // SAFETY: `pid` has not been waited for, so it is still our child's.
                    unsafe { libc::kill(pid, libc::SIGKILL) };
                }
                std::thread::sleep(Duration::from_micros(500).max(began.elapsed() / 100).min(Duration::from_millis(20)));
            }
            n if n == pid => break (status, usage),
            _ => return Err(io::Error::last_os_error()),
        }
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    let end = match status {
        _ if timed_out => End::Timeout,
        s if libc::WIFSIGNALED(s) => End::Signal(libc::WTERMSIG(s)),
        s => End::Exit(libc::WEXITSTATUS(s)),
    };
    let text = |p: &Path| std::fs::read(p).map(|b| String::from_utf8_lossy(&b).into_owned());
    Ok(Run {
        cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        wall: began.elapsed().as_secs_f64(),
        memory: usage.ru_maxrss as u64 * 1024,
        end,
        stdout: text(&out)?,
        stderr: text(&err)?,
    })
}
