//! Processes that do nothing but keep the machine busy.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// Busy processes; they end with this value, and also when this process ends in any other way.
pub(super) struct Burners(Vec<Child>);

impl Burners {
    /// Starts `count` of them.
    pub(super) fn start(count: usize) -> anyhow::Result<Self> {
        let mut burners = Self(Vec::new());
        let program = std::env::current_exe().context("the path of this program")?;
        for _ in 0..count {
            // The pipe is what tells them to end: it closes even if this process is killed.
            let child = Command::new(&program)
                .args(["doctor", "--burner"])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .context("a busy process")?;
            burners.0.push(child);
        }
        Ok(burners)
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        for child in &mut self.0 {
            drop(child.stdin.take());
        }
        for child in &mut self.0 {
            // There is nothing to do about one that cannot be waited for.
            let _ = child.wait();
        }
    }
}

/// Keeps one processor busy until the standard input ends.
pub(super) fn burn() -> anyhow::Result<()> {
    let spin = || {
        let mut count = 0_u64;
        loop {
            count = core::hint::black_box(count.wrapping_add(1));
        }
    };
    // It ends with the process.
    std::thread::Builder::new().name("rivus-burner".to_owned()).spawn(spin)?;
    io::stdin().lock().read_to_end(&mut Vec::new())?;
    Ok(())
}
