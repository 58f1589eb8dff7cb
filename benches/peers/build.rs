//! What the macros of Copper ask of every crate that uses them.

fn main() {
    cu29_build::setup();
}
