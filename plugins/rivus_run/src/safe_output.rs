//! What puts actuators into a safe state without the loop.

use core::fmt;
use core::panic::AssertUnwindSafe;
use std::io;
use std::panic::catch_unwind;
use std::sync::Mutex;

use bevy_app::App;
use bevy_ecs::prelude::*;

/// Outputs that the watchdog puts out while the loop is stuck; a driver adds its own. They are not in
/// the world during a run.
#[derive(Resource, Default)]
pub struct SafeOutputs {
    /// Never locked: the world needs its resources to be shared between threads, and these are not.
    outputs: Mutex<Vec<SafeOutput>>,
}

struct SafeOutput {
    name: String,
    put_out: Box<dyn FnMut() -> io::Result<()> + Send>,
}

impl fmt::Debug for SafeOutputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SafeOutputs")
    }
}

impl SafeOutputs {
    /// Adds an output; `name` says whose it is.
    pub fn add(
        &mut self,
        name: &str,
        put_out: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> &mut Self {
        self.outputs().push(SafeOutput { name: name.to_owned(), put_out: Box::new(put_out) });
        self
    }

    /// How many there are.
    pub fn count(&mut self) -> usize {
        self.outputs().len()
    }

    /// The names, in the order in which they were added.
    pub fn names(&mut self) -> Vec<String> {
        self.outputs().iter().map(|output| output.name.clone()).collect()
    }

    /// Puts all of them out, in the order in which they were added, and returns how many failed.
    ///
    /// One that panics fails like one that returns an error; the others follow all the same. One that
    /// blocks keeps them from it.
    pub fn put_out(&mut self) -> u64 {
        let mut failed = 0;
        for output in self.outputs() {
            let put_out = catch_unwind(AssertUnwindSafe(|| (output.put_out)()));
            failed += u64::from(!matches!(put_out, Ok(Ok(()))));
        }
        failed
    }

    fn outputs(&mut self) -> &mut Vec<SafeOutput> {
        self.outputs.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Lets a driver add its safe output to an app.
pub trait SafeOutputExt {
    /// Adds what puts the actuators of a driver into a safe state: it sends the frame that stops
    /// the motors, for example.
    ///
    /// The watchdog of [`run_real_time`](crate::run_real_time) calls it on a thread of its own while
    /// the loop is stuck. It must never block, because no other output would go out any more, and
    /// the run could not end: open the port non-blocking, and wait for nothing that the loop may
    /// hold. The driver must cope with a frame of the loop at the same time. An error is counted
    /// ([`WatchdogReport::failures`](crate::WatchdogReport::failures)), and the output is tried
    /// again with the next frame.
    ///
    /// Outputs are added before the run only: during the run the watchdog has them, and what is
    /// added then is lost.
    fn add_safe_output(
        &mut self,
        name: &str,
        put_out: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> &mut Self;
}

impl SafeOutputExt for App {
    fn add_safe_output(
        &mut self,
        name: &str,
        put_out: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> &mut Self {
        self.world_mut().get_resource_or_init::<SafeOutputs>().add(name, put_out);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn one_output_that_fails_does_not_keep_the_others_from_going_out() {
        let (sender, receiver) = channel();
        let mut outputs = SafeOutputs::default();
        outputs
            .add("panics", || panic!("a driver's mistake"))
            .add("fails", || Err(io::ErrorKind::BrokenPipe.into()))
            .add("works", move || sender.send(7).map_err(io::Error::other));
        assert_eq!(outputs.names(), ["panics", "fails", "works"]);
        for _ in 0..2 {
            assert_eq!(outputs.put_out(), 2);
            assert_eq!(receiver.try_recv(), Ok(7));
        }
    }
}
