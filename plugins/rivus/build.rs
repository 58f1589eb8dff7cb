//! Has the binary built again when a scene or policy inside it changes: `include_dir!` cannot say so itself.

fn main() {
    println!("cargo::rerun-if-changed=scenes");
    println!("cargo::rerun-if-changed=assets/policies");
}
