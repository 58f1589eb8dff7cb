//! A quadrotor hovers under a liquid network: `cargo run --release --example drone_hover`.

use rivus::prelude::*;

fn main() -> Result<AppExit, RivusError> {
    App::empty().add_plugins(DefaultPlugins).load_scene("drone_hover")?.run_scene()
}
