//! Has the binary built again when a scene or policy inside it changes: `include_dir!` cannot say so itself.

#![expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=scenes");
    println!("cargo::rerun-if-changed=assets/policies");
}
