//! What the kernel's books say about a thread.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// The time that one thread waited for a processor while it could have run.
#[derive(Debug)]
pub(super) struct Book(File);

impl Book {
    /// The books of the calling thread; `None` if the kernel keeps none (`CONFIG_SCHED_INFO`).
    pub(super) fn open() -> Option<Self> {
        let book = Self(File::open("/proc/thread-self/schedstat").ok()?);
        book.waited_ns().is_some().then_some(book)
    }

    /// Time that the thread waited since it began, ns: from being woken, or from being put aside for
    /// another thread, until it ran again. One system call, no allocation.
    pub(super) fn waited_ns(&self) -> Option<u64> {
        let mut line = [0; 64];
        let count = self.0.read_at(&mut line, 0).ok()?;
        second_number(line.get(..count)?)
    }
}

/// The second of the numbers in a line: time that ran, time that waited, turns.
fn second_number(line: &[u8]) -> Option<u64> {
    core::str::from_utf8(line).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_of_a_line_is_read() {
        assert_eq!(second_number(b"1834270 42 17\n"), Some(42));
        for line in [&b""[..], b"7\n", b"a b c", b"1 -2 3", b"\xff \xff"] {
            assert_eq!(second_number(line), None);
        }
    }

    #[test]
    fn waiting_never_shrinks() {
        // The kernel may keep no books.
        if let Some(book) = Book::open() {
            let first_ns = book.waited_ns().unwrap();
            std::thread::yield_now();
            assert!(book.waited_ns().unwrap() >= first_ns);
        }
    }
}
